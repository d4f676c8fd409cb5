# SPDX-License-Identifier: Apache-2.0
# The agent on a network that is not as it should be: a machine as its initramfs starts it (namespaces of its own), veth, busybox's udhcpc,
# dnsmasq, the real seed server. It comes as far as the layers, which this seed does not have; /sysroot is no folder.
import contextlib
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading

import seed as contract
from seed import Seed, mac_of
from test_fetch import AGENT

TOP = contract.TOP
MAC = mac_of("k8s-n1")
# What a machine has in its initramfs, and nothing of the host's but its programs: no consoles, no disks, no hostname, no clock.
INITRAMFS = """
root={dir} && mount -t tmpfs tmpfs $root && cd $root && mkdir etc usr proc sys dev run tmp upper work var var/lib && echo {uuid} >etc/machine-id &&
cp /etc/passwd /etc/nsswitch.conf etc/ && touch etc/initrd-release sysroot && ln -s usr/bin usr/sbin usr/lib usr/lib64 . &&
mount --bind /usr usr && mount -t overlay -o lowerdir=/usr/share,upperdir=upper,workdir=work overlay usr/share &&
mkdir -p usr/share/udhcpc own && cp {top}/initramfs/lease usr/share/udhcpc/ && cp {agent} own/ && cp -L "$(command -v busybox)" own/udhcpc &&
mount -t proc proc proc && mount --rbind /dev dev && mount -t tmpfs tmpfs run && echo "$CMDLINE" >run/cmdline &&
exec setpriv --bounding-set=-sys_time chroot . /usr/bin/env PATH=/own:/usr/sbin:/usr/bin /own/seed-agent run --cmdline /run/cmdline
"""


def ip(*words, netns=None):
    subprocess.run(["ip", *(["-n", netns] if netns else []), *words], check=True, capture_output=True)


class Network:
    """A switch in a namespace of its own, machines and servers on its ports."""

    def __init__(self):
        self.stem, self.names, self.processes = "sr-test-%d" % os.getpid(), [], []
        self.dir = tempfile.mkdtemp(prefix="seedrack-network.")

    def __enter__(self):
        self.switch = self.namespace("switch")
        ip("link", "add", "br0", "up", "type", "bridge", netns=self.switch)
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait(10)
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], capture_output=True)
        shutil.rmtree(self.dir, ignore_errors=True)

    def namespace(self, name):
        ip("netns", "add", self.stem + "-" + name)
        self.names.append(self.stem + "-" + name)
        ip("link", "set", "lo", "up", netns=self.names[-1])
        return self.names[-1]

    # Something with one link, eth0, on the switch.
    def attach(self, name, address=None, mac=None, switch_mtu="1500"):
        netns, port = self.namespace(name), "p-" + name
        ip("link", "add", port, "type", "veth", "peer", "name", "eth0", *(["address", mac] if mac else []), "netns", netns, netns=self.switch)
        ip("link", "set", port, "mtu", switch_mtu, "master", "br0", "up", netns=self.switch)
        ip("link", "set", "eth0", "up", netns=netns)
        if address:
            ip("address", "add", address, "dev", "eth0", netns=netns)
        return netns

    def spawn(self, netns, *words, **kw):
        process = subprocess.Popen(["ip", "netns", "exec", netns, *words], stderr=subprocess.PIPE, text=True, **kw)
        self.processes.append(process)
        return process

    # This process's own sockets in a namespace; of this thread and those it starts.
    @contextlib.contextmanager
    def within(self, netns):
        before = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
        there = os.open("/run/netns/" + netns, os.O_RDONLY)
        libc = ctypes.CDLL(None, use_errno=True)
        assert libc.setns(there, 0x40000000) == 0, os.strerror(ctypes.get_errno())  # CLONE_NEWNET
        try:
            yield
        finally:
            assert libc.setns(before, 0x40000000) == 0
            os.close(before)
            os.close(there)

    # A real DHCP server; returns when it serves.
    def dnsmasq(self, netns, *options):
        leases = tempfile.mktemp(dir=self.dir)
        process = self.spawn(netns, "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--port=0", "--interface=eth0", "--bind-interfaces", "--log-facility=-",
                             "--user=root", "--log-dhcp", "--dhcp-authoritative", "--dhcp-leasefile=" + leases, *options)
        server = Said(process)
        server.says("DHCP, (IP range|static leases)")
        return server

    def machine(self, netns, cmdline, agent=AGENT):
        folder = tempfile.mkdtemp(dir=self.dir)
        script = INITRAMFS.strip().format(dir=folder, top=TOP, agent=agent, uuid="5eed" * 8)
        process = self.spawn(netns, "unshare", "--mount", "--uts", "--pid", "--fork", "--kill-child", "sh", "-c", script, env={**os.environ, "CMDLINE": cmdline})
        return Said(process)


