# SPDX-License-Identifier: Apache-2.0
# The dashboard as the seed hands it out, and the calls that it makes. What it does in a browser: qemu-tests/dashboard.
import json
import os
import re
import socket
import time

from seed import KEY, NODES, TOKEN, TOP, Seed, mac_of, site_document
from tls import TlsSeed

FILES = sorted(os.listdir(os.path.join(TOP, "seed", "dashboard")))
JSON = {"Content-Type": "application/json"}


def test_every_file_is_served_as_it_is_and_shut_tight():
    with Seed() as seed:
        total = 0
        for name in FILES:
            reply = seed.get("/" if name == "index.html" else "/dashboard/" + name)
            with open(os.path.join(TOP, "seed", "dashboard", name), "rb") as f:
                assert reply.status == 200 and reply.body == f.read(), name
            total += len(reply.body)
            policy = dict(rule.split(" ", 1) for rule in reply.headers["Content-Security-Policy"].split("; "))
            assert policy["default-src"] == "'none'" and policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'", policy
            assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'", policy
            assert "unsafe" not in reply.headers["Content-Security-Policy"] and policy["require-trusted-types-for"] == "'script'"
            assert reply.headers["X-Content-Type-Options"] == "nosniff" and reply.headers["Referrer-Policy"] == "no-referrer"
            kind = {"html": "text/html", "css": "text/css", "js": "text/javascript"}[name.rsplit(".", 1)[1]]
            assert reply.headers["Content-Type"] == kind + "; charset=utf-8", name
            again = seed.get("/" if name == "index.html" else "/dashboard/" + name, headers={"If-None-Match": reply.headers["ETag"]})
            assert again.status == 304 and again.body == b"", name
        assert total <= 150 * 1024, total
        return "%d files, %.1f KiB" % (len(FILES), total / 1024)


def test_nothing_is_inline_or_from_elsewhere():
    for name in FILES:
        with open(os.path.join(TOP, "seed", "dashboard", name)) as f:
            text = f.read()
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|DOMParser", text), name
        if name == "index.html":
            assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?! type=\"module\" src=\")", text)
            assert set(re.findall(r'(?:src|href)="(?!#|data:,)([^"]+)"', text)) <= {"/dashboard/" + file for file in FILES}


# lib/step_names.def is the list of steps; the page has its own.
def test_the_page_knows_the_steps():
    with open(os.path.join(TOP, "lib", "step_names.def")) as definition, open(os.path.join(TOP, "seed", "dashboard", "model.js")) as model:
        names, page = re.findall(r"^STEP\((\w+)\)$", definition.read(), re.M), model.read()
    assert len(names) == 14 and names == json.loads(re.search(r"STEPS = (\[.*?\]);", page).group(1)), names
    assert names[:3] == json.loads(re.search(r"BOOT_STEPS = new Set\((\[.*?\])\)", page).group(1))


def test_what_is_no_file_of_it_is_404():
    with Seed() as seed:
        for path in ("/dashboard/", "/dashboard/index.htm", "/dashboard/..%2fsite.json", "/dashboard/a/b", "/dashboard/" + "a" * 200):
            assert seed.get(path).status == 404, path
        assert seed.post("/", {}).status == 405 and seed.get("/?x=1").status == 400


def test_the_rack_has_record_and_queue_without_secrets():
    with Seed() as seed:
        before = seed.get("/v1/rack").json
        assert (before["site"], before["release"], before["vip"], before["enrol"]) == ("contract", "v1.20.2", "172.22.132.10", "listed")
        assert before["tickets"] == [] and before["bootstrap"]["state"] == "EMPTY" and before["first_event"] == before["last_event"] == 0
        assert abs(before["now_ms"] - time.time() * 1000) < 5000 and before["started_ms"] <= before["now_ms"]
        m1, m2, n1 = (seed.agent(name) for name in ("k8s-m1", "k8s-m2", "k8s-n1"))
        m1.initialise()
        ticket = m2.post("/v1/tickets", {}).json["id"]
        n1.post("/v1/tickets", {})
        m1.get("/v1/tickets/pending?wait=5")
        m1.put("/v1/tickets/" + ticket, {"token": TOKEN, "certificate_key": KEY})
        text = seed.get("/v1/rack").body.decode()
        queue = {t["hostname"]: t for t in json.loads(text)["tickets"]}
        assert (queue["k8s-m2"]["state"], queue["k8s-m2"]["minter"], queue["k8s-m2"]["kind"]) == ("minted", "k8s-m1", "master")
        assert (queue["k8s-n1"]["state"], queue["k8s-n1"]["minter"]) == ("waiting", None)
        assert TOKEN not in text and KEY not in text and ticket not in text
        m2.post("/v1/tickets/" + ticket + "/done", {"ok": True})
        assert [t["hostname"] for t in seed.get("/v1/rack").json["tickets"]] == ["k8s-n1"]


