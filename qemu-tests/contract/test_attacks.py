# SPDX-License-Identifier: Apache-2.0
# Somebody on the provisioning network, against the real agent (as its initramfs starts it) and the real seed. The impostors are real, too: seed-server
# under another authority, OpenSSL's TLS server with whatever certificate an attacker may have.
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time

import seed as contract
from test_tls import seedctl
import tls
from meddler import Meddler, flip
from seed import HASH_A, KEY, TOKEN, Later
from test_fetch import DATA, HEX as LAYER, fetch, stocked
from test_network import BY_HAND, MAC, SKIPPED, Network, Said, possible
from tls import TlsSeed, identity, openssl

AT = "10.84.0.1"


class SiteSeed(TlsSeed):
    """On a network of its own, at the address that the machine was told."""

    def __init__(self, netns, at=AT):
        super().__init__(["ip", "netns", "exec", netns])
        self.netns, self.at = netns, at
        document = self.site_with_pin(self.pin)
        for node in document["nodes"]:
            node.update({"diskless": True} if node["hostname"] == "k8s-n1" else {})
        self.write_site(document)

    def arguments(self, listen=None):
        return super(TlsSeed, self).arguments(self.at + ":8080") + ["--pki", self.pki, "--listen-tls", self.at + ":8443"]

    def claims(self):
        nodes = subprocess.run(["curl", "--silent", "--unix-socket", self.state + "/admin.sock", "http://seed/v1/nodes"], capture_output=True, text=True, check=True)
        return [node["hostname"] for node in json.loads(nodes.stdout)["nodes"] if node["claimed"]]


@contextlib.contextmanager
def attacked():
    with Network() as network:
        netns = network.attach("seed", AT + "/24")
        own = SiteSeed(netns)
        yield network, netns, own


def machine_of(network, own):
    return network.machine(network.attach("node", mac=MAC), BY_HAND + " seedrack.ca=" + own.pin)


# The site's own authority offered in clear, and TLS with a certificate that an attacker has.
@contextlib.contextmanager
def impostor(network, netns, own, certificate, key):
    folder = tempfile.mkdtemp(dir=network.dir)
    os.mkdir(folder + "/v1")
    with open(own.pki + "/ca.crt") as ca, open(folder + "/v1/trust", "w") as trust:
        json.dump({"port": 8443, "ca": ca.read()}, trust)
    with open(folder + "/healthz", "w") as health:
        json.dump({"status": "ok", "site": "contract", "record": "EMPTY", "uptime_ms": 1}, health)
    plain = network.spawn(netns, "python3", "-u", "-m", "http.server", "8080", "--bind", AT, "--directory", folder, stdout=subprocess.DEVNULL)
    secure = network.spawn(netns, "openssl", "s_server", "-accept", AT + ":8443", "-cert", certificate, "-key", key, "-www", stdout=subprocess.PIPE)
    assert any("ACCEPT" in line for line in secure.stdout), "openssl s_server does not listen"
    yield Said(plain)
    for process in (plain, secure):
        process.kill()
        process.wait(10)


def leaf(own, name, subject, extensions, *wrap):
    folder = os.path.dirname(own.pki)
    paths = [folder + "/" + name + suffix for suffix in (".key", ".csr", ".crt", ".ext")]
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", paths[0], "-out", paths[1], "-subj", subject)
    with open(paths[3], "w") as f:
        f.write(extensions)
    subprocess.run([*wrap, "openssl", "x509", "-req", "-in", paths[1], "-CA", own.pki + "/ca.crt", "-CAkey", own.pki + "/ca.key", "-CAcreateserial", "-days", "30",
                    "-extfile", paths[3], "-out", paths[2]], check=True, capture_output=True, timeout=120)
    return paths[2], paths[0]


SERVER = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=%s\nsubjectAltName=DNS:%s\n"


def test_a_seed_of_another_authority_is_named_and_told_nothing():
    if not possible():
        return SKIPPED
    with attacked() as (network, netns, own):
        with SiteSeed(netns) as rogue:
            machine = machine_of(network, own)
            machine.says("step claim: .*its authority is " + rogue.pin[:23], "this machine was booted for " + own.pin[:23], "--pki", "next try in")
            assert rogue.claims() == [] and not machine.find("step claim: done"), machine.lines
        with own:
            machine.says("step role: done")
            assert own.claims() == ["k8s-n1"]


