# SPDX-License-Identifier: Apache-2.0
"""Debian machines on a bridge, each a container that systemd has booted, with hardend; and Ansible to reach them.

For the scripts that machines.sh starts, in namespaces of their own.
"""

import json
import os
import pathlib
import subprocess
import sys

from checks import run, until

BRIDGE = "fleet0"
NETWORK = "10.77.0"


class Machine:
    """One container, its root a layer above those that all share."""

    def __init__(self, bed, name, number):
        self.bed, self.name = bed, name
        self.address = f"{NETWORK}.{10 + number}"
        self.root = bed.work / name / "root"
        self.process = self.leader = None
        for folder in ("root", "upper", "layer"):
            (bed.work / name / folder).mkdir(parents=True)
        layers = f"lowerdir={bed.keys}:{bed.base},upperdir={bed.work / name}/upper,workdir={bed.work / name}/layer"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)], check=True)
        (self.root / "etc/hostname").write_text(name + "\n")
        self.unit("fleet-network.service", "[Unit]\nBefore=network.target ssh.service\n[Service]\nType=oneshot\n"
                  f"RemainAfterExit=yes\nExecStart=/bin/ip address add {self.address}/24 dev host0\n"
                  "ExecStart=/bin/ip link set host0 up\n[Install]\nWantedBy=multi-user.target\n")

    def unit(self, name, text):
        """A unit that is started at boot."""
        folder = self.root / "etc/systemd/system"
        (folder / name).write_text(text)
        wants = folder / "multi-user.target.wants"
        wants.mkdir(exist_ok=True)
        (wants / name).symlink_to(f"../{name}")

    def groups(self):
        """The folders of this machine's own control groups: without them two systemds would share one."""
        top = pathlib.Path("/sys/fs/cgroup")
        tops = [top] if (top / "cgroup.procs").exists() else [top / "systemd", top / "unified"]
        return [one / self.bed.group / self.name for one in tops if one.exists()]

    def enter_groups(self):
        for folder in self.groups():
            (folder / "cgroup.procs").write_text("0")

    def boot(self):
        for folder in self.groups():
            folder.mkdir(parents=True, exist_ok=True)
        with open(self.bed.work / self.name / "console", "a", encoding="utf-8") as console:
            self.process = subprocess.Popen(
                ["systemd-nspawn", "--quiet", "--directory", str(self.root), "--machine", self.name,
                 f"--network-bridge={BRIDGE}", "--register=no", "--keep-unit", "--link-journal=no", "--console=pipe",
                 "--boot"],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console, preexec_fn=self.enter_groups)

    def find_leader(self):
        """The process that is the first of the container."""
        for folder in self.groups():
            for path in folder.rglob("cgroup.procs"):
                for pid in path.read_text().split():
                    status = pathlib.Path(f"/proc/{pid}/status")
                    spaces = [line.split()[1:] for line in status.read_text().splitlines() if line.startswith("NSpid:")]
                    if spaces and len(spaces[0]) > 1 and spaces[0][-1] == "1":
                        return int(pid)
        return None

    def is_up(self):
        try:
            self.leader = self.find_leader()
        except (OSError, ValueError):
            return False
        if self.leader is None:
            return False
        return run("bash", "-c", f"exec 3<>/dev/tcp/{self.address}/22").returncode == 0

    def cut_power(self):
        """No process of the machine goes on; its disk is as it was."""
        os.kill(self.leader, 9)
        self.process.wait()
        self.leader = None

    def run(self, *words):
        return run("nsenter", f"--target={self.leader}", "--mount", "--net", "--pid", "--uts", "--ipc", "--", *words)

    def json(self, *words):
        done = self.run("hardenctl", *words, "--format", "json")
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"error": done.stdout + done.stderr}

    def sysctl(self, key):
        return self.run("sysctl", "-n", key).stdout.strip()

    def transactions(self):
        """The states of all of them, the newest first."""
        return [one["state"] for one in self.json("history").get("transactions", [])]


