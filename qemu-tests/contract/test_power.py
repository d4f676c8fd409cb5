# SPDX-License-Identifier: Apache-2.0
# seedctl power against real BMCs with IPMI (bmc.py), a test double of one with Redfish, and a card that waits for its magic packet. What a BMC says is evidence
# for forget, retire and approve; its password is never seen.
import base64
import contextlib
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time

from bmc import PASSWORD, Bmc, free_port, possible
from seed import TOP, Later, Seed, mac_of, site_document
from test_network import SKIPPED as NO_NETWORK, Network, possible as network_possible
from test_retire import born, record
from tls import TlsSeed, identity, openssl

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
REDFISH_PASSWORD = 'a long one, with "quotes", a \\ and a # in it: %s' % ("x" * 60)
DOUBLE = os.path.join(TOP, "qemu-tests", "doubles", "redfish-bmc")
SKIPPED = None if possible() else "skipped: ipmi_sim or ipmitool is missing"


def seedctl(seed, *words, stdin=""):
    return subprocess.run([SEEDCTL, *words, "--admin-socket", seed.state + "/admin.sock"], input=stdin, capture_output=True, text=True, timeout=120)


def powered(site, **nodes):
    for node in site["nodes"]:
        if node["hostname"].replace("-", "_") in nodes:
            node["power"] = nodes[node["hostname"].replace("-", "_")]
    return site


def site_is(seed, site):
    changed = lambda: sum(" changed" in line for line in seed.log)
    before = changed()
    seed.write_site(site)
    with seed.logged:
        assert seed.logged.wait_for(lambda: changed() > before, 60), seed.log


@contextlib.contextmanager
def rack(bmc, **nodes):
    """A seed whose k8s-n1 has that BMC, and its password."""
    with Seed() as seed:
        site_is(seed, powered(site_document(), k8s_n1=bmc, **nodes))
        said = seedctl(seed, "secret", "set", "bmc", stdin=PASSWORD + "\n")
        assert said.returncode == 0 and said.stdout == "bmc is set\n", said
        yield seed


def said(seed, *words):
    result = seedctl(seed, "power", *words)
    assert result.returncode == 0 and not result.stderr, result
    return result.stdout.rstrip("\n")


def refused(seed, *words):
    result = seedctl(seed, "power", *words)
    assert result.returncode == 1 and not result.stdout and len(result.stderr.splitlines()) == 1, result
    return result.stderr


def audited(seed, act):
    with open(seed.state + "/audit.log") as f:
        return ["%s: %s" % (entry["subject"], entry["detail"]) for entry in map(json.loads, f) if entry["act"] == act]


class Watcher:
    """Reads command line and environment of every process below the seed while it is inside."""

    def __init__(self, seed):
        self.root, self.seen, self.over = seed.process.pid, {}, threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.over.wait(0.01):
            for pid in self.below(self.root):
                with contextlib.suppress(OSError):
                    for name in ("cmdline", "environ"):
                        with open("/proc/%d/%s" % (pid, name), "rb") as f:
                            self.seen.setdefault(name, set()).add(f.read())

    def below(self, pid):
        yield pid
        with contextlib.suppress(OSError):
            with open("/proc/%d/task/%d/children" % (pid, pid)) as f:
                children = f.read().split()
            for child in children:
                yield from self.below(int(child))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join(10)

    def programs(self):
        return {words.split(b"\0")[0].decode() for words in self.seen["cmdline"]}


def everything_said(seed):
    """All that the seed shows to anybody, its log, and all files but the secrets'."""
    for path in ("/v1/nodes", "/v1/rack", "/v1/nodes/k8s-n1", "/v1/admin/secrets", "/v1/events", "/metrics", "/v1/admin/maintenance"):
        yield path, seed.get(path, admin=True).body
    for hostname in ("k8s-m1", "k8s-n1"):
        yield hostname, seed.agent(hostname).get("/v1/role").body
    yield "log", "".join(seed.log).encode()
    for folder, _, names in os.walk(seed.dir):
        for name in names:
            path = os.path.join(folder, name)
            if os.path.isfile(path) and os.path.basename(folder) != "secrets":
                with open(path, "rb") as f:
                    yield path, f.read()


