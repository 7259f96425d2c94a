#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The API as dist/openapi/hardend.json has it, and hardenctl as its client.

contract.py API_SERVER HARDENCTL

API_SERVER serves the daemon's own routes over a machine of tests/hosts that
never changes. Every route must be in the document and the other way round;
every answer must be one that the document has, with its content type, its
header fields and a body that follows its schema; and what hardenctl prints
through the socket must be what it prints without, to the byte.
"""
import contextlib
import http.client
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
HOST = "tests/hosts/centos-7.5-docker"
DOCUMENT = json.loads((ROOT / "dist/openapi/hardend.json").read_text())
SCHEMAS = {path.name: json.loads(path.read_text()) for path in (ROOT / "dist/schema").glob("*.json")}
STORE = {schema["$id"]: schema for schema in SCHEMAS.values()}
# What any route may answer, which the document says once.
ANYWHERE = {405, 408, 413, 414, 415, 417, 429, 431, 501, 505}
ID, NOTE, WAIVER = "/v1/transactions/7", {"note": "seen"}, {"policy": "CVE-2024-1086", "reason": "r", "for": "1d"}
DIGEST = "0" * 64

# METHOD, what is asked, the body (an object, bytes or None), the status.
CASES = [
    ("GET", "/v1/health", None, 200),
    ("GET", "/v1/health?format=text&width=60&color=always", None, 200),
    ("GET", "/v1/health?format=xml", None, 404),
    ("GET", "/v1/health?policy=x", None, 400),
    ("GET", "/v1/host", None, 200),
    ("GET", "/v1/host?format=text", None, 200),
    ("GET", "/v1/facts", None, 200),
    ("GET", "/v1/facts?name=kernel.release,cpu.possible", None, 200),
    ("GET", "/v1/facts?name=sysctl%5B%22net.ipv4.tcp_sack%22%5D&format=text", None, 200),
    ("GET", "/v1/facts?name=kernel.relase", None, 404),
    ("GET", "/v1/facts?name=sysctl", None, 200),
    ("GET", "/v1/findings", None, 200),
    ("GET", "/v1/findings?format=text", None, 200),
    ("GET", "/v1/findings?format=sarif", None, 200),
    ("GET", "/v1/findings?format=junit", None, 200),
    ("GET", "/v1/findings?format=html", None, 200),
    ("GET", "/v1/findings?format=nagios", None, 200),
    ("GET", "/v1/findings?policy=ip6mr-sk-done,CVE-2024-1086&severity=high&fail_on=low", None, 200),
    ("GET", "/v1/findings?policy=nothing", None, 404),
    ("GET", "/v1/findings?severity=loud", None, 422),
    ("GET", "/v1/findings?width=7", None, 400),
    ("GET", "/v1/findings?colour=always", None, 400),
    ("GET", "/v1/findings?color=perhaps", None, 400),
    ("GET", "/v1/findings/ip6mr-sk-done", None, 200),
    ("GET", "/v1/findings/ip6mr-sk-done?format=text&width=60", None, 200),
    ("GET", "/v1/findings/ip6mr-sk-don", None, 404),
    ("GET", "/v1/policies", None, 200),
    ("GET", "/v1/policies?format=text", None, 200),
    ("GET", "/v1/crashes", None, 200),
    ("POST", "/v1/crashes/0123456789abcdef/acknowledge", None, 200),
    ("POST", "/v1/crashes/0123456789abcdef/acknowledge?format=text", {}, 200),
    ("POST", "/v1/crashes/fedcba9876543210/acknowledge", None, 404),
    ("POST", "/v1/crashes/0123456789abcdef/acknowledge", {"why": 1}, 422),
    ("GET", "/v1/drift", None, 200),
    ("GET", "/v1/drift?format=text", None, 200),
    ("GET", "/v1/waivers", None, 200),
    ("GET", "/v1/waivers?format=text", None, 200),
    ("POST", "/v1/waivers", WAIVER, 201),
    ("POST", "/v1/waivers?format=text", WAIVER, 201),
    ("POST", "/v1/waivers", {**WAIVER, "policy": "nothing"}, 404),
    ("POST", "/v1/waivers", {**WAIVER, "until": "2030-01-01"}, 422),
    ("POST", "/v1/waivers", {**WAIVER, "for": "yesterday"}, 422),
    ("POST", "/v1/waivers", {"policy": "CVE-2024-1086"}, 422),
    ("POST", "/v1/waivers", None, 422),
    ("DELETE", "/v1/waivers/CVE-2024-1086", None, 200),
    ("GET", "/v1/transactions", None, 200),
    ("GET", "/v1/transactions?most=1&format=text", None, 200),
    ("GET", "/v1/transactions?most=0", None, 400),
    ("GET", ID, None, 200),
    ("GET", ID + "?format=text", None, 200),
    ("GET", "/v1/transactions/8", None, 404),
    ("GET", "/v1/transactions/-1", None, 404),
    ("GET", "/v1/transactions/last", None, 404),
    ("POST", ID + "/confirm", None, 200),
    ("POST", ID + "/confirm", {}, 200),
    ("POST", ID + "/confirm", {"force": True}, 422),
    ("POST", ID + "/confirm?format=diff", None, 400),
    ("POST", ID + "/undo", {"force": True}, 200),
    ("POST", ID + "/undo", {"force": "yes"}, 422),
    ("POST", "/v1/transactions/last/undo?format=text", None, 200),
    ("POST", "/v1/transactions/x/undo", None, 404),
    ("POST", ID + "/resolve", NOTE, 200),
    ("POST", ID + "/resolve", {}, 422),
    ("POST", ID + "/resolve", {"note": " "}, 422),
    ("POST", "/v1/evaluate", None, 200),
    ("POST", "/v1/evaluate?format=text&policy=ip6mr-sk-done", {}, 200),
    ("POST", "/v1/plan", None, 200),
    ("POST", "/v1/plan?format=diff", {"policies": ["CVE-2019-11477"]}, 200),
    ("POST", "/v1/plan", {"policies": ["CVE-2019-11477"], "dry_run": True}, 200),
    ("POST", "/v1/plan", {"policies": ["CVE-2019-1147"]}, 404),
    ("POST", "/v1/plan", {"remedies": {"CVE-2019-11477": "prayer"}}, 404),
    ("POST", "/v1/plan", {"policies": "CVE-2019-11477"}, 422),
    ("POST", "/v1/plan", {"policies": [1]}, 422),
    ("POST", "/v1/plan", {"policy": ["CVE-2019-11477"]}, 422),
    ("POST", "/v1/plan", b'{"policies": [\n "a",]}', 400),
    ("POST", "/v1/plan", b"[]", 400),
    ("POST", "/v1/plan", b"{} {}", 400),
    ("POST", "/v1/plan", b'{"a":' * 50, 400),
    ("POST", "/v1/plan", b"\xff\xfe", 400),
    ("POST", "/v1/apply", {"digest": DIGEST}, 409),
    ("POST", "/v1/apply", {}, 422),
    ("POST", "/v1/apply", {"digest": DIGEST, "confirm_within": 0}, 422),
    ("POST", "/v1/apply?format=diff", {"digest": DIGEST}, 400),
    ("GET", "/v1/openapi.json", None, 200),
    ("GET", "/schema/check.schema.json", None, 200),
    ("GET", "/schema/nothing.schema.json", None, 404),
    ("GET", "/metrics", None, 200),
    ("GET", "/v1/events?after=x", None, 400),
]

# What hardenctl prints with --socket and with --root: the same.
VERBS = [
    ["check"],
    ["check", "--format", "json"],
    ["check", "--format", "nagios"],
    ["check", "--format", "sarif"],
    ["check", "--severity", "high", "--color", "always"],
    ["check", "--policy", "ip6mr-sk-done", "--fail-on", "critical"],
    ["check", "--policy", "ip6mr-sk-don"],
    ["explain", "ip6mr-sk-done"],
    ["explain", "CVE-2024-1086", "--color", "always"],
    ["explain", "nothing"],
    ["plan"],
    ["plan", "--format", "json"],
    ["plan", "CVE-2019-11477", "--format", "diff"],
    ["plan", "CVE-2019-11477", "--remedy", "prayer"],
    ["plan", "--remedy", "x"],
    ["plan", "--remedy", "ip6mr-sk-done/disable-ipv6-addresses"],
    ["apply", "--dry-run"],
    ["apply", "--diff", "CVE-2019-11477", "--accept-impact"],
    ["apply", "--dry-run", "--digest", DIGEST, "--format", "json"],
]


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(path, method, target, body=None, fields=None):
    connection = UnixConnection(path)
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
    connection.request(method, target, body, {**({"Content-Type": "application/json"} if body else {}), **(fields or {})})
    answer = connection.getresponse()
    return answer, answer.read()


@contextlib.contextmanager
def served(program, work, who=()):
    """The server's socket, and what it takes for an event a line."""
    path = str(work / f"s{len(list(work.iterdir()))}")
    with subprocess.Popen([program, path, HOST, "policies", *who], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE) as server:
        assert server.stdout.readline() == "ready\n"
        try:
            yield path, server.stdin
        finally:
            server.stdin.close()


