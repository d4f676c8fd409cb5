# SPDX-License-Identifier: Apache-2.0
# The cluster is restored from a backup: the operator's order, the machine's key, the archive on its way, and what is refused before anything is changed.
import base64
import hashlib
import io
import json
import os
import subprocess
import tarfile

from seed import Later, Seed
from test_backup import RECIPIENT
from test_recover import P256, Authority, commit, openssl, witness
from test_seedctl import SEEDCTL
from tls import TlsSeed

NAME = "20261130T125800Z-k8s-m1"
SNAPSHOT = os.urandom(300000)


def order(authority, hostname="k8s-m1", sha256="a" * 64, epoch=1, token=2, **changes):
    text = "seedrack restore\n%s\n%s\n%d\n%d\n%s\n" % (hostname, sha256, epoch, token, authority.hash)
    return dict({"hostname": hostname, "sha256": sha256, "epoch": epoch, "token": token, "ca_hash": authority.hash,
                 "public_key": base64.b64encode(authority.public).decode(), "signature": authority.sign(text)}, **changes)


def ask(seed, body):
    return seed.post("/v1/admin/restore", body, admin=True)


def look(seed, **query):
    return seed.get("/v1/admin/restore" + "".join("?%s=%s" % item for item in query.items()), admin=True).json


def take(machine):
    reply = machine.post("/v1/maintenance/take", {"kind": "restore"})
    return reply.json["token"] if reply.status == 200 else reply.code


def step(machine, token, name):
    return machine.post("/v1/maintenance/step", {"token": token, "step": name}).status


def test_a_seed_that_lost_everything_takes_the_cluster_over():
    with Seed() as seed:
        ours = Authority(seed.dir, "ours")
        assert ask(seed, order(ours)).json["state"] == "RUNNING"
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        record = m1.record()
        assert (record["state"], record["ca_hash"], record["epoch"]) == ("INITIALISED", ours.hash, 2), record  # above all that any machine saw
        assert m2.move("reserve").code == "already_initialised"  # nobody makes a second cluster meanwhile
        assert m1.post("/v1/tickets", {}).code == "restores"
        assert m2.post("/v1/tickets", {}).status == 201
        assert take(m2) == "not_your_turn" and seed.get("/v1/admin/restore").status == 403
        token = take(m1)
        again = ask(seed, order(ours)).json  # seedctl was interrupted
        assert (again["hostname"], again["state"], again["step"]) == ("k8s-m1", "RUNNING", "begun"), again
        assert m1.post("/v1/restore", {"recipient": "ssh-ed25519 AAAA"}).code == "invalid"
        assert m2.post("/v1/restore", {"recipient": RECIPIENT}).code == "not_holder" and m2.get("/v1/restore").code == "not_holder"
        assert seed.request("PUT", "/v1/admin/restore?sha256=" + "0" * 64, b"", admin=True).code == "not_wanted"
        waits = Later(look, seed, seen=again["seen"] + "&wait=60")
        seed.wait_parked(1)
        assert m1.post("/v1/restore", {"recipient": RECIPIENT}).status == 200
        assert waits.result(5)["recipient"] == RECIPIENT
        waits = Later(m1.get, "/v1/restore?wait=60")
        seed.wait_parked(1)
        assert seed.request("PUT", "/v1/admin/restore?sha256=" + "0" * 64, SNAPSHOT, admin=True).code == "invalid"
        assert seed.request("PUT", "/v1/admin/restore?sha256=" + hashlib.sha256(SNAPSHOT).hexdigest(), SNAPSHOT, admin=True).json["arrived"]
        assert waits.result(5).body == SNAPSHOT
        assert m1.post("/v1/restore", {"recipient": RECIPIENT}).status == 200 and look(seed)["arrived"]  # it says it again
        assert os.stat(seed.state + "/backups/restore.age").st_mode & 0o777 == 0o600
        seed.stop(), seed.start()  # then both bring it again
        assert not look(seed)["arrived"] and look(seed)["recipient"] == "" and m1.get("/v1/restore").status == 204
        assert "restored" not in m1.get("/v1/maintenance").json
        assert step(m1, token, "lay") == 200  # from now on masters of before are of another history
        assert m1.get("/v1/maintenance").json["restored"] == token and look(seed)["restored"] == token
        assert m1.post("/v1/maintenance/back", {"token": token}).status == 200
        assert os.listdir(seed.state + "/backups") == []
        seed.stop(), seed.start()
        assert m2.get("/v1/maintenance").json["restored"] == token
        with open(seed.state + "/audit.log") as f:
            lines = f.read()
        assert '"act":"operator-restore"' in lines and '"act":"operator-recover"' in lines


