# SPDX-License-Identifier: Apache-2.0
# configs/systemd/seed-server.service: systemd accepts it, it gives little away, and the real server lives within it: as nobody, without a
# capability, with the system calls that the unit allows.
import os
import re
import subprocess

from seed import HASH_A, KEY, SERVER, TOKEN, TOP, Seed
from tls import TlsSeed

UNIT = os.path.join(TOP, "configs", "systemd", "seed-server.service")
NOBODY = 65534
EXPOSURE_MAX = 20  # tenths: systemd calls anything above 2.0 worse than "ok" at being closed


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True, timeout=60)


def unit_at(folder):
    with open(UNIT) as file:
        text = file.read().replace("/usr/local/sbin/seed-server", SERVER)
    path = folder + "/seed-server.service"
    with open(path, "w") as file:
        file.write(text)
    return path


def allowed():
    def group(name):
        found = set()
        for line in analyze("syscall-filter", name).stdout.splitlines()[1:]:
            word = line.strip()
            found |= group(word) if word.startswith("@") else set() if word.startswith("#") else {word}
        return found

    calls = set()
    with open(UNIT) as file:
        for line in re.findall(r"^SystemCallFilter=(.*)$", file.read(), re.MULTILINE):
            named = set().union(*map(group, line.removeprefix("~").split()))
            calls = calls - named if line.startswith("~") else calls | named
    assert "epoll_wait" in calls and "reboot" not in calls, sorted(calls)
    return calls


def test_systemd_accepts_the_unit_and_finds_little_to_attack():
    with Seed() as seed:
        path = unit_at(seed.dir)
        result = analyze("verify", "--man=no", path)
        assert result.returncode == 0 and not result.stderr, result
        result = analyze("security", "--offline=true", "--threshold=%d" % EXPOSURE_MAX, path)
        assert result.returncode == 0, result


def test_the_server_lives_as_nobody_within_the_unit():
    if os.geteuid() != 0:
        return "skipped: only root can become nobody"
    seed = TlsSeed()
    trace = seed.dir + "/trace"
    seed.wrap = ["strace", "-D", "-f", "-qq", "-o", trace, "setpriv", "--reuid=%d" % NOBODY, "--regid=%d" % NOBODY, "--clear-groups", "--no-new-privs",
                 "--inh-caps=-all", "--bounding-set=-all"]
    os.makedirs(seed.state, 0o700)
    for folder, _, files in os.walk(seed.dir):
        for name in [folder] + [os.path.join(folder, file) for file in files]:
            os.chown(name, NOBODY, NOBODY)
    with seed:
        with open("/proc/%d/status" % seed.process.pid) as status:
            text = status.read()
        assert re.search(r"Uid:\s+%d" % NOBODY, text) and re.search(r"CapPrm:\s+0+\n", text), text
        m1, n1 = seed.machine("k8s-m1").claimed(), seed.machine("k8s-n1").claimed()
        record = m1.move("reserve").json
        record = m1.move("begin", record).json
        m1.move("commit", record, ca_hash=HASH_A)
        ticket = n1.post("/v1/tickets", {}).json["id"]
        assert m1.get("/v1/tickets/pending").json["id"] == ticket
        assert m1.put("/v1/tickets/" + ticket, {"token": TOKEN}).status == 200
        reply = n1.get("/v1/tickets/" + ticket)
        assert reply.json["token"] == TOKEN and KEY not in str(reply.body)
        assert m1.report({"step": "link", "state": "running"}).status == 200
        with open(seed.dir + "/artifacts/boot/file", "w") as file:
            file.write("x" * 100000)
        assert len(seed.plain("GET", "/boot/file").body) == 100000
        assert seed.rearm().status == 200
        assert seed.get("/metrics").status == 200
        assert seed.stop() == 0
        with open(trace) as file:
            after_exec = file.read().split("seed-server\", [", 1)[1]
        made = set(re.findall(r"^\d+ +(\w+)\(", after_exec, re.MULTILINE))
        assert {"accept4", "fdatasync"} & made and not made - allowed(), "not in the unit's filter: %s" % sorted(made - allowed())
