# SPDX-License-Identifier: Apache-2.0
# Who may speak: TLS, keys and claims of the real server, against the client library of somebody else (OpenSSL).
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time

from seed import KEY, TOKEN, Seed, mac_of, site_document
from tls import NAME, SEEDCTL, TlsSeed, identity, init, key_hash, openssl


def refused(call, *words):
    try:
        reply = call()
    except (ssl.SSLError, ConnectionError, OSError) as failure:
        return str(failure)
    raise AssertionError("answered %d %s" % (reply.status, reply.body))


def test_init_makes_a_trust_anchor_once():
    with tempfile.TemporaryDirectory() as folder:
        first = init(folder)
        assert first.returncode == 0, first.stderr
        files = sorted(os.listdir(folder + "/pki"))
        assert files == ["ca.crt", "ca.key", "operator.crt", "operator.key", "seed.crt", "seed.key"], files
        modes = {name: os.stat(folder + "/pki/" + name).st_mode & 0o777 for name in files}
        assert all(modes[name] == (0o600 if name.endswith(".key") else 0o644) for name in files), modes
        assert os.stat(folder + "/pki").st_mode & 0o777 == 0o700
        assert first.stdout == '"seed_ca": "sha256:%s"\n' % key_hash(folder + "/pki/ca.crt")
        for name, purpose in (("seed", "sslserver"), ("operator", "sslclient")):
            openssl("verify", "-CAfile", folder + "/pki/ca.crt", "-purpose", purpose, folder + "/pki/" + name + ".crt")
        before = {name: open(folder + "/pki/" + name).read() for name in files}
        second = init(folder)
        assert second.stdout == first.stdout and {name: open(folder + "/pki/" + name).read() for name in files} == before
        os.unlink(folder + "/pki/operator.crt")
        assert init(folder).stdout == first.stdout
        renewed = init(folder, "--renew")
        assert renewed.stdout == first.stdout + '"generation": 2\n' and "restart the seed with these certificates" in renewed.stderr, renewed
        assert first.stderr == ""
        after = {name: open(folder + "/pki/" + name).read() for name in files}
        assert [name for name in files if after[name] == before[name]] == ["ca.crt", "ca.key"]
        shutil.copy(folder + "/pki/seed.key", folder + "/pki/ca.key")
        broken = init(folder)
        assert broken.returncode == 1 and "are not a key and its certificate; restore both" in broken.stderr, broken.stderr
        assert init(folder + "/none").returncode == 1


def test_the_seeds_certificate_may_be_for_its_address_too():
    with tempfile.TemporaryDirectory() as folder:
        def fits(address):
            return subprocess.run(["openssl", "verify", "-CAfile", folder + "/pki/ca.crt", "-purpose", "sslserver", "-verify_hostname", NAME, "-verify_ip", address,
                                   folder + "/pki/seed.crt"], capture_output=True, timeout=120).returncode == 0

        for address in ("", "10.0.0", "10.0.0.1,DNS:evil", "0.0.0.0", "224.0.0.1", "::1"):
            wrong = init(folder, "--address", address)
            assert wrong.returncode == 2 and "--address `%s` is not an IPv4 address" % address in wrong.stderr, wrong
        assert os.listdir(folder) == []
        assert init(folder).returncode == 0 and not fits("172.22.132.1")
        before = open(folder + "/pki/seed.crt").read()
        late = init(folder, "--address", "172.22.132.1")
        assert late.returncode == 1 and "seed.crt` is there already, and stays; add --renew" in late.stderr, late.stderr
        assert open(folder + "/pki/seed.crt").read() == before
        assert init(folder, "--renew", "--address", "172.22.132.1").returncode == 0
        assert fits("172.22.132.1") and not fits("172.22.132.2")


def test_a_boot_script_that_came_by_tls_goes_on_by_tls():
    with TlsSeed() as seed:
        path = "/boot.ipxe?mac=" + mac_of("k8s-m1")
        plain, secured = (call("GET", path).body.decode() for call in (seed.plain, seed.request))
        base = "https://172.22.132.1:%d" % seed.tls_port
        assert secured == plain.replace("http://172.22.132.1:8080/boot", base + "/boot"), secured
        assert secured.count(base) == 3 and "https" not in plain and "seedrack.seed=http://172.22.132.1:8080 " in secured


