# SPDX-License-Identifier: Apache-2.0
# What boots a machine: the iPXE script of the seed server, and `seedctl cmdline`.
import os
import subprocess

from seed import TOP, Seed, mac_of, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
URL = "http://172.22.132.1:8080"
M1 = mac_of("k8s-m1")


def seedctl(*arguments):
    return subprocess.run([SEEDCTL, *arguments], capture_output=True, text=True, timeout=120)


def script(seed, mac):
    reply = seed.get("/boot.ipxe?mac=%s&uuid=u&serial=s" % mac)
    assert reply.status == 200, reply.body
    lines = reply.body.decode().splitlines()
    assert lines[0] == "#!ipxe"
    return lines


# iPXE gives up at the first command that fails: only what cannot fail stands without `||`.
def assert_never_ends(lines):
    again = lines.index(":again")
    for line in lines[1:]:
        assert line.startswith(("echo ", ":again")) or line.endswith(("|| goto again", " ||")), line
    assert lines[again + 2] == "sleep 5 ||"
    assert lines[-1].startswith("chain --replace %s/boot.ipxe?mac=" % URL) and lines[-1].endswith("|| goto again")
    assert "&uuid=${uuid}&serial=${serial:uristring} " in lines[-1]


def test_script_of_a_known_machine():
    with Seed() as seed:
        lines = script(seed, M1.upper())
        assert_never_ends(lines)
        assert "echo Seedrack: this is k8s-m1" in lines
        assert ("kernel --name vmlinuz %s/boot/vmlinuz-metal initrd=initrd.img seedrack.seed=%s seedrack.mac=%s "
                "seedrack.site=contract console=tty0 console=ttyS0,115200n8 quiet loglevel=4 panic=30 oops=panic || goto again"
                % (URL, URL, M1)) in lines
        assert "initrd --name initrd.img %s/boot/initrd-metal.img || goto again" % URL in lines
        assert lines.index("boot || goto again") < lines.index(":again")
        assert ("?mac=%s&" % M1) in lines[-1]


def test_a_machine_that_booted_and_stays_silent_shows():
    def row(seed, hostname):
        return next(node for node in seed.get("/v1/nodes").json["nodes"] if node["hostname"] == hostname)

    with Seed() as seed:
        n1 = seed.agent("k8s-n1")
        assert row(seed, "k8s-n1")["script_ms"] is None
        script(seed, mac_of("k8s-n1").upper())
        script(seed, "52:54:00:00:00:99")  # of nobody here
        before = row(seed, "k8s-n1")
        assert 0 <= before["script_ms"] < 5000 and row(seed, "k8s-n2")["script_ms"] is None
        n1.report({"step": "link", "state": "done"})
        after = row(seed, "k8s-n1")
        assert after["since_ms"] <= after["script_ms"] and not after["ready"]


def test_script_for_an_unknown_mac_asks_again():
    with Seed() as seed:
        lines = script(seed, "52:54:00:00:00:99")
        assert_never_ends(lines)
        assert any("no node with mac 52:54:00:00:00:99" in line for line in lines)
        assert not any(line.startswith(("kernel", "initrd", "boot")) for line in lines)
        assert seed.get("/boot.ipxe").status == 400 and seed.get("/boot.ipxe?mac=%0aboot").status == 400


def test_script_follows_the_site():
    arguments = ["nosmt", "console=ttyS1,115200n8", "memmap=64M$0x18690000"]
    with Seed() as seed:
        seed.write_site(site_document(boot={"profile": "virtio", "shell": True, "kernel_arguments": arguments}))
        seed.wait_log("changed")
        lines = script(seed, M1)
        assert_never_ends(lines)
        kernel = next(line for line in lines if line.startswith("kernel "))
        assert "/boot/vmlinuz-virtio " in kernel and " seedrack.site=contract seedrack.shell console=tty0 " in kernel
        assert kernel.endswith(" panic=30 oops=panic %s || goto again" % " ".join(arguments))
        assert "initrd --name initrd.img %s/boot/initrd-virtio.img || goto again" % URL in lines


def test_seedctl_cmdline_says_what_the_script_says():
    with Seed() as seed:
        kernel = next(line for line in script(seed, M1) if line.startswith("kernel "))
        result = seedctl("cmdline", seed.site, "--mac", M1)
        assert result.returncode == 0 and result.stdout.count("\n") == 1, result
        assert kernel == "kernel --name vmlinuz %s/boot/vmlinuz-metal %s || goto again" % (URL, result.stdout.strip())
        medium = seedctl("cmdline", seed.site)
        assert medium.stdout == result.stdout.replace(" seedrack.mac=" + M1, ""), medium
        unknown = seedctl("cmdline", seed.site, "--mac", "52:54:00:00:00:99")
        assert unknown.returncode == 1 and "no node has the MAC" in unknown.stderr and not unknown.stdout, unknown
        for wrong in ((), (seed.site, "x"), (seed.site, "--mca", M1), (seed.site, "--mac")):
            assert seedctl("cmdline", *wrong).returncode == 2, wrong
