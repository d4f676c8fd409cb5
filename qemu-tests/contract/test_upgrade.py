# SPDX-License-Identifier: Apache-2.0
# seedctl upgrade: the seed has two releases, gives each machine the one that the record names, and keeps the last one for good.
import json
import os
import pty
import sqlite3
import subprocess
import time

from seed import TOKEN, TOP, Seed

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
OLD, NEW = "v1.36.3", "v1.37.2"
AROUND = {"free_gib": 20, "nodes": "", "budgets": "", "webhooks": "", "removed": {}}
BOOT = "01234567-89ab-4cde-8f01-23456789abcd"
NAMES = ("k8s-m1", "k8s-m2", "k8s-m3", "k8s-n1")


class TwoReleases(Seed):
    def __init__(self, site=OLD, releases=(OLD, NEW)):
        super().__init__()
        self.releases = releases
        self.wants(site)
        for n, release in enumerate((OLD, NEW)):
            with open("%s/%s.json" % (self.dir, release), "w") as f:
                json.dump({"release": release, "layers": [{"name": "kubernetes", "sha256": str(n) * 64, "size": 1000, "roles": ["master", "worker"]}]}, f)

    def wants(self, release, **more):
        with open(os.path.join(TOP, "configs", "seven-nodes", "site.json")) as f:
            site = json.load(f)
        site["release"] = release
        site["nodes"] = [node for node in site["nodes"] if node["hostname"] in NAMES]
        self.write_site({**site, **more})

    def arguments(self, listen="127.0.0.1:0"):
        arguments = super().arguments(listen)
        at = arguments.index("--release")
        given = []
        for release in self.releases:
            given += ["--layers", "%s/%s.json" % (self.dir, release), "--release", os.path.join(TOP, "configs", "releases", release + ".json")]
        return arguments[:at] + given + arguments[at + 4:]


def seedctl(seed, *words, **how):
    return subprocess.run([SEEDCTL, *words, "--admin-socket", seed.state + "/admin.sock"], capture_output=True, text=True, timeout=120, **{"stdin": subprocess.DEVNULL, **how})


def run(arguments):
    return subprocess.run(arguments, capture_output=True, text=True, timeout=60)


def born(seed):
    machines = [seed.agent(name) for name in NAMES]
    machines[0].initialise()
    for machine in machines[:3]:
        stands(machine)
    return machines


def stands(master, **more):
    standing = {"vip": False, "members": ["k8s-m1", "k8s-m2", "k8s-m3"], "certificates": {"apiserver": int(time.time()) + 100 * 86400}, **more}
    assert master.post("/v1/standing", standing).status == 200


def record(seed):
    return seed.get("/v1/rack").json["maintenance"]


def release_of(machine):
    return machine.get("/v1/role").json["release"]


def word(machine, seed, name, **fields):
    return machine.post("/v1/maintenance/" + name, fields if name in ("take", "held") else {"token": record(seed)["token"], **fields})


def through(machine, seed):
    assert word(machine, seed, "take", kind="upgrade", boot=BOOT).status == 200
    assert word(machine, seed, "step", step="kubeadm").status == 200 and release_of(machine) == OLD
    assert word(machine, seed, "step", step="settle").status == 200 and release_of(machine) == NEW
    assert word(machine, seed, "step", step="reboot").status == 200
    assert word(machine, seed, "back").status == 200


