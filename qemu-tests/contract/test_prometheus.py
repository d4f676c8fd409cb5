# SPDX-License-Identifier: Apache-2.0
# What Prometheus's own promtool says about /metrics, the alert rules, their unit tests and the Grafana dashboard's queries.
import json
import os
import re
import subprocess
import tempfile

from seed import TOP, Seed

HERE = os.path.join(TOP, "configs", "prometheus")


def read(name):
    with open(os.path.join(HERE, name)) as f:
        return f.read()


def promtool(*arguments, **how):
    said = subprocess.run([os.path.join(TOP, "build", "promtool"), *arguments], cwd=HERE, capture_output=True, text=True, **how)
    assert said.returncode == 0 and not said.stderr, said


def metrics():
    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        n1.report({"step": "link", "state": "done"}, {"step": "disk", "state": "failed", "code": "SR-DISK-NONE"})
        seed.agent("k8s-m1").initialise()
        return seed.get("/metrics").body.decode()


def queries():
    panels = json.loads(read("dashboard.json"))["panels"]
    return [target["expr"].replace("$__rate_interval", "5m") for panel in panels for target in panel.get("targets", [])]


def test_promtool_finds_nothing_in_metrics_rules_and_queries():
    text, asked = metrics(), queries()
    promtool("check", "metrics", input=text)
    promtool("check", "rules", "alerts.yaml")
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump({"groups": [{"name": "dashboard", "rules": [{"record": "panel:%d" % i, "expr": expr} for i, expr in enumerate(asked)]}]}, f)
        f.flush()
        promtool("check", "rules", f.name)
    typed = set(re.findall(r"^# TYPE (\S+)", text, re.M))
    used = set(re.findall(r"seedrack_[a-z_]+", read("alerts.yaml") + " ".join(asked)))
    assert len(asked) > 5 and {re.sub("_(bucket|sum|count)$", "", name) for name in used} <= typed, used - typed


def test_each_alert_rings_when_it_should_and_only_then():
    promtool("test", "rules", "alerts-test.yaml")
    names = re.findall(r"alert: (\w+)", read("alerts.yaml"))
    assert sorted(names) == sorted(re.findall(r"alertname: (\w+)", read("alerts-test.yaml"))), names
