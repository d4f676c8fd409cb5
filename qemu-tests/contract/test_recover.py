# SPDX-License-Identifier: Apache-2.0
# A seed that lost its record, without a backup: masters prove the cluster with the key of its CA, and the operator adopts it.
import base64
import hashlib
import json
import os
import shutil
import subprocess

from seed import HASH_A, HASH_B, TOKEN, Seed
from test_seedctl import SEEDCTL, seedctl

RSA = ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
P256 = ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]


def openssl(*arguments, **how):
    return subprocess.run(["openssl", *arguments], check=True, capture_output=True, **how).stdout


class Authority:
    """The key of a cluster's CA, as a master has it."""

    def __init__(self, folder, name, kind=RSA):
        self.path = os.path.join(folder, name + ".key")
        openssl("genpkey", *kind, "-out", self.path)
        self.public = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")
        self.hash = "sha256:" + hashlib.sha256(self.public).hexdigest()

    def sign(self, text):
        return base64.b64encode(openssl("dgst", "-sha256", "-sign", self.path, input=text.encode())).decode()

    def proof(self, agent, epoch=1, token=2, **changes):
        text = "seedrack record proof\nclaim %s\nepoch %d\ntoken %d\nca_hash %s\n" % (agent.claim, epoch, token, self.hash)
        body = {"epoch": epoch, "token": token, "ca_hash": self.hash, "public_key": base64.b64encode(self.public).decode(),
                "signature": self.sign(text)}
        body.update(changes)
        return body


def witness(agent, epoch, token, ca_hash):
    return agent.get("/v1/bootstrap?seen_epoch=%d&seen_token=%d&seen_ca_hash=%s" % (epoch, token, ca_hash)).json


def lose_state(seed):
    seed.kill()
    shutil.rmtree(seed.state)
    seed.start()


def commit(agent, ca_hash):
    begun = agent.move("begin", agent.move("reserve").json)
    assert agent.move("commit", begun.json, ca_hash=ca_hash).status == 200


def recover(seed, ca_hash):
    return seed.post("/v1/admin/recover", {"ca_hash": ca_hash}, admin=True)


def proofs(seed):
    return [(p["hostname"], p["epoch"], p["token"], p["ca_hash"]) for p in seed.get("/v1/proofs", admin=True).json["proofs"]]


def test_a_seed_that_lost_its_state_adopts_the_cluster():
    with Seed() as seed:
        ours = Authority(seed.dir, "ours")
        commit(seed.agent("k8s-m1"), ours.hash)
        lose_state(seed)
        m2, m3, n1 = seed.agent("k8s-m2"), seed.agent("k8s-m3"), seed.agent("k8s-n1")
        assert m2.post("/v1/proofs", ours.proof(m2)).code == "wrong_state"  # nobody said yet that anything is lost
        assert recover(seed, ours.hash).code == "wrong_state"
        assert witness(m2, 1, 2, ours.hash)["state"] == "QUARANTINE"
        assert recover(seed, ours.hash).code == "not_proved"
        assert seed.get("/v1/proofs").status == 403 and seed.post("/v1/admin/recover", {"ca_hash": ours.hash}).status == 403
        assert m2.post("/v1/proofs", ours.proof(m2)).status == 200
        assert m3.post("/v1/proofs", ours.proof(m3, 1, 1)).status == 200
        assert m3.post("/v1/proofs", ours.proof(m3, 1, 1)).status == 200  # a minute later
        assert proofs(seed) == [("k8s-m2", 1, 2, ours.hash), ("k8s-m3", 1, 1, ours.hash)]
        assert recover(seed, HASH_B).code == "not_proved" and recover(seed, "sha256:x").code == "not_proved"
        record = recover(seed, ours.hash).json
        assert (record["state"], record["epoch"], record["token"], record["holder"], record["ca_hash"]) == \
            ("INITIALISED", 2, 2, "k8s-m2", ours.hash)
        assert recover(seed, ours.hash).status == 200  # sent again
        assert recover(seed, HASH_B).code == "already_initialised"
        assert proofs(seed) == []
        assert witness(m3, 1, 2, ours.hash)["state"] == "INITIALISED"  # what members remember fits
        ticket = n1.post("/v1/tickets", {}).json["id"]
        assert m3.get("/v1/tickets/pending?wait=1").json["id"] == ticket
        assert m3.put("/v1/tickets/" + ticket, {"token": TOKEN}).status == 200
        assert n1.get("/v1/tickets/" + ticket).json["ca_hash"] == ours.hash
        seed.kill()
        seed.start()
        assert witness(m2, 1, 2, ours.hash) == dict(record, version=record["version"])
        log = open(seed.state + "/audit.log").read()
        assert log.count('"operator-recover"') == 1 and "record INITIALISED epoch 2" in log


