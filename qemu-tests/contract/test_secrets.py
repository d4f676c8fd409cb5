# SPDX-License-Identifier: Apache-2.0
# Secrets that the site names: set by the operator, given to the machines whose role names them, shown to nobody else.
import os
import stat
import subprocess
import time

from seed import Seed
from test_backup import RECIPIENT
from test_seedctl import SEEDCTL
from tls import TlsSeed

VALUE = "AKIAEXAMPLE:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


def seedctl(seed, *words, stdin=VALUE + "\n"):
    return subprocess.run([SEEDCTL, *words, "--admin-socket", seed.state + "/admin.sock"], input=stdin, capture_output=True, text=True, timeout=120)


def until(holds, seconds=30):
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)


def site_with_bucket(seed, **changes):
    site = seed.site_with_pin(seed.pin)
    site["backup"] = {"recipient": RECIPIENT, "every": "6h", "to": {"s3": dict({"url": "https://10.84.0.9:9000/backups", "secret": "backup-s3", "ca": PEM}, **changes)}}
    return site


def test_only_machines_whose_role_names_it_get_it():
    with TlsSeed() as seed:
        m1, m2, n1 = (seed.machine(name) for name in ("k8s-m1", "k8s-m2", "k8s-n1"))
        m1.claimed(), m2.claimed(kept=False), n1.claimed()
        assert m1.get("/v1/secrets/backup-s3").code == "not_named"  # the site does not name it yet
        seed.write_site(site_with_bucket(seed))
        seed.wait_log("changed")
        missing = m1.get("/v1/secrets/backup-s3")
        assert missing.code == "no_secret" and missing.json["error"]["remedy"] == "seedctl secret set backup-s3"
        said = seedctl(seed, "secret", "set", "backup-s3")
        assert said.returncode == 0 and said.stdout == "backup-s3 is set\n", said
        assert m1.get("/v1/secrets/backup-s3").json == {"value": VALUE}
        assert m1.get("/v1/secrets/other").code == "not_named"
        assert m2.get("/v1/secrets/backup-s3").code == "not_kept"
        assert n1.get("/v1/secrets/backup-s3").code == "not_named"  # a worker makes no backups
        assert seed.plain("GET", "/v1/secrets/backup-s3", headers=m1.headers()).code == "tls_only"
        path = seed.state + "/secrets/backup-s3"
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600 and stat.S_IMODE(os.stat(seed.state + "/secrets").st_mode) == 0o700
        seed.stop(), seed.start()
        assert m1.get("/v1/secrets/backup-s3").json == {"value": VALUE}
        seed.write_site(seed.site_with_pin(seed.pin))
        until(lambda: m1.get("/v1/secrets/backup-s3").status == 403)
        with open(seed.state + "/audit.log") as audit:
            written = audit.read()
        assert "backup-s3 is set" in written
        shown = [written, "\n".join(seed.log), seedctl(seed, "secret", "list").stdout, seedctl(seed, "status").stdout, m1.get("/v1/role").body.decode()]
        assert not any(VALUE in text or VALUE.split(":")[1] in text for text in shown)


def test_listed_replaced_and_removed():
    with TlsSeed() as seed:
        assert seedctl(seed, "secret", "list").stdout == ""
        said = seedctl(seed, "secret", "set", "backup-s3", stdin="first:one")
        assert said.stdout == "backup-s3 is set; the site does not name it yet\n"
        assert seedctl(seed, "secret", "set", "backup-s3", stdin="second:one\n").returncode == 0
        with open(seed.state + "/secrets/backup-s3") as f:
            assert f.read() == "second:one"
        listed = seedctl(seed, "secret", "list").stdout
        assert listed.startswith("backup-s3 ") and listed.endswith("Z; the site does not name it\n") and listed.count("\n") == 1, listed
        assert seedctl(seed, "secret", "remove", "backup-s3").stdout == "backup-s3 is removed\n"
        assert os.listdir(seed.state + "/secrets") == []
        gone = seedctl(seed, "secret", "remove", "backup-s3")
        assert gone.returncode == 1 and "there is none of that name" in gone.stderr and "seedctl secret list" in gone.stderr


