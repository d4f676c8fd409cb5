# SPDX-License-Identifier: Apache-2.0
# The cluster's backups: who makes one and when, what the seed keeps, and what it refuses.
import base64
import hashlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess

from seed import Later, Seed, site_document
from test_recover import Authority, commit
from test_seedctl import SEEDCTL

RECIPIENT = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
WORDS = b"what the operator alone can read" * 100


def site(**changes):
    return site_document(backup=dict({"recipient": RECIPIENT, "every": "6h", "keep": 3}, **changes))


def seedctl(seed, *words):
    return subprocess.run([SEEDCTL, *words, "--admin-socket", seed.state + "/admin.sock"], capture_output=True, text=True, timeout=120)


def born(seed):
    authority = Authority(seed.dir, "ours")
    seed.write_site(site())
    seed.wait_log("changed")
    machines = [seed.agent(name) for name in ("k8s-m1", "k8s-m2", "k8s-n1")]
    commit(machines[0], authority.hash)
    return (authority, *machines)


def bring(authority, agent, name, data=WORDS, revision=7, sha256=None, headers=None):
    sha256 = sha256 or hashlib.sha256(data).hexdigest()
    text = "seedrack backup\n%s\n%s\n%d\n" % (name, sha256, revision)
    signed = {"Seedrack-Public-Key": base64.b64encode(authority.public).decode(), "Seedrack-Signature": authority.sign(text)}
    return agent.seed.request("PUT", "/v1/backups/%s?sha256=%s&revision=%d" % (name, sha256, revision), data, headers=agent.headers(dict(signed, **(headers or {}))))


def asked(seed, agent):
    """The name of a backup that the seed wants of this master now."""
    assert seedctl(seed, "backup", "now").returncode == 0
    return agent.get("/v1/backup").json["name"]


def rack(seed):
    return seed.get("/v1/rack").json["backup"]


def files(seed):
    """What is kept; `.…` is what arrives, or did a moment ago."""
    return sorted(name for name in os.listdir(seed.state + "/backups") if name[0] != ".")


def test_one_master_makes_it_and_the_seed_keeps_it():
    with Seed() as seed:
        authority, m1, m2, n1 = born(seed)
        assert n1.get("/v1/backup").code == "masters_only"
        wanted = m1.get("/v1/backup").json
        assert wanted["recipient"] == RECIPIENT and wanted["keep"] == 3 and wanted["name"].endswith("Z-k8s-m1")
        assert m2.get("/v1/backup").status == 204 and rack(seed)["holder"] == "k8s-m1"
        m1.get("/v1/passwords")  # as every master does at its start
        for part, path in (("site", seed.site), ("passwords", seed.state + "/passwords.json")):
            with open(path, "rb") as f:
                assert m1.get("/v1/backup/seed/" + part).body == f.read()
        store = m1.get("/v1/backup/seed/store").body
        with open(seed.dir + "/copy.sqlite", "wb") as f:
            f.write(store)
        with sqlite3.connect(seed.dir + "/copy.sqlite") as copy:
            assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",) and copy.execute("SELECT count(*) FROM claims").fetchone() == (3,)
        assert m2.get("/v1/backup/seed/store").code == "not_wanted" and n1.get("/v1/backup/seed/site").code == "masters_only"
        assert m1.get("/v1/backup/seed/secrets").code == "not_found" and [name for name in os.listdir(seed.state + "/backups") if "store" in name] == []
        assert seedctl(seed, "status").stdout.splitlines()[1] == "backup: there is none yet; k8s-m1 makes one"
        assert bring(authority, m1, wanted["name"]).status == 201
        assert bring(authority, m1, wanted["name"]).status == 200  # its answer was lost
        assert files(seed) == [wanted["name"] + ".age", wanted["name"] + ".json"]
        with open(seed.state + "/backups/" + wanted["name"] + ".age", "rb") as f:
            assert f.read() == WORDS
        assert os.stat(seed.state + "/backups/" + wanted["name"] + ".age").st_mode & 0o777 == 0o600
        for _ in range(2):
            assert rack(seed)["newest"] == wanted["name"] and rack(seed)["holder"] == ""
            assert m1.get("/v1/backup").status == 204
            listed = seedctl(seed, "backup", "list").stdout
            assert listed == "%s         0.0 MB  revision 7  sha256 %s\n" % (wanted["name"], hashlib.sha256(WORDS).hexdigest()), listed
            assert "backup: the newest of 1 is 0.0 h old, 0.0 MB\n" in seedctl(seed, "status").stdout
            assert seed.metric("backup_newest_timestamp_seconds") > 0 and seed.metric("backup_every_seconds") == 6 * 3600
            seed.stop(), seed.start()
        waits = Later(m2.get, "/v1/backup?wait=60")
        seed.wait_parked(1)
        assert seedctl(seed, "backup", "now").returncode == 0  # the operator does not wait for the next one
        assert waits.result(5).json["name"].endswith("Z-k8s-m2")
        with open(seed.state + "/audit.log") as f:
            lines = f.read()
        assert '"act":"backup"' in lines and '"act":"operator-backup"' in lines