def test_what_is_no_order():
    with Seed() as seed:
        ours, theirs = Authority(seed.dir, "ours", P256), Authority(seed.dir, "theirs", P256)
        for wrong in (order(ours, signature=theirs.sign("x")), order(ours, public_key=base64.b64encode(theirs.public).decode()), order(ours, "k8s-m9"),
                      order(ours, "k8s-n1"), order(ours, sha256="a" * 63), order(ours, epoch=-1), order(ours, token=3, signature=order(ours)["signature"])):
            reply = ask(seed, wrong)
            assert reply.status == 400, (reply.status, reply.body)
        assert seed.get("/v1/rack").json["bootstrap"]["state"] == "EMPTY"
        commit(seed.agent("k8s-m1"), theirs.hash)
        assert ask(seed, order(ours)).code == "other_ca"
        assert ask(seed, order(theirs, epoch=1, token=1)).json["state"] == "RUNNING"  # an old backup of this very cluster
        assert ask(seed, order(theirs, epoch=1, token=1, sha256="b" * 64)).code == "busy"  # another archive
        m1 = seed.agent("k8s-m1")
        token = take(m1)
        assert m1.post("/v1/maintenance/fail", {"token": token, "code": "SR-RESTORE", "message": "k8s-m2 answers"}).status == 200
        assert seed.post("/v1/admin/maintenance", {"act": "abort"}, admin=True).status == 200
        assert look(seed)["state"] == "CLOSED" and look(seed)["restored"] == 0 and step(m1, token, "lay") == 409  # it does not try once more
        assert seed.post("/v1/admin/maintenance", {"act": "open", "kind": "restore"}, admin=True).code == "invalid"


def test_not_beside_masters_that_live():
    with Seed() as seed:
        ours = Authority(seed.dir, "ours", P256)
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        commit(m1, ours.hash)
        refused = ask(seed, order(ours))
        assert refused.code == "masters" and "seedctl forget k8s-m2" in refused.json["error"]["remedy"], refused.json
        assert seed.post("/v1/admin/forget", {"hostname": "k8s-m2"}, admin=True).status == 200
        assert m1.post("/v1/standing", {"vip": False}).status == 200
        assert "spoke in the last two minutes" in ask(seed, order(ours)).json["error"]["message"]


def test_a_seed_with_an_older_record_and_one_that_was_rearmed():
    for rearmed in (False, True):
        with Seed() as seed:
            ours = Authority(seed.dir, "ours", P256)
            n1 = seed.agent("k8s-n1")
            if rearmed:
                for _ in range(3):
                    seed.rearm()
            else:
                assert witness(n1, 4, 9, ours.hash)["state"] == "QUARANTINE"  # a worker that lived remembers more than the archive
            assert ask(seed, order(ours)).json["state"] == "RUNNING"
            record = n1.record()
            assert record["state"] == "INITIALISED" and record["ca_hash"] == ours.hash and record["epoch"] >= (4 if rearmed else 5), record
            assert witness(n1, 40, 9, ours.hash)["state"] == "QUARANTINE"  # one that comes late remembers more still
            assert ask(seed, order(ours)).json["state"] == "RUNNING" and n1.record()["state"] == "INITIALISED"
        with Seed() as seed:
            ours = Authority(seed.dir, "ours", P256)
            seed.agent("k8s-m2").move("reserve")
            assert seed.post("/v1/admin/forget", {"hostname": "k8s-m2"}, admin=True).status == 200
            assert ask(seed, order(ours)).code == "wrong_state"  # somebody is making a cluster


# --- seedctl restore ---


