# SPDX-License-Identifier: Apache-2.0
"""Kills hardenctl at every system call that writes or syncs, settles, and looks.

    kill_apply.py HARDENCTL POLICIES

To be run as root on a machine that may be changed: kill_apply.sh makes one.

A plan of sysctls, some of which change others with them, and files is applied
and taken back, confirmed, and settled after it was cut short. Each of these
runs again and again from the same beginning, and strace kills it on entry to
the first, second, third, ... call of every kind that changes a file, a folder
or the disk's idea of them, until it comes through. Then some verb that opens
the store for writing settles. Every file of /proc/sys/net and of the folders
that the plan touches must be as before the plan, or all of them as after it, as
the transaction's state says; no draft may be left, the store must be sound, and
nothing may drift.

Apply and undo run once more with somebody else in between, who writes to one of
the plan's places after the kill and before the recovery. What they wrote must
stay, the rest must be as before or as after; what is stuck goes with --force.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

HARDENCTL, POLICIES = sys.argv[1:]
WRITING = """write pwrite64 writev pwritev pwritev2 fsync fdatasync sync_file_range rename renameat renameat2 unlink
unlinkat mkdir mkdirat rmdir link linkat symlink symlinkat truncate ftruncate fallocate fchmod fchmodat fchown fchownat
fsetxattr copy_file_range sendfile""".split()
FOLDERS = ("/etc/sysctl.d", "/etc/modprobe.d", "/etc/docker", "/etc/default/grub.d")
STATE = "/var/lib/hardend"
NETWORK = "/proc/sys/net"
FEWEST = 200
REMEDIES = ["kill-sysctl/keys", "kill-module/block", "kill-docker/option", "kill-cmdline/boot"]
APPLY = ["apply", "--policies", POLICIES, "--accept-impact"] + [f"--remedy={remedy}" for remedy in REMEDIES]
SETTLE = ["confirm", "999999"]
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")

# What somebody else writes, each neither what the plan finds nor what it leaves.
FOREIGN = {
    "/proc/sys/net/ipv4/tcp_keepalive_time": b"1234\n",
    "/proc/sys/net/ipv4/tcp_fin_timeout": b"44\n",
    "/etc/sysctl.d/99-zz-hardend.conf": b"# theirs\n",
    "/etc/docker/daemon.json": b'{ "theirs": true }\n',
    "/etc/modprobe.d/theirs.conf": b"# theirs\n",  # beside ours, in a folder that the plan makes
}

failures = []
kills = 0
endings = {}


class Engine(threading.Thread):
    """As much of a Docker engine as makes its options worth planning."""

    ANSWERS = {
        "version": {"Version": "20.10.24", "ApiVersion": "1.41", "Components": [{"Name": "Engine"}]},
        "info": {"ID": "A", "Containers": 0, "ContainersRunning": 0, "Driver": "vfs", "LiveRestoreEnabled": False},
    }

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.bind("/run/docker.sock")
        self.socket.listen()

    def run(self):
        while True:
            client, _ = self.socket.accept()
            with client:
                try:
                    target = client.recv(4096).split(b" ")[1].decode().split("?")[0].rsplit("/", 1)[-1]
                    body = json.dumps(self.ANSWERS.get(target, [])).encode()
                    client.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n" + body)
                except (OSError, IndexError):
                    pass


def hardenctl(arguments, prefix=()):
    command = [*prefix, HARDENCTL, *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=False)


def content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None


def files_under(folder):
    return sorted(os.path.join(where, name) for where, _, names in os.walk(folder) for name in names)


def keys():
    """Every readable key of this network namespace."""
    return {path: value for path in files_under(NETWORK) if (value := content(path)) is not None}


def folders():
    return {folder for folder in FOLDERS if os.path.isdir(folder)}


def files():
    return {path: content(path) for folder in FOLDERS for path in files_under(folder)}


class World:
    """What the machine holds, kept so that it can be put back."""

    def __init__(self, steady):
        self.keys = {path: value for path, value in keys().items() if path in steady}
        self.files = files()
        self.folders = folders()
        self.store = {path: content(path) for path in files_under(STATE)}

    def differing(self):
        """The places that the machine does not have so."""
        now = {path: content(path) for path in self.keys}
        return [path for path in self.keys if now[path] != self.keys[path]] + [
            path for path in self.files.keys() | files().keys() if self.files.get(path) != content(path)
        ] + sorted(self.folders ^ folders())

    def put_back(self):
        while wrong := [path for path, value in self.keys.items() if content(path) != value]:
            for path in wrong:  # again and again, because some keys change others with them
                with open(path, "wb") as file:
                    file.write(self.keys[path])
        for path in files().keys() - self.files.keys():
            os.unlink(path)
        for folder in folders() - self.folders:
            os.rmdir(folder)
        for folder in self.folders - folders():
            os.mkdir(folder)
        for path, text in self.files.items():
            if content(path) != text:
                with open(path, "wb") as file:
                    file.write(text)
        shutil.rmtree(STATE, ignore_errors=True)
        if self.store:
            os.mkdir(STATE, 0o700)
        for path, text in self.store.items():
            with open(path, "wb") as file:
                file.write(text)


def in_store(sql):
    run = subprocess.run(["sqlite3", f"{STATE}/state.db", sql], capture_output=True, text=True, check=False)
    return (run.stdout + run.stderr).strip()


def transaction():
    """What the store says of itself, and the state of its transaction; there is no store before there was one."""
    if not os.path.exists(f"{STATE}/state.db"):
        return "ok", "none"
    sound, _, state = in_store("pragma integrity_check; select state from transactions where id = 1").partition("\n")
    return sound, state or "none"


def problem(before, after, allowed):
    """What is wrong with the machine after it was settled; '' where nothing is."""
    settled = hardenctl(SETTLE)
    if settled.returncode != 1 or "no transaction" not in settled.stderr:
        return f"settling: status {settled.returncode}, {settled.stderr}"
    sound, state = transaction()
    if sound != "ok":
        return f"the store is damaged: {sound}"
    if state not in allowed:
        return f"the transaction is {state}"
    wanted = after if state in ("confirmed", "applied") else before
    if wrong := wanted.differing():
        return f"the transaction is {state}, and these are not so: " + ", ".join(wrong)
    if state in ("confirmed", "applied"):
        drift = hardenctl(["drift"])
        if drift.returncode != 0:
            return f"drift: status {drift.returncode}, {drift.stdout}{drift.stderr}"
    return ""


def meddle(place):
    os.makedirs(os.path.dirname(place), exist_ok=True)
    with open(place, "wb") as file:
        file.write(FOREIGN[place])


def problem_with_foreign(before, after, place):
    """What is wrong after somebody else wrote to a place and the machine was settled."""
    def wrong(world):
        return [path for path in world.differing() if path not in (place, os.path.dirname(place))]

    settled = hardenctl(SETTLE)
    if settled.returncode != 1 or "no transaction" not in settled.stderr:
        return f"settling: status {settled.returncode}, {settled.stderr}"
    sound, state = transaction()
    endings[state] = endings.get(state, 0) + 1
    if sound != "ok" or state not in ("none", "undone", "confirmed", "stuck"):
        return f"the store is {sound}, the transaction {state}"
    if content(place) != FOREIGN[place]:
        return f"the transaction is {state}, and what was written to {place} is gone"
    if differing := wrong(after if state == "confirmed" else before):
        return f"the transaction is {state}, and these are not so: " + ", ".join(differing)
    if state != "stuck":
        return ""
    forced = hardenctl(["undo", "1", "--force"])
    if forced.returncode != 0 or before.differing():
        return f"undo --force: status {forced.returncode}, {forced.stderr}, not so: " + ", ".join(before.differing())
    return ""


def killing(call, number):
    inject = f"--inject={call}:signal=KILL:when={number}"
    return ["strace", "-f", "-qq", "-o", "/dev/null", f"--trace={call}", "--signal=none", inject]


def calls_of(arguments):
    """The kinds of writing calls that a run makes, by a run that is not killed."""
    record = "/tmp/calls"
    prefix = ["strace", "-f", "-qq", "-c", "-S", "name", "-U", "name", "-o", record, "--trace=" + ",".join(WRITING)]
    hardenctl(arguments, prefix)
    with open(record, encoding="utf-8") as file:
        seen = set(file.read().split())
    return [call for call in WRITING if call in seen]


def sweep(name, beginning, arguments, before, after, allowed, foreign=False):
    """Kills a run at each of its writing calls, with somebody else in between or not."""
    global kills
    began, count = time.monotonic(), 0
    beginning.put_back()
    for call in calls_of(arguments):
        number = 0
        while True:
            number += 1
            beginning.put_back()
            run = hardenctl(arguments, killing(call, number))
            if run.returncode != -signal.SIGKILL:
                break
            count += 1
            if foreign:
                place = list(FOREIGN)[count % len(FOREIGN)]
                meddle(place)
                wrong = problem_with_foreign(before, after, place)
            else:
                wrong = problem(before, after, allowed)
            if wrong:
                failures.append(f"{name}, killed at {call} number {number}: {wrong}")
                print(failures[-1], flush=True)
            if number > 2000:
                sys.exit(f"{name}: no end of {call}")
    kills += count
    print(f"{name}: {count} kills in {time.monotonic() - began:.0f} s", flush=True)


def stopped_late(beginning):
    """The machine as it is where apply was killed after its last file, before the journal knew."""
    world, number = None, 0
    while True:
        number += 1
        beginning.put_back()
        if hardenctl(APPLY, killing("renameat", number)).returncode != -signal.SIGKILL:
            return world
        world = World(beginning.keys)


def prepare():
    for folder in FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)
    for folder in ("/etc/sysctl.d", "/etc/docker", "/etc/default/grub.d"):
        os.makedirs(folder)  # modprobe.d is left for hardend to make
    with open("/etc/docker/daemon.json", "w", encoding="utf-8") as file:
        file.write('{\n  "debug": true\n}\n')
    Engine().start()


def must(arguments, status=0):
    run = hardenctl(arguments)
    if run.returncode != status:
        sys.exit(f"hardenctl {' '.join(arguments)}: status {run.returncode}\n{run.stdout}{run.stderr}")


def main():
    os.umask(0o022)
    prepare()
    first = keys()
    steady = {path for path, value in keys().items() if first.get(path) == value}
    before = World(steady)
    must(APPLY)
    after = World(steady)
    changed = len(after.differing()) + sum(after.keys[path] != before.keys[path] for path in before.keys)
    changed += sum(before.files.get(path) != text for path, text in after.files.items())
    print(f"a plan that changes {changed} places", flush=True)
    if changed < 10:
        sys.exit("the plan is too short")

    sweep("apply", before, APPLY, before, after, ("none", "undone", "confirmed"))
    sweep("undo", after, ["undo", "1"], before, after, ("undone", "confirmed"))
    sweep("recovery", stopped_late(before), SETTLE, before, after, ("undone",))
    before.put_back()
    must(APPLY + ["--confirm-within", "1h", "--no-wait"])
    waiting = World(steady)
    sweep("confirm", waiting, ["confirm", "1"], before, after, ("applied", "confirmed"))

    sweep("apply, and somebody else", before, APPLY, before, after, (), foreign=True)
    sweep("undo, and somebody else", after, ["undo", "1"], before, after, (), foreign=True)
    print("with somebody else: " + ", ".join(f"{count} {state}" for state, count in sorted(endings.items())))
    if not endings.get("stuck"):
        sys.exit("nothing was ever stuck")

    print(f"{kills} kills, {len(failures)} failures")
    if kills < FEWEST:
        sys.exit(f"fewer than {FEWEST} kills")
    sys.exit(1 if failures else 0)


main()
