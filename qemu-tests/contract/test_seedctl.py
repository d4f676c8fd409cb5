# SPDX-License-Identifier: Apache-2.0
# The command lines of seedctl: options in any order, what is refused, and how it finds its seed. The commands are read
# from `seedctl --help`, so that a new one is tested, too.
import json
import os
import re
import shutil
import subprocess
import tempfile

from seed import PINS, TOP, Seed, mac_of

SEEDCTL = os.environ.get("SEEDCTL", os.path.join(TOP, "build", "seedctl"))
SKIPPED = None if os.access(SEEDCTL, os.X_OK) else "skipped: %s is not built" % SEEDCTL
RUN_SOCKET, STATE_SOCKET = "/run/seedrack/admin.sock", "/var/lib/seedrack/admin.sock"
WHERE = "[--seed URL [--pki DIR] | --admin-socket PATH] "


def seedctl(*arguments, wrap=(), **environment):
    env = {name: value for name, value in os.environ.items() if name != "SEEDRACK_SEED"}
    return subprocess.run([*wrap, SEEDCTL, *arguments], capture_output=True, text=True, timeout=30, env={**env, **environment})


def synopses():
    return dict(re.findall(r"^  ([a-z-]+) (.*)$", seedctl("--help").stdout, re.M))


def a_host(*sockets):
    """What runs a command where /run and /var/lib are empty but for the sockets, (path, where it is really), in folders of root's alone; /mnt/seedctl
    is for everybody."""
    links = "".join("mkdir -p %s && ln -s /mnt/%d %s\n" % (os.path.dirname(path), i, path) for i, (path, _) in enumerate(sockets))
    binds = "".join("touch /mnt/%d && mount --bind '%s' /mnt/%d\n" % (i, real, i) for i, (_, real) in enumerate(sockets))
    script = "mount -t tmpfs tmpfs /mnt\ninstall -m 755 '%s' /mnt/seedctl\numask 077\n%smount -t tmpfs tmpfs /run\nmount -t tmpfs tmpfs /var/lib\n%sexec \"$@\"" % (SEEDCTL, binds, links)
    return ["unshare", "--mount", "bash", "-euc", script, "bash"]


def lines(seed):
    """Each command with options and operands that it has; HERE stands for the options that say where the seed is."""
    folder, site, audit = seed.dir, seed.site, seed.state + "/audit.log"
    return {
        "new": (["--vip", "172.22.132.10", "--seed", "172.22.132.1", "--pki", "/nowhere/pki"], [folder + "/new.json"]),
        "validate": ([], [site]),
        "plan": ([], [site, site]),
        "role": (["--site", site, "--mac", mac_of("k8s-m1"), "--release", PINS, "--layers", folder + "/layers.json"], []),
        "cmdline": (["--mac", mac_of("k8s-m1"), "--table"], [site]),
        "dnsmasq": (["--mode", "dhcp", "--interface", "br0", "--tftp", "/srv/boot"], [site]),
        "status": (["HERE", "--watch", "--timeout", "5", "--json"], []),
        "explain": (["HERE", "--json"], ["k8s-n1"]),
        "logs": (["HERE", "--json"], ["k8s-n1"]),
        "timeline": (["HERE", "--json"], []),
        "support-bundle": (["HERE", "--site", site, "--state", seed.state], [folder + "/bundle.tar.gz"]),
        "approve": (["HERE"], ["k8s-n1"]),
        "deny": (["HERE"], ["k8s-n2"]),
        "forget": (["HERE"], ["k8s-g1"]),
        "wipe-grant": (["HERE"], ["k8s-n1", "SERIAL"]),
        "rearm": (["HERE"], ["contract"]),
        "recover": (["HERE"], []),
        "renew": (["HERE", "--single"], []),
        "rollout": (["HERE"], ["status"]),
        "release": (["HERE"], ["list"]),
        "upgrade": (["HERE", "--single", "--yes"], []),
        "backup": (["HERE"], ["list"]),
        "secret": (["HERE"], ["list"]),
        "power": (["HERE", "--force"], ["off", "k8s-n1"]),
        "retire": (["HERE", "--keep-disk"], ["k8s-n2"]),
        "restore": (["HERE", "--key", "/nowhere/backup.key", "--hash", "a" * 64, "--yes"], ["20261130T125800Z-k8s-m1.age"]),
        "init": (["--renew", "--address", "172.22.132.1"], [folder]),
        "verify": (["--role", "/nowhere/role.json"], []),
        "verify-audit": (["--tip", json.loads(open(audit).readlines()[-1])["hash"]], [audit]),
        "completion": ([], ["bash"]),
    }


