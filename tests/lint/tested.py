#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether each source of the libraries has a test of its name, or a row in CONTRIBUTING.md that names another.

Usage: tested.py
What a row names must be there, too. Exit status 1 when something is not.
"""
import fnmatch
import glob
import os
import re
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
LIBRARIES = ["mmview", "mmimage"]


def quoted(cell):
    """Names in backquotes; one without a folder is in the folder of the one before it."""
    folder = ""
    for name in re.findall(r"`([^`]+)`", cell):
        folder = name.rpartition("/")[0] if "/" in name else folder
        yield name if "/" in name or not folder else f"{folder}/{name}"


def rows_of(text):
    """(base folder, patterns of sources, what is said of them) of each row below a heading with `base` in it."""
    base = None
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        heading = re.match(r"source in `([^`]+)`", cells[0]) if cells else None
        if heading:
            base = heading[1]
        elif not cells:
            base = base if line.startswith("|") else None
        elif base and not cells[0].startswith("---"):
            yield base, list(quoted(cells[0])), cells[1]


def sources_of(base):
    paths = glob.glob(os.path.join(ROOT, base, "**", "*.c"), recursive=True)
    return sorted(os.path.relpath(path, os.path.join(ROOT, base))[:-2] for path in paths)


def main():
    with open(os.path.join(ROOT, "CONTRIBUTING.md"), encoding="utf-8") as file:
        rows = list(rows_of(file.read()))
    faults = []
    for base, patterns, _ in rows:
        for pattern in patterns:
            if not any(fnmatch.fnmatch(source, pattern) for source in sources_of(base)):
                faults.append(f"CONTRIBUTING.md: {base}{pattern} is not there")
    for library in LIBRARIES:
        base = f"lib/{library}/src/"
        named = [pattern for where, patterns, _ in rows for pattern in patterns if where == base]
        for source in sources_of(base):
            test = os.path.join(ROOT, "tests", library, f"test_{os.path.basename(source)}.c")
            if not os.path.exists(test) and not any(fnmatch.fnmatch(source, pattern) for pattern in named):
                faults.append(f"{base}{source}.c: no test has its name, and no row of CONTRIBUTING.md names one")
    print("\n".join(faults) or "each source has a test of its name, or a row")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
