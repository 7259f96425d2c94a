# SPDX-License-Identifier: Apache-2.0
"""hardend on an emulated machine whose kernel really oopses.

    qemu_daemon.py HARDENCTL SOURCE KERNEL

KERNEL is an unpacked package linux-image-*-cloud-amd64, into which kernel_fault.py
plants the founding incident while it runs.

What is checked:
 1. a module that is loaded is seen, and the sysctl that came with it is watched
    from then on: a write to it is an event, with its writer;
 2. a sysctl of the kernel itself that is changed is an event, with its writer;
 3. the oops is on record as it happens, through /dev/kmsg: its title, its frames
    and the policy that it fits, in /v1/crashes, in /v1/events and in /metrics; the
    finding says that it has struck here.
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

HARDENCTL, SOURCE = sys.argv[1:3]
KERNEL = emulated.Kernel(sys.argv[3])
BOOT_LIMIT = 400  # seconds; it takes twenty on an idle machine
MODULES = ("llc", "stp", "bridge", "br_netfilter")

INIT = emulated.BEGIN + r"""
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
echo 1 >/proc/sys/kernel/printk
ip link set lo up
mkdir -p /run/hardend
hardend >/log 2>&1 &
ask() { curl -sS --max-time 60 --unix-socket /run/hardend/hardend.sock "http://hardend$1"; }
until_seen() { n=0; until grep -q "$1" /events; do sleep 0.5; n=$((n + 1)); [ $n -lt 240 ] || return; done; }
told() { echo "@@ $1 $(base64 | tr -d '\n')"; }
n=0; until ask /v1/findings 2>/dev/null | grep -q '"summary"'; do sleep 0.5; n=$((n + 1)); [ $n -lt 240 ] || break; done
curl -sSN --unix-socket /run/hardend/hardend.sock "http://hardend/v1/events?after=0" >/events 2>/dev/null &
ask /v1/health | told before
modprobe br_netfilter
until_seen daemon-bridge
ask /v1/health | told after
echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables
until_seen '"key":"net.bridge.bridge-nf-call-iptables"'
echo 7 >/proc/sys/kernel/panic
until_seen '"key":"kernel.panic"'
grep ' ip6mr_sk_done$' /proc/kallsyms >/dev/ttyS1
# It closes its socket when it ends, and then does not get to its end.
n=0; until dmesg | grep -q 'RIP: 0010:ip6mr_sk_done'; do
  ping -6 -c 1 -W 1 ::1 >/dev/null 2>&1 & sleep 1
  n=$((n + 1)); [ $n -lt 120 ] || break