def with_seed(options, where):
    return [word for option in options for word in (where if option == "HERE" else [option])]


def groups(words):
    """Options with their values, so that a group may stand anywhere."""
    result = []
    for word in words:
        if word.startswith("-"):
            result.append([word])
        else:
            result[-1].append(word)
    return result


def orders(options, operands):
    """Before, behind, the other way round, and operands in the middle; values after `=`, too."""
    parts = groups(options)
    middle = [word for part in parts[:1] for word in part] + operands + [word for part in parts[1:] for word in part]
    turned = operands + [word for part in reversed(parts) for word in part]
    equals = operands + ["=".join(part) for part in parts]
    return [options + operands, operands + options, middle, turned, equals, options + ["--"] + operands]


def prepared(command, seed):
    if command == "forget":
        seed.agent("k8s-g1")
    if command == "deny":
        seed.post("/v1/admin/forget", {"hostname": "k8s-n2"}, admin=True)
        seed.agent("k8s-n2")


def test_options_stand_in_any_order_for_every_command():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        for hostname in ("k8s-m1", "k8s-m2", "k8s-m3", "k8s-n1", "k8s-g2", "k8s-n2", "k8s-g1"):
            seed.agent(hostname).report({"step": "ready", "state": "ready"})
        known = lines(seed)
        assert sorted(known) == sorted(synopses()), set(known) ^ set(synopses())
        socket = seed.state + "/admin.sock"
        for command in ("status", *(name for name in known if name != "status")):  # that waits for all to be ready
            options, operands = known[command]
            for order in orders(with_seed(options, ["--admin-socket", socket]), operands):
                prepared(command, seed)
                said = seedctl(command, *order, POSIXLY_CORRECT="1")
                failed = command in ("new", "verify", "renew", "retire", "restore", "upgrade", "power")  # there is neither master, cluster nor BMC here; file and seed are asked all the same
                warned = command == "init" and said.stderr.startswith("seedctl: init: restart the seed ") and said.stderr.count("\n") == 1
                assert said.returncode == failed and (failed or warned or not said.stderr), (command, order, said)
                assert not failed or "/nowhere/" in said.stderr or "there is no cluster yet" in said.stderr or "has no `power`" in said.stderr, said


def test_a_wrong_command_line_is_one_line_and_exit_2():
    if SKIPPED:
        return SKIPPED
    known = synopses()
    for command, synopsis in known.items():
        near = next(iter(re.findall(r"--([a-z-]+)", synopsis)), "help")
        wrong = [["--no-such-thing-at-all"], ["--%s-" % near], ["--help=x"], ["-Z"]]
        if re.search(r"(^|[] ])[A-Za-z]", re.sub(r"(--[a-z]+ [A-Za-z|]+)|\[[^]]*\]|^SEED", "", synopsis)):
            wrong.append([])  # an operand is missing
        if "SEED" in synopsis:
            wrong += [["--seed"], ["--seed", "a", "--seed", "b"], ["--seed", "a", "--admin-socket", "b"], ["--pki"]]
        if "..." not in synopsis:
            wrong.append(["bash", "b", "c", "d"])
        for words in wrong:
            said = seedctl(command, *words)
            assert said.returncode == 2 and not said.stdout and len(said.stderr.splitlines()) == 1, (command, words, said)
            assert said.stderr.startswith("seedctl: %s: " % command), said
        assert "did you mean --%s?" % near in seedctl(command, "--%s-" % near).stderr, command
        assert "`--no-such-thing-at-all`: no such option" in seedctl(command, "--no-such-thing-at-all").stderr, command
    assert "--seed is given twice" in seedctl("status", "--seed", "a", "--seed", "b").stderr
    assert "HOSTNAME is missing" in seedctl("approve").stderr and "--mac is missing" in seedctl("role", "--site", "x").stderr
    stranger = seedctl("stauts")
    assert stranger.returncode == 2 and "did you mean status?" in stranger.stderr, stranger
    assert seedctl().returncode == 2