class Operator:
    """The key of seedctl init --backup, and an archive as a master makes one."""

    def __init__(self, seed, folder):
        self.seed, self.folder = seed, folder
        os.makedirs(folder)
        self.key = folder + "/backup.key"
        subprocess.run(["age-keygen", "-o", self.key], check=True, capture_output=True)
        self.ours = Authority(folder, "ours", P256)
        subprocess.run(["openssl", "req", "-x509", "-new", "-key", self.ours.path, "-subj", "/CN=kubernetes", "-out", folder + "/ca.crt"], check=True)
        self.archive = folder + "/%s.age" % NAME
        self.make(self.files())

    def files(self):
        with open(self.folder + "/ca.crt", "rb") as crt, open(self.ours.path, "rb") as key:
            seen = {"epoch": 1, "token": 2, "ca_hash": self.ours.hash}
            journal = {"seen": seen, "action": "init", "phase": "done", "of": seen, "member": True}
            return {"etc/kubernetes/pki/ca.crt": crt.read(), "etc/kubernetes/pki/ca.key": key.read(), "var/lib/seedrack/journal.json": json.dumps(journal).encode(),
                    "var/lib/seedrack/backups/.new/snapshot.db": SNAPSHOT}

    def make(self, files):
        text = io.BytesIO()
        with tarfile.open(fileobj=text, mode="w") as tar:
            for name, data in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(data)
                tar.addfile(entry, io.BytesIO(data))
        self.tar = text.getvalue()
        recipient = subprocess.run(["age-keygen", "-y", self.key], check=True, capture_output=True, text=True).stdout.strip()
        subprocess.run(["age", "--encrypt", "--recipient", recipient, "--output", self.archive], input=self.tar, check=True)
        self.note()

    def note(self, **changes):
        with open(self.archive, "rb") as f:
            sha256 = hashlib.sha256(f.read()).hexdigest()
        signed = self.ours.sign("seedrack backup\n%s\n%s\n7\n" % (NAME, sha256))
        note = dict({"name": NAME, "hostname": "k8s-m1", "sha256": sha256, "size": os.stat(self.archive).st_size, "at_ms": 1, "revision": 7, "ca_hash": self.ours.hash,
                     "public_key": base64.b64encode(self.ours.public).decode(), "signature": signed}, **changes)
        with open(self.folder + "/%s.json" % NAME, "w") as f:
            json.dump(note, f)
        return sha256

    def restore(self, *words):
        return subprocess.run([SEEDCTL, "restore", "--admin-socket", self.seed.state + "/admin.sock", "--key", self.key, *words, self.archive], capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL)


def machine_key(seed):
    made = subprocess.run(["age-keygen"], check=True, capture_output=True, text=True).stdout
    with open(seed.dir + "/machine.key", "w") as f:
        f.write(made)
    return seed.dir + "/machine.key", [line for line in made.splitlines() if line.startswith("# public key: ")][0].split()[-1]


def restored_by(machine, body):
    """What the machine does, up to the archive."""
    token = take(machine)
    assert machine.post("/v1/maintenance/step", {"token": token, "step": "archive"}).status == 200
    assert machine.post("/v1/restore", body).status == 200
    got = machine.get("/v1/restore?wait=60")
    assert got.status == 200, got.body
    return token, got.body


def test_seedctl_restore_from_the_operators_key_to_the_machines():
    with Seed() as seed:
        operator = Operator(seed, seed.dir + "/operator")
        refused = operator.restore()
        assert refused.returncode == 1 and "nobody is there to be asked; say --yes" in refused.stderr, refused
        runs = Later(operator.restore, "--yes")
        seed.wait_log("the cluster is to be restored on k8s-m1")
        m1 = seed.agent("k8s-m1")
        key, recipient = machine_key(seed)
        token, archive = restored_by(m1, {"recipient": recipient})
        opened = subprocess.run(["age", "--decrypt", "--identity", key], input=archive, check=True, capture_output=True).stdout
        assert opened == operator.tar
        assert m1.post("/v1/maintenance/fail", {"token": token, "code": "SR-RESTORE", "message": "k8s-m1: k8s-m2 answers"}).status == 200
        halted = runs.result(30)
        assert halted.returncode == 1 and "SR-RESTORE: k8s-m1: k8s-m2 answers; seedctl explain SR-RESTORE; then seedctl rollout resume" in halted.stdout, halted
        assert not look(seed)["arrived"]  # it may have been the archive
        assert seed.post("/v1/admin/maintenance", {"act": "resume"}, admin=True).status == 200
        runs = Later(operator.restore, "--yes")  # goes on with it
        assert restored_by(m1, {"recipient": recipient})[0] == token and step(m1, token, "lay") == 200
        assert m1.post("/v1/maintenance/back", {"token": token}).status == 200
        done = runs.result(30)
        assert done.returncode == 0 and "restored; power on the other masters" in done.stdout, done
        assert "nothing proves that %s is the key of k8s-m1" % recipient in halted.stdout, halted.stdout
        assert not [name for name in os.listdir("/dev/shm") if name.startswith("seedctl.")]


