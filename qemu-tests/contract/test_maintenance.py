# SPDX-License-Identifier: Apache-2.0
# The maintenance record: one machine at a time, durable, by the operator's word or by the machine's own.
import json
import os
import sqlite3
import subprocess

from seed import TOP, Later, Seed, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))


def seedctl(seed, *words):
    return subprocess.run([SEEDCTL, *words, "--admin-socket", seed.state + "/admin.sock"], capture_output=True, text=True, timeout=120)


BOOT = "01234567-89ab-4cde-8f01-23456789abcd"


def born(seed):
    m1, m2, m3 = (seed.agent("k8s-m%d" % n) for n in (1, 2, 3))
    m1.initialise()
    return m1, m2, m3


def take(machine):
    return machine.post("/v1/maintenance/take", {"kind": "renew"})


def record(seed):
    return seed.get("/v1/rack").json["maintenance"]


def test_an_order_goes_from_master_to_master():
    with Seed() as seed:
        m1, m2, m3 = born(seed)
        waits = Later(m2.get, "/v1/maintenance?version=1&wait=60")
        seed.wait_parked(1)
        result = seedctl(seed, "renew")
        assert result.returncode == 0 and result.stdout == "renew: RUNNING, then k8s-m1 k8s-m2 k8s-m3\n", result
        assert waits.result(2).json["waiting"] == ["k8s-m1", "k8s-m2", "k8s-m3"]
        again = seedctl(seed, "renew")
        assert again.returncode == 1 and again.stderr == "seedctl: renew: an order is open; seedctl rollout status shows it; wait for its end, or abort it\n", again
        assert take(m2).code == "not_your_turn"
        token = take(m1).json["token"]
        assert take(m2).code == "busy" and take(m1).json["token"] == token
        assert m1.post("/v1/maintenance/step", {"token": token, "step": "etcd"}).status == 200
        for words in (("rollout", "status"), ("status",)):
            assert "renew: RUNNING, k8s-m1: etcd for " in seedctl(seed, *words).stdout, words
        assert m2.post("/v1/maintenance/back", {"token": token}).code == "not_holder"
        assert m1.post("/v1/maintenance/back", {"token": token - 1}).code == "not_holder"
        assert m1.post("/v1/maintenance/back", {"token": token}).status == 200
        for machine in (m2, m3):
            assert machine.post("/v1/maintenance/back", {"token": take(machine).json["token"]}).status == 200
        assert record(seed)["state"] == "CLOSED" and seedctl(seed, "rollout", "status").stdout == "no maintenance is open\n"


def test_it_outlives_the_seed_and_fences():
    with Seed() as seed:
        m1, m2, _ = born(seed)
        token = take(m1).json["token"]  # by itself
        before = record(seed)
        seed.stop(), seed.start()
        assert record(seed) == before
        assert take(m2).code == "busy" and take(m1).json["token"] == token
        assert seedctl(seed, "rollout", "force", "k8s-m1").returncode == 0
        assert m1.post("/v1/maintenance/step", {"token": token, "step": "soak"}).code == "not_holder"
        assert take(m2).json["token"] == token + 1
        lines = open(seed.state + "/audit.log").read()
        assert lines.count('"act":"maintenance"') >= 3 and '"act":"operator-maintenance"' in lines


def test_a_machine_that_is_not_back_halts_though_nobody_asks():
    with Seed() as seed:
        m1, _, _ = born(seed)
        assert take(m1).status == 200
        seed.stop()
        with sqlite3.connect(seed.state + "/seed.sqlite") as store:  # it began 42 minutes ago; the site's times for drain and soak come on top of 30
            text = json.loads(store.execute("SELECT record FROM maintenance").fetchone()[0])
            store.execute("UPDATE maintenance SET record = ?", (json.dumps(dict(text, begun_ms=text["begun_ms"] - 42 * 60 * 1000)),))
        seed.start()
        seed.wait_log("k8s-m1 is not back 41 minutes after it began")
        assert record(seed)["state"] == "HALTED" and record(seed)["code"] == "SR-MAINTENANCE-LATE"


