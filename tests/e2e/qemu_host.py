# SPDX-License-Identifier: Apache-2.0
"""The founding story on one emulated machine, from the package to the cure.

    qemu_host.py PACKAGE SOURCE KERNEL ROOT

KERNEL is an unpacked package linux-image-*-cloud-amd64, ROOT a Debian root with
systemd and what the package depends on. The machine keeps its memory over a reset,
as many do, and ramoops keeps there what the kernel says when it dies.
qemu_host_booted.py is what is done on it; kernel_fault.py plants the bug.

What is checked:
 1. the package is installed, and its service, sandboxed as it is shipped, says that
    this host is exposed;
 2. the bug strikes, the kernel panics and starts again by itself. The service that
    comes up then has the panic of the boot before on record, by what systemd-pstore
    has put away, with its title, its frames and the bug that it is; the finding
    says that it has struck here;
 3. the remedy is applied by the service, and is told to take effect with a boot; so is
    the sysctl that lets a host reboot instead of hanging, which holds already but is
    not written down;
 4. the machine boots with it: the finding is mitigated and nothing has drifted. The
    crash is acknowledged, and the remedy undone, so that nothing of it is left.
"""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading

import emulated
import kernel_fault
from checks import check, failures, finish

PACKAGE, SOURCE = sys.argv[1:3]
KERNEL = emulated.Kernel(sys.argv[3])
ROOT = sys.argv[4]
BOOT_LIMIT = 600  # seconds for all boots of one start of QEMU; they take a minute on an idle machine
MEGABYTES = 768
# The last of them, kept from the kernel, whose report ramoops writes there.
KEPT_AT, KEPT = 512 << 20, 1 << 20
MODULES = ("lib/reed_solomon/reed_solomon", "fs/pstore/ramoops")
POLICY = "ip6mr-sk-done"

INIT = emulated.BEGIN + f"""
insmod /virtio/reed_solomon.ko
insmod /virtio/ramoops.ko mem_address={KEPT_AT:#x} mem_size={KEPT:#x} record_size=0x20000 ecc=1
mkdir /disk
mount -t ext4 /dev/vda /disk
for folder in proc sys dev; do mount --move /$folder /disk/$folder; done
exec switch_root /disk /lib/systemd/systemd
"""
UNIT = """[Unit]
After=hardend.service
[Service]
ExecStart=/usr/bin/python3 -B /test/qemu_host_booted.py
"""


def disk(work):
    root = f"{work}/root"
    subprocess.run(["cp", "-a", ROOT, root], check=True)
    os.makedirs(f"{root}/test")
    for name in ("qemu_host_booted", "kernel_fault", "checks", "running_daemon"):
        shutil.copy(f"{SOURCE}/tests/e2e/{name}.py", f"{root}/test")
    shutil.copy(PACKAGE, f"{root}/test/hardend.deb")
    emulated.write(f"{root}/test/phase", "panics")
    units = f"{root}/etc/systemd/system"
    emulated.write(f"{units}/story.service", UNIT)
    os.makedirs(f"{units}/multi-user.target.wants", exist_ok=True)
    os.symlink("../story.service", f"{units}/multi-user.target.wants/story.service")
    # No device is waited for, since nothing announces devices here.
    for unit in ("serial-getty@ttyS0.service", "ssh.service"):
        os.symlink("/dev/null", f"{units}/{unit}")
    # Of a boot loader, where drop-ins go; of the kernel's package, its configuration.
    os.makedirs(f"{root}/etc/default/grub.d", exist_ok=True)
    shutil.copy(f"{KERNEL.folder}/boot/config-{KERNEL.release}", f"{root}/boot")
    subprocess.run(["truncate", "-s", "2G", f"{work}/disk"], check=True)
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", root, f"{work}/disk"], check=True)
    shutil.rmtree(root)


def initramfs(work):
    root = f"{work}/initramfs.root"
    os.makedirs(root)
    emulated.begin_root(root, KERNEL)
    for module in MODULES:
        shutil.copy(f"{KERNEL.folder}/{KERNEL.modules}/kernel/{module}.ko", f"{root}/virtio")
    emulated.write(f"{root}/init", INIT, 0o755)
    emulated.pack(root, f"{work}/initramfs")


