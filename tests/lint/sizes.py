#!/usr/bin/env python3
"""How large functions, their parameter lists and structs are in lib/ and tools/, against the project's bars.

Usage: sizes.py [--root=FOLDER] [FOLDER...]
A function's lines are those from its name to its last brace that hold code, not comments or nothing. Prints
the figures, each exception with its reason, and each fault as FILE:LINE. Exit status 1 when there is a fault.

An exception says so in a comment on the line, or in the comment that ends on the line before:
    size: WHY    more than PARAMETERS parameters or FIELDS fields
"""

import argparse
import os
import re
import sys
from typing import Iterator, List, NamedTuple, Tuple

MEDIAN, MOST, LONGEST = 10, 22, 50  # lines: of half of the functions, of 90 %, of all
PARAMETERS, FIELDS, EXCEPTIONS = 5, 20, 5
REASON = re.compile(r"\bsize: *([^\n]+?) *(?:\*/|\n)")
# clang-format keeps to it: what begins in the first column is at file level.
FUNCTION = re.compile(r"^(?!typedef|struct|union|enum|else|#)[A-Za-z_][^;={}]*?\b(\w+)\(", re.S)
STRUCT = re.compile(r"^(?:typedef )?(?:struct|union)(?: __attribute__\(\([^)]*\)\))?(?: \w+)? \{$")


class Thing(NamedTuple):
    """A function or a struct: where it is, its name, how large it is, and why it may be."""

    where: str
    name: str
    size: int
    reason: str


class Figures(NamedTuple):
    """All of some files."""

    functions: List[Thing]
    parameters: List[Thing]
    structs: List[Thing]
    asserts: int
    code: int


def without_comments(text: str) -> str:
    """The same lines, but comments, strings and characters are blanks."""
    pattern = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match.group(0)), text)