class Said:
    """A process, and the lines that it says."""

    def __init__(self, process):
        self.process, self.lines, self.said = process, [], threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stderr:
            with self.said:
                self.lines.append(line)
                self.said.notify_all()

    def find(self, *patterns):
        for line in self.lines:
            if all(re.search(pattern, line) for pattern in patterns):
                return line
        return None

    def says(self, *patterns, timeout=60):
        with self.said:
            assert self.said.wait_for(lambda: self.find(*patterns), timeout), "not said: %s\n%s" % (patterns, "".join(self.lines))
            return self.find(*patterns)

    def kill(self):
        self.process.kill()
        self.process.wait(10)


def possible():
    probe = ("ip link add sr-probe type bridge && mount -t tmpfs tmpfs /mnt && mkdir /mnt/upper /mnt/work && "
             "mount -t overlay -o lowerdir=/usr/share,upperdir=/mnt/upper,workdir=/mnt/work overlay /usr/share")
    return os.geteuid() == 0 and subprocess.run(["unshare", "-m", "-n", "sh", "-c", probe], capture_output=True).returncode == 0


@contextlib.contextmanager
def seed_on(network, **link):
    netns = network.attach("seed", "10.84.0.1/24", **link)
    document = contract.site_document()
    document["nodes"] = [dict(node, **({"diskless": True} if node["hostname"] == "k8s-n1" else {})) for node in document["nodes"]]
    seed = Seed(wrap=["ip", "netns", "exec", netns])
    listen = seed.arguments
    seed.arguments = lambda: listen("10.84.0.1:8080")
    seed.write_site(document)
    with seed:
        yield netns, seed


def events_of(netns):
    return subprocess.run(["ip", "netns", "exec", netns, "curl", "--silent", "http://10.84.0.1:8080/v1/events"], capture_output=True, text=True).stdout


BY_HAND = "seedrack.seed=http://10.84.0.1:8080 seedrack.address=10.84.0.21/24 seedrack.mac=" + MAC
SKIPPED = "skipped: needs root, network and mount namespaces"
OWN_DHCP = ("--dhcp-range=10.84.0.0,static", "--dhcp-host=%s,10.84.0.21" % MAC, "--dhcp-option=3,10.84.0.254", "--dhcp-option=224,http://10.84.0.1:8080")
CONFLICT = (r"two DHCP servers contradict each other on eth0: ", r"10\.84\.0\.1 \([0-9a-f:]{17}\) offers 10\.84\.0\.21/24, gateway 10\.84\.0\.254, seed http://10\.84\.0\.1:8080",
            r"10\.9\.9\.254 \([0-9a-f:]{17}\) offers 10\.9\.9\.1[5-9][0-9]/24, gateway 10\.9\.9\.254", "switch off the one that does not belong here", r"\[SR-DHCP-RIVAL\]; next try in")


def foreign(network, *options):  # somebody else's DHCP server, with a pool for everybody
    return network.dnsmasq(network.attach("foreign", "10.9.9.254/24"), "--dhcp-range=10.9.9.150,10.9.9.199,255.255.255.0", *options)


def test_a_path_that_drops_large_packets_is_named():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        machine = network.machine(network.attach("node", mac=MAC, switch_mtu="1400"), BY_HAND)
        line = machine.says("link eth0 has the MTU 1500", "to the seed 10.84.0.1", "switch ports' MTU to 1500 at least", "that of eth0")
        assert 1400 <= int(re.search(r"through had (\d+) bytes", line).group(1)) <= 1404, line  # a veth leaves room for a VLAN tag
        machine.says("step role: done")
        assert "link eth0 has the MTU 1500" in events_of(netns) and '"code":"SR-PATH-MTU"' in events_of(netns)


def test_a_path_that_takes_what_the_link_takes_is_not_talked_about():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network):
        machine = network.machine(network.attach("node", mac=MAC), BY_HAND)
        machine.says("step role: done")
        assert not machine.find("MTU"), machine.lines


def test_a_seed_without_echo_gives_no_verdict_on_the_path():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        subprocess.run(["ip", "netns", "exec", netns, "sysctl", "-q", "-w", "net.ipv4.icmp_echo_ignore_all=1"], check=True)
        machine = network.machine(network.attach("node", mac=MAC, switch_mtu="1400"), BY_HAND)
        machine.says("step role: done")
        assert machine.find("info .*the seed answers no ICMP echo") and not machine.find("warning .*MTU"), machine.lines


def test_two_dhcp_servers_that_contradict_each_other_are_named_until_one_is_gone():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        own, rival = network.dnsmasq(netns, *OWN_DHCP), foreign(network, "--no-ping")
        own.process.send_signal(signal.SIGSTOP)  # the wrong one is first, the right one answers while the seed is looked for there
        machine = network.machine(network.attach("node", mac=MAC), "seedrack.seed=http://10.84.0.1:8080 seedrack.mac=" + MAC)
        rival.says("DHCPACK")
        own.process.send_signal(signal.SIGCONT)
        machine.says("step link: ", *CONFLICT)
        assert not machine.find("step (claim|role)"), machine.lines
        rival.kill()
        machine.says("step link: done")
        machine.says("step role: done")
        assert '"code":"SR-DHCP-RIVAL"' in events_of(netns), events_of(netns)


