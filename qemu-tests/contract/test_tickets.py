# SPDX-License-Identifier: Apache-2.0
# Join tickets: asked, taken, minted, delivered once; masters one at a time, workers in parallel.
from seed import HASH_A, KEY, TOKEN, Later, Seed


def cluster(seed):
    m1 = seed.agent("k8s-m1")
    m1.initialise()
    return m1


def take(master):
    reply = master.get("/v1/tickets/pending")
    return reply.json if reply.status == 200 else None


def mint(master, ticket):
    body = {"token": TOKEN}
    if ticket["kind"] == "master":
        body["certificate_key"] = KEY
    return master.put("/v1/tickets/" + ticket["id"], body)


def test_no_ticket_before_the_cluster_is_born():
    with Seed() as seed:
        reply = seed.agent("k8s-n1").post("/v1/tickets", {})
        assert reply.status == 409 and reply.code == "not_initialised"
        assert seed.agent("k8s-m1").get("/v1/tickets/pending").status == 204


def test_worker_ticket_from_asking_to_done():
    with Seed() as seed:
        m1, n1, n2 = cluster(seed), seed.agent("k8s-n1"), seed.agent("k8s-n2")
        pending = Later(m1.get, "/v1/tickets/pending?wait=60")
        seed.wait_parked(1)
        asked = n1.post("/v1/tickets", {})
        assert asked.status == 201 and asked.json["kind"] == "worker"
        path = "/v1/tickets/" + asked.json["id"]
        offered = pending.result(2)
        assert offered.json == {"id": asked.json["id"], "hostname": "k8s-n1", "kind": "worker", "rejoin": False, "ca_hash": HASH_A}
        waiting = n1.get(path)
        assert waiting.status == 202 and waiting.json == {"state": "assigned", "reason": ""}
        assert n2.get(path).status == 404  # the owner's only
        assert n1.get("/v1/tickets/pending").status == 403
        assert n1.put(path, {"token": TOKEN}).status == 403
        poll = Later(n1.get, path + "?wait=60")
        seed.wait_parked(1)
        assert mint(m1, offered.json).status == 200
        delivered = poll.result(2)
        assert delivered.status == 200
        assert delivered.json == {"token": TOKEN, "ca_hash": HASH_A, "control_plane_endpoint": "172.22.132.10:8443"}
        assert n1.get(path).status == 410  # once
        assert mint(m1, offered.json).status == 409
        assert n2.post(path + "/done", {"ok": True}).status == 404
        for _ in range(2):
            assert n1.post(path + "/done", {"ok": True}).status == 200


def test_a_worker_rejoins_and_keeps_its_node():
    with Seed() as seed:
        m1, m2, n1 = cluster(seed), seed.agent("k8s-m2"), seed.agent("k8s-n1")
        for body in ({"rejoin": 1}, {"rejoin": "yes"}, {"again": True}):
            assert n1.post("/v1/tickets", body).status == 400, body
        assert m2.post("/v1/tickets", {"rejoin": True}).status == 400  # a master has the CA's key
        asked = n1.post("/v1/tickets", {"rejoin": True})
        assert asked.status == 201
        assert take(m1) == {"id": asked.json["id"], "hostname": "k8s-n1", "kind": "worker", "rejoin": True, "ca_hash": HASH_A}
        asked = n1.post("/v1/tickets", {"rejoin": False}).json
        assert take(m1)["rejoin"] is False


def test_masters_are_served_one_at_a_time():
    with Seed() as seed:
        m1, m2, m3, n1 = cluster(seed), seed.agent("k8s-m2"), seed.agent("k8s-m3"), seed.agent("k8s-n1")
        worker = n1.post("/v1/tickets", {}).json
        first, second = m2.post("/v1/tickets", {}).json, m3.post("/v1/tickets", {}).json
        assert take(m2)["id"] != first["id"]  # not its own
        assert n1.post("/v1/tickets", {}).status == 201  # (and anew for the worker)
        m2.post("/v1/tickets/%s/done" % second["id"], {"ok": True})
        seed.stop(), seed.start()  # tickets live in memory only
        assert n1.get("/v1/tickets/" + worker["id"]).status == 404
        first, second = m2.post("/v1/tickets", {}).json, m3.post("/v1/tickets", {}).json
        worker = n1.post("/v1/tickets", {}).json
        assert take(m1)["id"] == first["id"]  # masters first
        assert take(m1)["id"] == worker["id"]  # the other master waits, the worker does not
        assert take(m1) is None
        assert mint(m1, first).status == 200
        delivered = m2.get("/v1/tickets/" + first["id"])
        assert delivered.status == 200 and delivered.json["certificate_key"] == KEY
        assert take(m1) is None
        pending = Later(m1.get, "/v1/tickets/pending?wait=60")
        seed.wait_parked(1)
        m2.post("/v1/tickets/%s/done" % first["id"], {"ok": True})
        assert pending.result(2).json["id"] == second["id"]
        again = m3.post("/v1/tickets", {}).json  # supersedes, and frees the slot
        assert m3.get("/v1/tickets/" + second["id"]).status == 410
        assert take(m1)["id"] == again["id"]


