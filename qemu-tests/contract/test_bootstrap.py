# SPDX-License-Identifier: Apache-2.0
# The bootstrap record over HTTP: transitions, refusals, long-polls, witnesses, races.
import threading

from seed import HASH_A, HASH_B, Later, Seed


def test_whole_life():
    with Seed() as seed:
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        assert m1.record() == {"version": 1, "state": "EMPTY", "epoch": 1, "token": 0, "holder": None,
                               "ca_hash": None, "lease_ms": None}
        record = m1.move("reserve").json
        assert (record["state"], record["holder"], record["token"]) == ("RESERVED", "k8s-m1", 1)
        assert 29000 < record["lease_ms"] <= 30000
        assert m1.move("reserve").json["token"] == 1  # sent again
        refused = m2.move("reserve")
        assert refused.status == 409 and refused.code == "held" and refused.json["record"]["holder"] == "k8s-m1"
        assert m1.move("renew", record).status == 200
        assert m2.move("begin", record).code == "not_holder"
        assert m1.move("commit", record, ca_hash=HASH_A).code == "wrong_state"
        begun = m1.move("begin", record)
        assert (begun.json["state"], begun.json["token"]) == ("INITIALISING", 2)
        assert m1.move("begin", record).code == "stale"  # sent again: its grant is used up
        record = begun.json
        assert m1.record()["lease_ms"] is None
        assert m1.move("reserve").json["state"] == "INITIALISING"  # rebooted: resumes
        assert m2.move("commit", record, ca_hash=HASH_B).code == "not_holder"
        assert m1.move("commit", dict(record, token=0), ca_hash=HASH_A).code == "stale"
        done = m1.move("commit", record, ca_hash=HASH_A)
        assert done.status == 200 and done.json["ca_hash"] == HASH_A and done.json["state"] == "INITIALISED"
        assert m1.move("commit", record, ca_hash=HASH_A).status == 200
        assert m1.move("commit", record, ca_hash=HASH_B).code == "other_ca"
        assert m1.move("abort", record).code == "already_initialised"
        assert m2.move("reserve").code == "already_initialised"
        assert seed.post("/v1/admin/rearm", {"confirm": "contract"}).status == 403
        assert seed.post("/v1/admin/rearm", {"confirm": "wrong"}, admin=True).code == "not_confirmed"
        anew = seed.rearm().json
        assert (anew["state"], anew["epoch"], anew["ca_hash"]) == ("EMPTY", 2, None)
        assert m2.move("reserve").json["token"] == 3


def test_a_holder_that_lost_power_begins_again():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        interrupted = m1.move("begin", m1.move("reserve").json).json
        record = m1.move("begin", m1.move("reserve").json).json
        assert (record["state"], record["token"]) == ("INITIALISING", interrupted["token"] + 1)
        assert m1.move("abort", interrupted).code == "stale"  # late on the network
        assert m1.move("commit", interrupted, ca_hash=HASH_B).code == "stale"
        assert m1.move("commit", record, ca_hash=HASH_A).json["ca_hash"] == HASH_A


def test_workers_may_look_but_not_touch():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        assert n1.record()["state"] == "EMPTY"
        for transition in ("reserve", "begin", "renew", "commit", "abort"):
            assert n1.move(transition).status == 403


def test_malformed_transitions():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        for transition, body in (("begin", {}), ("begin", {"epoch": 1}), ("begin", {"epoch": -1, "token": 1}),
                                 ("begin", {"epoch": 1.5, "token": 1}), ("begin", {"epoch": "1", "token": 1}),
                                 ("commit", {"epoch": 1, "token": 1}), ("reserve", {"ca_hash": HASH_A}),
                                 ("commit", {"epoch": 1, "token": 1, "ca_hash": "sha256:xyz"}),
                                 ("reserve", {"seen": 1}), ("reserve", {"seen": {"epoch": 1}}),
                                 ("reserve", {"seen": {"epoch": 1, "token": 1, "ca_hash": "x"}}),
                                 ("reserve", {"seen": {"epoch": 1, "token": 1, "hash": None}}),
                                 ("reserve", {"seen": {"epoch": 2 ** 52 + 1, "token": 1, "ca_hash": None}})):
            reply = m1.post("/v1/bootstrap/" + transition, body)
            assert reply.status == 400, (transition, body, reply.body)
        assert m1.post("/v1/bootstrap/steal", {}).status == 404
        for query in ("version=x", "wait=-1", "wait=", "versoin=1", "seen_epoch=1&seen_ca_hash=x"):
            assert m1.get("/v1/bootstrap?" + query).status == 400, query
        assert m1.record()["version"] == 1


