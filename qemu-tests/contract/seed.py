# SPDX-License-Identifier: Apache-2.0
# A real seed-server on a port of the kernel's choice with a temporary state, and clients that speak to it.
import hashlib
import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import uuid

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SERVER = os.environ.get("SEED_SERVER", os.path.join(TOP, "build", "seed-server"))
PINS = os.path.join(TOP, "configs", "releases", "v1.20.2.json")
HASH_A, HASH_B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
TOKEN, KEY = "abcdef.0123456789abcdef", "c" * 64
NODES = [("k8s-m1", "master", 11), ("k8s-m2", "master", 12), ("k8s-m3", "master", 13), ("k8s-n1", "worker", 21),
         ("k8s-n2", "worker", 22), ("k8s-g1", "worker", 31), ("k8s-g2", "worker", 32)]


def mac_of(hostname):
    return "52:54:00:84:00:%02d" % next(n for name, _, n in NODES if name == hostname)


def site_document(**changes):
    site = {
        "site": "contract", "release": "v1.20.2", "runtime": "docker",
        "cluster": {"name": "k8s-ha", "control_plane_endpoint": "172.22.132.10:8443", "pod_subnet": "10.244.0.0/16",
                    "service_subnet": "10.96.0.0/12", "dns_domain": "cluster.local"},
        "network": {"gateway": "172.22.132.1", "nameservers": [], "seed": "http://172.22.132.1:8080"},
        "vip": {"address": "172.22.132.10", "virtual_router_id": 51, "style": "conf"},
        "haproxy": {"bind_port": 8443, "stats_port": 9090},
        "cni": {"type": "bridge"},
        "nodes": [{"hostname": name, "role": role, "mac": mac_of(name), "address": "172.22.132.%d/24" % n}
                  for name, role, n in NODES],
    }
    site.update(changes)
    return site


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json["error"]["code"]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Seed:
    def __init__(self, wrap=()):
        self.dir = tempfile.mkdtemp(prefix="seedrack-contract.")
        self.state = os.path.join(self.dir, "state")
        self.site = os.path.join(self.dir, "site", "site.json")
        self.wrap, self.process, self.port = list(wrap), None, 0
        os.makedirs(os.path.dirname(self.site))
        os.makedirs(os.path.join(self.dir, "artifacts", "sha256"))
        os.makedirs(os.path.join(self.dir, "artifacts", "boot"))
        self.write_site(site_document())
        with open(os.path.join(self.dir, "layers.json"), "w") as f:
            roles = {"runtime": ["master", "worker"], "kubernetes": ["master", "worker"], "control-plane": ["master"]}
            json.dump({"release": "v1.20.2", "layers": [
                {"name": name, "sha256": str(i) * 64, "size": 1000 + i, "roles": r}
                for i, (name, r) in enumerate(roles.items())]}, f)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, failure, *_):
        code = self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)
        assert failure or code == 0, "seed-server ended with %d: %s" % (code, "".join(self.log))

    def write_site(self, document):
        text = document if isinstance(document, str) else json.dumps(document)
        with open(self.site + ".new", "w") as f:
            f.write(text)
        os.rename(self.site + ".new", self.site)

    def arguments(self, listen="127.0.0.1:0"):
        return [SERVER, "--site", self.site, "--release", PINS, "--layers", self.dir + "/layers.json", "--artifacts",
                self.dir + "/artifacts", "--state", self.state, "--listen", listen, "--port-file", self.dir + "/port"]

    # Returns when the server says that it is ready; its later lines are kept in self.log.
    def start(self):
        self.process = subprocess.Popen(self.wrap + self.arguments(), stderr=subprocess.PIPE, text=True)
        self.log, self.logged = [], threading.Condition()
        for line in self.process.stderr:
            self.log.append(line)
            if "ready on port" in line:
                break
        else:
            raise AssertionError("seed-server did not start: " + "".join(self.log))
        with open(self.dir + "/port") as f:
            ports = f.read().split()
        self.port, self.tls_port = int(ports[0]), int(ports[1]) if len(ports) > 1 else 0
        self.reader = threading.Thread(target=self.read_log, args=(self.process,), daemon=True)
        self.reader.start()

    def read_log(self, process):
        for line in process.stderr:
            with self.logged:
                self.log.append(line)
                self.logged.notify_all()

    # A sanitizer's shadow memory is not ours to measure.
    def instrumented(self):
        with open("/proc/%d/maps" % self.process.pid) as f:
            return "asan" in f.read()

    def wait_log(self, text, timeout=60):
        with self.logged:
            assert self.logged.wait_for(lambda: any(text in line for line in self.log), timeout), \
                "not logged: %s\n%s" % (text, "".join(self.log))

    def end(self, sig):
        if self.process and self.process.poll() is None:
            self.process.send_signal(sig)
        code = self.process.wait(60)
        self.reader.join(60)
        self.process.stderr.close()
        return code

    def stop(self):
        return self.end(signal.SIGTERM)

    def kill(self):
        return self.end(signal.SIGKILL)

    def connection(self, timeout):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, timeout=70, admin=False, **how):
        connection = UnixConnection(self.state + "/admin.sock", timeout) if admin else self.connection(timeout, **how)
        try:
            data = json.dumps(body) if isinstance(body, (dict, list)) else body
            connection.request(method, path, data, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, body, **kw):
        return self.request("POST", path, body, **kw)

    # Sends bytes and returns what comes back until the server closes; b"" when it closed without a word.
    def raw(self, data, timeout=60):
        with socket.create_connection(("127.0.0.1", self.port), timeout) as s:
            reply = b""
            try:
                s.sendall(data)
                while True:
                    got = s.recv(65536)
                    if not got:
                        return reply
                    reply += got
            except (BrokenPipeError, ConnectionResetError):
                return reply

    # Sends the beginning of something and goes away.
    def raw_cut(self, data):
        with socket.create_connection(("127.0.0.1", self.port), 10) as s:
            s.sendall(data)

    # A layer of these bytes; its name and the bytes.
    def artifact(self, data):
        name = hashlib.sha256(data).hexdigest()
        with open(os.path.join(self.dir, "artifacts", "sha256", name), "wb") as f:
            f.write(data)
        return name, data

    def metric(self, name):
        for line in self.get("/metrics").body.decode().splitlines():
            if line.rsplit(" ", 1)[0] == "seedrack_" + name:
                return json.loads(line.rsplit(" ", 1)[1])
        raise AssertionError("no metric " + name)

    # Returns once `n` long-polls are parked at the server: only then a change can be said to wake them.
    def wait_parked(self, n):
        for _ in range(2000):
            if self.metric("long_polls") >= n:
                return
        raise AssertionError("%d long-polls, %d expected" % (self.metric("long_polls"), n))

    def rearm(self):
        return self.post("/v1/admin/rearm", {"confirm": "contract"}, admin=True)

    def agent(self, hostname, key=None):
        return Agent(self, hostname, key)