def test_a_machine_goes_on_and_off_and_nobody_sees_the_password():
    if SKIPPED:
        return SKIPPED
    with Bmc() as bmc, rack(bmc.node()) as seed, Watcher(seed) as watcher:
        assert said(seed, "status", "k8s-n1") == "k8s-n1 is off"
        assert "it is off: there is nothing to cycle; seedctl power on" in refused(seed, "cycle", "k8s-n1")
        assert said(seed, "on", "k8s-n1") == "k8s-n1: on is ordered" and bmc.read("power") == "1"
        assert said(seed, "pxe-once", "k8s-n1") == "k8s-n1: pxe-once is ordered" and bmc.read("boot") == "pxe"
        assert said(seed, "cycle", "k8s-n1") == "k8s-n1: cycle is ordered"
        assert said(seed, "off", "k8s-n1") == "k8s-n1: off is ordered" and bmc.read("power") == "0"
        assert bmc.orders == ["set power 1", "set boot pxe", "set power 0", "set power 1", "set power 0"], bmc.orders
        at = "by ipmi 127.0.0.1"
        assert audited(seed, "operator-power") == ["k8s-n1: %s %s" % (act, at) for act in ("cycle", "on", "pxe-once", "cycle", "off")]
        assert "ipmitool" in watcher.programs(), watcher.programs()
        for words in (words for name in watcher.seen for words in watcher.seen[name]):
            assert PASSWORD.encode() not in words, words
        for where, text in everything_said(seed):
            assert PASSWORD.encode() not in text, where
        for hostname in ("k8s-m1", "k8s-n1"):  # no machine gets it, and no role names a BMC
            machine = seed.agent(hostname)
            assert machine.get("/v1/secrets/bmc").code == "not_named" and b"power" not in machine.get("/v1/role").body
        assert "bmc" in seedctl(seed, "secret", "list").stdout and "not name it" not in seedctl(seed, "secret", "list").stdout


def test_a_wrong_password_or_user_changes_nothing():
    if SKIPPED:
        return SKIPPED
    with Bmc() as bmc, rack(bmc.node(), k8s_n2=bmc.node(user="nobody", port=free_port())) as seed:
        seedctl(seed, "secret", "set", "bmc", stdin="not-the-password\n")
        said_so = refused(seed, "on", "k8s-n1")
        assert "BMC at 127.0.0.1:%d: ipmitool: " % bmc.port in said_so and "user `ADMIN` and secret `bmc` are right" in said_so, said_so
        assert not bmc.orders and bmc.read("power") == "0"


def test_a_bmc_that_does_not_answer_holds_nobody_up():
    if SKIPPED:
        return SKIPPED
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with Bmc() as bmc, rack(bmc.node(port=silent.getsockname()[1]), k8s_n2=bmc.node()) as seed:
            began = time.monotonic()
            order = Later(seedctl, seed, "power", "on", "k8s-n1")
            silent.settimeout(30)
            silent.recv(512)  # it is asked
            for _ in range(20):
                at = time.monotonic()
                assert seed.get("/v1/nodes").status == 200 and time.monotonic() - at < 1
            busy = refused(seed, "off", "k8s-n1")
            assert "its BMC has an order already: `on`; try again" in busy, busy
            assert said(seed, "status", "k8s-n2") == "k8s-n2 is off"  # another BMC meanwhile
            result = order.result()
            assert result.returncode == 1 and "BMC at 127.0.0.1:%d: ipmitool: " % silent.getsockname()[1] in result.stderr, result
            assert time.monotonic() - began < 25
            seed.agent("k8s-n1")
            forgotten = seedctl(seed, "forget", "k8s-n1")  # as without a BMC
            assert forgotten.returncode == 0 and "BMC" not in forgotten.stdout, forgotten
            assert audited(seed, "operator-forget") == ["k8s-n1: mac " + mac_of("k8s-n1")]


def test_the_seed_ends_although_a_bmc_is_silent():
    if SKIPPED:
        return SKIPPED
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(30)
        for sig in (signal.SIGTERM, signal.SIGKILL):
            with rack(Bmc.node(silent_bmc(silent))) as seed:
                order = Later(seedctl, seed, "power", "on", "k8s-n1")
                silent.recv(512)
                children = list(Watcher(seed).below(seed.process.pid))[1:]
                assert len(children) == 2, children  # its process and ipmitool
                at = time.monotonic()
                seed.end(sig)
                assert time.monotonic() - at < 5 and order.result().returncode == 1
                while any(os.path.exists("/proc/%d" % child) for child in children):
                    assert time.monotonic() - at < 10, children
                    time.sleep(0.02)
                seed.start()
                assert seed.get("/healthz").status == 200


