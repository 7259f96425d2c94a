# SPDX-License-Identifier: Apache-2.0
"""daemon_soak.py HARDEND FOLDER EVENTS SECONDS: everything at once, until so many
events have been told or the time is over.

Some 50 sysctls that policies look at are written one after the other; an engine
floods; clients ask, follow the events, come and go; a change is applied and
undone. Held against it: memory of its own and descriptors, looked at every
second, in the last quarter beside the second one; every id told once and in
order to one who follows throughout; every question answered.
"""
import http.client
import os
import pathlib
import statistics
import sys
import threading
import time

from fake_engine import Engine
from running_daemon import Daemon, Events, until

HARDEND, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
EVENTS, SECONDS = int(sys.argv[3]), int(sys.argv[4])
SANITIZED = any(mark in pathlib.Path(HARDEND).read_bytes() for mark in (b"__asan_init", b"__tsan_init"))
GROWTH = 1024  # KiB: an allocator's own ups and downs
FEWEST = 1000  # events, for a run to say anything

SETTINGS = ["accept_local", "accept_redirects", "accept_source_route", "arp_accept", "arp_announce", "arp_filter", "arp_ignore",
            "arp_notify", "bootp_relay", "disable_policy", "disable_xfrm", "log_martians", "promote_secondaries", "proxy_arp",
            "rp_filter", "secure_redirects", "send_redirects", "shared_media", "src_valid_mark", "route_localnet"]
KEYS = [f"net.ipv4.conf.{interface}.{setting}" for setting in SETTINGS for interface in ("all", "lo")
        if pathlib.Path(f"/proc/sys/net/ipv4/conf/lo/{setting}").exists()]

failed = 0


def check(holds, what, seen=""):
    global failed
    print(("ok      " if holds else "FAILED  ") + what + ("" if holds else f": {seen}"), flush=True)
    failed += not holds


class Worker(threading.Thread):
    """Does something again and again until it is stopped; faults are kept."""

    def __init__(self, work):
        super().__init__(daemon=True)
        self.work = work
        self.done = 0
        self.faults = []
        self.stopped = False
        self.start()

    def run(self):
        while not self.stopped:
            fault = self.work()
            self.done += 1
            if fault and len(self.faults) < 10:
                self.faults.append(fault)

    def stop(self):
        self.stopped = True
        self.join()


def writer(pause):
    """One write every `pause` seconds, as far as the machine keeps up."""
    written = [0]
    paths = ["/proc/sys/" + key.replace(".", "/") for key in KEYS]
    start = time.monotonic()

    def work():
        for path in paths:
            with open(path, "w", encoding="ascii") as file:
                file.write("01"[written[0] // len(paths) % 2])
            written[0] += 1
            time.sleep(max(0.0001, start + written[0] * pause - time.monotonic()))
    return work


def asker(one, path, pause):
    def work():
        time.sleep(pause)
        try:
            status, _ = one.ask("GET", path)
            return None if status == 200 else f"{path}: {status}"
        except (OSError, http.client.HTTPException) as error:
            return f"{path}: {error!r}"
    return work


def passer_by(one):
    """Follows the events for a moment, from somewhere in the past."""
    def work():
        events = Events(one.socket, after=max(0, one.health().get("last_event", 0) - 2000))
        until(lambda: len(events.told) >= 100)
        events.leave()
        return events.problems[0] if events.problems else None
    return work


def changer(one):
    def work():
        status, document = one.apply("daemon-sack")
        if status != 200:
            return f"apply: {status} {document}"
        status, document = one.ask("POST", "/v1/transactions/last/undo")
        return None if status == 200 else f"undo: {status} {document}"
    return work


def started():
    sack = pathlib.Path("tests/e2e/policies/daemon-sack.toml").read_text()
    (WORK / "policies").mkdir()
    (WORK / "policies/daemon-sack.toml").write_text(sack)
    remedy = "".join(f'  "{key}" = 1\n' for key in KEYS)
    text = sack.replace('id          = "daemon-sack"', 'id          = "soak"').replace('  "net.ipv4.tcp_sack" = 0\n', remedy)
    (WORK / "policies/soak.toml").write_text(text)
    pathlib.Path("/run/docker.pid").write_text(str(os.getpid()))
    one = Daemon(HARDEND, WORK, f'policies = ["{WORK}/policies", "{os.getcwd()}/policies/crash"]\nsweep = "10s"')
    one.start()
    return one


def middle(samples, quarter):
    part = len(samples) // 4
    return statistics.median(samples[quarter * part:(quarter + 1) * part])


def soak(one, follower):
    memory, descriptors = [], []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and follower.last < EVENTS:
        memory.append(one.memory())
        descriptors.append(one.descriptors())
        time.sleep(min(1, SECONDS / 40))
    return memory, descriptors


one = started()
engine = Engine("floods")
follower = Events(one.socket, after=0)
pause = 0.7 * SECONDS / EVENTS  # so that it comes to its end in time, on a machine that is not too slow
workers = {"writer": Worker(writer(pause)), "findings": Worker(asker(one, "/v1/findings", 0.01)), "metrics": Worker(asker(one, "/metrics", 0.01)),
           "facts": Worker(asker(one, "/v1/facts?name=sysctl", 2)), "passer-by": Worker(passer_by(one)), "changes": Worker(changer(one))}
began = time.monotonic()
memory, descriptors = soak(one, follower)
took = time.monotonic() - began
for worker in workers.values():
    worker.stop()
engine.stop()
check(until(lambda: follower.last == one.health()["last_event"]), "who follows has heard everything", follower.last)
check(follower.last >= FEWEST, f"{follower.last} events in {took:.0f} s", f"at least {FEWEST}")
check(not follower.problems, "each once and in order", follower.problems[:3])
lost = follower.of("events.lost")
check(not lost, "none lost on the way", lost[:3])
for name, worker in workers.items():
    check(not worker.faults, f"{name}: {worker.done} times", worker.faults)
print(f"        engine: {engine.sent} events sent; overruns told: {len(follower.of('watch.lost'))}")
second, last = middle(memory, 1), middle(memory, 3)
print(f"        memory of its own, KiB: {memory[0]} at first, {second} in the second quarter, {last} in the last, {max(memory)} at most")
check(SANITIZED or last <= second + GROWTH, "its memory is flat", f"{memory}")
check(middle(descriptors, 3) <= middle(descriptors, 1) + 16, f"so are its descriptors, {max(descriptors)} at most", descriptors)
kept = sum(file.stat().st_size for file in one.state.iterdir())
print(f"        its files: {kept // 1024} KiB")
check(one.stop() == 0, "it ends well", one.log()[-2000:])
print(f"{failed} failed")
sys.exit(1 if failed else 0)