def test_long_poll_wakes_every_machine_on_change():
    with Seed() as seed:
        agents = [seed.agent(name) for name in ("k8s-m1", "k8s-m2", "k8s-n1", "k8s-n2")]
        polls = [Later(a.get, "/v1/bootstrap?version=1&wait=60") for a in agents]
        seed.wait_parked(len(polls))
        agents[0].move("reserve")
        for poll in polls:
            assert poll.result(2).json["state"] == "RESERVED"
        assert agents[0].get("/v1/bootstrap?version=1&wait=60").json["version"] == 2  # at once
        assert agents[0].get("/v1/bootstrap?version=2&wait=1").json["version"] == 2  # time-out
        assert seed.metric("long_polls") == 0


def test_abort_frees_the_record():
    with Seed() as seed:
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        record = m1.move("begin", m1.move("reserve").json).json
        poll = Later(m2.get, "/v1/bootstrap?version=%d&wait=60" % m2.record()["version"])
        seed.wait_parked(1)
        assert m2.move("abort", record).status == 409
        assert m1.move("abort", record).json["state"] == "EMPTY"
        assert m1.move("abort", record).status == 200  # sent again
        assert poll.result(2).json["state"] == "EMPTY"
        assert m2.move("reserve").json["token"] == 3
        assert m1.move("abort", record).code == "not_holder"


def test_witness_quarantines_a_seed_that_is_behind():
    with Seed() as seed:
        m1, m2 = seed.agent("k8s-m1"), seed.agent("k8s-m2")
        m1.initialise()
        same = {"epoch": 1, "token": 2, "ca_hash": HASH_A}
        assert m2.move("reserve", seen=same).code == "already_initialised"
        assert m2.get("/v1/bootstrap?seen_epoch=1&seen_token=1&seen_ca_hash=" + HASH_A).json["state"] == "INITIALISED"
        reply = m2.move("reserve", seen={"epoch": 3, "token": 9, "ca_hash": None})
        assert reply.status == 409 and reply.code == "quarantined" and reply.json["record"]["state"] == "QUARANTINE"
        assert m1.move("reserve").code == "quarantined"
        assert m1.post("/v1/tickets", {}).status == 409
        seed.kill()
        seed.start()
        assert m1.record()["state"] == "QUARANTINE"
        assert seed.rearm().json["epoch"] == 4  # beyond everything that was seen


def test_witness_of_another_ca_in_a_query():
    with Seed() as seed:
        m1, n1 = seed.agent("k8s-m1"), seed.agent("k8s-n1")
        m1.initialise()
        poll = Later(m1.get, "/v1/bootstrap?version=%d&wait=60" % m1.record()["version"])
        seed.wait_parked(1)
        seen = n1.get("/v1/bootstrap?seen_epoch=1&seen_token=1&seen_ca_hash=" + HASH_B)
        assert seen.json["state"] == "QUARANTINE"
        assert poll.result(2).json["state"] == "QUARANTINE"


# Each machine wants the cluster: reserve, begin, commit with a hash of its own. Exactly one may get through.
def race(agents):
    barrier, won = threading.Barrier(len(agents)), []

    def compete(agent, mark):
        barrier.wait(10)
        reserved = agent.move("reserve")
        if reserved.status != 200:
            return
        begun = agent.move("begin", reserved.json)
        if begun.status != 200:
            return
        if agent.move("commit", begun.json, ca_hash="sha256:" + mark * 64).status == 200:
            won.append((agent.hostname, "sha256:" + mark * 64))

    runs = [Later(compete, agent, "abc"[i]) for i, agent in enumerate(agents)]
    for run in runs:
        run.result()
    assert len(won) == 1, won
    record = agents[0].record()
    assert record["state"] == "INITIALISED" and (record["holder"], record["ca_hash"]) == won[0], (record, won)
    return won[0][0], record


def races(names):
    with Seed() as seed:
        agents, last, winners = [seed.agent(name) for name in names], (0, 0), {}
        for _ in range(100):
            winner, record = race(agents)
            winners[winner] = winners.get(winner, 0) + 1
            assert (record["epoch"], record["token"]) > last
            last = (record["epoch"], record["token"])
            assert seed.rearm().status == 200
        return "won by " + ", ".join("%s %d" % w for w in sorted(winners.items()))


def test_100_races_of_two_masters_have_one_winner_each():
    return races(["k8s-m1", "k8s-m2"])


def test_100_races_of_three_masters_have_one_winner_each():
    return races(["k8s-m1", "k8s-m2", "k8s-m3"])