def silent_bmc(at):
    bmc = Bmc.__new__(Bmc)
    bmc.port = at.getsockname()[1]
    return bmc


def test_what_cannot_be_done_says_why():
    if SKIPPED:
        return SKIPPED
    wol = {"type": "wol"}
    with rack(Bmc.node(silent_bmc(socket.create_server(("127.0.0.1", 0)))), k8s_n2=wol, k8s_g1={"type": "ipmi", "address": "127.0.0.2", "user": "A", "secret": "nowhere"}) as seed:
        assert "the site has no such node" in refused(seed, "on", "k8s-x")
        assert "k8s-m1: its node in the site document has no `power`; write `power` with its BMC" in refused(seed, "on", "k8s-m1")
        for act in ("off", "cycle", "pxe-once", "status"):
            assert "k8s-n2: its power is of type wol, which can only turn a machine on: no `%s`; " % act in refused(seed, act, "k8s-n2")
        assert "secret `nowhere`: nobody set it; seedctl secret set nowhere" in refused(seed, "on", "k8s-g1")
        seedctl(seed, "secret", "set", "bmc", stdin="x" * 21 + "\n")
        assert "secret `bmc`: it has 21 bytes, and type ipmi takes at most 20" in refused(seed, "on", "k8s-n1")
        for body in ({"hostname": "k8s-n1"}, {"hostname": "k8s-n1", "act": "explode"}, {"hostname": "k8s-n1", "act": "on", "forc": True}):
            assert seed.post("/v1/admin/power", body, admin=True).code == "invalid", body
        machine = seed.agent("k8s-m1")
        assert machine.post("/v1/admin/power", {"hostname": "k8s-n1", "act": "off"}).code == "admin_only"
        usage = seedctl(seed, "power", "on", "k8s-n1", "--force")
        assert usage.returncode == 2 and "only off and cycle take --force" in usage.stderr, usage
    with Seed(wrap=["env", "PATH=/nowhere"]) as seed:
        site_is(seed, powered(site_document(), k8s_n1=Bmc.node(silent_bmc(socket.create_server(("127.0.0.1", 0))))))
        seedctl(seed, "secret", "set", "bmc", stdin="x\n")
        assert "run `ipmitool`: ENOENT; install Debian's package ipmitool on the seed's machine" in refused(seed, "on", "k8s-n1")


def test_a_member_is_not_cut_off_without_a_word():
    if SKIPPED:
        return SKIPPED
    with Bmc() as bmc, rack(bmc.node()) as seed:
        born(seed, "k8s-n1")
        bmc.file("power", "1")
        assert "k8s-n1 is a member of the cluster, which would not be drained; seedctl retire, if it leaves for good; --force is your word" in refused(seed, "off", "k8s-n1")
        assert "seedctl rollout start reboots it in its turn" in refused(seed, "cycle", "k8s-n1")
        assert not bmc.orders and not audited(seed, "operator-power")
        assert said(seed, "status", "k8s-n1") == "k8s-n1 is on" and said(seed, "pxe-once", "k8s-n1")
        assert said(seed, "off", "k8s-n1", "--force") == "k8s-n1: off is ordered" and bmc.read("power") == "0"
        assert audited(seed, "operator-power")[-1] == "k8s-n1: off by ipmi 127.0.0.1, forced: it is of the cluster"


def test_who_makes_the_cluster_is_not_cut_off_either():
    if SKIPPED:
        return SKIPPED
    with Bmc() as bmc, rack(bmc.node()) as seed:
        site_is(seed, powered(site_document(), k8s_m1=bmc.node()))
        m1 = seed.agent("k8s-m1")
        assert m1.move("begin", m1.move("reserve").json).status == 200
        assert "k8s-m1 runs kubeadm init; wait until it is done" in refused(seed, "cycle", "k8s-m1")
        assert not bmc.orders