def test_the_oldest_go():
    with Seed() as seed:
        authority, m1, _, _ = born(seed)
        names = []
        for _ in range(5):  # two in one second have different names
            names.append(asked(seed, m1))
            assert bring(authority, m1, names[-1]).status == 201
        assert [name for name in files(seed) if name.endswith(".age")] == [name + ".age" for name in names[2:]]
        seed.stop()
        with open(seed.state + "/backups/" + names[3] + ".json") as f:
            note = json.load(f)
        note["at_ms"] += 10 ** 12  # made while the clock was decades ahead
        with open(seed.state + "/backups/" + names[3] + ".json", "w") as f:
            json.dump(note, f)
        os.remove(seed.state + "/backups/" + names[2] + ".json")  # the seed lost power before the note was written
        seed.start()
        seed.wait_log("`%s.age` is removed: it was not whole" % names[2])
        assert m1.get("/v1/backup").status == 204  # the last true one is young
        names.append(asked(seed, m1))
        assert bring(authority, m1, names[-1]).status == 201
        assert m1.get("/v1/backup").status == 204  # and not again and again
        names.append(asked(seed, m1))
        assert bring(authority, m1, names[-1]).status == 201
        assert {name for name in files(seed) if name.endswith(".age")} == {name + ".age" for name in names[4:]}  # the one of the future first


def test_one_that_failed_is_said_and_tried_by_another():
    with Seed() as seed:
        authority, m1, m2, _ = born(seed)
        assert m1.get("/v1/backup").status == 200
        assert m1.post("/v1/backup/failed", {"message": "no room \x1b[2J"}).status == 200
        assert "; the last one failed: no room ?[2J\n" in seedctl(seed, "status").stdout
        assert m2.get("/v1/backup").status == 204  # five minutes
        assert seedctl(seed, "backup", "now").returncode == 0
        wanted = m2.get("/v1/backup")
        assert wanted.status == 200 and bring(authority, m2, wanted.json["name"]).status == 201
        assert rack(seed)["problem"] == ""