done
until_seen '"type":"crash"'
n=0; until ask /metrics | grep -q '^hardend_crash_records.* 1$'; do sleep 0.5; n=$((n + 1)); [ $n -lt 60 ] || break; done
told events </events
ask /v1/crashes | told crashes
ask /metrics | told metrics
ask /v1/findings | told findings
told log </log
dmesg | told dmesg
echo b >/proc/sysrq-trigger
"""


def policies(folder):
    os.makedirs(folder)
    with open(f"{SOURCE}/policies/crash/ip6mr-sk-done.toml", encoding="utf-8") as file:
        text = file.read()
    emulated.write(f"{folder}/ip6mr-sk-done.toml", kernel_fault.of_every_release(text))
    with open(f"{SOURCE}/tests/e2e/policies/daemon-sack.toml", encoding="utf-8") as file:
        text = file.read()
    for name, key, when in (("daemon-bridge", "net.bridge.bridge-nf-call-iptables", 'module["br_netfilter"].loaded'),
                            ("daemon-panic", "kernel.panic", "cpu.possible < 1")):
        emulated.write(f"{folder}/{name}.toml", text.replace("daemon-sack", name).replace("net.ipv4.tcp_sack", key)
                       .replace("cpu.possible >= 1", when))


def machine(work):
    root = f"{work}/root"
    os.makedirs(root)
    emulated.begin_root(root, KERNEL)
    for program in ("hardend", "hardenctl"):
        emulated.install(root, f"{os.path.dirname(HARDENCTL)}/{program}", f"/sbin/{program}", stripped=True)
    emulated.install(root, "curl", "/bin/curl")
    for module in MODULES:
        found = subprocess.run(["find", f"{KERNEL.folder}/{KERNEL.modules}", "-name", f"{module}.ko"],
                               capture_output=True, text=True, check=True).stdout.strip()
        target = root + found.removeprefix(KERNEL.folder)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy(found, target)
    subprocess.run(["depmod", "-b", root, KERNEL.release], check=True, stderr=subprocess.DEVNULL)
    emulated.write(f"{root}/etc/hardend/hardend.toml", 'policies = ["/policies"]\n[access]\nread = ["root"]\napply = ["root"]\n')
    emulated.write(f"{root}/etc/passwd", "root:x:0:0::/:/bin/sh\n")
    emulated.write(f"{root}/etc/group", "root:x:0:\n")
    policies(f"{root}/policies")
    emulated.write(f"{root}/init", INIT, 0o755)
    emulated.pack(root, f"{work}/initramfs")


def run():
    with tempfile.TemporaryDirectory() as work:
        machine(work)
        done = threading.Event()
        planter = threading.Thread(target=kernel_fault.plant, args=(work, done), daemon=True)
        planter.start()
        console = emulated.boot(KERNEL, f"{work}/initramfs", "quiet nopti oops=continue", 512, [], BOOT_LIMIT,
                                kernel_fault.ports(work))
        done.set()
    told = {key: base64.b64decode(text).decode(errors="replace")
            for key, text in re.findall(r"@@ (\S+) ([A-Za-z0-9+/=]*)", console)}
    if "dmesg" not in told:
        sys.exit(f"the machine did not come to its end:\n{console[-6000:]}")
    return told


def note_of(health):
    return {one["name"]: one for one in json.loads(health)["watchers"]}["sysctls"]["note"]


def main():
    told = run()
    events = [json.loads(line[6:]) for line in told["events"].splitlines() if line.startswith("data: ")]
    of = lambda kind: [one["data"] for one in events if one["type"] == kind]
    written = {one["key"]: (one["before"], one["now"], one["comm"]) for one in of("sysctl")}
    appeared = of("finding.appeared")
    check("a module that is loaded is judged",
          [one["verdict"] for one in appeared if one["policy"] == "daemon-bridge"] == ["exposed"], appeared)
    check("and its sysctl is watched then", note_of(told["before"]) != note_of(told["after"]),
          (note_of(told["before"]), note_of(told["after"])))
    check("a write to it is told, and by whom", written.get("net.bridge.bridge-nf-call-iptables") == ("1", "0", "init"), written)
    check("so is one to a sysctl of the kernel", written.get("kernel.panic") == ("-1", "7", "init"), written)
    check("the kernel oopsed", "RIP: 0010:ip6mr_sk_done" in told["dmesg"], told["dmesg"][-3000:])
    crashes = json.loads(told["crashes"])["crashes"]
    crash = crashes[0] if crashes else {}
    check("the oops is on record", [one["title"] for one in crashes] == [kernel_fault.TITLE], crashes)
    frames = " ".join(one["function"] for one in crash.get("frames", []) if one["reliable"])
    check("with who called", frames.startswith("rawv6_close inet_release __sock_release"), frames)
    matches = [(one["policy"], one["confidence"]) for one in crash.get("matches", [])]
    check("and the bug that it is", matches == [("ip6mr-sk-done", "certain")], matches)
    check("it is an event", [one["title"] for one in of("crash")] == [kernel_fault.TITLE], of("crash"))
    check("it counts in /metrics",
          re.search(r'^hardend_crash_records{policy="ip6mr-sk-done"[^}]*} 1$', told["metrics"], re.M),
          [line for line in told["metrics"].splitlines() if "crash" in line])
    finding = [one for one in json.loads(told["findings"])["findings"] if one["policy"] == "ip6mr-sk-done"]
    check("its finding says that it has struck here", finding and finding[0]["struck"], finding)
    if failures:
        print(told["log"])
    finish()


main()