def test_seedctl_restore_looks_at_the_archive_first():
    with Seed() as seed:
        operator = Operator(seed, seed.dir + "/operator")
        with open(operator.archive, "rb") as f:
            good = f.read()
        other = Authority(operator.folder, "other", P256)

        def refused(*words):
            run = operator.restore("--yes", *words)
            assert run.returncode == 1 and run.stdout == "", run
            assert seed.get("/v1/rack").json["bootstrap"]["state"] == "EMPTY" and look(seed)["state"] == "CLOSED"
            return run.stderr

        with open(operator.archive, "wb") as f:
            f.write(good[:-1])
        assert "it is cut off or was changed" in refused()
        with open(operator.archive, "wb") as f:
            f.write(good)
        operator.note(signature=other.sign("x"))
        assert "is not signed by the CA that is in the archive" in refused()
        os.unlink(operator.folder + "/%s.json" % NAME)
        sha256 = hashlib.sha256(good).hexdigest()
        assert "nothing attests it" in refused() and "--hash " + sha256 in refused()
        assert "--hash" in refused("--hash", "b" * 64)
        operator.note()
        os.rename(operator.key, operator.key + ".away")
        subprocess.run(["age-keygen", "-o", operator.key], check=True, capture_output=True)
        assert "does not open" in refused() and "is `%s` the key of seedctl init --backup?" % operator.key in refused()
        os.rename(operator.key + ".away", operator.key)
        files = operator.files()
        del files["etc/kubernetes/pki/ca.key"]
        operator.make(files)
        assert "does not open" in refused()
        operator.make(operator.files())
        os.rename(operator.archive, operator.folder + "/backup.age")
        operator.archive = operator.folder + "/backup.age"
        assert "is not named as a backup is" in refused()
        assert subprocess.run([SEEDCTL, "restore", operator.archive], capture_output=True).returncode == 2


def test_by_tls_the_key_is_the_machines_own():
    with TlsSeed() as seed:
        operator = Operator(seed, seed.dir + "/operator")
        m1 = seed.machine("k8s-m1").claimed()
        fingerprint = "-".join(m1.who[0][n:n + 4] for n in (0, 4, 8, 12))
        other = Later(operator.restore, "--yes", "--fingerprint", "0000-0000-0000-0000")
        seed.wait_log("the cluster is to be restored on k8s-m1")
        _, recipient = machine_key(seed)
        text = "seedrack restore key\nk8s-m1\n%s\n" % recipient
        public = base64.b64encode(openssl("pkey", "-in", m1.who[2], "-pubout", "-outform", "DER")).decode()
        signed = base64.b64encode(openssl("dgst", "-sha256", "-sign", m1.who[2], input=text.encode())).decode()
        token = take(m1)
        assert m1.post("/v1/maintenance/step", {"token": token, "step": "archive"}).status == 200
        for wrong in ({"recipient": recipient}, {"recipient": RECIPIENT, "public_key": public, "signature": signed},
                      {"recipient": recipient, "public_key": base64.b64encode(operator.ours.public).decode(), "signature": operator.ours.sign(text)}):
            assert m1.post("/v1/restore", wrong).code == "invalid", wrong
        assert m1.post("/v1/restore", {"recipient": recipient, "public_key": public, "signature": signed}).status == 200
        said = other.result(30)
        assert said.returncode == 1 and "the key of k8s-m1 has the fingerprint %s, and --fingerprint says 0000-" % fingerprint in said.stderr, said
        assert not look(seed)["arrived"]
        runs = Later(operator.restore, "--yes", "--fingerprint", fingerprint)
        assert m1.get("/v1/restore?wait=60").status == 200
        assert step(m1, token, "lay") == 200
        assert m1.post("/v1/maintenance/back", {"token": token}).status == 200
        done = runs.result(30)
        assert done.returncode == 0 and "k8s-m1: its key has the fingerprint " + fingerprint in done.stdout, done
