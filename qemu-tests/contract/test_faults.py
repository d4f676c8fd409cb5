# SPDX-License-Identifier: Apache-2.0
# Clocks that jump, an old copy of the state, and system calls that fail one after the other.
import calendar
import concurrent.futures
import email.utils
import glob
import hashlib
import os
import shutil
import subprocess
import tempfile
import time

import strace
from seed import HASH_A, Seed
from test_fetch import AGENT

DAY = 24 * 3600
OF_THE_C_LIBRARY = ("brk", "arch_prctl", "set_tid_address", "set_robust_list", "rseq", "prlimit64", "readlinkat", "readlink", "getrandom", "mprotect", "uname")
ARRIVAL = ("poll", "recvfrom", "write")


def date_of(seed):
    return calendar.timegm(email.utils.parsedate(seed.get("/healthz").headers["Date"]))


def test_a_clock_that_jumps_a_day_has_no_effect_on_a_lease():
    library = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
    assert library, "libfaketime is missing; run scripts/deps check"
    with Seed() as seed:
        seed.stop()
        offset = seed.dir + "/offset"

        def jump(seconds):
            with open(offset + ".new", "w") as f:
                f.write("%+d\n" % seconds)
            os.rename(offset + ".new", offset)
            assert abs(date_of(seed) - time.time() - seconds) < 60, "the seed's clock did not jump"

        with open(offset, "w") as f:
            f.write("+0\n")
        seed.wrap = ["env", "LD_PRELOAD=" + library[0], "FAKETIME_TIMESTAMP_FILE=" + offset, "FAKETIME_NO_CACHE=1", "DONT_FAKE_MONOTONIC=1"]
        seed.start()
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        record = m1.move("reserve").json
        for seconds in (DAY, -DAY):
            jump(seconds)
            now = m1.record()
            assert now["state"] == "RESERVED" and 20000 < now["lease_ms"] <= record["lease_ms"], now
            assert m2.move("reserve").code == "held"
        assert m1.move("begin", record).status == 200


def test_a_seed_restored_from_an_old_copy_is_quarantined_by_a_witness():
    with Seed() as seed:
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        record = m1.move("reserve").json
        seed.stop()
        shutil.copytree(seed.state, seed.dir + "/backup")
        seed.start()
        done = m1.move("commit", m1.move("begin", record).json, ca_hash=HASH_A).json
        seed.stop()
        shutil.move(seed.state, seed.dir + "/newest")
        shutil.copytree(seed.dir + "/backup", seed.state)
        seed.start()
        assert m1.record()["state"] == "RESERVED"
        seen = {"epoch": done["epoch"], "token": done["token"], "ca_hash": HASH_A}
        refused = m2.post("/v1/bootstrap/reserve", {"seen": seen})  # m2 joined that cluster
        assert refused.status == 409 and refused.json["record"]["state"] == "QUARANTINE", refused.body
        for transition in ("reserve", "begin", "commit", "abort"):
            reply = m1.move(transition, record, **({"ca_hash": HASH_A} if transition == "commit" else {}))
            assert reply.status == 409 and reply.code == "quarantined", reply.body
        assert m2.post("/v1/tickets", {}).status == 409
        seed.stop()
        shutil.rmtree(seed.state)
        shutil.copytree(seed.dir + "/newest", seed.state)
        seed.start()
        assert m2.post("/v1/bootstrap/reserve", {"seen": seen}).code == "already_initialised"


# No call is so unimportant that its failure may end in anything but a clean exit; the next run resumes.
def test_each_system_call_of_a_fetch_fails_once():
    strace.allowed()
    data = os.urandom(100000)
    digest = hashlib.sha256(data).hexdigest()
    with Seed() as seed:
        with open(seed.dir + "/artifacts/sha256/" + digest, "wb") as f:
            f.write(data)

        def fetch(folder, *wrap):
            return subprocess.run([*wrap, AGENT, "fetch", "--seed", "http://127.0.0.1:%d" % seed.port, "--sha256", digest, "--size", str(len(data)), "--folder", folder],
                                  capture_output=True, text=True, timeout=60)

        def whole(folder):
            with open(folder + "/" + digest, "rb") as f:
                return os.listdir(folder) == [digest] and f.read() == data

        first = tempfile.mkdtemp(dir=seed.dir)
        assert fetch(first, "strace", "-f", "-o", seed.dir + "/trace").returncode == 0 and whole(first)
        points = strace.points(seed.dir + "/trace")
        start = next(i for i, (name, _, _) in enumerate(points) if name not in OF_THE_C_LIBRARY)  # before main() nobody can handle anything
        # brk tells failure by an address, not by an error; test_allocation.c has malloc
        points = [point for point in points[start:] if point[0] != "brk"]

        # How many of ARRIVAL a fetch takes hangs on how its bytes arrive: a run that never came to a later one of them is whole, and counted.
        def fail(point):  # whether the call was made, and whether it ended the fetch
            name, when, line = point
            folder = tempfile.mkdtemp(dir=seed.dir)
            done = fetch(folder, "strace", "-f", "-o", folder + ".trace", *strace.inject(name, when, "error=EIO"))
            with open(folder + ".trace") as trace:
                reached = "(INJECTED)" in trace.read()
            assert reached or (name in ARRIVAL and when > 1 and done.returncode == 0), (line, done.stderr)
            assert done.returncode in (0, 1), (line, done.returncode, done.stderr)
            if done.returncode == 1:
                assert done.stderr.strip(), line
                assert digest not in os.listdir(folder) or whole(folder), line
                again = fetch(folder)
                assert again.returncode == 0, (line, again.stderr)
            assert whole(folder), (line, os.listdir(folder))
            return reached, done.returncode

        with concurrent.futures.ThreadPoolExecutor(16) as pool:  # they wait more than they work
            reached, failed = (sum(column) for column in zip(*pool.map(fail, points)))
        assert failed >= 5, (reached, len(points), failed)
        return "each of %d of %d calls failed once, %d of them ended the fetch with a line and it was gone on with" % (reached, len(points), failed)
