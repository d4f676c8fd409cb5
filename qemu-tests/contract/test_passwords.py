# SPDX-License-Identifier: Apache-2.0
# What a site's masters share: made once by the seed, or the site document's own; never a worker's, never in a role document.
import json
import os
import re
import stat

from seed import Seed, site_document


def test_made_once_for_masters_alone():
    with Seed() as seed:
        m1, m2, n1 = seed.agent("k8s-m1"), seed.agent("k8s-m2"), seed.agent("k8s-n1")
        first = m1.get("/v1/passwords")
        assert first.status == 200 and sorted(first.json) == ["stats_auth", "vrrp_password"]
        assert re.fullmatch("[a-z2-9]{8}", first.json["vrrp_password"])
        assert re.fullmatch("seedrack:[a-z2-9]{24}", first.json["stats_auth"])
        path = seed.state + "/passwords.json"
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
        seed.stop(), seed.start()
        assert m2.get("/v1/passwords").json == first.json
        assert n1.get("/v1/passwords").code == "masters_only"
        assert seed.get("/v1/passwords").code == "unknown_claim"
        for agent in (m1, n1):
            text = json.dumps(agent.get("/v1/role").json)
            assert first.json["vrrp_password"] not in text and first.json["stats_auth"] not in text
        assert first.json["stats_auth"] not in "".join(seed.log)


def test_a_damaged_file_is_named_and_kept():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        path = seed.state + "/passwords.json"
        for text, cause in (('{"vrrp_password":"a"}', "/stats_auth"), ('{"vrrp_password":"', "passwords.json"), ('{"vrrp_password":"a\\nb","stats_auth":"a:b"}', "/vrrp_password")):
            with open(path, "w") as file:
                file.write(text)
            reply = m1.get("/v1/passwords")
            assert reply.status == 503 and cause in reply.json["error"]["message"] and "restore" in reply.json["error"]["remedy"], reply.json
            with open(path) as file:
                assert file.read() == text
        os.remove(path)
        assert m1.get("/v1/passwords").status == 200


def test_the_sites_own_win_and_stay_out_of_the_role():
    with Seed() as seed:
        m1 = seed.agent("k8s-m1")
        made = m1.get("/v1/passwords").json
        site = site_document()
        site["vip"].update(style="osixia-env", password="d0cker")
        seed.write_site(site)
        seed.wait_log("site.json` changed")
        own = m1.get("/v1/passwords").json
        assert own == {"vrrp_password": "d0cker", "stats_auth": made["stats_auth"]}
        assert "d0cker" not in json.dumps(m1.get("/v1/role").json)
