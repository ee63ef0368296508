#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Whether any sentence that people read has more than 30 words.

Usage: sentences.py [--root=FOLDER] [--most=WORDS] [FILE...]
Reads README.md, NEWS.md, CONTRIBUTING.md, SECURITY.md, documents below docs/ and .github/; comments of public headers,
of which the manual has section 3; the sources of the other manual pages (.scd); and the texts in string literals of
lib/ and tools/.

A sentence ends with . ? or ! before a space, but for abbreviations and "..."; with its paragraph, list item or table
cell; and with the comment or literal that it stands in. Code in backquotes is one word, and so is what stands
between two spaces, if it has a letter or a digit. Code blocks, headings and drawings have no sentences.
Prints FILE:LINE: WORDS words: SENTENCE for each that is too long. Exit status 1 when there is any.
"""

import argparse
import os
import re
import sys
from typing import Iterator, List, NamedTuple, Optional, Tuple

MOST = 30
PAGES = ("README.md", "NEWS.md", "CONTRIBUTING.md", "SECURITY.md")

# A point behind these ends no sentence.
ABBREVIATIONS = {"e.g.", "i.e.", "etc.", "cf.", "vs.", "resp.", "approx.", "no.", "fig.", "p.", "sec."}
END = re.compile(r"""((?<!\.)[.?!]["')\]*_`]*)\s+(?=\S)""")
FENCE = re.compile(r"^\s*(```|~~~)")
ITEM = re.compile(r"^\s*([-*+]|\d+\.)\s+")


class Block(NamedTuple):
    """Prose that ends where it ends: a paragraph, an item, a cell, a comment, a literal."""

    line: int
    text: str


class Fault(NamedTuple):
    """A sentence that is too long."""

    path: str
    line: int
    words: int
    sentence: str


def split(text: str) -> Iterator[str]:
    """The sentences of a block."""
    begin = 0
    for match in END.finditer(text):
        word = text[: match.end(1)].split()[-1].lstrip("([\"'")
        if word.lower() in ABBREVIATIONS or re.fullmatch(r"[A-Z]\.", word):
            continue
        yield text[begin : match.end(1)].strip()
        begin = match.end()
    if text[begin:].strip():
        yield text[begin:].strip()


def count_words(sentence: str) -> int:
    """Code is one word, and a link has its text's words."""
    plain = re.sub(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^)]*\)", r"\1", sentence)
    plain = re.sub(r"(`+).+?\1", " code ", plain)
    return sum(1 for word in plain.split() if re.search(r"\w", word))


class Gatherer:
    """Lines to blocks."""

    def __init__(self) -> None:
        self.blocks: List[Block] = []
        self.lines: List[str] = []
        self.first = 0

    def add(self, number: int, text: str) -> None:
        if not self.lines:
            self.first = number
        self.lines.append(text.strip())

    def end(self) -> None:
        if self.lines:
            self.blocks.append(Block(self.first, " ".join(self.lines)))
        self.lines = []

    def cells(self, number: int, line: str) -> None:
        self.end()
        for cell in re.split(r"(?<!\\)\|", line.strip().strip("|")):
            self.blocks.append(Block(number, cell.strip()))


def read_markdown(text: str) -> List[Block]:
    gatherer = Gatherer()
    fenced = is_item = False
    for number, line in enumerate(text.splitlines(), 1):
        if FENCE.match(line):
            fenced = not fenced
            gatherer.end()
        elif fenced:
            continue
        elif not line.strip():
            gatherer.end()
        elif re.match(r"^(#{1,6} |<!--|=+$|-{3,}$)", line):
            gatherer.end()
            is_item = False
        elif line.lstrip().startswith("|"):
            gatherer.cells(number, line)
        elif ITEM.match(line):
            gatherer.end()
            gatherer.add(number, ITEM.sub("", line))
            is_item = True
        elif line.startswith("    ") and not is_item:
            gatherer.end()
        elif line.startswith("      ") and is_item and not gatherer.lines:
            # Code below an item; less deep it is a further paragraph of the item.
            gatherer.end()
        else:
            if not line.startswith(" ") and not gatherer.lines:
                is_item = False
            gatherer.add(number, line)
    gatherer.end()
    return gatherer.blocks


def read_scdoc(text: str) -> List[Block]:
    """Tabs indent; tables have a cell a line, begun by |, [ or ]; ``` is code; * and _ are letters' faces."""
    gatherer = Gatherer()
    fenced = False
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.lstrip("\t")
        if bare.startswith("```"):
            fenced = not fenced
            gatherer.end()
        elif fenced or bare.startswith((";", "#", "@")) or not bare.strip():
            gatherer.end()
        elif re.match(r"^[|\[\]:][<>\-:\[\]| ]*( |$)", bare):
            gatherer.end()
            gatherer.blocks.append(Block(number, bare.lstrip("|[]:<>- ")))
        else:
            if ITEM.match(bare):
                gatherer.end()
                bare = ITEM.sub("", bare)
            gatherer.add(number, bare.replace("*", "").rstrip("+"))
            if line.rstrip().endswith("++"):
                gatherer.end()
    gatherer.end()
    return gatherer.blocks


