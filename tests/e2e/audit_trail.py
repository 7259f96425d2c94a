# SPDX-License-Identifier: Apache-2.0
"""audit_trail.py FILE -- COMMAND...: runs the command, and meanwhile writes what
the kernel hands to its audit trail into the file, a record a line as auditd would
write it. Ends as the command does; 77 where the kernel gives no trail."""
import ctypes
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

# linux/audit.h, linux/netlink.h
NETLINK_AUDIT, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, AUDIT_NLGRP_READLOG = 9, 270, 1, 1
AUDIT_GET, AUDIT_SET, NLMSG_ERROR, NLM_F_REQUEST, NLM_F_ACK = 1000, 1001, 2, 1, 4
ENABLED_MASK = 1
HEAD = struct.Struct("=IHHII")
# struct audit_status as far as `enabled`; the rest is 0.
STATUS = struct.Struct("=II32x")


def request(end, kind, body=b""):
    """What is answered besides the acknowledgement, which may come first."""
    end.send(HEAD.pack(HEAD.size + len(body), kind, NLM_F_REQUEST | NLM_F_ACK, 1, 0) + body)
    found, acknowledged = b"", False
    while not acknowledged or (kind == AUDIT_GET and not found):
        message = end.recv(65536)
        _, what, _, _, _ = HEAD.unpack_from(message)
        if what != NLMSG_ERROR:
            found = message[HEAD.size:]
            continue
        acknowledged = True
        number = -struct.unpack_from("=i", message, HEAD.size)[0]
        if number:
            raise OSError(number, os.strerror(number))
    return found


class Trail:
    """Open and on, until it is closed."""

    def __init__(self, path):
        self.control = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        self.control.settimeout(10)
        self.before = struct.unpack_from("=II", request(self.control, AUDIT_GET))[1]
        self.records = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_AUDIT)
        self.records.bind((0, 0))
        self.records.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, AUDIT_NLGRP_READLOG)
        if self.before == 0:
            request(self.control, AUDIT_SET, STATUS.pack(ENABLED_MASK, 1))
        self.file = open(path, "w", encoding="utf-8", buffering=1)
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        name = ctypes.CDLL("libaudit.so.1").audit_msg_type_to_name
        name.restype = ctypes.c_char_p
        while True:
            message = self.records.recv(65536)
            _, kind, _, _, _ = HEAD.unpack_from(message)
            text = message[HEAD.size:].rstrip(b"\0\n").decode(errors="replace")
            self.file.write(f"type={(name(kind) or b'UNKNOWN').decode()} msg={text}\n")

    def close(self):
        if self.before == 0:
            request(self.control, AUDIT_SET, STATUS.pack(ENABLED_MASK, 0))


def main():
    try:
        trail = Trail(sys.argv[1])
    except OSError as error:
        print(f"skipped: no audit trail: {error}")
        return 77
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that it is closed
    try:
        return subprocess.run(sys.argv[3:], check=False).returncode
    finally:
        trail.close()


sys.exit(main())
