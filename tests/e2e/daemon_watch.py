# SPDX-License-Identifier: Apache-2.0
"""daemon_watch.py PROBE FOLDER: drives watch_probe and the things it watches.

Every wait is for a line that the probe prints; PATIENCE only ends a test that
hangs.
"""
import os
import pathlib
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading

from checks import check, finish
PATIENCE = 30
PROBE, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
skipped = []


class Probe:
    def __init__(self, *words):
        self.process = subprocess.Popen([PROBE, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.states = {}
        self.sees(r"ready")

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))
        self.lines.put(None)

    def sees(self, pattern):
        """The match of the next line that is like this; lines before it are passed over."""
        try:
            while (line := self.lines.get(timeout=PATIENCE)) is not None:
                if match := re.fullmatch(pattern, line):
                    return match
        except queue.Empty:
            pass
        return None

    def state(self, source):
        self.process.stdin.write("states\n")
        self.process.stdin.flush()
        match = self.sees(rf"state {re.escape(source)} (yes|no) (.*); told (\d+) merged (\d+) lost (\d+)")
        return match.groups() if match else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        check("the probe ends well", self.process.wait(timeout=PATIENCE) == 0)


def run(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True)


def write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)


def sysctls():
    key = "net.ipv4.tcp_sack"
    with Probe(f"sysctl={key}", "sysctl=net.ipv4.conf.lo.rp_filter") as probe:
        named = "; writers are named" in probe.state("sysctls")[1]
        with subprocess.Popen(["sysctl", "-qw", f"{key}=0"]) as writer:
            writer.wait()
        seen = probe.sees(rf"sysctl (\d+) (\S+) {re.escape(key)}")
        check("a sysctl that sysctl -w writes is seen", seen is not None)
        if named:
            check("its writer is named", seen and int(seen[1]) == writer.pid)
        else:
            skipped.append("who wrote: no fanotify here")
        try:
            write("/proc/sys/vm/drop_caches", "3")
            dropped = True
        except OSError:
            dropped = False
            skipped.append("drop_caches: not permitted")
        if dropped:
            write("/proc/sys/net/ipv4/conf/lo/rp_filter", "1")
            check("a write after drop_caches is seen",
                  probe.sees(rf"sysctl {os.getpid() if named else 0} \S+ net.ipv4.conf.lo.rp_filter"))
        for i in range(10_000):
            write("/proc/sys/net/ipv4/tcp_sack", str(i % 2))
        write("/proc/sys/net/ipv4/conf/lo/rp_filter", "0")
        check("a write after a flood of 10,000 is seen", probe.sees(r"sysctl \d+ \S+ net.ipv4.conf.lo.rp_filter"))
        told = probe.state("sysctls")
        print(f"        flood: {told[1]}, told {told[2]} merged {told[3]} lost {told[4]}")


def kind_of_interface():
    """One that this kernel can make."""
    for kind in ("dummy", "bridge", "veth", "ifb"):
        if subprocess.run(["ip", "link", "add", "hd9", "type", kind], capture_output=True, check=False).returncode == 0:
            run("ip", "link", "del", "hd9")
            return kind
    return None


def interfaces():
    kind = kind_of_interface()
    if not kind:
        return skipped.append("interfaces: none can be made")
    with Probe("interfaces", "sysctl=net.ipv4.conf.hd0.rp_filter", "sysctl=net.ipv4.conf.*.accept_redirects") as probe:
        for turn in ("made", "made again"):
            run("ip", "link", "add", "hd0", "type", kind)
            check(f"an interface that is {turn} is seen", probe.sees(r"interface 0 - hd0"))
            write("/proc/sys/net/ipv4/conf/hd0/rp_filter", "2")
            check(f"its own key is watched once it is {turn}", probe.sees(r"sysctl \d+ \S+ net.ipv4.conf.hd0.rp_filter"))
            write("/proc/sys/net/ipv4/conf/hd0/accept_redirects", "1")
            check("so is one that a pattern means", probe.sees(r"sysctl \d+ \S+ net.ipv4.conf.hd0.accept_redirects"))
            run("ip", "link", "del", "hd0")
            check("its end is seen", probe.sees(r"interface 0 - hd0"))
        run("ip", "link", "add", "hd1", "type", kind)
        run("ip", "link", "set", "hd1", "name", "hd2")
        check("a new name is seen", probe.sees(r"interface 0 - hd2"))
        run("ip", "link", "del", "hd2")


