# SPDX-License-Identifier: Apache-2.0
# What an older version wrote goes on working: a state folder, a site document, an audit log (qemu-tests/fixtures).
import json
import os
import shutil
import sqlite3
import subprocess

import test_network as net
from seed import HASH_A, KEY, TOKEN, TOP
from test_generation import RackSeed, raise_site, renew
from tls import TlsSeed

OLDER = os.path.join(TOP, "qemu-tests", "fixtures", "5b5843f")
NAMES = ("k8s-m1", "k8s-m2", "k8s-n1", "k8s-n2")


def read(name):
    with open(os.path.join(OLDER, name)) as f:
        return f.read()


class OlderSeed(TlsSeed):
    """Its state folder and site document are an older version's; the machines have the keys that it knows."""

    def __init__(self):
        super().__init__()
        self.machines = {name: self.machine(name) for name in NAMES}
        os.makedirs(self.state, 0o700)
        for name in ("seed", "events"):
            text = read(name + ".sql")
            for machine in self.machines.values():
                text = text.replace("KEY-OF-" + machine.hostname, machine.key)
            database = sqlite3.connect(self.state + "/%s.sqlite" % name)
            database.executescript(text)
            database.close()
        for name in ("audit.log", "passwords.json"):
            shutil.copy(os.path.join(OLDER, name), self.state)
        os.chmod(self.state + "/passwords.json", 0o600)
        for name, claim in self.rows("SELECT mac, claim FROM claims"):
            next(m for m in self.machines.values() if m.claim_body()["macs"][1].lower() == name).claim = claim
        self.write_site(read("site.json").replace("PIN", self.pin))

    def rows(self, query, name="seed.sqlite"):
        database = sqlite3.connect(self.state + "/" + name)
        try:
            return database.execute(query).fetchall()
        finally:
            database.close()


def test_the_state_of_an_older_version_goes_on():
    seed = OlderSeed()
    before = {table: seed.rows("SELECT * FROM " + table) for table in ("claims", "lock", "marks", "wipes")}
    with seed:
        m1, m2, n1, n2 = (seed.machines[name] for name in NAMES)
        record = m1.get("/v1/bootstrap").json
        assert (record["state"], record["holder"], record["ca_hash"], record["epoch"]) == ("INITIALISED", "k8s-m1", HASH_A, 1), record
        assert m1.get("/v1/passwords").json["vrrp_password"] == json.loads(read("passwords.json"))["vrrp_password"]
        assert [e["message"] for e in seed.get("/v1/events", admin=True).json["events"]][:2] == ["", "node is Ready"]
        ticket = m2.post("/v1/tickets", {}).json["id"]  # its claim was settled: an agent that never says that its key is kept acts on
        assert m1.get("/v1/tickets/pending?wait=5").json["id"] == ticket
        assert m1.put("/v1/tickets/" + ticket, {"token": TOKEN, "certificate_key": KEY}).status == 200
        assert m2.get("/v1/tickets/" + ticket + "?wait=5").json["token"] == TOKEN
        assert n1.get("/v1/role").status == 200 and n1.post("/v1/tickets", {}).code == "not_kept"  # it was not: a new agent says it, for an old one the operator does
        assert seed.post("/v1/admin/approve", {"hostname": "k8s-n1"}, admin=True).status == 200 and n1.post("/v1/tickets", {}).status == 201
        assert n2.keep().status == 200 and n2.post("/v1/tickets", {}).status == 201
        assert n1.post("/v1/wipe", {"serial": "S1", "wwn": "", "found": "LUKS"}).status == 409  # the grant is spent
        for table in before:
            assert seed.rows("SELECT * FROM " + table, "seed.sqlite.before") == before[table], table  # the copy is what it wrote


