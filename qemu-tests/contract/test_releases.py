# SPDX-License-Identifier: Apache-2.0
# seedctl release: a signed archive becomes a release of the seed, nothing else does, and none in use is removed.
import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile

from seed import TOP
from test_upgrade import NEW, OLD, TwoReleases, born, run, seedctl, stands

PINS = os.path.join(TOP, "configs", "releases", "%s.json")


def keys(folder, name="release"):
    key, public = "%s/%s.key" % (folder, name), "%s/%s.pub" % (folder, name)
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True, capture_output=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", public], check=True)
    return key, public


def sign(seed, key, data):
    with open(seed.dir + "/signed", "wb") as f:
        f.write(data)
    subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", seed.dir + "/signed", "-out", seed.dir + "/signature"], check=True)
    with open(seed.dir + "/signature", "rb") as f:
        return f.read()


def archive(seed, key, release=NEW, layers=(b"a layer", b"another"), boot=None, change=lambda members: None):
    """As scripts/release-archive makes it, without `boot` as the version before did; `change` is what somebody did to it on the way."""
    listed = [{"name": "layer-%d" % n, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data), "roles": ["master", "worker"]} for n, data in enumerate(layers)]
    with open(PINS % release, "rb") as f:
        members = {"release.json": f.read(), "layers.json": json.dumps({"release": release, "layers": listed}).encode()}
    members["signature"] = sign(seed, key, members["release.json"] + members["layers.json"])
    if boot is not None:
        listed_boot = [{"name": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)} for name, data in boot.items()]
        members["boot.json"] = json.dumps({"release": release, "boot": listed_boot}).encode()
        members["boot.signature"] = sign(seed, key, members["release.json"] + members["layers.json"] + members["boot.json"])
        members.update({"boot/" + name: data for name, data in boot.items()})
    members.update({"sha256/" + entry["sha256"]: data for entry, data in zip(listed, layers)})
    change(members)
    path = seed.dir + "/archive.tar"
    with tarfile.open(path, "w") as tar:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            if isinstance(data, str):  # a link
                info.type, info.linkname = tarfile.SYMTYPE, data
                tar.addfile(info)
            else:
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    return path, [entry["sha256"] for entry in listed]


def artifacts(seed):
    return sorted(os.listdir(seed.dir + "/artifacts/sha256"))


def test_one_is_added_and_removed():
    with TwoReleases(releases=(OLD,)) as seed:
        key, public = keys(seed.dir)
        path, layers = archive(seed, key)
        machines = born(seed)
        added = seedctl(seed, "release", "add", path, "--release-key", public)
        wanted = "v1.36.3    given to seed-server, in use\nv1.37.2    added\n"
        assert added.returncode == 0 and added.stdout == wanted, added
        assert artifacts(seed) == sorted(layers)
        assert seedctl(seed, "release", "add", path, "--release-key", public).stdout == wanted  # once more
        seed.kill()
        seed.start()
        assert seedctl(seed, "release", "list").stdout == wanted
        for machine in machines[:3]:
            stands(machine)  # to the seed that was killed meanwhile
        seed.wants(NEW)
        seed.wait_log("nothing moves before seedctl upgrade")
        refused = seedctl(seed, "release", "remove", NEW)
        assert refused.returncode == 1 and "`v1.37.2` is in use: the site, the cluster or an upgrade names it" in refused.stderr, refused
        assert seedctl(seed, "upgrade", "--yes").returncode == 0
        assert seed.agent("k8s-n1").get("/v1/role?release=v1.37.2").json["layers"][0]["sha256"] == layers[0]
        seed.wants(OLD)
        assert "`v1.37.2` is in use" in seedctl(seed, "release", "remove", NEW).stderr  # the upgrade names it
        assert seedctl(seed, "rollout", "abort").returncode == 0
        removed = seedctl(seed, "release", "remove", NEW)
        assert removed.returncode == 0 and removed.stdout == "v1.36.3    given to seed-server, in use\n" and artifacts(seed) == [], removed
        given = seedctl(seed, "release", "remove", OLD)
        assert given.returncode == 1 and "in use" in given.stderr, given
        assert "`v9.9.9`, and this seed has `v1.36.3`" in seedctl(seed, "release", "remove", "v9.9.9").stderr
        with open(seed.state + "/audit.log") as f:
            assert f.read().count("operator-release-") == 3


