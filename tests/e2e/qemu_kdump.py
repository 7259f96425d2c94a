# SPDX-License-Identifier: Apache-2.0
"""Crashes an emulated machine for real, and reads the dumps that its kdump writes.

    qemu_kdump.py HARDENCTL POLICIES ORACLE KERNEL [KEEP]

KERNEL is an unpacked package linux-image-*-cloud-amd64. A kernel loads a second
one with kexec, fills its ring buffer until that has wrapped, with lines of every
kind that makedumpfile treats specially, and dies by sysrq c. The second kernel
copies /proc/vmcore and what makedumpfile makes of it to a disk. Twice: with the
kernel at an address by chance (KASLR), and without, but with a ring buffer so
large that it lies outside the kernel's image, where page tables lead.

What is checked of every dump:
 1. ORACLE's text is that of `makedumpfile --dump-dmesg`, byte for byte; of what
    neither it nor makedumpfile reads (a flattened one), the error names the
    command that converts it, and what that makes is read;
 2. `hardenctl crash FILE` names the crash.
With KEEP the dumps stay in that folder.
"""

import filecmp
import os
import re
import subprocess
import sys
import tempfile
import time

import emulated

HARDENCTL, POLICIES, ORACLE = sys.argv[1:4]
KERNEL = emulated.Kernel(sys.argv[4])
BOOT_LIMIT = 420  # seconds; it takes sixty on an idle machine
BOOTS = {"KASLR": "", "a large ring": "nokaslr log_buf_len=8M"}
TITLE = "kernel panic: sysrq triggered crash"

FIRST = emulated.BEGIN + r"""
printf '<4>a line in two\n  parts\n' >/dev/kmsg
line=0; while [ $line -lt 1800 ]; do
  echo "harden: filling the ring buffer, line $line of as many as it takes to wrap around" >/dev/kmsg
  line=$((line + 1))
done
printf '<3>harden: \303\251 is not ASCII' >/dev/kmsg
printf '<3>harden: bell \007 escape \033[31m tab\there' >/dev/kmsg
printf '<3>harden: trailing space  ' >/dev/kmsg
printf '<6>' >/dev/kmsg
long=0123456789; for i in 1 2 3 4 5 6; do long=$long$long; done
echo "harden: long $long" >/dev/kmsg
cat /proc/sys/kernel/osrelease >/dev/kmsg
kexec -s -p /vmlinuz --initrd=/second --append="console=ttyS0 irqpoll nr_cpus=1 reset_devices panic=-1 rdinit=/init" || echo "@@ no kexec"
echo 1 >/proc/sys/kernel/sysrq
echo c >/proc/sysrq-trigger
"""

# The dumps go to the disk as a tar archive: no file system to load or to repair.
SECOND = emulated.BEGIN + r"""
mount -t tmpfs tmpfs /tmp
makedumpfile -l -d 31 /proc/vmcore /tmp/kdump >/log 2>&1 || { echo "@@ failed"; tail -n 3 /log; }
ln -s /proc/vmcore /tmp/vmcore
tar -c -h -f /dev/vda -C /tmp . && sync && echo "@@ written"
echo b >/proc/sysrq-trigger
"""

# What makedumpfile makes of /proc/vmcore, here as it would there.
WAYS = {"elf": ["-E", "-d", "31"], "plain": ["-d", "31"], "zlib": ["-c", "-d", "31"], "lzo": ["-l", "-d", "0"]}

failures = []


def expect(what, good, seen=""):
    if not good:
        failures.append(what)
        print(f"failed: {what} {seen}", flush=True)