def test_plain_http_is_for_firmware_alone():
    with TlsSeed() as seed:
        with open(seed.dir + "/artifacts/boot/vmlinuz", "w") as f:
            f.write("kernel")
        for path in ("/healthz", "/boot/vmlinuz", "/boot.ipxe?mac=" + mac_of("k8s-m1"), "/v1/trust"):
            assert seed.plain("GET", path).status == 200, path
        for method, path in (("POST", "/v1/claim"), ("GET", "/v1/role"), ("GET", "/v1/bootstrap"), ("POST", "/v1/bootstrap/reserve"), ("POST", "/v1/tickets"),
                             ("GET", "/v1/tickets/pending"), ("POST", "/v1/wipe"), ("POST", "/v1/events"), ("GET", "/v1/events"), ("GET", "/v1/nodes"),
                             ("GET", "/metrics"), ("GET", "/")):
            reply = seed.plain(method, path, {} if method == "POST" else None)
            assert (reply.status, reply.code) == (403, "tls_only"), (path, reply.body)
        assert seed.plain("POST", "/v1/admin/rearm", {"confirm": "contract"}).code == "admin_only"
        for path in ("/v1/nodes", "/metrics", "/healthz"):
            assert seed.get(path).status == 200 and seed.get(path, admin=True).status == 200, path


def test_a_certificate_that_ends_is_said_from_60_days_on():
    for days, said in ((70, False), (59, True), (2, True)):
        seed = TlsSeed()
        with tempfile.NamedTemporaryFile("w") as extensions:
            extensions.write("subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n" % NAME)
            extensions.flush()
            wish = openssl("req", "-new", "-key", seed.pki + "/seed.key", "-subj", "/CN=" + NAME)
            made = openssl("x509", "-req", "-CA", seed.pki + "/ca.crt", "-CAkey", seed.pki + "/ca.key", "-days", str(days), "-extfile", extensions.name, input=wish)
        with open(seed.pki + "/seed.crt", "wb") as f:
            f.write(made)
        with seed:
            left = seed.get("/v1/nodes", admin=True).json["certificate_days"]
            assert days - 1 <= left <= days, left
            status, log = seedctl(seed, "status").stdout, "".join(seed.log)
            ends = "ends in (%d|%d) days" % (days - 1, days)  # a second may pass between the two
            assert bool(re.search("the seed's certificate " + ends + ": seedctl init --renew", status)) == said, status
            assert bool(re.search(ends + "; seedctl init --renew makes another", log)) == said, log
            assert seed.metric("certificate_expires_timestamp_seconds") > time.time()


def test_a_layer_by_tls_is_the_same_bytes():
    with TlsSeed() as seed:
        name, data = seed.artifact(os.urandom(1 << 20) + b"end")
        path = "/artifacts/sha256/" + name
        assert seed.get(path).body == seed.plain("GET", path).body == data
        for words, first, last in (("0-9", 0, 9), ("131071-131073", 131071, 131073), ("-3", len(data) - 3, len(data) - 1), ("1000000-", 1000000, len(data) - 1)):
            part = seed.get(path, headers={"Range": "bytes=" + words})
            assert (part.status, part.body) == (206, data[first:last + 1]), words
        head = seed.request("HEAD", path)
        assert head.status == 200 and head.headers["Content-Length"] == str(len(data)) and head.body == b""


def test_the_trust_that_it_offers_is_what_init_printed():
    with TlsSeed() as seed:
        trust = seed.plain("GET", "/v1/trust").json
        assert trust["port"] == seed.tls_port
        with open(seed.dir + "/offered.crt", "w") as f:
            f.write(trust["ca"])
        assert "sha256:" + key_hash(seed.dir + "/offered.crt") == seed.pin


def test_a_life_by_tls():
    with TlsSeed() as seed:
        m1, m2, n1 = (seed.machine(name).claimed() for name in ("k8s-m1", "k8s-m2", "k8s-n1"))
        assert m1.get("/v1/role").json["node"]["hostname"] == "k8s-m1"
        m1.initialise()
        for joiner, minted in ((m2, {"token": TOKEN, "certificate_key": KEY}), (n1, {"token": TOKEN})):
            ticket = joiner.post("/v1/tickets", {}).json["id"]
            assert m1.get("/v1/tickets/pending?wait=5").json["id"] == ticket
            assert m1.put("/v1/tickets/" + ticket, minted).status == 200
            assert joiner.get("/v1/tickets/" + ticket + "?wait=5").json["token"] == TOKEN
        assert m1.ask().status == 200  # the same key again