def test_failed_mint_is_offered_again_with_its_reason():
    with Seed() as seed:
        m1, m2, n1 = cluster(seed), seed.agent("k8s-m2"), seed.agent("k8s-n1")
        path = "/v1/tickets/" + n1.post("/v1/tickets", {}).json["id"]
        take(m1)
        assert m2.put(path, {"error": "x"}).status == 409
        assert m1.put(path, {"error": "etcd has <no> quorum"}).status == 200
        assert n1.get(path).json == {"state": "waiting", "reason": "k8s-m1: etcd has <no> quorum"}
        assert take(m2) is None  # not at once
        again = m2.get("/v1/tickets/pending?wait=10")
        assert again.status == 200 and again.json["hostname"] == "k8s-n1"


def test_malformed_tickets():
    with Seed() as seed:
        m1, n1 = cluster(seed), seed.agent("k8s-n1")
        ticket = n1.post("/v1/tickets", {}).json
        path = "/v1/tickets/" + ticket["id"]
        take(m1)
        for body in ({}, {"token": "x"}, {"token": TOKEN, "certificate_key": KEY}, {"token": TOKEN, "error": "x"},
                     {"token": 5}, {"tokn": TOKEN}, {"token": TOKEN, "certificate_key": "short"}):
            assert m1.put(path, body).status == 400, body
        assert n1.post("/v1/tickets", {"kind": "master"}).status == 400
        assert n1.post(path + "/done", {}).status == 400
        assert m1.put("/v1/tickets/" + "0" * 32, {"token": TOKEN}).status == 404
        assert mint(m1, ticket).status == 200


def test_ticket_is_not_lost_to_a_client_that_went_away():
    with Seed() as seed:
        import socket
        m1, n1 = cluster(seed), seed.agent("k8s-n1")
        gone = socket.create_connection(("127.0.0.1", seed.port))
        gone.sendall(b"GET /v1/tickets/pending?wait=60 HTTP/1.1\r\nHost: x\r\nSeedrack-Claim: %s\r\n\r\n"
                     % m1.claim.encode())
        seed.wait_parked(1)
        gone.close()
        ticket = n1.post("/v1/tickets", {}).json
        reply = m1.get("/v1/tickets/pending?wait=10")
        assert reply.status == 200 and reply.json["id"] == ticket["id"]


def test_any_master_sees_how_far_a_ticket_is_and_no_secret():
    with Seed() as seed:
        m1, m2, n1, n2 = cluster(seed), seed.agent("k8s-m2"), seed.agent("k8s-n1"), seed.agent("k8s-n2")
        path = "/v1/tickets/" + n1.post("/v1/tickets", {}).json["id"]

        def state():
            reply = m2.get(path + "/state")
            assert reply.status == 200 and list(reply.json) == ["state"], reply.body
            return reply.json["state"]
        seen = [state()]
        ticket = take(m1)
        seen.append(state())
        assert mint(m1, ticket).status == 200
        seen.append(state())
        assert n1.get(path).status == 200
        seen.append(state())
        assert n1.post(path + "/done", {"ok": False, "reason": "x"}).status == 200
        assert seen + [state()] == ["waiting", "assigned", "minted", "delivered", "done"]
        superseded = "/v1/tickets/" + n1.post("/v1/tickets", {}).json["id"]
        n1.post("/v1/tickets", {})
        assert m1.get(superseded + "/state").json == {"state": "void"}
        assert n1.get(path + "/state").status == n2.get(path + "/state").status == 403
        assert m1.get(path + "/state?wait=1").status == 400
        unknown = m1.get("/v1/tickets/" + "0" * 32 + "/state")
        assert unknown.status == 404 and unknown.code == "unknown_ticket"
        seed.stop(), seed.start()
        assert m1.get(path + "/state").status == 404  # nobody knows whether its joiner still needs the token


def test_rearm_voids_every_ticket():
    with Seed() as seed:
        m1, n1 = cluster(seed), seed.agent("k8s-n1")
        ticket = n1.post("/v1/tickets", {}).json
        poll = Later(n1.get, "/v1/tickets/%s?wait=60" % ticket["id"])
        seed.wait_parked(1)
        seed.rearm()
        assert poll.result(2).status == 410
        assert take(m1) is None


def test_secrets_are_not_on_disk_nor_in_the_log():
    with Seed() as seed:
        m1, m2 = cluster(seed), seed.agent("k8s-m2")
        ticket = m2.post("/v1/tickets", {}).json
        mint(m1, take(m1))
        assert m2.get("/v1/tickets/" + ticket["id"]).json["certificate_key"] == KEY
        seed.stop()
        import os
        for folder, _, names in os.walk(seed.state):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    text = f.read()
                assert TOKEN.encode() not in text and KEY.encode() not in text, name
        assert TOKEN not in "".join(seed.log) and KEY not in "".join(seed.log)
        seed.start()