def test_a_copy_is_kept_before_the_state_grows_and_the_older_version_can_still_read_it():
    seed = OlderSeed()
    with seed:
        copy = seed.state + "/seed.sqlite.before"
        assert os.stat(copy).st_mode & 0o777 == 0o600
        assert {row[0] for row in seed.rows("SELECT name FROM sqlite_master WHERE type = 'table'")} == {"claims", "lock", "marks", "wipes", "audit", "releases", "maintenance", "sites"}
        assert "audit" not in {row[0] for row in seed.rows("SELECT name FROM sqlite_master", "seed.sqlite.before")}
        assert seed.rows("SELECT * FROM claims", "seed.sqlite.before") == seed.rows("SELECT * FROM claims")
        assert seed.rows("PRAGMA user_version") == [(1,)]  # which the older version asks for
        at = os.stat(copy).st_mtime_ns
        seed.stop()
        seed.start()
        assert os.stat(copy).st_mtime_ns == at  # once


def test_a_newer_state_is_refused_and_nothing_is_thrown_away():
    seed = OlderSeed()
    with seed:
        seed.stop()
        database = sqlite3.connect(seed.state + "/seed.sqlite")
        database.executescript("PRAGMA user_version=7")
        database.close()
        refused = subprocess.run(seed.arguments(), capture_output=True, text=True, timeout=120)
        assert refused.returncode == 1 and "user_version is 7" in refused.stderr and "run the seed-server that made the file" in refused.stderr, refused
        assert "away" not in refused.stderr and "empty" not in refused.stderr
        database = sqlite3.connect(seed.state + "/seed.sqlite")
        database.executescript("PRAGMA user_version=1")
        database.close()
        seed.start()


def test_the_seed_composes_the_role_document_that_the_agent_reads():
    with TlsSeed() as seed:
        n1 = seed.machine("k8s-n1").claimed()

        def role(version):
            return n1.get("/v1/role", headers={"Seedrack-Role-Version": version} if version else None)

        for version in (None, "1", "7"):  # an older agent says nothing, a newer one reads older documents as well
            reply = role(version)
            assert reply.status == 200 and reply.json["version"] == 1, (version, reply.body)
        for version in ("0", "-1", "x", ""):
            reply = role(version) if version else n1.get("/v1/role", headers={"Seedrack-Role-Version": ""})
            assert reply.status == 400 and "Seedrack-Role-Version" in reply.json["error"]["message"], (version, reply.body)


# It boots by PXE with its own initramfs, which is what lies in the seed's folder, and every site key that is newer is set.
def test_an_older_agent_goes_on_with_every_newer_key():
    if not net.possible():
        return net.SKIPPED
    built = subprocess.run([TOP + "/scripts/build-older-agent", "5b5843f"], capture_output=True, text=True, timeout=600)
    if built.returncode == 3:
        return "skipped: the checkout has no history"
    assert built.returncode == 0, built.stderr
    with net.Network() as network:
        seed = RackSeed(network.attach("seed", "10.84.0.1/24"))
        renew(seed)
        nodes = [dict(node, uuid="b9a3fb9f-9b0d-4ee5-8f35-3c1c2ab7e0%02d" % i, serial="SN%d" % i) if node["hostname"] != "k8s-n1" else node
                 for i, node in enumerate(seed.nodes)]
        raise_site(seed, 2, nodes=nodes)
        with open(seed.dir + "/artifacts/boot/initrd-metal.img", "w") as f:
            f.write("of that version, which has no list of words")
        seed.start()
        try:
            script = subprocess.run(["ip", "netns", "exec", seed.wrap[-1], "curl", "--silent", "http://10.84.0.1:8080/boot.ipxe?mac=" + net.MAC],
                                    capture_output=True, text=True, timeout=60).stdout
            words = next(line for line in script.splitlines() if line.startswith("kernel ")).split(" || ")[0].split(" ", 4)[4]
            assert "seedrack.ca=" in words and "generation" not in words, words
            machine = network.machine(network.attach("node", mac=net.MAC), words.replace("http://172.22.132.1:8080", "http://10.84.0.1:8080") +
                                      " seedrack.address=10.84.0.21/24", built.stdout.strip())
            machine.says("step role: done")
            machine.says("SR-LAYER-FETCH")  # which this seed does not have
            assert not machine.find("no such key|unknown|not known"), machine.lines
            assert seed.get("/v1/nodes", admin=True).json["nodes"][3]["step"] == "layers"
        finally:
            seed.stop()
            shutil.rmtree(seed.dir, ignore_errors=True)