def test_help_is_made_for_every_command():
    if SKIPPED:
        return SKIPPED
    for command, synopsis in synopses().items():
        said = seedctl(command, "--help")
        usage = "usage: seedctl %s %s\n" % (command, synopsis.replace("[SEED] ", WHERE).replace("[SEED]", WHERE.strip()))
        assert said.returncode == 0 and not said.stderr and said.stdout.startswith(usage), (usage, said)
        for option in re.findall(r"--[a-z-]+", usage):
            assert re.search(r"^ .*%s[ \n]" % option, said.stdout, re.M), (command, option)
        for way in ("SEEDRACK_SEED", RUN_SOCKET, STATE_SOCKET):
            assert (way in said.stdout) == ("SEED" in synopsis), (command, way)
        assert seedctl(command, "-h").stdout == said.stdout
        assert seedctl(command, "--help", "word", "--no-such-thing").stdout == said.stdout


def test_the_manual_page_has_the_synopsis_of_the_table():
    if SKIPPED:
        return SKIPPED
    with open(os.path.join(TOP, "docs", "seedctl.8")) as f:
        page = f.read()
    section = page.split(".Sh SYNOPSIS\n")[1].split(".Sh ")[0]
    assert section == seedctl("--synopsis").stdout, "docs/seedctl.8 is stale: put what seedctl --synopsis prints into its section SYNOPSIS"
    for command in synopses():
        assert re.search(r"^\.It Cm %s\b" % command, page, re.M), command


def test_the_environment_says_where_the_seed_is():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed:
        url, socket = "http://127.0.0.1:%d" % seed.port, seed.state + "/admin.sock"
        for place in (url, socket):
            said = seedctl("status", SEEDRACK_SEED=place)
            assert said.returncode == 0 and "contract: bootstrap EMPTY" in said.stdout, said
        seed.agent("k8s-n1")
        refused = seedctl("deny", "k8s-n1", SEEDRACK_SEED=url)
        assert refused.returncode == 1 and "admin" in refused.stderr, refused
        assert seedctl("deny", "k8s-n1", SEEDRACK_SEED=socket).returncode == 0
        for option in (["--seed", url], ["--admin-socket", socket]):  # which go before it
            assert seedctl("timeline", *option, SEEDRACK_SEED="/nowhere/admin.sock").returncode == 0, option
        away = seedctl("status", SEEDRACK_SEED="/nowhere/admin.sock")
        assert away.returncode == 1 and "`/nowhere/admin.sock`" in away.stderr and len(away.stderr.splitlines()) == 1, away


