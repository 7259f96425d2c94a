# SPDX-License-Identifier: Apache-2.0
"""daemon_audit.py HARDEND FOLDER: every change is a record of the audit trail.

FOLDER/trail is what the kernel hands on meanwhile (audit_trail.py); libauparse
reads it, as ausearch does. A change by root, its undoing by another user, what is
put back unasked, and a change that the kernel refuses, so that what came before it
is taken back, each are one record, in order, with the transaction, who asked and
from which process, whether it was done, and the daemon's own process as the kernel
knows it. A daemon that may not write to the trail says so, and changes the host.
"""
import os
import pathlib
import sys

import auparse

from checks import as_user, check, failures, finish
from running_daemon import Daemon, until

HARDEND, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
SACK = pathlib.Path("/proc/sys/net/ipv4/tcp_sack")
DSACK = pathlib.Path("/proc/sys/net/ipv4/tcp_dsack")
USER = 4001
FIELDS = ("pid", "uid", "transaction", "caller_uid", "caller_pid", "res")


def changes():
    """Of each change's record, as libauparse reads it: (type, fields)."""
    found = []
    parser = auparse.AuParser(auparse.AUSOURCE_FILE, str(WORK / "trail"))
    while parser.parse_next_event():
        parser.first_record()
        if parser.find_field("op") != "hardend-change":
            continue
        fields = {}
        for name in FIELDS:
            parser.first_field()
            fields[name] = parser.find_field(name)
        found.append((parser.get_type_name(), fields))
    return found


def started():
    (WORK / "policies").mkdir()
    text = pathlib.Path("tests/e2e/policies/daemon-sack.toml").read_text()
    (WORK / "policies/daemon-sack.toml").write_text(text)
    refused = text.replace("daemon-sack", "daemon-refused").replace("net.ipv4.tcp_sack", "net.ipv4.tcp_dsack")
    (WORK / "policies/daemon-refused.toml").write_text(
        refused.replace('"net.ipv4.tcp_dsack" = 0', '"net.ipv4.tcp_dsack" = 0\n  "net.ipv4.tcp_fack" = "none"'))
    one = Daemon(HARDEND, WORK, f'policies = ["{WORK}/policies"]\nsweep = "1h"')
    config = WORK / "hardend.toml"
    config.write_text(config.read_text().replace('["root"]', f'["root", "{USER}"]'))
    one.start()
    WORK.chmod(0o711)
    os.chmod(one.socket, 0o666)
    return one


def record(one, transaction, uid, pid, res="success"):
    return ("USYS_CONFIG", {"pid": str(one.process.pid), "uid": "0", "transaction": str(transaction),
                            "caller_uid": str(uid), "caller_pid": str(pid), "res": res})


one = started()
SACK.write_text("1")
status, document = one.apply("daemon-sack")
check("root applies", status == 200, document)
wanted = [record(one, 1, 0, os.getpid())]
check("the trail has it, with the user and the process", until(lambda: changes() == wanted), changes())

(status, document), child = as_user(USER, [], lambda: one.ask("POST", "/v1/transactions/1/undo"))
check("another user undoes it", status == 200 and SACK.read_text().strip() == "1", document)
wanted.append(record(one, 1, USER, child))
check("so has the trail", until(lambda: changes() == wanted), changes())

status, document = one.apply("daemon-refused")
check("what the kernel refuses is undone", document.get("state") == "undone" and DSACK.read_text().strip() == "1", document)
wanted.append(record(one, 2, 0, os.getpid(), "failed"))
check("the trail has it as failed", until(lambda: changes() == wanted), changes())
said = [line for line in one.log().splitlines() if "transaction 2 is undone" in line]
check("and so has the log", len(said) == 1 and "warning" in said[0], said)

(status, document), child = as_user(USER, [], lambda: one.apply("daemon-sack"))
check("and applies it again", status == 200, document)
wanted.append(record(one, 3, USER, child))
(WORK / "policies/daemon-refused.toml").unlink()
one.reload(f'policies = ["{WORK}/policies"]\nsweep = "1h"\nmode = "enforce"')
SACK.write_text("1")
check("what drifts is put back", until(lambda: SACK.read_text().strip() == "0"))
wanted.append(record(one, 3, 0, 0))
check("and the trail tells that nobody asked for it", until(lambda: changes() == wanted), changes())

said = [line for line in one.log().splitlines() if "audit trail" in line]
check("nothing is said to be wrong with it", not said, said)
check("it ends well", one.stop() == 0, one.log()[-2000:])

mute = Daemon(f"{WORK}/mute", WORK, f'policies = ["{WORK}/policies"]\nsweep = "1h"')
pathlib.Path(mute.hardend).write_text(f'#!/bin/sh\nexec setpriv --bounding-set=-audit_write "{HARDEND}" "$@"\n')
os.chmod(mute.hardend, 0o755)
mute.start()
status, document = mute.ask("POST", "/v1/transactions/last/undo")
check("one without the capability changes the host too", status == 200 and SACK.read_text().strip() == "1", document)
status, document = mute.apply("daemon-sack")
check("again and again", status == 200 and SACK.read_text().strip() == "0", document)
said = [line for line in mute.log().splitlines() if "audit trail" in line]
check("and says once that it is not in the trail",
      len(said) == 1 and said[0].endswith("changes are not written to the audit trail: Operation not permitted"), said)
check("where it is not", changes() == wanted, changes())
check("it ends well too", mute.stop() == 0, mute.log()[-2000:])
print((WORK / "trail").read_text() if failures else f"        {len(wanted)} records")
finish()