def boot(work, words=""):
    """What was told until the machine was off, of each boot apart, and the console's text."""
    words = f"quiet nopti memmap={KEPT:#x}${KEPT_AT:#x} {words}"
    done = threading.Event()
    planter = threading.Thread(target=kernel_fault.plant, args=(work, done), daemon=True)
    planter.start()
    console = emulated.boot(KERNEL, f"{work}/initramfs", words, MEGABYTES, [f"{work}/disk"], BOOT_LIMIT,
                            [*kernel_fault.ports(work), "-serial", f"file:{work}/told", "-smp", "2"], resets=True)
    done.set()
    boots = []
    with open(f"{work}/told", encoding="ascii", errors="replace") as file:
        for key, text in re.findall(r"@@ (\S+) ([A-Za-z0-9+/=]*)", file.read()):
            if key == "boot":
                boots.append({})
            boots[-1][key] = base64.b64decode(text).decode(errors="replace")
    os.unlink(f"{work}/told")
    os.unlink(f"{work}/place")
    return boots, console


def says(told, key, status, pattern=""):
    seen = (told.get(f"{key}.status"), told.get(key))
    return seen[0] == str(status) and re.search(pattern, seen[1] or "") is not None


def exposed(told):
    check("the package is installed", says(told, "install", 0), told.get("install"))
    check("its service is to start at boot", says(told, "enabled", 0, "^enabled"), told.get("enabled"))
    finding = json.loads(told.get("finding", "{}"))
    check("the host is exposed", finding.get("verdict") == "exposed" and not finding.get("struck"), finding)
    check("and check says so", says(told, "check", 2, POLICY), told.get("check"))
    private, anonymous = json.loads(told["memory"])
    print(f"        private memory of the service: {private / 1024:.1f} MiB, {anonymous / 1024:.1f} of them anonymous")


def recognised(told):
    crashes = json.loads(told.get("crashes", '{"crashes": []}'))["crashes"]
    crash = crashes[0] if crashes else {}
    check("the panic is on record", [one["title"] for one in crashes] == [kernel_fault.TITLE], crashes)
    frames = " ".join(one["function"] for one in crash.get("frames", []) if one["reliable"])
    check("with who called", frames.startswith("rawv6_close inet_release __sock_release"), frames)
    matches = [(one["policy"], one["confidence"]) for one in crash.get("matches", [])]
    check("and the bug that it is", matches == [(POLICY, "certain")], matches)
    check("read from what was kept over the reset", "pstore" in json.dumps(crash.get("sources", crash)), crash)
    check("it counts in /metrics", re.search(rf'^hardend_crash_records{{policy="{POLICY}"[^}}]*}} 1$', told["metrics"], re.M),
          [line for line in told["metrics"].splitlines() if "crash" in line])
    # ramoops keeps the oops, and it again with the panic that follows.
    struck = json.loads(told["finding"]).get("struck") or {}
    check("the finding says that it has struck here once", struck.get("count") == 1, struck)
    check("so does check", says(told, "check", 2, "has struck here once"), told.get("check"))


def applied(told):
    check("the remedy is applied", says(told, "apply", 0, "boot"), told.get("apply"))
    check("and another besides", says(told, "besides", 0, "wrote /etc/sysctl.d"), told.get("besides"))
    check("it is written for the next boot", says(told, "written", 0, "ipv6.disable=1"), told.get("written"))
    check("until then the host is exposed", json.loads(told["after"])["verdict"] == "exposed", told["after"])


def cured(told):
    check("booted with it, the host is cured", json.loads(told["finding"]).get("verdict") == "mitigated", told["finding"])
    check("the sysctl that the boot before had from elsewhere is set too", told["panic_on_oops"] == "1\n", told["panic_on_oops"])
    check("and nothing has drifted", says(told, "drift", 0), told.get("drift"))
    check("the crash is acknowledged", says(told, "acknowledge", 0), told.get("acknowledge"))
    check("both are undone", says(told, "undo", 0) and says(told, "undo.both", 0), (told.get("undo"), told.get("undo.both")))
    finding = json.loads(told["after"])
    check("and the finding says no more that it has struck", finding.get("struck") is None, finding)
    check("and nothing of it is left", told.get("written") == "", told.get("written"))


def main():
    with tempfile.TemporaryDirectory() as work:
        disk(work)
        initramfs(work)
        boots, console = boot(work, "oops=panic")
        if len(boots) != 2:
            sys.exit(f"the machine panicked and came up again: {len(boots)} boots\n{console[-6000:]}")
        exposed(boots[0])
        recognised(boots[1])
        applied(boots[1])
        boots += boot(work, "ipv6.disable=1")[0]
        cured(boots[2])
    if failures:
        print(boots[1].get("log"), boots[2].get("log"))
    finish()


main()
