# SPDX-License-Identifier: Apache-2.0
# seedctl retire: who leaves the cluster for good, what is asked before, and that nothing with its key or MAC comes back without the operator.
import os
import pty
import sqlite3
import subprocess

from seed import TOP, Agent, Later, Seed, mac_of, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
OWN = ("stop", "wipe")
STEPS = ("data", "drain", "stop", "member", "node", "wipe", "deny")


def seedctl(seed, *words, **how):
    return subprocess.run([SEEDCTL, *words, "--admin-socket", seed.state + "/admin.sock"], capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, **how)


def born(seed, *others):
    machines = [seed.agent(name) for name in ("k8s-m1", "k8s-m2", "k8s-m3") + others]
    machines[0].initialise()
    return machines


def record(seed):
    return seed.get("/v1/rack").json["maintenance"]


def opened(seed, *words):
    """The order is open when seedctl waits for a master's look."""
    begun = Later(seedctl, seed, "retire", *words)
    seed.wait_log("maintenance: RUNNING retire")
    return begun


def helped(speaker, seed, step):
    return speaker.post("/v1/maintenance/helped", {"token": record(seed)["token"], "step": step})


def through(seed, helper, machine, steps=STEPS):
    for step in steps:
        assert record(seed)["step"] == step, record(seed)
        assert helped(machine if step in OWN else helper, seed, step).status == 200, step


def hostnames(seed):
    return [node["hostname"] for node in seed.get("/v1/nodes").json["nodes"]]


def test_one_leaves_for_good():
    with Seed() as seed:
        m1, _, _, n1 = born(seed, "k8s-n1")
        begun = opened(seed, "k8s-n1")
        assert helped(n1, seed, "data").code == "not_holder"  # of its own end it says only what it does itself
        assert helped(m1, seed, "data").status == 200
        result = begun.result()
        assert result.returncode == 0 and result.stdout.startswith("retire: RUNNING, k8s-n1: drain for "), result
        through(seed, m1, n1, STEPS[1:3])
        assert n1.post("/v1/tickets", {}).code == "retires"
        through(seed, m1, n1, STEPS[3:6])
        before = m1.get("/v1/role")
        assert "k8s-n1" in before.body.decode()
        through(seed, m1, n1, STEPS[6:])
        assert record(seed)["state"] == "CLOSED" and "k8s-n1" not in hostnames(seed)
        after = m1.get("/v1/role", headers={"If-None-Match": before.headers["ETag"]})
        assert after.status == 200 and "k8s-n1" not in after.body.decode()  # the others keep their pods' subnets
        assert {peer["hostname"]: peer["pod_cidr"] for peer in after.json["peers"]}["k8s-n2"] == "10.244.5.0/24"
        for _ in range(2):
            assert n1.get("/v1/role").code == "retired"
            again = seed.post("/v1/claim", n1.claim_body(key="f" * 64))
            assert again.status == 403 and again.code == "retired" and "seedctl approve k8s-n1" in again.json["error"]["remedy"], again.body
            assert helped(n1, seed, "deny").code == "retired"
            seed.stop(), seed.start()
        assert "k8s-n1" not in hostnames(seed)
        assert '"act":"retired"' in open(seed.state + "/audit.log").read()
        result = seedctl(seed, "approve", "k8s-n1")
        assert result.returncode == 0, result
        assert "k8s-n1" in hostnames(seed) and Agent(seed, "k8s-n1", "f" * 64).get("/v1/role").status == 200
        assert n1.get("/v1/role").code == "unknown_claim"


def test_a_seed_that_dies_before_it_lets_go_denies_all_the_same():
    with Seed() as seed:
        m1, _, _, n1 = born(seed, "k8s-n1")
        opened(seed, "k8s-n1")
        through(seed, m1, n1, STEPS[:6])
        assert seed.kill() != 0
        with sqlite3.connect(seed.state + "/seed.sqlite") as store:
            for mark in ("denied", "retired"):
                store.execute("INSERT INTO marks VALUES (?, ?)", (n1.claim, mark))
        seed.start()
        assert record(seed)["holder"] == "k8s-n1" and helped(m1, seed, "deny").status == 200
        assert record(seed)["state"] == "CLOSED" and n1.get("/v1/role").code == "retired"


