#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""daemon_abuse.py HARDEND SOURCE: abuses the daemon's socket as user nobody and
as root, and asks it for its health all the while, as root. Every question must
be answered; memory and descriptors must stay bounded and come back."""
import os
import pathlib
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from checks import wait

CLIENTS = 1000
SEQUENCE = 10_000
NOBODY = 65534
PATIENCE = 60  # seconds: only a server that hangs takes so long
MEMORY = 96 * 1024  # KiB of its own, with whatever abuse is under way
HEALTH = b"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n"


class Daemon:
    def __init__(self, hardend, source):
        self.work = pathlib.Path(tempfile.mkdtemp())
        self.work.chmod(0o755)
        self.path = str(self.work / "sock")
        config = self.work / "hardend.toml"
        config.write_text(
            f'socket = "{self.path}"\npolicies = ["{source}/policies/crash", "{source}/policies/setting"]\n'
            '[access]\nread = ["root"]\napply = ["root"]\n')
        program = pathlib.Path(hardend).read_bytes()
        self.sanitized = b"__asan_init" in program or b"__tsan_init" in program  # which takes memory for itself
        self.log = open(self.work / "log", "wb")
        self.process = subprocess.Popen([hardend, "--config", str(config), "--state", str(self.work / "state")],
                                        stdout=self.log, stderr=self.log)
        self.wait_for_answer()
        os.chmod(self.path, 0o666)  # so that nobody can come in, and be refused there

    def wait_for_answer(self):
        if wait(lambda: self.process.poll() is not None or self.has_looked(), PATIENCE) and self.process.poll() is None:
            return
        sys.exit("hardend does not answer:\n" + (self.work / "log").read_text(errors="replace"))

    def has_looked(self):
        """At the host; from then on it holds what it watches."""
        try:
            answer = self.answer(HEALTH + b"Connection: close\r\n\r\n")
        except OSError:
            return False
        return status_of(answer) == 200 and b'"starting"' not in answer

    def connect(self):
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.connect(self.path)  # waits where the listener's queue is full
        client.settimeout(PATIENCE)
        return client

    def answer(self, request):
        with self.connect() as client:
            try:
                client.sendall(request)
            except BrokenPipeError:
                pass
            return read_answer(client)

    def ask(self, request):
        return status_of(self.answer(request))

    def health(self):
        return self.ask(HEALTH + b"Connection: close\r\n\r\n")

    def memory(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1])
        return 0

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout=PATIENCE)
        shutil.rmtree(self.work)
        return status


def read_answer(client):
    data = b""
    while piece := client.recv(65536):
        data += piece
    return data


def status_of(answer):
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def as_nobody(work):
    """Runs `work(ready)` in a child of user nobody; it says that it is ready, and
    holds what it has until the pipe is closed."""
    ready_read, ready_write = os.pipe()
    hold_read, hold_write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(hold_write)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        held = work()
        os.write(ready_write, b"r")
        os.read(hold_read, 1)
        del held
        os._exit(0)
    os.close(ready_write)
    os.close(hold_read)
    if os.read(ready_read, 1) != b"r":
        sys.exit("the abusing client broke")
    os.close(ready_read)

    def release():
        os.close(hold_write)
        os.waitpid(child, 0)
    return release


def send_quietly(client, data):
    try:
        client.sendall(data)
    except OSError:
        pass


def many(daemon, first_bytes, drip=b""):
    """CLIENTS connections that begin, and never come to an end."""
    def work():
        clients = []
        for _ in range(CLIENTS):
            client = daemon.connect()
            clients.append(client)
            if first_bytes:
                send_quietly(client, first_bytes)
        for client in clients:
            if drip:
                send_quietly(client, drip)
        return clients
    return work


def never_read(daemon):
    def work():
        clients = []
        for _ in range(200):
            client = daemon.connect()
            client.setblocking(False)
            try:
                client.send((HEALTH + b"\r\n") * 2000)
            except OSError:
                pass
            clients.append(client)
        return clients
    return work


def garbage(daemon):
    generator = random.Random(4)
    def work():
        for _ in range(500):
            with daemon.connect() as client:
                send_quietly(client, generator.randbytes(generator.randrange(1, 4000)))
                client.shutdown(socket.SHUT_WR)
                try:
                    answer = read_answer(client)
                except ConnectionResetError:
                    continue
                if answer and status_of(answer) not in (400, 403, 413, 414, 429, 431, 501, 505):
                    sys.exit(f"random bytes were answered: {answer[:200]!r}")
        return []
    return work


def refusals(daemon):
    """What one wrong request gets, as root."""
    head = b"POST /v1/evaluate HTTP/1.1\r\nHost: localhost\r\n"
    cases = [
        ("giant header", HEALTH + b"X: " + b"a" * 100_000 + b"\r\n\r\n", 431),
        ("giant target", b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        ("many headers", HEALTH + b"".join(b"A%d: b\r\n" % i for i in range(500)) + b"\r\n", 431),
        ("large body", head + b"Content-Length: 3000000\r\n\r\n" + b"x" * 3_000_000, 413),
        ("endless chunks", head + b"Transfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"x" * 65536 + b"\r\n" + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 40, 413),
        ("both lengths", head + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        ("no length", head + b"Content-Type: application/json\r\n\r\n", 411),
        ("a form", head + b"Connection: close\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}", 415),
        ("TLS", bytes.fromhex("1603010200010001fc0303") + b"\0" * 100, 400),
        ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("nowhere", b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        ("no such method", b"DELETE /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        ("brewing", b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    ]
    faults = []
    for what, request, wanted in cases:
        got = daemon.ask(request)
        if got != wanted:
            faults.append(f"{what}: {got}, wanted {wanted}")
    return faults


def pipelined_garbage(daemon):
    """Good requests, then nonsense: the good ones are answered, then 400."""
    with daemon.connect() as client:
        client.sendall((HEALTH + b"\r\n") * 20 + b"\0\1\2 nonsense\r\n\r\n")
        answers = read_answer(client)
    good, bad = answers.count(b"HTTP/1.1 200 "), answers.count(b"HTTP/1.1 400 ")
    return [] if (good, bad) == (20, 1) else [f"pipelined garbage: {good} answers and {bad} refusals, wanted 20 and 1"]


class Judge:
    def __init__(self, daemon):
        self.daemon = daemon
        self.faults = []

    def served(self, what, rounds=50):
        """Root is served, whatever is going on."""
        for _ in range(rounds):
            status = self.daemon.health()
            if status != 200:
                self.faults.append(f"{what}: root was answered {status}")
                break
        memory, descriptors = self.daemon.memory(), self.daemon.descriptors()
        print(f"{what}: {memory} KiB, {descriptors} descriptors")
        if memory > MEMORY and not self.daemon.sanitized:
            self.faults.append(f"{what}: {memory} KiB of memory, at most {MEMORY}")

    def held(self, what, work):
        release = as_nobody(work)
        self.served(what)
        # The abuser's own next request is answered too: refused, or not allowed.
        second = as_nobody(lambda: self.daemon.health() in (403, 429) or os._exit(1))
        second()
        release()


def main():
    hardend, source = sys.argv[1:3]
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    daemon = Daemon(hardend, source)
    judge = Judge(daemon)
    judge.served("at rest")
    before = daemon.descriptors()
    judge.held(f"{CLIENTS} clients that say nothing", many(daemon, b""))
    judge.held(f"{CLIENTS} slow heads", many(daemon, b"GET /v1/health HTTP/1.1\r\nX", b"-"))
    judge.held(f"{CLIENTS} slow bodies",
               many(daemon, b"POST /v1/plan HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100_000))
    judge.held("clients that never read", never_read(daemon))
    judge.held("random bytes", garbage(daemon))
    own = many(daemon, b"GET /v1/health HTTP/1.1\r\nX")()
    judge.served(f"{CLIENTS} slow heads of root itself")
    del own
    judge.faults += refusals(daemon) + pipelined_garbage(daemon)
    for _ in range(SEQUENCE):
        daemon.connect().close()
    judge.served(f"{SEQUENCE} connections one after another")
    if not wait(lambda: daemon.descriptors() <= before + 2, PATIENCE):
        judge.faults.append(f"{daemon.descriptors()} descriptors are left, there were {before}")
    status = daemon.stop()
    if status != 0:
        judge.faults.append(f"hardend ended with {status}")
    for fault in judge.faults:
        print(fault)
    sys.exit(1 if judge.faults else 0)


if __name__ == "__main__":
    main()
