# SPDX-License-Identifier: Apache-2.0
# The audit log of the real server: every claim, grant, ticket and act of the operator, and a chain that tells what was touched.
import hashlib
import json
import os
import subprocess

from seed import HASH_A, KEY, TOKEN, TOP, Seed, mac_of, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))


def path_of(seed):
    return seed.state + "/audit.log"


def entries(seed):
    with open(path_of(seed)) as log:
        return [json.loads(line) for line in log]


def acts(seed):
    return [(entry["act"], entry["subject"]) for entry in entries(seed)]


def verify(*words):
    return subprocess.run([SEEDCTL, "verify-audit", *words], capture_output=True, text=True, timeout=120)


def live_a_life(seed):
    m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
    record = m1.move("reserve").json
    record = m1.move("begin", record).json
    m1.move("commit", record, ca_hash=HASH_A)
    ticket = m2.post("/v1/tickets", {}).json["id"]
    pending = m1.get("/v1/tickets/pending").json
    assert pending["id"] == ticket
    assert m1.put("/v1/tickets/" + ticket, {"token": TOKEN, "certificate_key": KEY}).status == 200
    assert m2.get("/v1/tickets/" + ticket).json["token"] == TOKEN
    for call, body in (("approve", {"hostname": "k8s-m2"}), ("wipe-grant", {"hostname": "k8s-n1", "serial": "S1"}),
                       ("forget", {"hostname": "k8s-m2"}), ("rearm", {"confirm": "contract"})):
        assert seed.post("/v1/admin/" + call, body, admin=True).status == 200
    return m1, m2


def test_every_claim_grant_ticket_and_act_is_in_the_audit_log():
    with Seed() as seed:
        m1, m2 = live_a_life(seed)
        assert acts(seed) == [
            ("start", ""), ("claim", "k8s-m1"), ("claim", "k8s-m2"), ("record", "k8s-m1"), ("record", "k8s-m1"), ("record", "k8s-m1"),
            ("ticket-minted", "k8s-m1"), ("ticket-delivered", "k8s-m2"), ("operator-approve", "k8s-m2"), ("operator-wipe-grant", "k8s-n1"),
            ("operator-forget", "k8s-m2"), ("operator-rearm", "contract"), ("record", "")], acts(seed)
        with open(path_of(seed)) as log:
            text = log.read()
        assert os.stat(path_of(seed)).st_mode & 0o777 == 0o600
        for secret in (TOKEN, KEY, m1.claim, m2.claim):
            assert secret not in text
        previous = "0" * 64
        for line in text.splitlines():
            body, _, end = line.rpartition(',"hash":"')
            assert json.loads(line)["previous"] == previous
            previous = hashlib.sha256(body.encode()).hexdigest()
            assert end == previous + '"}'
        result = verify(path_of(seed))
        assert result.returncode == 0 and previous in result.stdout and "13 entries" in result.stdout, result


def test_an_audit_log_that_was_touched_is_named_and_the_seed_does_not_go_on_with_it():
    with Seed() as seed:
        live_a_life(seed)
        tip = entries(seed)[-1]["hash"]
        seed.stop()
        with open(path_of(seed)) as log:
            lines = log.read().splitlines(keepends=True)
        for touched in (lines[:1] + [lines[1].replace("k8s-m1", "k8s-m3")] + lines[2:], lines[:1] + lines[2:], lines[:1] + lines[2:3] + lines[1:2]):
            with open(path_of(seed), "w") as log:
                log.writelines(touched)
            result = verify(path_of(seed))
            assert result.returncode == 1 and "line 2" in result.stderr and len(result.stderr.splitlines()) == 1, result
        refused = subprocess.run(seed.arguments(), capture_output=True, text=True, timeout=120)
        assert refused.returncode == 1 and "audit log" in refused.stderr and "line 2" in refused.stderr, refused
        with open(path_of(seed), "w") as log:
            log.writelines(lines[:-1])
        assert verify(path_of(seed)).returncode == 0
        result = verify("--tip", tip, path_of(seed))
        assert result.returncode == 1 and "cut off" in result.stderr, result
        with open(path_of(seed), "w") as log:
            log.writelines(lines)
        assert verify("--tip", tip, path_of(seed)).returncode == 0
        seed.start()


# Its end is in the store: whoever cuts lines off is found out, and a new log says that there was another one.
def test_an_audit_log_that_was_cut_short_or_taken_away_does_not_pass_unnoticed():
    with Seed() as seed:
        live_a_life(seed)
        seed.stop()
        with open(path_of(seed)) as log:
            lines = log.read().splitlines(keepends=True)
        for left in (1, 5, len(lines) - 1):
            with open(path_of(seed), "w") as log:
                log.writelines(lines[:left])
            refused = subprocess.run(seed.arguments(), capture_output=True, text=True, timeout=120)
            assert refused.returncode == 1 and "it was cut short: it had %d entries" % len(lines) in refused.stderr and "%d are left" % left in refused.stderr, refused
            assert len(open(path_of(seed)).readlines()) == left  # nothing changed
        for gone in (lambda: os.unlink(path_of(seed)), lambda: open(path_of(seed), "w").close()):
            gone()
            seed.start()
            first = entries(seed)[0]
            assert first["act"] == "log-anew" and "entries, the last with the hash" in first["detail"], first
            assert verify(path_of(seed)).returncode == 0
            seed.stop()
        with open(path_of(seed), "a") as log:  # a power cut between log and store: the log is ahead
            tip = json.loads(open(path_of(seed)).readlines()[-1])
            body = '{"n":%d,"at_ms":1,"act":"test","subject":"","detail":"","previous":"%s"' % (tip["n"] + 1, tip["hash"])
            log.write(body + ',"hash":"%s"}\n' % hashlib.sha256(body.encode()).hexdigest())
        seed.start()


