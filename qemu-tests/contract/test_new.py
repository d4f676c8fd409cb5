# SPDX-License-Identifier: Apache-2.0
# `seedctl new` on a machine whose link, routes, resolver, host name, authority and releases are known: namespaces that the test makes.
import json
import os
import re
import shlex
import subprocess

from seed import TOP

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
SKIPPED = None if os.access(SEEDCTL, os.X_OK) else "skipped: %s is not built" % SEEDCTL
MACS = ["52:54:00:84:00:%02d" % n for n in (11, 12, 13, 21, 22)]
SEED = ["--vip", "172.22.132.10", "--seed", "172.22.132.1"]
# /etc and /var/lib forget what is written; /mnt is empty.
MACHINE = """
mount -t tmpfs tmpfs /mnt && mount -t tmpfs tmpfs /run
for place in /etc /var/lib; do
    mkdir -p /mnt/.$place/upper /mnt/.$place/work
    mount -t overlay overlay -o lowerdir=$place,upperdir=/mnt/.$place/upper,workdir=/mnt/.$place/work $place
done
rm -rf /etc/seedrack /var/lib/seedrack && mkdir /etc/seedrack
hostname Rack7.example.com
ip link set lo up
ip link add eth0 type veth peer name wire && ip link set wire up && ip link set eth0 up
ip link add eth1 type veth peer name wire1 && ip link set wire1 up && ip link set eth1 up
ip address add 172.22.132.1/24 dev eth0
ip address add 10.9.0.5/16 dev eth1
ip route add default via 172.22.132.253 metric 200
ip route add default via 172.22.132.12 metric 100
ip route add default via 10.9.0.1 metric 50
rm -f /etc/resolv.conf && printf 'search example.com\\nnameserver 127.0.0.53\\nnameserver 9.9.9.9\\nnameserver 9.9.9.9\\nnameserver 172.22.132.14\\nnameserver ::1\\n' >/etc/resolv.conf
cd /mnt
"""


