# SPDX-License-Identifier: Apache-2.0
# A real seed-server that speaks TLS with what seedctl init made, and clients with keys of their own.
import hashlib
import http.client
import json
import os
import ssl
import subprocess

from seed import TOP, Agent, Seed, site_document

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
NAME = "seedrack-seed"


def openssl(*words, **kw):
    return subprocess.run(["openssl", *words], check=True, capture_output=True, timeout=120, **kw).stdout


# A key and a certificate by itself, as a machine makes them; (key hash, certificate file, key file).
def identity(folder, name, subject="/CN=machine"):
    key, certificate = folder + "/" + name + ".key", folder + "/" + name + ".crt"
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate,
            "-days", "10", "-subj", subject)
    return key_hash(certificate), certificate, key


def key_hash(certificate):
    public = openssl("x509", "-in", certificate, "-noout", "-pubkey")
    return hashlib.sha256(openssl("pkey", "-pubin", "-outform", "der", input=public)).hexdigest()


def init(folder, *words):
    return subprocess.run([SEEDCTL, "init", *words, folder], capture_output=True, text=True, timeout=120)


class Connection(http.client.HTTPSConnection):
    """To the seed's address, in the name that its certificate is for."""

    def connect(self):
        http.client.HTTPConnection.connect(self)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=NAME)


class TlsSeed(Seed):
    def __init__(self, wrap=()):
        super().__init__(wrap)
        self.pki = os.path.dirname(self.site) + "/pki"
        made = init(os.path.dirname(self.site))
        assert made.returncode == 0, made.stderr
        self.pin = json.loads("{" + made.stdout + "}")["seed_ca"]
        self.at = "127.0.0.1"
        self.write_site(self.site_with_pin(self.pin))

    def site_with_pin(self, pin):
        document = site_document()
        document["network"]["seed_ca"] = pin
        return document

    def arguments(self, listen="127.0.0.1:0"):
        return super().arguments(listen) + ["--pki", self.pki, "--listen-tls", "127.0.0.1:0"]

    def context(self, certificate=None, authority=None):
        context = ssl.create_default_context(cafile=authority or self.pki + "/ca.crt")
        if certificate:
            context.load_cert_chain(*certificate)
        return context

    def connection(self, timeout, certificate=None, plain=False):
        if plain:
            return http.client.HTTPConnection(self.at, self.port, timeout=timeout)
        return Connection(self.at, self.tls_port, timeout=timeout, context=self.context(certificate))

    def plain(self, method, path, body=None, headers=None):
        return self.request(method, path, body, headers, plain=True)

    def machine(self, hostname, name=None):
        return Machine(self, hostname, identity(self.dir, name or hostname))


class Machine(Agent):
    """An agent with a key that it can prove."""

    def __init__(self, seed, hostname, who):
        self.seed, self.hostname, self.who = seed, hostname, who
        self.key, self.certificate = who[0], who[1:]
        self.claim = ""

    def ask(self, **changes):
        return self.seed.post("/v1/claim", self.claim_body(**changes), certificate=self.certificate)

    # As an agent does once its disk has the key; kept=False: not yet.
    def claimed(self, kept=True):
        reply = self.ask()
        assert reply.status in (200, 201), reply.body
        self.claim = reply.json["claim"]
        if kept:
            said = self.keep()
            assert said.status == 200, said.body
        return self

    def keep(self):
        return self.post("/v1/claim/kept", {})

    def get(self, path, headers=None, **kw):
        return super().get(path, headers, certificate=self.certificate, **kw)

    def post(self, path, body, headers=None, **kw):
        return super().post(path, body, headers, certificate=self.certificate, **kw)

    def put(self, path, body):
        return self.seed.request("PUT", path, body, headers=self.headers(), certificate=self.certificate)
