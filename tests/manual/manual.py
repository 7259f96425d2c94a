#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The manual pages against what they describe.

manual.py HARDENCTL HARDEND

hardenctl(1): every verb of `hardenctl --help` has a section, and names exactly
the options that the verb's own help names; so do the shells' completions, which
are the verbs' own. hardend(8): the options of `hardend --help`. hardend.toml(5),
dist/hardend.toml and hardend-policy(5): every key that the parsers take, each
within its table, and no other; the defaults in hardend.toml(5) and in
dist/hardend.toml are taken by the parser. The policy in hardend-policy(5) passes
its own examples. README.md's example is what hardenctl prints, the guide's figure what
walk.py computes. mandoc finds nothing to complain of.
"""
import pathlib
import re
import subprocess
import sys
import tempfile

import walk

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAN = ROOT / "dist/man"
COMMON = {"--help"}  # described once

failures = []


def check(what, good, seen=""):
    if not good:
        failures.append(what)
        print(f"FAIL {what}: {seen}")


def same(what, page, source):
    check(what, page == source, f"only in the page: {sorted(page - source)}; missing from it: {sorted(source - page)}")


def run(*words):
    return subprocess.run(words, capture_output=True, text=True, check=False)


def page(name):
    return (MAN / name).read_text(encoding="utf-8")


def section(text, macro, title):
    """The lines after a heading, up to the next of its kind or above."""
    found = re.search(rf"^\.{macro} {re.escape(title)}\b.*$", text, re.M)
    if not found:
        return None
    end = re.search(r"^\.S[hs] " if macro == "Ss" else r"^\.Sh ", text[found.end():], re.M)
    return text[found.start():found.end() + end.start()] if end else text[found.start():]


def fl(text):
    """The long options that a piece of mdoc names: Fl -root , -state ."""
    names = set()
    for line in re.findall(r"Fl ((?:[h-][\w-]*[ ,]*)+)", text):
        names |= {"-" + word for word in re.findall(r"(?<![\w-])-[a-z][\w-]*", line)}
    return names


# What helps to find a place does not count as naming an option of the verb:
# only the tags of its list, its heading and the line of what it shares.
def options_of_section(text):
    lines = text.splitlines()
    named = lines[0]
    for before, line in zip(lines, lines[1:]):
        if line.startswith(".It Fl") or before in ("Also", "Takes"):
            named += "\n" + line
    return fl(named)


def help_of(hardenctl, words):
    return run(hardenctl, *words, "--help").stdout


def subcommands(text):
    found = re.search(r"^Subcommands:\n((?:  .*\n)+)", text, re.M)
    return re.findall(r"^  ([a-z]+)", found.group(1), re.M) if found else []


def verbs(hardenctl):
    for verb in subcommands(help_of(hardenctl, [])):
        below = subcommands(help_of(hardenctl, [verb]))
        # `crash` does something by itself, `waive` and `policy` do not.
        if not below or "[SUBCOMMAND]" in help_of(hardenctl, [verb]):
            yield [verb]
        yield from ([verb, name] for name in below)


def hardenctl_page(hardenctl):
    text = page("hardenctl.1")
    all_verbs = list(verbs(hardenctl))
    check("hardenctl has verbs", len(all_verbs) > 15, all_verbs)
    sections = set(re.findall(r"^\.Ss ([a-z]+(?: [a-z]+)?)", section(text, "Sh", "VERBS"), re.M))
    same("hardenctl(1)'s verbs", sections, {" ".join(words) for words in all_verbs})
    for words in all_verbs:
        described = section(text, "Ss", " ".join(words))
        if described is None:
            continue
        real = set(re.findall(r"^ +(?:-\w,)?(--[a-z-]+)", help_of(hardenctl, words), re.M)) - COMMON
        same(f"hardenctl(1)'s options of {' '.join(words)}", options_of_section(described), real)
        offered = run(hardenctl, "complete", "--", *words, "--").stdout
        completed = {line.split("\t")[0] for line in offered.splitlines()} - COMMON
        same(f"what completions know of {' '.join(words)}", completed, real)
        for name, choices in re.findall(r"(--[a-z-]+) TEXT:\{([a-z,]+)\}", help_of(hardenctl, words)):
            tag = re.search(rf"^\.It Fl {name[1:]} Cm (.*)$", described + section(text, "Sh", "COMMON OPTIONS"), re.M)
            check(f"{words} {name}", tag is not None, "no values")
            if tag:
                same(f"the values of {' '.join(words)} {name}", set(tag.group(1).split(" | ")), set(choices.split(",")))


def exit_statuses():
    header = (ROOT / "include/harden/exit_status.h").read_text(encoding="utf-8")
    numbers = set(re.findall(r"^  \w+ = (\d+),", header, re.M))
    described = section(page("hardenctl.1"), "Sh", "EXIT STATUS")
    same("hardenctl(1)'s exit statuses", set(re.findall(r"^\.It (\d+)", described, re.M)), numbers)


def hardend_page(hardend):
    usage = run(hardend, "--help").stdout
    same("hardend(8)'s options", fl(page("hardend.8")), set(re.findall(r"--[a-z-]+", usage)))


def keys_in(source):
    """The parsers' tables: {name of the table: its keys}."""
    tables = {}
    for name, body in re.findall(r"constexpr Key<[\w:<>]+> (k\w+)\[\] = \{(.*?)\n\};", source, re.S):
        tables[name] = set(re.findall(r'^    \{"(\w+)", Need::', body, re.M))
    return tables