class Machine:
    """A bash on the machine, which runs one command after the other."""

    def __enter__(self):
        self.shell = subprocess.Popen(["unshare", "--net", "--mount", "--uts", "bash", "-eu"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.run(MACHINE)
        return self

    def __exit__(self, *_):
        self.shell.stdin.close()
        self.shell.wait(30)
        self.shell.stdout.close()

    def run(self, script):
        self.shell.stdin.write(script + "\necho done\n")
        self.shell.stdin.flush()
        line = self.shell.stdout.readline()
        assert line == "done\n", "the machine said `%s` to %s" % (line, script)

    def seedctl(self, *words):
        command = ["nsenter", "--target", str(self.shell.pid), "--net", "--mount", "--uts", "--wdns=/mnt", SEEDCTL, *words]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def new(self, *words):
        said = self.seedctl("new", *words)
        assert said.returncode == 0 and len(said.stderr.splitlines()) <= 6, said
        return said

    def document(self, *words):
        return json.loads(self.new(*SEED, *words).stdout)

    def read(self, path):
        return subprocess.run(["nsenter", "--target", str(self.shell.pid), "--mount", "cat", path], capture_output=True, text=True, check=True).stdout

    def write(self, path, text):
        self.run("printf %%s %s >%s" % (shlex.quote(text), shlex.quote(path)))


def machine_is_possible():
    if SKIPPED:
        return SKIPPED
    if os.getuid() != 0 or subprocess.run(["unshare", "--net", "--mount", "--uts", "true"], capture_output=True).returncode:
        return "skipped: only root can make a machine"
    return None


def pointers(said):
    for line in said.stderr.splitlines():
        assert re.fullmatch(r"/[^:]*: .*; .*", line), line
    return [line.split(":")[0] for line in said.stderr.splitlines()]


def test_the_document_has_what_the_machine_knows():
    if machine_is_possible():
        return machine_is_possible()
    with Machine() as machine:
        said = machine.new(*SEED, "--workers", "2")
        site = json.loads(said.stdout)
        assert site["site"] == site["cluster"]["name"] == "rack7", site
        assert site["network"] == {"gateway": "172.22.132.12", "nameservers": ["9.9.9.9", "172.22.132.14"], "seed": "http://172.22.132.1:8080"}, site
        assert site["vip"]["virtual_router_id"] == 10
        # past the gateway and a nameserver
        assert [node["address"] for node in site["nodes"]] == ["172.22.132.%d/24" % n for n in (11, 13, 15, 16, 17)], site
        assert [node["hostname"] for node in site["nodes"]] == ["m1", "m2", "m3", "w1", "w2"]
        assert [node["pod_cidr"] for node in site["nodes"]] == ["10.244.%d.0/24" % n for n in range(1, 6)]
        assert [node.get("vrrp_priority") for node in site["nodes"]] == [150, 149, 148, None, None]
        assert pointers(said) == ["/nodes/0/mac to /nodes/4/mac", "/vip, /nodes", "/network/seed_ca", "/release"], said.stderr
        # as people read it: one node a line, two blanks
        assert len(re.findall(r'^    \{"hostname": ".*\},?$', said.stdout, re.M)) == 5 and '\n  "vip": {"address"' in said.stdout
        machine.write("site.json", said.stdout)
        refused = machine.seedctl("validate", "site.json")
        assert refused.returncode == 1 and refused.stderr.count("\n") == 5, refused
        for i, hostname in enumerate(("m1", "m2", "m3", "w1", "w2")):
            assert "site.json: /nodes/%d/mac: `MAC of %s` is not valid" % (i, hostname) in refused.stderr, refused
            said.stdout = said.stdout.replace("MAC of " + hostname, MACS[i])
        machine.write("site.json", said.stdout)
        accepted = machine.seedctl("validate", "site.json")
        assert accepted.returncode == 0 and not accepted.stderr, accepted


def test_macs_come_from_the_command_line_or_a_file():
    if machine_is_possible():
        return machine_is_possible()
    with Machine() as machine:
        machine.write("macs", "# masters\n%s\n%s\n\n%s # the third\n%s\n%s\n" % tuple(mac.upper() for mac in MACS))
        for given in ("macs", ",".join(MACS)):
            machine.run("rm -f site.json")
            said = machine.new(*SEED, "--mac", given, "site.json")
            assert not said.stdout and pointers(said) == ["/vip, /nodes", "/network/seed_ca", "/release"], said
            site = json.loads(machine.read("/mnt/site.json"))
            assert [(node["role"], node["mac"]) for node in site["nodes"]] == list(zip(["master"] * 3 + ["worker"] * 2, MACS)), site
            for command in ("validate", "plan"):
                accepted = machine.seedctl(command, "site.json")
                assert accepted.returncode == 0 and not accepted.stderr, accepted
        some = machine.document("--mac", ",".join(MACS), "--workers", "3")
        assert [node["mac"] for node in some["nodes"]] == [*MACS, "MAC of w3"]
        assert len(machine.document("--mac", MACS[0])["nodes"]) == 3
        for given, cause in (("nothing", "`nothing` is not valid"), (MACS[0] + ",x", "`x` is not valid"), (",".join([MACS[0]] * 4), "/nodes/1/mac: duplicate")):
            refused = machine.seedctl("new", *SEED, "--mac", given)
            assert refused.returncode == 1 and cause in refused.stderr and not refused.stdout, refused


def test_authority_and_release_are_those_of_this_machine():
    if machine_is_possible():
        return machine_is_possible()
    with Machine() as machine:
        with open(os.path.join(TOP, "Makefile")) as f:
            release = re.search(r"^RELEASE := (.*)$", f.read(), re.M)[1]
        assert machine.document()["release"] == release and "seed_ca" not in machine.document()["network"]
        machine.run("mkdir -p /var/lib/seedrack/releases && cd /var/lib/seedrack/releases && touch v1.9.10.json v1.36.3.json v1.100.0.json.part other.json; cd /mnt")
        assert machine.document()["release"] == "v1.36.3" and machine.document("--release", "v1.20.2")["release"] == "v1.20.2"
        machine.run("mkdir here elsewhere")
        pins = {}
        for folder in ("/etc/seedrack", "here", "elsewhere"):
            printed = machine.seedctl("init", folder)
            pins[folder] = re.fullmatch(r'"seed_ca": "(.*)"\n', printed.stdout)[1]
        assert len(set(pins.values())) == 3
        said = machine.new(*SEED)
        assert json.loads(said.stdout)["network"]["seed_ca"] == pins["/etc/seedrack"] and pointers(said) == ["/nodes/0/mac to /nodes/2/mac", "/vip, /nodes"], said
        machine.new(*SEED, "here/site.json")
        assert json.loads(machine.read("/mnt/here/site.json"))["network"]["seed_ca"] == pins["here"]
        assert machine.document("--pki", "elsewhere/pki")["network"]["seed_ca"] == pins["elsewhere"]
        assert machine.seedctl("init", "--renew", "elsewhere").returncode == 0
        assert machine.document("--pki", "elsewhere/pki")["network"]["generation"] == 2
        machine.new(*SEED, "--pki", "elsewhere/pki", "--mac", ",".join(MACS), "two.json")
        assert machine.seedctl("validate", "two.json").returncode == 0
        none = machine.seedctl("new", *SEED, "--pki", "nowhere")
        assert none.returncode == 1 and "/network/seed_ca: read `nowhere/ca.crt`: ENOENT; " in none.stderr and not none.stdout, none


def test_a_site_is_never_replaced():
    if machine_is_possible():
        return machine_is_possible()
    with Machine() as machine:
        machine.write("site.json", "mine")
        machine.run("ln -s nowhere link.json")
        for name in ("site.json", "link.json"):
            refused = machine.seedctl("new", *SEED, name)
            assert refused.returncode == 1 and "`%s` is there already" % name in refused.stderr and refused.stderr.count("\n") == 1, refused
        assert machine.read("/mnt/site.json") == "mine"
        machine.new(*SEED, "deep/site.json")
        machine.run('[ "$(ls -A /mnt /mnt/deep | grep -c seedrack)" = 0 ] && [ "$(stat -c %a deep/site.json)" = 644 ]')
        full = subprocess.run(["nsenter", "--target", str(machine.shell.pid), "--net", "--mount", "--uts", "sh", "-c", 'exec "$@" >/dev/full', "sh", SEEDCTL, "new", *SEED], capture_output=True, text=True)
        assert full.returncode == 1 and "ENOSPC" in full.stderr, full


def test_a_seed_with_a_name_a_port_or_another_link():
    if machine_is_possible():
        return machine_is_possible()
    with Machine() as machine:
        for given, url in (("172.22.132.1:81", "http://172.22.132.1:81"), ("http://172.22.132.1:81", "http://172.22.132.1:81"), ("seed.example.com", "http://seed.example.com:8080")):
            network = json.loads(machine.new("--vip", "172.22.132.10", "--seed", given).stdout)["network"]
            assert network["seed"] == url and network["gateway"] == "172.22.132.12", network
        other = json.loads(machine.new("--vip", "10.9.1.0", "--seed", "10.9.0.5", "--name", "other", "--first", "10.9.0.4").stdout)
        assert other["network"]["gateway"] == "10.9.0.1" and other["vip"]["virtual_router_id"] == 255 and other["site"] == "other"
        assert [node["address"] for node in other["nodes"]] == ["10.9.0.4/16", "10.9.0.6/16", "10.9.0.7/16"], other
        machine.run("ip route del default via 10.9.0.1")
        alone = machine.new("--vip", "10.9.1.0", "--seed", "10.9.0.5")
        assert "gateway" not in json.loads(alone.stdout)["network"] and json.loads(alone.stdout)["network"]["nameservers"] == []
        assert "/network/gateway, /network/nameservers" in pointers(alone), alone.stderr
        machine.run("mkdir -p /run/systemd/resolve && echo nameserver 127.0.0.53 >/etc/resolv.conf && echo nameserver 9.9.9.10 >/run/systemd/resolve/resolv.conf")
        assert machine.document()["network"]["nameservers"] == ["9.9.9.10"]
        machine.run("rm /etc/resolv.conf /run/systemd/resolve/resolv.conf")
        none = machine.new(*SEED)
        assert json.loads(none.stdout)["network"]["nameservers"] == [] and "/network/nameservers" in pointers(none), none
        even = machine.new(*SEED, "--masters", "2")
        assert pointers(even)[-1] == "/nodes" and "warning: 2 masters" in even.stderr and len(pointers(even)) == 6, even


def test_contradictions_are_one_line_and_nothing_is_written():
    if machine_is_possible():
        return machine_is_possible()
    with Machine() as machine:
        for words, said in (
                (["--vip", "10.0.0.1"], "/vip/address: 10.0.0.1 is outside of 172.22.132.0/24"),
                (["--vip", "172.22.132.1"], "/vip/address: 172.22.132.1 is the seed's"),
                (["--vip", "172.22.132.12"], "/vip/address: 172.22.132.12 is the gateway's"),
                (["--seed", "172.22.132.2"], "/network/seed: 172.22.132.2 is no address of this machine"),
                (["--seed", "seed", "--vip", "10.8.0.1"], "/vip/address: no link of this machine reaches 10.8.0.1"),
                (["--workers", "240"], "/nodes: 172.22.132.0/24 has 242 free addresses from 172.22.132.11 on, for 243 machines"),
                (["--pod-subnet", "172.22.0.0/16"], "/cluster/pod_subnet: 172.22.0.0/16 overlaps 172.22.132.0/24"),
                (["--pod-subnet", "10.96.0.0/16"], "/cluster/service_subnet: overlaps /cluster/pod_subnet"),
                (["--masters", "0"], "/nodes: 0 masters")):
            given = dict(zip(SEED[::2], SEED[1::2]), **dict(zip(words[::2], words[1::2])))
            refused = machine.seedctl("new", *(word for pair in given.items() for word in pair), "site.json")
            assert refused.returncode == 1 and refused.stderr.startswith("seedctl: new: " + said) and "; " in refused.stderr, refused
            assert refused.stderr.count("\n") == 1 and not refused.stdout, refused
        for words in (["--vip", "172.22.132"], ["--seed", "https://172.22.132.1:80"], ["--seed", "127.0.0.1"], ["--masters", "-1"], ["--workers", "513"], ["--workers", "1x"],
                      ["--name", "A"], ["--release", "1.37"], ["--pod-subnet", "10.0.0.1/16"], ["--first", "x"]):
            given = dict(zip(SEED[::2], SEED[1::2]), **dict(zip(words[::2], words[1::2])))
            refused = machine.seedctl("new", *(word for pair in given.items() for word in pair), "site.json")
            assert refused.returncode == 2 and words[0] in refused.stderr and refused.stderr.count("\n") == 1 and not refused.stdout, refused
        machine.run("echo rack_7 >/proc/sys/kernel/hostname")
        nameless = machine.seedctl("new", *SEED, "site.json")
        assert nameless.returncode == 1 and "/site: " in nameless.stderr and "--name" in nameless.stderr, nameless
        machine.run("[ ! -e site.json ]")
