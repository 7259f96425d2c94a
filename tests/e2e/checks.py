# SPDX-License-Identifier: Apache-2.0
"""What scripts share that say of one thing after another whether it is as it should be."""

import http.client
import json
import os
import subprocess
import sys
import time

PATIENCE = 30  # seconds, beyond which something will not happen any more

failures = []


def check(what, good, seen=""):
    print(("ok   " if good else "FAIL ") + what + ("" if good else f": {seen}"), flush=True)
    if not good:
        failures.append(what)
    return good


def wait(condition, patience=PATIENCE):
    """Whether something came to be so."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())


def until(what, condition, patience=PATIENCE):
    return check(what, wait(condition, patience), "it never came")


def run(*words, **more):
    return subprocess.run(words, capture_output=True, text=True, check=False, **more)


def as_user(uid, groups, work):
    """What `work` gives in a process of this user, and the process."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        os.setgroups(groups)
        os.setgid(uid)
        os.setuid(uid)
        with open(theirs, "w", encoding="utf-8") as out:
            json.dump(work(), out)
        os._exit(0)
    os.close(theirs)
    with open(ours, encoding="utf-8") as result:
        text = result.read()
    os.waitpid(child, 0)
    return json.loads(text), child


def play(parts):
    """One after another, until one breaks off; and what hardend's units said where something was not as it should be."""
    for part in parts:
        print(f"-- {part.__name__}", flush=True)
        try:
            part()
        except (OSError, ValueError, LookupError, http.client.HTTPException) as error:
            check(part.__name__, False, repr(error))
            break
    if failures:
        print(run("journalctl", "--no-pager", "--unit=hardend*", "--lines=80").stdout, flush=True)
    finish()


def finish():
    print(f"{len(failures)} failed", flush=True)
    sys.exit(1 if failures else 0)