def test_a_cluster_becomes_one_of_the_next_release():
    with TwoReleases() as seed:
        machines = born(seed)
        assert seedctl(seed, "upgrade", "--yes").stderr == "seedctl: upgrade: the cluster lives with `v1.36.3`, which is what the site wants; write another `release` into the site document; seedctl rollout start is for what else the seed serves\n"
        seed.wants(NEW)
        seed.wait_log("the site wants v1.37.2, the cluster lives with v1.36.3: nothing moves before seedctl upgrade")
        assert {release_of(machine) for machine in machines} == {OLD}
        for words in (("status",), ("rollout", "status")):
            assert "the site wants v1.37.2, the cluster lives with v1.36.3: seedctl upgrade\n" in seedctl(seed, *words).stdout, words
        asked = seedctl(seed, "upgrade")
        assert asked.returncode == 1 and asked.stderr == "seedctl: nobody is there to be asked; say --yes\n" and record(seed)["state"] == "CLOSED", asked
        assert asked.stdout.startswith("from v1.36.3 to v1.37.2\n   masters      all 3 spoke in the last two minutes\n   etcd         every master sees 3 members\n   caches       none is stale\n   certificates the first ends in 99 days: apiserver of k8s-m1\n   backup       the site wants none: there is no way back\n") and "   k8s-m1\n   k8s-m2\n   k8s-m3\n   k8s-n1\n" in asked.stdout, asked.stdout
        assert machines[0].get("/v1/role?release=v1.37.2").code == "not_the_target"
        begun = seedctl(seed, "upgrade", "--yes")
        assert begun.returncode == 0 and begun.stdout.endswith("upgrade: RUNNING, then k8s-m1 k8s-m2 k8s-m3 k8s-n1\n"), begun
        for machine in machines:
            target = machine.get("/v1/role?release=v1.37.2")
            assert target.json["release"] == NEW and target.json["layers"][0]["sha256"] == "1" * 64 and release_of(machine) == OLD
            assert word(machines[0], seed, "take", kind="upgrade", boot=BOOT).code == "not_your_turn"
            assert word(machine, seed, "held", target=NEW).status == 200
        assert machines[0].get("/v1/role?release=v1.20.2").code == "not_the_target"
        for machine in machines:
            through(machine, seed)
        assert record(seed)["state"] == "CLOSED" and seed.get("/v1/rack").json["cluster_release"] == NEW
        assert {release_of(machine) for machine in machines} == {NEW}
        seed.stop()
        db = sqlite3.connect(seed.state + "/seed.sqlite")
        assert db.execute("SELECT release FROM releases").fetchall() == [(NEW,)]
        db.close()
        seed.releases = (NEW,)  # the other one is not needed any more
        seed.start()
        assert release_of(machines[3]) == NEW


def test_one_that_ended_early_goes_on_after_a_restart():
    with TwoReleases() as seed:
        machines = born(seed)
        seed.wants(NEW)
        seed.wait_log("nothing moves before seedctl upgrade")
        assert seedctl(seed, "upgrade", "--yes").returncode == 0
        for machine in machines:
            word(machine, seed, "held", target=NEW)
        through(machines[0], seed)
        assert seedctl(seed, "rollout", "abort").stdout == "no maintenance is open\n"
        seed.kill()
        seed.start()
        for machine in machines[:3]:
            stands(machine)
        assert [release_of(machine) for machine in machines] == [NEW, OLD, OLD, OLD]
        assert seed.agent("k8s-n1").get("/v1/role").json["release"] == OLD
        begun = seedctl(seed, "upgrade", "--yes")
        assert begun.stdout.endswith("upgrade: RUNNING, then k8s-m2 k8s-m3 k8s-n1\n"), begun
        for machine in machines[1:]:
            word(machine, seed, "held", target=NEW)
        for machine in machines[1:]:
            through(machine, seed)
        assert seed.get("/v1/rack").json["cluster_release"] == NEW


def test_a_seed_without_the_clusters_release_does_not_start():
    with TwoReleases() as seed:
        born(seed)
        seed.stop()
        seed.wants(NEW)
        seed.releases = (NEW,)
        result = run(seed.arguments())
        assert result.returncode == 1 and "/release: `v1.37.2`, and the cluster lives with `v1.36.3`, of which this seed has no layers; start it with --release and --layers of `v1.36.3`, too" in result.stderr, result.stderr
        seed.releases = (OLD, NEW)
        seed.start()
        assert seed.get("/v1/rack").json["cluster_release"] == OLD


def test_nobody_joins_meanwhile():
    with TwoReleases() as seed:
        machines = born(seed)
        seed.wants(NEW)
        seed.wait_log("nothing moves before seedctl upgrade")
        ticket = machines[3].post("/v1/tickets", {}).json["id"]
        refused = seedctl(seed, "upgrade", "--yes")
        assert refused.returncode == 1 and "a machine joins; wait until it has joined" in refused.stderr, refused
        assert machines[0].get("/v1/tickets/pending").json["id"] == ticket
        assert machines[0].put("/v1/tickets/" + ticket, {"token": TOKEN}).status == 200 and machines[3].get("/v1/tickets/" + ticket).status == 200
        assert machines[3].post("/v1/tickets/%s/done" % ticket, {"ok": True}).status == 200
        assert seedctl(seed, "upgrade", "--yes").returncode == 0
        machines[3].post("/v1/tickets", {})
        assert machines[0].get("/v1/tickets/pending").status == 204  # it waits
        for machine in machines:
            word(machine, seed, "held", target=NEW)
        through(machines[0], seed)
        seedctl(seed, "rollout", "abort")
        assert machines[0].get("/v1/tickets/pending").status == 204  # the cluster is of two releases


