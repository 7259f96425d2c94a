#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardend and hardenctl together, beside hardenctl alone.

daemon_api.py HARDENCTL HARDEND SOURCE

Two copies of one machine: a daemon looks after the first, and hardenctl works
on the second without one. Every step is taken on both, and what is printed must
be the same, but for times of day.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "api"))
from contract import DOCUMENT, ask, mistakes_in, next_event, UnixConnection, validator  # noqa: E402

HOST = "tests/hosts/centos-7.5-docker"
SACK = "host/proc/sys/net/ipv4/tcp_sack"
READS = ["/v1/health", "/v1/host", "/v1/facts", "/v1/findings", "/v1/policies", "/v1/waivers", "/v1/crashes", "/v1/drift",
         "/v1/transactions", "/v1/openapi.json", "/metrics"]


class Both:
    """One machine twice, with the daemon and without."""

    def __init__(self, hardenctl, hardend, source, work):
        self.hardenctl, self.hardend, self.source = hardenctl, hardend, source
        self.work = work
        self.problems = []
        self.socket = str(work / "socket")
        for side in ("daemon", "alone"):
            shutil.copytree(source / HOST, work / side / "host", symlinks=True)
            shutil.copytree(source / "policies", work / side / "host/policies")
        (work / "hardend.toml").write_text(f'socket = "{self.socket}"\npolicies = ["/policies"]\nsweep = "1h"\n'
                                           '[access]\nread = ["root", "65534"]\napply = ["root"]\n')

    @contextlib.contextmanager
    def daemon(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            path = str(self.work / "notify")
            notify.bind(path)
            notify.settimeout(60)
            process = subprocess.Popen(
                [self.hardend, "--config", str(self.work / "hardend.toml"), "--state", str(self.work / "state"), "--root", "host"],
                cwd=self.work / "daemon", env={**os.environ, "NOTIFY_SOCKET": path})
            while b"READY=1" not in notify.recv(65536):
                pass
            os.unlink(path)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)

    def run(self, side, *words):
        env = {"COLUMNS": "100", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
        return subprocess.run([self.hardenctl, *words], cwd=self.work / side, env=env, capture_output=True, text=True,
                              check=False, timeout=120)

    def fault(self, text):
        self.problems.append(text)

    def same(self, *words, status=None, pattern="", policies=False, state=True):
        """Takes a step on both sides."""
        through = self.run("daemon", *words, "--socket", self.socket)
        own = ["--root", "host", *(["--policies", "host/policies"] if policies else []),
               *(["--state", "../alone.db"] if state else [])]
        alone = self.run("alone", *words, *own)
        step = " ".join(words)
        for stream in ("stdout", "stderr"):
            one, other = (timeless(getattr(got, stream)) for got in (through, alone))
            if one != other:
                self.fault(f"{step}: {stream} differs\n--- with the daemon\n{one}--- without\n{other}")
        if through.returncode != alone.returncode or status not in (None, through.returncode):
            self.fault(f"{step}: {through.returncode} with the daemon, {alone.returncode} without, wanted {status}")
        if not re.search(pattern, through.stdout + through.stderr, re.M):
            self.fault(f"{step}: without {pattern}: {through.stdout}{through.stderr}")

    def write(self, name, content):
        """Somebody else writes, on both sides; the daemon looks again."""
        for side in ("daemon", "alone"):
            (self.work / side / name).write_text(content)
        answer, _ = ask(self.socket, "POST", "/v1/evaluate")
        if answer.status != 200:
            self.fault(f"evaluate: {answer.status}")


def timeless(text):
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
    text = re.sub(r"\d+ s left", "N s left", text)
    text = re.sub(r"\d+ µs", "N µs", text)
    text = re.sub(r'"seconds_to_confirm": \d+', '"seconds_to_confirm": N', text)
    return re.sub(r"/[^ ]*alone.db: |/[^ ]*state.db: |\.\./alone.db: ", "", text)


def check_reads(both):
    for path in READS:
        answer, body = ask(both.socket, "GET", path)
        for mistake in mistakes_in(answer, body, DOCUMENT["paths"][path]["get"]):
            both.fault(f"GET {path}: {mistake}")
        if answer.status != 200:
            both.fault(f"GET {path}: {answer.status}: {body[:300]}")
    got = both.run("daemon", "status", "--socket", both.socket)
    if not re.search(r"^mode +report, since ", got.stdout, re.M) or got.returncode not in (0, 1):
        both.fault(f"status: {got.returncode} {got.stdout}{got.stderr}")


def check_findings(both):
    for words in (["check"], ["check", "--format", "json"], ["check", "--policy", "ip6mr-sk-done", "--fail-on", "critical"],
                  ["check", "--policy", "ip6mr"], ["explain", "ip6mr-sk-done"]):
        both.same(*words, policies=True)
    both.same("facts", "kernel.release", "cpu.possible", state=False, pattern="3.10.0-862")


def check_transactions(both):
    both.same("drift", status=0, pattern="nothing was applied|still holds|nothing")
    both.same("history", status=0)
    for form in ("text", "json", "diff"):
        both.same("plan", "CVE-2019-11477", "--format", form, policies=True, state=False, status=0)
    both.same("apply", "CVE-2019-11477", policies=True, status=1, pattern="--accept-impact takes it")
    both.same("apply", "CVE-2019-11477", "--dry-run", policies=True, status=1)
    both.same("apply", "CVE-2019-11477", "--accept-impact", policies=True, status=0, pattern="transaction 1: confirmed")
    both.same("apply", "CVE-2019-11477", "--accept-impact", policies=True, status=0, pattern="nothing to change|nothing")
    both.same("history", status=0, pattern="^1 +confirmed")
    both.same("history", "1", "--format", "json", status=0)
    both.same("drift", status=0, pattern="still holds")
    both.same("check", policies=True)
    both.write(SACK, "1\n")
    both.same("drift", status=2, pattern="tcp_sack")
    both.same("drift", "--format", "json", status=2)
    both.write(SACK, "2\n")
    both.same("undo", "1", status=1, pattern="stuck")
    both.same("check", policies=True, pattern="transaction 1 is stuck")
    both.same("history", "1", "--resolve", "seen", status=0, pattern="is resolved")
    both.write(SACK, "1\n")
    both.same("apply", "CVE-2019-11477", "--accept-impact", "--confirm-within", "1h", "--no-wait", "--format", "json",
              policies=True, status=0, pattern='"state": "applied"')
    both.same("history", status=0, pattern="waits to be confirmed")
    both.same("confirm", "2", status=0, pattern="transaction 2: confirmed")
    both.same("confirm", "2", pattern="2")
    both.same("undo", "--last", status=0, pattern="transaction 2: undone")
    both.same("undo", "--last", status=1, pattern="nothing to undo")
    both.same("undo", "99", status=1)
    both.same("history", "--format", "json", status=0)


def check_waivers(both):
    add = ["waive", "add", "ip6mr-sk-done", "--reason", "we wait", "--until", "2040-01-01"]
    both.same("waive", "list", status=0, pattern="nothing is waived")
    both.same(*add, policies=True, status=0, pattern="is waived until 2040")
    both.same("waive", "add", "ip6mr", "--reason", "r", "--for", "1d", policies=True, status=64)
    both.same("waive", "add", "ip6mr-sk-done", "--reason", "r", policies=True, status=64)
    both.same("waive", "list", "--format", "json", status=0, pattern="we wait")
    both.same("check", policies=True, pattern="waived")
    both.same("waive", "remove", "ip6mr-sk-don", status=1, pattern="did you mean")
    both.same("waive", "remove", "ip6mr-sk-done", status=0, pattern="is waived no more")


def check_moved_on(both):
    answer, body = ask(both.socket, "POST", "/v1/plan", {"policies": ["CVE-2019-11477"]})
    order = {"policies": ["CVE-2019-11477"], "digest": json.loads(body)["digest"], "accept_impact": True}
    (both.work / "daemon" / SACK).write_text("2\n")
    answer, body = ask(both.socket, "POST", "/v1/apply", order)
    problem = json.loads(body)
    for mistake in mistakes_in(answer, body, DOCUMENT["paths"]["/v1/apply"]["post"]):
        both.fault(f"apply of an old plan: {mistake}")
    if answer.status != 409 or problem["digest"] == order["digest"]:
        both.fault(f"apply of an old plan: {answer.status} {problem}")
    answer, body = ask(both.socket, "POST", "/v1/apply", {**order, "digest": problem["digest"]})
    if answer.status != 200 or json.loads(body)["state"] != "confirmed":
        both.fault(f"apply of the new one: {answer.status} {body}")


def check_events(both):
    """A watcher sees each event once and in order, also those from before a restart."""
    with both.daemon():
        with subprocess.Popen([both.hardenctl, "watch", "--socket", both.socket, "--after", "0", "--format", "json"],
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
            told = []

            def until(kind):
                while True:
                    event = json.loads(watch.stdout.readline())
                    for error in validator({"$ref": "../schema/event.schema.json"}).iter_errors(event):
                        both.fault(f"event {event}: {error.message}")
                    told.append(event["id"])
                    if event["type"].startswith(kind):
                        return

            until("transaction")
            answer, body = ask(both.socket, "GET", "/v1/transactions")
            last = json.loads(body)["transactions"][0]["id"]
            ask(both.socket, "POST", f"/v1/transactions/{last}/undo")
            until("transaction")
            watch.terminate()
        if told != sorted(set(told)):
            both.fault(f"events out of order or twice: {told}")
        later = UnixConnection(both.socket)
        later.request("GET", f"/v1/events?after={told[0]}")
        event = next_event(later.getresponse())
        if event is None or int(event["id"]) != told[1]:
            both.fault(f"resumed after {told[0]}: {event}, not {told[1]}")
        later.close()


def check_restart(both):
    with both.daemon():
        health = json.loads(ask(both.socket, "GET", "/v1/health")[1])
        watch = subprocess.Popen([both.hardenctl, "watch", "--socket", both.socket, "--format", "json", "--after", "0"],
                                 text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while json.loads(watch.stdout.readline())["id"] < health["last_event"]:
            pass
    with both.daemon():
        with watch:
            if "the daemon has gone" not in watch.stderr.readline():
                both.fault("the watcher does not say that the daemon has gone")
            if "the daemon is back" not in watch.stderr.readline():
                both.fault("the watcher does not say that the daemon is back")
            answer, body = ask(both.socket, "POST", "/v1/plan", {"policies": ["CVE-2019-11477"]})
            order = {"policies": ["CVE-2019-11477"], "digest": json.loads(body)["digest"], "accept_impact": True}
            answer, body = ask(both.socket, "POST", "/v1/apply", order)
            if answer.status != 200:
                both.fault(f"apply after a restart: {answer.status} {body}")
            line = watch.stdout.readline()
            if not line:
                return both.fault(f"the watcher ended with {watch.wait(60)}: {watch.stderr.read()}")
            event = json.loads(line)
            if event["id"] <= health["last_event"]:
                both.fault(f"an event after a restart has the id {event['id']}; there was {health['last_event']} before")
            watch.terminate()


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    hardenctl, hardend = (os.path.abspath(path) for path in sys.argv[1:3])
    with tempfile.TemporaryDirectory() as folder:
        both = Both(hardenctl, hardend, pathlib.Path(sys.argv[3]).resolve(), pathlib.Path(folder))
        with both.daemon():
            check_reads(both)
            check_findings(both)
            check_transactions(both)
            check_waivers(both)
            check_moved_on(both)
        check_events(both)
        check_restart(both)
        for problem in both.problems:
            print(problem)
        print(f"{len(both.problems)} failed")
        sys.exit(1 if both.problems else 0)


if __name__ == "__main__":
    main()
