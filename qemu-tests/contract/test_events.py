# SPDX-License-Identifier: Apache-2.0
# Events, the machines' progress, server-sent events, health, metrics.
import contextlib
import json
import re
import socket
import sqlite3

from seed import Later, Seed, mac_of


def node(seed, hostname):
    return next(n for n in seed.get("/v1/nodes").json["nodes"] if n["hostname"] == hostname)


def test_nodes_show_progress():
    with Seed() as seed:
        status = seed.get("/v1/nodes").json
        assert status["site"] == "contract" and status["bootstrap"]["state"] == "EMPTY" and len(status["nodes"]) == 7
        silent = node(seed, "k8s-n1")
        assert silent["claimed"] is False and silent["ready"] is False and silent["since_ms"] is None
        assert seed.get("/v1/nodes").json["nodes"][3]["mac"] is None  # of readers, nobody's business
        silent = next(n for n in seed.get("/v1/nodes", admin=True).json["nodes"] if n["hostname"] == "k8s-n1")
        assert (silent["mac"], silent["role"], silent["address"]) == (mac_of("k8s-n1"), "worker", "172.22.132.21")
        n1 = seed.agent("k8s-n1")
        assert n1.report({"step": "layers", "state": "running", "message": "runtime", "bytes": 1000}).json["last"] == 1
        now = node(seed, "k8s-n1")
        assert now["claimed"] and (now["step"], now["state"], now["bytes"]) == ("layers", "running", 1000)
        assert 0 <= now["since_ms"] < 10000 and now["seconds"] == 1.5
        n1.report({"step": "ready", "state": "ready"})
        assert node(seed, "k8s-n1")["ready"] is True
        seed.post("/v1/claim", n1.claim_body())  # it booted again
        assert node(seed, "k8s-n1")["ready"] is False
        n1.report({"step": "link", "state": "running"}, {"step": "ready", "state": "ready"})
        assert node(seed, "k8s-n1")["ready"] is True


def test_events_are_kept_in_order_and_wake_a_poll():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        poll = Later(seed.get, "/v1/events?since=0&wait=60")
        seed.wait_parked(1)
        n1.report({"step": "link", "state": "running"}, {"step": "link", "state": "done"})
        events = poll.result(2).json
        assert [e["state"] for e in events["events"]] == ["running", "done"] and events["last"] == 2
        assert events["events"][0]["hostname"] == "k8s-n1"
        assert seed.get("/v1/events?since=2&wait=1").json == {"events": [], "last": 2}
        for i in range(130):
            n1.report(*[{"step": "s", "state": "running", "message": str(64 * i + k)} for k in range(64)])
        page = seed.get("/v1/events?since=0").json  # 8322 events; the newest 8192 are at hand
        assert len(page["events"]) == 256 and page["events"][0]["id"] == 131 and page["last"] == 386
        assert seed.get("/v1/events?since=8321").json["events"][0]["message"] == "8319"
        seed.stop(), seed.start()
        assert seed.get("/v1/events?since=8321").json["events"][0]["message"] == "8319"
        assert seed.get("/v1/rack").json["first_event"] == 131


# A machine that got no answer sends its events again.
def test_events_that_are_sent_again_are_kept_once():
    with Seed() as seed:
        n1, n2 = seed.agent("k8s-n1"), seed.agent("k8s-n2")
        events = [{"step": "link", "state": "running", "at_ms": 5, "wall_ms": 1790000000005}, {"step": "link", "state": "done", "at_ms": 9, "wall_ms": 1790000000009}]
        assert n1.report(*events).json["last"] == 2
        more = [*events, {"step": "clock", "state": "running", "at_ms": 9, "wall_ms": 1790000000009}]
        assert n1.report(*more).json["last"] == 3 and n1.report(*more).json["last"] == 3
        assert n2.report(*events).json["last"] == 5  # another machine's
        again = [dict(event, wall_ms=event["wall_ms"] + 60000) for event in events]
        assert n1.report(*again).json["last"] == 7  # another boot
        assert seed.metric('step_duration_seconds_count{step="link"}') == 3
        seed.stop(), seed.start()
        assert n1.report(*again, *more).json["last"] == 7 and n2.report(*events).json["last"] == 7
        assert n1.report({"step": "link", "state": "done"}, {"step": "link", "state": "done"}).json["last"] == 9  # nothing names them


def test_malformed_events():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        good = {"step": "link", "state": "running", "message": "", "seconds": 1, "at_ms": 1}
        for change in ({"step": ""}, {"step": "s" * 33}, {"state": "odd"}, {"message": "m" * 401}, {"seconds": -1},
                       {"seconds": "1"}, {"at_ms": -1}, {"bytes": -1}, {"bytes": "x"}, {"total": -1},
                       {"wall_ms": "x"}, {"code": "SR-"}, {"code": "SR-" + "A" * 25}, {"code": "SR-a"}, {"code": "<b>"}, {"code": 1},
                       {"tail": "t" * 4097}, {"tail": 1}, {"hostname": "k8s-m1"}):
            reply = n1.post("/v1/events", {"events": [good, dict(good, **change)]})
            assert reply.status == 400, (change, reply.body)
            assert "event 1" in reply.json["error"]["message"]
        assert n1.post("/v1/events", {"events": [good] * 65}).status == 400
        assert n1.post("/v1/events", {}).status == 400
        assert seed.get("/v1/events").json["last"] == 0  # a batch counts whole or not at all