def test_a_machine_shows_its_fingerprint_and_waits_for_the_operator():
    if not possible():
        return SKIPPED
    with attacked() as (network, netns, own):
        document = own.site_with_pin(own.pin)
        document["network"]["enrol"] = "approve"
        document["nodes"] = [dict(node, diskless=True) if node["hostname"] == "k8s-n1" else node for node in document["nodes"]]
        own.write_site(document)
        with own:
            machine = machine_of(network, own)
            line = machine.says("step claim: .*waits for approval; this machine's fingerprint is", "seedctl approve", "next try in")
            shown = re.search(r"fingerprint is ([0-9a-f-]{19})", line).group(1)
            own.wait_log("k8s-n1 waits for approval: fingerprint " + shown)
            assert not machine.find("step claim: done"), machine.lines
            subprocess.run([tls.SEEDCTL, "approve", "--admin-socket", own.state + "/admin.sock", "k8s-n1", shown], check=True, capture_output=True)
            machine.says("step role: done")


def test_a_seed_that_speaks_no_tls_is_told_nothing():
    if not possible():
        return SKIPPED
    with attacked() as (network, netns, own):
        plain = contract.Seed(wrap=["ip", "netns", "exec", netns])
        listen = plain.arguments
        plain.arguments = lambda: listen(AT + ":8080")
        with plain:
            machine = machine_of(network, own)
            machine.says("step claim: .*it speaks no TLS .GET /v1/trust: 404", "this machine was booted for " + own.pin[:23], "next try in")
            assert not plain.get("/v1/nodes", admin=True).json["nodes"][3]["claimed"]
        with own:
            machine.says("step role: done")


# What an attacker may hold: a certificate by himself, the operator's, one for another name, one that is over, one that is not yet.
def certificates(own):
    yield "self-signed", identity(os.path.dirname(own.pki), "self", "/CN=" + tls.NAME)[1:]
    yield "the operator's", (own.pki + "/operator.crt", own.pki + "/operator.key")
    yield "of another name", leaf(own, "name", "/CN=other", SERVER % ("serverAuth", "another-seed"))
    yield "for clients", leaf(own, "client", "/CN=seed", SERVER % ("clientAuth", tls.NAME))
    yield "expired", leaf(own, "expired", "/CN=seed", SERVER % ("serverAuth", tls.NAME), "faketime", "-f", "-60d")
    yield "of the future", leaf(own, "future", "/CN=seed", SERVER % ("serverAuth", tls.NAME), "faketime", "-f", "+60d")


def test_an_impostor_that_offers_the_right_authority_is_told_nothing():
    if not possible():
        return SKIPPED
    told, own = [], TlsSeed()
    for name, (certificate, key) in certificates(own):
        with Network() as network:
            netns = network.attach("seed", AT + "/24")
            with impostor(network, netns, own, certificate, key) as plain:
                machine = machine_of(network, own)
                line = machine.says("step claim: ", "https://" + tls.NAME, "next try in")
                assert "ertificate" in line or "verif" in line, line
                plain.says("GET /v1/trust")
                assert not machine.find("step claim: done") and not plain.find("POST"), (name, machine.lines, plain.lines)
                told.append(name)
    shutil.rmtree(own.dir)
    return "refused: " + ", ".join(told)


