#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether docs/house.md has each file of lib/, tools/, bench/ and bindings/ on one line, and no file that is gone.

Usage: house.py [--root=FOLDER]
A heading "### `FOLDER/`" opens a folder, whose files follow as "- `a.c`, `a.h`: what they are for". Each folder says in
a sentence what it is. Files that end in .c, .h or .py must be there; others may be. Prints each fault as FILE: REASON.
Exit status 1 when there is any.
"""

import os
import re
from collections import Counter
from typing import Dict, Iterator, List, NamedTuple, Tuple

import faults

MAP = os.path.join("docs", "house.md")
FOLDERS = ("lib", "tools", "bench", "bindings")
MUST = (".c", ".h", ".py")
# What a build leaves in a source folder.
NOT_OURS = {"__pycache__", "build", "bin", "obj"}

HEADING = re.compile(r"^### `([^`]+)/`$")
LINE = re.compile(r"^- (`[^`]+`(?:, `[^`]+`)*): (\S.*)$")


class Entry(NamedTuple):
    """One line of the map: the files that it names, and what it says of them."""

    number: int
    folder: str
    files: Tuple[str, ...]


class Page(NamedTuple):
    """The map: its lines, and for each folder whether a sentence says what it is."""

    entries: List[Entry]
    folders: Dict[str, bool]
    faults: List[str]


def read_map(text: str) -> Page:
    page = Page([], {}, [])
    folder = None
    for number, line in enumerate(text.splitlines(), 1):
        heading = HEADING.match(line)
        entry = LINE.match(line)
        if heading:
            folder = heading.group(1)
            if folder in page.folders:
                page.faults.append(f"{MAP}:{number}: {folder}/ has a heading already")
            page.folders[folder] = False
        elif line.startswith("#"):
            folder = None
            if line.startswith("### "):
                page.faults.append(f"{MAP}:{number}: not '### `FOLDER/`'")
        elif folder is None or not line.strip():
            continue
        elif entry:
            names = tuple(re.findall(r"`([^`]+)`", entry.group(1)))
            page.entries.append(Entry(number, folder, names))
        elif line.startswith("-"):
            page.faults.append(f"{MAP}:{number}: not '- `file`, `file`: what they are for'")
        else:
            page.folders[folder] = True
    return page


def list_files(root: str) -> Iterator[str]:
    for top in FOLDERS:
        for place, folders, names in os.walk(os.path.join(root, top)):
            folders[:] = sorted(name for name in folders if name not in NOT_OURS and not name.startswith("."))
            folders[:] = [name for name in folders if not name.endswith(".egg-info")]
            for name in sorted(names):
                if name.endswith(MUST):
                    yield os.path.relpath(os.path.join(place, name), root)


def check(root: str) -> List[str]:
    with open(os.path.join(root, MAP), encoding="utf-8") as file:
        page = read_map(file.read())
    found = list(page.faults)
    named = [(f"{entry.folder}/{name}", entry) for entry in page.entries for name in entry.files]
    for path, entry in named:
        if not os.path.exists(os.path.join(root, path)):
            found.append(f"{MAP}:{entry.number}: {path} is gone")
    counts = Counter(path for path, _ in named)
    found += [f"{path}: {MAP} has {count} lines for it" for path, count in sorted(counts.items()) if count > 1]
    found += [f"{path}: no line of {MAP} names it" for path in list_files(root) if path not in counts]
    for folder, says in page.folders.items():
        if not os.path.isdir(os.path.join(root, folder)):
            found.append(f"{MAP}: folder {folder}/ is gone")
        elif not says:
            found.append(f"{MAP}: no sentence says what {folder}/ is")
    return found


if __name__ == "__main__":
    faults.run(check, __doc__, "faults in the map of the house")