def test_a_failure_sends_the_end_of_its_log():
    if not possible() or not subprocess.run(["dmesg"], capture_output=True).stdout:
        return "skipped: needs root, namespaces and the kernel's log"
    with Network() as network, seed_on(network) as (netns, seed):
        seed.write_site(contract.site_document())  # not diskless: and this machine has no /sys
        machine = network.machine(network.attach("node", mac=MAC), BY_HAND)
        machine.says("step disk: .*/sys/block", r"\[SR-DISK\]; next try in 2 s")
        failed = [event for event in json.loads(events_of(netns))["events"] if event["state"] == "failed"]
        assert len(failed) >= 2 and all(event["code"] == "SR-DISK" and event["wall_ms"] > event["at_ms"] for event in failed), failed
        assert len(failed[0]["tail"].splitlines()) > 1 and len(failed[0]["tail"]) <= 4096 and "tail" not in failed[1], failed  # once of the same


def test_dhcp_servers_that_agree_are_left_alone():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        network.dnsmasq(netns, *OWN_DHCP)
        other = network.dnsmasq(network.attach("other", "10.84.0.2/24"), "--dhcp-range=10.84.0.150,10.84.0.199,255.255.255.0", "--no-ping", *OWN_DHCP[2:])
        machine = network.machine(network.attach("node", mac=MAC), "seedrack.mac=" + MAC)
        machine.says("step role: done")
        other.says(r"DHCPOFFER\(eth0\) 10\.84\.0\.1[5-9][0-9] " + MAC)
        assert not machine.find("contradict"), machine.lines


# dnsmasq pings an address for 3 s before it offers it: then the machine is past its link step already.
def test_a_dhcp_server_that_is_late_is_named_before_the_pivot():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        network.dnsmasq(netns, *OWN_DHCP)
        rival = foreign(network)
        machine = network.machine(network.attach("node", mac=MAC), "seedrack.mac=" + MAC)
        rival.says(r"DHCPOFFER\(eth0\) 10\.9\.9\.1[5-9][0-9] " + MAC)
        machine.says("step layers: .*next try in")
        agent = subprocess.run(["pgrep", "-P", str(machine.process.pid)], check=True, capture_output=True, text=True).stdout.strip()
        for digit in "012":  # the layers, empty
            subprocess.run(["nsenter", "-t", agent, "-m", "-r", "-w", "sh", "-c", "mkdir -p /run/seedrack/layers/{0} && mount -t tmpfs tmpfs /run/seedrack/layers/{0}".format(digit * 64)], check=True)
        machine.says("step pivot: ", *CONFLICT)
        rival.kill()
        machine.says("step pivot: .*/sysroot")  # on to the root, which cannot be assembled here


# What DHCP servers in the field send: a lease that is usable is used.
def leased(network, netns, *options, address="10.84.0.21"):
    network.dnsmasq(netns, "--dhcp-range=10.84.0.0,static", "--dhcp-host=%s,%s" % (MAC, address), *options)
    return network.machine(network.attach("node", mac=MAC), "seedrack.mac=" + MAC)


def test_a_seed_option_that_ends_with_nul_or_slash_is_read():
    if not possible():
        return SKIPPED
    hexadecimal = ":".join("%02x" % byte for byte in b"http://10.84.0.1:8080\0")
    for option in (hexadecimal, "http://10.84.0.1:8080/"):
        with Network() as network, seed_on(network) as (netns, _):
            leased(network, netns, "--dhcp-option=3", "--dhcp-option-force=224," + option).says("step role: done")


def test_a_lease_without_a_mask_is_of_its_class():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        machine = leased(network, netns, "--dhcp-option=1", "--dhcp-option=3,10.84.0.254", "--dhcp-option=224,http://10.84.0.1:8080")
        machine.says("step role: done")


def test_a_gateway_outside_of_the_subnet_is_on_the_link():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        ip("address", "add", "172.31.1.1/32", "dev", "eth0", netns=netns)  # the gateway of a network in which every address is a /32
        ip("route", "add", "10.84.0.21/32", "dev", "eth0", netns=netns)
        machine = leased(network, netns, "--dhcp-option=1,255.255.255.255", "--dhcp-option=3,172.31.1.1", "--dhcp-option=224,http://10.84.0.1:8080")
        machine.says("step role: done")


def test_an_option_that_makes_no_sense_is_named_and_stops_nothing():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        machine = leased(network, netns, "--dhcp-option=3,255.255.255.255", "--dhcp-option=224,http://10.84.0.1:8080")
        machine.says("gateway `255.255.255.255` makes no sense")
        machine.says("step role: done")


def test_a_machine_with_many_cards_is_known_by_the_last_one():
    if not possible():
        return SKIPPED
    with Network() as network, seed_on(network) as (netns, _):
        node = network.attach("node", mac=mac_of("k8s-n1")[:-2] + "ff")
        for number in range(1, 41):
            ip("link", "add", "eth%d" % number, "type", "veth", "peer", "name", "far%d" % number, "netns", network.switch, netns=node)
        ip("link", "set", "eth40", "address", MAC, netns=node)
        machine = network.machine(node, BY_HAND.replace(" seedrack.mac=" + MAC, ""))
        machine.says("step role: done")