def test_a_machine_is_the_operators_to_see():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        assert (seed.get("/v1/nodes/k8s-n1").status, seed.get("/v1/nodes/k8s-n1").code) == (403, "admin_only")
        node = seed.get("/v1/nodes/k8s-n1", admin=True).json
        assert node["claim"]["uuid"] == n1.claim_body()["uuid"] and node["held_etag"] is None and node["role"]["node"]["hostname"] == "k8s-n1"
        assert n1.claim not in json.dumps(node)
        etag = n1.get("/v1/role").headers["ETag"]
        node = seed.get("/v1/nodes/k8s-n1", admin=True).json
        assert '"%s"' % node["held_etag"] == etag == '"%s"' % node["role_etag"]
        document = json.loads(open(seed.site).read())
        document["nodes"][3]["labels"] = {"a": "b"}
        seed.write_site(document)
        seed.wait_log("changed")
        node = seed.get("/v1/nodes/k8s-n1", admin=True).json
        assert '"%s"' % node["held_etag"] == etag != '"%s"' % node["role_etag"]
        n1.get("/v1/role", headers={"If-None-Match": '"<script>'})
        assert seed.get("/v1/nodes/k8s-n1", admin=True).json["held_etag"] == node["role_etag"]  # it was given the new one
        assert seed.get("/v1/nodes/k8s-g1", admin=True).json["claim"] is None
        assert seed.get("/v1/nodes/none", admin=True).code == "unknown_node"


def test_who_is_the_operator_by_channel():
    with TlsSeed() as seed:
        m1 = seed.machine("k8s-m1").claimed()
        operator = (seed.pki + "/operator.crt", seed.pki + "/operator.key")
        for path in ("/", "/dashboard/main.js", "/v1/rack", "/v1/nodes/k8s-m1"):
            assert seed.plain("GET", path).code in ("tls_only", "admin_only"), path
        for certificate, is_operator in ((None, False), (m1.certificate, False), (operator, True)):
            rack = seed.get("/v1/rack", certificate=certificate).json
            assert rack["operator"] is is_operator and ("claims" in rack) is is_operator
            assert seed.get("/v1/nodes/k8s-m1", certificate=certificate).status == (200 if is_operator else 403)
        assert seed.get("/v1/rack", admin=True).json["operator"] is True
        seed.post("/v1/admin/deny", {"hostname": "k8s-m1"}, admin=True)
        assert seed.get("/v1/rack", certificate=operator).json["claims"] == [{"hostname": "k8s-m1", "state": "denied"}]


# Somebody else's page in the operator's browser, a name that was rebound to this address, a form, a sandboxed frame.
def test_another_sites_page_is_not_the_operator():
    with Seed() as seed:
        seed.agent("k8s-n1")
        own = {"Host": "127.0.0.1:9000", "Origin": "http://127.0.0.1:9000", "Sec-Fetch-Site": "same-origin", **JSON}
        for change in ({"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Sec-Fetch-Site": "none"},
                       {"Host": "evil.example:9000", "Origin": "http://evil.example:9000"}, {"Host": "localhost.evil.example", "Origin": "http://localhost.evil.example"},
                       {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}, {"Content-Type": "application/jsonx"}):
            reply = seed.post("/v1/admin/deny", {"hostname": "k8s-n1"}, headers={**own, **change}, admin=True)
            assert (reply.status, reply.code) == (403, "cross_site"), (change, reply.body)
        for headers in ({"Sec-Fetch-Site": "cross-site", "Host": "127.0.0.1"}, {"Sec-Fetch-Site": "same-origin", "Host": "evil.example"}):
            assert seed.get("/v1/nodes/k8s-n1", headers=headers, admin=True).code == "cross_site"
            assert seed.get("/v1/rack", headers=headers, admin=True).json["operator"] is False
        assert seed.request("OPTIONS", "/v1/admin/deny", headers=own, admin=True).status == 405  # no preflight is answered
        assert "Access-Control-Allow-Origin" not in seed.get("/v1/rack").headers
        for good in (own, {k: v for k, v in own.items() if k != "Sec-Fetch-Site"}, {}):
            assert seed.post("/v1/admin/deny", {"hostname": "k8s-n1"}, headers=good, admin=True).status == 200, good


