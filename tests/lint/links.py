#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether what the documents point at is there: files, headings, and a row for each decision.

Usage: links.py [--root=FOLDER]
Reads the links of every .md file, [text](target), which must lead to a file of the project and, after a #, to one of
its headings. A document that any source or document names with its folder, docs/, must be there, too. Of docs/decisions
the number is enough. Each page there has one row in README.md. Addresses on the net are not looked at.
Prints each fault as FILE:LINE: REASON. Exit status 1 when there is any.
"""

import os
import re
from typing import Dict, Iterator, List, Set, Tuple

import faults

NOT_OURS = {"__pycache__", "bin", "obj"}
NOT_OURS_AT_THE_TOP = {".git", "build", "results"}
TEXTS = (".md", ".c", ".h", ".cc", ".py", ".sh", ".bash", ".in", ".scd", ".cmake", ".txt", ".awk", ".yml")
DECISIONS = "docs/decisions"

FENCE = re.compile(r"^\s*(```|~~~)")
LINK = re.compile(r"\[[^\[\]]*\]\(([^()\s]+)\)")
CODE = re.compile(r"`[^`]*`")
HEADING = re.compile(r"^(#{1,6}) +(.*?) *#*$")
NAMED = re.compile(r"(?<![\w/.-])docs/[\w/-]+(?:\.\w+)*\.md\b")
NUMBERED = re.compile(r"(?<![\w/.-])docs/decisions/(\d{4})(?![\w-])")


def list_files(root: str) -> Iterator[str]:
    for place, folders, names in os.walk(root):
        others = NOT_OURS | NOT_OURS_AT_THE_TOP if place == root else NOT_OURS
        folders[:] = sorted(name for name in folders if name not in others)
        for name in sorted(names):
            if name.endswith(TEXTS):
                yield os.path.relpath(os.path.join(place, name), root)


def read(root: str, path: str) -> str:
    with open(os.path.join(root, path), encoding="utf-8", errors="replace") as file:
        return file.read()


def prose(text: str) -> Iterator[Tuple[int, str]]:
    """The lines of a document outside of its fenced code."""
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced:
            yield number, line


def anchors(text: str) -> Set[str]:
    """What a # can lead to: headings as forges write them, small, without punctuation, spaces as dashes."""
    found: Dict[str, int] = {}
    names = set()
    for _, line in prose(text):
        heading = HEADING.match(line)
        if heading:
            words = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading.group(2)).lower()
            name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            count = found.get(name, 0)
            found[name] = count + 1
            names.add(f"{name}-{count}" if count else name)
    return names


def links_of(line: str) -> List[str]:
    """Where a line leads to. A link within backquotes is shown, not made; its text may be in backquotes."""
    return LINK.findall(CODE.sub(lambda code: "" if "](" in code.group() else "code", line))


def is_elsewhere(target: str) -> bool:
    return re.match(r"[a-z][a-z0-9+.-]*:", target) is not None


def check_links(root: str, path: str) -> Iterator[str]:
    for number, line in prose(read(root, path)):
        for target in links_of(line):
            if is_elsewhere(target):
                continue
            name, _, anchor = target.partition("#")
            other = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
            if other.startswith("..") or not os.path.exists(os.path.join(root, other)):
                yield f"{path}:{number}: {target} leads to no file of the project"
            elif anchor and other.endswith(".md") and anchor not in anchors(read(root, other)):
                yield f"{path}:{number}: {other} has no heading #{anchor}"


def check_names(root: str, path: str) -> Iterator[str]:
    for number, line in enumerate(read(root, path).splitlines(), 1):
        for name in NAMED.findall(line):
            if not os.path.exists(os.path.join(root, name)):
                yield f"{path}:{number}: {name} is not there"
        for digits in NUMBERED.findall(line):
            if not any(page.startswith(digits + "-") for page in pages(root)):
                yield f"{path}:{number}: no decision has the number {digits}"


def pages(root: str) -> List[str]:
    folder = os.path.join(root, DECISIONS)
    return sorted(name for name in os.listdir(folder) if name != "README.md") if os.path.isdir(folder) else []


def check_decisions(root: str) -> Iterator[str]:
    index = f"{DECISIONS}/README.md"
    rows = re.findall(r"^\| \[(\d+)\]\(([^)]+)\) \|", read(root, index), re.M) if pages(root) else []
    for page in pages(root):
        number = re.match(r"(\d{4})-[\w-]+\.md$", page)
        title = re.match(r"# (\d+)\. ", read(root, f"{DECISIONS}/{page}"))
        if not number or not title or int(title.group(1)) != int(number.group(1)):
            yield f"{DECISIONS}/{page}:1: name and title do not begin with one number"
        elif [row for row in rows if row[1] == page] != [(title.group(1), page)]:
            yield f"{index}:1: not one row [{title.group(1)}]({page})"
    numbers = [page[:4] for page in pages(root)]
    for page in pages(root):
        if numbers.count(page[:4]) > 1:
            yield f"{DECISIONS}/{page}:1: another page has this number"


def check(root: str) -> List[str]:
    found: List[str] = []
    for path in list_files(root):
        # The tests of the lints plant names that are not there.
        if not path.startswith("tests/lint/test_"):
            found += check_names(root, path)
        if path.endswith(".md"):
            found += check_links(root, path)
    return found + list(check_decisions(root))


if __name__ == "__main__":
    faults.run(check, __doc__, "links and names that lead nowhere")
