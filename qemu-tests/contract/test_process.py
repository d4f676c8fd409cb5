# SPDX-License-Identifier: Apache-2.0
# The process itself: command line, start, stop, restart, damage, a full disk.
import json
import os
import resource
import signal
import socket
import sqlite3
import subprocess

from seed import HASH_A, SERVER, TOP, Seed, mac_of, site_document


def run(arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60)


def test_usage_errors_are_2():
    assert run([SERVER]).returncode == 2
    wrong = run([SERVER, "--sitee", "x"])
    assert wrong.returncode == 2 and "did you mean --site" in wrong.stderr, wrong.stderr
    assert run([SERVER, "--help"]).returncode == 0
    assert run([SERVER, "--version"]).stdout.startswith("seed-server ")
    with Seed() as seed:
        assert run(seed.arguments("nonsense")).returncode == 2
        assert run(seed.arguments("1.2.3.4:99999")).returncode == 2


def test_port_in_use_is_one_line_with_a_remedy():
    with Seed() as seed, Seed() as other:
        seed.stop()
        result = run(seed.arguments("127.0.0.1:%d" % other.port))
        seed.start()
        assert result.returncode == 1 and result.stderr.count("\n") == 1, result.stderr
        assert "EADDRINUSE" in result.stderr and "--listen" in result.stderr, result.stderr


def test_one_server_a_state_folder():
    with Seed() as seed:
        result = run(seed.arguments())
        assert result.returncode == 1 and "another seed-server" in result.stderr, result.stderr
        assert seed.get("/healthz").status == 200


def test_terminates_cleanly_also_with_long_polls():
    with Seed() as seed:
        from seed import Later
        agent = seed.agent("k8s-m1")
        poll = Later(agent.get, "/v1/bootstrap?version=1&wait=60")
        seed.wait_parked(1)
        assert seed.stop() == 0
        assert poll.result().json["state"] == "EMPTY"
        assert not os.path.exists(seed.state + "/admin.sock")
        seed.start()


def test_restart_keeps_claims_record_and_events():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        record = m1.initialise()
        m1.report({"step": "ready", "state": "ready"})
        for end in (seed.stop, seed.kill):
            end()
            seed.start()
            assert m1.record() == record
            assert seed.post("/v1/claim", m1.claim_body()).json["claim"] == m1.claim
            assert seed.get("/v1/events?since=0").json["events"][0]["step"] == "ready"
        assert m1.report({"step": "watch", "state": "running"}).json["last"] == 2


def test_lease_starts_anew_after_a_restart():
    with Seed() as seed:
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        record = m1.move("reserve").json
        seed.kill()
        seed.start()
        again = m1.record()
        assert again["state"] == "RESERVED" and again["token"] == record["token"] and again["lease_ms"] > 29000, again
        assert m2.move("reserve").status == 409
        assert m1.move("begin", record).status == 200


def test_kill_at_any_moment_forgets_no_answer():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        for _ in range(10):
            record = m1.move("reserve").json
            answered = m1.move("begin", record).json
            seed.kill()
            seed.start()
            assert m1.record() == answered
            answered = m1.move("abort", answered).json
            seed.kill()
            seed.start()
            assert m1.record() == answered and answered["state"] == "EMPTY"


def test_damaged_state_is_refused_with_a_remedy():
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        seed.stop()
        path = seed.state + "/seed.sqlite"
        for damage in (b"x" * 4096, None):
            with open(path, "rb") as f:
                good = f.read()
            with open(path, "r+b") as f:
                f.seek(0 if damage else 4096)
                f.write(damage or b"\xff" * 2048)
            result = run(seed.arguments())
            assert result.returncode == 1 and "restore" in result.stderr, result.stderr
            with open(path, "wb") as f:
                f.write(good)
        seed.start()
        assert seed.get("/v1/nodes").json["bootstrap"]["ca_hash"] == HASH_A


# Machines that boot with the layers of another version would start programs that cannot read their disks.
def serve(seed, release, pins_of=None):
    """The arguments for a seed of `release`, by the pins of `pins_of`, which is of the same minor version"""
    with open(os.path.join(TOP, "configs", "releases", (pins_of or release) + ".json")) as f:
        pins = json.load(f)
    with open(seed.dir + "/layers.json") as f:
        layers = json.load(f)
    site = site_document()
    site["release"] = layers["release"] = pins["release"] = release
    if release >= "v1.24":
        site["runtime"] = "containerd"
    seed.write_site(site)
    for name, document in (("layers.json", layers), ("pins.json", pins)):
        with open(seed.dir + "/" + name, "w") as f:
            json.dump(document, f)
    arguments = seed.arguments()
    arguments[arguments.index("--release") + 1] = seed.dir + "/pins.json"
    return arguments


def kept_releases(seed, change_to=None):
    db = sqlite3.connect(seed.state + "/seed.sqlite")
    if change_to:
        db.execute("UPDATE releases SET release = ?", (change_to,))
        db.commit()
    rows = db.execute("SELECT epoch, release FROM releases").fetchall()
    db.close()
    return rows


def test_a_site_that_names_another_version_than_the_cluster_was_made_with():
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        seed.stop()
        result = run(serve(seed, "v1.37.2"))
        assert result.returncode == 1 and "/release: `v1.37.2`, and the cluster lives with `v1.20.2`, of which this seed has no layers" in result.stderr and "DELETE FROM releases" in result.stderr, result.stderr
        assert kept_releases(seed) == [(1, "v1.20.2")]
        patch = serve(seed, "v1.20.9", "v1.20.2")
        seed.arguments = lambda: patch
        seed.start()  # before v1.31 a patch is changed by reboots
        assert seed.get("/v1/nodes").json["bootstrap"]["ca_hash"] == HASH_A
        assert kept_releases(seed) == [(1, "v1.20.9")]