def test_what_nobody_signed_is_not_unpacked():
    with TwoReleases(releases=(OLD,)) as seed:
        key, public = keys(seed.dir)
        _, strangers = keys(seed.dir, "stranger")

        def swapped(members):
            members["layers.json"] = members["layers.json"].replace(b"layer-0", b"layer-9")

        for change, with_key, said in (
                (lambda members: None, strangers, "is not signed by the key in"),
                (swapped, public, "is not signed by the key in"),
                (lambda members: members.update(signature=b"short"), public, "is not signed by the key in"),
                (lambda members: members.pop("signature"), public, "`signature` is not in it"),
                (lambda members: members.pop("layers.json"), public, "`layers.json` is not in it"),
                (lambda members: None, key, "is no public key for Ed25519, in PEM"),
                (lambda members: None, seed.dir + "/nothing", "is no public key for Ed25519, in PEM")):
            path, _ = archive(seed, key, change=change)
            result = seedctl(seed, "release", "add", path, "--release-key", with_key)
            assert result.returncode == 1 and said in result.stderr and result.stderr.count("\n") == 1, result
            assert artifacts(seed) == [] and seed.get("/v1/admin/releases", admin=True).json["releases"][1:] == []
        result = seedctl(seed, "release", "add", seed.dir + "/none.tar")
        assert result.returncode == 1 and "none.tar" in result.stderr, result


def test_a_layer_that_was_changed_does_not_count():
    with TwoReleases(releases=(OLD,)) as seed:
        key, public = keys(seed.dir)
        _, layers = archive(seed, key)
        for wrong in (b"a l4yer", b"a layer and more", "/etc/passwd", None):
            def change(members):
                members["sha256/" + layers[1]] = wrong
                if wrong is None:
                    del members["sha256/" + layers[1]]
            path, _ = archive(seed, key, change=change)
            result = seedctl(seed, "release", "add", path, "--release-key", public)
            assert result.returncode == 1 and "layer `layer-1`" in result.stderr, result
            assert artifacts(seed) == [layers[0]]  # the good one stays for the next try
        path, _ = archive(seed, key)
        with open(seed.dir + "/artifacts/sha256/" + layers[0], "w") as f:
            f.write("b layer")  # as long, and damaged since
        open(seed.dir + "/artifacts/sha256/.add-%d-%s" % (2 ** 22, layers[0]), "w").close()  # of one that was killed
        assert seedctl(seed, "release", "add", path, "--release-key", public).returncode == 0 and artifacts(seed) == sorted(layers)
        for layer in layers:
            with open(seed.dir + "/artifacts/sha256/" + layer, "rb") as f:
                assert hashlib.sha256(f.read()).hexdigest() == layer


def test_the_seed_checks_what_it_is_told():
    with TwoReleases(releases=(OLD,)) as seed:
        with open(PINS % NEW) as f:
            pins = json.load(f)
        layers = {"release": NEW, "layers": [{"name": "x", "sha256": "1" * 64, "size": 9, "roles": ["master"]}]}
        missing = seed.post("/v1/admin/releases", {"release": pins, "layers": layers}, admin=True)
        assert missing.code == "release" and "its layer `x` is not in" in missing.json["error"]["message"], missing.json
        for body in ({}, {"release": pins}, {"release": pins, "layers": {}}, {"release": 5, "layers": layers}, {"release": pins, "layers": {**layers, "release": OLD}}):
            assert seed.post("/v1/admin/releases", body, admin=True).status == 400, body
        assert seed.post("/v1/admin/releases", {"release": pins, "layers": layers}).status in (401, 403)
        assert seed.get("/v1/admin/releases").status in (401, 403)
        with open(PINS % OLD) as f:
            other = seed.post("/v1/admin/releases", {"release": json.load(f), "layers": {"release": OLD, "layers": []}}, admin=True)
        assert other.code == "release" and "the seed has another one under that name" in other.json["error"]["message"], other.json
        assert os.listdir(seed.state + "/releases") == []


