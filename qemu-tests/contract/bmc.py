# SPDX-License-Identifier: Apache-2.0
# Real BMCs with IPMI: OpenIPMI's ipmi_sim on the loopback. What is powered is a file: a script of the simulator's configuration, as it wants one, writes it.
import os
import shutil
import socket
import subprocess
import tempfile
import time

from seed import TOP

USER, PASSWORD = "ADMIN", "f4rM-b3hind'the$`b"  # with what a shell would take apart; ipmi_sim takes no longer one
PING = bytes([6, 0, 0xFF, 6, 0, 0, 0x11, 0xBE, 0x80, 0, 0, 0])  # ASF presence ping (IPMI 2.0, 13.2.3)
IPMI = os.path.join(TOP, "qemu-tests", "lib", "ipmi")
CHASSIS = """#!/bin/sh
cd "%s" || exit 1
echo "$@" >>orders
[ "$1" = set ] && { echo "$3" >"$2"; exit; }
shift
for what in "$@"; do echo "$what:$(cat "$what")"; done
"""


def possible():
    return all(shutil.which(program) for program in ("ipmi_sim", "ipmitool"))


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Bmc:
    def __init__(self):
        self.dir, self.port = tempfile.mkdtemp(prefix="seedrack-bmc."), free_port()
        self.file("power", "0"), self.file("boot", "none"), self.file("orders", "")
        self.file("chassis", CHASSIS % self.dir, 0o755)
        with open(IPMI + "/lan.conf") as f:
            self.file("lan.conf", f.read().replace("@PORT@", str(self.port)).replace("@CHASSIS@", self.dir + "/chassis").replace("@PASSWORD@", PASSWORD))
        os.mkdir(self.dir + "/state")

    def file(self, name, text, mode=0o644):
        with open(os.path.join(self.dir, name), "w") as f:
            f.write(text)
        os.chmod(f.name, mode)

    def read(self, name):
        with open(os.path.join(self.dir, name)) as f:
            return f.read().strip()

    @property
    def orders(self):
        """What it was told to change."""
        return [line for line in self.read("orders").splitlines() if line.startswith("set ")]

    def __enter__(self):
        self.process = subprocess.Popen(["ipmi_sim", "-n", "-c", self.dir + "/lan.conf", "-f", IPMI + "/commands", "-s", self.dir + "/state"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 30
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.connect(("127.0.0.1", self.port))
            while True:
                assert self.process.poll() is None and time.monotonic() < end, self.process.stderr.read()
                try:
                    s.send(PING)
                    s.recv(64)
                    return self
                except OSError:
                    continue

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait(10)
        self.process.stderr.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def node(self, **changes):
        return dict({"type": "ipmi", "address": "127.0.0.1", "port": self.port, "user": USER, "secret": "bmc"}, **changes)