def resolve(node):
    """What a reference inside the document leads to."""
    while "$ref" in node and node["$ref"].startswith("#/"):
        target = DOCUMENT
        for step in node["$ref"][2:].split("/"):
            target = target[step]
        node = target
    return node


def validator(schema):
    if schema.get("$ref", "").startswith("../schema/"):
        schema = SCHEMAS[schema["$ref"].removeprefix("../schema/")]
    resolver = jsonschema.RefResolver.from_schema(schema, store=STORE)
    return jsonschema.Draft202012Validator(schema, resolver=resolver)


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if "$ref" in node else [])
        node = list(node.values())
    if isinstance(node, list):
        for one in node:
            yield from references(one)


def check_document():
    for reference in references(DOCUMENT):
        try:
            if reference.startswith("#/"):
                resolve({"$ref": reference})
            else:
                assert reference.removeprefix("../schema/") in SCHEMAS, reference
        except (KeyError, AssertionError):
            yield f"the document refers to {reference}, which is not there"
    for name, schema in SCHEMAS.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        if schema["$id"] != f"urn:hardend:schema:1:{name}":
            yield f"{name} calls itself {schema['$id']}"


def check_routes(program):
    printed = subprocess.run([program, "--routes"], capture_output=True, text=True, check=True).stdout
    table = sorted(printed.splitlines())
    named = sorted(f"{method.upper()} {path} {operation['x-role']}" for path, item in DOCUMENT["paths"].items()
                   for method, operation in item.items())
    for row in table:
        if row not in named:
            yield f"the document does not have: {row}"
    for row in named:
        if row not in table:
            yield f"the router does not have: {row}"