def test_an_audit_line_that_power_loss_left_unfinished_is_cut_off():
    with Seed() as seed:
        seed.agent("k8s-m1")
        seed.kill()
        with open(path_of(seed), "a") as log:
            log.write('{"n":3,"at_ms":17')
        seed.start()
        assert acts(seed) == [("start", ""), ("claim", "k8s-m1"), ("start", "")]
        assert verify(path_of(seed)).returncode == 0


def test_the_second_key_for_a_mac_is_one_audit_line_however_often_it_asks():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        for _ in range(3):
            assert seed.post("/v1/claim", m1.claim_body(key="d" * 64)).status == 409
        assert acts(seed) == [("start", ""), ("claim", "k8s-m1"), ("claim-disputed", "k8s-m1")]


def test_verify_audit_names_bad_usage_and_a_missing_file():
    assert verify().returncode == 2
    result = verify("/nowhere/audit.log")
    assert result.returncode == 1 and "/nowhere/audit.log" in result.stderr and len(result.stderr.splitlines()) == 1, result


def test_hostile_names_do_not_break_the_audit_log():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        for name, text in (("k8s-m2", "\x01" * 64), ("k8s-m3", "\u20ac" * 21), ("k8s-n1", "\"},\n{\"n\":1,\"hash\":\"" * 3), ("k8s-n2", "\x7f\U0001f600" * 12)):
            assert seed.post("/v1/claim", m1.claim_body(macs=[mac_of(name)], uuid=text, serial=text)).status == 201
        disk = {"serial": "\x02" * 60, "wwn": "\x03" * 60, "found": "\x04" * 255}
        assert m1.post("/v1/wipe", disk).status == 409
        site = site_document()
        site["nodes"][0]["disk"] = {"serial": "S1", "wipe": "gone-for-good"}
        seed.write_site(site)
        seed.wait_log("changed")
        assert m1.post("/v1/wipe", {"serial": "S1", "wwn": "\x03" * 60, "found": "\x04" * 255}).status == 200
        assert verify(path_of(seed)).returncode == 0
        seed.kill()
        seed.start()
        assert verify(path_of(seed)).returncode == 0


# Entries by another hand: the format is what docs/api.md says.
def grow(path, size):
    with open(path) as log:
        last = json.loads(log.read().splitlines()[-1])
    n, previous = last["n"], last["hash"]
    with open(path, "a") as log:
        while log.tell() < size:
            n += 1
            body = '{"n":%d,"at_ms":1,"act":"test","subject":"","detail":"%s","previous":"%s"' % (n, "x" * 3000, previous)
            previous = hashlib.sha256(body.encode()).hexdigest()
            log.write(body + ',"hash":"%s"}\n' % previous)


def test_without_room_for_the_audit_log_nothing_is_granted_and_the_rest_goes_on():
    with Seed() as seed:
        m1, n1 = seed.agent("k8s-m1"), seed.agent("k8s-n1")
        m1.initialise()
        seed.stop()
        grow(path_of(seed), 500000)
        full = os.path.getsize(path_of(seed))
        seed.wrap = ["prlimit", "--fsize=%d:unlimited" % full]
        seed.start()
        seed.wait_log("nothing is granted")
        assert m1.get("/v1/role").status == 200 and m1.record()["state"] == "INITIALISED"
        assert seed.post("/v1/claim", m1.claim_body(macs=[mac_of("k8s-m2")], uuid="other")).code == "disk_full"
        assert seed.post("/v1/admin/forget", {"hostname": "k8s-n1"}, admin=True).code == "disk_full"
        assert n1.get("/v1/role").status == 200
        ticket = n1.post("/v1/tickets", {}).json["id"]
        assert m1.get("/v1/tickets/pending").json["id"] == ticket
        assert m1.put("/v1/tickets/" + ticket, {"token": TOKEN}).code == "disk_full"
        reply = n1.get("/v1/tickets/" + ticket)
        assert reply.code == "disk_full" and TOKEN not in str(reply.body)
        assert os.path.getsize(path_of(seed)) == full
        subprocess.run(["prlimit", "--pid=%d" % seed.process.pid, "--fsize=unlimited"], check=True)
        assert n1.get("/v1/tickets/" + ticket).json["token"] == TOKEN
        assert seed.agent("k8s-m2").get("/v1/role").status == 200
        assert verify(path_of(seed)).returncode == 0