def test_events_carry_codes_totals_and_tails():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        full = {"code": "SR-NEWER-9", "bytes": 1, "total": 2, "wall_ms": 3, "tail": "<\n" * 2048}
        n1.report({"step": "disk", "state": "failed", **full}, {"step": "disk", "state": "running"})
        for _ in range(2):
            first, second = seed.get("/v1/events").json["events"]
            assert all(first[k] == v for k, v in full.items()), first
            assert not {"code", "total", "wall_ms", "tail"} & set(second), second  # as an older agent says it
            seed.stop(), seed.start()
        assert node(seed, "k8s-n1")["code"] == "" and node(seed, "k8s-n1")["total"] is None
        n1.report({"step": "disk", "state": "failed", "at_ms": 2, **full})
        assert (node(seed, "k8s-n1")["code"], node(seed, "k8s-n1")["total"]) == ("SR-NEWER-9", 2)
        n1.report(*[{"step": "s", "state": "failed", "tail": "<" * 4096} for _ in range(14)])
        for _ in range(5):
            n1.report(*[{"step": "s", "state": "failed", "tail": "<" * 4096} for _ in range(14)])
        since, pages = 0, 0
        while since < 87:  # 87 events of 25 kB each: more than one page
            page = seed.get("/v1/events?since=%d" % since)
            assert len(page.body) < 1 << 20 and page.json["last"] > since
            since, pages = page.json["last"], pages + 1
        assert pages > 1 and since == 87


def with_tail(seed):
    since, found = 0, []
    while True:
        page = seed.get("/v1/events?since=%d" % since).json
        found += [event["id"] for event in page["events"] if "tail" in event]
        if not page["events"]:
            return found, since
        since = page["last"]


# 2 MiB of tails are at hand (512 of the largest, with their ends): the oldest go, their events stay.
def test_tails_are_bounded_together():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        for _ in range(40):
            n1.report(*[{"step": "s", "state": "failed", "tail": "t" * 4096} for _ in range(14)])
        for _ in range(2):
            found, last = with_tail(seed)
            assert last == 560 and found == list(range(last - 510, last + 1)), (last, found[0], len(found))
            seed.stop(), seed.start()


def test_history_of_an_older_server_is_read():
    with Seed() as seed:
        seed.agent("k8s-n1").report({"step": "disk", "state": "failed", "message": "old"})
        seed.stop()
        with contextlib.closing(sqlite3.connect(seed.state + "/events.sqlite")) as db:
            db.execute("DROP TABLE details")
            db.commit()
        seed.start()
        event, = seed.get("/v1/events").json["events"]
        assert event["message"] == "old" and "code" not in event and "total" not in event and "tail" not in event


def test_server_sent_events():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        n1.report({"step": "link", "state": "done"})
        with socket.create_connection(("127.0.0.1", seed.port), 10) as s:
            s.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n")
            text = b""
            while b'"link"' not in text:
                text += s.recv(4096)
            assert b"text/event-stream" in text and b"id: 1\n" in text
            seed.wait_parked(1)
            n1.report({"step": "clock", "state": "done"})
            while b'"clock"' not in text:
                got = s.recv(4096)
                assert got
                text += got
        data = [line[6:] for line in text.split(b"\n") if line.startswith(b"data: ")]
        assert json.loads(data[1])["step"] == "clock"


def test_health_and_metrics():
    with Seed() as seed:
        health = seed.get("/healthz")
        assert health.status == 200 and health.json["status"] == "ok"
        seed.agent("k8s-m1").initialise()
        assert seed.metric('bootstrap_state{state="INITIALISED"}') == 1 and seed.metric("claims") == 1
        assert seed.metric('http_replies_total{code="200"}') > 3 and seed.metric("nodes") == 7


def test_metrics_count_machines_steps_and_failures():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        assert seed.metric('machines{step="silent"}') == 7
        n1.report({"step": "link", "state": "done", "seconds": 0.7}, {"step": "link", "state": "done", "seconds": 1000}, {"step": "</x>\"", "state": "done", "seconds": 1},
                  {"step": "disk", "state": "failed", "code": "SR-DISK-NONE"}, {"step": "disk", "state": "failed"}, {"step": "disk", "state": "failed", "code": "SR-NEWER-9"},
                  {"step": "layers", "state": "failed", "code": "SR-DISK-NONE", "bytes": 9})
        assert seed.metric('machines{step="layers"}') == 1 and seed.metric('machines{step="silent"}') == 6 and seed.metric("machines_failed") == 1
        bucket = 'step_duration_seconds_bucket{step="link",le="%s"}'
        assert [seed.metric(bucket % le) for le in ("0.5", "1", "300", "+Inf")] == [0, 1, 1, 2] and seed.metric('step_duration_seconds_count{step="other"}') == 1
        assert [seed.metric('failures_total{code="%s"}' % code) for code in ("SR-DISK-NONE", "none", "unknown")] == [2, 1, 1]
        handled = seed.metric("http_handling_seconds_count")
        assert handled > 5 and seed.metric('http_handling_seconds_bucket{le="+Inf"}') >= handled and seed.metric("machines_layer_bytes") == 9
        text = seed.get("/metrics").body.decode()
        assert "</x>" not in text and "seedrack_build_info{version=" in text
        names = {re.split("[{ ]", line)[0] for line in text.splitlines() if not line.startswith("#")}
        typed = set(re.findall(r"^# TYPE (\S+)", text, re.M))
        assert all(re.sub("_(bucket|sum|count)$", "", name) in typed or name in typed for name in names), names - typed


def test_what_machines_say_is_harmless_in_a_page():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        n1.report({"step": "<b>", "state": "running", "message": "<script>alert(1)</script> & \"x\""})
        for path in ("/v1/nodes", "/v1/events"):
            assert "<script" not in seed.get(path).body.decode()
        assert node(seed, "k8s-n1")["message"] == "<script>alert(1)</script> & \"x\""