def pattern_of(target):
    path = target.split("?")[0]
    for pattern in DOCUMENT["paths"]:
        if pattern == path:
            return pattern
    for pattern in DOCUMENT["paths"]:
        if re.fullmatch(re.sub(r"\{[^}]*\}", "[^/]+", pattern), path):
            return pattern
    raise LookupError(target)


def mistakes_in(answer, body, operation):
    """What of an answer is not as the document has it."""
    if answer.status in ANYWHERE:
        return
    documented = operation["responses"].get(str(answer.status))
    if documented is None:
        yield f"{answer.status} is not in the document"
        return
    documented = resolve(documented)
    for name, header in documented.get("headers", {}).items():
        header = resolve(header)
        value = answer.headers.get(name)
        if value is None and header.get("required"):
            yield f"{answer.status} without {name}"
        for error in validator(header["schema"]).iter_errors(value) if value is not None else ():
            yield f"{name}: {error.message}"
    content = documented.get("content", {})
    kind = answer.headers.get("Content-Type")
    if not content and body:
        yield f"{answer.status} with a body"
    if not content:
        return
    if kind not in content:
        yield f"{answer.status} with the content type {kind}"
        return
    if "json" in kind:
        for error in validator(content[kind]["schema"]).iter_errors(json.loads(body)):
            yield f"{answer.status}: {error.json_path}: {error.message}"
    if kind == "application/problem+json" and json.loads(body)["status"] != answer.status:
        yield "the problem tells another status"


