#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether what the installed documents and manual pages point at is installed, too.

Usage: dead_links.py PREFIX
Reads the links of every .md file below PREFIX/share/doc: each leads to a file, and behind # to a heading of it. Reads
every manual page: a page of ours that it names, mmNAME(SECTION), is there, and so is what .so leads to. Prints each
fault as FILE:LINE: REASON. Exit status 1 when there is any.
"""

import os
import re
import sys
from typing import Iterator, List

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lint"))
import links  # noqa: E402

FACE = re.compile(r"\\f.|\\&")
# Not mmap(2).
PAGE = re.compile(r"\b(mm[a-z0-9_]+) ?\(([1345])\)")
LEADS = re.compile(r"^\.so (\S+)$", re.M)


def files(folder: str) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        yield from (os.path.join(place, name) for name in sorted(names))


def check_document(path: str) -> Iterator[str]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for number, line in links.prose(text):
        for target in links.links_of(line):
            if links.is_elsewhere(target):
                continue
            name, _, anchor = target.partition("#")
            other = os.path.join(os.path.dirname(path), name) if name else path
            if not os.path.exists(other):
                yield f"{path}:{number}: {target} is not installed"
            elif anchor and other.endswith(".md"):
                with open(other, encoding="utf-8") as file:
                    if anchor not in links.anchors(file.read()):
                        yield f"{path}:{number}: {target}: no such heading"


def check_page(manual: str, path: str) -> Iterator[str]:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    leads = LEADS.match(text)
    if leads and not os.path.exists(os.path.join(manual, leads.group(1))):
        yield f"{path}:1: {leads.group(1)} is not installed"
    for number, line in enumerate(text.splitlines(), 1):
        for name, section in PAGE.findall(FACE.sub("", line).replace("\\_", "_")):
            if not os.path.exists(os.path.join(manual, f"man{section}", f"{name}.{section}")):
                yield f"{path}:{number}: {name}({section}) is not installed"


def main() -> int:
    prefix = sys.argv[1]
    documents = [path for path in files(os.path.join(prefix, "share", "doc")) if path.endswith(".md")]
    manual = os.path.join(prefix, "share", "man")
    pages = list(files(manual))
    faults: List[str] = []
    for path in documents:
        faults += check_document(path)
    for path in pages:
        faults += check_page(manual, path)
    for fault in faults:
        print(fault)
    print(f"{len(documents)} documents, {len(pages)} manual pages, {len(faults)} dead links")
    return 1 if faults or not documents or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