def tags(text):
    found = set()
    for line in re.findall(r"^\.It Sy (.*)$", text, re.M):
        found |= set(re.findall(r"\w+", line.split(" No ")[0]))
    return found


def configuration(hardend, scratch):
    text = section(page("hardend.toml.5"), "Sh", "KEYS")
    head = re.split(r"^\.Ss ", text, flags=re.M)[0]
    tables = keys_in((ROOT / "agent/daemon/config.cpp").read_text(encoding="utf-8"))
    check("the parser's tables were found", set(tables) == {"kFileKeys", "kAccessKeys", "kMetricsKeys", "kLimitKeys", "kPolicyKeys"}, tables)
    sections = {"access": "kAccessKeys", "metrics": "kMetricsKeys", "limits": "kLimitKeys", 'policy.\\(dqID\\(dq': "kPolicyKeys"}
    same("hardend.toml(5)'s keys", tags(head), tables["kFileKeys"] - {"access", "metrics", "limits", "policy"})
    for title, table in sections.items():
        found = re.search(rf"^\.Ss \[{re.escape(title)}\]$(.*?)(?=^\.S[hs] |\Z)", text, re.M | re.S)
        check(f"hardend.toml(5) has [{title}]", found is not None)
        if found:
            same(f"hardend.toml(5)'s keys of [{title}]", tags(found.group(1)), tables[table])
    example = (ROOT / "dist/hardend.toml").read_text(encoding="utf-8")
    present = set(re.findall(r"^(?:# )?(\w+) *= ", example, re.M))
    same("dist/hardend.toml's keys", present, set().union(*tables.values()) - {"access", "metrics", "limits", "policy"})
    # Everything in it, as it stands there, and the defaults that the page gives.
    given = re.findall(r"^\.It Sy (\w+) No = Li (.*)$", text, re.M)
    check("the page gives defaults", len(given) > 10, given)
    shown = {name: value.replace("\\(dq", '"') for name, value in given}
    for name, value in shown.items():
        found = re.search(rf"^(?:# )?{name} *= ([^#\n]*)", example, re.M)
        check(f"dist/hardend.toml's {name}", found and found.group(1).strip() == value, found)
    file = scratch / "hardend.toml"
    file.write_text(re.sub(r"^# (?=(?:\w+ *= |\[))", "", example, flags=re.M), encoding="utf-8")
    done = run(hardend, "--check-config", "--config", file)
    check("the parser takes dist/hardend.toml with all of its keys", done.returncode == 0, done.stderr)


def policy_format(hardenctl, scratch):
    text = page("hardend-policy.5")
    sources = "".join((ROOT / f"agent/policy/{name}.cpp").read_text(encoding="utf-8")
                      for name in ("parse", "affected", "remedy", "example"))
    tables = keys_in(sources)
    check("the parsers' tables were found", len(tables) == 10, sorted(tables))
    known = set().union(*tables.values())
    described = section(text, "Sh", "KEYS")
    same("hardend-policy(5)'s keys", set(re.findall(r"\w+", " ".join(
        re.sub(r'Sq.*', '', line) for line in re.findall(r"^\.(?:It )?Sy (.*)$", described, re.M)))) - {"or"}, known)
    readme = (ROOT / "policies/README.md").read_text(encoding="utf-8")
    for key in known:
        check(f"policies/README.md has {key}", re.search(rf"`[\[{{ ]*(?:\w+\.)?{key}\b", readme), "")
    example = re.search(r"^\.Bd -literal\n(.*?)^\.Ed", section(text, "Sh", "EXAMPLES"), re.M | re.S).group(1)
    (scratch / "site-conntrack.toml").write_text(example.replace("\\(aq", "'").replace("\\e", "\\"), encoding="utf-8")
    done = run(hardenctl, "policy", "test", "--policies", scratch, "--hosts", ROOT / "tests/hosts")
    check("the policy of hardend-policy(5)", done.returncode == 0 and "3 passed, 0 failed" in done.stdout, done.stdout + done.stderr)


def readme(hardenctl):
    """What README.md says hardenctl prints, it prints."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^    \$ hardenctl (.*)\n((?:    .*\n|\n(?=    ))*)", text, re.M)
    shown = re.sub(r"^    ", "", found.group(2), flags=re.M)
    done = subprocess.run([hardenctl, *found.group(1).split()], cwd=ROOT, capture_output=True, text=True, check=False)
    check("README.md's output", shown.strip() == done.stdout.strip(), done.stdout + done.stderr)


def guide():
    """How long a person takes is computed of the guide as it is."""
    text = (ROOT / "dist/guide/operator.md").read_text(encoding="utf-8")
    check("the guide's figure of a newcomer's walk", walk.sentence(text) in " ".join(text.split()), walk.sentence(text))


def lint():
    for file in sorted(MAN.iterdir()):
        try:
            done = run("mandoc", "-Tlint", "-Wwarning", file)
        except FileNotFoundError:
            print("not judged by mandoc, which is not here")
            return
        check(f"mandoc: {file.name}", done.returncode == 0, done.stdout)


def main():
    hardenctl, hardend = sys.argv[1:3]
    hardenctl_page(hardenctl)
    exit_statuses()
    readme(hardenctl)
    guide()
    hardend_page(hardend)
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        configuration(hardend, scratch)
        (scratch / "hardend.toml").unlink(missing_ok=True)
        policy_format(hardenctl, scratch)
    lint()
    print(f"{len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
