# SPDX-License-Identifier: Apache-2.0
# `seedctl explain`, `logs` and `timeline` against the real server.
import json
import os
import subprocess

from seed import HASH_A, TOP, Seed

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
SKIPPED = None if os.access(SEEDCTL, os.X_OK) else "skipped: %s is not built" % SEEDCTL


def seedctl(seed, command, *arguments):
    url = ["--seed", "http://127.0.0.1:%d" % seed.port] if seed else []
    return subprocess.run([SEEDCTL, command, *url, *arguments], capture_output=True, text=True, timeout=120)


def test_a_code_is_explained_offline():
    if SKIPPED:
        return SKIPPED
    said = seedctl(None, "explain", "SR-DHCP-NONE")
    assert said.returncode == 0 and "causes: " in said.stdout and "remedy: " in said.stdout, said
    near = seedctl(None, "explain", "SR-DHCP-NONE"[:-1])
    assert near.returncode == 1 and "did you mean SR-DHCP-NONE?" in near.stderr, near
    assert seedctl(None, "explain").returncode == 2
    assert len(seedctl(None, "explain", "--list").stdout.splitlines()) > 50


def test_the_chain_of_waits_leads_to_the_one_that_fails():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        m1, m2, n1 = seed.agent("k8s-m1"), seed.agent("k8s-m2"), seed.agent("k8s-n1")
        wait = {"step": "bootstrap", "state": "waiting", "message": "RESERVED k8s-m1", "code": "SR-WAIT-CLUSTER"}
        n1.report(wait)
        said = seedctl(seed, "explain", "k8s-n1")
        assert said.returncode == 0 and "none has asked yet" in said.stdout, said
        begun = m1.move("begin", m1.move("reserve").json).json
        m1.report({"step": "bootstrap", "state": "failed", "message": "kubeadm: exit 1\u001b[2J", "code": "SR-INIT"})
        said = seedctl(seed, "explain", "k8s-n1").stdout
        assert "until k8s-m1 made the cluster (record INITIALISING)" in said and "exit 1?[2J" in said and "SR-INIT: kubeadm init failed" in said, said
        m1.report({"step": "bootstrap", "state": "running", "message": "kubeadm init"})
        said = seedctl(seed, "explain", "k8s-n1").stdout
        assert "before that step bootstrap failed: kubeadm: exit 1" in said and "SR-INIT: kubeadm init failed" in said, said
        assert m1.move("commit", begun, ca_hash=HASH_A).status == 200
        m1.report({"step": "ready", "state": "ready", "message": "node is Ready"})
        m2.report({"step": "bootstrap", "state": "waiting", "message": "for a join ticket", "code": "SR-WAIT-TICKET"})
        m2.post("/v1/tickets", {})
        asked = m1.get("/v1/tickets/pending").json
        chain = json.loads(seedctl(seed, "explain", "--json", "k8s-m2").stdout)
        assert [link["hostname"] for link in chain] == ["k8s-m2", "k8s-m1"] and chain[1]["ready"] and "which k8s-m1 mints" in chain[0]["what"], chain
        m1.put("/v1/tickets/" + asked["id"], {"error": "[SR-ETCD-HEALTH] no leader"})
        ticket = next(n for n in seed.get("/v1/nodes").json["nodes"] if n["hostname"] == "k8s-m2")["ticket"]
        assert ticket == {"state": "waiting", "minter": "", "reason": "k8s-m1: [SR-ETCD-HEALTH] no leader"}, ticket
        assert "no master could mint: k8s-m1: [SR-ETCD-HEALTH] no leader" in seedctl(seed, "explain", "k8s-m2").stdout
        stranger = seedctl(seed, "explain", "k8s-x1")
        assert stranger.returncode == 1 and "no machine of that name" in stranger.stderr, stranger


def test_claims_that_wait_for_a_person_are_told():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        claims = lambda: {n["hostname"]: n["claim"] for n in seed.get("/v1/nodes").json["nodes"]}
        n1 = seed.agent("k8s-n1")
        assert claims()["k8s-n1"] == "claimed" and claims()["k8s-g2"] == "none"
        assert seed.post("/v1/claim", n1.claim_body(key="f" * 64)).status == 409
        assert claims()["k8s-n1"] == "disputed"
        assert "another machine claims its MAC" in seedctl(seed, "explain", "k8s-n1").stdout
        seed.post("/v1/admin/deny", {"hostname": "k8s-n1"}, admin=True)
        assert claims()["k8s-n1"] == "denied"


def test_logs_are_those_of_one_machine_with_tails():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        seed.agent("k8s-n2").report({"step": "link", "state": "done", "message": "another one"})
        n1 = seed.agent("k8s-n1")
        for i in range(5):
            n1.report(*[{"step": "link", "state": "running", "message": "line %d" % (64 * i + k)} for k in range(64)])
        n1.report({"step": "runtime", "state": "failed", "message": "dockerd", "code": "SR-RUNTIME", "tail": "first\nsecond\u001b[2J\n"})
        said = seedctl(seed, "logs", "k8s-n1")
        lines = said.stdout.splitlines()
        assert said.returncode == 0 and len(lines) == 5 * 64 + 3 and "another one" not in said.stdout, said
        assert lines[-3].endswith("dockerd [SR-RUNTIME]") and lines[-2:] == ["    | first", "    | second?[2J"], lines[-3:]
        assert json.loads(seedctl(seed, "logs", "--json", "k8s-n1").stdout.splitlines()[-1])["code"] == "SR-RUNTIME"
        silent = seedctl(seed, "logs", "k8s-g1")
        assert silent.returncode == 1 and "seedctl explain k8s-g1" in silent.stderr, silent
        follow = subprocess.Popen([SEEDCTL, "logs", "--seed", "http://127.0.0.1:%d" % seed.port, "-f", "k8s-n2"], stdout=subprocess.PIPE, text=True)
        try:
            assert "another one" in follow.stdout.readline()
            seed.agent("k8s-n2").report({"step": "link", "state": "done", "message": "and more"})
            assert "and more" in follow.stdout.readline()
        finally:
            follow.kill()
            follow.wait(10)
            follow.stdout.close()


def test_timeline_is_of_the_last_boot():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        n1.report({"step": "link", "state": "done", "seconds": 9}, {"step": "host", "state": "done", "seconds": 8}, {"step": "ready", "state": "ready", "seconds": 40},
                  {"step": "link", "state": "done", "seconds": 1.5}, {"step": "odd", "state": "done"}, {"step": "host", "state": "running", "seconds": 2})
        machine, = json.loads(seedctl(seed, "timeline", "--json").stdout)
        assert machine == {"hostname": "k8s-n1", "seconds": {"link": 1.5}}, machine
        n1.report({"step": "ready", "state": "ready", "seconds": 50}, {"step": "ready", "state": "ready", "seconds": 0})
        head, row = seedctl(seed, "timeline").stdout.splitlines()
        assert head.split() == ["machine", "link", "ready"] and row.split() == ["k8s-n1", "1.5", "50.0"], (head, row)