def test_a_claim_is_of_no_use_without_its_key():
    with TlsSeed() as seed:
        m1, other = seed.machine("k8s-m1").claimed(), seed.machine("k8s-n1").claimed()
        for method, path in (("GET", "/v1/role"), ("POST", "/v1/bootstrap/reserve"), ("POST", "/v1/tickets"), ("POST", "/v1/events"), ("POST", "/v1/wipe")):
            for certificate in (None, other.certificate):
                reply = seed.request(method, path, {} if method == "POST" else None, headers=m1.headers(), certificate=certificate)
                assert (reply.status, reply.code) == (401, "unknown_claim"), (path, reply.body)
        assert m1.get("/v1/bootstrap").json["state"] == "EMPTY"


def test_the_claimed_key_must_be_the_proved_one():
    with TlsSeed() as seed:
        m1 = seed.machine("k8s-m1")
        assert (m1.ask(key="a" * 64).status, m1.ask(key="a" * 64).code) == (403, "not_its_key")
        assert seed.post("/v1/claim", m1.claim_body()).code == "not_its_key"  # no certificate at all
        assert m1.ask().status == 201


# The RAM key of a machine that lost power before its disk had it: it comes back by itself.
def test_another_key_until_the_machine_says_that_it_is_kept():
    with TlsSeed() as seed:
        before, after = seed.machine("k8s-n1", "before").claimed(kept=False), seed.machine("k8s-n1", "after").claimed(kept=False)
        assert after.get("/v1/role").status == 200 and after.post("/v1/tickets", {}).code == "not_kept"
        assert after.keep().code == "listening"
        since = time.monotonic()
        while after.keep().status == 409:  # the older key is silent: after 30 s it goes on
            time.sleep(1)
            assert time.monotonic() - since < 60
        assert time.monotonic() - since > 25
        assert after.post("/v1/tickets", {}).code == "not_initialised"  # asked all the same
        third = seed.machine("k8s-n1", "third")
        assert third.ask().status == 409
        seed.stop()
        seed.start()
        assert third.ask().status == 409 and after.ask().status == 200 and after.post("/v1/tickets", {}).code == "not_initialised"
        assert before.ask().status == 409
        assert seed.post("/v1/admin/forget", {"hostname": "k8s-n1"}, admin=True).status == 200
        assert third.ask().status == 201 and after.get("/v1/role").status == 401


def test_a_key_that_was_replaced_and_comes_back_is_a_second_machine():
    with TlsSeed() as seed:
        first, second = (seed.machine("k8s-m1", name).claimed(kept=False) for name in ("first", "second"))
        reply = first.ask()
        assert reply.status == 409
        assert second.move("reserve").code == "disputed" and second.keep().code == "disputed"
        with open(seed.state + "/audit.log") as log:
            acts = [json.loads(line)["act"] for line in log]
        assert acts[:4] == ["start", "claim", "claim-rebound", "claim-contested"], acts
        fingerprint = "-".join(second.key[i:i + 4] for i in range(0, 16, 4))
        assert seed.post("/v1/admin/approve", {"hostname": "k8s-m1", "fingerprint": fingerprint}, admin=True).status == 200
        assert second.move("reserve").status == 200


# An agent that is older than the seed never says that its key is kept.
def test_an_older_agent_waits_for_the_operator():
    with TlsSeed() as seed:
        m1 = seed.machine("k8s-m1").claimed(kept=False)
        refused = m1.move("reserve")
        assert refused.code == "not_kept" and "seedctl approve k8s-m1" in refused.json["error"]["remedy"]
        assert seedctl(seed, "approve", "k8s-m1").returncode == 0
        assert m1.move("reserve").status == 200


def test_the_operator_by_certificate():
    with TlsSeed() as seed:
        m1 = seed.machine("k8s-m1").claimed()
        operator = (seed.pki + "/operator.crt", seed.pki + "/operator.key")
        impostor = identity(seed.dir, "impostor", "/O=Seedrack/CN=operator")[1:]
        server = (seed.pki + "/seed.crt", seed.pki + "/seed.key")
        body = {"hostname": "k8s-m1"}
        for certificate in (None, m1.certificate, impostor, server):
            assert seed.post("/v1/admin/forget", body, certificate=certificate).code == "admin_only"
        assert seed.post("/v1/admin/forget", body, certificate=operator).status == 200