def test_the_site_may_lose_it_and_give_its_name_to_another():
    with Seed() as seed:
        m1, _, _, n1 = born(seed, "k8s-n1")
        gone = site_document()
        for i, node in enumerate(gone["nodes"]):
            node["pod_cidr"] = "10.244.%d.0/24" % (i + 1)
        old = next(node for node in gone["nodes"] if node["hostname"] == "k8s-n1")
        gone["nodes"].remove(old)
        seed.write_site(gone)
        seed.wait_log("/nodes: `k8s-n1` is missing, and is a member of the cluster; write it again; to take it away: seedctl retire k8s-n1, and then edit the site")
        seed.write_site(site_document())
        opened(seed, "k8s-n1")
        through(seed, m1, n1)
        seed.write_site(gone)
        seed.wait_log("changed")
        assert seed.post("/v1/claim", n1.claim_body()).code == "unknown_mac"
        noted = site_document()  # or its place stays, with a note, and another machine has name and address
        note = next(node for node in noted["nodes"] if node["hostname"] == "k8s-n1")
        noted["nodes"].append(dict(note, mac="52:54:00:84:00:99"))
        note["retired"] = True
        seed.write_site(noted)
        seed.wait_log("changed")
        assert hostnames(seed).count("k8s-n1") == 1
        assert seed.post("/v1/claim", n1.claim_body()).code == "retired"
        body = n1.claim_body(key="e" * 64, uuid="", macs=["52:54:00:84:00:99"])
        reply = seed.post("/v1/claim", body)
        assert reply.status == 201 and reply.json["hostname"] == "k8s-n1", reply.body
        result = subprocess.run([SEEDCTL, "plan", seed.site], capture_output=True, text=True, timeout=60)
        assert result.returncode == 0, result


def test_what_must_not_leave():
    with Seed() as seed:
        born(seed, "k8s-n1")
        for words, cause in ((("k8s-m3",), "2 masters would be left: as many may fail as of 1; name one master more, or let another one join first"),
                             (("k8s-m1", "k8s-m2", "k8s-m3"), "no master would be left"),
                             (("k8s-n2",), "`k8s-n2` never claimed its name, or never kept its key: it is no member; remove its node from the site document"),
                             (("k8s-m2", "k8s-m3", "--off"), "`off` is said of one machine at a time"),
                             (("k8s-n1", "k8s-n1"), "`k8s-n1` is named twice"),
                             (("k8s-x",), "`k8s-x`: the site has no such machine")):
            result = seedctl(seed, "retire", *words)
            assert result.returncode == 1 and result.stdout == "" and cause in result.stderr, (words, result)
        assert seedctl(seed, "retire").returncode == 2
        assert record(seed)["state"] == "CLOSED"


def test_a_master_that_never_came_does_not_count():
    with Seed() as seed:
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        m1.initialise()
        result = seedctl(seed, "retire", "k8s-m1", "k8s-m2")  # k8s-m3 is in the site alone
        assert result.returncode == 1 and "no master would be left" in result.stderr, result
        opened(seed, "k8s-m2")
        assert record(seed)["holder"] == "k8s-m2"


def test_nobody_is_retired_while_a_master_joins():
    with Seed() as seed:
        m1, m2, n1 = (seed.agent(name) for name in ("k8s-m1", "k8s-m2", "k8s-n1"))
        m1.initialise()
        asked = m2.post("/v1/tickets", {}).json["id"]
        assert m1.get("/v1/tickets/pending").json["id"] == asked
        result = seedctl(seed, "retire", "k8s-n1")
        assert result.returncode == 1 and "a master joins; wait until it has joined" in result.stderr, result
        m2.post("/v1/tickets/%s/done" % asked, {"ok": True})
        opened(seed, "k8s-n1")


