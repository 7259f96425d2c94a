#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The commands of the operator's guide, as guide.sh starts it.

What stands in its blocks is run in that order, and where the guide shows what is
printed, it is what is printed: but for times, digests and how lines are wrapped; of
`status` the lines' names, and of `check` what comes before and after the kernel's
own bugs. Then what stands in its sentences. A command that nothing here runs is a
fault, so that the guide names none that was not tried.

A container shares its kernel, so two sysctls are covered by files of its own.
"""

import json
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

from checks import check, play, run, until, wait

GUIDE = pathlib.Path("/out/operator.md").read_text(encoding="utf-8")
POLICY = "crash-capture-ready"
COVERED = {name: pathlib.Path("/run/covers") / name for name in ("panic", "panic_on_oops")}
# What a placeholder of the guide stands for, in this order where it comes again.
GIVEN = {"hardenctl waive add ID": POLICY, "hardenctl explain ID": POLICY, "hardenctl undo ID": "2", "hardenctl history ID": "3"}
# Comes before a command without being shown: the guide has told how.
BEFORE = {"sysctl -w kernel.panic_on_oops=3": ["hardenctl apply"],
          'hardenctl history ID --resolve "the network team set it"':
              ["hardenctl apply", "sysctl -w kernel.panic_on_oops=3", "hardenctl undo 3"]}
# What ends with another status than 0: a container has no /dev/kmsg, so that the daemon is degraded; two ends are
# stuck; and there is a crash.
STATUS = {"hardenctl status": 1, "hardenctl undo 2": 1, "hardenctl undo 3": 1, "hardenctl crash vmcore": 2}
# Sentences name these, in the order in which they are run here; the last two leave a host that only reports.
SENTENCES = ["hardend --check-config", "systemctl reload hardend", "hardenctl explain ID", "hardenctl explain --sysctl KEY",
             "hardenctl drift", "hardenctl metrics", "hardenctl watch", "hardenctl undo ID --force",
             'hardenctl history ID --resolve "the network team set it"', "hardenctl check --local", "dpkg --configure -a",
             "systemctl disable --now hardend.service", "systemctl enable --now hardend-report.service"]
# `e2e.ansible_host` runs it: that takes a controller.
ELSEWHERE = ["ansible-playbook hardend.agent.rollout"]


def blocks():
    """(command, what the guide shows of it or "") of each indented block, in order."""
    found = []
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", GUIDE, re.M):
        lines = [line[4:] for line in block.strip("\n").split("\n")]
        with_output = any(line.startswith("$ ") for line in lines)
        for line in lines:
            if line.startswith("$ ") or (not with_output and line):
                found.append([line.removeprefix("$ ").split("  # ")[0].strip(), ""])
            elif found:
                found[-1][1] += line + "\n"
    return found


def sentences():
    """The commands that stand in the text."""
    text = re.sub(r"^    .*\n", "", GUIDE, flags=re.M)
    return {span for span in re.findall(r"`([^`\n]+)`", text) if re.match(r"(hardenctl|hardend|systemctl|dpkg) ", span)}


def same_words(text):
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME", text)
    text = re.sub(r"\b[0-9a-f]{64}\b", "DIGEST", text)
    text = re.sub(r"\b\d+ s left", "N s left", text)
    text = re.sub(r"(kernel) \S+ \([^)]*\)", r"\1 RELEASE", text)
    return " ".join(text.split())


def compare(command, shown, printed):
    if command == "hardenctl status":
        names = [[line[:17].strip() for line in text.splitlines() if line[:1].strip()] for text in (shown, printed)]
        check("shows these lines", names[0] == names[1], names)
    elif "…" in shown:
        head, tail = (same_words(part) for part in (shown.split("\nnot affected")[0], shown.split("…")[1]))
        check("begins and ends as shown", same_words(printed).startswith(head) and same_words(printed).endswith(tail), printed)
    else:
        check("prints what is shown", same_words(printed) == same_words(shown), f"\n{printed}instead of\n{shown}")


def typed(command):
    given = next((value for begin, value in GIVEN.items() if command.startswith(begin + " ") or command == begin), "")
    command = command.replace(" ID", " " + given).replace(" KEY", " kernel.panic")
    # apt asks before it installs what is recommended; here is nobody to answer.
    return ["apt", "install", "-y", "--no-install-recommends", *shlex.split(command)[2:]] if command.startswith("apt install") else shlex.split(command)


def step(command):
    for earlier in BEFORE.get(command, []):
        run(*typed(earlier), cwd="/out")
    done = run(*typed(command), cwd="/out", env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "COLUMNS": "112"})
    wanted = STATUS.get(command, 0)
    check(command, done.returncode == wanted, f"status {done.returncode}, not {wanted}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    return done.stdout + done.stderr


def watch():
    """`hardenctl watch` has no end; it is there while something happens."""
    with subprocess.Popen(["hardenctl", "watch"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        os.set_blocking(process.stdout.fileno(), False)
        said = []

        def told():
            said.append(process.stdout.read() or "")
            return POLICY in "".join(said)

        wait(lambda: not run("hardenctl", "waive", "add", POLICY, "--reason", "seen", "--for", "1d").returncode and told(), 10)
        process.send_signal(signal.SIGINT)
        process.wait()
        check("hardenctl watch tells what happens, until it is interrupted", POLICY in "".join(said), "".join(said))


def cover():
    for name, file in COVERED.items():
        file.parent.mkdir(exist_ok=True)
        file.write_text("0\n")
        run("mount", "--bind", str(file), f"/proc/sys/kernel/{name}")


def shown_commands():
    begun = time.monotonic()
    # A kernel with bugs of its own has more to show than the guide's.
    as_in_guide = True
    for command, shown in blocks():
        if any(command.startswith(one) for one in ELSEWHERE):
            continue
        if "vmcore" in command and not pathlib.Path("/out/vmcore").exists():
            print(f"     not run: {command}, for want of a dump", flush=True)
            continue
        printed = step(command)
        print(f"     {time.monotonic() - begun:.1f} s", flush=True)
        if command.startswith("apt install"):
            until("the daemon answers", lambda: run("hardenctl", "status").returncode in (0, 1, 2))
            posture = json.loads(run("hardenctl", "check", "--format", "json").stdout)
            exposed = [one["policy"] for one in posture["findings"] if one["verdict"] in ("exposed", "unknown")]
            as_in_guide = exposed == [POLICY]
            if not as_in_guide:
                print(f"     not compared: this host is exposed to {exposed}", flush=True)
        if shown and as_in_guide:
            compare(command, shown, printed)
        if command.startswith("hardenctl waive add"):
            run("hardenctl", "waive", "remove", POLICY)
        if "vmcore" in command:
            check("names the bug", "ip6mr-sk-done" in printed, printed)


def named_commands():
    named = sentences() - {command for command, _ in blocks()}
    check("every command in the text is run here", named <= set(SENTENCES), sorted(named - set(SENTENCES)))
    check("and stands in it", set(SENTENCES) <= named, sorted(set(SENTENCES) - named))
    for command in SENTENCES:
        if command == "hardenctl watch":
            watch()
            continue
        printed = step(command)
        if command == "hardenctl metrics":
            check("are metrics", "hardend_build_info{" in printed, printed[:500])
    until("the service that only reports runs", lambda: run("systemctl", "is-active", "hardend-report.service").stdout.strip() == "active")
    done = run("hardenctl", "apply")
    check("and changes nothing", done.returncode != 0 and COVERED["panic_on_oops"].read_text().strip() == "3", done.stdout + done.stderr)


if __name__ == "__main__":
    signal.alarm(170)
    play([cover, shown_commands, named_commands])