def test_only_tls_1_2_and_1_3():
    with TlsSeed() as seed:
        for version, spoken in ((ssl.TLSVersion.TLSv1, False), (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)):
            context = seed.context()
            context.minimum_version = context.maximum_version = version
            context.set_ciphers("ALL:@SECLEVEL=0")
            with socket.create_connection(("127.0.0.1", seed.tls_port), 10) as s:
                try:
                    with context.wrap_socket(s, server_hostname=NAME) as t:
                        assert spoken, version
                        assert t.version() == {ssl.TLSVersion.TLSv1_2: "TLSv1.2", ssl.TLSVersion.TLSv1_3: "TLSv1.3"}[version]
                except (ssl.SSLError, ConnectionError):
                    assert not spoken, version


def test_a_client_that_knows_another_authority_goes_away():
    with TlsSeed() as seed, tempfile.TemporaryDirectory() as folder:
        assert init(folder).returncode == 0
        context = seed.context(authority=folder + "/pki/ca.crt")
        with socket.create_connection(("127.0.0.1", seed.tls_port), 10) as s:
            try:
                context.wrap_socket(s, server_hostname=NAME)
                raise AssertionError("spoken to")
            except ssl.SSLCertVerificationError as failure:
                assert "verify failed" in str(failure)
        assert seed.get("/healthz").status == 200


