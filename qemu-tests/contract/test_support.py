# SPDX-License-Identifier: Apache-2.0
# `seedctl support-bundle`: nothing that opens a cluster leaves with it.
import json
import os
import subprocess
import tarfile

from seed import KEY, TOKEN, Seed, site_document
from test_explain import SKIPPED, seedctl

PEM = "-----BEGIN EC PRIVATE KEY-----\ncanaryPEM\n-----END EC PRIVATE KEY-----"
CANARIES = ["canaryPEM", "canary01", "canary02", "canary03", TOKEN, KEY, "d" * 64]


def files_of(path):
    with tarfile.open(path, "r:gz") as tar:
        assert all(m.isfile() and m.name.startswith("seedrack-support/") and m.mode == 0o600 for m in tar.getmembers()), tar.getmembers()
        return {m.name.split("/", 1)[1]: tar.extractfile(m).read().decode() for m in tar.getmembers()}


def bundle(seed, *arguments):
    path = os.path.join(seed.dir, "bundle.tar.gz")
    said = seedctl(seed, "support-bundle", *arguments, path)
    assert said.returncode == 0 and os.stat(path).st_mode & 0o777 == 0o600, said
    return said, files_of(path)


def test_a_support_bundle_has_all_but_secrets():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        site = site_document(style="article", addons=[{"name": "a", "manifest": "kind: Secret\ndata: canary03"}])
        site["haproxy"]["stats_auth"], site["vip"] = "admin:canary01", dict(site["vip"], style="osixia-env", password="canary02")
        seed.write_site(site)
        n1 = seed.agent("k8s-n1", key="d" * 64)  # in the audit log, too
        n1.report({"step": "bootstrap", "state": "failed", "code": "SR-JOIN", "message": "join with " + TOKEN, "tail": "--certificate-key %s\n%s\n" % (KEY, PEM)})
        seed.agent("k8s-m1").initialise()
        said, files = bundle(seed, "--site", seed.site, "--state", seed.state)
        assert sorted(files) == ["README", "audit.jsonl", "events.jsonl", "healthz.json", "metrics.txt", "nodes.json", "site.json", "versions.txt"], files
        text = "".join(files.values())
        assert any("d" * 64 in line for line in open(seed.state + "/audit.log")) and not said.stderr
        for canary in CANARIES:
            assert canary not in text, (canary, [name for name, content in files.items() if canary in content])
        assert json.loads(files["nodes.json"])["bootstrap"]["state"] == "INITIALISED" and json.loads(files["site.json"])["site"] == "contract"
        event, = [json.loads(line) for line in files["events.jsonl"].splitlines()]
        assert event["message"] == "join with [token]" and "[private key]" in event["tail"] and event["code"] == "SR-JOIN", event
        acts = [json.loads(line)["act"] for line in files["audit.jsonl"].splitlines()]
        assert acts[:2] == ["start", "claim"] and "seedrack_claims 2" in files["metrics.txt"] and "seedctl " in files["versions.txt"]
        assert subprocess.run(["tar", "-tzf", seed.dir + "/bundle.tar.gz"], capture_output=True).returncode == 0


def test_a_bundle_without_a_seed_says_what_is_missing():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        seed.stop()
        with open(seed.site, "w") as f:
            f.write("{ no JSON " + TOKEN)
        said, files = bundle(seed, "--site", seed.site)
        seed.write_site(site_document())
        seed.start()
        assert sorted(files) == ["README", "versions.txt"] and "nodes.json     is not here: " in files["README"], files
        assert "audit.jsonl    is not here: no --state" in files["README"] and TOKEN not in "".join(files.values())
        assert "site.json is left out" in said.stderr and seedctl(None, "support-bundle").returncode == 2
