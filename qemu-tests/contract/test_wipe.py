# SPDX-License-Identifier: Apache-2.0
# Grants to wipe a disk that carries somebody's data: one disk of one machine, once (docs/disks.md).
from seed import Seed, site_document

DISK = {"serial": "S-1", "wwn": "naa.5000", "found": "ext4 `home`"}


def granting(**disk):
    nodes = [dict(node, disk=disk) if node["hostname"] == "k8s-n1" else node for node in site_document()["nodes"]]
    return site_document(nodes=nodes)


def ask(agent, **changes):
    reply = agent.post("/v1/wipe", dict(DISK, **changes))
    return reply.status, reply.json["nonce"] if reply.status == 200 else reply.code


def done(agent):
    return agent.post("/v1/wipe/done", {"serial": DISK["serial"], "wwn": DISK["wwn"]}).status


def grant(seed, hostname="k8s-n1", **changes):
    return seed.post("/v1/admin/wipe-grant", dict({"hostname": hostname, "serial": "S-1"}, **changes), admin=True).status


def with_site(seed, document, agent):
    etag = agent.get("/v1/role").headers["ETag"]
    seed.write_site(document)
    assert agent.get("/v1/role?wait=10", headers={"If-None-Match": etag}).status == 200


def test_wipe_without_a_grant():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        reply = n1.post("/v1/wipe", DISK)
        assert reply.status == 409 and reply.code == "no_grant"
        assert '"disk": {"serial": "S-1", "wipe":' in reply.json["error"]["remedy"]
        assert ask(n1, serial="", wwn="") == (409, "other_disk")
        assert done(n1) == 200  # an empty disk owes nothing
        assert seed.post("/v1/wipe", DISK).status == 401


def test_wipe_once():
    with Seed() as seed:
        n1, n2 = seed.agent("k8s-n1"), seed.agent("k8s-n2")
        with_site(seed, granting(serial="S-1", wipe="nonce-01"), n1)
        assert "wipe" not in n1.get("/v1/role").json["node"]["disk"]
        assert ask(n1, serial="S-2") == (409, "other_disk")
        assert ask(n2) == (409, "no_grant")
        assert ask(n1) == (200, "nonce-01")
        assert ask(n1) == (200, "nonce-01")  # power was lost in between
        seed.kill()
        seed.start()
        assert ask(n1) == (200, "nonce-01")
        assert ask(n1, wwn="naa.6000") == (409, "grant_spent")
        assert done(n1) == 200 and done(n1) == 200
        assert ask(n1) == (409, "grant_spent")
        seed.kill()
        seed.start()
        assert ask(n1) == (409, "grant_spent")
        with_site(seed, granting(serial="S-1", wipe="nonce-02", model="M"), n1)
        assert ask(n1) == (200, "nonce-02")


def test_wipe_by_the_operators_call():
    with Seed() as seed:
        n1, n2 = seed.agent("k8s-n1"), seed.agent("k8s-n2")
        assert seed.post("/v1/admin/wipe-grant", {"hostname": "k8s-n1", "serial": "S-1"}).status == 403  # over TCP
        assert grant(seed, hostname="k8s-n7") == 404
        assert grant(seed, serial="") == 400 and grant(seed, serials="S-1") == 400
        assert grant(seed) == 200
        assert ask(n2) == (409, "no_grant") and ask(n1, serial="S-2") == (409, "no_grant")
        status, nonce = ask(n1)
        assert status == 200 and len(nonce) == 32
        assert done(n1) == 200
        assert ask(n1) == (409, "no_grant")


def test_malformed_wipes():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        for change in ({"serial": 1}, {"serial": "s" * 128}, {"wwn": None, "serial": []}, {"found": "f" * 256}, {"nonce": "x"}):
            reply = n1.post("/v1/wipe", dict(DISK, **change))
            assert reply.status == 400 and reply.code == "invalid", change
