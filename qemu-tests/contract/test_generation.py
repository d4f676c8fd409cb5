# SPDX-License-Identifier: Apache-2.0
# Generations of certificates: somebody has the old keys of seed and operator. After seedctl init --renew and `generation` in the site they open
# nothing, neither at the seed nor at a machine; also on a kept connection, and at a machine that has nothing but its command line.
import json
import os
import shutil
import socket
import ssl
import subprocess

import test_network as net
from seed import mac_of, site_document
from test_seedctl import seedctl
from tls import NAME, Connection, TlsSeed, init

N1 = mac_of("k8s-n1")


def raise_site(seed, generation, **changes):
    document = seed.site_with_pin(seed.pin)
    document["network"]["generation"] = generation
    document.update(changes)
    seed.write_site(document)


def renew(seed):
    """What the thief has: the old certificates and keys."""
    old = seed.dir + "/old"
    shutil.copytree(seed.pki, old)
    made = init(os.path.dirname(seed.site), "--renew")
    assert made.returncode == 0 and json.loads("{" + made.stdout.replace("\n", ",", 1) + "}") == {"seed_ca": seed.pin, "generation": 2}, made
    assert "restart the seed" in made.stderr and "media made before" in made.stderr, made.stderr
    return old


def operator(folder):
    return folder + "/operator.crt", folder + "/operator.key"


def test_an_old_operator_certificate_ends_with_its_generation():
    with TlsSeed() as seed:
        def status(who):
            return seed.get("/v1/nodes/k8s-n1", certificate=who).status

        old = renew(seed)
        raise_site(seed, 2)  # too early: the seed still has the old certificate, and machines would lose it
        seed.wait_log("/network/generation: 2, and the seed's certificate is of generation 1")
        assert status(operator(old)) == 200
        seed.stop()
        raise_site(seed, 1)
        seed.start()
        assert status(operator(old)) == status(operator(seed.pki)) == 200
        kept = Connection("127.0.0.1", seed.tls_port, timeout=20, context=seed.context(operator(old)))
        kept.request("GET", "/v1/nodes/k8s-n1")
        assert kept.getresponse().read()
        raise_site(seed, 2)
        seed.wait_log("changed")
        assert status(operator(old)) == 403 and status(operator(seed.pki)) == 200
        kept.request("GET", "/v1/nodes/k8s-n1")
        refused = kept.getresponse()
        assert refused.status == 403 and json.loads(refused.read())["error"]["code"] == "old_generation"
        kept.close()
        seed.stop()
        for name in ("seed.crt", "seed.key"):
            shutil.copy(old + "/" + name, seed.pki)
        refused = subprocess.run(seed.arguments(), capture_output=True, text=True, timeout=60)
        assert refused.returncode == 1 and "/network/generation: 2" in refused.stderr and "init --renew" in refused.stderr, refused
        raise_site(seed, 1)
        seed.start()
        said = seedctl("status", "--seed", "https://127.0.0.1:%d" % seed.tls_port, "--pki", seed.pki)  # the operator has the newer one
        assert said.returncode == 1 and "of the operator's generation" in said.stderr, said


def test_machines_learn_the_generation_by_tls_alone():
    with TlsSeed() as seed:
        renew(seed)
        seed.stop()
        seed.start()
        machine = seed.machine("k8s-n1").claimed()
        assert "Seedrack-Generation" not in machine.get("/v1/bootstrap").headers
        raise_site(seed, 2)
        seed.wait_log("changed")
        assert machine.get("/v1/bootstrap").headers["Seedrack-Generation"] == "2"
        assert "Seedrack-Generation" not in seed.plain("GET", "/v1/trust").headers

        def named(name):
            context = seed.context()
            with socket.create_connection(("127.0.0.1", seed.tls_port), 20) as raw:
                return context.wrap_socket(raw, server_hostname=name).getpeercert()

        assert named(NAME) and named("g2." + NAME)
        try:
            named("g3." + NAME)
        except ssl.SSLCertVerificationError:
            return
        raise AssertionError("a certificate of generation 2 went as one of 3")


