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
        with sqlite3.connect(seed.state + "/seed.sqlite") as store:  # it began 31 minutes ago
            text = json.loads(store.execute("SELECT record FROM maintenance").fetchone()[0])
            store.execute("UPDATE maintenance SET record = ?", (json.dumps(dict(text, begun_ms=text["begun_ms"] - 31 * 60 * 1000)),))
        seed.start()
        seed.wait_log("k8s-m1 is not back 30 minutes after it began")
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
        assert seed.agent("k8s-n1").post("/v1/maintenance/take", {"kind": "renew"}).code == "masters_only"
        assert record(seed) == {"version": 1, "state": "CLOSED", "kind": "renew", "token": 0, "holder": "", "step": "", "since_ms": 0, "begun_ms": 0, "waiting": [], "code": "", "message": ""}
        result = seedctl(seed, "rollout", "force", "k8s-m1")
        assert result.returncode == 1 and "no order" in result.stderr
        for words, said in ((("rollout",), "status|pause|resume|abort|force is missing"), (("rollout", "go"), "`go` is not valid"), (("rollout", "force"), "wants the HOSTNAME"),
                            (("rollout", "pause", "k8s-m1"), "takes no HOSTNAME")):
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