def check_answers(path):
    seen = set()
    for method, target, body, status in CASES:
        answer, text = ask(path, method, target, body)
        pattern = pattern_of(target)
        seen.add((method.lower(), pattern))
        mistakes = list(mistakes_in(answer, text, DOCUMENT["paths"][pattern][method.lower()]))
        if answer.status != status:
            mistakes.append(f"answered {answer.status}, not {status}: {text[:200]}")
        for mistake in mistakes:
            yield f"{method} {target} {body or ''}: {mistake}"
    every = {(method, path) for path, item in DOCUMENT["paths"].items() for method in item}
    for method, pattern in sorted(every - seen - {("get", "/v1/events")}):
        yield f"{method.upper()} {pattern}: nobody asked it"


def check_apply(path):
    plan, text = ask(path, "POST", "/v1/plan", {"policies": ["CVE-2019-11477"]})
    order = {"policies": ["CVE-2019-11477"], "digest": json.loads(text)["digest"]}
    operation = DOCUMENT["paths"]["/v1/apply"]["post"]
    for more, status in (({}, 422), ({"accept_impact": True}, 200), ({"accept_impact": True, "confirm_within": 60}, 200),
                         ({"accept_impact": True, "runtime_only": True}, 409)):
        answer, text = ask(path, "POST", "/v1/apply", {**order, **more})
        for mistake in mistakes_in(answer, text, operation):
            yield f"apply {more}: {mistake}"
        if answer.status != status:
            yield f"apply {more}: answered {answer.status}, not {status}: {text}"
        if answer.status == 409 and json.loads(text)["digest"] == order["digest"]:
            yield "409 with the digest that was sent"
    if plan.status != 200:
        yield f"plan: {plan.status}"