def test_a_site_that_names_another_patch():
    with Seed() as seed:
        seed.stop()
        arguments = serve(seed, "v1.37.2")
        seed.arguments = lambda: arguments
        seed.start()
        seed.agent("k8s-m1").initialise()
        seed.stop()
        kept_releases(seed, change_to="v1.37.1")
        refused = run(arguments)  # it is another release, too: an upgrade changes it
        assert refused.returncode == 1 and "the cluster lives with `v1.37.1`, of which this seed has no layers" in refused.stderr, refused.stderr
        assert kept_releases(seed) == [(1, "v1.37.1")]
        os.rmdir(seed.state + "/releases")  # the version before changed patches by reboots, and kept the first
        seed.start()
        assert seed.get("/v1/nodes").json["bootstrap"]["ca_hash"] == HASH_A
        assert kept_releases(seed) == [(1, "v1.37.2")] and os.path.isdir(seed.state + "/releases")


def test_state_of_a_newer_version_is_refused_with_a_remedy():
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        seed.stop()
        db = sqlite3.connect(seed.state + "/seed.sqlite")
        version = db.execute("PRAGMA user_version").fetchone()[0]
        db.execute("PRAGMA user_version=%d" % (version + 1))
        result = run(seed.arguments())
        assert result.returncode == 1 and "user_version is %d" % (version + 1) in result.stderr, result.stderr
        assert "run the seed-server that made the file" in result.stderr, result.stderr
        db.execute("PRAGMA user_version=%d" % version)
        db.close()
        seed.start()
        assert seed.get("/v1/nodes").json["bootstrap"]["ca_hash"] == HASH_A


def test_bad_site_keeps_the_last_good_one():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        before = m1.get("/v1/role")
        seed.write_site('{"site": "contract", ')
        seed.wait_log("the last good one stays")
        assert m1.get("/v1/role").body == before.body
        assert seed.get("/healthz").status == 200


def test_node_that_leaves_the_site_gets_404():
    with Seed() as seed:
        g2 = seed.agent("k8s-g2")
        site = site_document()
        site["nodes"] = [n for n in site["nodes"] if n["mac"] != mac_of("k8s-g2")]
        seed.write_site(site)
        seed.wait_log("changed")
        reply = g2.get("/v1/role")
        assert reply.status == 404 and reply.code == "unknown_mac"
        assert g2.post("/v1/tickets", {}).status == 404


def test_full_disk_grants_nothing():
    mount = "mkdir -p {0} && mount -t tmpfs -o size=400k tmpfs {0} && exec \"$@\""
    seed = Seed()
    probe = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt"], capture_output=True)
    if os.geteuid() != 0 or probe.returncode != 0:
        return "skipped: needs root and a mount namespace"
    seed.wrap = ["unshare", "-m", "sh", "-c", mount.format(seed.state), "sh"]
    seed.start()
    inside = "/proc/%d/root%s" % (seed.process.pid, seed.state)
    request = seed.request
    seed.request = lambda *a, admin=False, **kw: request(*a, **kw)
    try:
        m1 = seed.agent("k8s-m1")
        with open(inside + "/filler", "wb", buffering=0) as f:
            for size in (4096, 1):
                try:
                    while True:
                        f.write(b"x" * size)
                except OSError:
                    pass
        reply = m1.move("reserve")
        assert reply.status == 507 and reply.code == "disk_full", reply.body
        assert m1.record()["state"] == "EMPTY"
        refused = seed.post("/v1/claim", m1.claim_body(macs=[mac_of("k8s-m2")], uuid="other"))
        assert refused.status == 507, refused.body
        assert seed.metric("store_failures_total") == 2
        assert m1.report({"step": "link", "state": "running"}).status == 200
        os.unlink(inside + "/filler")
        reply = m1.move("reserve")
        assert reply.status == 200 and reply.json["token"] == 1, reply.body
    finally:
        seed.__exit__(None)


# Whatever the limits of who started them: keys, tickets and tokens are in their memory.
def test_a_crash_leaves_no_core():
    pattern = open("/proc/sys/kernel/core_pattern").read()
    if pattern.startswith("|"):
        return "skipped: core files go to a program here: %s" % pattern.strip()
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]

    def dumps(arguments, ready):
        unlimited = lambda: resource.setrlimit(resource.RLIMIT_CORE, (limit, limit))
        process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=seed.dir, text=True, preexec_fn=unlimited)
        ready(process)
        process.send_signal(signal.SIGSEGV)
        status = os.waitpid(process.pid, 0)[1]
        process.stderr.close()
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGSEGV, status
        return os.WCOREDUMP(status)

    def said(process):
        assert any("ready" in line for line in process.stderr)

    with Seed() as seed, socket.create_server(("127.0.0.1", 0)) as silent:
        seed.stop()
        assert dumps(["sh", "-c", "echo ready >&2; exec sleep 10"], said) or not limit  # others leave one
        assert not dumps(seed.arguments(), said)
        fetch = ["fetch", "--seed", "http://127.0.0.1:%d" % silent.getsockname()[1], "--sha256", "0" * 64, "--size", "9", "--folder", seed.dir]
        assert not dumps([os.path.join(TOP, "build", "seed-agent")] + fetch, lambda process: silent.accept())
        seed.start()
