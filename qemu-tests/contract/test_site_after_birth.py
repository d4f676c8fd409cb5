# SPDX-License-Identifier: Apache-2.0
# A site that is edited while its cluster lives: what the cluster cannot take is refused whole, also when the seed restarts.
import json
import os
import sqlite3
import subprocess

from seed import HASH_A, TOP, Later, Seed, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))


def effective(seed):
    return seed.get("/v1/rack").json["vip"]


def address_of(seed, hostname):
    return next(node["address"] for node in seed.get("/v1/nodes").json["nodes"] if node["hostname"] == hostname)


def node(site, hostname):
    return next(node for node in site["nodes"] if node["hostname"] == hostname)


def edited(seed, change):
    site = site_document()
    change(site)
    seed.write_site(site)


def taken(seed, change):
    before = sum("changed" in line for line in seed.log)
    edited(seed, change)
    with seed.logged:
        assert seed.logged.wait_for(lambda: sum("changed" in line for line in seed.log) > before, 60), "".join(seed.log)


def test_what_a_living_cluster_cannot_take_is_refused_whole():
    with Seed() as seed:
        taken(seed, lambda site: site["vip"].update(address="172.22.132.9") or site["cluster"].update(control_plane_endpoint="172.22.132.9:8443"))
        assert effective(seed) == "172.22.132.9"  # nothing lives yet
        taken(seed, lambda site: None)
        seed.agent("k8s-m1").initialise()
        edited(seed, lambda site: site["vip"].update(address="172.22.132.9") or site["cluster"].update(control_plane_endpoint="172.22.132.9:8443"))
        seed.wait_log("/vip/address: `172.22.132.9`, and the cluster lives with `172.22.132.10`: certificates and kubeconfigs have it")
        assert effective(seed) == "172.22.132.10"
        taken(seed, lambda site: site["vip"].update(advert_interval_ms=1000))
        assert seed.stop() == 0
        edited(seed, lambda site: site["cluster"].update(pod_subnet="10.245.0.0/16"))
        ended = subprocess.run(seed.arguments(), capture_output=True, text=True, timeout=60)
        assert ended.returncode == 1 and "/cluster/pod_subnet: `10.245.0.0/16`, and the cluster lives with `10.244.0.0/16`" in ended.stderr, ended
        edited(seed, lambda site: site["vip"].update(advert_interval_ms=1000))  # as the remedy says
        seed.start()
        assert effective(seed) == "172.22.132.10"


def test_a_member_keeps_its_name_role_address_and_pods():
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        seed.agent("k8s-n1")
        for change, said in ((lambda site: node(site, "k8s-n1").update(address="172.22.132.77/24"), "/nodes/3/address: `172.22.132.77/24`, and the cluster lives with `172.22.132.21/24`"),
                             (lambda site: node(site, "k8s-n1").update(hostname="k8s-x"), "the machine with that MAC is the member `k8s-n1`"),
                             (lambda site: node(site, "k8s-n1").update(role="master"), "/nodes/3/role: `master`, and the cluster lives with `worker`"),
                             (lambda site: site["nodes"].remove(node(site, "k8s-n1")), "/nodes: `k8s-n1` is missing, and is a member of the cluster"),
                             (lambda site: site["nodes"].remove(node(site, "k8s-m3")), "/nodes/2/pod_cidr: k8s-n1 has pods in 10.244.4.0/24 and would get 10.244.3.0/24")):
            edited(seed, change)
            seed.wait_log(said)
            assert address_of(seed, "k8s-n1").startswith("172.22.132.21")
        # one that never came may go when the others keep what they have, and the order means nothing then
        def written(site):
            for i, each in enumerate(site["nodes"]):
                each["pod_cidr"] = "10.244.%d.0/24" % (i + 1)
                if each["role"] == "master":
                    each["vrrp_priority"] = 150 - i
            site["nodes"].remove(node(site, "k8s-m3"))
            site["nodes"].reverse()
        taken(seed, written)
        assert {each["hostname"] for each in seed.get("/v1/nodes").json["nodes"]} == {"k8s-m1", "k8s-m2", "k8s-n1", "k8s-n2", "k8s-g1", "k8s-g2"}
        # and a member when the operator forgot it
        assert seed.post("/v1/admin/forget", {"hostname": "k8s-n1"}, admin=True).status == 200
        taken(seed, lambda site: written(site) or site["nodes"].remove(node(site, "k8s-n1")))


def test_a_new_cluster_takes_everything():
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        assert seed.rearm().status == 200
        taken(seed, lambda site: site["vip"].update(virtual_router_id=77))


