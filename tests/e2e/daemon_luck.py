# SPDX-License-Identifier: Apache-2.0
"""daemon_luck.py HARDEND OPTIMISED FOLDER [SEED]: a full disk, a clock that jumps, an
engine that restarts, hangs and floods, kill -9 at any moment.

Through all of it hardend goes on answering, keeps every transaction that it has
answered for, gives no event id twice, and says what it lost. Waits are for what
is to come true; nothing is measured.
"""
import http.client
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import threading
import time

from checks import check, finish
from fake_engine import Engine
from running_daemon import Daemon, Events, until

HARDEND, OPTIMISED, WORK = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
SEED = int(sys.argv[4]) if len(sys.argv) > 4 else 20261126
SACK = pathlib.Path("/proc/sys/net/ipv4/tcp_sack")
MEMORY = 64 * 1024  # KiB of its own, whatever an engine says; not known of a sanitizer's
KILLS = 12

skipped = []


def is_sanitized(program):
    return any(mark in pathlib.Path(program).read_bytes() for mark in (b"__asan_init", b"__tsan_init"))


def daemon(name, config="", hardend=HARDEND, **more):
    """A daemon with the one policy, in a folder of its own."""
    work = WORK / name
    (work / "policies").mkdir(parents=True)
    shutil.copy("tests/e2e/policies/daemon-sack.toml", work / "policies")
    SACK.write_text("1")
    return Daemon(str(hardend), work, f'policies = ["{work}/policies"]\nsweep = "1h"\n{config}', **more)


def toggle():
    SACK.write_text("0" if SACK.read_text().strip() == "1" else "1")


def transactions(one):
    return one.ask("GET", "/v1/transactions?most=1000")[1]["transactions"]


