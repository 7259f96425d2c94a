#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The .deb on a Debian of its own, as package.sh starts it.

Installed by apt: the daemon runs, answers and applies. Upgraded: dpkg killed in
the middle of it, and stopped between unpacking and configuring; transactions, the
numbers of events and an administrator's configuration go on, and so does the
service that only reports, where that is the one that runs. Removed: what waited to
be confirmed is taken back, what is in force stays, and so does the store. Purged:
the files that are there and were not before are those that README.Debian names.
"""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import time

from checks import check, play, until

FIRST, SECOND = "/out/first.deb", "/out/second.deb"
STATE = pathlib.Path("/var/lib/hardend")
CONFIG = pathlib.Path("/etc/hardend/hardend.toml")
POLICY = pathlib.Path("/etc/hardend/policies.d/daemon-sack.toml")
DROP_IN = pathlib.Path("/etc/sysctl.d/99-zz-hardend.conf")
SACK = pathlib.Path("/proc/sys/net/ipv4/tcp_sack")
SOCKET = "/run/hardend/hardend.sock"
# What changes on a running Debian whatever is installed on it, and what dpkg,
# apt and the tools for groups keep for themselves.
NOT_OURS = ("/proc", "/sys", "/dev", "/run", "/tmp", "/out", "/var/log", "/var/cache", "/var/lib/dpkg", "/var/lib/apt",
            "/var/lib/systemd/catalog", "/var/lib/systemd/timers", "/var/lib/systemd/random-seed", "/var/lib/systemd/linger",
            "/var/tmp", "/etc/group", "/etc/gshadow", "/etc/passwd", "/etc/shadow", "/etc/.pwd.lock", "/etc/resolv.conf")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False,
                          env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}, **more)


def succeeds(what, *words):
    done = run(*words)
    check(what, done.returncode == 0, f"{done.returncode}: {done.stdout[-1500:]}{done.stderr[-1500:]}")
    return done.stdout + done.stderr


def shown(unit, name):
    return run("systemctl", "show", "--value", "--property", name, unit).stdout.strip()


def is_active(unit):
    return shown(unit, "ActiveState") == "active"


def is_enabled(unit):
    return run("systemctl", "is-enabled", unit).stdout.strip()


def transactions():
    """(number, state) of each, the oldest first."""
    done = run("hardenctl", "history", "--format", "json")
    return sorted((one["id"], one["state"]) for one in json.loads(done.stdout)["transactions"])


def event_numbers():
    numbers = []
    for name in ("events.1", "events"):
        path = STATE / name
        numbers += [int(line.split(" ", 1)[0]) for line in path.read_text().splitlines()] if path.exists() else []
    return numbers


BEFORE = {}  # all files, before anything was installed


def files():
    """Every file that a package could have brought or left: {path: what it is}."""
    found = {}
    for folder, names, plain in os.walk("/"):
        names[:] = [name for name in names if os.path.join(folder, name) not in NOT_OURS]
        for path in [os.path.join(folder, name) for name in names + plain]:
            if path.startswith(NOT_OURS):
                continue
            status = os.lstat(path)
            what = f"{status.st_mode:o} {status.st_uid}:{status.st_gid}"
            if os.path.isfile(path) and not os.path.islink(path) and path.startswith(("/etc", "/var")):
                what += " " + hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()
            found[path] = what
    return found


def differences():
    """The paths that are not as they were before anything was installed."""
    after = files()
    return {path for path in BEFORE.keys() | after.keys() if BEFORE.get(path) != after.get(path)}


def install():
    succeeds("apt installs it, with nothing from elsewhere", "apt-get", "install", "-y", "--no-install-recommends", FIRST)
    for unit in ("hardend.service", "hardend.socket"):
        check(f"{unit} is enabled and runs", is_enabled(unit) == "enabled" and is_active(unit))
    check("hardend-settle.service is enabled", is_enabled("hardend-settle.service") == "enabled")
    check("hardend-report.service is not", is_enabled("hardend-report.service") == "disabled")
    status = run("systemctl", "status", "hardend.service").stdout
    check("systemctl status says how the host fares", 'Status: "report mode; ' in status, status)
    print("\n".join(f"     | {line}" for line in status.splitlines()[:9]))
    where = pathlib.Path(SOCKET)
    check("the socket is root:hardend", where.group() == "hardend" and where.stat().st_mode & 0o777 == 0o660)
    check("hardend takes its own configuration", run("hardend", "--check-config").returncode == 0)
    check("the catalog has its messages", "hardend" in run("journalctl", "--list-catalog").stdout)
    check("dpkg finds every file whole", run("dpkg", "--verify", "hardend").stdout == "")


def use():
    POLICY.write_bytes(pathlib.Path("/out/daemon-sack.toml").read_bytes())
    SACK.write_text("1")
    asked = lambda: run("hardenctl", "check", "--socket", SOCKET, "--policy", "daemon-sack")  # noqa: E731
    until("the daemon judges by an administrator's policy", lambda: "EXPOSED" in asked().stdout)
    # Not its exit status: a container has no /dev/kmsg, which is a trouble of the daemon's.
    status = run("hardenctl", "status").stdout
    check("hardenctl status", "15 policies" in status and "drift            nothing" in status, status)
    succeeds("the daemon applies it", "hardenctl", "apply", "--socket", SOCKET, "--accept-impact", "daemon-sack")
    check("it is in force, and at the next boot", SACK.read_text().strip() == "0" and DROP_IN.exists())
    drift = run("hardenctl", "drift", "--socket", SOCKET)
    check("the daemon can tell that it holds, also at the next boot", drift.returncode == 0, drift.stdout)
    engines = run("hardenctl", "facts", "--socket", SOCKET, "docker.engines").stdout
    check("and that there is no container engine, of users neither", "no engine's socket" in engines, engines)
    check("the transaction is confirmed", transactions() == [(1, "confirmed")], transactions())
    CONFIG.write_text(CONFIG.read_text().replace('sweep = "10m"', 'sweep = "1h"'))


def interrupted_unpack():
    """dpkg is killed in the middle of unpacking. Nobody knows when exactly, so what it left is not looked at; then it is run again."""
    for patience in (0.05, 0.1, 0.2, 0.4):
        process = subprocess.Popen(["dpkg", "--unpack", "--force-confold", SECOND], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(patience)
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        check(f"the daemon goes on, dpkg killed after {patience} s", is_active("hardend.service"))


def upgrade():
    before = event_numbers()
    pid = shown("hardend.service", "MainPID")
    interrupted_unpack()
    succeeds("it is unpacked", "dpkg", "--unpack", "--force-confold", SECOND)
    check("and not configured", "unpacked" in run("dpkg-query", "-W", "-f", "${Status}", "hardend").stdout)
    check("the earlier daemon goes on", shown("hardend.service", "MainPID") == pid and is_active("hardend.service"))
    check("and answers", run("hardenctl", "check", "--socket", SOCKET, "--policy", "daemon-sack").returncode == 0)
    succeeds("dpkg --configure -a ends the upgrade", "dpkg", "--configure", "-a", "--force-confold")
    check("it is the second version", run("dpkg-query", "-W", "-f", "${Version}", "hardend").stdout.endswith("+2"))
    until("another daemon runs", lambda: shown("hardend.service", "MainPID") not in (pid, "0") and is_active("hardend.service"))
    check("on the socket", is_active("hardend.socket"))
    until("and answers", lambda: run("hardenctl", "check", "--socket", SOCKET, "--policy", "daemon-sack").returncode == 0)
    check("transactions are kept", transactions() == [(1, "confirmed")], transactions())
    check("the remedy is in force", SACK.read_text().strip() == "0" and DROP_IN.exists())
    after = event_numbers()
    check("no event is lost or told twice", after[:len(before)] == before and after == list(range(1, len(after) + 1)), after)
    check("an administrator's configuration is kept", 'sweep = "1h"' in CONFIG.read_text())
    check("and the new one lies beside it", CONFIG.with_name("hardend.toml.dpkg-dist").exists())


def report_only():
    succeeds("the service that can change things is left", "systemctl", "disable", "--now", "hardend.service")
    succeeds("for the one that only reports", "systemctl", "enable", "--now", "hardend-report.service")
    pid = shown("hardend-report.service", "MainPID")
    succeeds("it is installed again", "dpkg", "--install", "--force-confold", SECOND)
    check("hardend.service stays off", not is_active("hardend.service") and is_enabled("hardend.service") == "disabled")
    until("the other is of this version", lambda: shown("hardend-report.service", "MainPID") not in (pid, "0"))
    check("and runs", is_active("hardend-report.service") and is_active("hardend.socket"))
    succeeds("back", "systemctl", "disable", "--now", "hardend-report.service")
    succeeds("again", "systemctl", "enable", "--now", "hardend.service")


def remove():
    """With one transaction in force, and one that waits to be confirmed."""
    in_force = DROP_IN.read_text()
    SACK.write_text("1")
    succeeds("drift is applied anew, for an hour", "hardenctl", "apply", "--accept-impact", "--confirm-within", "1h", "--no-wait", "daemon-sack")
    check("it waits", transactions() == [(1, "confirmed"), (2, "applied")], transactions())
    said = succeeds("apt removes it", "apt-get", "remove", "-y", "hardend")
    check("it says what is taken back", "transaction 2 was not confirmed: undone" in said, said)
    check("and what stays", f"{DROP_IN} stays" in said, said)
    check("what waited is as before", SACK.read_text().strip() == "1")
    check("what was confirmed is kept", DROP_IN.read_text() == in_force)
    check("nothing runs", not is_active("hardend.service") and not is_active("hardend.socket"))
    left = {path for path in differences() if not path.startswith("/var/lib/hardend/")}
    wanted = {"/etc/hardend", str(CONFIG), str(CONFIG) + ".dpkg-dist", str(POLICY.parent), str(POLICY), str(DROP_IN), "/var/lib/hardend"}
    # Which units are enabled is remembered until purge.
    bookkeeping = {path for path in left if "/deb-systemd-helper-" in path or ".wants" in path}
    check("the files that are left are the documented ones", left - bookkeeping == wanted, sorted((left - bookkeeping) ^ wanted))
    check("the store is one of them", (STATE / "state.db").exists())
    succeeds("it can be installed again", "apt-get", "install", "-y", "--no-install-recommends", SECOND)
    until("and knows its transactions", lambda: transactions() == [(1, "confirmed"), (2, "undone")])
    check("and runs", is_active("hardend.service") and is_active("hardend.socket"))


def purge():
    said = succeeds("apt purges it", "apt-get", "purge", "-y", "hardend")
    check("it says what stays", f"{DROP_IN} stays" in said, said)
    wanted = {"/etc/hardend", str(POLICY.parent), str(POLICY), str(DROP_IN)}
    left = differences()
    check("the files that are left are a remedy in force and an administrator's", left == wanted, sorted(left ^ wanted))
    check("no unit is left behind", "hardend" not in run("systemctl", "list-unit-files", "--no-legend").stdout)
    POLICY.unlink()
    DROP_IN.unlink()


def purge_again():
    """Of a host where nothing was applied, nothing is left at all."""
    for folder in (POLICY.parent, CONFIG.parent):
        folder.rmdir()
    succeeds("it is installed", "apt-get", "install", "-y", "--no-install-recommends", FIRST)
    until("and runs", lambda: is_active("hardend.service"))
    succeeds("and purged", "apt-get", "purge", "-y", "hardend")
    check("every file is as it was before", differences() == set(), sorted(differences()))


def main():
    BEFORE.update(files())
    play([install, use, upgrade, report_only, remove, purge, purge_again])


if __name__ == "__main__":
    signal.alarm(160)
    main()