def test_one_whose_last_machine_was_retired_is_over():
    with TwoReleases() as seed:
        machines = born(seed)
        seed.wants(NEW)
        seed.wait_log("nothing moves before seedctl upgrade")
        assert seedctl(seed, "upgrade", "--yes").returncode == 0
        for machine in machines:
            word(machine, seed, "held", target=NEW)
        for machine in machines[:3]:
            through(machine, seed)
        seedctl(seed, "rollout", "abort")
        assert seedctl(seed, "deny", "k8s-n1").returncode == 0 and seedctl(seed, "forget", "k8s-n1").returncode == 0
        for master in machines[:3]:
            stands(master)
        over = seedctl(seed, "upgrade", "--yes")
        assert over.returncode == 0 and over.stdout.endswith("no maintenance is open\n"), over
        assert seed.get("/v1/rack").json["cluster_release"] == NEW and "target" not in record(seed)


def test_rearm_forgets_an_upgrade():
    with TwoReleases() as seed:
        machines = born(seed)
        seed.wants(NEW)
        seed.wait_log("nothing moves before seedctl upgrade")
        seedctl(seed, "upgrade", "--yes")
        for machine in machines:
            word(machine, seed, "held", target=NEW)
        through(machines[0], seed)
        seedctl(seed, "rollout", "abort")
        seed.wants(OLD)
        seed.wait_log("changed")
        with open(seed.site) as f:
            name = json.load(f)["site"]
        assert seedctl(seed, "rearm", name).returncode == 0
        assert "target" not in record(seed) and release_of(machines[0]) == OLD
        assert seed.get("/v1/rack").json["cluster_release"] == ""


def test_a_restored_seed_learns_of_the_turn():
    with TwoReleases() as seed:
        machines = born(seed)
        told = machines[1].post("/v1/maintenance/witness", {"token": 5, "kind": "upgrade", "boot": BOOT, "in_hand": True, "target": NEW})
        assert told.status == 200 and record(seed)["state"] == "HALTED" and record(seed)["target"] == NEW, told.json
        assert machines[1].post("/v1/maintenance/witness", {"token": 6, "kind": "upgrade", "boot": BOOT, "in_hand": True, "target": "../x"}).status == 400


def test_what_is_no_upgrade_is_refused():
    with TwoReleases(NEW) as seed:
        machines = born(seed)
        seed.wants(OLD)
        seed.wait_log("the cluster lives with v1.37.2")
        result = seedctl(seed, "upgrade", "--yes")
        assert result.returncode == 1 and "/release: from `v1.37.2` to `v1.36.3` is no way forward; etcd and the API server read no data of a newer version" in result.stderr, result
        seed.wants("v1.35.0")
        seed.wait_log("/release: `v1.35.0`, and this seed has `v1.36.3`, `v1.37.2`; seedctl release add FILE")
        assert machines[1].post("/v1/maintenance/held", {"target": NEW}).code == "no_order"
        assert machines[1].post("/v1/maintenance/take", {"kind": "upgrade", "boot": BOOT}).code == "no_order"
        some = seed.post("/v1/admin/maintenance", {"act": "open", "kind": "upgrade", "machines": ["k8s-n1"]}, admin=True)
        assert some.code == "upgrade" and "an upgrade is of all machines" in some.json["error"]["message"], some.json


