# SPDX-License-Identifier: Apache-2.0
"""What qemu_host.py has done on the machine: one part a boot, which the file
`phase` names. What is seen goes out over a serial port, a line of base64 each."""
import base64
import json
import os
import pathlib
import re
import socket
import time

import kernel_fault
from checks import run, wait
from running_daemon import Connection

HERE = pathlib.Path(__file__).parent
POLICY = "ip6mr-sk-done"
SHIPPED = pathlib.Path(f"/usr/share/hardend/policies/crash/{POLICY}.toml")
OUT = open("/dev/ttyS2", "w", encoding="ascii")
SLOW = 240  # seconds: everything is emulated


def told(key, text):
    OUT.write(f"@@ {key} {base64.b64encode(text.encode()).decode()}\n")
    OUT.flush()


def told_run(key, *words):
    done = run(*words)
    told(key, done.stdout + done.stderr)
    told(f"{key}.status", str(done.returncode))


def ask(path):
    connection = Connection("/run/hardend/hardend.sock")
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.read().decode() if answer.status == 200 else ""
    except OSError:
        return ""
    finally:
        connection.close()


def finding():
    found = [one for one in json.loads(ask("/v1/findings") or '{"findings": []}')["findings"] if one["policy"] == POLICY]
    return found[0] if found else {}


def own_memory():
    """KiB of private memory of the service, and of that what no file stands behind."""
    pid = run("systemctl", "show", "--value", "--property=MainPID", "hardend").stdout.strip()
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    sizes = {key: int(size) for key, size in re.findall(r"^(\w+): +(\d+) kB$", text, re.M)}
    return sizes["Private_Clean"] + sizes["Private_Dirty"], sizes["Anonymous"]


def panics():
    told_run("install", "dpkg", "--install", "/test/hardend.deb")
    SHIPPED.write_text(kernel_fault.of_every_release(SHIPPED.read_text()))
    told_run("reload", "systemctl", "reload", "hardend")
    wait(lambda: finding().get("verdict") == "exposed", SLOW)
    told("finding", json.dumps(finding()))
    told_run("check", "hardenctl", "check", "--policy", POLICY)
    told_run("enabled", "systemctl", "is-enabled", "hardend.service")
    told("memory", json.dumps(own_memory()))
    (HERE / "phase").write_text("recognises")
    os.sync()
    with open("/proc/kallsyms", encoding="ascii") as symbols, open("/dev/ttyS1", "w", encoding="ascii") as place:
        place.writelines(line for line in symbols if line.rstrip().endswith(" ip6mr_sk_done"))
    for _ in range(SLOW):
        socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6).close()
        time.sleep(1)


def recognises():
    wait(lambda: '"title"' in ask("/v1/crashes"), SLOW)
    wait(lambda: finding().get("struck"), SLOW)
    told("crashes", ask("/v1/crashes"))
    told("finding", json.dumps(finding()))
    told("metrics", ask("/metrics"))
    told_run("check", "hardenctl", "check", "--policy", POLICY)
    for path in pathlib.Path("/var/lib/systemd/pstore").iterdir():
        told(path.name, path.read_text(errors="replace"))
    told_run("apply", "hardenctl", "apply", POLICY, "--accept-impact", "--remedy", "boot-without-ipv6")
    told_run("besides", "hardenctl", "apply", POLICY, "--accept-impact", "--remedy", "reboot-instead-of-hanging")
    told("after", json.dumps(finding()))
    told_run("written", "cat", "/etc/default/grub.d/99-zz-hardend.cfg")
    (HERE / "phase").write_text("is_cured")


def is_cured():
    wait(lambda: finding().get("verdict") == "mitigated", SLOW)
    told("finding", json.dumps(finding()))
    told_run("drift", "hardenctl", "drift")
    told("panic_on_oops", pathlib.Path("/proc/sys/kernel/panic_on_oops").read_text())
    told_run("acknowledge", "hardenctl", "crash", "ack", json.loads(ask("/v1/crashes"))["crashes"][0]["fingerprint"])
    told_run("undo", "hardenctl", "undo", "--last")
    told_run("undo.both", "hardenctl", "undo", "--last")
    told("after", json.dumps(finding()))
    told_run("written", "ls", "/etc/default/grub.d")


PHASE = (HERE / "phase").read_text()
told("boot", PHASE)
try:
    {part.__name__: part for part in (panics, recognises, is_cured)}[PHASE]()
finally:
    told("log", run("journalctl", "--no-pager", "--unit=hardend*", "--unit=systemd-pstore", "--unit=story", "--lines=200").stdout)
    run("systemctl", "poweroff")