def test_what_a_bmc_says_is_evidence():
    if SKIPPED:
        return SKIPPED
    with Bmc() as bmc, rack(bmc.node()) as seed:
        m1, _, _, n1 = born(seed, "k8s-n1")
        bmc.file("power", "1")
        lie = seedctl(seed, "retire", "k8s-n1", "--off")
        assert lie.returncode == 1 and "k8s-n1: its BMC says that it is on; leave out --off; or seedctl power off k8s-n1 --force" in lie.stderr, lie
        assert record(seed)["state"] == "CLOSED" and not audited(seed, "operator-maintenance")
        bmc.file("power", "0")
        begun = Later(seedctl, seed, "retire", "k8s-n1")
        seed.wait_log("maintenance: RUNNING retire")
        assert record(seed)["off"] and audited(seed, "operator-maintenance") == [": open retire, off by its BMC"]
        assert m1.post("/v1/maintenance/helped", {"token": record(seed)["token"], "step": "data"}).status == 200
        assert "k8s-n1: its BMC says that it is off: as with --off\n" in begun.result().stdout
        assert seedctl(seed, "rollout", "abort").returncode == 0
        for power, word in (("0", "off"), ("1", "on")):
            bmc.file("power", power)
            seed.agent("k8s-n1")
            forgotten = seedctl(seed, "forget", "k8s-n1")
            assert forgotten.stdout.endswith("\nits BMC says that it is %s\n" % word), forgotten
            assert audited(seed, "operator-forget")[-1] == "k8s-n1: mac %s, %s by its BMC" % (mac_of("k8s-n1"), word)


def test_the_operator_ends_a_dispute_knowing_what_the_bmc_says():
    if SKIPPED:
        return SKIPPED
    with Bmc() as bmc, rack(bmc.node()) as seed:
        n1 = seed.agent("k8s-n1")
        other = seed.post("/v1/claim", n1.claim_body(key="f" * 64))
        assert other.code == "claim_conflict"
        ended = seedctl(seed, "approve", "k8s-n1")
        assert ended.returncode == 0 and ended.stdout.endswith("\nits BMC says that it is off\n"), ended
        assert audited(seed, "operator-approve")[-1].endswith(", off by its BMC")
        assert "BMC" not in seedctl(seed, "approve", "k8s-n1").stdout  # there is no dispute any more


def pin_of(certificate):
    public = openssl("pkey", "-pubin", "-outform", "der", input=openssl("x509", "-in", certificate, "-noout", "-pubkey"))
    return "sha256//" + base64.b64encode(hashlib.sha256(public).digest()).decode()