def test_what_fails_halts():
    with Seed() as seed:
        m1, m2, _ = born(seed)
        seedctl(seed, "renew")
        token = take(m1).json["token"]
        assert m1.post("/v1/maintenance/fail", {"token": token, "code": "SR-MAINTENANCE", "message": "k8s-m1: etcd \x07 hangs"}).status == 200
        shown = seedctl(seed, "rollout", "status").stdout
        assert shown.startswith("renew: HALTED, k8s-m1: begun for ") and "SR-MAINTENANCE: k8s-m1: etcd ? hangs; seedctl explain SR-MAINTENANCE\n" in shown, shown
        assert take(m1).code == "stopped" and take(m2).code == "stopped"
        assert 'seedrack_maintenance_state{state="HALTED"} 1' in seed.get("/metrics").body.decode().splitlines()
        assert seedctl(seed, "rollout", "resume").returncode == 0
        assert take(m1).json["token"] == token
        assert seedctl(seed, "rollout", "pause").returncode == 0
        assert m1.post("/v1/maintenance/back", {"token": token}).status == 200
        assert take(m2).code == "stopped"
        assert seedctl(seed, "rollout", "abort").stdout == "no maintenance is open\n"
        for act in ("pause", "resume", "abort"):
            result = seedctl(seed, "rollout", act)
            assert result.returncode == 1 and result.stderr == "seedctl: %s: no order is in a state for that; seedctl rollout status shows it\n" % act, result


def test_joins_and_maintenance_wait_for_each_other():
    with Seed() as seed:
        m1, m2, m3 = born(seed)
        n1 = seed.agent("k8s-n1")
        token = take(m1).json["token"]
        asked, worker = m2.post("/v1/tickets", {}).json["id"], n1.post("/v1/tickets", {}).json["id"]
        assert m1.get("/v1/tickets/pending").json["id"] == worker  # workers join all the while
        assert m1.get("/v1/tickets/pending").status == 204
        waits = Later(m1.get, "/v1/tickets/pending?wait=60")
        seed.wait_parked(1)
        assert m1.post("/v1/maintenance/back", {"token": token}).status == 200
        assert waits.result(2).json["id"] == asked
        refused = take(m3)
        assert refused.status == 409 and refused.code == "busy" and refused.json["error"]["message"] == "a master joins"
        m2.post("/v1/tickets/%s/done" % asked, {"ok": True})
        assert take(m3).status == 200


