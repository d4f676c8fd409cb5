# SPDX-License-Identifier: Apache-2.0
# Claims, role documents, and the operator's calls about them.
import hashlib

import subprocess

from seed import HASH_A, Later, Seed, mac_of, site_document
from test_admin import admin
from tls import SEEDCTL

OTHER_UUID = "4c4c4544-0042-3510-8052-b4c04f4e4d32"


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
        for change in ({"key": "d" * 64}, {"uuid": OTHER_UUID}, {"uuid": ""}):
            reply = seed.post("/v1/claim", m1.claim_body(**change))
            assert reply.status == 409 and reply.code == "claim_conflict", reply.body
            assert '/v1/admin/forget {"hostname":"k8s-m1"}' in reply.json["error"]["remedy"]
        stolen = m1.claim_body(macs=[mac_of("k8s-m2")], key="e" * 64)
        reply = seed.post("/v1/claim", stolen)  # the UUID is k8s-m1's
        assert reply.status == 409 and "is that of k8s-m1, which claimed before" in reply.json["error"]["message"], reply.body
        explained = subprocess.run([SEEDCTL, "explain", "--admin-socket", seed.state + "/admin.sock", "k8s-m2"], capture_output=True, text=True).stdout
        assert "its claim is refused: its UUID" in explained and "k8s-m1" in explained, explained
        assert 'forget {"hostname":"k8s-m1"}' in reply.json["error"]["remedy"]  # and the remedy works
        both = m1.claim_body(macs=[mac_of("k8s-m2"), mac_of("k8s-m3")], uuid=OTHER_UUID)
        assert seed.post("/v1/claim", both).status == 409
        assert seed.metric("claims") == 1 and seed.metric("claims_refused_total") >= 4 and seed.metric("claims_disputed_total") == 1
        assert admin(seed.state + "/admin.sock", "forget", "k8s-m1").returncode == 0
        assert seed.post("/v1/claim", stolen).status == 201


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


# One vendor, two machines: what its firmware has in both is no identity.
def test_uuid_that_firmware_left_blank_binds_nothing():
    for blank in ("FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF", "03000200-0400-0500-0006-000700080009", "00020003-0004-0005-0006-000700080009",
                  "12345678-1234-5678-90ab-cddeefaabbcc", "12345678-1234-5678-1234-567812345678", "Not-Settable", "To be filled by O.E.M.", "None",
                  "fefefefe-fefe-fefe-fefe-fefefefefefe", "00010203-0405-0607-0809-0A0B0C0D0E0F", "01234567-89ab-cdef-0123-456789abcdef", ""):
        with Seed() as seed:
            for host in ("k8s-n1", "k8s-n2"):
                body = {"macs": [mac_of(host)], "uuid": blank, "serial": "", "key": host.encode().hex().ljust(64, "0")}
                assert seed.post("/v1/claim", body).status == 201, blank


def test_a_machine_must_be_the_one_that_the_site_names():
    with Seed() as seed:
        document = site_document()
        document["nodes"][0].update(uuid=OTHER_UUID.upper(), serial="SN 7")
        seed.write_site(document)
        seed.wait_log("changed")
        good = {"macs": [mac_of("k8s-m1")], "uuid": OTHER_UUID, "serial": "SN 7", "key": "a" * 64}
        for change, why in (({"uuid": OTHER_UUID[:-1] + "3"}, "another UUID"), ({"uuid": ""}, "another UUID"), ({"serial": "SN 8"}, "another serial number"), ({"serial": ""}, "another serial number")):
            reply = seed.post("/v1/claim", dict(good, **change))
            assert (reply.status, reply.code) == (409, "claim_conflict") and why in reply.json["error"]["message"], reply.body
        assert seed.post("/v1/claim", good).status == 201 and seed.post("/v1/claim", dict(good, serial="x")).status == 409


# What a stranger could claim a name with is for the operator alone.
def test_readers_see_no_hardware():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        words = "eth0 %s, %s, vda (serial S4EW 1, 8.5 GB, empty)" % (mac_of("k8s-m1"), OTHER_UUID)
        assert m1.report({"step": "link", "state": "failed", "message": words, "tail": words}).status == 200
        for path in ("/v1/nodes", "/v1/events", "/v1/rack", "/metrics"):
            told, operators = seed.get(path).body.decode(), seed.get(path, admin=True).body.decode()
            assert mac_of("k8s-m1") not in told and OTHER_UUID not in told and "S4EW" not in told, told
            assert path in ("/v1/rack", "/metrics") or mac_of("k8s-m1") in operators, operators
        assert "eth0 [MAC], [UUID], vda (serial [serial]" in seed.get("/v1/events").body.decode()


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