def test_only_a_masters_signature_is_a_proof():
    with Seed() as seed:
        ours, other, elliptic = (Authority(seed.dir, name, kind) for name, kind in (("a", RSA), ("b", RSA), ("c", P256)))
        m1, m2, n1 = seed.agent("k8s-m1"), seed.agent("k8s-m2"), seed.agent("k8s-n1")
        witness(m1, 3, 9, ours.hash)
        good = ours.proof(m1)
        assert n1.post("/v1/proofs", ours.proof(n1)).code == "masters_only"
        assert m2.post("/v1/proofs", good).status == 400  # of another machine's claim
        for change in ({"epoch": 2}, {"token": 1}, {"ca_hash": other.hash}, {"public_key": other.proof(m1)["public_key"]},
                       {"signature": other.proof(m1)["signature"]}, {"signature": "AAAA"}, {"signature": "?"}, {"public_key": ""},
                       {"public_key": base64.b64encode(b"no key").decode()}, {"public_key": "A" * 4096}, {"signature": "A" * 4096},
                       {"epoch": 2 ** 53}, {"epoch": -1}, {"token": None}, {"ca_hash": "sha256:x"}, {"extra": 1}):
            reply = m1.post("/v1/proofs", {**good, **change})
            assert reply.status == 400, (change, reply.body)
        nothing = base64.b64encode(b"no key").decode()
        assert m1.post("/v1/proofs", {**good, "public_key": nothing, "ca_hash": "sha256:" + hashlib.sha256(b"no key").hexdigest()}).status == 400
        assert proofs(seed) == []
        assert m1.post("/v1/proofs", good).status == 200
        assert m2.post("/v1/proofs", elliptic.proof(m2)).status == 200
        assert sorted(p[0] for p in proofs(seed)) == ["k8s-m1", "k8s-m2"]
        assert m2.post("/v1/proofs", ours.proof(m2)).status == 200  # takes the place of what it proved before
        assert sorted(proofs(seed)) == [("k8s-m1", 1, 2, ours.hash), ("k8s-m2", 1, 2, ours.hash)]


# Any machine of the site can say that it remembers more than the seed. That stopped joins until a rearm; now nothing is lost.
def test_a_liar_cannot_force_a_new_cluster():
    with Seed() as seed:
        ours = Authority(seed.dir, "ours")
        m1, n1 = seed.agent("k8s-m1"), seed.agent("k8s-n1")
        commit(m1, ours.hash)
        highest = 2 ** 51
        assert witness(n1, highest, highest, HASH_A)["state"] == "QUARANTINE"
        assert m1.post("/v1/proofs", ours.proof(m1)).status == 200
        record = recover(seed, ours.hash).json
        assert (record["state"], record["epoch"], record["ca_hash"]) == ("INITIALISED", highest + 1, ours.hash)
        assert witness(n1, highest, highest, HASH_A)["state"] == "INITIALISED"
        assert witness(m1, 1, 2, ours.hash)["state"] == "INITIALISED"
        assert witness(m1, highest + 1, highest, ours.hash)["state"] == "INITIALISED"  # what it remembers from now on
        assert m1.move("reserve", seen={"epoch": highest + 1, "token": highest, "ca_hash": ours.hash}).code == "already_initialised"
        doubt = witness(n1, 2 ** 52, 0, HASH_A)
        assert (doubt["state"], doubt["epoch"]) == ("QUARANTINE", highest + 1)  # it can lie again, but not use the numbers up
        assert m1.post("/v1/proofs", ours.proof(m1, highest + 1, highest)).status == 200
        assert recover(seed, ours.hash).json["epoch"] == highest + 2
        log = [json.loads(line) for line in open(seed.state + "/audit.log")]
        assert [(e["subject"], e["detail"].split()[1]) for e in log if e["act"] == "witness"] == [("k8s-n1", str(highest)), ("k8s-n1", str(2 ** 52))]
        assert seed.post("/v1/admin/deny", {"hostname": "k8s-n1"}, admin=True).status == 200 and n1.get("/v1/bootstrap").code == "denied"


def test_what_the_operator_types():
    with Seed() as seed:
        where = ("--admin-socket", seed.state + "/admin.sock")
        ours = Authority(seed.dir, "ours")
        m1 = seed.agent("k8s-m1")
        said = seedctl("recover", *where)
        assert said.returncode == 0 and "EMPTY" in said.stdout and "there is nothing to recover" in said.stdout
        witness(m1, 1, 2, ours.hash)
        said = seedctl("recover", *where)
        assert said.returncode == 1 and "no master has proved a cluster yet" in said.stdout
        said = seedctl("recover", *where, ours.hash)
        assert said.returncode == 1 and "no master proved a cluster with this CA hash" in said.stderr
        assert m1.post("/v1/proofs", ours.proof(m1)).status == 200
        said = seedctl("recover", *where)
        assert said.returncode == 0 and "k8s-m1" in said.stdout and ours.hash in said.stdout
        said = seedctl("recover", *where, ours.hash)
        assert said.returncode == 0 and said.stdout.startswith(ours.hash + " is the cluster of this site"), said
        assert said.stdout.endswith("\nno machine says that it was worked on; one that was and is off says so when it is back\n"), said
        assert m1.post("/v1/maintenance/witness", {"token": 7, "kind": "rollout", "boot": "", "in_hand": True}).status == 200  # the record of that order is lost, too
        said = seedctl("recover", *where, ours.hash)
        assert said.returncode == 0 and "rollout: HALTED, k8s-m1: begun" in said.stdout and "SR-MAINTENANCE-OLD" in said.stdout, said
        assert "INITIALISED, epoch 2 token 2" in seedctl("recover", *where).stdout


if not os.access(SEEDCTL, os.X_OK):
    del test_what_the_operator_types
