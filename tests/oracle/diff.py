#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""unified_diff against diff(1) and patch(1).

diff.py DIFF_ORACLE [PAIRS] [SEED]

Of every generated pair of texts our diff must bring one to the other with
`patch`, and back with `patch -R`, and must have no more changed lines than
`diff --minimal`. Where no line stands twice there is one shortest diff, and
ours must be that of `diff -u` to the byte. Exits with 77 where there is no
diff or patch.
"""
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile


def text_of(lines, ending):
    return "\n".join(lines) + ("\n" if ending and lines else "")


def edited(chance, lines, fresh):
    """Lines taken out, put in and replaced here and there."""
    out = []
    for line in lines:
        what = chance.random()
        if what < 0.06:
            continue
        out.append(fresh() if what < 0.12 else line)
        if what > 0.94:
            out += [fresh() for _ in range(chance.randint(1, 3))]
    return out


def pair(chance, number):
    """Two texts, and whether every line of them stands once."""
    unique = number % 2 == 0
    count = chance.choice([0, 1, 2, 5, 7, 8, 9, 20, 60])
    made = iter(range(1_000_000))

    def fresh():
        return f"line {next(made)}" if unique else chance.choice(["", "a", "b", "\tc", "{", "}", "--- x", "+++ y"])

    before = [fresh() for _ in range(count)]
    after = edited(chance, before, fresh) or ([fresh()] if chance.random() < 0.5 else [])
    return text_of(before, chance.random() < 0.8), text_of(after, chance.random() < 0.8), unique


def framed(text):
    data = text.encode()
    return f"{len(data)}\n".encode() + data


def answers(program, pairs):
    fed = b"".join(framed(before) + framed(after) for before, after, _ in pairs)
    out = subprocess.run([program], input=fed, capture_output=True, check=True).stdout
    while out:
        length, out = out.split(b"\n", 1)
        yield out[:int(length)].decode()
        out = out[int(length):]


def of_diff(folder, *options):
    run = subprocess.run(["diff", "-u", "--label", "file", "--label", "file", *options, "before", "after"],
                         cwd=folder, capture_output=True, text=True, check=False)
    return run.stdout


def patched(folder, source, diff, *options):
    (folder / "work").write_text(source)
    run = subprocess.run(["patch", "--quiet", "--fuzz=0", *options, "work"], cwd=folder, input=diff,
                         capture_output=True, text=True, check=False)
    # patch takes a file away that it leaves empty.
    left = (folder / "work").read_text() if (folder / "work").exists() else ""
    return left if run.returncode == 0 else f"patch: {run.stdout}{run.stderr}"


def changed(diff):
    return sum(line[:1] in "+-" and line[:4] not in ("--- ", "+++ ") for line in diff.splitlines()[2:])


def problems(folder, before, after, unique, ours):
    (folder / "before").write_text(before)
    (folder / "after").write_text(after)
    if before == after:
        return ["a diff of what is the same"] if ours else []
    found = []
    if patched(folder, before, ours) != after:
        found.append("patch does not bring one to the other")
    if patched(folder, after, ours, "-R") != before:
        found.append("patch -R does not bring it back")
    if changed(ours) > changed(of_diff(folder, "--minimal")):
        found.append("longer than the shortest")
    if unique and ours != of_diff(folder):
        found.append("not what diff -u says:\n" + of_diff(folder))
    return found


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not shutil.which("diff") or not shutil.which("patch"):
        print("needs diff and patch")
        sys.exit(77)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 150
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1_000_000)
    chance = random.Random(seed)
    pairs = [pair(chance, number) for number in range(count)]
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        said = list(answers(sys.argv[1], pairs))
        failed += len(said) != count
        for (before, after, unique), ours in zip(pairs, said):
            wrong = problems(pathlib.Path(name), before, after, unique, ours)
            failed += bool(wrong)
            if wrong:
                print(f"{wrong}\n{before!r}\n{after!r}\nours:\n{ours}")
    print(f"{count} pairs, {failed} wrong, seed {seed}")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