def test_nothing_begins_unless_all_is_well():
    with TwoReleases() as seed:
        machines = born(seed)
        seed.wants(NEW)
        seed.wait_log("nothing moves before seedctl upgrade")
        for wrong, said in (({"members": ["k8s-m1", "k8s-m3"]}, "etcd: k8s-m2 does not see every master as a member"),
                            ({"members": ["k8s-m1", "k8s-m2", ""]}, "etcd: k8s-m2 saw a member that has not started; try again in ten seconds"),
                            ({"members": ["k8s-m1", "k8s-m2", "k8s-m3", "k8s-m9"]}, "etcd: k8s-m2 sees a member `k8s-m9`, which is no master of the site"),
                            ({"stale": "api-server"}, "caches: k8s-m2 does not follow what is new"),
                            ({"certificates": {"apiserver": int(time.time()) + 600}}, "certificates: the first ends in 0 days: apiserver of k8s-m2; seedctl renew")):
            stands(machines[1], **wrong)
            result = seedctl(seed, "upgrade", "--yes")
            assert result.returncode == 1 and said in result.stderr and record(seed)["state"] == "CLOSED", result
        stands(machines[1])
        for wrong, said in (({"nodes": "k8s-n1 is cordoned"}, "nodes: k8s-n1 is cordoned; power it on, or kubectl uncordon"),
                            ({"budgets": "default/web"}, "budgets: no pod may go: default/web; kubectl get poddisruptionbudgets -A"),
                            ({"free_gib": 1}, "room: k8s-m1 has 1 GiB free, etcd's data are 800 MiB; make room")):
            stands(machines[0], etcd={"size_mib": 800, "used_mib": 8, "quota_mib": 2048, "full": False}, surroundings={**AROUND, **wrong})
            result = seedctl(seed, "upgrade", "--yes")
            assert result.returncode == 1 and said in result.stderr and record(seed)["state"] == "CLOSED", result
        stands(machines[0], surroundings={**AROUND, "webhooks": "policy", "removed": {"a.v1beta1": 37, "b.v1": 38}})
        said = seedctl(seed, "upgrade").stdout  # these are for a person to judge
        assert "   webhooks     NOTE: they refuse while the one machine with their pods reboots: policy\n" in said and "   removed      NOTE: somebody asked for what v1.37 does not have any more: a.v1beta1\n" in said, said
        stands(machines[0], surroundings=AROUND)
        for offset, said in ((5000, "before"), (-5000, "behind")):
            for _ in range(4):  # one that is late looks like a clock that is behind
                stands(machines[1], clock_ms=int(time.time() * 1000) + offset)
            result = seedctl(seed, "upgrade", "--yes")
            assert result.returncode == 1 and "clocks: the clock of k8s-m2 is 5.0 s %s the seed's; set both by the same time server" % said in result.stderr, result
            assert round(seed.metric('clock_ahead_seconds{master="k8s-m2"}')) == offset / 1000
        stands(machines[1], clock_ms=int(time.time() * 1000))
        assert abs(seed.metric('clock_ahead_seconds{master="k8s-m2"}')) < 1  # the best of the last ones counts
        for wrong in ({**AROUND, "more": 1}, {**AROUND, "nodes": 1}, {**AROUND, "removed": {"A": 1}}, {**AROUND, "removed": {"a": "1"}}, {**AROUND, "free_gib": -1}, {**AROUND, "budgets": "x" * 256}):
            assert machines[0].post("/v1/standing", {"vip": False, "surroundings": wrong}).status == 400, wrong
        seed.stop()
        seed.start()
        for machine in machines[:2]:
            stands(machine)
        assert "masters: k8s-m3 said nothing in the last two minutes; power it on, or wait half a minute when the seed has just started" in seedctl(seed, "upgrade", "--yes").stderr
        stands(machines[2])
        seed.wants(NEW, backup={"recipient": "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"})
        seed.wait_log("changed")
        assert "backup: there is none yet; seedctl backup now" in seedctl(seed, "upgrade", "--yes").stderr


def test_somebody_is_asked_at_a_terminal():
    with TwoReleases() as seed:
        born(seed)
        seed.wants(NEW)
        seed.wait_log("nothing moves before seedctl upgrade")
        for answer, state in ((b"n\n", "CLOSED"), (b"y\n", "RUNNING")):
            ours, theirs = pty.openpty()
            os.write(ours, answer)
            result = seedctl(seed, "upgrade", stdin=theirs)
            assert result.returncode == 0 and "Begin? [y/N] " in result.stdout and record(seed)["state"] == state, result
            os.close(ours)
            os.close(theirs)


def test_the_releases_of_the_command_line():
    with TwoReleases() as seed:
        for given, said in ((["--release", "a"], "--layers is missing"), (["--layers", "a"], "--release is missing"), (["--release", "a", "--release", "b"], "--layers is missing"), (["--release"], "--release needs a value")):
            arguments = seed.arguments()
            result = run(arguments[:3] + given + ["--artifacts", "x", "--state", "x"] if given != ["--release"] else arguments[:3] + given)
            assert result.returncode == 2 and said in result.stderr, (given, result.stderr)
        seed.releases = (OLD, OLD)
        result = run(seed.arguments())
        assert result.returncode == 1 and "`v1.36.3` is given twice" in result.stderr, result.stderr
        seed.releases = (OLD, NEW)
