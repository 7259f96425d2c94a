#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Crashes of earlier boots, in a container that daemon_crashes.sh has booted.

pstore (systemd's folder, one new and one of 2017), the journal of an earlier
boot and a kdump folder with nothing but a dump of memory: each is found when
hardend starts, told once, in GET /v1/crashes, in /metrics and in `check`, where
a bug that has struck this kernel comes first. A strike clears when the kernel is
another one, when it is acknowledged, and by age. What is left while the daemon
runs is found too, and a restart tells nothing again.

    daemon_crashes.py --journal LOG      writes LOG as an export of an earlier boot
    daemon_crashes.py --unfixed POLICY…  makes every kernel one that has the bug,
                                         for a strike counts only where it may
"""

import http.client
import json
import pathlib
import re
import signal
import socket
import sys
import time

from checks import PATIENCE, check, play, run, until

SOCKET = "/run/hardend/hardend.sock"
STATE = pathlib.Path("/var/lib/hardend")
PSTORE = pathlib.Path("/var/lib/systemd/pstore")
BUGS = {"ip6mr-sk-done", "CVE-2019-11477", "CVE-2022-0185", "CVE-2024-57977"}


class Connection(http.client.HTTPConnection):
    def __init__(self):
        super().__init__("hardend", timeout=PATIENCE)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(SOCKET)


def ask(path):
    connection = Connection()
    connection.request("GET", path)
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def told(kind):
    """The data of every event of a kind that is kept."""
    found = []
    for name in ("events.1", "events"):
        path = STATE / name
        for line in path.read_text().splitlines() if path.exists() else []:
            _, _, one, data = line.split(" ", 3)
            if one == kind:
                found.append(json.loads(data))
    return found


def crashes():
    """Of each bug that is on record: its crash."""
    document = json.loads(ask("/v1/crashes"))
    return {match["policy"]: crash for crash in document["crashes"] for match in crash["matches"]}


def struck():
    """The bugs that `check` says have struck here."""
    findings = json.loads(run("hardenctl", "check", "--format", "json").stdout)["findings"]
    return {one["policy"] for one in findings if one.get("struck")}


def start():
    for command in (["systemd-sysusers"], ["systemd-tmpfiles", "--create", "hardend.conf"]):
        run(*command)
    done = run("systemctl", "start", "hardend.service")
    check("hardend starts", done.returncode == 0, run("journalctl", "-u", "hardend", "--no-pager").stdout)


def found():
    seen = crashes()
    check("every place is read", set(seen) >= BUGS, json.dumps({k: v["title"] for k, v in seen.items()}))
    places = {"ip6mr-sk-done": "pstore", "CVE-2022-0185": "vmcore", "CVE-2024-57977": "journal"}
    for bug, place in places.items():
        check(f"{bug} from {place}", place in json.dumps(seen.get(bug, {}).get("occasions", seen.get(bug, {}))),
              seen.get(bug))
    check("each is told once", len(told("crash")) == len(seen), [one.get("title") for one in told("crash")])
    metrics = ask("/metrics")
    records = dict(re.findall(r'^hardend_crash_records\{policy="([^"]*)"[^}]*\} (\d+)', metrics, re.M))
    wanted = {bug: "1" for bug in BUGS}
    check("each counts in /metrics", records == wanted, records)
    text = run("hardenctl", "check")
    check("check says what has struck", "has struck here" in text.stdout, text.stdout[:3000] + text.stderr)


def cleared():
    now = struck()
    check("this kernel's have struck", {"ip6mr-sk-done", "CVE-2024-57977"} <= now, now)
    check("another kernel's has not", "CVE-2022-0185" not in now, now)
    check("an old one has not", "CVE-2019-11477" not in now, now)
    mark = crashes()["ip6mr-sk-done"]["fingerprint"]
    done = run("hardenctl", "crash", "ack", mark)
    check("one is acknowledged", done.returncode == 0, done.stdout + done.stderr)
    check("and has struck no more, by then", "ip6mr-sk-done" not in struck())
    done = run("hardenctl", "crash", "ack", "0" * 16)
    check("one that is not on record is not", done.returncode == 1 and "there is no crash" in done.stderr, done.stderr)
    check("the other still has", "CVE-2024-57977" in struck())


def restarted():
    before = len(told("crash"))
    run("systemctl", "restart", "hardend.service")
    check("a restart finds the same", set(crashes()) >= BUGS)
    check("and tells nothing again", len(told("crash")) == before, told("crash")[before:])
    check("what was acknowledged stays so", "ip6mr-sk-done" not in struck())


def left_meanwhile():
    before = len(told("crash"))
    log = (PSTORE / "1500000000/dmesg.txt").read_text()
    later = PSTORE / str(int(time.time()) + 1)
    later.mkdir()
    (later / "dmesg.txt").write_text(re.sub(r"\[ *\d+\.", "[77777.", log))
    until("what is left while it runs is told", lambda: len(told("crash")) == before + 1)
    until("and has struck", lambda: "CVE-2019-11477" in struck())


def recorded():
    """By hand: the daemon is told of it."""
    log = (PSTORE / "1500000000/dmesg.txt").read_text()
    elsewhere = pathlib.Path("/tmp/console.log")
    elsewhere.write_text(re.sub(r"\[ *\d+\.", "[88888.", log))
    before = crashes()["CVE-2019-11477"]["count"]
    done = run("hardenctl", "crash", str(elsewhere), "--record")
    check("a log of somewhere else is recorded", done.returncode == 2, done.stdout + done.stderr)
    check("and the daemon knows it by then", crashes()["CVE-2019-11477"]["count"] == before + 1, crashes())


def journal(log):
    """An export of systemd-journal-remote's of a boot of an hour ago."""
    for number, line in enumerate(pathlib.Path(log).read_text().splitlines()):
        time_at = int((time.time() - 3600 + number / 1000) * 1e6)
        message = re.sub(r"^(<\d+>)?\[ *[\d.]+\] ?", "", line).encode()
        fields = {"__REALTIME_TIMESTAMP": time_at, "__MONOTONIC_TIMESTAMP": 100_000_000 + number * 1000,
                  "_SOURCE_MONOTONIC_TIMESTAMP": 100_000_000 + number * 1000, "_BOOT_ID": "2" * 32,
                  "_MACHINE_ID": "0123456789abcdef0123456789abcdef", "_TRANSPORT": "kernel", "PRIORITY": 4}
        sys.stdout.buffer.write("".join(f"{key}={value}\n" for key, value in fields.items()).encode() + b"MESSAGE\n" +
                                len(message).to_bytes(8, "little") + message + b"\n\n")


def unfixed(files):
    for file in map(pathlib.Path, files):
        file.write_text(re.sub(r'^fixed *= *\[.*?\]$', 'fixed = ["99.0"]', file.read_text(), flags=re.M | re.S))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--journal"]:
        journal(sys.argv[2])
    elif sys.argv[1:2] == ["--unfixed"]:
        unfixed(sys.argv[2:])
    else:
        signal.alarm(150)
        play([start, found, cleared, restarted, left_meanwhile, recorded])