def test_what_is_refused_changes_nothing():
    with TlsSeed() as seed:
        for stdin, cause in (("", "one line"), ("\n", "one line"), ("a\nb\n", "one line"), ("a\0b", "one line"), ("x" * 4097, "4096 bytes"), ("tab\there", "one line")):
            said = seedctl(seed, "secret", "set", "backup-s3", stdin=stdin)
            assert said.returncode == 1 and cause in said.stderr and said.stderr.count("\n") == 1, (stdin, said)
        assert seedctl(seed, "secret", "set", "backup-s3", stdin="x" * 4096).returncode == 0
        for words in (("set",), ("list", "a"), ("remove",), ("set", "Upper"), ("set", "../x"), ("sett", "a")):
            assert seedctl(seed, "secret", *words).returncode == 2, words
        for body in ({"name": "../passwords", "value": "a"}, {"name": "a", "value": "b\nc"}, {"name": "a"}, {"name": "a", "value": "b", "x": 1}):
            assert seed.request("POST", "/v1/admin/secrets", body, certificate=(seed.pki + "/operator.crt", seed.pki + "/operator.key")).status == 400, body
        assert os.listdir(seed.state + "/secrets") == ["backup-s3"]
        m1 = seed.machine("k8s-m1").claimed()
        assert m1.post("/v1/admin/secrets", {"name": "a", "value": "b"}).code == "admin_only"
        assert m1.get("/v1/admin/secrets").code == "admin_only"


def test_without_tls_there_are_none():
    with Seed() as seed:
        said = seedctl(seed, "secret", "set", "backup-s3")
        assert said.returncode == 1 and "seed_ca" in said.stderr and not os.path.exists(seed.state + "/secrets"), said


def test_a_full_store_says_so():
    with TlsSeed() as seed:
        os.mkdir(seed.state + "/secrets", 0o700)
        for n in range(256):
            with open(seed.state + "/secrets/s%d" % n, "w") as f:
                f.write("x")
        said = seedctl(seed, "secret", "set", "backup-s3")
        assert said.returncode == 1 and "256, the most" in said.stderr and "seedctl secret remove" in said.stderr
        assert seedctl(seed, "secret", "set", "s7").returncode == 0  # one that is there


REGISTRIES = [{"host": "docker.io", "mirrors": [{"url": "https://mirror.example:5000", "secret": "mirror"}]}]


def test_a_registrys_login_is_every_machines_and_a_new_one_is_told():
    with TlsSeed() as seed:
        site = dict(seed.site_with_pin(seed.pin), registries=REGISTRIES, runtime="containerd")
        n1 = seed.machine("k8s-n1")
        n1.claimed()
        before = n1.get("/v1/role")
        seed.write_site(site)  # its secret is not there: the edit is refused whole
        seed.wait_log("/registries: secret `mirror`: nobody set it; seedctl secret set mirror")
        assert n1.get("/v1/role").headers["ETag"] == before.headers["ETag"]
        assert seedctl(seed, "secret", "set", "mirror", stdin="user:first\n").returncode == 0
        seed.write_site(dict(site, addons=[]))
        until(lambda: "registries" in n1.get("/v1/role").json)
        role = n1.get("/v1/role")
        assert role.json["registries"] == REGISTRIES and abs(role.json["secrets_ms"] / 1000 - time.time()) < 60, role.json["secrets_ms"]
        assert n1.get("/v1/secrets/mirror").json == {"value": "user:first"}
        time.sleep(0.02)  # files have the time of the last tick
        assert seedctl(seed, "secret", "set", "mirror", stdin="user:second\n").returncode == 0
        assert n1.get("/v1/role").headers["ETag"] != role.headers["ETag"]
        assert n1.get("/v1/secrets/mirror").json == {"value": "user:second"}
        told = n1.get("/v1/role").json["secrets_ms"]
        assert seedctl(seed, "secret", "remove", "mirror").returncode == 0
        assert n1.get("/v1/role").json["secrets_ms"] >= told  # of the removal
        seed.stop(), seed.start()  # a site whose secret was removed is served
        assert n1.get("/v1/role").json["registries"] == REGISTRIES
        seed.write_site(dict(site, rollout={"soak_s": 7}))  # and edited
        time.sleep(0.5)
        assert seed.process.poll() is None and "nobody set it" not in "\n".join(seed.log[-3:])


def test_a_login_that_is_removed_is_told_beside_a_newer_one():
    with TlsSeed() as seed:
        both = [{"host": "docker.io", "secret": "old"}, {"host": "registry.example:5000", "secret": "new"}]
        n1 = seed.machine("k8s-n1")
        n1.claimed()
        for name in ("old", "new"):
            assert seedctl(seed, "secret", "set", name, stdin="user:word\n").returncode == 0
            time.sleep(0.02)  # files have the time of the last tick
        seed.write_site(dict(seed.site_with_pin(seed.pin), registries=both, runtime="containerd"))
        until(lambda: "registries" in n1.get("/v1/role").json)
        before = n1.get("/v1/role").headers["ETag"]
        assert seedctl(seed, "secret", "remove", "old").returncode == 0
        assert n1.get("/v1/role").headers["ETag"] != before
