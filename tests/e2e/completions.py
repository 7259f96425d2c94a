#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What bash, zsh and fish offer for hardenctl.

completions.py HARDENCTL SOURCE

bash and zsh are asked on a terminal of their own, as a person would: a line is
begun, Tab is pressed, and the line that has come of it is given to a command that
writes it down, or what is offered is read off the terminal. fish says what it would
offer. Policies and transactions are those of a folder of this test.
"""

import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time

from checks import PATIENCE, check, finish


class Terminal:
    """A shell on a terminal."""

    def __init__(self, words, environment):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execvpe(words[0], words, environment)

    def write(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, pattern):
        text, end = "", time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    text += os.read(self.fd, 65536).decode(errors="replace")
                except OSError:
                    break
            plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\x07|\r", "", text)
            if re.search(pattern, plain):
                return plain
        return plain

    def close(self):
        os.close(self.fd)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


class Shell:
    def __init__(self, name, source, scratch, hardenctl):
        self.name, self.scratch = name, scratch
        self.environment = {"PATH": f"{hardenctl.parent}:/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(scratch), "TERM": "xterm",
                            "LC_ALL": "C.UTF-8", "COLUMNS": "200", "XDG_CONFIG_HOME": str(scratch), "XDG_DATA_HOME": str(scratch)}
        self.completions = source / "dist/completions"

    def start(self):
        if self.name == "bash":
            terminal = Terminal(["bash", "--norc", "--noprofile", "-i"], self.environment)
            terminal.write("PS1='ready> '; bind 'set enable-bracketed-paste off'; bind 'set show-all-if-ambiguous on'; "
                           "bind 'set completion-query-items 0'; bind 'set page-completions off'; "
                           f". /usr/share/bash-completion/bash_completion; . {self.completions}/hardenctl.bash; cd {self.scratch}\n")
        else:
            terminal = Terminal(["zsh", "-f", "-i"], self.environment)
            terminal.write(f"PS1='ready> '; unsetopt ZLE_BRACKETED_PASTE PROMPT_SP; fpath=({self.completions} $fpath); autoload -U compinit; "
                           f"compinit -u -D; zstyle ':completion:*' list-prompt ''; LISTMAX=1000; unset zle_bracketed_paste; cd {self.scratch}\n")
        terminal.write("echo be''gin\n")
        terminal.read_until(r"begin\n(?:.*\n)*.*ready> ")
        return terminal

    def completed(self, line):
        """The line after Tab was pressed once, as the shell has understood it."""
        out = self.scratch / "line"
        out.unlink(missing_ok=True)
        terminal = self.start()
        terminal.write(line + "\t")
        # Nothing is run: the line becomes the words of a command that prints them.
        terminal.write(f"\x01printf '%s\\n' \x05 >{out}; echo do''ne\n")
        terminal.read_until(r"done\n")
        terminal.close()
        return out.read_text().split("\n")[:-1] if out.exists() else None

    def offered(self, line, wanted):
        """What the terminal shows after Tab, until all that is wanted is there."""
        terminal = self.start()
        terminal.write(line + "\t")
        seen = terminal.read_until("".join(rf"(?=[\s\S]*{re.escape(word)})" for word in wanted))
        terminal.close()
        return seen


# What one Tab makes of a line. POLICIES and STATE are of this test.
MADE = (
    ("hardenctl che", "hardenctl check"),
    ("hardenctl check --fail", "hardenctl check --fail-on"),
    ("hardenctl check --format ju", "hardenctl check --format junit"),
    ("hardenctl check --format=ju", "hardenctl check --format=junit"),
    ("hardenctl explain POLICIES site-", "hardenctl explain POLICIES site-only-here"),
    ("hardenctl plan POLICIES --remedy site-", "hardenctl plan POLICIES --remedy site-only-here/the-remedy"),
    ("hardenctl undo STATE ", "hardenctl undo STATE 1"),
    ("hardenctl facts kernel.vendor_", "hardenctl facts kernel.vendor_release"),
    ("hardenctl crash a-ker", "hardenctl crash a-kernel.log"),
    ("hardenctl check --root a-fol", "hardenctl check --root a-folder/"),
)
# What is offered where more than one thing may come.
OFFERED = (
    ("hardenctl ", ("apply", "settle", "watch")),
    ("hardenctl policy li", ("list", "lint")),
    ("hardenctl check --s", ("--severity", "--socket", "--state")),
    ("hardenctl watch --format ", ("json", "text")),
)


def filled(text):
    return text.replace("POLICIES", "--policies policies").replace("STATE", "--state state.db")


def terminals(shell):
    for begun, wanted in MADE:
        seen = shell.completed(filled(begun)) or []
        # zsh takes the "/" of a folder off again when something else is typed.
        good = [word.rstrip("/") for word in seen] == [word.rstrip("/") for word in filled(wanted).split()]
        check(f"{shell.name}: {begun}<Tab>", good, seen)
    for begun, wanted in OFFERED:
        seen = shell.offered(begun, wanted)
        check(f"{shell.name}: {begun}<Tab> offers {', '.join(wanted)}", all(word in seen for word in wanted), seen)
    seen = shell.offered("hardenctl com", ["hardenctl com"])
    check(f"{shell.name}: what is not for people is not offered", "complete" not in seen, seen)


def fish(shell):
    def offered(begun):
        words = f"source {shell.completions}/hardenctl.fish; cd {shell.scratch}; complete -C '{begun}'"
        done = subprocess.run(["fish", "--no-config", "-c", words], capture_output=True, text=True, check=False, env=shell.environment)
        return dict((row.split("\t") + [""])[:2] for row in done.stdout.splitlines())

    for begun, wanted in MADE:
        seen = offered(filled(begun))
        check(f"fish: {begun}<Tab>", list(seen) == [filled(wanted).split()[-1]], seen)
    for begun, wanted in OFFERED:
        seen = offered(begun)
        check(f"fish: {begun}<Tab> offers {', '.join(wanted)}", set(wanted) <= set(seen), seen)
    check("fish: says what they do", offered("hardenctl che") == {"check": "Judge this host by every policy"}, offered("hardenctl che"))
    check("fish: what is not for people is not offered", offered("hardenctl com") == {}, offered("hardenctl com"))


POLICY = """
id = "site-only-here"
kind = "setting"
title = "Only here"
severity = "low"
description = "For the completions."
references = ["https://docs.kernel.org/"]
aliases = []
[exposed]
when = 'cpu.possible >= 1'
[[remedy]]
name = "the-remedy"
sysctl = { "net.ipv4.tcp_sack" = 0 }
grade = "prevents"
because = "the test says so"
[[example]]
host = "debian-12"
verdict = "exposed"
[[example]]
host = "debian-12"
facts = { "cpu.possible" = 0 }
verdict = "not_affected"
[[example]]
host = "debian-12"
unreadable = ["cpu.possible"]
verdict = "unknown"
"""


def prepare(scratch, hardenctl, source):
    (scratch / "policies").mkdir()
    (scratch / "policies/site-only-here.toml").write_text(POLICY, encoding="utf-8")
    (scratch / "a-folder").mkdir()
    (scratch / "a-kernel.log").write_text("", encoding="utf-8")
    shutil.copytree(source / "tests/hosts/debian-12", scratch / "machine", symlinks=True)
    done = subprocess.run([hardenctl, "apply", "--root", "machine", "--state", "state.db", "--policies", "policies", "--accept-impact",
                           "site-only-here"], cwd=scratch, capture_output=True, text=True, check=False)
    check("a transaction was made", done.returncode == 0, done.stdout + done.stderr)


def main():
    hardenctl, source = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        prepare(scratch, hardenctl, source)
        for name in ("bash", "zsh"):
            terminals(Shell(name, source, scratch, hardenctl))
        fish(Shell("fish", source, scratch, hardenctl))
    finish()


if __name__ == "__main__":
    main()
