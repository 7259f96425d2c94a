# SPDX-License-Identifier: Apache-2.0
"""daemon_audit.py HARDEND FOLDER: every change is a record of the audit trail.

FOLDER/trail is what the kernel hands on meanwhile (audit_trail.py); libauparse
reads it, as ausearch does. A change by root, its undoing by another user, and
what is put back unasked each are one record, in order, with the transaction, who
asked and from which process, and the daemon's own process as the kernel knows it.
"""
import json
import os
import pathlib
import sys

import auparse

from running_daemon import Daemon, until

HARDEND, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
SACK = pathlib.Path("/proc/sys/net/ipv4/tcp_sack")
USER = 4001
FIELDS = ("pid", "uid", "transaction", "caller_uid", "caller_pid", "res")

failed = 0


def check(holds, what, seen=""):
    global failed
    print(("ok      " if holds else "FAILED  ") + what + ("" if holds else f": {seen}"), flush=True)
    failed += not holds


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


def as_user(work):
    """What `work` gives in a process of the user, and the process."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups([])
        os.setgid(USER)
        os.setuid(USER)
        with open(theirs, "w", encoding="utf-8") as out:
            json.dump(work(), out)
        os._exit(0)
    os.close(theirs)
    with open(ours, encoding="utf-8") as result:
        text = result.read()
    os.waitpid(child, 0)
    return json.loads(text), child


def started():
    (WORK / "policies").mkdir()
    (WORK / "policies/daemon-sack.toml").write_text(pathlib.Path("tests/e2e/policies/daemon-sack.toml").read_text())
    one = Daemon(HARDEND, WORK, f'policies = ["{WORK}/policies"]\nsweep = "1h"')
    config = WORK / "hardend.toml"
    config.write_text(config.read_text().replace('["root"]', f'["root", "{USER}"]'))
    one.start()
    WORK.chmod(0o711)
    os.chmod(one.socket, 0o666)
    return one


def record(one, transaction, uid, pid):
    return ("USYS_CONFIG", {"pid": str(one.process.pid), "uid": "0", "transaction": str(transaction),
                            "caller_uid": str(uid), "caller_pid": str(pid), "res": "success"})


one = started()
SACK.write_text("1")
status, document = one.apply("daemon-sack")
check(status == 200, "root applies", document)
wanted = [record(one, 1, 0, os.getpid())]
check(until(lambda: changes() == wanted), "the trail has it, with the user and the process", changes())

(status, document), child = as_user(lambda: one.ask("POST", "/v1/transactions/1/undo"))
check(status == 200 and SACK.read_text().strip() == "1", "another user undoes it", document)
wanted.append(record(one, 1, USER, child))
check(until(lambda: changes() == wanted), "so has the trail", changes())

(status, document), child = as_user(lambda: one.apply("daemon-sack"))
check(status == 200, "and applies it again", document)
wanted.append(record(one, 2, USER, child))
one.reload(f'policies = ["{WORK}/policies"]\nsweep = "1h"\nmode = "enforce"')
SACK.write_text("1")
check(until(lambda: SACK.read_text().strip() == "0"), "what drifts is put back")
wanted.append(record(one, 2, 0, 0))
check(until(lambda: changes() == wanted), "and the trail tells that nobody asked for it", changes())

said = [line for line in one.log().splitlines() if "audit trail" in line]
check(not said, "nothing is said to be wrong with it", said)
check(one.stop() == 0, "it ends well", one.log()[-2000:])
print((WORK / "trail").read_text() if failed else f"        {len(wanted)} records")
print(f"{failed} failed")
sys.exit(1 if failed else 0)