def follow(seed, since=0):
    s = socket.create_connection(("127.0.0.1", seed.port), 10)
    s.sendall(b"GET /v1/events?since=%d HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n" % since)
    return s


def read_until(s, text):
    got = b""
    while text not in got:
        more = s.recv(65536)
        assert more, got
        got += more
    return got


def test_the_stream_tells_when_the_rack_has_other_news():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        with follow(seed) as s:
            assert b"retry: 1000" in read_until(s, b"retry")
            seed.wait_parked(1)
            m1.move("reserve")
            read_until(s, b"event: rack\ndata: {}\n\n")
            seed.wait_parked(1)
            m1.report({"step": "link", "state": "done"})
            assert b"event: rack" not in read_until(s, b'"link"')


def test_what_masters_say_of_vip_and_etcd():
    with Seed() as seed:
        m1, m2, n1 = seed.agent("k8s-m1"), seed.agent("k8s-m2"), seed.agent("k8s-n1")
        standings = lambda: [{**one, "age_ms": one["age_ms"] < 5000} for one in seed.get("/v1/rack").json["standings"]]
        assert standings() == []
        assert m2.post("/v1/standing", {"vip": False}).status == 200
        assert m1.post("/v1/standing", {"vip": True, "members": ["k8s-m1", ""]}).status == 200
        untold = {"size_mib": 0, "used_mib": 0, "quota_mib": 0, "full": False}
        one, two = {"hostname": "k8s-m1", "age_ms": True, "vip": True, "stale": "", "members": ["k8s-m1", ""], "certificates": {}, "etcd": untold, "ahead_ms": None}, {"hostname": "k8s-m2", "age_ms": True, "vip": False, "stale": "", "members": None, "certificates": {}, "etcd": untold, "ahead_ms": None}
        assert standings() == [one, two]
        assert n1.post("/v1/standing", {"vip": True}).code == "masters_only"
        for body in ({}, {"vip": 1}, {"vip": True, "members": "k8s-m1"}, {"vip": True, "members": ["</b>"]}, {"vip": True, "members": [1]},
                     {"vip": True, "members": ["a"] * 17}, {"vip": True, "x": 1}, {"vip": True, "stale": "dns"}, {"vip": True, "stale": 1}, {"vip": True, "members": ["a" * 64]},
                     {"vip": True, "certificates": ["ca"]}, {"vip": True, "certificates": {"ca": "soon"}}, {"vip": True, "certificates": {"ca": -1}}, {"vip": True, "certificates": {'c"a': 1}},
                     {"vip": True, "certificates": {"": 1}}, {"vip": True, "certificates": {f"c{n}": 1 for n in range(17)}},
                     {"vip": True, "etcd": 1}, {"vip": True, "etcd": {"size_mib": 1, "used_mib": 1}}, {"vip": True, "etcd": {"size_mib": 1, "used_mib": 1, "quota_mib": -1}},
                     {"vip": True, "etcd": {"size_mib": 1, "used_mib": 1.5, "quota_mib": 1}}, {"vip": True, "etcd": {"size_mib": 1, "used_mib": 1, "quota_mib": 2 ** 32}}):
            assert m1.post("/v1/standing", body).status == 400, body
        assert standings() == [one, two]
        m1.post("/v1/standing", {"vip": False, "members": []})
        assert standings()[0]["vip"] is False and standings()[0]["members"] == []
        m1.post("/v1/standing", {"vip": False, "stale": "api-server"})
        assert standings()[0]["stale"] == "api-server"
        stale = [line for line in seed.get("/metrics").body.decode().splitlines() if line.startswith("seedrack_stale_caches{") and line.endswith(" 1")]
        assert stale == ['seedrack_stale_caches{master="k8s-m1",part="api-server"} 1'], stale
        etcd = {"size_mib": 2048, "used_mib": 1500, "quota_mib": 2048, "full": True}
        assert m1.post("/v1/standing", {"vip": False, "etcd": etcd}).status == 200 and standings()[0]["etcd"] == etcd
        told = [line for line in seed.get("/metrics").body.decode().splitlines() if line.startswith("seedrack_etcd_")]
        assert told == ['seedrack_etcd_bytes{master="k8s-m1",of="size"} 2147483648', 'seedrack_etcd_bytes{master="k8s-m1",of="used"} 1572864000',
                        'seedrack_etcd_bytes{master="k8s-m1",of="quota"} 2147483648', 'seedrack_etcd_full{master="k8s-m1"} 1'], told
        assert seed.get("/v1/nodes", admin=True).json["first_certificate"] is None
        m2.post("/v1/standing", {"vip": False, "certificates": {"ca": 2111111111, "etcd-peer": 1800000000}})
        m1.post("/v1/standing", {"vip": False, "certificates": {"super-admin.conf": 1900000000}})
        assert seed.get("/v1/nodes", admin=True).json["first_certificate"] == {"hostname": "k8s-m2", "name": "etcd-peer", "ends": 1800000000}
        assert 'seedrack_certificate_expiry_seconds{machine="k8s-m2",name="ca"} 2111111111' in seed.get("/metrics").body.decode().splitlines()
        site = site_document()
        site["nodes"] = [node for node in site["nodes"] if node["hostname"] != "k8s-m2"]
        seed.write_site(site)
        seed.wait_log("changed")
        assert [one["hostname"] for one in standings()] == ["k8s-m1"]


