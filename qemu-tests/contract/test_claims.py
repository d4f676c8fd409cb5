# SPDX-License-Identifier: Apache-2.0
# Claims, role documents, and the operator's calls about them.
import hashlib

from seed import HASH_A, Later, Seed, mac_of, site_document
from test_admin import admin


def test_claim_is_new_then_the_same():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        again = seed.post("/v1/claim", m1.claim_body())
        assert again.status == 200
        assert again.json == {"claim": m1.claim, "hostname": "k8s-m1", "role": "master", "mac": mac_of("k8s-m1")}
        assert len(m1.claim) == 32 and int(m1.claim, 16)
        assert seed.agent("k8s-n1").claim != m1.claim


def test_claim_conflicts():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        for change in ({"key": "d" * 64}, {"uuid": "another"}, {"uuid": ""}):
            reply = seed.post("/v1/claim", m1.claim_body(**change))
            assert reply.status == 409 and reply.code == "claim_conflict", reply.body
            assert '/v1/admin/forget {"hostname":"k8s-m1"}' in reply.json["error"]["remedy"]
        stolen = m1.claim_body(macs=[mac_of("k8s-m2")], key="e" * 64)
        assert seed.post("/v1/claim", stolen).status == 409  # the UUID is k8s-m1's
        both = m1.claim_body(macs=[mac_of("k8s-m2"), mac_of("k8s-m3")], uuid="new")
        assert seed.post("/v1/claim", both).status == 409
        assert seed.metric("claims") == 1


def test_of_two_machines_with_one_mac_neither_makes_the_cluster_until_the_operator_decides():
    with Seed() as seed:
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        reserved = m1.move("reserve").json
        assert seed.post("/v1/claim", m1.claim_body(key="d" * 64)).status == 409
        for reply in (m1.move("begin", reserved), m1.move("reserve")):
            assert reply.status == 403 and reply.code == "disputed" and "/v1/admin/approve" in reply.json["error"]["remedy"], reply.body
        assert m1.move("renew", reserved).status == 200 and m2.move("reserve").status == 409  # the record stays whose it is
        assert admin(seed.state + "/admin.sock", "approve", "k8s-m1").returncode == 0
        begun = m1.move("begin", reserved)
        assert begun.status == 200, begun.body
        assert seed.post("/v1/claim", m1.claim_body(key="d" * 64)).status == 409
        assert m1.move("commit", begun.json, ca_hash=HASH_A).status == 200  # what was begun is ended


def test_a_disputed_machine_may_be_forgotten():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        other = m1.claim_body(key="d" * 64)
        assert seed.post("/v1/claim", other).status == 409 and m1.move("reserve").status == 403
        assert admin(seed.state + "/admin.sock", "forget", "k8s-m1").returncode == 0
        reply = seed.post("/v1/claim", other)
        assert reply.status == 201
        m1.claim = reply.json["claim"]
        assert m1.move("reserve").status == 200


def test_uuid_that_firmware_left_blank_binds_nothing():
    with Seed() as seed:
        blank = "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF"
        for host in ("k8s-n1", "k8s-n2"):
            body = {"macs": [mac_of(host)], "uuid": blank, "serial": "", "key": host.encode().hex().ljust(64, "0")}
            assert seed.post("/v1/claim", body).status == 201


def test_unknown_mac():
    with Seed() as seed:
        reply = seed.post("/v1/claim", {"macs": ["52:54:00:00:00:99"], "uuid": "u", "serial": "", "key": "a" * 64})
        assert reply.status == 404 and reply.code == "unknown_mac"
        assert "52:54:00:00:00:99" in reply.json["error"]["remedy"]


def test_malformed_claims():
    with Seed() as seed:
        good = {"macs": [mac_of("k8s-m1")], "uuid": "u", "serial": "s", "key": "a" * 64}
        for change in ({"macs": []}, {"macs": "x"}, {"macs": ["52:54"]}, {"macs": [1]}, {"key": "a"}, {"key": "A" * 64},
                       {"macs": [mac_of("k8s-m1")] * 129}, {"uuid": "u" * 65}, {"serial": "s" * 65}, {"key": None},
                       {"uuid": 5}, {"serial": []}):
            reply = seed.post("/v1/claim", dict(good, **change))
            assert reply.status == 400 and reply.code == "invalid", (change, reply.body)
        reply = seed.post("/v1/claim", dict(good, seriall="x"))
        assert reply.status == 400 and "seriall" in reply.json["error"]["message"]
        assert "`serial`" in reply.json["error"]["remedy"]


def test_claim_header_is_needed():
    with Seed() as seed:
        for method, path in (("GET", "/v1/role"), ("GET", "/v1/bootstrap"), ("POST", "/v1/bootstrap/reserve"),
                             ("POST", "/v1/tickets"), ("GET", "/v1/tickets/x"), ("GET", "/v1/tickets/pending"),
                             ("PUT", "/v1/tickets/x"), ("POST", "/v1/tickets/x/done"), ("POST", "/v1/events")):
            for headers in ({}, {"Seedrack-Claim": "0" * 32}):
                reply = seed.request(method, path, {} if method != "GET" else None, headers=headers)
                assert reply.status == 401 and reply.code == "unknown_claim", (method, path, reply.body)


def test_role_and_its_etag():
    with Seed() as seed:
        m1, n1 = seed.agent("k8s-m1"), seed.agent("k8s-n1")
        role = m1.get("/v1/role")
        assert role.status == 200 and b"k8s-m1" in role.body
        assert role.headers["ETag"] == '"%s"' % hashlib.sha256(role.body).hexdigest()
        assert m1.get("/v1/role").body == role.body
        assert m1.get("/v1/role", headers={"If-None-Match": role.headers["ETag"]}).status == 304
        assert n1.get("/v1/role").body != role.body


def test_role_long_poll_wakes_on_a_new_site():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        etag = m1.get("/v1/role").headers["ETag"]
        poll = Later(m1.get, "/v1/role?wait=60", headers={"If-None-Match": etag})
        seed.wait_parked(1)
        network = dict(site_document()["network"], nameservers=["172.22.132.5"])
        seed.write_site(site_document(network=network))
        reply = poll.result()
        assert reply.status == 200 and reply.headers["ETag"] != etag
        timed_out = m1.get("/v1/role?wait=1", headers={"If-None-Match": reply.headers["ETag"]})
        assert timed_out.status == 304 and timed_out.body == b""


def test_forget_and_approve():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        assert seed.post("/v1/admin/forget", {"hostname": "k8s-m1"}).status == 403  # over TCP
        assert seed.post("/v1/admin/approve", {"hostname": "k8s-m1"}, admin=True).status == 200
        assert seed.post("/v1/admin/approve", {"hostname": "k8s-m2"}, admin=True).status == 404
        assert seed.post("/v1/admin/forget", {"hostname": "k8s-m2"}, admin=True).status == 404
        assert seed.post("/v1/admin/forget", {"hostname": "k8s-m1"}, admin=True).status == 200
        assert m1.get("/v1/role").status == 401
        assert seed.post("/v1/claim", m1.claim_body(key="d" * 64, uuid="new")).status == 201
        assert seed.post("/v1/admin/nothing", {}, admin=True).status == 404
