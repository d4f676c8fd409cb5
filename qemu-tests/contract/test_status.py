# SPDX-License-Identifier: Apache-2.0
# `seedctl status` against the real server.
import json
import os
import pty
import re
import subprocess
import termios

from seed import NODES, TOP, Seed

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))


def status(seed, *arguments):
    url = "http://127.0.0.1:%d" % seed.port
    return subprocess.run([SEEDCTL, "status", "--seed", url, *arguments], capture_output=True, text=True, timeout=120)


def missing():
    return None if os.access(SEEDCTL, os.X_OK) else "skipped: %s is not built" % SEEDCTL


def test_status_shows_one_line_a_machine():
    if missing():
        return missing()
    with Seed() as seed:
        seed.agent("k8s-n1").report({"step": "layers", "state": "running", "message": "a\u001b[31m\u009bb", "bytes": 2500000})
        result = status(seed)
        lines = result.stdout.splitlines()
        assert result.returncode == 0 and len(lines) == 1 + len(NODES), result
        line = next(text for text in lines if text.startswith("k8s-n1"))
        assert "layers" in line and "2.5 MB" in line and "a?[31m?b" in line, line
        assert "silent" in next(text for text in lines if text.startswith("k8s-g2"))
        assert len(json.loads(status(seed, "--json").stdout)["nodes"]) == len(NODES)


def test_status_watch_ends_when_every_machine_is_ready():
    if missing():
        return missing()
    with Seed() as seed:
        agents = [seed.agent(name) for name, _, _ in NODES]
        url = "http://127.0.0.1:%d" % seed.port
        watch = subprocess.Popen([SEEDCTL, "status", "--seed", url, "--watch", "--timeout", "30"],
                                 stdout=subprocess.PIPE, text=True)
        for _ in NODES:  # the first picture; then it waits for events
            assert "silent" in watch.stdout.readline()
        for agent in agents[:-1]:
            agent.report({"step": "ready", "state": "ready"})
        seed.wait_parked(1)
        assert watch.poll() is None
        agents[-1].report({"step": "ready", "state": "ready"})
        rest = watch.stdout.read()
        watch.stdout.close()
        assert watch.wait(10) == 0 and rest.count("\n") == len(NODES), rest


def on_terminal(seed, columns, rows, **environment):
    parent, child = pty.openpty()
    termios.tcsetwinsize(child, (rows, columns))
    env = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "linux", **environment}
    try:
        subprocess.run([SEEDCTL, "status", "--seed", "http://127.0.0.1:%d" % seed.port, "--watch", "--timeout", "2"], stdout=child, stderr=subprocess.DEVNULL,
                       env=env, timeout=120)
        text = b""
        os.set_blocking(parent, False)
        while True:
            try:
                text += os.read(parent, 65536)
            except BlockingIOError:
                return text.decode()
    finally:
        os.close(child)
        os.close(parent)


def test_status_watch_is_a_table_on_a_terminal():
    if missing():
        return missing()
    with Seed() as seed:
        seed.agent("k8s-n1").report({"step": "layers", "state": "running", "message": "x" * 200, "bytes": 250, "total": 1000})
        seed.agent("k8s-m1").report({"step": "disk", "state": "failed", "message": "none\u001b[2J", "code": "SR-DISK-NONE"})
        text = on_terminal(seed, 100, 24)
        assert "\033[H" in text and "[##........]  25% xxx" in text and "\033[31mk8s-m1" in text and "[SR-DISK-NONE] none?[2J" in text, text
        lines = re.sub(r"\033\[[0-9;]*[a-zA-Z]", "", text.split("\033[H")[-1]).replace("\r", "").splitlines()
        assert max(map(len, lines)) == 100 and len(lines) == 3 + len(NODES), lines
        assert "\033[3" not in on_terminal(seed, 100, 24, NO_COLOR="1")
        assert "\033" not in on_terminal(seed, 100, 24, TERM="dumb")
        assert "and 5 more" in on_terminal(seed, 100, 6)
        result = status(seed, "--watch", "--timeout", "1", "--json")  # for programs, whatever the output is
        assert [len(json.loads(line)["nodes"]) for line in result.stdout.splitlines()] == [len(NODES)] and result.returncode == 1, result
        assert "[SR-DISK-NONE]" in status(seed).stdout and "\033" not in status(seed).stdout


def test_status_watch_says_who_it_waited_for():
    if missing():
        return missing()
    with Seed() as seed:
        seed.agent("k8s-m1").report({"step": "disk", "state": "failed", "message": "two candidates"})
        result = status(seed, "--watch", "--timeout", "1")
        assert result.returncode == 1 and "k8s-m1" in result.stderr and "disk" in result.stderr, result
        assert status(seed, "--timeout", "1").returncode == 2
        assert status(seed, "--wacth").returncode == 2
        seed.stop()
        away = status(seed)
        assert away.returncode == 1 and "start seed-server" in away.stderr, away
        seed.start()
