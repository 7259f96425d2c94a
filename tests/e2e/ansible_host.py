#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The role and every module against one booted host whose daemon runs, as ansible_host.sh starts it.

The role in check mode, once, and again; every module in check, diff and plain mode,
each change made twice; drift and undo; hostile text of a policy and an interface as
data; a daemon of another version.
"""

import json
import re
import shlex
import shutil
import sys
import time

from checks import check, finish, until
from machines import Bed

KEY = "net.ipv4.tcp_sack"
CONFIG = "etc/hardend/hardend.toml.d/50-ansible.toml"
FACT = "etc/ansible/facts.d/hardend.fact"
# What a template of Ansible's would run, as text of a policy, and what it would leave.
HOSTILE = "{{ lookup('pipe', 'touch MARK') }} ]]> <b> $(touch MARK)"
INTERFACE = "{{7*7}}"
# A daemon from the future: it answers any question with a document of its own.
FUTURE = """
import socket, os
path = "/run/hardend/hardend.sock"
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(8)
print("ready", flush=True)
while True:
    client = listener.accept()[0]
    client.recv(65536)
    body = b'{"schema": 99, "posture": "rosy"}'
    client.sendall(b"HTTP/1.1 200 OK\\r\\nServer: hardend/9.9.9\\r\\nContent-Type: application/json\\r\\n"
                   b"Connection: close\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
    client.close()
"""


class Tasks:
    """A playbook of modules, and what each of them answered."""

    def __init__(self, bed):
        self.bed, self.tasks, self.played = bed, [], None

    def add(self, name, module, arguments=None, **keywords):
        full = module if "." in module else "hardend.agent." + module
        self.tasks.append({"name": name, full: arguments or {}, "ignore_errors": True, **keywords})

    def run(self):
        path = self.bed.work / "tasks.yml"
        path.write_text(json.dumps([{"hosts": "all", "become": True, "gather_facts": False, "tasks": self.tasks}]))
        self.played = self.bed.playbook(path)
        self.tasks = []

    def of(self, name):
        found = list(self.played.of(name).values())
        return found[0] if found else {"failed": True, "msg": f"no such task\n{self.played}"}

    def check(self, name, **wanted):
        """What of the answer is to be how; `msg` and `warnings` are to contain."""
        answer = self.of(name)
        wanted.setdefault("failed", "msg" in wanted)
        seen = {key: answer.get(key, False if key == "failed" else None) for key in wanted}
        good = all(wanted[key] in str(seen[key]) if key in ("msg", "warnings") else seen[key] == wanted[key] for key in wanted)
        check(name, good, f"wanted {wanted}, seen {seen}: {str(answer)[:1500]}")
        return answer


def changes(answer):
    """Before and after of each place that a diff shows."""
    diff = answer.get("diff", [])
    return {one["after_header"]: (one["before"], one["after"]) for one in (diff if isinstance(diff, list) else [diff])}


def without(bed, host, playbook):
    """In check mode on a host without hardend; and then it is there, but not configured."""
    played = bed.playbook(playbook, "--check")
    check("--check on a host without hardend", played.status == 0, played)
    check("and it is still without", host.run("hardend", "--version").returncode != 0)
    shutil.copy(bed.package, host.root / "root/hardend.deb")
    done = host.run("dpkg", "--install", "/root/hardend.deb")
    check("the package installs", done.returncode == 0, done.stdout + done.stderr)


def role(bed, host):
    """In check mode where hardend is not yet, in check mode, and twice."""
    playbook = bed.role(hardend_metrics_listen="127.0.0.1:9976", hardend_sweep="1h",
                        hardend_policies=[str(bed.work / "site-sack.toml"), str(bed.work / "site-hostile.toml")])
    without(bed, host, playbook)
    played = bed.playbook(playbook, "--check", "--diff")
    diff = played.of("Configure the daemon").get(host.name, {}).get("diff", [{}])
    check("--check --diff shows the configuration", played.status == 0 and 'sweep = "1h"' in diff[0].get("after", ""), f"{diff}\n{played}")
    check("and writes nothing", not (host.root / CONFIG).exists() and not (host.root / FACT).exists())
    played = bed.playbook(playbook)
    check("the role installs", played.status == 0 and played.changed(), played)
    check("the daemon runs", host.run("systemctl", "is-active", "hardend.service").stdout.strip() == "active")
    check("with this configuration", 'sweep = "1h"' in host.run("cat", "/" + CONFIG).stdout)
    metrics = host.run("python3", "-c", "import urllib.request as u; print(u.urlopen('http://127.0.0.1:9976/metrics').read().decode())")
    check("its metrics are answered on the loopback", "hardend_build_info" in metrics.stdout, metrics.stderr[-500:])
    played = bed.playbook(playbook)
    check("the second time it changes nothing", played.status == 0 and not played.changed(), f"{played.changed()}\n{played}")
    played = bed.playbook(playbook, "--check", hardend_manage_package=False)
    check("nor would it, where packages are somebody else's", played.status == 0 and not played.changed(), f"{played.changed()}\n{played}")
    # A reader has the whole old file or the whole new one.
    before = (host.root / FACT).stat()
    (host.root / FACT).write_text((host.root / FACT).read_text() + "# an older one\n")
    bed.playbook(playbook)
    after = (host.root / FACT).stat()
    check("the local facts are replaced, not rewritten", before.st_ino != after.st_ino and after.st_mode == before.st_mode and
          after.st_size == before.st_size, (before, after))


def judging(tasks, bed, host):
    """What changes nothing: check, facts_info, plan, crash_info, and local facts."""
    host.run("ip", "link", "add", INTERFACE, "type", "bridge")
    for name in ("ip6mr-sk-done.4.10.log", "hostile.log"):
        shutil.copy(bed.source / "tests/crash/samples" / name, host.root / "root" / name)
    tasks.add("check tells what is exposed", "check", {"policies": ["site-sack", "site-hostile"]}, register="posture")
    tasks.add("check stops a play", "check", {"policies": ["site-sack"], "fail_on": "low"})
    tasks.add("check below what stops it", "check", {"policies": ["site-sack"], "fail_on": "high"})
    tasks.add("check of no such policy", "check", {"policies": ["no-such-policy"]})
    tasks.add("hostile text is data", "ansible.builtin.debug", {"msg": "{{ posture.findings }}"})
    tasks.add("facts_info", "facts_info", {"names": ["kernel.release", "net.interfaces"]}, register="seen")
    tasks.add("a hostile interface is data", "ansible.builtin.debug", {"msg": "{{ seen.facts }}"})
    tasks.add("facts_info of no such fact", "facts_info", {"names": ["no.such.fact"]})
    tasks.add("plan", "plan", {"policies": ["site-sack"]}, diff=True)
    tasks.add("crash_info of a known bug", "crash_info", {"files": ["/root/ip6mr-sk-done.4.10.log"]})
    tasks.add("crash_info of hostile text", "crash_info", {"files": ["/root/hostile.log"]})
    tasks.add("crash_info of a file that is not there", "crash_info", {"files": ["/root/no.log"]})
    tasks.add("crash_info of the host", "crash_info")
    tasks.add("local facts", "ansible.builtin.setup", {"filter": "ansible_local", "gather_subset": ["!all", "local"]})
    tasks.run()
    answer = tasks.check("check tells what is exposed", changed=False, status=0)
    check("both", {one["policy"] for one in answer.get("findings", []) if one["verdict"] == "exposed"} == {"site-sack", "site-hostile"}, answer)
    tasks.check("check stops a play", msg="exposed to site-sack")
    tasks.check("check below what stops it", changed=False)
    tasks.check("check of no such policy", msg="no-such-policy")
    said = tasks.check("hostile text is data").get("msg")
    mark = bed.work / "mark"
    check("word for word", HOSTILE.replace("MARK", str(mark)) in json.dumps(said).replace('\\"', '"'), said)
    check("and nothing of it was run", not mark.exists() and not (host.root / str(mark)[1:]).exists())
    answer = tasks.check("facts_info", changed=False)
    check("with a value and a source", {"value", "source"} <= set(answer.get("facts", {}).get("kernel.release", {})), answer)
    said = tasks.check("a hostile interface is data").get("msg")
    check("by its name", f'"{INTERFACE}"' in json.dumps(said) and '"49"' not in json.dumps(said), said)
    tasks.check("facts_info of no such fact", msg="no.such.fact")
    answer = tasks.check("plan", changed=False, would_change=True)
    check("with the exact change", changes(answer).get("/proc/sys/net/ipv4/tcp_sack") == ("1\n", "0\n"), answer)
    tasks.check("crash_info of a known bug", changed=False, known=["ip6mr-sk-done"], unread=[])
    tasks.check("crash_info of hostile text", changed=False)
    answer = tasks.check("crash_info of a file that is not there", changed=False, crashes=[])
    check("which is told", "/root/no.log" in str(answer.get("unread")), answer)
    tasks.check("crash_info of the host", changed=False, crashes=[])
    local = tasks.check("local facts").get("ansible_facts", {}).get("ansible_local", {}).get("hardend", {})
    check("have what is exposed", "site-sack" in local.get("exposed", []) and local.get("summary", {}).get("exposed", 0) >= 2, local)


def applying(tasks, host):
    """Apply, confirm, drift, undo; each in check mode first and twice."""
    whole = {"policies": ["site-sack"], "accept_impact": True}
    timed = {**whole, "confirm_within": "5m"}
    tasks.add("apply in check mode", "apply", whole, check_mode=True, diff=True)
    tasks.add("and the host after it", "ansible.builtin.command", f"sysctl -n {KEY}", changed_when=False)
    tasks.add("apply at a price", "apply", {"policies": ["site-sack"]})
    tasks.add("apply of an old digest", "apply", {**whole, "digest": "0" * 64})
    tasks.add("apply", "apply", timed, diff=True)
    tasks.add("apply again", "apply", timed, diff=True)
    tasks.add("confirm in check mode", "apply", {"state": "confirmed", "transaction": 1}, check_mode=True)
    tasks.add("confirm", "apply", {"state": "confirmed", "transaction": 1})
    tasks.add("confirm again", "apply", {"state": "confirmed", "transaction": 1})
    tasks.add("apply what is applied", "apply", whole)
    tasks.add("drift", "ansible.builtin.command", f"sysctl -w {KEY}=1")
    tasks.add("what put it back would do", "apply", whole, check_mode=True, diff=True)
    tasks.add("put back", "apply", whole)
    tasks.add("undo in check mode", "apply", {"state": "undone", "transaction": 1}, check_mode=True, diff=True)
    tasks.add("undo of no such transaction", "apply", {"state": "undone", "transaction": 99})
    tasks.run()
    answer = tasks.check("apply in check mode", changed=True, transaction=None)
    place = changes(answer)
    check("shows both places", place.get("/proc/sys/net/ipv4/tcp_sack") == ("1\n", "0\n") and
          f"{KEY} = 0" in place.get("/etc/sysctl.d/99-zz-hardend.conf", ("", ""))[1], place)
    tasks.check("and the host after it", stdout="1")
    tasks.check("apply at a price", msg="accept-impact")
    tasks.check("apply of an old digest", msg="digest")
    answer = tasks.check("apply", changed=True, transaction=1, transaction_state="applied")
    check("shows the same as in check mode", changes(answer) == place, changes(answer))
    tasks.check("apply again", changed=False, transaction=1, transaction_state="applied", warnings="undoes itself")
    tasks.check("confirm in check mode", changed=True, transaction_state="applied")
    tasks.check("confirm", changed=True, transaction_state="confirmed")
    tasks.check("confirm again", changed=False, transaction_state="confirmed")
    tasks.check("apply what is applied", changed=False, transaction=None, transaction_state="nothing_to_do")
    answer = tasks.check("what put it back would do", changed=True)
    check("is the one place that drifted", changes(answer) == {"/proc/sys/net/ipv4/tcp_sack": ("1\n", "0\n")}, changes(answer))
    tasks.check("put back", changed=True, transaction=2, transaction_state="confirmed")
    check("and it is", host.sysctl(KEY) == "0")
    tasks.check("undo in check mode", changed=True)
    tasks.check("undo of no such transaction", msg="99")


def undoing(tasks, host):
    tasks.add("undo of the second", "apply", {"state": "undone", "transaction": 2}, diff=True)
    tasks.add("undo of the first", "apply", {"state": "undone", "transaction": 1}, diff=True)
    tasks.add("undo again", "apply", {"state": "undone", "transaction": 1})
    tasks.add("confirm of what is undone", "apply", {"state": "confirmed", "transaction": 1})
    tasks.run()
    answer = tasks.check("undo of the second", changed=True, transaction_state="undone")
    check("shows what it brings back", changes(answer).get("/proc/sys/net/ipv4/tcp_sack") == ("0\n", "1\n"), answer)
    tasks.check("undo of the first", changed=True, transaction_state="undone")
    tasks.check("undo again", changed=False, transaction_state="undone")
    tasks.check("confirm of what is undone", msg="transaction 1 does not wait to be confirmed: it is undone")
    check("all is as it was", host.sysctl(KEY) == "1" and not (host.root / "etc/sysctl.d/99-zz-hardend.conf").exists())


def foreign(tasks, host):
    """Somebody else wrote in between."""
    tasks.add("apply once more", "apply", {"policies": ["site-sack"], "accept_impact": True})
    tasks.add("somebody writes", "ansible.builtin.copy", {"dest": "/etc/sysctl.d/99-zz-hardend.conf", "content": "# mine\n", "mode": "0644"})
    tasks.add("undo stops there", "apply", {"state": "undone", "transaction": 3})
    tasks.add("undo by force", "apply", {"state": "undone", "transaction": 3, "force": True})
    tasks.run()
    tasks.check("apply once more", changed=True, transaction=3)
    tasks.check("undo stops there", msg="stuck")
    tasks.check("undo by force", changed=True, transaction_state="undone")
    check("which leaves nothing", not (host.root / "etc/sysctl.d/99-zz-hardend.conf").exists())


def waiving(tasks):
    day = {"policy": "site-sack", "reason": "reboot is planned", "owner": "ops", "until": "2099-12-31"}
    tasks.add("waiver in check mode", "waiver", day, check_mode=True, diff=True)
    tasks.add("waiver", "waiver", day, diff=True)
    tasks.add("waiver again", "waiver", day)
    tasks.add("waiver for longer", "waiver", {**day, "until": "2100-12-31"}, diff=True)
    tasks.add("waiver for a time", "waiver", {"policy": "site-hostile", "reason": "r", "duration": "30d"})
    tasks.add("waiver for a time again", "waiver", {"policy": "site-hostile", "reason": "r", "duration": "30d"})
    tasks.add("a waived finding fails nothing", "check", {"policies": ["site-sack"], "fail_on": "low"})
    tasks.add("waiver of no such policy", "waiver", {**day, "policy": "no-such-policy"})
    tasks.add("waiver until no day", "waiver", {**day, "until": "some day"})
    tasks.add("waiver away in check mode", "waiver", {"policy": "site-sack", "state": "absent"}, check_mode=True, diff=True)
    tasks.add("waiver away", "waiver", {"policy": "site-sack", "state": "absent"})
    tasks.add("waiver away again", "waiver", {"policy": "site-sack", "state": "absent"})
    tasks.run()
    for name in ("waiver in check mode", "waiver"):
        answer = tasks.check(name, changed=True)
        check(name + " shows it", changes(answer).get("waiver", ("", ""))[1].endswith("owner: ops\nuntil: 2100-01-01T00:00:00Z\n"), answer)
    for name, changed in (("waiver again", False), ("waiver for longer", True), ("waiver for a time", True),
                          ("waiver for a time again", False), ("a waived finding fails nothing", False),
                          ("waiver away in check mode", True), ("waiver away", True), ("waiver away again", False)):
        tasks.check(name, changed=changed)
    tasks.check("waiver of no such policy", msg="no-such-policy")
    tasks.check("waiver until no day", msg="some day")


def as_in_guide(bed):
    """The operator's guide's rollout: in check mode, by the collection's name, over all of the inventory."""
    guide = (bed.source / "dist/guide/operator.md").read_text()
    words = shlex.split(re.search(r"^    ansible-playbook (.*)$", guide, re.M).group(1))
    played = bed.playbook(*words)
    check("the guide's ansible-playbook", played.status == 0 and not played.changed(), played)


def future(tasks, host):
    """A daemon that speaks of other things."""
    host.run("systemctl", "stop", "hardend.socket", "hardend.service")
    (host.root / "root/future.py").write_text(FUTURE)
    host.run("systemd-run", "--unit=future", "python3", "/root/future.py")
    until("a daemon of another version listens", lambda: host.run("test", "-S", "/run/hardend/hardend.sock").returncode == 0)
    for module, arguments in (("check", {}), ("plan", {}), ("apply", {"accept_impact": True}),
                              ("waiver", {"policy": "site-sack", "reason": "r", "duration": "1d"})):
        tasks.add(f"{module} of another version", module, arguments)
    tasks.run()
    for module in ("check", "plan", "apply", "waiver"):
        tasks.check(f"{module} of another version", msg="speaks schema 99", warnings="the daemon is hardend/9.9.9 and this is hardenctl")
    check("and nothing was changed", host.sysctl(KEY) == "1")
    host.run("systemctl", "stop", "future")


def policies(bed):
    """The policies of this site: one to apply, one with text that nobody is to obey."""
    text = (bed.source / "tests/e2e/policies/daemon-sack.toml").read_text()
    price = '\n[[remedy.impact]]\nwhen    = "true"\nmessage = "connections over bad lines become slower"\n\n[[example]]'
    (bed.work / "site-sack.toml").write_text(text.replace('"daemon-sack"', '"site-sack"').replace("\n[[example]]", price, 1))
    hostile = HOSTILE.replace("MARK", str(bed.work / "mark"))
    (bed.work / "site-hostile.toml").write_text(
        text.replace('"daemon-sack"', '"site-hostile"').replace('"Selective acknowledgements are off"', json.dumps(hostile)))


def main():
    begun = time.monotonic()
    bed = Bed(sys.argv[1:])
    host = bed.add(["host-1.fleet"])[0]
    policies(bed)
    bed.boot()
    tasks = Tasks(bed)
    for part in (lambda: role(bed, host), lambda: judging(tasks, bed, host), lambda: applying(tasks, host),
                 lambda: undoing(tasks, host), lambda: foreign(tasks, host), lambda: waiving(tasks), lambda: as_in_guide(bed), lambda: future(tasks, host)):
        part()
        print(f"-- {time.monotonic() - begun:.0f} s", flush=True)
    finish()


if __name__ == "__main__":
    main()
