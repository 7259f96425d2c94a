# SPDX-License-Identifier: Apache-2.0
"""A real hardend with its files in a folder of its own, for the scripts beside
this one: started, asked, listened to, killed and started again."""
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

PATIENCE = 60  # seconds, beyond which something will not happen any more


def until(condition):
    """Looks again and again; whether it came to be."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("hardend", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)
        self.own = self.sock  # http.client lets go of it where an answer has no end


class Events:
    """What the stream tells, read by a thread: (id, type, data). With `resume`
    it comes back after the daemon was away, where it left off."""

    def __init__(self, path, after=None, resume=False):
        self.path, self.resume = path, resume
        self.told = []
        self.problems = []
        self.stopped = False
        self.connection = None
        self.last = after
        self.open = threading.Event()
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.open.wait(PATIENCE)

    def read(self):
        while not self.stopped:
            try:
                self.follow()
            except (OSError, http.client.HTTPException, ValueError):
                time.sleep(0.02)
            if not self.resume:
                return

    def follow(self):
        connection = self.connection = Connection(self.path)
        headers = {} if self.last is None else {"Last-Event-ID": str(self.last)}
        connection.request("GET", "/v1/events", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise ValueError(f"{answer.status}")
        self.open.set()
        while line := answer.readline():
            if line.startswith(b"data: "):
                self.take(json.loads(line[6:]))

    def take(self, event):
        if self.last is not None and event["id"] <= self.last:
            self.problems.append(f"{event} after {self.last}")
        first = event["data"].get("first") if event["type"] == "events.lost" else event["id"]
        if self.last is not None and first != self.last + 1:
            self.problems.append(f"{event} does not follow {self.last}")
        self.last = event["id"]
        self.told.append((event["id"], event["type"], event["data"]))

    def of(self, kind):
        return [data for _, one, data in self.told if one == kind]

    def stop(self):
        self.stopped = True

    def leave(self):
        """Goes away in the middle of it."""
        self.stopped = True
        try:
            self.connection.own.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has gone by itself
        self.thread.join(PATIENCE)


class Daemon:
    def __init__(self, hardend, work, config, state=None, environment=None):
        self.hardend, self.work = hardend, pathlib.Path(work)
        self.state = pathlib.Path(state or self.work / "state")
        self.socket = str(self.work / "sock")
        self.environment = environment or {}
        self.process = None
        self.write(config)

    def write(self, config):
        head, _, tables = config.partition("\n[")
        (self.work / "hardend.toml").write_text(
            f'socket = "{self.socket}"\n{head}\n[access]\nread = ["root"]\napply = ["root"]\n' + (f"[{tables}\n" if tables else ""))

    def start(self):
        """Starts it and waits until it is ready."""
        path = str(self.work / "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(PATIENCE)
            with open(self.work / "log", "ab") as log:
                self.process = subprocess.Popen(
                    [self.hardend, "--config", str(self.work / "hardend.toml"), "--state", str(self.state)],
                    env={**os.environ, **self.environment, "NOTIFY_SOCKET": path}, stdout=log, stderr=log)
            try:
                while b"READY=1" not in notify.recv(65536):
                    pass
            except TimeoutError:
                raise RuntimeError("hardend is not ready: " + self.log()) from None
            finally:
                os.unlink(path)

    def log(self):
        return (self.work / "log").read_text(errors="replace")

    def reload(self, config):
        before = self.log().count("the configuration was read again")
        self.write(config)
        self.process.send_signal(signal.SIGHUP)
        return until(lambda: self.log().count("the configuration was read again") > before)

    def ask(self, method, path, body=None):
        """The status and the document, or what text there is."""
        connection = Connection(self.socket)
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        try:
            return answer.status, json.loads(text)
        except ValueError:
            return answer.status, text

    def health(self):
        status, document = self.ask("GET", "/v1/health")
        return document if status == 200 else {}

    def apply(self, policy, **more):
        """Plans and applies: the status and the document."""
        status, plan = self.ask("POST", "/v1/plan", {"policies": [policy]})
        if status != 200:
            return status, plan
        return self.ask("POST", "/v1/apply", {"policies": [policy], "digest": plan["digest"], "accept_impact": True, **more})

    def memory(self):
        """Of its own, in KiB."""
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
        return 0

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)
