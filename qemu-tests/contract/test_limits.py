# SPDX-License-Identifier: Apache-2.0
# Oversize and malformed input, unknown routes, many clients, memory.
import json
import socket

from seed import NODES, Later, Seed


def test_oversize_bodies_are_413():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        reply = m1.post("/v1/events", b"x" * (64 * 1024 + 1))
        assert reply.status == 413 and reply.code == "too_large"
        assert m1.post("/v1/events", b" " * (64 * 1024)).status == 400  # at the limit: only not JSON
        chunk = b"%x\r\n%s\r\n" % (40000, b"x" * 40000)
        head = b"POST /v1/claim HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert b" 413 " in seed.raw(head + chunk * 2 + b"0\r\n\r\n").split(b"\r\n")[0]


def test_malformed_json():
    with Seed() as seed:
        for body in (b"", b"{", b"[]", b"null", b"{}{}", b'{"macs":1,"macs":2}', b"\xff\xfe", b'{"key":"\\u0000"}',
                     b"[" * 1000, b'{"a":' * 20 + b"1" + b"}" * 20):
            reply = seed.post("/v1/claim", body)
            assert reply.status == 400 and set(reply.json["error"]) == {"code", "message", "remedy"}, (body, reply.body)


def test_malformed_http():
    with Seed() as seed:
        close = b"Host: x\r\nConnection: close\r\n"
        for data in (b"GET\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + close + b"Content-Length: -5\r\n\r\n",
                     b"POST /v1/claim HTTP/1.1\r\n" + close + b"Content-Length: 99999999999999999999\r\n\r\n",
                     b"GET /" + b"a" * 40000 + b" HTTP/1.1\r\n" + close + b"\r\n",
                     b"GET / HTTP/1.1\r\n" + close + b"X-Long: " + b"a" * 40000 + b"\r\n\r\n",
                     b"GET / HTTP/1.1\r\n" + close + b"X: y\r\n" * 5000 + b"\r\n"):
            reply = seed.raw(data)
            assert not reply or b"HTTP/1.1 4" in reply.split(b"\r\n")[0], (data[:40], reply[:80])
        for data in (b"", b"\r\n\r\n", b"\x16\x03\x01\x02\x00\x01" + b"\0" * 200, b"GET / HT",
                     b"POST /v1/claim HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"):
            seed.raw_cut(data)
        assert seed.get("/healthz").status == 200


def test_unknown_routes_and_methods():
    with Seed() as seed:
        for method, path, status in (("GET", "/nothing", 404), ("GET", "/v1/", 404), ("GET", "/v1/tickets/", 404),
                                     ("DELETE", "/v1/role", 405), ("POST", "/v1/nodes", 405), ("GET", "/v1/claim", 405),
                                     ("GET", "/v1//nodes", 404), ("GET", "/v1/nodes/", 404), ("PUT", "/", 405),
                                     ("GET", "/v1/nodes?x=1", 400), ("GET", "/v1/tickets/a/b/done", 404)):
            reply = seed.request(method, path)
            assert reply.status == status and "remedy" in reply.json["error"], (method, path, reply.status)


def test_waits_are_capped_and_checked():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        for wait in ("-1", "x", "1.5", "", "99999999999999999999"):
            assert m1.get("/v1/bootstrap?wait=" + wait).status == 400, wait
        assert m1.get("/v1/bootstrap?version=1&wait=0").status == 200


def test_too_many_connections_do_not_stop_the_server():
    with Seed() as seed:
        held = []
        for _ in range(200):
            s = socket.create_connection(("127.0.0.1", seed.port), 10)
            held.append(s)
        for s in held:
            s.close()
        reply = None
        for _ in range(200):  # until it noticed that they are gone
            try:
                reply = seed.get("/healthz", timeout=5)
                break
            except OSError:
                continue
        assert reply and reply.status == 200


def test_a_request_in_small_pieces():
    with Seed() as seed:
        body = json.dumps({"macs": ["52:54:00:84:00:11"], "uuid": "u", "serial": "", "key": "a" * 64}).encode()
        data = b"POST /v1/claim HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        with socket.create_connection(("127.0.0.1", seed.port), 10) as s:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for i in range(len(data)):
                s.sendall(data[i:i + 1])
            assert b" 201 " in s.recv(4096).split(b"\r\n")[0]


def test_memory_with_seven_long_polls():
    with Seed() as seed:
        agents = [seed.agent(name) for name, _, _ in NODES]
        record = agents[0].initialise()
        polls = [Later(a.get, "/v1/bootstrap?version=%d&wait=60" % record["version"]) for a in agents]
        seed.wait_parked(7)
        for a in agents:
            a.get("/v1/role")
            for _ in range(10):
                a.report(*[{"step": "layers", "state": "running", "message": "m" * 400, "bytes": 1}] * 64)
        seed.rearm()
        for poll in polls:
            poll.result(2)
        with open("/proc/%d/status" % seed.process.pid) as f:
            peak = next(int(line.split()[1]) for line in f if line.startswith("VmHWM"))
        if not seed.instrumented():
            assert peak <= 16 * 1024, "peak RSS %d KiB" % peak
        return "peak RSS %.1f MiB" % (peak / 1024)
