#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""hardenctl on every machine of tests/hosts, against what it should print.

golden.py HARDENCTL

tests/golden/HOST.STATUS.txt is what `hardenctl check --root tests/hosts/HOST`
prints, STATUS its exit status. The JSON of the same check must follow its
schema, and so must the JSON of `hardenctl facts`. tests/golden/sysctl/ has
what `hardenctl explain --sysctl KEY` prints for the keys below, and
tests/golden/plan/ each of the formats of `hardenctl plan` for the hosts below;
tests/golden/check/HOST.STATUS.FORMAT the other formats of `check`.
tests/golden/crash/ has what `hardenctl crash` prints of the samples below on a
host, in text and in other formats, and the JSON of every sample follows its
schema; tests/golden/struck/ what `check` prints of a host that one has struck.
With HARDEN_BLESS=1 the golden files are written anew: read the difference before you commit it.
"""
import difflib
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden"
SYSCTLS = {
    "alpine-3.19": ["net.ipv4.tcp_syncookies", "net.bridge.bridge-nf-call-iptables"],
    "debian-12": ["net.ipv4.conf.all.rp_filter", "net/ipv4/conf/eth0.100/rp_filter"],
    "hostile-names": ["kernel.panic"],
}
PLANS = {
    "centos-7.5-docker": ["text", "json", "diff"],
    "ubuntu-16.04-4.4": ["text", "diff"],
    "debian-12": ["text", "json"],
    "k8s-ipvs-node": ["text"],
    "hostile-names": ["text"],
    "no-ipv6": ["text"],
}
FORMATS = {  # of `check`; the status stands in the file's name
    "centos-7.5-docker": ["junit", "nagios", "npd", "sarif", "html", "prometheus"],
    "files-denied": ["junit", "nagios", "npd"],
    "debian-12": ["nagios", "npd", "prometheus"],
    "hostile-names": ["junit", "nagios", "npd", "sarif", "html"],
}
CRASH_FORMATS = {  # of `crash`: a log, the host, and the formats with their exit status
    ("ip6mr-sk-done.el7.log", "centos-7.5-docker"):
        {"sarif": 2, "junit": 2, "html": 2, "prometheus": 2, "nagios": 2, "npd": 1},
    ("hostile.log", "debian-12"): {"sarif": 3, "junit": 3, "html": 3, "prometheus": 3, "nagios": 1, "npd": 1},
    ("warning.log", "centos-7.5-docker"): {"sarif": 3, "junit": 3, "html": 3, "nagios": 1, "npd": 0},
    ("nothing.log", "debian-12"): {"sarif": 0, "junit": 0, "html": 0, "prometheus": 0, "nagios": 0, "npd": 0},
}
# A log of the kernel that the host runs, and how `check` shows that its bug has struck.
STRUCK = ("ip6mr-sk-done.el7.log", "centos-7.5-docker")
STRUCK_FORMATS = ["txt", "json", "sarif", "junit", "html", "prometheus", "nagios", "npd"]
AT = 1795132800  # when those logs were written, and when they are looked at
# A log, the host it is looked at on, and the exit status.
CRASHES = [
    ("ip6mr-sk-done.el7.log", "centos-7.5-docker", 2),
    ("ip6mr-sk-done.el7.log", "debian-12", 2),
    ("unknown.log", "debian-12", 3),
    ("warning.log", "centos-7.5-docker", 3),
    ("hostile.log", "debian-12", 3),
    ("nothing.log", "debian-12", 0),
]
SCHEMAS = {path.name: json.loads(path.read_text()) for path in (ROOT / "dist/schema").glob("*.json")}


def run(hardenctl, *words):
    env = {"COLUMNS": "100", "LANG": "C.UTF-8", "PATH": os.environ["PATH"]}
    return subprocess.run([hardenctl, *words], cwd=ROOT, env=env, capture_output=True, text=True, check=False)


def differences(golden, got):
    """What differs between a golden file (None: there is none) and the output."""
    wanted = golden.read_text() if golden else ""
    name = golden.name if golden else "no golden file"
    return "".join(difflib.unified_diff(wanted.splitlines(True), got.splitlines(True), name, "got"))


def check_text(hardenctl, host):
    got = run(hardenctl, "check", "--policies", "policies", "--root", f"tests/hosts/{host}")
    name = f"{host}.{got.returncode}.txt"
    present = sorted(path for path in GOLDEN.glob("*.txt") if path.name.rsplit(".", 2)[0] == host)
    if os.environ.get("HARDEN_BLESS"):
        for path in present:
            path.unlink()
        (GOLDEN / name).write_text(got.stdout)
        return
    if got.stderr:
        yield f"{host}: wrote to stderr: {got.stderr}"
    if [path.name for path in present] != [name]:
        yield f"{host}: exited with {got.returncode}; the golden files are {[path.name for path in present]}"
    yield from filter(None, [differences(present[0] if present else None, got.stdout)])


def check_sysctls(hardenctl, host):
    for key in SYSCTLS.get(host, []):
        got = run(hardenctl, "explain", "--sysctl", key, "--root", f"tests/hosts/{host}")
        golden = GOLDEN / "sysctl" / f"{host}.{key.replace('/', '-')}.txt"
        if got.returncode or got.stderr:
            yield f"{host}: {key}: exited with {got.returncode}: {got.stderr}"
        if os.environ.get("HARDEN_BLESS"):
            golden.write_text(got.stdout)
        yield from filter(None, [differences(golden if golden.exists() else None, got.stdout)])


def check_plans(hardenctl, host):
    for form in PLANS.get(host, []):
        got = run(hardenctl, "plan", "--policies", "policies", "--root", f"tests/hosts/{host}", "--format", form)
        golden = GOLDEN / "plan" / f"{host}.{form}"
        if got.returncode or got.stderr:
            yield f"{host}: plan: exited with {got.returncode}: {got.stderr}"
        if os.environ.get("HARDEN_BLESS"):
            golden.write_text(got.stdout)
        yield from filter(None, [differences(golden if golden.exists() else None, got.stdout)])


def check_formats(hardenctl, host):
    for form in FORMATS.get(host, []):
        got = run(hardenctl, "check", "--policies", "policies", "--root", f"tests/hosts/{host}", "--format", form)
        golden = GOLDEN / "check" / f"{host}.{got.returncode}.{form}"
        if os.environ.get("HARDEN_BLESS"):
            for path in (GOLDEN / "check").glob(f"{host}.*.{form}"):
                path.unlink()
            golden.write_text(got.stdout)
        yield from filter(None, [got.stderr, differences(golden if golden.exists() else None, got.stdout)])


def documents(host):
    """The words after `hardenctl` that print a document, each with its schema."""
    yield "check", ["check", "--policies", "policies"]
    yield "facts", ["facts"]
    yield "plan", ["plan", "--policies", "policies"]
    for key in SYSCTLS.get(host, ["kernel.panic"]):
        yield "sysctl", ["explain", "--sysctl", key]


def check_json(hardenctl, host, validators):
    for verb, words in documents(host):
        got = run(hardenctl, *words, "--format", "json", "--root", f"tests/hosts/{host}")
        try:
            document = json.loads(got.stdout)
        except ValueError as error:
            yield f"{host}: {verb}: {error}\n{got.stdout[:400]}{got.stderr[:400]}"
            continue
        for error in validators[verb].iter_errors(document):
            yield f"{host}: {verb}: {error.json_path}: {error.message}"


def crash(hardenctl, log, host, *words):
    return run(hardenctl, "crash", f"tests/crash/samples/{log}", "--policies", "policies",
               "--root", f"tests/hosts/{host}", *words)


def check_crashes(hardenctl, validators):
    for path in (ROOT / "tests/crash/samples").glob("*.log"):
        os.utime(path, (AT, AT))  # what a file is from is told
    for log, host, status in CRASHES:
        got = crash(hardenctl, log, host)
        golden = GOLDEN / "crash" / f"{log.removesuffix('.log')}.{host}.txt"
        if got.returncode != status or got.stderr:
            yield f"{log} on {host}: exited with {got.returncode}, wanted {status}: {got.stderr}"
        if os.environ.get("HARDEN_BLESS"):
            golden.write_text(got.stdout)
        yield from filter(None, [differences(golden if golden.exists() else None, got.stdout)])
    for path in sorted((ROOT / "tests/crash/samples").glob("*.log")):
        got = crash(hardenctl, path.name, "debian-12", "--format", "json")
        for error in validators["crash"].iter_errors(json.loads(got.stdout)):
            yield f"{path.name}: {error.json_path}: {error.message}"


def compared(golden, got, status):
    if got.returncode != status or got.stderr:
        yield f"{golden.name}: exited with {got.returncode}, wanted {status}: {got.stderr}"
    if os.environ.get("HARDEN_BLESS"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(got.stdout)
    yield from filter(None, [differences(golden if golden.exists() else None, got.stdout)])


def check_crash_formats(hardenctl):
    for (log, host), formats in CRASH_FORMATS.items():
        for form, status in formats.items():
            golden = GOLDEN / "crash" / f"{log.removesuffix('.log')}.{host}.{form}"
            yield from compared(golden, crash(hardenctl, log, host, "--format", form), status)


def check_struck(hardenctl):
    log, host = STRUCK
    with tempfile.TemporaryDirectory() as folder:
        state = ["--state", f"{folder}/state.db", "--now", "2026-11-20T00:00:00Z"]
        crash(hardenctl, log, host, "--record", *state)
        for form in STRUCK_FORMATS:
            name = "text" if form == "txt" else form
            got = run(hardenctl, "check", "--policies", "policies", "--root", f"tests/hosts/{host}", "--format", name, *state)
            yield from compared(GOLDEN / "struck" / f"{host}.{form}", got, 1 if form == "npd" else 2)
            if "struck" not in got.stdout and "strikes" not in got.stdout:
                yield f"{form}: there is no word of what has struck"


def make_validators():
    store = {schema["$id"]: schema for schema in SCHEMAS.values()}
    validators = {}
    for verb in ("check", "facts", "plan", "sysctl", "crash"):
        schema = SCHEMAS[f"{verb}.schema.json"]
        jsonschema.Draft202012Validator.check_schema(schema)
        resolver = jsonschema.RefResolver.from_schema(schema, store=store)
        validators[verb] = jsonschema.Draft202012Validator(schema, resolver=resolver)
    return validators


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    validators = make_validators()
    hosts = sorted(path.name for path in (ROOT / "tests/hosts").iterdir() if path.is_dir())
    failed = 0
    for host in hosts:
        problems = [*check_text(sys.argv[1], host), *check_sysctls(sys.argv[1], host), *check_plans(sys.argv[1], host),
                    *check_formats(sys.argv[1], host),
                    *check_json(sys.argv[1], host, validators)]
        failed += bool(problems)
        for problem in problems:
            print(problem)
    for problem in (*check_crashes(sys.argv[1], validators), *check_crash_formats(sys.argv[1]), *check_struck(sys.argv[1])):
        failed += 1
        print(problem)
    for path in GOLDEN.glob("*.txt"):
        if path.name.rsplit(".", 2)[0] not in hosts:
            failed += 1
            print(f"{path.name}: there is no such host")
    print(f"{len(hosts)} hosts, {failed} failed")
    sys.exit(1 if failed or not hosts else 0)


if __name__ == "__main__":
    main()