def check_caching(path):
    first, body = ask(path, "GET", "/v1/findings")
    again, nothing = ask(path, "GET", "/v1/findings", fields={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    if again.status != 304 or nothing or again.headers["ETag"] != first.headers["ETag"]:
        yield f"a tag that is known: {again.status}"
    other, text = ask(path, "GET", "/v1/findings", fields={"If-None-Match": '"x"'})
    if other.status != 200 or text != body:
        yield f"a tag that is not known: {other.status}"
    for name in SCHEMAS:
        answer, text = ask(path, "GET", f"/schema/{name}")
        if answer.status != 200 or text != (ROOT / "dist/schema" / name).read_bytes():
            yield f"/schema/{name} is not dist/schema/{name}"
    if ask(path, "GET", "/v1/openapi.json")[1] != (ROOT / "dist/openapi/hardend.json").read_bytes():
        yield "/v1/openapi.json is not dist/openapi/hardend.json"


def hardenctl(program, *words, **more):
    env = {"COLUMNS": "100", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    return subprocess.run([program, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=60, **more)


def check_verbs(program, path):
    for verb in VERBS:
        through = hardenctl(program, *verb, "--socket", path)
        here = hardenctl(program, *verb, "--root", HOST, "--policies", "policies")
        if through.stdout != here.stdout or through.returncode != here.returncode:
            yield f"{verb}: {through.returncode}, without the daemon {here.returncode}: {through.stderr} {here.stderr}"
        told = [line for line in through.stderr.splitlines(True) if "transaction 7 is stuck" not in line]
        if "".join(told) != here.stderr:
            yield f"{verb}: tells {through.stderr!r}, without the daemon {here.stderr!r}"
    for words, status, pattern in (
            (["status"], 1, "transaction that is stuck: hardenctl history 7"),
            (["status", "--format", "json"], 1, '"stuck": \\[7\\]'),
            (["metrics"], 0, "^up 1$"),
            (["history"], 0, "^7 +stuck"),
            (["history", "7"], 0, "tcp_sack"),
            (["history", "9"], 1, "no such transaction"),
            (["history", "7", "--resolve", "seen"], 0, "transaction 7 is resolved"),
            (["drift"], 0, "still holds"),
            (["confirm", "7"], 1, "transaction 7: stuck"),
            (["undo", "--last"], 1, "transaction 7: stuck"),
            (["waive", "list"], 0, "nothing is waived"),
            (["waive", "add", "CVE-2024-1086", "--reason", "r", "--for", "1d"], 0, "CVE-2024-1086 is waived until"),
            (["waive", "add", "nothing", "--reason", "r", "--for", "1d"], 64, "there is no policy 'nothing'"),
            (["waive", "remove", "CVE-2024-1086"], 0, "is waived no more$"),
            (["facts", "kernel.release"], 0, "3.10.0-862"),
            (["facts", "sysctl"], 0, "kernel.panic"),
            (["apply", "CVE-2019-11477"], 1, "--accept-impact takes it"),
            (["apply", "CVE-2019-11477", "--accept-impact", "--digest", DIGEST], 1, "the host has moved on"),
            (["apply", "CVE-2019-11477", "--accept-impact"], 1, "transaction 7: stuck"),
            (["check", "--root", HOST], 64, "leave out --root"),
            (["check", "--local"], 64, "excludes")):
        got = hardenctl(program, *words, "--socket", path)
        if got.returncode != status or not re.search(pattern, got.stdout + got.stderr, re.M):
            yield f"{words}: {got.returncode}, not {status}, or without {pattern}: {got.stdout[-300:]}{got.stderr}"


def check_roles(server, program, work):
    with served(server, work, ["reading"]) as (path, _):
        for row in subprocess.run([server, "--routes"], capture_output=True, text=True, check=True).stdout.splitlines():
            method, pattern, role = row.split()
            if pattern == "/v1/events":
                continue
            target = pattern.replace("{id}", "7").replace("{name}", "check.schema.json").replace("{policy}", "x")
            answer, text = ask(path, method, target)
            if (answer.status == 403) != (role == "apply"):
                yield f"a reader: {row}: {answer.status}"
            for mistake in mistakes_in(answer, text, DOCUMENT["paths"][pattern][method.lower()]):
                yield f"a reader: {row}: {mistake}"
        got = hardenctl(program, "confirm", "7", "--socket", path)
        if got.returncode != 77:
            yield f"a reader confirms: {got.returncode} {got.stderr}"
    with served(server, work, ["nobody"]) as (path, _):
        for words in (["check"], ["status"], ["watch"]):
            got = hardenctl(program, *words, "--socket", path)
            if got.returncode != 77 or not got.stderr.startswith("hardenctl: "):
                yield f"nobody: {words}: {got.returncode} {got.stderr}"


def check_unreachable(program, work):
    gone = str(work / "gone")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(gone)
    for words in (["check"], ["status"], ["watch"], ["metrics"], ["confirm", "7"]):
        for path, pattern in ((str(work / "none"), "there is no socket"), (gone, "the daemon is down")):
            got = hardenctl(program, *words, "--socket", path)
            if got.returncode != 69 or pattern not in got.stderr or got.stdout:
                yield f"{words} of {path}: {got.returncode} {got.stderr}"
    if os.geteuid() == 0:
        work.chmod(0o755)
        os.chmod(gone, 0)
        got = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", program, "status", "--socket", gone],
                             capture_output=True, text=True, check=False)
        if got.returncode != 69 or "not in the group root" not in got.stderr:
            yield f"a socket of somebody else: {got.returncode} {got.stderr}"


def check_impostors(program, work):
    """Servers that are no hardend, or speak badly."""
    for number, (said, pattern) in enumerate((
            (b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 2\r\n\r\nhi", "is not hardend"),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", "is not hardend"),
            (b"SSH-2.0-OpenSSH\r\n\r\n", "is not HTTP"),
            (b"HTTP/1.1 200 OK\r\nServer: hardend/0.1.0\r\nContent-Length: 9\r\n\r\nhi", "before its Content-Length"),
            (b"HTTP/1.1 200 OK\r\nServer: hardend/9.9\r\nHardend-Exit-Status: 0\r\nContent-Length: 6\r\n\r\n\x1b]0;hi", "hardend/9.9"),
            (b"", "no end of its header"))):
        path = str(work / f"impostor{number}")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(1)
            with subprocess.Popen([program, "check", "--socket", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
                peer, _ = listener.accept()
                with peer:
                    peer.recv(65536)
                    peer.sendall(said)
                out, err = client.communicate(timeout=30)
        wanted = 0 if b"9.9" in said else 69
        if client.returncode != wanted or pattern.encode() not in err or b"\x1b" in out + err:
            yield f"{said[:60]}: {client.returncode} {out} {err}"


def next_event(stream):
    event = {}
    while True:
        line = stream.readline().decode()
        if not line:
            return None
        if line == "\n" and "data" in event:
            return event
        name, _, value = line.rstrip("\n").partition(": ")
        if name:
            event[name] = value


def check_events(server, program, work):
    with served(server, work) as (path, events):
        live = UnixConnection(path)
        live.request("GET", "/v1/events")
        stream = live.getresponse()
        if stream.status != 200 or stream.headers["Content-Type"] != "text/event-stream":
            yield f"events: {stream.status} {stream.headers['Content-Type']}"
        events.write("drift\nfinding.appeared\n")
        events.flush()
        told = [next_event(stream), next_event(stream)]
        if [one["id"] for one in told] != ["1", "2"] or [one["event"] for one in told] != ["drift", "finding.appeared"]:
            yield f"events: {told}"
        for one in told:
            for error in validator({"$ref": "../schema/event.schema.json"}).iter_errors(json.loads(one["data"])):
                yield f"event: {error.message}"
        for target, fields in (("/v1/events?after=1", {}), ("/v1/events", {"Last-Event-ID": "1"}),
                               ("/v1/events?after=0", {"Last-Event-ID": "1"})):
            later = UnixConnection(path)
            later.request("GET", target, headers=fields)
            got = next_event(later.getresponse())
            if got != told[1]:
                yield f"{target} {fields}: {got}"
            later.close()
        for form, wanted in (("json", told[0]["data"] + "\n"), ("text", "2027-01-15T08:00:00Z  drift              line=true\n")):
            with subprocess.Popen([program, "watch", "--socket", path, "--after", "0", "--format", form], text=True,
                                  stdout=subprocess.PIPE) as watch:
                line = watch.stdout.readline()
                watch.terminate()
            if line != wanted:
                yield f"watch --format {form}: {line!r}, not {wanted!r}"
        live.close()


def check_restart(server, program, work):
    """A watcher that lives through a restart goes on after what it had last."""
    path = str(work / "restarted")

    def start():
        one = subprocess.Popen([server, path, HOST, "policies"], cwd=ROOT, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE)
        assert one.stdout.readline() == "ready\n"
        return one

    first = start()
    with subprocess.Popen([program, "watch", "--socket", path, "--after", "0", "--format", "json"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watch:
        first.stdin.write("one\ntwo\n")
        first.stdin.flush()
        before = [json.loads(watch.stdout.readline())["type"] for _ in range(2)]
        first.stdin.close()
        first.wait()
        first.stdout.close()
        gone = watch.stderr.readline()
        second = start()
        # Its ids begin anew; what the watcher had already does not come again.
        second.stdin.write("one\ntwo\nthree\n")
        second.stdin.flush()
        after = json.loads(watch.stdout.readline())["type"]
        back = watch.stderr.readline()
        watch.terminate()
        second.stdin.close()
        second.wait()
        second.stdout.close()
    if before != ["one", "two"] or after != "three":
        yield f"over a restart: {before}, {after}"
    if "has gone" not in gone or "going on after event 2" not in back:
        yield f"over a restart it says {gone!r}, {back!r}"


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    server, program = (os.path.abspath(path) for path in sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        problems = [*check_document(), *check_routes(server)]
        with served(server, work) as (path, _):
            problems += [*check_answers(path), *check_apply(path), *check_caching(path), *check_verbs(program, path)]
        problems += [*check_roles(server, program, work), *check_unreachable(program, work),
                     *check_impostors(program, work), *check_events(server, program, work),
                     *check_restart(server, program, work)]
    for problem in problems:
        print(problem)
    print(f"{len(CASES)} requests, {len(VERBS)} verbs compared, {len(problems)} failed")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