class Bed:
    """What the machines share: a bridge, layers, a key, and Ansible's files."""

    def __init__(self, arguments):
        self.package, source, base, work, self.group = arguments
        self.source = pathlib.Path(source)
        self.base, self.work = pathlib.Path(base), pathlib.Path(work)
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(self.work)], check=True)
        self.keys = self.work / "keys"
        self.keys.mkdir()
        self.network()
        self.key()
        self.machines = []
        self.ansible()

    def network(self):
        for words in (["link", "set", "lo", "up"], ["link", "add", BRIDGE, "type", "bridge"],
                      ["address", "add", f"{NETWORK}.1/24", "dev", BRIDGE], ["link", "set", BRIDGE, "up"]):
            subprocess.run(["ip", *words], check=True)

    def key(self):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.work / "key"))
        keys = self.keys / "root/.ssh"
        keys.mkdir(parents=True, mode=0o700)
        keys.parent.chmod(0o700)
        (keys / "authorized_keys").write_text((self.work / "key.pub").read_text())

    def ansible(self):
        collection = self.work / "collections/ansible_collections/hardend/agent"
        collection.parent.mkdir(parents=True)
        collection.symlink_to(self.source / "dist/ansible")
        (self.work / "ansible.cfg").write_text(
            f"[defaults]\nforks = 5\nhost_key_checking = False\nstdout_callback = lines\ncallback_plugins = {self.source}/tests/support/ansible\ntimeout = 10\n"
            f"inventory = {self.work}/inventory.json\ncollections_path = {self.work}/collections\n"
            f"local_tmp = {self.work}/local\nprivate_key_file = {self.work}/key\nretry_files_enabled = False\n"
            "[ssh_connection]\npipelining = True\n"
            "ssh_args = -F none -o ControlMaster=auto -o ControlPersist=60s -o ConnectTimeout=5 -o UserKnownHostsFile=/dev/null\n"
            f"control_path_dir = {self.work}/cp\n")

    def add(self, names):
        first = len(self.machines) + 1
        self.machines += [Machine(self, name, first + i) for i, name in enumerate(names)]
        hosts = {one.name: {"ansible_host": one.address, "ansible_user": "root",
                            "ansible_python_interpreter": "/usr/bin/python3"} for one in self.machines}
        (self.work / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts}}))
        return self.machines

    def boot(self):
        for machine in self.machines:
            machine.boot()
        for machine in self.machines:
            if not until(f"{machine.name} boots", machine.is_up):
                print((self.work / machine.name / "console").read_text()[-3000:])
                sys.exit(1)

    def role(self, **variables):
        """A playbook that applies the role, which brings the package."""
        path = self.work / "role.yml"
        path.write_text(json.dumps([{"hosts": "all", "become": True, "roles": [
            {"role": "hardend.agent.hardend", "hardend_package": self.package, **variables}]}]))
        return path

    def start_playbook(self, playbook, *words, **variables):
        environment = {**os.environ, "ANSIBLE_CONFIG": f"{self.work}/ansible.cfg", "HOME": str(self.work), "LC_ALL": "C.UTF-8"}
        words = ["ansible-playbook", str(playbook), *words] + (["-e", json.dumps(variables)] if variables else [])
        return subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=environment, cwd=self.work)

    def playbook(self, playbook, *words, **variables):
        return Played(self.start_playbook(playbook, *words, **variables))


class Played:
    """How a playbook went, once it has ended."""

    def __init__(self, process):
        out, self.err = process.communicate()
        self.status = process.returncode
        self.lines = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
        self.said = [line for line in out.splitlines() if not line.startswith("{")]

    def of(self, task):
        """The result of each host."""
        return {line["host"]: {**line["result"], "failed": line["state"] == "failed"}
                for line in self.lines if line["task"] == task}

    def changed(self):
        return sorted({f"{line['host']}: {line['task']}" for line in self.lines if line["state"] == "changed"})

    def __str__(self):
        lines = [f"status {self.status}", *self.said[-20:], self.err[-2000:]]
        for line in self.lines:
            message = str(line["result"].get("msg", "")) if line["state"] in ("failed", "unreachable") else ""
            lines.append(f"  {line['state']:11} {line['host']}: {line['task']}: {message[:1000]}")
        return "\n".join(lines)
