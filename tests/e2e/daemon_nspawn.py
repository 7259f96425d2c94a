#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardend as a unit of systemd, in a container that daemon_nspawn.sh has booted.

Install, socket activation and `systemctl status`; what the kernel itself reports
of a task that hangs; a reload with a good and a bad configuration; what is applied, drifts, and is put back; kill -9 and restart
without an id that is lost or given twice and without a finding that is told
twice; another program in its place under load; metrics; the watchdog, for each
of the two threads; the unit that only reports; who may ask for what; the
journal's fields and the catalog; what systemd-analyze thinks of the units.
"""

import grp
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import threading
import time

from checks import PATIENCE, as_user, check, play, run, until
from running_daemon import Events

SOCKET = "/run/hardend/hardend.sock"
STATE = pathlib.Path("/var/lib/hardend")
CONFIG = pathlib.Path("/etc/hardend/hardend.toml")
UNITS = pathlib.Path("/etc/systemd/system")
SACK = pathlib.Path("/proc/sys/net/ipv4/tcp_sack")


def systemctl(*words):
    done = run("systemctl", *words)
    if done.returncode:
        print(f"     systemctl {' '.join(words)}: {done.returncode} {done.stderr.strip()}", flush=True)
    return done


def shown(unit, name):
    return run("systemctl", "show", "--value", "--property", name, unit).stdout.strip()


class Connection(http.client.HTTPConnection):
    def __init__(self):
        super().__init__("hardend", timeout=PATIENCE)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(SOCKET)


def ask(method, path, body=None):
    connection = Connection()
    headers = {"Content-Type": "application/json"} if body is not None else {}
    connection.request(method, path, None if body is None else json.dumps(body), headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def events():
    """Every event that is kept: (id, type, data)."""
    found = []
    for name in ("events.1", "events"):
        path = STATE / name
        for line in path.read_text().splitlines() if path.exists() else []:
            number, _, kind, data = line.split(" ", 3)
            found.append((int(number), kind, json.loads(data)))
    return found


def of(kind):
    return [data for _, one, data in events() if one == kind]


def are_whole():
    ids = [number for number, _, _ in events()]
    check("event ids begin with 1 and grow by one", ids == list(range(1, len(ids) + 1)), ids[:50])


def calm():
    """Waits until what drifted holds again and is judged so."""
    until("it holds again, and is judged so",
          lambda: len(of("finding.appeared")) == len(of("finding.cleared")) and len(of("drift")) == len(of("drift.cleared")))


def messages(**fields):
    words = [f"{name}={value}" for name, value in fields.items()]
    lines = run("journalctl", "--no-pager", "--output=json", *words).stdout.splitlines()
    return [json.loads(line) for line in lines]


def look_again():
    """Has the daemon look at everything, and waits until it has."""
    before = len(of("config"))
    systemctl("reload", "hardend.service")
    until("it has looked again", lambda: len(of("config")) > before)


def a_user():
    """Somebody who is logged in, whose folder only he may look into."""
    folder = pathlib.Path("/run/user/4001")
    folder.mkdir(parents=True)
    os.chown(folder, 4001, 4001)
    folder.chmod(0o700)


def install():
    a_user()
    for command in (["systemd-sysusers"], ["systemd-tmpfiles", "--create", "hardend.conf"], ["journalctl", "--update-catalog"]):
        done = run(*command)
        check(" ".join(command), done.returncode == 0, done.stderr)
    CONFIG.parent.mkdir(exist_ok=True)
    SACK.write_text("1")


def analyze():
    for unit, most in (("hardend.service", 3.0), ("hardend-report.service", 2.0)):
        verified = run("systemd-analyze", "verify", "--man=no", unit)
        mistakes = [line for line in verified.stderr.splitlines() if "hardend" in line]
        check(f"systemd-analyze verify {unit}", not mistakes, mistakes)
        last = run("systemd-analyze", "security", "--no-pager", "--offline=true", unit).stdout.strip().splitlines()[-1]
        exposure = float(last.split(":")[1].split()[0])
        check(f"systemd-analyze security {unit}: {exposure}", exposure <= most)


def activation():
    systemctl("start", "hardend.socket")
    check("only the socket listens", shown("hardend.service", "ActiveState") == "inactive")
    status, text = ask("GET", "/v1/nothing")
    check("who asks starts it, and is answered", status == 404 and "application" not in text and '"status":404' in text, text)
    until("it says that it is ready", lambda: shown("hardend.service", "ActiveState") == "active")
    status_text = shown("hardend.service", "StatusText")
    check(f"STATUS: {status_text}", status_text.startswith("report mode; 1 policies: 1 exposed"), status_text)
    mode = pathlib.Path(SOCKET).stat()
    check("the socket is root:hardend 0660", mode.st_mode & 0o777 == 0o660 and pathlib.Path(SOCKET).group() == "hardend")
    check("one exposure was told", [one["policy"] for one in of("finding.appeared")] == ["daemon-sack"])


def watchers():
    status, text = ask("GET", "/v1/health")
    return {one["name"]: one for one in json.loads(text)["watchers"]} if status == 200 else {}


def watching():
    # A container has no log of the kernel's; here it is to have the real one.
    node = pathlib.Path("/dev/kmsg")
    try:
        if not node.exists():
            os.mknod(node, 0o600 | stat.S_IFCHR, os.makedev(1, 11))
        os.close(os.open(node, os.O_RDONLY | os.O_NONBLOCK))
        there = stat.S_ISCHR(node.stat().st_mode)
    except OSError as error:
        there = False
        print(f"skip  the kernel's log: {error}", flush=True)
    if there:
        systemctl("restart", "hardend.service")
    seen = watchers()
    for name in ("sysctls", "interfaces", "policies", "sysctl.d"):
        check(f"{name} are watched", seen.get(name, {}).get("state") == "watching", seen)
    for fact in ("docker.engines", "net.listeners", "module", "kernel.release"):
        status, text = ask("GET", f"/v1/facts?name={fact}")
        check(f"{fact} can be read inside the unit", status == 200 and "denied" not in text, text[:600])
    if there:
        check("the kernel's log is watched", seen.get("kmsg", {}).get("state") == "watching", seen.get("kmsg"))


HANG = """
[crash]
title  = "INFO: task hung in *"
frames = ["mnt_want_write"]
"""


def kernel_report():
    """Outside, a task hangs (hung_task.sh), and the machine's own kernel says so in
    its log, which the unit reads through its sandbox."""
    if watchers().get("kmsg", {}).get("state") != "watching":
        print("skip  the kernel's log is not there", flush=True)
        return
    folder = CONFIG.parent / "policies.d"
    folder.mkdir(exist_ok=True)
    policy = pathlib.Path("/usr/local/share/hardend/policies/daemon-sack.toml").read_text()
    policy = policy.replace("daemon-sack", "daemon-hang").replace("cpu.possible >= 1", "cpu.possible < 1")
    (folder / "daemon-hang.toml").write_text(policy.replace("[[remedy]]", HANG + "[[remedy]]", 1))
    look_again()
    pathlib.Path("/out/hang").touch()
    until("a task hangs, or cannot", pathlib.Path("/out/hung").exists)
    said = pathlib.Path("/out/hung").read_text().strip()
    if not said.startswith("task "):
        print(f"skip  a task that hangs: {said}", flush=True)
        return
    name, _, pid = said.removeprefix("task ").partition(":")
    its = lambda: [one for one in json.loads(ask("GET", "/v1/crashes")[1])["crashes"] if one["pid"] == int(pid)]
    until(f"what the kernel said of {name} is on record", its)
    crash = its()[0]
    check("with its title, its frames and the policy that it fits",
          crash["title"] == "INFO: task hung in mnt_want_write" and crash["comm"] == name and
          "mnt_want_write" in [one["function"] for one in crash["frames"]] and
          [(one["policy"], one["confidence"]) for one in crash["matches"]] == [("daemon-hang", "likely")], crash)
    check("it is an event", crash["title"] in [one["title"] for one in of("crash")], of("crash"))
    check("and in the journal with a message id",
          any(crash["title"] in one["MESSAGE"] and one.get("MESSAGE_ID") for one in messages(_SYSTEMD_UNIT="hardend.service")))
    until("and counts in /metrics",
          lambda: re.search(r'^hardend_crash_records{policy="daemon-hang"[^}]*} [1-9]', ask("GET", "/metrics")[1], re.M))
    (folder / "daemon-hang.toml").unlink()
    look_again()


def reload():
    CONFIG.write_text('mod = "enforce"\n')
    systemctl("reload", "hardend.service")
    until("a bad configuration is told",
          lambda: "unknown key" in shown("hardend.service", "StatusText") and
          "did you mean 'mode'?" in shown("hardend.service", "StatusText"))
    check("the old one goes on", shown("hardend.service", "ActiveState") == "active")
    refused = messages(_SYSTEMD_UNIT="hardend.service", PRIORITY=3)
    check("and the journal has it, with a message id", len(refused) == 1 and len(refused[0].get("MESSAGE_ID", "")) == 32, refused)
    if refused:
        explained = run("journalctl", "--catalog", "--no-pager", f"MESSAGE_ID={refused[0]['MESSAGE_ID']}").stdout
        check("which the catalog explains", "hardend --check-config" in explained, explained)
    run("hardenctl", "waive", "add", "daemon-sack", "--reason", "a test", "--for", "1d")
    noted = [one for one in messages(_SYSTEMD_UNIT="hardend.service") if "is waived: a test" in one["MESSAGE"]]
    check("a waiver is in the journal, with who gave it", len(noted) == 1 and noted[0].get("HARDEND_CALLER_UID") == "0", noted)
    explained = run("journalctl", "--catalog", "--no-pager", f"MESSAGE_ID={noted[0]['MESSAGE_ID']}").stdout if noted else ""
    check("and is not called a change of the host", "User 0 " in explained and "The host is as it was" in explained, explained)
    run("hardenctl", "waive", "remove", "daemon-sack")
    checked = run("/usr/local/sbin/hardend", "--check-config")
    check("--check-config says where", checked.returncode == 65 and f"{CONFIG}:1:1: unknown key" in checked.stderr, checked.stderr)
    CONFIG.write_text('sweep = "1h"\n')
    systemctl("reload", "hardend.service")
    until("a good one is taken", lambda: shown("hardend.service", "StatusText").startswith("report mode"))


def drift():
    done = run("hardenctl", "apply", "--local", "daemon-sack")
    check("hardenctl apply", done.returncode == 0 and SACK.read_text().strip() == "0", done.stdout + done.stderr)
    look_again()
    until("the exposure has cleared", lambda: [one["verdict"] for one in of("finding.cleared")] == ["mitigated"])
    SACK.write_text("1")
    until("drift is told with both values",
          lambda: [(one["before"], one["now"]) for one in of("drift")] == [("0", "1")])
    check("and nothing is put back in report mode", SACK.read_text().strip() == "1" and not of("drift.put_back"))


def put_back():
    CONFIG.write_text('sweep = "1h"\nmode = "enforce"\n')
    systemctl("reload", "hardend.service")
    until("it is put back in enforce mode", lambda: SACK.read_text().strip() == "0")
    until("which is told", lambda: [one["done"] for one in of("drift.put_back")] == [True])
    until("and in the journal with its transaction",
          lambda: [one.get("HARDEND_TRANSACTION") for one in messages(_SYSTEMD_UNIT="hardend.service")
                   if "was put back" in one["MESSAGE"]] == ["1"])


def kill():
    calm()
    before = events()
    pid = shown("hardend.service", "MainPID")
    systemctl("kill", "--signal=KILL", "--kill-whom=main", "hardend.service")
    until("systemd starts it again after kill -9",
          lambda: shown("hardend.service", "MainPID") not in (pid, "0") and shown("hardend.service", "ActiveState") == "active")
    check("nothing is told again", events() == before, events()[len(before):])
    SACK.write_text("1")
    until("and it goes on", lambda: len(of("drift.put_back")) == 2)
    are_whole()


def restart():
    calm()
    before = events()
    systemctl("restart", "hardend.service")
    check("it is there after a restart", shown("hardend.service", "ActiveState") == "active")
    check("and nothing is told again", events() == before, events()[len(before):])
    are_whole()


class Load(threading.Thread):
    """Asks again and again, each time on a connection of its own."""

    def __init__(self):
        super().__init__(daemon=True)
        self.stopped = False
        self.answered = 0
        self.refused = []
        self.start()

    def run(self):
        while not self.stopped:
            try:
                status, _ = ask("GET", "/v1/findings")
                self.answered += status == 200
                if status not in (200, 503):  # 503: it has only just started
                    self.refused.append(status)
            except (ConnectionRefusedError, FileNotFoundError) as error:
                self.refused.append(repr(error))
            except (OSError, http.client.HTTPException):
                pass  # cut off in the middle; whoever asks again is answered


class Writer(threading.Thread):
    def __init__(self):
        super().__init__(daemon=True)
        self.stopped = False
        self.writes = 0
        self.start()

    def run(self):
        while not self.stopped:
            SACK.write_text(str(self.writes % 2))
            self.writes += 1
            time.sleep(0.002)  # one by one, not a flood that is merged


def upgrade():
    """Another program takes the old one's place while it is asked, listened to
    and has things to tell."""
    CONFIG.write_text('sweep = "1h"\n')
    systemctl("reload", "hardend.service")
    until("it reports alone", lambda: shown("hardend.service", "StatusText").startswith("report mode"))
    SACK.write_text("0")
    listeners = [Events(SOCKET, after=0, resume=True) for _ in range(3)]
    load, writer = [Load() for _ in range(4)], Writer()
    program = pathlib.Path("/usr/local/sbin/hardend")
    for source in ("hardend_stalling", "hardend.old"):  # another build of the same
        seen, answered = listeners[0].last, load[0].answered
        until("there is something to tell and to answer", lambda: listeners[0].last > seen + 100 and load[0].answered > answered)
        if source == "hardend_stalling":
            shutil.copy2(program, "/usr/local/sbin/hardend.old")
        shutil.copy2(f"/usr/local/sbin/{source}", "/usr/local/sbin/hardend.new")
        os.rename("/usr/local/sbin/hardend.new", program)
        systemctl("restart", "hardend.service")
        pid = shown("hardend.service", "MainPID")
        check(f"the other program runs ({source})", os.path.samefile(f"/proc/{pid}/exe", program))
    seen, answered = listeners[0].last, load[0].answered
    until("and tells and answers", lambda: listeners[0].last > seen + 100 and load[0].answered > answered)
    writer.stopped = True
    writer.join()
    for one in load:
        one.stopped = True
        one.join()
    check(f"{sum(one.answered for one in load)} questions were answered, none refused", not any(one.refused for one in load),
          [one.refused for one in load])
    SACK.write_text("0")
    for one in listeners:
        until("a listener has heard everything", lambda one=one: one.last == json.loads(ask("GET", "/v1/health")[1])["last_event"])
        one.stop()
    heard = [event for event, _, _ in listeners[0].told]
    check(f"{len(heard)} ids over two restarts and {writer.writes} writes: none twice, none lost",
          heard == list(range(1, len(heard) + 1)) and not any(one.problems or one.of("events.lost") for one in listeners),
          [one.problems[:3] for one in listeners])
    check("each listener has heard the same", listeners[0].told == listeners[1].told == listeners[2].told)


def metrics():
    folder = pathlib.Path("/var/lib/prometheus/node-exporter")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "hardend.prom"
    CONFIG.write_text(f'sweep = "1h"\n[metrics]\nlisten = "127.0.0.1:9976"\ntextfile = "{file}"\n')
    systemctl("restart", "hardend.service")
    until("node_exporter's text file is written", file.exists)
    check("with the verdicts", 'hardend_policy_verdict{policy="daemon-sack"' in file.read_text(), file.read_text()[:500])
    health = json.loads(ask("GET", "/v1/health")[1])
    check("a listener that the unit cannot have is said to be hardend.socket's",
          any("ListenStream=127.0.0.1:9976" in trouble for trouble in health["troubles"]), health["troubles"])
    systemctl("stop", "hardend.service", "hardend.socket")
    check("the text file goes with the daemon", not file.exists())
    drop_in = UNITS / "hardend.socket.d"
    drop_in.mkdir(exist_ok=True)
    (drop_in / "metrics.conf").write_text("[Socket]\nListenStream=127.0.0.1:9976\n")
    systemctl("daemon-reload")
    systemctl("start", "hardend.socket")
    over_loopback = lambda: run("curl", "-sS", "--max-time", "20", "http://127.0.0.1:9976/metrics").stdout
    until("with it they are had over the loopback", lambda: "hardend_policy_verdict" in over_loopback())
    got = run("curl", "-sS", "--max-time", "20", "http://127.0.0.1:9976/v1/findings")
    check("and nothing else is", "this listener has /metrics alone" in got.stdout, got.stdout)
    until("the daemon runs", lambda: shown("hardend.service", "ActiveState") == "active")
    health = json.loads(ask("GET", "/v1/health")[1])
    check("and nothing is said to be wrong with it", not any("metrics" in one for one in health["troubles"]), health["troubles"])
    (drop_in / "metrics.conf").unlink()
    systemctl("daemon-reload")
    systemctl("stop", "hardend.service", "hardend.socket")
    systemctl("start", "hardend.socket", "hardend.service")


def watchdog():
    folder = UNITS / "hardend.service.d"
    folder.mkdir(exist_ok=True)
    for thread in ("worker", "loop"):
        (folder / "stall.conf").write_text(
            "[Service]\nExecStart=\nExecStart=/usr/local/sbin/hardend_stalling\nWatchdogSec=2s\nRestart=no\n"
            f"Environment=HARDEN_TEST_STALL={thread}\nTimeoutAbortSec=1s\nLimitCORE=0\n")
        systemctl("daemon-reload")
        systemctl("reset-failed", "hardend.service")
        run("systemctl", "restart", "--no-block", "hardend.service")
        until(f"the watchdog ends it when the {thread} stalls", lambda: shown("hardend.service", "Result") == "watchdog")
    (folder / "stall.conf").unlink()
    systemctl("daemon-reload")
    systemctl("reset-failed", "hardend.service")


def report_only():
    systemctl("stop", "hardend.service")
    SACK.write_text("1")
    systemctl("start", "hardend-report.service")
    check("the unit that only reports starts", shown("hardend-report.service", "ActiveState") == "active",
          run("systemctl", "status", "hardend-report.service").stdout)
    until("it sees what drifted meanwhile", lambda: of("drift")[-1]["now"] == "1")
    check("and cannot put it back", SACK.read_text().strip() == "1")
    history = json.loads(run("hardenctl", "history", "--local", "--format", "json").stdout)["transactions"]
    check("no transaction is stuck", {one["state"] for one in history} == {"confirmed"}, history)
    systemctl("stop", "hardend-report.service")


def statuses():
    """Of every route: "GET /v1/health": 200; 0 where the socket is closed to us."""
    found = {}
    for row in ROUTES:
        method, path, _ = row
        for name, value in (("{id}", "999"), ("{policy}", "daemon-sack"), ("{name}", "check.schema.json")):
            path = path.replace(name, value)
        try:
            found[f"{method} {path}"] = ask(method, path)[0]
        except PermissionError:
            found[f"{method} {path}"] = 0
    return found


ROUTES = []  # (method, path, role), from the document that describes them


def access():
    CONFIG.write_text('sweep = "1h"\n[access]\nread = ["root", ":hardend"]\napply = ["root", "4001"]\n')
    systemctl("start", "hardend.socket", "hardend.service")
    document = json.loads(ask("GET", "/v1/openapi.json")[1])
    ROUTES.extend((method.upper(), path, operation["x-role"]) for path, item in document["paths"].items()
                  for method, operation in item.items() if path != "/v1/events")
    group = grp.getgrnam("hardend").gr_gid
    may = {"root": {"read", "apply"}, "4001": {"read", "apply"}, "a member of the group": {"read"}, "nobody": set()}
    callers = {"root": (0, []), "4001": (4001, [group]), "a member of the group": (4002, [4003, group]), "nobody": (4002, [4003])}
    seen, _ = as_user(4002, [], statuses)
    check("who is not of the socket's group does not come in", set(seen.values()) == {0}, seen)
    os.chmod(SOCKET, 0o666)
    for caller, (uid, groups) in callers.items():
        seen, _ = as_user(uid, groups, statuses)
        # A route without a role of its own is anybody's who may read.
        wrong = [(row, status) for row, status, (_, _, role) in zip(seen, seen.values(), ROUTES)
                 if (status == 403) != (role not in may[caller])]
        check(f"{caller}: {len(seen)} routes, {list(seen.values()).count(403)} of them refused", not wrong, wrong)
    os.chmod(SOCKET, 0o660)
    (status, text), child = as_user(4001, [group], lambda: ask("POST", "/v1/transactions/last/undo"))
    check("who may apply undoes", status == 200 and json.loads(text)["state"] == "undone", text)
    number = json.loads(text).get("transaction")
    said = [(one.get("HARDEND_CALLER_UID"), one.get("HARDEND_CALLER_PID"), one.get("HARDEND_TRANSACTION"))
            for one in messages(_SYSTEMD_UNIT="hardend.service") if "is undone" in one["MESSAGE"]]
    check("the journal has the user, the process and the transaction", said == [("4001", str(child), str(number))], said)
    systemctl("stop", "hardend.service", "hardend.socket")


if __name__ == "__main__":
    signal.alarm(160)
    play([install, analyze, activation, watching, reload, drift, put_back, kill, restart, upgrade, metrics, kernel_report, watchdog,
          report_only, access])
