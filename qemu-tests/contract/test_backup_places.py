# SPDX-License-Identifier: Apache-2.0
# Where the newest backup also goes: a folder of the seed's machine, which the seed fills, and a bucket, which the master
# that made it fills (qemu-tests/suites/bucket has a real one).
import base64
import hashlib
import json
import os

from seed import Later, Seed
from test_backup import WORDS, Authority, asked, born, bring, commit, files, rack, seedctl, site
from test_secrets import PEM, VALUE, site_with_bucket, until
from test_secrets import seedctl as with_secret
from tls import TlsSeed


def test_the_folder_has_the_newest_ones():
    with Seed() as seed:
        authority, m1, m2, _ = born(seed)
        folder = seed.dir + "/away"
        os.mkdir(folder)
        with open(folder + "/20200101T000000Z-k8s-m1.json", "w") as f:  # of another cluster
            f.write('{"ca_hash":"sha256:0000"}')
        seed.write_site(site(to={"folder": folder}))
        seed.wait_log("site.json` changed")
        names = []
        for i in range(4):
            names.append(asked(seed, m1))
            assert bring(authority, m1, names[-1], data=WORDS + bytes([i])).status == 201
            # also once a moment later, without anybody who brings something
            until(lambda: m2.get("/v1/backup").status == 204 and rack(seed)["to"] == [{"where": folder, "missing": False, "problem": ""}])
        assert sorted(os.listdir(folder)) == sorted(["20200101T000000Z-k8s-m1.json"] + files(seed))  # three: keep
        assert names[0] + ".age" not in os.listdir(folder)
        for name in names[1:]:
            with open(folder + "/" + name + ".age", "rb") as there, open(seed.state + "/backups/" + name + ".age", "rb") as here:
                assert there.read() == here.read()
        assert os.stat(folder + "/" + names[3] + ".age").st_mode & 0o777 == 0o600
        seed.stop(), seed.start()  # it remembers
        m2.get("/v1/backup")
        assert rack(seed)["to"][0]["missing"] is False and seed.metric("backup_missing_in_folder") == 0


def test_a_folder_that_is_away():
    with Seed() as seed:
        authority, m1, m2, _ = born(seed)
        folder = seed.dir + "/away"
        seed.write_site(site(to={"folder": folder}))
        seed.wait_log("site.json` changed")
        name = asked(seed, m1)
        assert bring(authority, m1, name).status == 201
        until(lambda: m2.get("/v1/backup").status == 204 and rack(seed)["to"][0]["problem"])
        assert "No such file or directory" in rack(seed)["to"][0]["problem"] and seed.metric("backup_missing_in_folder") == 1
        assert "backup: the newest is not at %s yet: " % folder in seedctl(seed, "status").stdout
        assert rack(seed)["problem"] == "" and files(seed) == [name + ".age", name + ".json"]  # it counts all the same
        os.mkdir(folder)
        seed.stop(), seed.start()  # else it is tried again after five minutes
        until(lambda: m2.get("/v1/backup").status == 204 and not rack(seed)["to"][0]["missing"])
        assert sorted(os.listdir(folder)) == files(seed)


def test_the_master_that_made_it_is_asked_to_bring_it():
    with TlsSeed() as seed:
        authority = Authority(seed.dir, "ours")
        seed.write_site(site_with_bucket(seed))
        seed.wait_log("changed")
        m1, m2 = seed.machine("k8s-m1").claimed(), seed.machine("k8s-m2").claimed()
        commit(m1, authority.hash)
        name = asked(seed, m1)
        text = "seedrack backup\n%s\n%s\n%d\n" % (name, hashlib.sha256(WORDS).hexdigest(), 7)
        signed = {"Seedrack-Public-Key": base64.b64encode(authority.public).decode(), "Seedrack-Signature": authority.sign(text)}
        kept = seed.request("PUT", "/v1/backups/%s?sha256=%s&revision=7" % (name, hashlib.sha256(WORDS).hexdigest()), WORDS, headers=m1.headers(signed), certificate=m1.certificate)
        assert kept.status == 201, kept.body
        wanted = m1.get("/v1/backup").json["bring"]
        assert wanted == {"name": name, "sha256": hashlib.sha256(WORDS).hexdigest(), "url": "https://10.84.0.9:9000/backups", "region": "us-east-1", "secret": "backup-s3", "ca": PEM}
        assert m1.get("/v1/backup").status == 204 and m2.get("/v1/backup").status == 204  # it is under way
        body = {"name": name, "url": wanted["url"], "message": "status 403, AccessDenied"}
        assert m2.post("/v1/backup/brought", body).status == 200 and rack(seed)["to"][0]["problem"] == ""  # not its own
        assert m1.post("/v1/backup/brought", body).status == 200
        assert rack(seed)["to"] == [{"where": wanted["url"], "missing": True, "problem": "status 403, AccessDenied"}]
        assert m1.get("/v1/backup").status == 204  # in five minutes; or when the secret is another one
        waits = Later(m1.get, "/v1/backup?wait=60")
        assert with_secret(seed, "secret", "set", "backup-s3").returncode == 0
        assert waits.result().json["bring"]["name"] == name
        assert m1.post("/v1/backup/brought", dict(body, message="")).status == 200
        assert rack(seed)["to"] == [{"where": wanted["url"], "missing": False, "problem": ""}] and seed.metric("backup_missing_in_store") == 0
        with open(seed.state + "/backups/" + name + ".json") as f:
            assert json.load(f)["s3"] == wanted["url"]
        seed.stop(), seed.start()
        assert m1.get("/v1/backup").status == 204  # it remembers
        waits = Later(m1.get, "/v1/backup?wait=60")
        seed.write_site(site_with_bucket(seed, url="https://10.84.0.9:9000/elsewhere"))
        assert waits.result().json["bring"]["url"] == "https://10.84.0.9:9000/elsewhere"
        assert VALUE not in json.dumps(wanted)