def split_list(text: str, separator: str) -> List[str]:
    """At separators outside of brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += letter in "([{"
        depth -= letter in ")]}"
        if letter == separator and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def inside(text: str, opening: int) -> str:
    """What stands between the bracket at 'opening' and the one that belongs to it."""
    depth = 0
    for place in range(opening, len(text)):
        depth += text[place] in "([{"
        depth -= text[place] in ")]}"
        if depth == 0:
            return text[opening + 1 : place]
    return text[opening + 1 :]


def reason_at(lines: List[str], number: int) -> str:
    """Of the line, and of the comment right above it."""
    first = number
    while first > 0 and not lines[first - 1].endswith(("}", ";", "{")) and lines[first - 1].strip():
        first -= 1
    match = REASON.search("\n".join(lines[first : number + 1]))
    return match.group(1) if match else ""


def count_fields(body: str) -> int:
    """Of a struct, those of structs inside of it, too: int a, *b; is two."""
    count = 0
    for part in split_list(body, ";"):
        opening = part.find("{")
        if opening >= 0:
            count += 0 if part.startswith("enum") else count_fields(inside(part, opening))
        else:
            count += len(split_list(part, ","))
    return count


def count_parameters(text: str) -> int:
    parts = split_list(text, ",")
    return 0 if parts == ["void"] else len(parts)


def blocks(code: List[str]) -> Iterator[Tuple[int, int, int]]:
    """First line, line with the brace, and last line of all that has a body at file level."""
    start = -1
    brace = -1
    for number, line in enumerate(code):
        if brace < 0 and line and (line[0].isalpha() or line[0] == "_") and start < 0:
            start = number
        if brace < 0 and start >= 0 and (line == "{" or line.endswith("{")):
            brace = number
        elif brace < 0 and line.endswith(";"):
            start = -1
        elif brace >= 0 and line.startswith("}"):
            yield start, brace, number
            start = brace = -1


def read_file(path: str, name: str, figures: Figures) -> Figures:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.split("\n")
    code = [line.rstrip() for line in without_comments(text).split("\n")]
    # What the preprocessor reads is no part of either.
    code = ["" if line.startswith("#") or (before.endswith("\\")) else line for before, line in zip([""] + code, code)]
    for start, brace, end in blocks(code):
        head = "\n".join(code[start : brace + 1])
        where, reason = f"{name}:{start + 1}", reason_at(lines, start)
        match = FUNCTION.match(head)
        if STRUCT.match(code[brace]) and start == brace:
            fields = count_fields("\n".join(code[brace + 1 : end]))
            words = re.findall(r"\w+", code[end][1:]) or re.findall(r"\w+", head)[-1:]
            figures.structs.append(Thing(where, words[0], fields, reason))
        elif match and code[brace] == "{":
            size = sum(1 for line in code[start : end + 1] if line.strip())
            figures.functions.append(Thing(where, match.group(1), size, ""))
            parameters = count_parameters(inside(head, match.end() - 1))
            figures.parameters.append(Thing(where, match.group(1), parameters, reason))
    asserts = len(re.findall(r"\bassert\(", "\n".join(code)))
    size = sum(1 for line in code if line.strip())
    return figures._replace(asserts=figures.asserts + asserts, code=figures.code + size)


def read_tree(root: str, folders: List[str]) -> Figures:
    figures = Figures([], [], [], 0, 0)
    for folder in folders:
        for place, _, names in sorted(os.walk(os.path.join(root, folder))):
            for name in sorted(names):
                if name.endswith((".c", ".h")):
                    path = os.path.join(place, name)
                    figures = read_file(path, os.path.relpath(path, root), figures)
    return figures


def share(sizes: List[int], part: float) -> int:
    ordered = sorted(sizes)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0


def judge(figures: Figures) -> Tuple[List[str], List[Thing]]:
    """Faults, and what is larger with a reason."""
    sizes = [function.size for function in figures.functions]
    faults = [
        f"{f.where}: {f.name}() has {f.size} lines, more than {LONGEST}" for f in figures.functions if f.size > LONGEST
    ]
    for what, size, bar in (("half", share(sizes, 0.5), MEDIAN), ("90 %", share(sizes, 0.9), MOST)):
        if size > bar:
            faults.append(f"{what} of the functions have up to {size} lines, more than {bar}")
    large = [(thing, "parameters", PARAMETERS) for thing in figures.parameters if thing.size > PARAMETERS]
    large += [(thing, "fields", FIELDS) for thing in figures.structs if thing.size > FIELDS]
    faults += [f"{t.where}: {t.name} has {t.size} {what}, more than {bar}" for t, what, bar in large if not t.reason]
    excused = [thing for thing, _, _ in large if thing.reason]
    if len(excused) > EXCEPTIONS:
        faults.append(f"{len(excused)} exceptions, more than {EXCEPTIONS}")
    return faults, excused


def report(figures: Figures, name: str) -> None:
    sizes = [function.size for function in figures.functions]
    print(
        f"{name}: {len(sizes)} functions, lines: median {share(sizes, 0.5)}, 90 % {share(sizes, 0.9)}, "
        f"longest {max(sizes, default=0)}; "
        f"most parameters {max((t.size for t in figures.parameters), default=0)}, "
        f"most fields {max((t.size for t in figures.structs), default=0)}; "
        f"{figures.asserts} asserts, {1000 * figures.asserts / max(1, figures.code):.1f} per 1000 lines of code"
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    parser.add_argument("folders", nargs="*", default=["lib", "tools"])
    arguments = parser.parse_args()
    root = os.path.normpath(arguments.root)
    for folder in arguments.folders:
        report(read_tree(root, [folder]), folder)
    figures = read_tree(root, arguments.folders)
    faults, excused = judge(figures)
    for thing in excused:
        print(f"exception: {thing.where}: {thing.name}, {thing.size}: {thing.reason}")
    for fault in faults:
        print(fault)
    if not figures.functions:
        print("no functions found")
        return 2
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
