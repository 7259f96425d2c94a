# SPDX-License-Identifier: Apache-2.0
"""The founding incident in a kernel that does not have the bug.

While an emulated machine runs, the first instructions of its ip6mr_sk_done are
overwritten from outside, through QEMU's debugger, with a read of address 0. The
next raw IPv6 socket that is closed is the incident: the fault, the report and who
called are the kernel's own.
"""
import os
import re
import socket
import time

TITLE = "BUG: unable to handle kernel NULL pointer dereference in ip6mr_sk_done"
# mov rax, [0], behind the call of ftrace that a function begins with: where nothing
# is on the stack yet, so that the kernel finds who called.
FAULT, BEHIND = "488b042500000000", 5


def of_every_release(policy):
    """The policy's text, with releases that have the fix taken as affected."""
    return re.sub(r"^fixed = \[.*?^\]$", 'fixed = ["99.0"]', policy, flags=re.M | re.S)


class Debugger:
    """QEMU's, as far as it takes to write memory (the remote protocol of gdb)."""

    def __init__(self, path):
        self.end = socket.socket(socket.AF_UNIX)
        self.end.settimeout(60)
        self.end.connect(path)  # which stops the machine

    def say(self, words):
        self.end.sendall(f"${words}#{sum(words.encode()) % 256:02x}".encode())
        found = re.compile(rb"\$([^#]*)#..")
        got = b""
        while not found.search(got):
            more = self.end.recv(4096)
            if not more:
                raise OSError("the debugger is gone")
            got += more
        self.end.sendall(b"+")
        return found.search(got)[1].decode()


def ports(work):
    """QEMU's options: the console, a port on which the guest says where the function is, the debugger."""
    return ["-serial", "mon:stdio", "-serial", f"file:{work}/place",
            "-chardev", f"socket,id=gdb,path={work}/gdb,server=on,wait=off", "-gdb", "chardev:gdb"]


def plant(work, told):
    """Waits until the guest says where the function is, as /proc/kallsyms has it, and overwrites it."""
    place = f"{work}/place"
    while not told.is_set():
        text = open(place, encoding="ascii").read() if os.path.exists(place) else ""
        found = re.match(r"([0-9a-f]{16}) \S ip6mr_sk_done", text)
        if not found:
            time.sleep(0.2)
            continue
        debugger = Debugger(f"{work}/gdb")
        address = int(found[1], 16) + BEHIND
        debugger.say("?")  # why it has stopped
        answer = debugger.say(f"M{address:x},{len(FAULT) // 2:x}:{FAULT}")
        print(f"        planted at {address:#x}: {answer}", flush=True)
        debugger.say("D")
        debugger.end.close()
        return
