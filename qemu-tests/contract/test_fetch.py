# SPDX-License-Identifier: Apache-2.0
# The agent's fetching of a layer from the real seed server: whole, gone on with, wrong, damaged on the disk, unknown, cut off.
import hashlib
import os
import socket
import subprocess
import threading
import time

import seed as contract
from seed import Seed

DATA = os.urandom(5 << 20)
HEX = hashlib.sha256(DATA).hexdigest()
AGENT = os.path.join(os.path.dirname(contract.SERVER), "seed-agent")


def stocked(content=DATA):
    seed = Seed()
    with open(seed.dir + "/artifacts/sha256/" + HEX, "wb") as file:
        file.write(content)
    os.mkdir(seed.dir + "/layers")
    return seed


def fetch(seed, url=None, size=len(DATA), sha256=HEX):
    return subprocess.run([AGENT, "fetch", "--seed", url or "http://127.0.0.1:%d" % seed.port, "--sha256", sha256, "--size", str(size), "--folder", seed.dir + "/layers"],
                          capture_output=True, text=True, timeout=60)


def layer(seed):
    with open(seed.dir + "/layers/" + HEX, "rb") as file:
        return file.read()


def served(seed):
    return seed.metric("artifact_bytes_total")


def test_a_layer_is_fetched_once():
    with stocked() as seed:
        assert fetch(seed).returncode == 0 and layer(seed) == DATA
        before = served(seed)
        assert fetch(seed).returncode == 0 and served(seed) == before
        assert os.listdir(seed.dir + "/layers") == [HEX]


def test_a_part_is_gone_on_with():
    with stocked() as seed:
        with open(seed.dir + "/layers/.%s.part" % HEX, "wb") as file:
            file.write(DATA[:3 << 20])
        before = served(seed)
        assert fetch(seed).returncode == 0 and layer(seed) == DATA
        assert served(seed) - before == 2 << 20


def test_a_damaged_part_is_fetched_anew():
    with stocked() as seed:
        with open(seed.dir + "/layers/.%s.part" % HEX, "wb") as file:
            file.write(b"x" * (1 << 20))
        done = fetch(seed)
        assert done.returncode == 0 and layer(seed) == DATA
        assert "fetching it once more" in done.stderr


def test_wrong_bytes_are_fetched_twice_and_leave_nothing():
    wrong = bytearray(DATA)
    wrong[1234567] ^= 1
    with stocked(wrong) as seed:
        before = served(seed)
        done = fetch(seed)
        assert done.returncode == 1 and HEX[:12] in done.stderr and "make layers" in done.stderr
        assert served(seed) - before == 2 * len(DATA)
        assert os.listdir(seed.dir + "/layers") == []


def test_a_longer_layer_is_refused():
    with stocked(DATA + b"more") as seed:
        done = fetch(seed)
        assert done.returncode == 1 and "longer than the %d bytes" % len(DATA) in done.stderr
        assert os.listdir(seed.dir + "/layers") == []


def test_a_layer_that_the_seed_does_not_have():
    with stocked() as seed:
        os.unlink(seed.dir + "/artifacts/sha256/" + HEX)
        done = fetch(seed)
        assert done.returncode == 1 and "status 404" in done.stderr


def test_a_killed_agent_goes_on():
    with stocked() as seed:
        command = [AGENT, "fetch", "--seed", "http://127.0.0.1:%d" % seed.port, "--sha256", HEX, "--size", str(len(DATA)), "--folder", seed.dir + "/layers"]
        for delay in (0.002, 0.004, 0.008, 0.016):
            process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            threading.Timer(delay, process.kill).start()
            process.wait()
            time.sleep(delay)
        assert fetch(seed).returncode == 0 and layer(seed) == DATA


def test_a_seed_that_is_away_is_asked_again():
    with stocked() as seed:
        port = seed.port
        seed.stop()
        started = time.monotonic()
        done = fetch(seed, "http://127.0.0.1:%d" % port)
        assert done.returncode == 1 and "127.0.0.1:%d" % port in done.stderr
        assert time.monotonic() - started > 4


def test_an_agent_asks_no_proxy():
    with stocked() as seed, socket.create_server(("127.0.0.1", 0)) as proxy:
        url = "http://127.0.0.1:%d" % proxy.getsockname()[1]
        env = {**os.environ, **{name: url for name in ("http_proxy", "https_proxy", "all_proxy", "ALL_PROXY")}}
        address = "http://127.0.0.1:%d" % seed.port
        done = subprocess.run([AGENT, "fetch", "--seed", address, "--sha256", HEX, "--size", str(len(DATA)), "--folder", seed.dir + "/layers"], env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 and layer(seed) == DATA, done
        status = subprocess.run([os.path.join(contract.TOP, "build", "seedctl"), "status", "--seed", address], env=env, capture_output=True, text=True, timeout=60)
        assert status.returncode == 0, status
        proxy.settimeout(0)
        try:
            proxy.accept()
        except BlockingIOError:
            pass
        else:
            raise AssertionError("the proxy was asked")
        # and curl, which obeys these, is caught so
        subprocess.run(["curl", "--silent", "--max-time", "1", address + "/healthz"], env=env)
        proxy.settimeout(5)
        proxy.accept()[0].close()