def test_what_is_not_kept():
    with Seed() as seed:
        authority, m1, m2, n1 = born(seed)
        other = Authority(seed.dir, "other")
        assert bring(authority, m1, "20260101T000000Z-k8s-m1").code == "not_wanted" and files(seed) == []  # nobody asked for it
        name = asked(seed, m1)
        assert bring(other, m1, name).code == "invalid"  # another cluster's
        assert bring(authority, m1, name, sha256="0" * 64).code == "invalid"  # cut off, or changed
        assert bring(authority, m1, name, headers={"Seedrack-Signature": authority.sign("another text")}).code == "invalid"
        assert bring(authority, m2, name).code == "invalid"  # in another's name
        assert bring(authority, m1, "20260101T000000Z-..%2fx").status in (400, 404)
        assert bring(authority, n1, "20260101T000000Z-k8s-n1").code == "masters_only"
        assert m1.seed.request("PUT", "/v1/backups/" + name, None, headers=m1.headers()).status == 400
        seed.raw_cut(b"PUT /v1/backups/%s HTTP/1.1\r\nHost: seed\r\nSeedrack-Claim: %s\r\nContent-Length: 5000000\r\n\r\n" % (name.encode(), m1.claim.encode()) + b"x" * 100000)
        large = os.urandom(3 << 20)  # larger than any other body may be
        reply = bring(authority, m1, name, data=large)
        assert reply.status == 201, reply.body
        assert files(seed) == [name + ".age", name + ".json"]
        cut = b"PUT /v1/backups/%s HTTP/1.1\r\nHost: seed\r\nSeedrack-Claim: %s\r\nContent-Length: 5000000\r\n\r\nx" % (name.encode(), m1.claim.encode())
        wanted = asked(seed, m1)
        held = [socket.create_connection(("127.0.0.1", seed.port), 10) for _ in range(4)]
        for connection in held:
            connection.sendall(cut)
        refused = bring(authority, m1, wanted)
        assert refused.status == 409 and refused.code == "busy", refused.body
        for connection in held:
            connection.close()
        assert seed.post("/v1/admin/backup", {}).status == 403
        seed.write_site(site_document())
        seed.wait_log("changed", 60)
        seed.stop()
        with open(seed.state + "/backups/" + name + ".age", "ab") as f:  # longer than its note says
            f.write(b"x")
        with open(seed.state + "/backups/.20260102T000000Z-k8s-m1", "wb") as f:  # of a seed that lost power
            f.write(b"x")
        seed.start()
        seed.wait_log("`%s.json` is left alone" % name)
        assert files(seed) == [name + ".age", name + ".json"] == sorted(os.listdir(seed.state + "/backups")) and rack(seed) is None
        result = seedctl(seed, "backup", "now")
        assert result.returncode == 1 and result.stderr == "seedctl: now: the site document has no `backup`; make a key by seedctl init --backup, and write `backup` with its public key into the site document\n", result


def test_a_full_disk_keeps_nothing():
    with Seed(wrap=["prlimit", "--fsize=1048576"]) as seed:
        authority, m1, _, _ = born(seed)
        name = asked(seed, m1)
        reply = bring(authority, m1, name, data=os.urandom(2 << 20))
        assert reply.status >= 500, reply.status
        assert files(seed) == []
        assert bring(authority, m1, name).status == 201


def test_whoever_only_claimed_fills_no_disk():
    with Seed() as seed:
        authority = Authority(seed.dir, "ours")
        m1 = seed.agent("k8s-m1")
        assert bring(authority, m1, "20260101T000000Z-k8s-m1").code == "no_backup"  # neither a cluster nor a wish
        with socket.create_connection(("127.0.0.1", seed.port), 10) as s:
            s.sendall(b"PUT /v1/backups/20260101T000000Z-k8s-m1 HTTP/1.1\r\nHost: seed\r\nSeedrack-Claim: %s\r\nContent-Length: 5000000\r\n\r\n" % m1.claim.encode())
            assert s.recv(4096).startswith(b"HTTP/1.1 400 ")  # at once
        assert os.listdir(seed.state + "/backups") == []


def test_the_key_is_made_once():
    if not shutil.which("age-keygen"):
        return "age-keygen is not installed"
    with Seed() as seed:
        folder = seed.dir + "/operator"
        os.mkdir(folder)
        said = [subprocess.run([SEEDCTL, "init", *words, folder], capture_output=True, text=True, timeout=60) for words in (("--backup",), ("--backup", "--renew"))]
        lines = [[line for line in result.stdout.splitlines() if line.startswith('"backup"')] for result in said]
        assert lines[0] == lines[1] and len(lines[0]) == 1, said
        document = dict(site_document(), **json.loads("{%s}" % lines[0][0]))
        seed.write_site(document)
        seed.wait_log("changed")
        key = folder + "/pki/backup.key"
        assert os.stat(key).st_mode & 0o777 == 0o600
        sealed = subprocess.run(["age", "--encrypt", "--recipient", document["backup"]["recipient"]], input=WORDS, capture_output=True, check=True).stdout
        assert subprocess.run(["age", "--decrypt", "--identity", key], input=sealed, capture_output=True, check=True).stdout == WORDS