def test_layers_that_do_not_fit_are_refused_before_one_is_unpacked():
    with TwoReleases(releases=(OLD,)) as seed:
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", seed.dir + "/artifacts/sha256"], capture_output=True).returncode != 0:
            return "no mounts here"
        try:
            key, public = keys(seed.dir)
            path, _ = archive(seed, key)
            result = seedctl(seed, "release", "add", path, "--release-key", public)
            assert result.returncode == 1 and "the layers need 64 MiB, and there is room for" in result.stderr and artifacts(seed) == [], result
        finally:
            subprocess.run(["umount", seed.dir + "/artifacts/sha256"], check=True)


def boot_files(seed):
    found = {}
    for name in sorted(os.listdir(seed.dir + "/artifacts/boot")):
        with open(seed.dir + "/artifacts/boot/" + name, "rb") as f:
            found[name] = f.read()
    return found


def test_boot_files_come_with_it_and_replace_none_unasked():
    with TwoReleases(releases=(OLD,)) as seed:
        key, public = keys(seed.dir)
        first, second = {"vmlinuz-metal": b"kernel", "snponly.efi": b"iPXE"}, {"vmlinuz-metal": b"another", "snponly.efi": b"iPXE", "initrd-metal.img": b"new"}

        def add(*words, **how):
            path, _ = archive(seed, key, **how)
            return seedctl(seed, "release", "add", path, "--release-key", public, *words)

        added = add(boot=first)
        assert added.returncode == 0 and added.stderr == "" and boot_files(seed) == first, added
        stays = add(boot=second)
        assert stays.returncode == 0 and "stays as it is" in stays.stderr and "--boot replaces them" in stays.stderr and boot_files(seed) == first, stays
        os.unlink(seed.dir + "/artifacts/boot/snponly.efi")  # the same ones, one of them lost
        assert add(boot=first).stderr == "" and boot_files(seed) == first
        replaced = add("--boot", boot=second)
        assert replaced.returncode == 0 and replaced.stderr == "" and boot_files(seed) == second, replaced
        older = add()
        assert older.returncode == 0 and "has no boot files" in older.stderr and boot_files(seed) == second, older
        assert "only add takes --release-key and --boot" in seedctl(seed, "release", "list", "--boot").stderr


def test_boot_files_that_nobody_signed_are_not_unpacked():
    with TwoReleases(releases=(OLD,)) as seed:
        key, public = keys(seed.dir)
        boot = {"vmlinuz-metal": b"kernel"}

        def of_another_release(members):
            members["boot.json"] = members["boot.json"].replace(NEW.encode(), OLD.encode())
            members["boot.signature"] = sign(seed, key, members["release.json"] + members["layers.json"] + members["boot.json"])

        def out_of_the_folder(members):
            members["boot.json"] = members["boot.json"].replace(b"vmlinuz-metal", b"../../etc/x")
            members["boot.signature"] = sign(seed, key, members["release.json"] + members["layers.json"] + members["boot.json"])

        for change, said in (
                (lambda members: members.update({"boot.json": members["boot.json"].replace(b"vmlinuz", b"vmlinux")}), "is not signed by the key in"),
                (lambda members: members.pop("boot.signature"), "`boot.signature` is not in it"),
                (lambda members: members.update({"boot.signature": members["signature"]}), "is not signed by the key in"),
                (of_another_release, "boot files of `v1.36.3`, pins of `v1.37.2`"),
                (out_of_the_folder, "/boot/0/name: `../../etc/x` is not valid"),
                (lambda members: members.update({"boot/vmlinuz-metal": b"k3rnel"}), "boot file `vmlinuz-metal`"),
                (lambda members: members.pop("boot/vmlinuz-metal"), "boot file `vmlinuz-metal`")):
            path, _ = archive(seed, key, boot=boot, change=change)
            result = seedctl(seed, "release", "add", path, "--release-key", public)
            assert result.returncode == 1 and said in result.stderr.splitlines()[-1], (said, result)  # before it, tar may say what it misses
            assert boot_files(seed) == {}


def test_a_seed_without_a_release_says_how_to_add_one():
    seed = TwoReleases(releases=())
    try:
        result = run(seed.arguments())
        assert result.returncode == 1 and "/release: `v1.36.3`, and this seed has none; seedctl release add FILE" in result.stderr, result
    finally:
        shutil.rmtree(seed.dir)
