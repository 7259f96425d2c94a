# SPDX-License-Identifier: Apache-2.0
"""What tests of an emulated machine share: an unpacked kernel package, the
initramfs that it boots with, and the boot itself, in QEMU's software emulation."""

import os
import re
import shutil
import subprocess
import sys

VIRTIO = ["virtio_ring", "virtio", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk"]

# The first lines of every init: busybox, the kernel's file systems, a disk's driver.
BEGIN = """#!/bin/busybox sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
for module in %s; do insmod "/virtio/$module.ko"; done
""" % " ".join(VIRTIO)


class Kernel:
    """An unpacked package linux-image-*-cloud-amd64."""

    def __init__(self, folder):
        self.folder = folder
        self.release = os.listdir(f"{folder}/lib/modules")[0]
        self.modules = f"lib/modules/{self.release}"
        self.image = f"{folder}/boot/vmlinuz-{self.release}"


def install(root, program, name=None, stripped=False):
    """Puts a program and the libraries it needs into the initramfs."""
    path = shutil.which(program) or program
    to = f"{root}{name or path}"
    os.makedirs(os.path.dirname(to), exist_ok=True)
    if stripped:
        subprocess.run(["strip", "-o", to, path], check=True)
    else:
        shutil.copy(path, to)
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    for library in re.findall(r"(/\S+) \(0x", listed):
        target = root + library
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if not os.path.exists(target):
            shutil.copy(library, target)


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def begin_root(root, kernel):
    """A root folder with busybox and the modules that BEGIN loads."""
    for folder in ("bin", "sbin", "proc", "sys", "dev", "etc", "tmp", "run", "usr", "var/lib", "virtio"):
        os.makedirs(f"{root}/{folder}")
    shutil.copy(shutil.which("busybox"), f"{root}/bin/busybox")
    for module in VIRTIO:
        where = "block" if module == "virtio_blk" else "virtio"
        shutil.copy(f"{kernel.folder}/{kernel.modules}/kernel/drivers/{where}/{module}.ko", f"{root}/virtio")


def pack(root, archive):
    names = subprocess.run(["find", "."], cwd=root, capture_output=True, check=True).stdout
    with open(archive, "wb") as file:
        subprocess.run(["cpio", "-o", "-H", "newc", "--quiet"], cwd=root, input=names, stdout=file, check=True)


def boot(kernel, initramfs, words, megabytes, drives, limit, more=(), resets=False):
    """Boots until the machine resets, or is turned off where it may reset, and gives its console's text. After `limit`
    seconds that is an error.

    On a busy machine the emulated timer is late, and the kernel would take it for broken: no_timer_check."""
    command = ["qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", str(megabytes), "-nographic",
               *([] if resets else ["-no-reboot"]), "-nic", "none", "-kernel", kernel.image, "-initrd", initramfs,
               "-append", f"console=ttyS0 panic=-1 no_timer_check rdinit=/init {words}", *more]
    for drive in drives:
        command += ["-drive", f"file={drive},format=raw,if=virtio"]
    try:
        run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                             timeout=limit, check=False)
    except subprocess.TimeoutExpired as late:
        sys.exit(f"not done after {limit} seconds:\n{(late.stdout or b'')[-6000:].decode(errors='replace')}")
    return run.stdout.decode(errors="replace")
