#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of CONTRIBUTING.md that a machine can see.

check.py headers    every public header compiles alone
check.py includes   arrows between folders go one way; one door to the system
check.py sizes      functions, files and headers are short (needs ctags)
check.py calls      nothing is called that the rules ban
check.py format     clang-format would change nothing
"""
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What each folder of agent/ may include from, besides itself and include/.
ARROWS = {
    "core": [],
    "host": ["core"],
    "collect": ["core"],
    "cel": ["core"],
    "policy": ["core"],
    "sysctl": ["core"],
    "remedy": ["core", "sysctl"],
    "engine": ["core", "policy", "remedy", "sysctl"],
    "crash": ["core"],
    "store": ["core"],
    "report": ["core", "sysctl"],
    "answer": ["core", "sysctl", "engine", "store", "report"],
    "daemon": ["core", "host", "policy", "sysctl", "engine", "crash", "store", "report", "answer"],
    "ctl": ["core", "host", "engine", "crash", "store", "report", "sysctl", "answer"],
}

# Headers that only these files may include.
DOORS = {
    "fcntl.h": r"agent/host/",
    "fstream": r"$^",
    "toml++/": r"agent/policy/",
    "boost/beast": r"agent/daemon/http\.cpp",
    "boost/asio": r"agent/daemon/",
    "sqlite3.h": r"agent/store/",
    "prometheus/": r"agent/daemon/metrics",
    "spdlog/": r"agent/daemon/",
    "systemd/": r"agent/(daemon/service\.cpp|crash/journal_library\.h)",
    "CLI/": r"agent/ctl/",
}

BANNED_CALLS = r"\b(system|popen|execvp?e?|execlp?|fork|vfork|posix_spawnp?|gets|strcpy|strcat|sprintf|tmpnam|mktemp|rand)\s*\("

HEADER_LINES = 80  # without comments and blank lines
SOURCE_LINES = 400
FUNCTION_MAX, FUNCTION_P90, FUNCTION_MEDIAN, MAIN_MAX = 80, 40, 10, 60


def sources(*folders, endings=(".cpp", ".h")):
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in endings:
                yield path, path.relative_to(ROOT).as_posix()


def includes_of(path):
    return re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', path.read_text(), re.M)


def check_headers():
    for path, name in sources("include"):
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as unit:
            unit.write(f'#include "{path}"\n')
            unit.flush()
            run = subprocess.run(
                ["g++", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-Werror", f"-I{ROOT}/include", unit.name],
                capture_output=True, text=True, check=False)
            if run.returncode:
                yield f"{name}: does not compile alone:\n{run.stderr}"


def check_includes():
    for path, name in sources("agent", "include"):
        room = name.split("/")[1] if name.startswith("agent/") else None
        for header in includes_of(path):
            if header.startswith("agent/"):
                other = header.split("/")[1]
                if room is None or (other != room and other not in ARROWS.get(room, [])):
                    yield f"{name}: may not include {header}"
            for prefix, allowed in DOORS.items():
                if header.startswith(prefix) and not re.match(allowed, name):
                    yield f"{name}: may not include <{header}>; only {allowed} may"
            if room is None and re.match(r"(boost|toml|sqlite|spdlog|systemd|re2)", header):
                yield f"{name}: a public header may not include <{header}>"


def code_lines(text):
    return sum(1 for line in text.splitlines() if line.strip() and not re.match(r"\s*(//|/\*|\*)", line))


def function_lengths():
    files = [str(path) for path, _ in sources("agent", "include")]
    run = subprocess.run(
        ["ctags", "-x", "--_xformat=%{line}\t%{end}\t%N\t%F", "--fields=+e", "--kinds-c++=f", "--language-force=C++", *files],
        capture_output=True, text=True, check=True)
    for line in run.stdout.splitlines():
        fields = line.split("\t")
        if len(fields) >= 4 and fields[1].isdigit():
            yield int(fields[1]) - int(fields[0]) + 1, fields[2], pathlib.Path(fields[3]).relative_to(ROOT)


def check_sizes():
    for path, name in sources("agent", "include"):
        text = path.read_text()
        if path.suffix == ".h" and code_lines(text) > HEADER_LINES and name.startswith("include/"):
            yield f"{name}: {code_lines(text)} lines of code, at most {HEADER_LINES}"
        if len(text.splitlines()) > SOURCE_LINES:
            yield f"{name}: {len(text.splitlines())} lines, at most {SOURCE_LINES}"
    lengths = sorted(function_lengths())
    for length, function, name in lengths:
        limit = MAIN_MAX if function == "main" else FUNCTION_MAX
        if length > limit:
            yield f"{name}: {function} has {length} lines, at most {limit}"
    counts = [length for length, _, _ in lengths]
    median, p90 = statistics.median(counts), counts[len(counts) * 9 // 10]
    print(f"{len(counts)} functions: median {median:g}, 90th percentile {p90}, longest {counts[-1]} lines")
    if median > FUNCTION_MEDIAN or p90 > FUNCTION_P90:
        yield f"functions: median {median} (at most {FUNCTION_MEDIAN}), p90 {p90} (at most {FUNCTION_P90})"


def check_calls():
    for path, name in sources("agent", "include"):
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code = re.sub(r'//.*|"(\\.|[^"\\])*"', "", line)
            if re.search(BANNED_CALLS, code) or "using namespace std" in code:
                yield f"{name}:{number}: banned: {line.strip()}"
        if not path.read_text().startswith("// SPDX-License-Identifier: Apache-2.0\n"):
            yield f"{name}: does not begin with its SPDX line"


def check_format():
    files = [str(path) for path, _ in sources("agent", "include", "tests")]
    run = subprocess.run(["clang-format", "--dry-run", "-Werror", *files], capture_output=True, text=True, check=False)
    if run.returncode:
        yield run.stderr


def main():
    rules = {name.removeprefix("check_"): function for name, function in globals().items() if name.startswith("check_")}
    if len(sys.argv) != 2 or sys.argv[1] not in rules:
        sys.exit(__doc__)
    broken = list(rules[sys.argv[1]]())
    for line in broken:
        print(line)
    print(f"{sys.argv[1]}: {len(broken)} broken")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
