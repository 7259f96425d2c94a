#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardend-settle.service over several boots of a container that settle_boot.sh makes.

    settle_boot.py HARDENCTL

Every run is one boot; the number of the next is kept in /out. What each leaves
behind is settled by the unit in the next one, and by nobody else: nothing here
opens the store for writing before the unit has come to its end.

 1. where nothing was ever applied the unit does not run; its file has no mistakes
 2. a time to confirm that passed while the host was off: undone at boot
 3. a time to confirm that has not passed: the unit waits, a confirmation is
    taken, and it ends; what waits while the host runs is undone at its time
 4. an apply that was killed half-way, after its first file: undone at boot
 5. a foreign writer in between: stuck, left alone, and the unit has failed
"""

import os
import pathlib
import signal
import sqlite3
import sys

from checks import check, failures, run, wait

HARDENCTL = sys.argv[1]
BOOTS = pathlib.Path("/out/boot")
UNIT = "hardend-settle.service"
OWN = pathlib.Path("/etc/sysctl.d/99-zz-hardend.conf")
BLOCK = pathlib.Path("/etc/modprobe.d/hardend.conf")
SACK = pathlib.Path("/proc/sys/net/ipv4/tcp_sack")
APPLY = [HARDENCTL, "apply", "--policies", "/usr/local/share/policies", "--accept-impact", "--remedy",
         "kill-sysctl/keys", "--remedy", "kill-module/block"]


def until(what, condition, seen=lambda: ""):
    check(what, wait(condition, 60), seen())


def shown(name):
    return run("systemctl", "show", "--value", "--property", name, UNIT).stdout.strip()


def ended():
    return shown("ActiveState") in ("inactive", "failed")


def said():
    return run("journalctl", "--no-pager", "--boot", "--output=cat", f"--unit={UNIT}").stdout


def state(number):
    """From the store itself, because the verbs of hardenctl settle."""
    store = sqlite3.connect("file:/var/lib/hardend/state.db?mode=ro", uri=True)
    found = store.execute("SELECT state FROM transactions WHERE id = ?", (number,)).fetchone()
    store.close()
    return found[0] if found else None


def is_as_before(when):
    check(f"{when}: our files are gone, the key is back",
          not OWN.exists() and not BLOCK.exists() and SACK.read_text() == "1\n",
          (OWN.exists(), BLOCK.exists(), SACK.read_text()))


def stands(when):
    check(f"{when}: our files and the key stand",
          OWN.exists() and BLOCK.exists() and SACK.read_text() == "0\n",
          (OWN.exists(), BLOCK.exists(), SACK.read_text()))


def apply_within(time_to_confirm):
    done = run(*APPLY, "--confirm-within", time_to_confirm, "--no-wait")
    check(f"apply --confirm-within {time_to_confirm}", done.returncode == 0, done.stdout + done.stderr)
    stands("applied")


def first_boot():
    check("without a store the unit does not run", shown("ConditionResult") == "no" and ended(), shown("ConditionResult"))
    verified = run("systemd-analyze", "verify", "--man=no", UNIT)
    check("systemd-analyze verify", verified.returncode == 0 and "hardend" not in verified.stderr, verified.stderr)
    print("     " + run("systemd-analyze", "security", "--no-pager", UNIT).stdout.strip().splitlines()[-1], flush=True)
    apply_within("1s")


def late():
    until("the unit comes to its end", ended)
    check("and has done well", shown("Result") == "success" and shown("ConditionResult") == "yes", shown("Result"))
    check("transaction 1 is undone", state(1) == "undone", state(1))
    check("the journal says why", "transaction 1 was settled: undone (it was not confirmed in time)" in said(), said())
    is_as_before("after the boot")
    apply_within("1h")


def waiting():
    check("the unit waits", shown("ActiveState") == "active", shown("ActiveState"))
    check("so does transaction 2", state(2) == "applied", state(2))
    stands("after the boot")
    check("confirm", run(HARDENCTL, "confirm", "2").returncode == 0 and state(2) == "confirmed", state(2))
    until("the unit comes to its end", ended)
    check("undo", run(HARDENCTL, "undo", "2").returncode == 0 and state(2) == "undone", state(2))
    apply_within("5s")
    check("the unit is started", run("systemctl", "start", UNIT).returncode == 0)
    until("it comes to its end when the time is over", ended)
    check("transaction 3 is undone", state(3) == "undone", state(3))
    is_as_before("while the host runs")
    killed = run("strace", "-f", "-qq", "-o", "/dev/null", "--signal=none", "--trace=renameat",
                 "--inject=renameat:signal=KILL:when=2", *APPLY)
    check("an apply is killed", killed.returncode == -signal.SIGKILL, (killed.returncode, killed.stdout, killed.stderr))
    check("half-way", OWN.exists() != BLOCK.exists() and SACK.read_text() == "0\n" and state(4) == "begun", state(4))


def cut_short():
    until("the unit comes to its end", ended)
    check("transaction 4 is undone", state(4) == "undone", state(4) + said())
    is_as_before("after the boot")
    apply_within("1s")
    OWN.write_text("# theirs\n")


def foreign():
    until("the unit comes to its end", ended)
    check("and has failed", shown("Result") == "exit-code", shown("Result"))
    check("transaction 5 is stuck", state(5) == "stuck", state(5))
    check("the journal says what to do", "see hardenctl history 5" in said() and str(OWN) in said(), said())
    check("what they wrote is left alone", OWN.read_text() == "# theirs\n", OWN.read_text())
    check("the rest is taken back", not BLOCK.exists())
    pathlib.Path("/out/done").touch()


def main():
    number = int(BOOTS.read_text()) if BOOTS.exists() else 0
    BOOTS.write_text(str(number + 1))
    part = (first_boot, late, waiting, cut_short, foreign)[number]
    print(f"-- boot {number + 1}: {part.__name__}", flush=True)
    try:
        part()
    except (OSError, ValueError, LookupError) as error:
        check(part.__name__, False, repr(error))
    os.sync()
    if failures:
        print(f"{len(failures)} failed\n{said()}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    signal.alarm(150)
    sys.exit(main())