def test_two_of_three_masters_are_one_order():
    with Seed() as seed:
        m1, m2, m3 = born(seed)
        opened(seed, "k8s-m3", "k8s-m2")
        assert record(seed)["holder"] == "k8s-m2" and record(seed)["waiting"] == ["k8s-m3"]
        through(seed, m3, m2)
        assert record(seed)["holder"] == "k8s-m3" and record(seed)["step"] == "data"
        through(seed, m1, m3)
        assert record(seed)["state"] == "CLOSED" and not {"k8s-m2", "k8s-m3"} & set(hostnames(seed))


def halts(seed, master, words):
    begun = opened(seed, *words)
    master.post("/v1/maintenance/fail", {"token": record(seed)["token"], "step": "data", "code": "SR-RETIRE-DATA", "message": "k8s-m1: retire k8s-n1: data goes with it: emptyDir cache of shop/db-0"})
    return begun


def test_data_is_asked_about():
    with Seed() as seed:
        m1, _, _, n1 = born(seed, "k8s-n1")
        result = halts(seed, m1, ("k8s-n1", "--keep-disk")).result()  # nobody to ask
        assert result.returncode == 1 and "SR-RETIRE-DATA: k8s-m1: retire k8s-n1: data goes with it: emptyDir cache of shop/db-0; seedctl explain SR-RETIRE-DATA\n" in result.stdout, result
        assert record(seed)["state"] == "HALTED" and record(seed)["keep_disk"]
        assert seedctl(seed, "rollout", "resume", "--lose-data").returncode == 0
        assert record(seed)["lose_this"] and not record(seed)["lose_data"]
        assert seedctl(seed, "rollout", "pause", "--off").returncode == 2
        assert seedctl(seed, "rollout", "abort").stdout == "no maintenance is open\n"
        for answer, state in ((b"n\n", "CLOSED"), (b"y\n", "RUNNING")):
            ours, theirs = pty.openpty()
            before = len(seed.log)
            process = subprocess.Popen([SEEDCTL, "retire", "k8s-n1", "--admin-socket", seed.state + "/admin.sock"], stdin=theirs, stdout=subprocess.PIPE, text=True)
            with seed.logged:
                assert seed.logged.wait_for(lambda: any("RUNNING retire" in line for line in seed.log[before:]), 60)
            m1.post("/v1/maintenance/fail", {"token": record(seed)["token"], "step": "data", "code": "SR-RETIRE-DATA", "message": "data"})
            os.write(ours, answer)
            if state == "RUNNING":
                with seed.logged:
                    assert seed.logged.wait_for(lambda: sum("RUNNING retire" in line for line in seed.log[before:]) > 1, 60)
                helped(m1, seed, "data")
            assert process.wait(60) == 0
            assert "Go on, and lose it? [y/N] " in process.stdout.read()
            assert record(seed)["state"] == state
            os.close(ours), os.close(theirs)


def test_one_that_is_off_is_taken_out_by_others():
    with Seed() as seed:
        m1, _, _, n1 = born(seed, "k8s-n1")
        opened(seed, "k8s-n1", "--off")
        through(seed, m1, n1, ("data", "drain", "member", "node", "deny"))
        assert n1.get("/v1/role").code == "retired"


def test_with_another_uuid_and_key_it_stays_out():
    with Seed() as seed:
        m1, _, _, n1 = born(seed, "k8s-n1")
        opened(seed, "k8s-n1", "--off")
        through(seed, m1, n1, ("data", "drain", "member", "node", "deny"))
        reply = seed.post("/v1/claim", n1.claim_body(uuid="00112233-4455-6677-8899-aabbccddeeff", key="d" * 64, macs=[mac_of("k8s-n1")]))
        assert reply.status == 403 and reply.code == "retired"
