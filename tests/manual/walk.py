#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""walk.py [GUIDE]: how long a newcomer's walk through the operator's guide takes a person.

Computed, not measured: the words of the guide's section of that name, outputs as it
shows them included, at READING words a minute; the
characters of the commands that are shown there, and Enter after each, at TYPING a
minute. What the machine takes is apart.
"""

import pathlib
import re
import sys

READING, TYPING = 200, 200  # words and characters a minute
BEGIN, END = "## A newcomer's walk", "## Install"


def walk(text):
    """(words, commands, characters) from BEGIN to END."""
    text = text[text.index(BEGIN):text.index(END)]
    commands = []
    for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M):
        lines = [line.strip() for line in block.splitlines() if line.strip()]
        begun = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        commands += begun or lines
    words = [word for word in text.split() if re.search(r"\w", word)]
    return len(words), len(commands), sum(len(command) + 1 for command in commands)


def sentence(text):
    words, commands, characters = walk(text)
    reading, typing = words / READING, characters / TYPING
    return (f"{words:,} words at {READING} a minute are {reading:.1f} minutes, {characters} characters of {commands} commands "
            f"at {TYPING} a minute {typing:.1f}: {reading + typing:.1f} minutes, computed, not measured")


if __name__ == "__main__":
    here = pathlib.Path(__file__).resolve().parents[2]
    print(sentence((pathlib.Path(sys.argv[1]) if sys.argv[1:] else here / "dist/guide/operator.md").read_text(encoding="utf-8")))
