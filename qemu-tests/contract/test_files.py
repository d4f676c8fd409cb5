# SPDX-License-Identifier: Apache-2.0
# Artifacts (whole, range, conditional), boot files.
import hashlib
import os

from seed import Seed, mac_of

DATA = os.urandom(300000)
HEX = hashlib.sha256(DATA).hexdigest()
PATH = "/artifacts/sha256/" + HEX


def stocked():
    seed = Seed()
    with open(seed.dir + "/artifacts/sha256/" + HEX, "wb") as f:
        f.write(DATA)
    with open(seed.dir + "/artifacts/boot/vmlinuz", "wb") as f:
        f.write(b"kernel")
    return seed


def test_whole_artifact():
    with stocked() as seed:
        reply = seed.get(PATH)
        assert reply.status == 200 and reply.body == DATA
        assert reply.headers["ETag"] == '"%s"' % HEX and reply.headers["Accept-Ranges"] == "bytes"
        assert "immutable" in reply.headers["Cache-Control"]
        head = seed.request("HEAD", PATH)
        assert head.status == 200 and head.body == b"" and head.headers["Content-Length"] == str(len(DATA))
        assert seed.get(PATH, headers={"If-None-Match": '"%s"' % HEX}).status == 304


def test_ranges():
    with stocked() as seed:
        size = len(DATA)
        for text, first, last in (("0-0", 0, 0), ("0-99", 0, 99), ("100000-", 100000, size - 1), ("-5", size - 5, size - 1),
                                  ("1-%d" % (size * 2), 1, size - 1), ("%d-" % (size - 1), size - 1, size - 1),
                                  ("-%d" % (size * 2), 0, size - 1)):
            reply = seed.get(PATH, headers={"Range": "bytes=" + text})
            assert reply.status == 206 and reply.body == DATA[first:last + 1], text
            assert reply.headers["Content-Range"] == "bytes %d-%d/%d" % (first, last, size), text
        for text in ("%d-" % size, "-0", "%d-%d" % (size, size + 5)):
            reply = seed.get(PATH, headers={"Range": "bytes=" + text})
            assert reply.status == 416 and reply.headers["Content-Range"] == "bytes */%d" % size, text
        for text in ("bytes=5-1", "bytes=", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-", "bytes=1-2x"):
            reply = seed.get(PATH, headers={"Range": text})
            assert reply.status == 200 and reply.body == DATA, text
        resumed = seed.get(PATH, headers={"Range": "bytes=10-19", "If-Range": '"%s"' % HEX})
        assert resumed.status == 206 and resumed.body == DATA[10:20]
        assert seed.get(PATH, headers={"Range": "bytes=10-19", "If-Range": '"other"'}).status == 200


def test_what_is_no_artifact_is_404():
    with stocked() as seed:
        for path in ("0" * 64, HEX.upper(), HEX[:-1], HEX + "0", "..%2f..%2fsite%2fsite.json", "x", ""):
            assert seed.get("/artifacts/sha256/" + path).status == 404, path
        os.mkdir(seed.dir + "/artifacts/sha256/" + "1" * 64)
        assert seed.get("/artifacts/sha256/" + "1" * 64).status == 404
        assert seed.request("POST", PATH, {}).status == 405


def test_boot_files():
    with stocked() as seed:
        assert seed.get("/boot/vmlinuz").body == b"kernel"
        for name in ("initrd.img", "..", ".hidden", "a%2fb", "..%2fsha256"):
            assert seed.get("/boot/" + name).status == 404, name
