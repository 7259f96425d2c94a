# SPDX-License-Identifier: Apache-2.0
"""vmcore.py ORACLE SYNTHETIC: the logs of dumps that are made up, against
`makedumpfile --dump-dmesg`, byte for byte. Of each ELF core the compressed
dumps that makedumpfile can make of it are read too. 77 without makedumpfile."""

import os
import shutil
import subprocess
import sys
import tempfile

ORACLE, SYNTHETIC = sys.argv[1:3]


def run(*command):
    return subprocess.run(command, capture_output=True, check=False)


def compare(folder, name):
    wanted = f"{folder}/wanted"
    made = run("makedumpfile", "--dump-dmesg", f"{folder}/{name}", wanted)
    if made.returncode:
        return f"{name}: makedumpfile does not read it: {made.stderr[-200:]}"
    with open(wanted, "rb") as file:
        text = file.read()
    os.unlink(wanted)
    ours = run(ORACLE, f"{folder}/{name}")
    if ours.returncode or ours.stdout != text:
        return f"{name}: status {ours.returncode}, {len(ours.stdout)} bytes for {len(text)}: {ours.stderr}"
    return None


def main():
    if not shutil.which("makedumpfile"):
        print("skipped: no makedumpfile")
        sys.exit(77)
    failures, count = [], 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([SYNTHETIC, folder], check=True)
        for name in sorted(os.listdir(folder)):
            names = [name]
            for flag in ("-c", "-l"):
                if run("makedumpfile", flag, "-d", "0", f"{folder}/{name}", f"{folder}/{name}{flag}").returncode == 0:
                    names.append(name + flag)
            for one in names:
                count += 1
                failure = compare(folder, one)
                if failure:
                    failures.append(failure)
                    print(failure)
    print(f"{count} dumps, {len(failures)} failures")
    sys.exit(1 if failures or not count else 0)


main()
