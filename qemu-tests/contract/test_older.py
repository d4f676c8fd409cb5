# SPDX-License-Identifier: Apache-2.0
# What an older version wrote goes on working: a state folder, a site document, an audit log (qemu-tests/fixtures).
import json
import os
import shutil
import sqlite3
import subprocess

from seed import HASH_A, KEY, TOKEN, TOP
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
        assert {row[0] for row in seed.rows("SELECT name FROM sqlite_master WHERE type = 'table'")} == {"claims", "lock", "marks", "wipes", "audit"}
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
