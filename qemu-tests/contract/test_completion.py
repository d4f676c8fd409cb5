# SPDX-License-Identifier: Apache-2.0
# `seedctl completion`, typed into each shell on a terminal: a line, the tab key, return, and what the command was given then.
import os
import pty
import shutil
import subprocess
import tempfile
import time

from test_explain import SKIPPED, seedctl

GOT = """printf '%s\\n' {arguments} >got.new
    mv got.new got"""
SH = "seedctl() {\n    " + GOT.format(arguments='"$@"') + "\n}\n"
SHELLS = {
    "bash": (["bash", "--rcfile", "rc", "-i"], ". ./script\n" + SH),
    "zsh": (["zsh", "-d", "-i"], "PATH=/usr/bin:/bin\nautoload -U compinit\ncompinit -D -u\n. ./script\nzstyle ':completion:*' insert-tab false\n" + SH),
    "fish": (["fish", "--no-config", "-i", "-C", "source rc"], "source script\nfunction seedctl\n    " + GOT.format(arguments="$argv") + "\nend\n"),
}


def run_typed(folder, argv, line):
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.execvpe(argv[0], argv, {"PATH": os.environ["PATH"], "TERM": "dumb", "HOME": folder, "ZDOTDIR": folder, "LC_ALL": "C.UTF-8"})
    got = os.path.join(folder, "got")
    try:
        os.write(terminal, line.encode() + b"\t\n")
        for _ in range(1200):
            if os.path.exists(got):
                with open(got) as f:
                    return f.read().splitlines()
            time.sleep(0.05)
        raise AssertionError("%s: `%s`: %r" % (argv[0], line, os.read(terminal, 65536)))
    finally:
        os.close(terminal)
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        if os.path.exists(got):
            os.remove(got)


def test_shells_complete_what_is_typed():
    if SKIPPED:
        return SKIPPED
    missing = [shell for shell in SHELLS if not shutil.which(shell)]
    with tempfile.TemporaryDirectory() as folder:
        for shell, (argv, rc) in SHELLS.items():
            if shell in missing:
                continue
            for name, text in (("script", seedctl(None, "completion", shell).stdout), ("rc", rc), (".zshrc", rc), ("a-site.json", "")):
                with open(os.path.join(folder, name), "w") as f:
                    f.write(text)
            for line, completed in (("seedctl val", "validate"), ("seedctl status --wat", "--watch"), ("seedctl explain " + "SR-DHCP-NONE"[:-3], "SR-DHCP-NONE"),
                                    ("seedctl plan a-s", "a-site.json"), ("seedctl dnsmasq SITE --mode pr", "proxy"), ("seedctl completion fi", "fish")):
                got = run_typed(folder, argv, line)
                assert got == line.split()[1:-1] + [completed], (shell, line, got)
        if "fish" not in missing:
            said = subprocess.run(["fish", "--no-config", "-c", "source script; complete -C 'seedctl dns'"], cwd=folder, capture_output=True, text=True).stdout
            assert said == "dnsmasq\tdnsmasq's configuration: addresses and network boot\n", said
    assert not missing, "not installed: " + ", ".join(missing)
    assert seedctl(None, "completion", "tcsh").returncode == 2