class Agent:
    def __init__(self, seed, hostname, key=None):
        self.seed, self.hostname = seed, hostname
        self.key = key or ("%064x" % int.from_bytes(hostname.encode(), "big"))
        reply = seed.post("/v1/claim", self.claim_body())
        assert reply.status in (200, 201), reply.body
        self.claim = reply.json["claim"]

    def claim_body(self, **changes):
        body = {"macs": ["02:00:00:00:00:01", mac_of(self.hostname).upper()], "uuid": str(uuid.uuid5(uuid.NAMESPACE_DNS, self.hostname)),
                "serial": "SN1", "key": self.key}
        body.update(changes)
        return body

    def headers(self, extra=None):
        return {"Seedrack-Claim": self.claim, **(extra or {})}

    def get(self, path, headers=None, **kw):
        return self.seed.get(path, headers=self.headers(headers), **kw)

    def post(self, path, body, headers=None, **kw):
        return self.seed.post(path, body, headers=self.headers(headers), **kw)

    def put(self, path, body):
        return self.seed.request("PUT", path, body, headers=self.headers())

    def record(self):
        return self.get("/v1/bootstrap").json

    def move(self, transition, record=None, timeout_s=70, **changes):
        body = {"epoch": record["epoch"], "token": record["token"]} if record else {}
        body.update(changes)
        return self.post("/v1/bootstrap/" + transition, body, timeout=timeout_s)

    # From EMPTY to INITIALISED with HASH_A.
    def initialise(self):
        begun = self.move("begin", self.move("reserve").json)
        assert begun.status == 200, begun.body
        reply = self.move("commit", begun.json, ca_hash=HASH_A)
        assert reply.status == 200, reply.body
        return reply.json

    def report(self, *events):
        return self.post("/v1/events", {"events": [dict({"message": "", "seconds": 1.5, "at_ms": 1}, **e)
                                                   for e in events]})


class Later:
    """Runs a call in a thread; .result() waits for it."""

    def __init__(self, call, *args, **kw):
        self.value = self.failure = None
        self.thread = threading.Thread(target=self.run, args=(call, args, kw), daemon=True)
        self.thread.start()

    def run(self, call, args, kw):
        try:
            self.value = call(*args, **kw)
        except Exception as failure:
            self.failure = failure

    def result(self, timeout=60):
        self.thread.join(timeout)
        assert not self.thread.is_alive(), "no answer in %d s" % timeout
        if self.failure:
            raise self.failure
        return self.value
