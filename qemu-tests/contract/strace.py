# SPDX-License-Identifier: Apache-2.0
# The system calls of a real program as points where it is killed, or where one call fails: strace(1) finds them and injects.
import os
import re
import subprocess


class Trace:
    """strace on a running process, from when it has attached until the process or the trace ends."""

    def __init__(self, pid, path, *options):
        self.path = path
        self.process = subprocess.Popen(["strace", "-o", path, *options, "-p", str(pid)], stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        assert "attached" in line, "strace: " + line + self.process.stderr.read()

    def stop(self):
        self.process.terminate()
        self.process.wait(10)
        self.process.stderr.close()

    def points(self):
        return points(self.path)


# The calls of a trace as (name, how many calls of that name there were before and with it): what `inject=…:when=` takes.
def points(path):
    seen, found = {}, []
    with open(path) as trace:
        for line in trace:
            match = re.match(r"(?:\d+ +)?(\w+)\(", line)
            if not match or match.group(1) in ("exit_group", "execve"):
                continue
            seen[match.group(1)] = seen.get(match.group(1), 0) + 1
            found.append((match.group(1), seen[match.group(1)], line))
    assert found, "an empty trace"
    return found


def inject(name, when, what):
    return ["-e", "trace=" + name, "-e", "inject=%s:%s:when=%d" % (name, what, when)]


def allowed():
    probe = subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True, text=True)
    assert probe.returncode == 0, "strace cannot trace here: " + probe.stderr
