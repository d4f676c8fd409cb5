# SPDX-License-Identifier: Apache-2.0
# `seedctl approve`, `forget` and `rearm` against the real server's admin socket.
import os
import subprocess

from seed import TOP, Seed, mac_of, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))


def admin(socket, call, word):
    return subprocess.run([SEEDCTL, call, "--admin-socket", socket, word], capture_output=True, text=True, timeout=120)


def explain(seed):
    return subprocess.run([SEEDCTL, "explain", "--seed", "http://127.0.0.1:%d" % seed.port, "k8s-n1"], capture_output=True, text=True, timeout=120).stdout


def test_seedctl_forget_frees_the_name_of_a_replaced_machine():
    with Seed() as seed:
        old = seed.agent("k8s-n1")
        old.report({"step": "ready", "state": "ready"})
        assert "is Ready" in explain(seed)
        result = admin(seed.state + "/admin.sock", "forget", "k8s-n1")
        assert result.returncode == 0 and "k8s-n1 is forgotten" in result.stdout, result
        assert seed.metric("nodes_ready") == 0 and "no machine with its MAC" in explain(seed)
        result = admin(seed.state + "/admin.sock", "forget", "k8s-n1")
        assert result.returncode == 1 and "`k8s-n1` has no claim" in result.stderr, result


def test_a_successor_that_waits_for_approval_is_not_ready():
    with Seed() as seed:
        seed.agent("k8s-n1").report({"step": "ready", "state": "ready", "code": "SR-LINK-CARD"})
        admin(seed.state + "/admin.sock", "forget", "k8s-n1")
        assert "SR-LINK-CARD" not in explain(seed)
        seed.stop()
        network = dict(site_document()["network"], enrol="approve")
        seed.write_site(site_document(network=network))
        seed.start()
        reply = seed.post("/v1/claim", {"macs": [mac_of("k8s-n1")], "uuid": "another", "serial": "S", "key": "b" * 64})
        assert reply.status == 202 and seed.metric("nodes_ready") == 0, reply.body


def test_the_machine_that_runs_kubeadm_init_is_not_forgotten():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        record = m1.move("reserve").json
        m1.move("begin", record)
        result = admin(seed.state + "/admin.sock", "forget", "k8s-m1")
        assert result.returncode == 1 and "runs kubeadm init" in result.stderr and "rearm" in result.stderr, result
        assert m1.record()["state"] == "INITIALISING"
        seed.rearm()
        assert admin(seed.state + "/admin.sock", "forget", "k8s-m1").returncode == 0


def test_seedctl_rearm_wants_the_site_typed_out():
    with Seed() as seed:
        epoch = seed.get("/v1/nodes").json["bootstrap"]["epoch"]
        result = admin(seed.state + "/admin.sock", "rearm", "wrong")
        assert result.returncode == 1 and len(result.stderr.splitlines()) == 1 and "contract" in result.stderr, result
        assert admin(seed.state + "/admin.sock", "rearm", "contract").returncode == 0
        assert seed.get("/v1/nodes").json["bootstrap"]["epoch"] == epoch + 1


def test_seedctl_admin_calls_name_a_missing_socket():
    result = admin("/nowhere/admin.sock", "rearm", "contract")
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 1 and "/nowhere/admin.sock" in result.stderr, result
    assert subprocess.run([SEEDCTL, "rearm"], capture_output=True, check=False).returncode == 2