def test_a_rollout_reboots_masters_first_and_another_master_helps():
    site = site_document()
    site["rollout"] = {"soak_s": 5}
    with Seed() as seed:
        m1, m2, m3 = born(seed)
        n1 = seed.agent("k8s-n1")
        seed.write_site(site)
        seed.wait_log("changed")
        m1.post("/v1/standing", {"vip": True})
        shown = seedctl(seed, "rollout", "start").stdout
        assert shown == "rollout: RUNNING, then k8s-m2 k8s-m3 k8s-m1 k8s-n1 k8s-n2 k8s-g1 k8s-g2\n", shown  # the VIP moves once
        assert seedctl(seed, "rollout", "abort").returncode == 0
        assert seedctl(seed, "rollout", "start", "k8s-n1", "k8s-m3").stdout == "rollout: RUNNING, then k8s-m3 k8s-n1\n"
        take = lambda machine: machine.post("/v1/maintenance/take", {"kind": "rollout", "boot": BOOT})
        assert take(n1).code == "not_your_turn"
        token = take(m3).json["token"]
        now = record(seed)
        assert (now["boot"], now["soak_s"], now["drain_timeout_s"]) == (BOOT, 5, 600)
        waits = Later(m3.get, "/v1/maintenance?version=%d&wait=60" % m3.post("/v1/maintenance/step", {"token": token, "step": "drain"}).json["version"])
        seed.wait_parked(1)
        assert m1.post("/v1/maintenance/helped", {"token": token, "step": "drain"}).status == 200
        assert waits.result(2).json["step"] == "drain-done"
        assert m1.post("/v1/maintenance/back", {"token": token}).code == "not_holder"
        late = {"token": token, "step": "drain", "code": "SR-DRAIN", "message": "k8s-m1: a pod stays"}
        assert m1.post("/v1/maintenance/fail", late).code == "not_holder"
        assert m1.post("/v1/maintenance/fail", dict(late, step="drain-done")).status == 200
        assert m3.post("/v1/maintenance/step", {"token": token, "step": "reboot"}).code == "stopped"
        assert "SR-DRAIN: k8s-m1: a pod stays; seedctl explain SR-DRAIN" in seedctl(seed, "rollout", "status").stdout
        assert m1.post("/v1/maintenance/helped", {"token": token, "step": "drain"}).code == "not_holder"
        seedctl(seed, "rollout", "resume")
        assert take(m3).json["token"] == token
        assert m3.post("/v1/maintenance/back", {"token": token}).status == 200
        assert take(n1).json["holder"] == "k8s-n1"


def test_a_diskless_master_is_not_rebooted():
    site = site_document()
    next(node for node in site["nodes"] if node["hostname"] == "k8s-m2")["diskless"] = True
    with Seed() as seed:
        born(seed)
        seed.write_site(site)
        seed.wait_log("changed")
        result = seedctl(seed, "rollout", "start")
        assert result.returncode == 1 and "`k8s-m2` has no disk: when it reboots, its member of etcd is gone" in result.stderr, result
        assert seedctl(seed, "rollout", "start", "k8s-m1", "k8s-n1").returncode == 0


def test_a_machine_remembers_for_a_seed_that_was_restored():
    with Seed() as seed:
        m1, m2, _ = born(seed)
        n1 = seed.agent("k8s-n1")
        body = {"token": 5, "kind": "rollout", "boot": BOOT, "in_hand": True}
        assert n1.post("/v1/maintenance/witness", dict(body, token=0)).json["version"] == 1
        assert n1.post("/v1/maintenance/witness", body).status == 200
        shown = seedctl(seed, "rollout", "status").stdout
        assert shown.startswith("rollout: HALTED, k8s-n1: begun for ") and "SR-MAINTENANCE-OLD: the seed was restored from an old backup: k8s-n1 remembers turn 5 and was in hand" in shown, shown
        assert take(m1).code == "stopped"
        assert seedctl(seed, "rollout", "force", "k8s-n1").stdout == "no maintenance is open\n"
        assert take(m2).json["token"] == 6
        assert n1.post("/v1/maintenance/witness", dict(body, kind="renew", token=9)).code == "masters_only"
        assert n1.post("/v1/maintenance/witness", dict(body, token=2 ** 52)).code == "invalid"
        assert '"act":"witness","subject":"k8s-n1"' in open(seed.state + "/audit.log").read()
        for wrong in (dict(body, token=-1), dict(body, kind="dance"), dict(body, boot="</b>"), dict(body, more=1)):
            assert n1.post("/v1/maintenance/witness", wrong).status == 400, wrong