# An unknown seedrack. word stops a boot: the script says only what the initramfs knows that it names.
def test_the_boot_script_says_what_its_initramfs_knows():
    def kernel(seed):
        script = seed.plain("GET", "/boot.ipxe?mac=" + N1).body.decode()
        return next(line for line in script.splitlines() if line.startswith("kernel "))

    def put(seed, suffix, text):
        with open(seed.dir + "/artifacts/boot/initrd-metal" + suffix, "w") as f:
            f.write(text)

    with TlsSeed() as seed:
        renew(seed)
        seed.stop()
        raise_site(seed, 2)
        seed.start()
        word = " seedrack.generation=2 "
        assert word not in kernel(seed)  # no initramfs
        put(seed, ".img", "12345")
        assert word not in kernel(seed)  # of a version that has no list
        put(seed, ".words", "5\nseed\nsite\nca\nmac\ngeneration\n")
        assert word in kernel(seed)
        assert word in seedctl("cmdline", seed.site, "--mac", N1).stdout
        put(seed, ".words", "5\nseed\nsite\nca\nmac\ngenerations\n")
        assert word not in kernel(seed)
        put(seed, ".words", "4\ngeneration\n")
        assert word not in kernel(seed)  # the list is of another initramfs
        put(seed, ".words", "")
        assert word not in kernel(seed)
        put(seed, ".words", "5\n" + "x" * 5000)
        assert word not in kernel(seed)
        raise_site(seed, 1)
        seed.wait_log("changed")
        put(seed, ".words", "5\ngeneration\n")
        assert "generation" not in kernel(seed)


def test_a_generation_needs_an_authority_and_a_number():
    with TlsSeed() as seed:
        folder = os.path.dirname(seed.site)
        for value, cause in ((0, "/network/generation"), (65, "/network/generation"), ("2", "/network/generation")):
            raise_site(seed, value)
            said = seedctl("validate", seed.site)
            assert said.returncode == 1 and cause in said.stdout + said.stderr, said
        document = site_document()
        document["network"]["generation"] = 2
        seed.write_site(document)
        said = seedctl("validate", seed.site)
        assert said.returncode == 1 and "there is no seed_ca" in said.stdout + said.stderr, said
        for generation in range(2, 65):
            made = init(folder, "--renew")
            assert made.returncode == 0 and '"generation": %d\n' % generation in made.stdout, made
        made = init(folder, "--renew")
        assert made.returncode == 1 and "the last one" in made.stderr, made
        seed.write_site(seed.site_with_pin(seed.pin))
        assert init(folder).returncode == 0  # what is there stays


class RackSeed(TlsSeed):
    """In the seed's namespace of a test network."""

    def __init__(self, netns):
        super().__init__(wrap=["ip", "netns", "exec", netns])
        document = self.site_with_pin(self.pin)
        self.nodes = [dict(node, **({"diskless": True} if node["hostname"] == "k8s-n1" else {})) for node in document["nodes"]]
        raise_site(self, 1, nodes=self.nodes)

    def arguments(self, listen="10.84.0.1:8080"):
        return super(TlsSeed, self).arguments(listen) + ["--pki", self.pki, "--listen-tls", "10.84.0.1:8443"]


# The thief takes the seed's address, with the old keys.
def test_a_machine_refuses_an_old_seed_certificate():
    if not net.possible():
        return net.SKIPPED
    with net.Network() as network:
        seed = RackSeed(network.attach("seed", "10.84.0.1/24"))
        line = net.BY_HAND + " seedrack.ca=" + seed.pin
        seed.start()
        try:
            machine = network.machine(network.attach("node", mac=N1), line)
            machine.says("step role: done")
            old = renew(seed)
            seed.stop()
            seed.start()
            raise_site(seed, 2, nodes=seed.nodes)
            machine.says("from now on the seed's certificate must be of generation 2")
            seed.stop()
            new = seed.dir + "/new"
            shutil.copytree(seed.pki, new)
            for name in ("seed.crt", "seed.key"):
                shutil.copy(old + "/" + name, seed.pki)
            raise_site(seed, 1, nodes=seed.nodes)  # the thief's own site and state
            os.rename(seed.state, seed.dir + "/kept")
            seed.start()
            blank = network.machine(network.attach("blank", mac=mac_of("k8s-n2")), line.replace(N1, mac_of("k8s-n2")).replace("10.84.0.21", "10.84.0.22") + " seedrack.generation=2")
            blank.says("generation 2: start it with what seedctl init --renew made")
            assert not blank.find("step claim: done"), blank.lines
            machine.says("layers: layer .*next try in (16|30) s")  # each sends an event
            said = seed.get("/v1/nodes", admin=True).json["nodes"]
            assert len(said) == 7 and not any(node["claimed"] or node["step"] for node in said), said
            seed.stop()
            shutil.rmtree(seed.state)
            os.rename(seed.dir + "/kept", seed.state)
            for name in ("seed.crt", "seed.key"):
                shutil.copy(new + "/" + name, seed.pki)
            seed.start()
            blank.says("step claim: done")
        finally:
            seed.stop()
            shutil.rmtree(seed.dir, ignore_errors=True)