LABEL = re.compile(r"(?:Shape|Units|Owner|Threads|Memory|Errors|Source): +")
TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\'', re.S)


def read_comments(text: str) -> List[Block]:
    """The comments of a header. A paragraph may begin with a label, "Owner:   ", whose lines are indented by nine."""
    blocks: List[Block] = []
    for match in TOKEN.finditer(text):
        if match.group().startswith("/*"):
            blocks += read_comment(match.group()[2:-2], text.count("\n", 0, match.start()) + 1)
    return blocks


def read_comment(comment: str, first: int) -> List[Block]:
    gatherer = Gatherer()
    labelled = is_item = False
    # Beside a field the text begins at once, and its next lines are below its beginning.
    beside = bool(comment.split("\n")[0].strip())
    for number, line in enumerate(comment.split("\n"), first):
        bare = re.sub(r"^\s*\* ?", "", line) if number > first else line
        indent = len(bare) - len(bare.lstrip())
        label = LABEL.match(bare)
        if not bare.strip() or "----" in bare:
            gatherer.end()
            labelled = is_item = False
        elif label:
            gatherer.end()
            gatherer.add(number, bare[label.end() :])
            labelled, is_item = True, False
        elif re.search(r"\S {3,}\S", bare):
            # A drawing, or a row of a table.
            gatherer.end()
            is_item = False
        elif ITEM.match(bare):
            gatherer.end()
            gatherer.add(number, ITEM.sub("", bare))
            is_item = True
        elif beside or (is_item and indent) or indent < (12 if labelled else 4):
            gatherer.add(number, bare)
        else:
            # Code.
            gatherer.end()
    gatherer.end()
    return gatherer.blocks


ESCAPES = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}


def unescape(literal: str) -> str:
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match.group(1), "?"), literal[1:-1])


def read_literals(text: str) -> List[Block]:
    """Literals one behind the other are one text. A macro between them (PRIu64) is a part of a word."""
    blocks: List[Block] = []
    line, parts, end = 0, [], None  # type: Tuple[int, List[str], Optional[int]]
    for match in TOKEN.finditer(text):
        if not match.group().startswith('"'):
            continue
        between = text[end : match.start()] if end is not None else ";"
        if not re.fullmatch(r"\s*(?:[A-Z]\w*\s*)?", between):
            blocks += texts_of(line, "".join(parts))
            line, parts = text.count("\n", 0, match.start()) + 1, []
        parts.append(unescape(match.group()))
        end = match.end()
    return blocks + texts_of(line, "".join(parts))


def texts_of(line: int, text: str) -> List[Block]:
    """A literal with lines of code is none that people read as sentences."""
    if re.search(r"[;{}]\s*\n|\n\s*[{}#]", text):
        return []
    return [Block(line, part) for part in text.split("\n") if part.strip()]


def read_file(root: str, path: str) -> List[Block]:
    with open(os.path.join(root, path), encoding="utf-8") as file:
        text = file.read()
    if path.endswith(".md"):
        return read_markdown(text)
    if path.endswith((".scd", ".scd.in")):
        return read_scdoc(text)
    return (read_comments(text) if "/include/" in path else []) + read_literals(text)


def list_files(root: str) -> Iterator[str]:
    yield from (page for page in PAGES if os.path.exists(os.path.join(root, page)))
    documents, sources = (".md", ".scd", ".scd.in"), (".c", ".h")
    for top, endings in ((".github", documents), ("docs", documents), ("lib", sources), ("tools", sources)):
        for place, folders, names in os.walk(os.path.join(root, top)):
            folders.sort()
            for name in sorted(names):
                if name.endswith(endings):
                    yield os.path.relpath(os.path.join(place, name), root)


def check(root: str, paths: List[str], most: int = MOST) -> Tuple[List[Fault], int]:
    """The faults, and how many sentences there are."""
    faults, total = [], 0
    for path in paths:
        for block in read_file(root, path):
            for sentence in split(block.text):
                total += 1
                words = count_words(sentence)
                if words > most:
                    faults.append(Fault(path, block.line, words, sentence))
    return faults, total


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("--most", type=int, default=MOST, help=f"words that a sentence may have ({MOST})")
    parser.add_argument("files", nargs="*", help="below the root; all that are read when there are none")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    root = os.path.normpath(arguments.root)
    faults, total = check(root, arguments.files or list(list_files(root)), arguments.most)
    for fault in faults:
        print(f"{fault.path}:{fault.line}: {fault.words} words: {fault.sentence}")
    print(f"{total} sentences, {len(faults)} of more than {arguments.most} words")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