def full_disk():
    state = WORK / "small"
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", state], check=True)
    one = daemon("full", state=state)
    one.start()
    events = Events(one.socket)
    filler = state / "filler"
    with open(filler, "wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass
    troubled = lambda: any("cannot be kept" in trouble for trouble in one.health().get("troubles", []))

    def until_troubled():
        toggle()
        time.sleep(0.005)
        return troubled()
    check("events that cannot be kept are told of", until(until_troubled), one.health())
    SACK.write_text("1")
    last = one.health()["last_event"]
    check("and are told all the same", until(lambda: events.last == one.health()["last_event"]), (events.last, last))
    check("in order, each once, none lost on the way",
          not events.problems and not events.of("events.lost"), events.problems)
    status, document = one.apply("daemon-sack")
    check("nothing is changed that cannot be written down first",
          status >= 500 and SACK.read_text().strip() == "1", (status, document))
    check("it goes on answering", one.ask("GET", "/v1/findings")[0] == 200)
    filler.unlink()

    def until_well():
        toggle()
        time.sleep(0.005)
        return not troubled()
    check("once there is room again it is well again", until(until_well), one.health())
    SACK.write_text("1")
    one.ask("POST", "/v1/evaluate")
    status, document = one.apply("daemon-sack")
    check("and applies", status == 200 and document["state"] == "confirmed", (status, document))
    one.kill()
    one.start()
    resumed = Events(one.socket, after=0)
    check("after kill -9 events can be had from the first on",
          until(lambda: resumed.last == one.health()["last_event"]))
    gone = resumed.of("events.lost")
    check("what was not kept is said to be lost", not resumed.problems and len(gone) >= 1, resumed.problems)
    check("the transaction is there", [each["state"] for each in transactions(one)] == ["confirmed"])
    check("it ends well", one.stop() == 0, one.log())
    subprocess.run(["umount", state], check=True)


def set_clock(file, seconds):
    with open(file, "r+b") as out:
        out.write(struct.pack("q", seconds))


def clock():
    shim = OPTIMISED / "tests/libclock_shift.so"
    if is_sanitized(OPTIMISED / "hardend") or not shim.exists():
        return skipped.append("a clock that jumps: not with a sanitizer")
    shift = WORK / "shift"
    shift.write_bytes(struct.pack("q", 0))
    one = daemon("clock", hardend=OPTIMISED / "hardend", environment={"LD_PRELOAD": str(shim), "CLOCK_SHIFT": str(shift)})
    one.start()
    events = Events(one.socket)
    status, document = one.apply("daemon-sack", confirm_within=3600)
    check("a change waits to be confirmed", status == 200 and document["state"] == "applied", (status, document))
    one.ask("POST", "/v1/waivers", {"policy": "daemon-sack", "reason": "it is tested", "for": "1d"})
    waived = lambda: one.ask("POST", "/v1/evaluate")[1]["summary"]["waived"]
    check("its policy is waived for a day", waived() == 1)
    for what, seconds, still in (("two days on", 172_800, 0), ("three days back", -259_200, 1), ("as it was", 0, 1)):
        set_clock(shift, seconds)
        check(f"{what}: the waiver goes by the clock", waived() == still)
        health = one.health()
        check(f"{what}: the change still waits", health["waiting"] == [1] and SACK.read_text().strip() == "0", health)
        for value, kind in (("1", "drift"), ("0", "drift.cleared")):
            before = len(events.of(kind))
            SACK.write_text(value)
            check(f"{what}: what is written is seen ({kind})", until(lambda: len(events.of(kind)) > before))
    set_clock(shift, -259_200)
    one.kill()
    one.start()
    check("after kill -9 and a clock set back it waits",
          one.health()["waiting"] == [1] and SACK.read_text().strip() == "0", one.health())
    status, document = one.ask("POST", "/v1/transactions/1/confirm")
    check("and can be confirmed", status == 200 and document["state"] == "confirmed", (status, document))
    check("no event came twice or out of order", not events.problems, events.problems)
    check("it ends well", one.stop() == 0, one.log())


def engine():
    pathlib.Path("/run/docker.pid").write_text(str(os.getpid()))
    one = daemon("engine")
    # A policy that wants to know of containers, so that engines are asked.
    text = (one.work / "policies/daemon-sack.toml").read_text()
    (one.work / "policies/daemon-sack.toml").write_text(text.replace("cpu.possible >= 1", "cpu.possible >= 1 || docker.networks.size() > 0"))
    one.start()
    events = Events(one.socket)
    told = lambda what: any(what in data["what"] for data in events.of("engine"))

    fake = Engine("well")
    check("an engine that comes is told of", until(lambda: told("connected")), events.told)
    fake.stop()
    check("one that goes too", until(lambda: told("gone")), events.told)
    fake = Engine("hangs")
    check("one that hangs is asked", until(lambda: fake.streams() >= 1))
    before = len(events.of("sysctl"))
    toggle()
    check("and meanwhile others are answered", one.ask("GET", "/v1/findings")[0] == 200)
    check("and sysctls are seen", until(lambda: len(events.of("sysctl")) > before))
    check("looking at everything comes to an end", one.ask("POST", "/v1/evaluate")[0] == 200, one.log())
    fake.stop()
    fake = Engine("floods")
    check("one floods", until(lambda: fake.sent >= 5_000), fake.sent)
    check("and meanwhile others are answered", one.ask("GET", "/v1/findings")[0] == 200)
    before = len(events.of("sysctl"))
    toggle()
    check("and sysctls are seen", until(lambda: len(events.of("sysctl")) > before))
    sent = fake.sent
    check("and it goes on flooding", until(lambda: fake.sent >= sent + 5_000), fake.sent)
    memory = one.memory()
    check(f"it takes {memory} KiB of its own", is_sanitized(HARDEND) or memory < MEMORY, f"at most {MEMORY}")
    fake.stop()
    goings = len([data for data in events.of("engine") if "gone" in data["what"]])
    check("its end is told",
          until(lambda: len([data for data in events.of("engine") if "gone" in data["what"]]) >= 2), goings)
    comings = len([data for data in events.of("engine") if "connected" in data["what"]])
    fake = Engine("well")
    check("and it is connected to when it is back",
          until(lambda: len([data for data in events.of("engine") if "connected" in data["what"]]) > comings), events.of("engine"))
    check("no event came twice or out of order", not events.problems, events.problems)
    check("it ends well", one.stop() == 0, one.log())
    fake.stop()


class Changes:
    """Applies and undoes without end, and keeps what was answered."""

    def __init__(self, one):
        self.one = one
        self.stopped = False
        self.answered = {}  # transaction: the state that was answered last
        self.count = 0
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped:
            try:
                status, document = self.one.apply("daemon-sack")
                # After a kill it may stand already: there is nothing to change, and no transaction.
                if status == 200 and document["transaction"]:
                    self.answered[document["transaction"]] = document["state"]
                    self.count += 1
                status, document = self.one.ask("POST", "/v1/transactions/last/undo")
                if status == 200:
                    self.answered[document["transaction"]] = document["state"]
                    self.count += 1
            except (OSError, http.client.HTTPException):
                time.sleep(0.01)  # it is not there, or went in the middle of an answer


def killed():
    generator = random.Random(SEED)
    one = daemon("killed")
    one.start()
    events = Events(one.socket, after=0, resume=True)
    changes = Changes(one)
    wrong = []
    for number in range(KILLS):
        # Every other time as soon as it may be, else once it has done something
        # again; and then wherever it is.
        before = changes.count
        if number % 2 == 0:
            check("it has changed something again", until(lambda: changes.count > before), one.log()[-500:])
        time.sleep(generator.uniform(0.0, 0.3))
        one.kill()
        one.start()
    changes.stopped = True
    changes.thread.join()
    history = {each["id"]: each["state"] for each in transactions(one)}
    for number, state in changes.answered.items():
        # One that was answered as confirmed may have been undone by the next request, whose answer was cut.
        if history.get(number) not in ((state, "undone") if state == "confirmed" else (state,)):
            wrong.append((number, state, history.get(number)))
    check(f"of {len(changes.answered)} transactions that were answered for each is there (seed {SEED})",
          changes.answered and not wrong, wrong)
    check("none is missing", sorted(history) == list(range(1, len(history) + 1)), sorted(history))
    check("and none is left as it was cut short", set(history.values()) <= {"confirmed", "undone"}, history)
    standing = [number for number, state in history.items() if state == "confirmed"]
    check("the host is as they say",
          SACK.read_text().strip() == ("0" if standing else "1"), (standing, SACK.read_text()))
    check("every event was told", until(lambda: events.last == one.health()["last_event"]), events.last)
    check(f"{events.last} ids: none twice, none lost",
          not events.problems and not events.of("events.lost"), events.problems + events.of("events.lost"))
    events.stop()
    check("it ends well", one.stop() == 0, one.log())
    with sqlite3.connect(one.state / "state.db") as store:
        check("the store is whole", store.execute("pragma integrity_check").fetchone() == ("ok",))


signal.signal(signal.SIGPIPE, signal.SIG_IGN)
PARTS = (full_disk, clock, engine, killed)
for part in PARTS:
    print(part.__name__, flush=True)
    part()
for what in skipped:
    print("skipped " + what)
finish()