def start(seed, *wrap):
    ended = subprocess.run([*wrap, *seed.arguments()], capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1, ended
    return ended.stderr.strip().splitlines()[-1]


def test_a_pki_that_is_wrong_is_refused_and_named():
    seed = TlsSeed()
    with tempfile.TemporaryDirectory() as folder:
        assert init(folder).returncode == 0
        key, crt, ca = (seed.pki + name for name in ("/seed.key", "/seed.crt", "/ca.crt"))
        good = {path: open(path).read() for path in (key, crt, ca)}

        def wrong(path, text, mode=None):
            with open(path, "w") as f:
                f.write(text)
            if mode:
                os.chmod(path, mode)
            line = start(seed)
            with open(path, "w") as f:
                f.write(good[path])
            os.chmod(path, 0o600 if path == key else 0o644)
            return line

        other = {name: open(folder + "/pki/" + name).read() for name in ("seed.key", "seed.crt", "ca.crt")}
        for mode in (0o644, 0o640, 0o660, 0o620, 0o604):
            assert "others may read or write the seed's key; chmod 600" in wrong(key, good[key], mode), oct(mode)
        assert "is not the key of seed.crt" in wrong(key, other["seed.key"])
        assert "is not by the authority in ca.crt" in wrong(ca, other["ca.crt"])
        assert "is not the key of seed.crt" in wrong(crt, good[ca])
        assert "is not PEM" in wrong(key, "nothing")
        assert "is not PEM" in wrong(crt, "")
        for path in (key, crt):  # the same authority's, for somebody else
            shutil.copy(path.replace("/seed.", "/operator."), path)
        assert "seed.crt` is not for seedrack-seed" in start(seed)
        for path in (key, crt):
            with open(path, "w") as f:
                f.write(good[path])
        assert "is not valid at this time" in start(seed, "faketime", "-f", "+1000d")
        assert "is not valid at this time" in start(seed, "faketime", "-f", "-10d")
        seed.write_site(seed.site_with_pin("sha256:" + "0" * 64))
        assert 'is not this seed\'s authority; write "seed_ca": "%s"' % seed.pin in start(seed)
        seed.write_site(site_document())
        assert 'nothing is not this seed\'s authority; write "seed_ca": "%s"' % seed.pin in start(seed)
        os.unlink(key)
        line = start(seed)
        assert "seed.key" in line and "seedctl init" in line, line
    shutil.rmtree(seed.dir)


def test_a_site_that_wants_tls_is_not_served_without():
    seed = TlsSeed()
    plain = Seed.arguments(seed)
    ended = subprocess.run(plain, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1 and "the site wants TLS" in ended.stderr and "--pki" in ended.stderr, ended.stderr
    shutil.rmtree(seed.dir)


def test_an_edit_with_another_pin_does_not_take_effect():
    with TlsSeed() as seed:
        seed.write_site(seed.site_with_pin("sha256:" + "0" * 64))
        seed.wait_log("is not this seed's authority")
        assert seed.machine("k8s-m1").ask().status == 201


def site_that_enrols(seed, policy):
    document = seed.site_with_pin(seed.pin)
    document["network"]["enrol"] = policy
    return document


def seedctl(seed, *words):
    return subprocess.run([SEEDCTL, words[0], "--admin-socket", seed.state + "/admin.sock", *words[1:]], capture_output=True, text=True, timeout=120)


def test_enrol_approve_wants_the_fingerprint_of_the_console():
    seed = TlsSeed()
    seed.write_site(site_that_enrols(seed, "approve"))
    with seed:
        m1, other = seed.machine("k8s-m1"), seed.machine("k8s-m1", "other")
        waiting = m1.ask()
        print_of = "-".join(m1.key[i:i + 4] for i in range(0, 16, 4))
        assert (waiting.status, waiting.json) == (202, {"state": "waiting", "hostname": "k8s-m1", "fingerprint": print_of}), waiting.body
        without = seedctl(seed, "approve", "k8s-m1")
        assert without.returncode == 1 and "waits for a confirmed fingerprint" in without.stderr, without
        wrong = seedctl(seed, "approve", "k8s-m1", "0000-0000-0000-0000")
        assert wrong.returncode == 1 and "the claim is of another key" in wrong.stderr, wrong
        assert m1.ask().status == 202
        assert seedctl(seed, "approve", "k8s-m1", print_of).returncode == 0
        assert m1.claimed(kept=False).get("/v1/role").status == 200
        assert other.ask().status == 202  # not kept: another key, which waits again
        assert m1.get("/v1/role").status == 401 and m1.ask().status == 409  # and the first one comes back: two machines
        seed.stop()
        seed.start()
        assert other.ask().status == 202
        assert seedctl(seed, "approve", "k8s-m1", print_of).returncode == 0  # the seed remembers both keys
        assert m1.ask().status == 200 and m1.claimed().get("/v1/role").status == 200
        assert other.ask().status == 409 and other.get("/v1/role").status == 401


def test_an_approval_outlives_the_seed_and_a_denial_too():
    seed = TlsSeed()
    seed.write_site(site_that_enrols(seed, "approve"))
    with seed:
        n1, n2 = seed.machine("k8s-n1"), seed.machine("k8s-n2")
        for machine in (n1, n2):
            assert seedctl(seed, "approve", machine.hostname, machine.ask().json["fingerprint"]).returncode == 0
            machine.claimed()
        assert n2.post("/v1/tickets", {}).code == "not_initialised"
        assert seedctl(seed, "deny", "k8s-n2").returncode == 0
        for _ in range(2):
            assert n1.get("/v1/role").status == 200
            for reply in (n2.get("/v1/role"), n2.post("/v1/tickets", {}), n2.ask(), seed.machine("k8s-n2", "next").ask()):
                assert (reply.status, reply.code) == (403, "denied"), reply.body
            seed.stop()
            seed.start()
        assert seedctl(seed, "forget", "k8s-n2").returncode == 0 and n2.ask().status == 202
        with open(seed.state + "/audit.log") as log:
            acts = [json.loads(line)["act"] for line in log]
        assert "operator-deny" in acts and acts.count("operator-approve") == 2, acts


def test_enrol_open_takes_whoever_comes():
    seed = TlsSeed()
    seed.write_site(site_that_enrols(seed, "open"))
    with seed:
        first, second = seed.machine("k8s-n1", "first").claimed(), seed.machine("k8s-n1", "second")
        assert first.post("/v1/tickets", {}).code == "not_initialised"
        assert second.claimed().get("/v1/role").status == 200 and first.get("/v1/role").status == 401
        assert first.claimed().get("/v1/role").status == 200


def test_a_claim_that_waits_gets_nothing():
    seed = TlsSeed()
    with seed:
        m1 = seed.machine("k8s-m1").claimed()
        seed.write_site(site_that_enrols(seed, "approve"))  # the operator turns it on: who was in before waits, too
        seed.wait_log("changed")
        for method, path in (("GET", "/v1/role"), ("GET", "/v1/bootstrap"), ("POST", "/v1/bootstrap/reserve"), ("POST", "/v1/tickets"), ("POST", "/v1/wipe"), ("POST", "/v1/events")):
            reply = seed.request(method, path, {} if method == "POST" else None, headers=m1.headers(), certificate=m1.certificate)
            assert (reply.status, reply.code) == (403, "not_approved"), (path, reply.body)