def test_streams_are_bounded_and_given_back():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        held = [follow(seed) for _ in range(100)]
        for s in held:
            read_until(s, b"retry")
        with follow(seed) as one_more:
            answer = read_until(one_more, b"}")
            assert b" 503 " in answer.split(b"\r\n")[0] and b"too_many_streams" in answer
        assert n1.report({"step": "link", "state": "done"}).status == 200 and seed.get("/v1/rack").status == 200
        for s in held:
            read_until(s, b'"link"')
        for s in held[:50]:
            s.close()
        for _ in range(200):
            with follow(seed) as s:
                if b" 200 " in s.recv(4096).split(b"\r\n")[0]:
                    break
            n1.report({"step": "link", "state": "done"})  # writing is how it learns who went
        else:
            raise AssertionError("no stream was given back")
        for s in held:
            s.close()
        assert len(NODES) == len(seed.get("/v1/nodes").json["nodes"]) and mac_of("k8s-n1")


# As many as may be open at all wait for events, of addresses enough that no limit of one address helps; none of them shows a claim.
def test_a_crowd_that_waits_makes_room_at_once():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        held, slowest = [], 0

        def role():
            start = time.monotonic()
            assert m1.get("/v1/role", timeout=60).status == 200
            return time.monotonic() - start

        alone = max(role() for _ in range(20))
        try:
            for i in range(900):
                s = socket.socket()
                s.settimeout(10)
                s.bind(("127.0.0.%d" % (2 + i % 9), 0))
                s.connect(("127.0.0.1", seed.port))
                accept = b"Accept: text/event-stream\r\n" if i % 3 == 0 else b""
                s.sendall(b"GET /v1/events?since=0&wait=60 HTTP/1.1\r\nHost: x\r\n" + accept + b"\r\n")
                held.append(s)
                if i % 25 == 0:
                    slowest = max(slowest, role())
            assert slowest < max(1, 100 * alone), (slowest, alone)
            return "%d dismissed, a machine waited %.0f ms at most, %.0f before the crowd came" % (seed.metric("connections_dismissed_total"), slowest * 1000, alone * 1000)
        finally:
            for s in held:
                s.close()