def test_a_rack_that_is_older_than_this_is_taken_as_it_is():
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        seed.stop()
        with sqlite3.connect(seed.state + "/seed.sqlite") as store:
            assert store.execute("DELETE FROM sites").rowcount == 1
        edited(seed, lambda site: site["vip"].update(virtual_router_id=77))
        seed.start()
        edited(seed, lambda site: site["vip"].update(virtual_router_id=78))
        seed.wait_log("/vip/virtual_router_id: `78`, and the cluster lives with `77`")
        seed.stop()
        with sqlite3.connect(seed.state + "/seed.sqlite") as store:  # one that this version does not understand any more
            store.execute("UPDATE sites SET site = '{}'")
        seed.start()
        seed.wait_log("the site document with which the cluster lived cannot be read")
        edited(seed, lambda site: site["vip"].update(virtual_router_id=79))
        seed.wait_log("/vip/virtual_router_id: `79`, and the cluster lives with `78`")


def test_what_was_refused_is_not_kept():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        reserved = m1.move("reserve").json
        begun = m1.move("begin", reserved).json
        seed.write_site("{ nonsense")  # while the cluster is made
        seed.wait_log("the last good one stays")
        assert m1.move("commit", begun, ca_hash=HASH_A).json["state"] == "INITIALISED"
        edited(seed, lambda site: site["vip"].update(virtual_router_id=77))
        seed.wait_log("/vip/virtual_router_id: `77`, and the cluster lives with `51`")
        seed.stop()
        with sqlite3.connect(seed.state + "/seed.sqlite") as store:
            assert json.loads(store.execute("SELECT site FROM sites ORDER BY epoch DESC").fetchone()[0])["vip"]["virtual_router_id"] == 51
        edited(seed, lambda site: None)
        seed.start()


def test_an_earlier_clusters_site_does_not_count():
    with Seed() as seed:
        seed.agent("k8s-m1").initialise()
        assert seed.rearm().status == 200
        seed.stop()
        edited(seed, lambda site: site["vip"].update(virtual_router_id=77))
        seed.start()
        seed.agent("k8s-m1").initialise()
        seed.stop()
        seed.start()


def test_plan_against_says_what_an_edit_does():
    with Seed() as seed:
        old, new = os.path.join(seed.dir, "old.json"), os.path.join(seed.dir, "new.json")
        site = site_document()
        json.dump(site, open(old, "w"))

        def plan(*words):
            return subprocess.run([SEEDCTL, "plan", *words], capture_output=True, text=True, timeout=60)

        json.dump(site, open(new, "w"))
        assert plan(new, "--against", old).stdout == "nothing differs\n"
        site["vip"]["advert_interval_ms"] = 1000
        site["nodes"].append({"hostname": "k8s-n9", "role": "worker", "mac": "52:54:00:84:00:99", "address": "172.22.132.99/24"})
        json.dump(site, open(new, "w"))
        result = plan(new, "--against", old)
        assert result.returncode == 0 and result.stdout == (
            "rolling  /vip/advert_interval_ms: nothing -> 1000; Keepalived restarts on one master after the other\n"
            "free     /nodes/7: k8s-n9 is new; it joins when it is powered on\n"), result
        site["cluster"]["dns_domain"] = "other.local"
        json.dump(site, open(new, "w"))
        result = plan(new, "--against", old)
        assert result.returncode == 1 and "never    /cluster/dns_domain: \"cluster.local\" -> \"other.local\"; " in result.stdout, result
        assert result.stderr.startswith("seedctl: refused: /cluster/dns_domain: `other.local`, and the cluster lives with `cluster.local`"), result
        assert plan(new, old, "--against", old).returncode == 2 and plan(new, "--against", old + "x").returncode == 1


def test_masters_hear_of_labels_and_taints():
    with Seed() as seed:
        m1, n1 = seed.agent("k8s-m1"), seed.agent("k8s-n1")
        m1.initialise()
        assert n1.get("/v1/labels").code == "masters_only"
        first = m1.get("/v1/labels").json
        assert {each["hostname"]: (each["labels"], each["taints"]) for each in first["nodes"]}["k8s-n1"] == ({}, None)
        waits = Later(m1.get, "/v1/labels?version=%d&wait=60" % first["version"])
        seed.wait_parked(1)
        taken(seed, lambda site: node(site, "k8s-n1").update(labels={"disk": "ssd"}, taints=["gpu=a100:NoSchedule"]))
        second = waits.result(5).json
        assert second["version"] > first["version"]
        assert {each["hostname"]: (each["labels"], each["taints"]) for each in second["nodes"]}["k8s-n1"] == ({"disk": "ssd"}, ["gpu=a100:NoSchedule"])
