#!/usr/bin/env python3
"""Every numbered invariant of a source file's head has an assert, or the words why none is possible.

An invariant is an item "N. ..." in the comment at the top of a file of lib/ or tools/. It is held to be asserted when
the file, or for a header the source of the same name, has a comment that says "invariant N" (or "invariants 1 to 3")
followed within a few lines by assert() or a function whose name begins with assert, or an assert() with the number in a
comment behind it. Otherwise its text, or a line behind the list, speaks of asserts: "No assert: ..." and why.

    invariants.py [FILE...]      default: all of lib/ and tools/ that git knows
"""

import re
import subprocess
import sys
from typing import Iterator

HEAD = re.compile(r"/\*.*?\*/", re.S)
ITEM = re.compile(r"^ \* (\d+)\. ")
NEAR = 12  # lines between the comment and its assert


def head_of(text: str) -> str:
    """The first comment of more than one line: the one that says what the file is about."""
    for match in HEAD.finditer(text):
        if "\n" in match.group():
            return match.group()
    return ""


def items_of(head: str) -> Iterator[tuple[int, str]]:
    """The numbered items of a head, each with its text."""
    number, lines = 0, []  # type: int, list[str]
    for line in head.split("\n"):
        match = ITEM.match(line)
        if match:
            if number:
                yield number, "\n".join(lines)
            number, lines = int(match.group(1)), [line]
        elif number and line.startswith(" *    "):
            lines.append(line)
        elif number:
            yield number, "\n".join(lines)
            number = 0


def numbers_in(text: str) -> set[int]:
    """The numbers that a comment speaks of: "Invariant 3", "Invariants 1 and 2", "No assert for 1 to 3"."""
    found = set()  # type: set[int]
    for match in re.finditer(r"(\d+) to (\d+)", text):
        found.update(range(int(match.group(1)), int(match.group(2)) + 1))
    found.update(int(number) for number in re.findall(r"\d+", text))
    return found


def asserted_in(code: str) -> set[int]:
    """The invariants that an assert follows."""
    found = set()  # type: set[int]
    for match in re.finditer(r"[Ii]nvariants? ((?:\d+|,| |and|to|\n|\*)+)", code):
        behind = code[match.end() :].split("\n")[:NEAR]
        if any(re.search(r"\bassert\w*\(|_Static_assert", line) for line in behind):
            found |= numbers_in(match.group(1))
    for match in re.finditer(r"\bassert\w*\(.*; */\* ([\d., ]+|and)+ \*/", code):
        found |= numbers_in(match.group())
    return found


def excused_in(head: str) -> set[int]:
    """The invariants that words behind the list excuse: "No asserts: ...", "Neither can be asserted: ..."."""
    rest = head
    for _, words in items_of(head):
        rest = rest.replace(words, "")
    if re.search(r"\bassert", rest):
        return {number for number, _ in items_of(head)}
    found = set()  # type: set[int]
    for match in re.finditer(r"No\s+(?:\*\s+)?asserts?\s+for ([\d ,andto]+)", head):
        found |= numbers_in(match.group(1))
    return found


def faults_of(name: str, text: str, body: str) -> list[str]:
    """What is wrong with a file whose invariants are in 'text' and whose asserts are in 'body'."""
    head = head_of(text)
    done = asserted_in(body.replace(head, "")) | excused_in(head)
    faults = []
    for number, words in items_of(head):
        if number not in done and "assert" not in words:
            faults.append(
                f"{name}: invariant {number} has neither an assert nor a reason why not: {words.strip()[:90]}"
            )
    return faults


def read(name: str) -> str:
    """A file, or nothing."""
    try:
        with open(name, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def main() -> int:
    """Look at the files; 1 = something is wrong."""
    names = (
        sys.argv[1:]
        or subprocess.check_output(
            ["git", "ls-files", "lib/*.c", "lib/*.h", "tools/*.c", "tools/*.h"], text=True
        ).split()
    )
    faults, count = [], 0  # type: list[str], int
    for name in names:
        text = read(name)
        body = text + (read(name[:-2] + ".c") if name.endswith(".h") else "")
        count += sum(1 for _ in items_of(head_of(text)))
        faults += faults_of(name, text, body)
    for fault in faults:
        print(fault)
    print(f"{count} invariants, {len(faults)} without an assert or a reason")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