def crash(folder, words):
    """Boots with more words, crashes, and unpacks what the second kernel wrote into `folder`."""
    with tempfile.TemporaryDirectory() as work:
        second, first = f"{work}/second", f"{work}/first"
        emulated.begin_root(second, KERNEL)
        emulated.install(second, "makedumpfile", "/sbin/makedumpfile")
        emulated.write(f"{second}/init", SECOND, 0o755)
        emulated.begin_root(first, KERNEL)
        emulated.install(first, "kexec", "/sbin/kexec")
        emulated.write(f"{first}/init", FIRST, 0o755)
        emulated.pack(second, f"{first}/second")
        os.link(KERNEL.image, f"{first}/vmlinuz")
        emulated.pack(first, f"{work}/initramfs")
        subprocess.run(["truncate", "-s", "2G", f"{work}/disk"], check=True)
        console = emulated.boot(KERNEL, f"{work}/initramfs", f"crashkernel=256M printk.devkmsg=on quiet {words}", 1024,
                                [f"{work}/disk"], BOOT_LIMIT)
        if "@@ written" not in console:
            sys.exit(f"no dump was written:\n{console[-6000:]}")
        expect("the second kernel's makedumpfile", "@@ failed" not in console, console[-3000:])
        subprocess.run(["tar", "-x", "-f", f"{work}/disk", "-C", folder], check=True, stderr=subprocess.DEVNULL)


def run(*command):
    return subprocess.run(command, capture_output=True, check=False)


def judge(folder, name):
    wanted = f"{folder}/{name}.wanted"
    made = run("makedumpfile", "--dump-dmesg", f"{folder}/{name}", wanted)
    if made.returncode:
        return expect(f"{name}: makedumpfile reads it", False, made.stderr[-300:])
    ours = run(ORACLE, f"{folder}/{name}")
    with open(f"{folder}/{name}.ours", "wb") as file:
        file.write(ours.stdout)
    expect(f"{name}: is read", ours.returncode == 0, ours.stderr)
    expect(f"{name}: the same text", filecmp.cmp(wanted, f"{folder}/{name}.ours", shallow=False))
    named = run(HARDENCTL, "crash", "--policies", POLICIES, f"{folder}/{name}")
    expect(f"{name}: hardenctl crash names it", TITLE in named.stdout.decode(errors="replace"), named)
    size = os.path.getsize(f"{folder}/{name}")
    print(f"  {name}: {size} bytes, {len(ours.stdout)} bytes of text", flush=True)
    return None


def offset_of(dump):
    """By how much the kernel lies elsewhere than it was linked for, as its VMCOREINFO says."""
    with open(dump, "rb") as file:
        found = re.search(rb"KERNELOFFSET=([0-9a-f]+)", file.read(1 << 20))
    return int(found[1], 16) if found else None


def examine(folder, name, words):
    os.makedirs(folder, exist_ok=True)
    began = time.monotonic()
    crash(folder, words)
    offset = offset_of(f"{folder}/vmcore")
    print(f"{name}: crashed and dumped in {time.monotonic() - began:.0f} s, offset {offset:#x}", flush=True)
    expect(f"{name}: the kernel lies where it was told to", (offset == 0) == ("nokaslr" in words), offset)
    for way, options in WAYS.items():
        subprocess.run(["makedumpfile", *options, f"{folder}/vmcore", f"{folder}/{way}"], check=True, capture_output=True)
    for one in ("vmcore", "kdump", *WAYS):
        judge(folder, one)


def flattened(folder):
    with open(f"{folder}/flat", "wb") as file:
        subprocess.run(["makedumpfile", "-F", "-l", "-d", "31", f"{folder}/vmcore"], stdout=file, check=True,
                       stderr=subprocess.DEVNULL)
    flat = run(ORACLE, f"{folder}/flat")
    expect("a flattened one is refused", flat.returncode == 1 and b"makedumpfile -R" in flat.stderr, flat)
    with open(f"{folder}/flat", "rb") as file:
        subprocess.run(["makedumpfile", "-R", f"{folder}/unflat"], stdin=file, check=True, capture_output=True)
    judge(folder, "unflat")


def main():
    with tempfile.TemporaryDirectory() as work:
        for number, (name, words) in enumerate(BOOTS.items()):
            folder = f"{sys.argv[5] if len(sys.argv) > 5 else work}/{number}"
            examine(folder, name, words)
            if number == 0:
                flattened(folder)
        print(f"{len(failures)} failures")
    sys.exit(1 if failures else 0)


main()