def folders():
    folder = WORK / "late" / "policies"
    with Probe(f"policies={folder}", f"crashes={WORK}/crash") as probe:
        folder.mkdir(parents=True)
        (folder / "a.toml").write_text("x", encoding="ascii")
        check("a folder that is made later is seen", probe.sees(rf"policies 0 - {folder}"))
        (WORK / "crash" / "202611261200").mkdir(parents=True)
        check("a crash folder that is made later is seen", probe.sees(rf"crash 0 - {WORK}/crash"))
        (WORK / "crash" / "202611261200" / "dmesg.txt").write_text("x", encoding="ascii")
        check("a file in a folder of it is seen", probe.sees(rf"crash 0 - {WORK}/crash"))


def modules():
    places = [path for path in pathlib.Path("/sys/module").glob("*/uevent") if os.access(path, os.W_OK)]
    if not places:
        return skipped.append("modules: none to make an event of")
    with Probe("modules") as probe:
        if probe.state("modules")[0] != "yes":
            return skipped.append("modules: " + probe.state("modules")[1])
        write("/sys/class/net/lo/uevent", "add")  # of another kind
        write(places[0], "add")  # as the kernel tells of one that was loaded
        check("a module that comes is seen", probe.sees(rf"module 0 - {places[0].parent.name}"))


def kmsg():
    # Only the kernel can say what is told here; a program's line is none of its.
    with Probe("kmsg") as probe:
        state = probe.state("kmsg")
        if state[0] != "yes":
            return skipped.append("kmsg: " + state[1])
        write("/dev/kmsg", f"<6>hardend-test-{os.getpid()}: BUG: made up\n")
        check("what a program writes into the kernel's log is no crash", probe.state("kmsg")[2:] == ("0", "0", "0"))


def engine():
    if not shutil.which("dockerd") or not shutil.which("docker"):
        return skipped.append("engine: no dockerd")
    socket = WORK / "docker.sock"
    log = open(WORK / "dockerd.log", "w", encoding="utf-8")

    def start():
        return subprocess.Popen(
            ["dockerd", "--data-root", str(WORK / "data"), "--exec-root", str(WORK / "exec"), "-H", f"unix://{socket}",
             "--pidfile", str(WORK / "docker.pid"), "--iptables=false", "--ip6tables=false", "--bridge=none",
             "--storage-driver=vfs"], stdout=log, stderr=log)

    with Probe(f"engine={socket}") as probe:
        dockerd = start()
        try:
            if not probe.sees(rf"engine 0 - {socket}: connected"):
                if dockerd.poll() is not None:
                    return skipped.append("engine: dockerd does not run here")
                return check("an engine that starts is connected to", False)
            check("an engine that starts is connected to", True)
            run("docker", "-H", f"unix://{socket}", "network", "create", "t1")
            check("a network that is made is seen", probe.sees(rf"engine 0 - {socket}: network create"))
            dockerd.send_signal(signal.SIGTERM)
            dockerd.wait(timeout=PATIENCE)
            check("an engine that stops is seen", probe.sees(rf"engine 0 - {socket}: gone"))
            dockerd = start()
            check("it is connected to when it is back", probe.sees(rf"engine 0 - {socket}: connected"))
            run("docker", "-H", f"unix://{socket}", "network", "rm", "t1")
            check("and its events are seen again", probe.sees(rf"engine 0 - {socket}: network destroy"))
        finally:
            dockerd.terminate()
            dockerd.wait(timeout=PATIENCE)


subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
for part in (sysctls, interfaces, folders, modules, kmsg, engine):
    print(part.__name__)
    part()
for what in skipped:
    print("skipped " + what)
finish()