def test_bad_input():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        assert "there is no cluster yet" in seedctl(seed, "renew").stderr
        m1.initialise()
        for word, body in (("take", {}), ("take", {"kind": "dance"}), ("take", {"kind": "renew", "x": 1}), ("step", {"token": 1}), ("step", {"token": "1", "step": "etcd"}),
                           ("step", {"token": 1, "step": 'a"b'}), ("step", {"token": 1, "step": "s" * 32}), ("fail", {"token": 1, "code": "oops", "message": ""}),
                           ("fail", {"token": 1, "code": "SR-MAINTENANCE", "message": "m" * 512}), ("back", {"token": 1.5})):
            assert m1.post("/v1/maintenance/" + word, body).status == 400, (word, body)
        assert m1.post("/v1/maintenance/dance", {}).status == 404
        n1 = seed.agent("k8s-n1")
        for word, body in (("take", {"kind": "renew"}), ("helped", {"token": 1, "step": "drain"})):
            assert n1.post("/v1/maintenance/" + word, body).code == "masters_only", word
        assert n1.post("/v1/maintenance/take", {"kind": "restart"}).code == "masters_only"
        for boot in (None, "", "x y", "b" * 37):
            assert n1.post("/v1/maintenance/take", dict({"kind": "rollout"}, **({} if boot is None else {"boot": boot}))).status == 400, boot
        assert n1.post("/v1/maintenance/take", {"kind": "rollout", "boot": BOOT}).code == "no_order"
        assert n1.get("/v1/maintenance").status == 200
        for machines, said in ((["k8s-n9"], "`k8s-n9`: the site has no such machine"), (["k8s-n1", "k8s-n1"], "`k8s-n1` is named twice")):
            result = seedctl(seed, "rollout", "start", *machines)
            assert result.returncode == 1 and said in result.stderr and len(result.stderr.splitlines()) == 1, result
        for machines in ("k8s-n1", [1], [["k8s-n1"]], {}):
            assert seed.post("/v1/admin/maintenance", {"act": "open", "kind": "rollout", "machines": machines}, admin=True).status == 400, machines
        assert "masters alone" in seed.post("/v1/admin/maintenance", {"act": "open", "kind": "renew", "machines": ["k8s-n1"]}, admin=True).json["error"]["message"]
        assert record(seed) == {"version": 1, "state": "CLOSED", "kind": "renew", "token": 0, "holder": "", "step": "", "since_ms": 0, "begun_ms": 0, "waiting": [], "boot": "", "soak_s": 0, "drain_timeout_s": 0, "aborted": False, "lose_data": False, "lose_this": False, "off": False, "keep_disk": False, "code": "", "message": ""}
        result = seedctl(seed, "rollout", "force", "k8s-m1")
        assert result.returncode == 1 and "no order" in result.stderr
        for words, said in ((("rollout",), "start|status|pause|resume|abort|force is missing"), (("rollout", "go"), "`go` is not valid"), (("rollout", "force"), "wants the HOSTNAME"),
                            (("rollout", "pause", "k8s-m1"), "takes no HOSTNAME"), (("rollout", "force", "k8s-m1", "k8s-m2"), "wants the HOSTNAME"), (("rollout", "abort", "--single"), "only start takes --single")):
            result = seedctl(seed, *words)
            assert result.returncode == 2 and said in result.stderr and len(result.stderr.splitlines()) == 1, result


def test_the_only_master_wants_a_word():
    site = site_document()
    site["nodes"] = [node for node in site["nodes"] if node["hostname"] in ("k8s-m1", "k8s-n1")]
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        seed.write_site(site)
        seed.wait_log("changed")
        result = seedctl(seed, "renew")
        assert result.returncode == 1 and "away for some seconds" in result.stderr and "seedctl renew --single" in result.stderr, result
        assert seedctl(seed, "renew", "--single").stdout == "renew: RUNNING, then k8s-m1\n"
        seedctl(seed, "rollout", "abort")
        result = seedctl(seed, "rollout", "start")
        assert result.returncode == 1 and "the only master reboots" in result.stderr and "seedctl rollout start --single" in result.stderr, result
        assert seedctl(seed, "rollout", "start", "k8s-n1").stdout == "rollout: RUNNING, then k8s-n1\n"
        seedctl(seed, "rollout", "abort")
        assert seedctl(seed, "rollout", "start", "--single").stdout == "rollout: RUNNING, then k8s-m1 k8s-n1\n"
