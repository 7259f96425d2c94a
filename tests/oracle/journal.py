# SPDX-License-Identifier: Apache-2.0
"""journal.py ORACLE: kernel messages of earlier boots out of journals that
systemd-journal-remote writes. 77 without it.

Three boots in a journal, messages of programs and of users among the kernel's,
lines in two parts, escapes; the boot that runs is left out, one without kernel
messages too. Then the same journal cut short and overwritten at many places:
never a crash, never a hang, no text of another boot."""

import os
import random
import shutil
import subprocess
import sys
import tempfile

ORACLE = sys.argv[1]
REMOTE = shutil.which("systemd-journal-remote") or "/lib/systemd/systemd-journal-remote"
MACHINE = "0123456789abcdef0123456789abcdef"
BOOTS = {"old": "1" * 32, "crashed": "2" * 32, "silent": "3" * 32, "running": "4" * 32}
BEGIN = 1_700_000_000

failures = []


def entry(boot, number, message, transport="kernel", monotonic=None):
    fields = {
        "__REALTIME_TIMESTAMP": str((BEGIN + 100_000 * list(BOOTS).index(boot) + number) * 1_000_000),
        "__MONOTONIC_TIMESTAMP": str(number * 1_000_000), "_BOOT_ID": BOOTS[boot], "_MACHINE_ID": MACHINE,
        "_TRANSPORT": transport, "PRIORITY": "6"}
    if monotonic is not None:
        fields["_SOURCE_MONOTONIC_TIMESTAMP"] = str(monotonic)
    text = "".join(f"{key}={value}\n" for key, value in fields.items()).encode()
    data = message.encode()
    return text + b"MESSAGE\n" + len(data).to_bytes(8, "little") + data + b"\n\n"


def expect(what, seen, wanted):
    if seen != wanted:
        failures.append(what)
        print(f"failed: {what}: {seen!r}, wanted {wanted!r}")


def show(root):
    run = subprocess.run([ORACLE, root], capture_output=True, check=False, timeout=60)
    if run.returncode:
        failures.append("ended badly")
        print(f"failed: exit status {run.returncode}")
    return run.stdout.decode(errors="replace")


def main():
    if not os.access(REMOTE, os.X_OK):
        print("skipped: no systemd-journal-remote")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as root:
        folder = f"{root}/var/log/journal/{MACHINE}"
        os.makedirs(folder)
        os.makedirs(f"{root}/proc/sys/kernel/random")
        with open(f"{root}/proc/sys/kernel/random/boot_id", "w", encoding="utf-8") as file:
            file.write("44444444-4444-4444-4444-444444444444\n")
        journal = f"{folder}/system.journal"
        entries = [
            entry("old", 1, "Linux version 6.1", monotonic=0), entry("old", 2, "going down", monotonic=2_500_000),
            entry("crashed", 1, "first", monotonic=1_000_001), entry("crashed", 2, "a daemon's", "syslog"),
            entry("crashed", 3, "two\nlines", monotonic=12_345_678), entry("crashed", 4, "no time of its own"),
            entry("silent", 1, "a daemon's", "stdout"), entry("running", 1, "still here", monotonic=5)]
        subprocess.run([REMOTE, "-o", journal, "-"], input=b"".join(entries), check=True, capture_output=True)
        expect("boots", show(root), f"""boot {BOOTS['crashed']} {BEGIN + 100_004}
[    1.000001] first
[   12.345678] two
[   12.345678] lines
no time of its own
boot {BOOTS['old']} {BEGIN + 2}
[    0.000000] Linux version 6.1
[    2.500000] going down
""")
        with open(journal, "rb") as file:
            whole = file.read()
        told = show(root)
        # As a crash leaves them: begun and not written, and not whole.
        for name, left in ("system@1.journal~", b""), ("system@2.journal~", whole[:100]):
            with open(f"{folder}/{name}", "wb") as file:
                file.write(left)
            unread, _, rest = show(root).partition("\n")
            named = unread.endswith(f"{name}: too short to be a journal")
            expect("a damaged file is named, and the others are read", (named, rest), (True, told))
            os.remove(f"{folder}/{name}")
        # What is used of the file, for it is mostly empty.
        used = max(i for i in range(0, len(whole), 4096) if whole[i:i + 4096].strip(b"\0")) + 4096
        rng = random.Random(1)
        for _ in range(150):
            damaged = bytearray(whole)
            if rng.random() < 0.3:
                del damaged[rng.randrange(used):]
            else:
                for _ in range(rng.randrange(1, 20)):
                    damaged[rng.randrange(used)] = rng.randrange(256)
            with open(journal, "wb") as file:
                file.write(damaged)
            text = show(root)
            expect("a damaged journal gives the running boot", "still here" in text and BOOTS["running"] in text, False)
    print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