# One byte of each class of answer, changed on the way: what comes in clear, the handshake, what comes after it.
def changes():
    def authority(piece, offset):
        at = piece.find(b"BEGIN CERTIFICATE")
        return piece if at < 0 else flip(piece, at + 200)

    yield "the authority", 8080, authority
    yield "the handshake", 8443, lambda piece, offset: flip(piece, 40) if offset == 0 else piece
    yield "the seed's certificate", 8443, lambda piece, offset: flip(piece, len(piece) // 2) if offset == 0 else piece
    yield "claim and role", 8443, lambda piece, offset: flip(piece, len(piece) - 1) if offset else piece


def test_whoever_changes_a_byte_on_the_wire_is_found_out():
    if not possible():
        return SKIPPED
    told, there = [], "10.84.0.2"
    for name, port, change in changes():
        with Network() as network:
            own = SiteSeed(network.attach("seed", there + "/24"), there)
            wire = network.attach("wire", AT + "/24")
            with own, network.within(wire):
                ports = {each: Meddler((AT, each), (there, each), change if each == port else as_it_is) for each in (8080, 8443)}
                machine = machine_of(network, own)
                machine.says("step claim: ", "next try in")
                assert ports[port].changed and not machine.find("step claim: done"), (name, machine.lines)
                assert own.claims() == [] or name == "claim and role", own.claims()
                ports[port].change = as_it_is
                machine.says("step role: done")
                told.append("%s (%d times)" % (name, ports[port].changed))
                for meddler in ports.values():
                    meddler.close()
    return "refused: " + ", ".join(told)


def as_it_is(piece, offset):
    return piece


# A layer comes in clear: only its sha256 is believed. Once changed it is fetched again, changed always it is refused; so is one that is genuine under another hash.
def test_a_layer_that_was_changed_on_the_wire_is_not_taken():
    for name, change, exit_status in (("once", True, 0), ("always", False, 1)):
        with stocked() as seed:
            def meddle(piece, offset):
                return flip(piece, 5000) if offset and not (change and wire.changed) and len(piece) > 5000 else piece

            wire = Meddler(("127.0.0.1", 0), ("127.0.0.1", seed.port), meddle)
            done = fetch(seed, "http://127.0.0.1:%d" % wire.listening.getsockname()[1])
            assert done.returncode == exit_status and wire.changed, (name, done)
            assert "fetching it once more" in done.stderr, done.stderr
            assert os.listdir(seed.dir + "/layers") == ([LAYER] if exit_status == 0 else [])
            wire.close()


def test_an_older_layer_in_the_new_ones_place_is_not_taken():
    old = bytes(reversed(DATA))
    genuine = hashlib.sha256(old).hexdigest()
    with stocked(old) as seed:
        with open(seed.dir + "/artifacts/sha256/" + genuine, "wb") as f:
            f.write(old)
        assert fetch(seed, sha256=genuine).returncode == 0
        done = fetch(seed)
        assert done.returncode == 1 and LAYER[:12] in done.stderr and os.listdir(seed.dir + "/layers") == [genuine]


# Every request of two machines' lives, sent again by somebody who saw it: with no key, with a machine's own, with one of his.
def test_a_replay_of_every_request():
    with TlsSeed() as seed:
        m1, m2 = (seed.machine(name).claimed() for name in ("k8s-m1", "k8s-m2"))
        sent, request = [], seed.request

        def recording(method, path, body=None, headers=None, **kw):
            sent.append((method, path, body, headers))
            return request(method, path, body, headers, **kw)

        seed.request = recording
        m1.ask()
        m1.get("/v1/role")
        m1.initialise()
        ticket = m2.post("/v1/tickets", {}).json["id"]
        assert m1.get("/v1/tickets/pending?wait=5").json["id"] == ticket
        assert m1.put("/v1/tickets/" + ticket, {"token": TOKEN, "certificate_key": KEY}).status == 200
        assert m2.get("/v1/tickets/" + ticket + "?wait=5").json["token"] == TOKEN
        m2.post("/v1/tickets/" + ticket + "/done", {"ok": True})
        m1.report({"step": "link", "state": "done"})
        m1.post("/v1/wipe", {"serial": "S1", "wwn": "", "found": "ext4"})
        seed.request = request
        before, made = m1.record(), 0
        strangers = (None, identity(seed.dir, "attacker")[1:], seed.machine("k8s-n1").claimed().certificate)
        for method, path, body, headers in sent:
            for certificate in strangers:
                reply = request(method, path, body, headers, certificate=certificate)
                assert reply.status in (401, 403), (method, path, reply.status, reply.body)
                made += 1
            reply = seed.plain(method, path, body, headers)
            assert (reply.status, reply.code) == (403, "tls_only"), (method, path, reply.body)
            made += 1
        assert m1.record() == before and m1.ask().status == 200
        assert m2.get("/v1/tickets/" + ticket).status == 410  # also to whom it was delivered
        return "%d requests replayed, %d attacks refused" % (len(sent), made)


def test_a_workers_key_gets_nothing_of_a_masters():
    with TlsSeed() as seed:
        m1, m2, n1 = (seed.machine(name).claimed() for name in ("k8s-m1", "k8s-m2", "k8s-n1"))
        m1.initialise()
        before = m1.record()
        ticket = m2.post("/v1/tickets", {}).json["id"]
        for call in ("reserve", "begin", "renew", "commit", "abort"):
            body = {"epoch": 1, "token": 2, **({"ca_hash": HASH_A} if call == "commit" else {})}
            assert n1.post("/v1/bootstrap/" + call, body).code == "masters_only"
        assert n1.get("/v1/tickets/pending").code == "masters_only"
        assert n1.put("/v1/tickets/" + ticket, {"token": TOKEN, "certificate_key": KEY}).code == "masters_only"
        assert n1.get("/v1/tickets/" + ticket).code == "unknown_ticket"  # somebody else's
        assert m1.get("/v1/tickets/pending").json["id"] == ticket
        own = n1.post("/v1/tickets", {}).json
        assert own["kind"] == "worker"
        assert m1.get("/v1/tickets/pending").json["id"] == own["id"]
        assert m1.put("/v1/tickets/" + own["id"], {"token": TOKEN, "certificate_key": KEY}).status == 400  # not even by a master's slip
        assert m1.record() == before


# Opens connections from many addresses, says the beginning of something on each and no more; who is sent away comes again. Until stdin ends.
CROWD = """
import itertools, resource, select, socket, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (20000, 20000))
poll, opened, turn = select.epoll(), {}, itertools.count()
def come():
    i = next(turn)
    s = socket.socket()
    s.setblocking(False)
    s.bind(("10.84.%d.%d" % (1 + i // 200 % 2, 1 + i % 200), 0))
    s.connect_ex(("10.84.0.1", (8080, 8443)[i % 2]))
    opened[s.fileno()] = [s, False]
    poll.register(s, select.EPOLLOUT | select.EPOLLRDHUP | select.EPOLLHUP)
poll.register(0, select.EPOLLIN)
for _ in range(10000):
    come()
print("there", flush=True)
while True:
    for fd, event in poll.poll():
        if fd == 0:
            print(next(turn), flush=True)
            sys.exit(0)
        if event & (select.EPOLLHUP | select.EPOLLRDHUP | select.EPOLLERR):
            poll.unregister(fd)
            opened.pop(fd)[0].close()
            come()
        elif event & select.EPOLLOUT:
            poll.modify(fd, select.EPOLLRDHUP | select.EPOLLHUP)
            try:
                opened[fd][0].send(b"GET /v1/role HTTP/1.1\\r\\nX-Slow: " if opened[fd][0].getpeername()[1] == 8080 else b"\\x16\\x03\\x01\\x02\\x00\\x01\\x00")
            except OSError:
                pass
"""


def test_ten_thousand_slow_clients_while_seven_machines_are_made():
    if not possible():
        return SKIPPED
    with attacked() as (network, netns, own), own:
        host = network.attach("crowd")
        for third in (1, 2):
            script = "".join("address add 10.84.%d.%d/16 dev eth0\n" % (third, last) for last in range(1, 201))
            subprocess.run(["ip", "-n", host, "-batch", "-"], input=script, text=True, check=True)
        subprocess.run(["ip", "-n", netns, "address", "replace", AT + "/16", "dev", "eth0"], check=True)
        crowd = subprocess.Popen(["ip", "netns", "exec", host, "python3", "-c", CROWD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        network.processes.append(crowd)
        assert crowd.stdout.readline() == "there\n"
        took = []

        def timed(call, *words, **kw):
            since = time.monotonic()
            reply = call(*words, **kw)
            took.append(time.monotonic() - since)
            return reply

        with network.within(netns):
            machines = [own.machine(name) for name, _, _ in contract.NODES]
            for machine in machines:
                machine.claim = timed(machine.ask).json["claim"]
                assert timed(machine.keep).status == 200
                assert timed(machine.get, "/v1/role").status == 200
            first = machines[0]
            first.initialise()
            for joiner in machines[1:]:
                ticket = timed(joiner.post, "/v1/tickets", {}).json
                later = Later(joiner.get, "/v1/tickets/" + ticket["id"] + "?wait=30")  # a long-poll in the crowd
                assert timed(first.get, "/v1/tickets/pending?wait=5").json["id"] == ticket["id"]
                minted = {"token": TOKEN, **({"certificate_key": KEY} if ticket["kind"] == "master" else {})}
                assert timed(first.put, "/v1/tickets/" + ticket["id"], minted).status == 200
                assert later.result(30).json["token"] == TOKEN
                assert timed(joiner.post, "/v1/tickets/" + ticket["id"] + "/done", {"ok": True}).status == 200
        metrics = own.get("/metrics", admin=True).body.decode()
        value = {line.split()[0]: float(line.split()[1]) for line in metrics.splitlines() if not line.startswith("#") and "{" not in line}
        assert value["seedrack_connections_dismissed_total"] > 5000, value
        assert own.instrumented() or value["seedrack_resident_bytes"] < 96 << 20, value
        crowd.stdin.close()
        came = int(crowd.stdout.readline())
        took.sort()
        assert took[-1] < max(10, 200 * took[len(took) // 2]), took[-5:]
        return "%d connections came, %d were sent away; %d requests of the seven took %.0f ms in the middle, %.0f ms at most; the seed had %.1f MiB" % (
            came, value["seedrack_connections_dismissed_total"], len(took), took[len(took) // 2] * 1000, took[-1] * 1000, value["seedrack_resident_bytes"] / 1048576)


def acts_on_the_cluster(machine, ticket=None):
    """What a machine gets of the cluster, and how each call is refused."""
    calls = [("POST", "/v1/bootstrap/reserve"), ("POST", "/v1/bootstrap/begin"), ("POST", "/v1/bootstrap/commit"), ("POST", "/v1/tickets"), ("GET", "/v1/passwords"),
             ("GET", "/v1/tickets/pending")] + ([("GET", "/v1/tickets/" + ticket)] if ticket else [])
    return {path: machine.get(path) if method == "GET" else machine.post(path, {"epoch": 1, "token": 1, "ca_hash": contract.HASH_B} if "commit" in path else {}) for method, path in calls}


# The seed's default, `enrol: listed`. PXE broadcasts MAC and UUID: whoever hears them claims the machine's name with a key of his own, after the machine did.
def test_who_takes_a_name_over_gets_nothing_of_the_cluster():
    made = 0
    with tls.TlsSeed() as seed:
        seed.machine("k8s-m1").claimed().initialise()
        true, thief = seed.machine("k8s-m2", "true").claimed(kept=False), seed.machine("k8s-m2", "thief").claimed(kept=False)
        for path, reply in acts_on_the_cluster(thief).items():
            assert (reply.status, reply.code) == (409, "not_kept"), (path, reply.body)
            made += 1
        reply = thief.keep()  # he may say it, but not while the true machine may still speak
        assert (reply.status, reply.code) == (409, "listening"), reply.body
        assert true.get("/v1/role").status == 401  # the true machine speaks: with its key, which the seed remembers
        for path, reply in list(acts_on_the_cluster(thief).items()) + [("kept", thief.keep())]:
            assert (reply.status, reply.code) == (403, "disputed"), (path, reply.body)
            made += 1
        assert true.ask().status == 409 and seed.machine("k8s-m2", "third").ask().status == 409
        seed.stop()
        seed.start()  # the seed does not forget it
        assert acts_on_the_cluster(thief)["/v1/tickets"].code == "disputed" and true.ask().status == 409
        assert seed.get("/v1/nodes", admin=True).json["nodes"][1]["claim"] == "disputed"
        assert seedctl(seed, "approve", "k8s-m2").returncode == 1  # which one?
        assert seedctl(seed, "approve", "k8s-m2", "0000-0000-0000-0000").returncode == 1
        return "%d attacks refused" % (made + 4)


def test_keys_thrown_away_do_not_wash_the_first_one_off():
    with tls.TlsSeed() as seed:
        seed.machine("k8s-m1").claimed().initialise()
        true = seed.machine("k8s-m2", "true").claimed(kept=False)
        thief = [seed.machine("k8s-m2", "thief%d" % i).claimed(kept=False) for i in range(3)][-1]
        for _ in range(2):  # the second time after a restart
            assert true.ask().status == 409
            for path, reply in list(acts_on_the_cluster(thief).items()) + [("kept", thief.keep())]:
                assert (reply.status, reply.code) == (403, "disputed"), (path, reply.body)
            seed.stop()
            seed.start()
        fingerprint = "-".join(true.key[i:i + 4] for i in range(0, 16, 4))
        assert seedctl(seed, "approve", "k8s-m2", fingerprint).returncode == 0
        assert true.claimed().post("/v1/tickets", {}).status == 201 and thief.post("/v1/tickets", {}).status == 401


def test_the_operator_says_which_of_two_machines_is_meant():
    with tls.TlsSeed() as seed:
        seed.machine("k8s-m1").claimed().initialise()
        for right in (0, 1):
            pair = [seed.machine("k8s-m2", "%s%d" % (name, right)).claimed(kept=False) for name in ("first", "second")]
            assert pair[0].ask().status == 409  # it comes back
            seed.stop()
            seed.start()  # the seed forgets neither
            chosen, other = pair[right], pair[1 - right]
            fingerprint = "-".join(chosen.key[i:i + 4] for i in range(0, 16, 4))
            done = seedctl(seed, "approve", "k8s-m2", fingerprint)
            assert done.returncode == 0, done.stderr
            assert chosen.claimed().post("/v1/tickets", {}).status == 201
            assert other.ask().status == 409 and other.post("/v1/tickets", {}).status == 401
            assert seedctl(seed, "forget", "k8s-m2").returncode == 0


# Row 23: whoever comes when the key is kept changes nothing for the machine but that it begins no cluster.
def test_a_foreign_key_costs_a_kept_machine_nothing_but_reserve_and_begin():
    with tls.TlsSeed() as seed:
        m1, m2 = seed.machine("k8s-m1").claimed(), seed.machine("k8s-m2").claimed()
        reserved = m1.move("reserve").json
        begun = m1.move("begin", reserved).json
        for name in ("k8s-m1", "k8s-m2"):
            assert seed.machine(name, "thief-of-" + name).ask().status == 409
        assert m1.move("reserve").code == "disputed" and m1.move("commit", begun, ca_hash=contract.HASH_A).status == 200
        ticket = m2.post("/v1/tickets", {}).json["id"]
        assert m1.get("/v1/tickets/pending?wait=5").json["id"] == ticket
        assert m1.put("/v1/tickets/" + ticket, {"token": TOKEN, "certificate_key": KEY}).status == 200
        assert m2.get("/v1/tickets/" + ticket + "?wait=5").json["token"] == TOKEN and m1.get("/v1/passwords").status == 200


def test_a_name_is_not_taken_over_without_end():
    with tls.TlsSeed() as seed:
        keys = [seed.machine("k8s-n1", "key%d" % i) for i in range(8)]
        taken = [machine.ask().status for machine in keys]
        assert taken == [201] * 4 + [409] * 4, taken
        seed.stop()
        seed.start()
        assert [seed.machine("k8s-n1", "late%d" % i).ask().status for i in range(3)] == [409] * 3  # nor by a restart
        assert seed.metric("claims_refused_total") == 3
        with open(seed.state + "/audit.log") as log:
            acts = [json.loads(line)["act"] for line in log]
        assert acts.count("claim-rebound") == 3 and len(acts) < 12, acts


# A pod reaches the seed by its own address, or behind its node's: then it has an address that may ask, and no key.
def test_a_pod_that_asks_the_seed():
    if not possible():
        return SKIPPED
    with attacked() as (network, netns, own), own:
        pod = network.attach("pod", "10.244.1.5/16")
        subprocess.run(["ip", "-n", pod, "route", "add", AT + "/32", "dev", "eth0"], check=True)
        subprocess.run(["ip", "-n", netns, "route", "add", "10.244.0.0/16", "dev", "eth0"], check=True)
        node = network.attach("node", "10.84.0.21/24")

        def curl(where, *words):
            return subprocess.run(["ip", "netns", "exec", where, "curl", "--silent", "--max-time", "5", "--cacert", own.pki + "/ca.crt", "--connect-to", "%s::%s:8443" % (tls.NAME, AT), *words],
                                  capture_output=True, text=True).stdout

        made = 0
        for path in ("/v1/nodes", "/v1/role", "/metrics", "/healthz", "/v1/trust", "/boot.ipxe?mac=" + MAC, "/v1/events"):
            assert json.loads(curl(pod, "https://%s%s" % (tls.NAME, path)))["error"]["code"] == "pod", path
            made += 1
        for path in ("/healthz", "/v1/trust", "/boot.ipxe?mac=" + MAC, "/artifacts/sha256/" + "0" * 64):
            assert '"code":"pod"' in curl(pod, "http://%s:8080%s" % (AT, path)), path
            made += 1
        for method, path in (("GET", "/v1/role"), ("POST", "/v1/tickets"), ("GET", "/v1/tickets/pending"), ("POST", "/v1/bootstrap/reserve")):
            answer = curl(node, "-X", method, *(["-d", "{}"] if method == "POST" else []), "https://%s%s" % (tls.NAME, path))
            assert json.loads(answer)["error"]["code"] == "unknown_claim", (path, answer)
            made += 1
        return "%d attacks refused" % made
