# SPDX-License-Identifier: Apache-2.0
# `seedctl dnsmasq`: its command line and its exit status.
import os
import subprocess

from seed import TOP, Seed, mac_of, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
M1 = mac_of("k8s-m1")


def seedctl(*arguments):
    return subprocess.run([SEEDCTL, *arguments], capture_output=True, text=True, timeout=120)


def test_command_line():
    with Seed() as seed:
        result = seedctl("dnsmasq", seed.site, "--mode", "dhcp", "--interface", "br0", "--tftp", "/srv/boot")
        assert result.returncode == 0 and not result.stderr, result
        assert "dhcp-host=%s,id:*,172.22.132.11,k8s-m1,infinite\n" % M1 in result.stdout
        proxy = seedctl("dnsmasq", "--mode", "proxy", seed.site)
        assert proxy.returncode == 0 and "dhcp-range=172.22.132.0,proxy," in proxy.stdout and "tftp" not in proxy.stdout
        for wrong in ((), (seed.site,), (seed.site, "--mode", "dhpc"), ("--mode", "dhcp"), (seed.site, "x", "--mode", "dhcp"),
                      (seed.site, "--mode", "dhcp", "--interface", "a/b"), (seed.site, "--mode", "dhcp", "--tftp", "boot"),
                      (seed.site, "--mode", "dhcp", "--tftp", "/a,b"), (seed.site, "--mode", "dhcp", "--tftp", "/a\nb")):
            result = seedctl("dnsmasq", *wrong)
            assert result.returncode == 2 and result.stderr and not result.stdout, wrong
        seed.write_site(site_document(network={"seed": "http://seed.example.com:8080"}))
        result = seedctl("dnsmasq", seed.site, "--mode", "proxy")
        assert result.returncode == 1 and "/network/seed" in result.stderr and not result.stdout, result
        seed.write_site("{")
        assert seedctl("dnsmasq", seed.site, "--mode", "dhcp").returncode == 1