def test_the_seed_of_this_machine_is_found():
    if SKIPPED:
        return SKIPPED
    if os.getuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode:
        return "skipped: only root can make a host"
    with Seed() as seed, Seed() as other:
        other.write_site(open(other.site).read().replace('"contract"', '"another"'))
        other.wait_log("changed")
        mine, another = seed.state + "/admin.sock", other.state + "/admin.sock"
        for sockets, site in (([(RUN_SOCKET, mine)], "contract"), ([(STATE_SOCKET, another)], "another"),
                              ([(RUN_SOCKET, mine), (STATE_SOCKET, another)], "contract")):
            said = seedctl("status", wrap=a_host(*sockets))
            assert said.returncode == 0 and said.stdout.startswith(site + ": bootstrap EMPTY"), (sockets, said)
        said = seedctl("status", wrap=a_host((RUN_SOCKET, mine)), SEEDRACK_SEED=another)
        assert said.stdout.startswith("another: "), said
        assert seedctl("status", wrap=a_host((RUN_SOCKET, mine)), SEEDRACK_SEED="").stdout.startswith("contract: ")
        assert seedctl("rearm", "contract", wrap=a_host((STATE_SOCKET, mine))).returncode == 0
        assert seed.get("/v1/nodes").json["bootstrap"]["epoch"] == other.get("/v1/nodes").json["bootstrap"]["epoch"] + 1
        none = seedctl("status", wrap=a_host())
        assert none.returncode == 1 and not none.stdout and len(none.stderr.splitlines()) == 1, none
        for way in ("--seed", "--admin-socket", "$SEEDRACK_SEED", RUN_SOCKET, STATE_SOCKET, "--pki", "seed-server"):
            assert way in none.stderr, (way, none.stderr)
        left_out = seedctl("support-bundle", other.dir + "/bundle.tar.gz", wrap=a_host())
        assert left_out.returncode == 0 and "no seed" in left_out.stderr and "nodes.json is left out" in left_out.stderr, left_out
        nobody = ["setpriv", "--reuid=nobody", "--clear-groups", "sh", "-c", "shift; exec /mnt/seedctl \"$@\"", "sh"]
        hidden = seedctl("status", wrap=a_host((STATE_SOCKET, mine)) + nobody)
        assert hidden.returncode == 1 and STATE_SOCKET + "`: EACCES; run it as root" in hidden.stderr, hidden


def test_rack_seedctl_asks_the_seed_of_the_rack():
    if SKIPPED:
        return SKIPPED
    with Seed() as seed, tempfile.TemporaryDirectory() as tree:
        os.makedirs(tree + "/build/rack")
        os.makedirs(tree + "/qemu-tests/backends/here")
        shutil.copytree(os.path.join(TOP, "qemu-tests", "lib"), tree + "/qemu-tests/lib")
        shutil.copytree(os.path.join(TOP, "scripts"), tree + "/scripts")
        shutil.copy(os.path.join(TOP, "qemu-tests", "rack"), tree + "/qemu-tests/rack")
        os.symlink(SEEDCTL, tree + "/build/seedctl")
        os.symlink(seed.state, tree + "/build/rack/seed")
        rack = lambda *words: subprocess.run([tree + "/qemu-tests/rack", *words], capture_output=True, text=True, timeout=30, env={**os.environ, "SEEDRACK_SEED": "/nowhere/x"})
        none = rack("seedctl", "status")
        assert none.returncode == 1 and "no rack is up; start one with rack up" in none.stderr and not none.stdout, none
        with open(tree + "/build/rack/rack.env", "w") as f:
            f.write("declare -g backend=here\n")
        with open(tree + "/qemu-tests/backends/here/backend.sh", "w") as f:
            f.write("backend_net_prefix=(env)\n")  # this host's network
        said = rack("seedctl", "status")
        assert said.returncode == 0 and said.stdout.startswith("contract: bootstrap EMPTY"), said
        assert rack("seedctl", "approve").returncode == 2 and "  seedctl ARG" in rack("--help").stdout


def test_a_proxy_in_the_environment_is_not_asked():
    with Seed() as seed:
        nowhere = {name: "http://127.0.0.1:9" for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")}
        said = subprocess.run([SEEDCTL, "status", "--seed", f"http://127.0.0.1:{seed.port}"], capture_output=True, text=True, timeout=30, env={**os.environ, **nowhere, "no_proxy": ""})
        assert said.returncode == 0 and said.stdout.startswith("contract: bootstrap EMPTY"), said
