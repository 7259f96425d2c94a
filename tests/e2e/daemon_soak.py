# SPDX-License-Identifier: Apache-2.0
"""daemon_soak.py HARDEND FOLDER EVENTS SECONDS: everything at once, until so many
events have been told or the time is over.

Some sysctls that a policy looks at are written one after the other; an engine
floods; clients ask, follow the events, come and go; a change is applied and
undone. Held against it: memory of its own and descriptors, looked at every
second, in the last quarter beside the second one; every id told once and in
order to one who follows throughout; every question answered.
"""
import http.client
import multiprocessing
import os
import pathlib
import statistics
import sys
import time

from checks import check, finish
from fake_engine import Engine
from running_daemon import Daemon, Events, until

HARDEND, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
EVENTS, SECONDS = int(sys.argv[3]), int(sys.argv[4])
SANITIZED = any(mark in pathlib.Path(HARDEND).read_bytes() for mark in (b"__asan_init", b"__tsan_init"))
GROWTH = 1024  # KiB: an allocator's own ups and downs
KEPT = 10_000  # events, at least
FEWEST = 1000  # events, for a run to say anything

# Of these, others follow what they are set to, and forwarding changes still more.
UNSETTLING = ("forwarding", "mc_forwarding", "disable_ipv6")

def switches():
    """Keys of the network namespace that are 0 or 1 and may be either."""
    found = []
    for folder in ("ipv4/conf/all", "ipv4/conf/lo", "ipv6/conf/all", "ipv6/conf/lo"):
        for path in sorted(pathlib.Path("/proc/sys/net", folder).glob("*")):
            try:
                before = path.read_text().strip()
                if before not in ("0", "1") or path.name in UNSETTLING:
                    continue
                path.write_text("10"[int(before)])
                turned = path.read_text().strip() != before
                path.write_text(before)
            except OSError:
                continue
            if turned:
                found.append("net." + folder.replace("/", ".") + "." + path.name)
    return found


KEYS = switches()


class Worker:
    """A process that does something again and again until it is stopped."""

    def __init__(self, make, *words):
        self.flag = multiprocessing.Event()
        self.end, theirs = multiprocessing.Pipe()
        self.done, self.faults = 0, []
        self.process = multiprocessing.Process(target=self.run, args=(make, words, theirs), daemon=True)
        self.process.start()

    def run(self, make, words, end):
        work = make(*words)
        done, faults = 0, []
        while not self.flag.is_set():
            fault = work()
            done += 1
            if fault and len(faults) < 10:
                faults.append(fault)
        end.send((done, faults))

    def stop(self):
        self.flag.set()
        self.done, self.faults = self.end.recv()
        self.process.join()


def writer(pace):
    """One write every `pace` seconds, which may change meanwhile, as far as the
    machine keeps up. Who comes late writes up to 16 keys in a row, which are
    different ones: between two writes of a key there is time."""
    written = [0]
    paths = ["/proc/sys/" + key.replace(".", "/") for key in KEYS]
    due = [time.monotonic()]

    def work():
        for path in paths:
            file = os.open(path, os.O_WRONLY)
            os.write(file, b"01"[written[0] // len(paths) % 2:][:1])
            os.close(file)
            written[0] += 1
            due[0] += pace.value
            early = due[0] - time.monotonic()
            if early > 0 or written[0] % 16 == 0:
                time.sleep(max(0.0001, early))
    return work


class Pace:
    """Of the writer, so that the events come to their number shortly before the
    time is over: where the machine is busy, of two writes one event comes."""

    def __init__(self):
        self.shared = multiprocessing.Value("d", 0.9 * SECONDS / EVENTS)
        self.heard, self.at = 0, time.monotonic()

    def adapt(self, last, left):
        now = time.monotonic()
        rate = (last - self.heard) / (now - self.at)
        self.heard, self.at = last, now
        wanted = (EVENTS - last) / max(left - SECONDS / 20, 1)
        self.shared.value *= min(max(rate / max(wanted, 1), 0.8), 1.25)
        # Faster than this no machine is, and slower it would not be heard again.
        self.shared.value = min(max(self.shared.value, 0.00005), 1)


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
        time.sleep(0.01)
        events = Events(one.socket, after=max(0, one.health().get("last_event", 0) - 2000))
        told = until(lambda: len(events.told) >= 100)
        events.leave()
        return events.problems[0] if events.problems else None if told else "a client that resumes is told nothing"
    return work


def changer(one):
    def work():
        time.sleep(1)
        status, document = one.apply("daemon-sack")
        if status != 200:
            return f"apply: {status} {document}"
        status, document = one.ask("POST", "/v1/transactions/last/undo")
        return None if status == 200 else f"undo: {status} {document}"
    return work


def flood():
    fake = Engine("floods")

    def work():
        sent = fake.sent
        return None if until(lambda: fake.sent >= sent + 1000) else "the engine's events are not taken"
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


def soak(one, follower, pace):
    memory, descriptors = [], []
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and follower.last < EVENTS:
        memory.append(one.memory())
        descriptors.append(one.descriptors())
        time.sleep(min(1, SECONDS / 40))
        pace.adapt(follower.last, end - time.monotonic())
    return memory, descriptors


one = started()
pace = Pace()
workers = {"writer": Worker(writer, pace.shared), "engine": Worker(flood), "findings": Worker(asker, one, "/v1/findings", 0.01),
           "metrics": Worker(asker, one, "/metrics", 0.01), "facts": Worker(asker, one, "/v1/facts?name=sysctl", 2),
           "passer-by": Worker(passer_by, one), "changes": Worker(changer, one)}
follower = Events(one.socket, after=0, resume=True)
began = time.monotonic()
memory, descriptors = soak(one, follower, pace)
took = time.monotonic() - began
for worker in workers.values():
    worker.stop()
check("who follows has heard everything", until(lambda: follower.last == one.health()["last_event"]), follower.last)
check(f"{follower.last} events in {took:.0f} s, of {len(KEYS)} keys", follower.last >= FEWEST, f"at least {FEWEST}")
check("each once and in order", not follower.problems, follower.problems[:3])
# So many are kept that one who is slow hears them all; of a longer run some may be gone, which is then said.
lost = sum(one["last"] - one["first"] + 1 for one in follower.of("events.lost"))
check(f"{lost} gone before they were read", lost == 0 or follower.last > KEPT, lost)
for name, worker in workers.items():
    check(f"{name}: {worker.done} times", not worker.faults, worker.faults)
print(f"        overruns told: {len(follower.of('watch.lost'))}")
second, last = middle(memory, 1), middle(memory, 3)
print(f"        memory of its own, KiB: {memory[0]} at first, {second} in the second quarter, {last} in the last, {max(memory)} at most")
check("its memory is flat", SANITIZED or last <= second + GROWTH, f"{memory}")
check(f"so are its descriptors, {max(descriptors)} at most", middle(descriptors, 3) <= middle(descriptors, 1) + 16, descriptors)
kept = sum(file.stat().st_size for file in one.state.iterdir())
print(f"        its files: {kept // 1024} KiB")
check("it ends well", one.stop() == 0, one.log()[-2000:])
finish()
