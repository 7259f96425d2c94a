#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The .rpm on a host whose systemd runs, as package_rpm_booted.sh starts it.

Installed, it is enabled and not started; installed again, the daemon that runs is
another one; erased, nothing runs any more, what waited to be confirmed is taken
back, and what is in force stays.
"""

import pathlib
import shutil
import signal

from checks import check, play, run, until

PACKAGE = "/out/hardend.rpm"
UNITS = ("hardend.socket", "hardend.service", "hardend-settle.service")
SACK = pathlib.Path("/proc/sys/net/ipv4/tcp_sack")
DROP_IN = pathlib.Path("/etc/sysctl.d/99-zz-hardend.conf")
APPLY = ("hardenctl", "apply", "--accept-impact", "daemon-sack")


def rpm(what, *words):
    done = run("rpm", "--nodeps", *words)
    check(what, done.returncode == 0, done.stdout + done.stderr)
    return done.stdout + done.stderr


def shown(name, unit="hardend.service"):
    return run("systemctl", "show", "--value", "--property", name, unit).stdout.strip()


def install():
    rpm("it is installed", "--install", PACKAGE)
    for unit in UNITS:
        check(f"{unit} is enabled", shown("UnitFileState", unit) == "enabled", shown("UnitFileState", unit))
        check("and not started", shown("ActiveState", unit) == "inactive", shown("ActiveState", unit))
    check("hardend-report.service is not enabled", shown("UnitFileState", "hardend-report.service") == "disabled")
    check("the group is there", run("getent", "group", "hardend").returncode == 0)
    check("the catalog has its messages", "hardend" in run("journalctl", "--list-catalog").stdout)


def use():
    shutil.copy("/out/daemon-sack.toml", "/etc/hardend/policies.d")
    done = run("systemctl", "start", "hardend.service")
    check("it starts", done.returncode == 0, done.stderr)
    until("and answers", lambda: "report" in run("hardenctl", "status").stdout)
    done = run(*APPLY)
    check("a remedy is in force", done.returncode == 0 and SACK.read_text().strip() == "0", done.stdout + done.stderr)


def again():
    pid = shown("MainPID")
    rpm("it is installed again", "--upgrade", "--replacepkgs", PACKAGE)
    until("another daemon runs", lambda: shown("MainPID") not in (pid, "0") and shown("ActiveState") == "active")
    until("and answers", lambda: "report" in run("hardenctl", "status").stdout)
    check("the remedy is in force", SACK.read_text().strip() == "0" and DROP_IN.exists())


def erase():
    SACK.write_text("1")
    done = run(*APPLY, "--confirm-within", "1h", "--no-wait")
    check("drift is applied anew, for an hour", done.returncode == 0, done.stdout + done.stderr)
    said = rpm("it is erased", "--erase", "hardend")
    check("it says what is taken back", "transaction 2 was not confirmed: undone" in said, said)
    check("and what stays", f"{DROP_IN} stays" in said and DROP_IN.exists(), said)
    check("what waited is as before", SACK.read_text().strip() == "1")
    for unit in UNITS:
        check(f"{unit} is gone", shown("LoadState", unit) == "not-found" and shown("ActiveState", unit) == "inactive",
              (shown("LoadState", unit), shown("ActiveState", unit)))
    left = run("systemctl", "list-unit-files", "--no-legend", "hardend*").stdout
    check("no unit is left behind", left == "", left)
    check("the store stays", pathlib.Path("/var/lib/hardend/state.db").exists())


if __name__ == "__main__":
    signal.alarm(120)
    play([install, use, again, erase])