class Double:
    """qemu-tests/doubles/redfish-bmc: no real BMC with Redfish is to be had."""

    def __init__(self, folder, *systems):
        _, certificate, key = identity(folder, "bmc", "/CN=bmc")
        with open(folder + "/password", "w") as f:
            f.write(REDFISH_PASSWORD + "\n")
        self.pin = pin_of(certificate)
        self.process = subprocess.Popen([DOUBLE, certificate, key, "root", folder + "/password", *systems], stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        assert first.startswith("test double of a BMC on port "), first
        self.port, self.orders = int(first.split()[-1]), []
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            self.orders.append(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)
        self.reader.join(10)
        self.process.stdout.close()

    def node(self, **changes):
        return dict({"type": "redfish", "address": "127.0.0.1", "port": self.port, "user": "root", "secret": "bmc", "certificate": self.pin}, **changes)

    def waited(self, n):
        end = time.monotonic() + 10
        while len(self.orders) < n and time.monotonic() < end:
            time.sleep(0.01)
        return self.orders

    def took(self, *orders):
        assert self.waited(len(orders)) == ["double: " + order for order in orders], self.orders
        self.orders.clear()


@contextlib.contextmanager
def doubled(*systems, **changes):
    with TlsSeed() as seed, Double(seed.dir, *systems) as double:
        site_is(seed, powered(seed.site_with_pin(seed.pin), k8s_n1=double.node(**changes)))
        assert seedctl(seed, "secret", "set", "bmc", stdin=REDFISH_PASSWORD + "\n").returncode == 0
        yield seed, double


def test_a_double_with_redfish_goes_on_and_off():
    with doubled("437XR1138R2") as (seed, double), Watcher(seed) as watcher:
        assert said(seed, "status", "k8s-n1") == "k8s-n1 is off" and said(seed, "off", "k8s-n1") == "k8s-n1 was off already"
        assert "it is off: there is nothing to cycle" in refused(seed, "cycle", "k8s-n1")
        assert said(seed, "on", "k8s-n1") == "k8s-n1: on is ordered" and said(seed, "on", "k8s-n1") == "k8s-n1 was on already"
        for act in ("pxe-once", "cycle", "off"):
            assert said(seed, act, "k8s-n1") == "k8s-n1: %s is ordered" % act
        takes = "437XR1138R2 takes "
        double.took(takes + '{"ResetType": "On"}', takes + '{"Boot": {"BootSourceOverrideEnabled": "Once", "BootSourceOverrideTarget": "Pxe"}}',
                    takes + '{"ResetType": "ForceRestart"}', takes + '{"ResetType": "ForceOff"}')
        assert "curl" in watcher.programs(), watcher.programs()
        for words in (words for name in watcher.seen for words in watcher.seen[name]):
            assert REDFISH_PASSWORD.encode() not in words, words
        assert not any(REDFISH_PASSWORD in line for line in seed.log)
    return "the BMC is a test double"


def test_the_seed_tells_the_double_what_dmtfs_own_client_tells_it():
    if not shutil.which("redfishtool"):
        return "skipped: redfishtool is missing"
    with doubled("437XR1138R2") as (seed, double):
        for act, words in (("on", ("reset", "On")), ("pxe-once", ("setBootOverride", "Once", "Pxe")), ("cycle", ("reset", "ForceRestart")), ("off", ("reset", "ForceOff"))):
            assert said(seed, act, "k8s-n1").endswith(" is ordered")
            subprocess.run(["redfishtool", "-r", "127.0.0.1:%d" % double.port, "-u", "root", "-p", REDFISH_PASSWORD, "-A", "Basic", "-S", "Always", "Systems", "-1", *words],
                           check=True, capture_output=True, timeout=60)
        orders = double.waited(8)
        assert orders[::2] == orders[1::2] and len(set(orders)) == 4, orders
    return "the BMC is a test double"


def test_a_double_with_redfish_must_have_the_key_that_is_pinned():
    wrong = "sha256//" + base64.b64encode(hashlib.sha256(b"another").digest()).decode()
    with doubled("1", certificate=wrong) as (seed, double):
        said_so = refused(seed, "on", "k8s-n1")
        assert "BMC at 127.0.0.1:%d: curl: " % double.port in said_so and "public key does not match pinned public key" in said_so, said_so
        double.took()  # it did not even see the password
        site_is(seed, powered(seed.site_with_pin(seed.pin), k8s_n1=double.node(user="guest")))
        assert "error: 401" in refused(seed, "on", "k8s-n1")
        double.took("refused somebody")
    return "the BMC is a test double"


def test_of_a_double_with_several_systems_one_is_named():
    with doubled("Blade-1", "Blade-2") as (seed, double):
        assert "/redfish/v1/Systems has 2 members; name the machine's by `system`" in refused(seed, "on", "k8s-n1")
        site_is(seed, powered(seed.site_with_pin(seed.pin), k8s_n1=double.node(system="Blade-2"), k8s_n2=double.node(system="Blade-3")))
        assert said(seed, "on", "k8s-n1") == "k8s-n1: on is ordered"
        assert "has no member `Blade-3`; correct `system`" in refused(seed, "on", "k8s-n2")
        double.took('Blade-2 takes {"ResetType": "On"}')
    return "the BMC is a test double"


def test_a_magic_packet_reaches_the_card():
    if not network_possible():
        return NO_NETWORK
    listen = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 9)); print('listens', flush=True); [print(s.recv(2000).hex(), flush=True) for _ in range(3)]"
    with Network() as network:
        there = network.attach("seed", "172.22.132.1/24")
        card = network.spawn(network.attach("card", "172.22.132.99/24"), "python3", "-c", listen, stdout=subprocess.PIPE)
        assert card.stdout.readline() == "listens\n"
        with Seed(wrap=["ip", "netns", "exec", there]) as seed:
            site_is(seed, powered(site_document(), k8s_n1={"type": "wol"}))
            assert said(seed, "on", "k8s-n1") == "k8s-n1: on is ordered"
            packet = "ff" * 6 + mac_of("k8s-n1").replace(":", "") * 16
            assert [card.stdout.readline().rstrip("\n") for _ in range(3)] == [packet] * 3
            assert audited(seed, "operator-power") == ["k8s-n1: on by wol"]
            subprocess.run(["ip", "-n", there, "address", "flush", "dev", "eth0"], check=True)
            assert "magic packet to 172.22.132.255: ENETUNREACH; give the seed's machine an address" in refused(seed, "on", "k8s-n1")
