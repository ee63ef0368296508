#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""How many lines of the sources name a system, outside of the folders that are there for systems.

Usage: systems.py [--list] [--root=FOLDER]
What differs from system to system belongs into lib/*/src/os, lib/mmimage/src/system and tools/kit/os, behind a
contract. Prints the count, and with --list or when there are too many each line. Exit status 1 then.

What only a real Windows has is marked NOT-IN-WINE; docs/windows.md names each file with such a rule, and what tries it.
"""

import argparse
import os
import re
import sys
from typing import Iterator, List, Tuple

MOST = 20
MARK = "NOT-IN-WINE"
FOLDERS = ("lib", "tools", "bench", "examples", "bindings")
PLACES = ("/os/", "lib/mmimage/src/system/")
SOURCES = (".c", ".h", ".cc")
SYSTEM = re.compile(
    r"\b(_WIN32|_WIN64|WIN32|__MINGW\w+|__CYGWIN__|_MSC_VER|__linux__|__linux|__gnu_linux__|__APPLE__|__FreeBSD__"
    r"|__unix__|__musl__|__GLIBC__)\b"
)
COMMENT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"', re.S)


def without_comments(text: str) -> str:
    """The same lines; what a comment or a string says of a system is prose."""
    return COMMENT.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def find_sources(root: str) -> Iterator[str]:
    for folder in FOLDERS:
        for place, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                path = os.path.relpath(os.path.join(place, name), root)
                if name.endswith(SOURCES) and not any(part in path for part in PLACES):
                    yield path


def find_lines(root: str) -> Iterator[Tuple[str, int, str]]:
    for path in find_sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for number, (code, line) in enumerate(zip(without_comments(text).split("\n"), text.split("\n")), 1):
            if SYSTEM.search(code):
                yield path, number, line.strip()


def unlisted_marks(root: str) -> List[str]:
    """Files with a mark that docs/windows.md does not name, and those that it names without one."""
    marked = set()
    for folder in ("lib", "tools"):
        for place, _, names in os.walk(os.path.join(root, folder)):
            for name in names:
                with open(os.path.join(place, name), encoding="utf-8", errors="replace") as file:
                    if MARK in file.read():
                        marked.add(os.path.relpath(os.path.join(place, name), root))
    with open(os.path.join(root, "docs", "windows.md"), encoding="utf-8") as file:
        section = file.read().partition(MARK)[2]
    named = set(re.findall(r"`((?:lib|tools)/[\w/.]+)`", section))
    return [f"docs/windows.md names no {path}, which says {MARK}" for path in sorted(marked - named)] + [
        f"{path} does not say {MARK}, as docs/windows.md does" for path in sorted(named - marked)
    ]


def main() -> int:
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[2] if __doc__ else None)
    parser.add_argument("--root", default=os.path.normpath(os.path.join(here, "..", "..")))
    parser.add_argument("--list", action="store_true", help="print each line")
    arguments = parser.parse_args()
    lines: List[Tuple[str, int, str]] = list(find_lines(arguments.root))
    if arguments.list or len(lines) > MOST:
        for path, number, line in lines:
            print(f"{path}:{number}: {line}")
    print(f"{len(lines)} lines outside of os/ name a system, at most {MOST} may")
    faults = unlisted_marks(arguments.root)
    for fault in faults:
        print(fault)
    return 1 if faults or len(lines) > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
