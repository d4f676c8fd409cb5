# SPDX-License-Identifier: Apache-2.0
# Every system call between a request and its answer is a kill point once: the seed dies before it and is started again. The record is then
# the old one or the new one, never something else; an answer that was given holds; the request sent again is answered rightly.
import http.client
import os
import shutil
import subprocess

import strace
from seed import HASH_A, HASH_B, Seed

DEAD = (http.client.HTTPException, ConnectionError, TimeoutError)


def plain(record):
    return {key: value for key, value in record.items() if key != "lease_ms"}


# `before` leads a fresh record to where `transition` comes next; `again` checks the answer to the same request, and what it must be.
def every_kill_point(transition, before, again, **body):
    strace.allowed()
    seed = Seed()
    seed.start()
    m1 = seed.agent("k8s-m1")
    grant = before(m1)
    old = plain(m1.record())
    seed.stop()
    shutil.copytree(seed.state, seed.dir + "/before")

    def fresh():
        shutil.rmtree(seed.state)
        shutil.copytree(seed.dir + "/before", seed.state)
        seed.start()

    fresh()
    trace = strace.Trace(seed.process.pid, seed.dir + "/trace")
    new = plain(m1.move(transition, grant, **body).json)
    trace.stop()
    seed.stop()
    points = trace.points()
    assert new != old and any(name == "fdatasync" or name == "fsync" for name, _, _ in points), points
    states = {"old": 0, "new": 0}
    for name, when, _ in points:
        fresh()
        trace = strace.Trace(seed.process.pid, seed.dir + "/trace", *strace.inject(name, when, "signal=KILL"))
        try:
            answer = m1.move(transition, grant, timeout_s=30, **body)
        except DEAD:
            answer = None
        try:  # without an answer it dies; what comes after the answer may not come at all
            seed.process.wait(30 if answer is None else 1.5)
            hit = True
        except subprocess.TimeoutExpired:
            hit = False
        assert hit or answer is not None, (name, when)
        trace.stop()
        code = seed.kill()
        assert not hit or code == -9, code
        seed.start()
        record = plain(m1.record())
        assert record in (old, new), (name, when, record)
        if answer is not None:
            assert answer.status == 200 and plain(answer.json) == new and record == new, (name, when, answer.body, record)
        states["new" if record == new else "old"] += hit
        again(m1, grant, record == new, new)
        seed.stop()
    shutil.rmtree(seed.dir)
    hits = states["old"] + states["new"]
    assert states["old"] >= 5 and states["new"] >= 1 and hits >= len(points) * 9 // 10, (states, len(points))
    return "killed before each of %d system calls: %d times the old record, %d times the new one" % (hits, states["old"], states["new"])


def test_kill_at_every_system_call_of_reserve():
    def again(m1, _, __, new):
        assert plain(m1.move("reserve").json) == new

    return every_kill_point("reserve", lambda m1: None, again)


def test_kill_at_every_system_call_of_begin():
    def again(m1, grant, is_new, new):
        reply = m1.move("begin", grant)
        if is_new:  # the grant is used up; the record names the new one, and the machine begins again
            assert reply.status == 409 and reply.code == "stale" and plain(reply.json["record"]) == new, reply.body
        else:
            assert reply.status == 200 and plain(reply.json) == new, reply.body

    return every_kill_point("begin", lambda m1: m1.move("reserve").json, again)


def test_kill_at_every_system_call_of_commit():
    def again(m1, grant, _, new):
        for _ in range(2):
            reply = m1.move("commit", grant, ca_hash=HASH_A)
            assert reply.status == 200 and plain(reply.json) == new, reply.body
        assert m1.move("commit", grant, ca_hash=HASH_B).code == "other_ca"

    return every_kill_point("commit", lambda m1: m1.move("begin", m1.move("reserve").json).json, again, ca_hash=HASH_A)


# The seed's port file is written by lib/file.c, as every file of agent and seed is: temporary, fsync, rename, fsync of the folder.
def test_a_file_is_old_or_new_at_every_system_call():
    strace.allowed()
    seed = Seed()
    old, port = "old content\n", seed.dir + "/port"

    def run(*options):
        with open(port, "w") as f:
            f.write(old)
        process = subprocess.Popen(["strace", "-o", seed.dir + "/trace", *options, *seed.arguments()], stderr=subprocess.PIPE, text=True)
        for line in process.stderr:
            if "ready on port" in line:
                subprocess.run(["pkill", "-TERM", "-P", str(process.pid)], check=True)
        code = process.wait(20)
        process.stderr.close()
        with open(port) as f:
            return code, f.read()

    run()  # makes the state folder
    code, new = run()
    assert code == 0 and new.strip().isdigit(), (code, new)
    trace = strace.points(seed.dir + "/trace")
    first = next(i for i, (_, _, line) in enumerate(trace) if seed.dir + "/.seedrack." in line)
    last = next(i for i, (name, _, _) in enumerate(trace) if i > first and name == "close" and i > next(
        k for k, (name, _, _) in enumerate(trace) if k > first and name.startswith("rename")))
    seen = {"old": 0, "new": 0}
    for name, when, _ in trace[first:last + 1]:
        code, content = run(*strace.inject(name, when, "signal=KILL"))
        assert code in (-9, 137), (name, when, code)
        assert content == old or content.strip().isdigit() and content.endswith("\n"), (name, when, content)
        seen["old" if content == old else "new"] += 1
        left = [f for f in os.listdir(seed.dir) if f.startswith(".seedrack.")]
        assert len(left) <= 1, left
        for f in left:
            os.unlink(seed.dir + "/" + f)
    shutil.rmtree(seed.dir)
    assert seen["old"] >= 4 and seen["new"] >= 1, seen
    return "killed before each of %d system calls: %d times the old content, %d times the new" % (sum(seen.values()), seen["old"], seen["new"])
