#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Follows the guides word for word: runs each ```sh block of a page, in order, and compares what it prints.

Usage: guides.py --source=DIR [--build=DIR] [--level=usual|slow|clean] [--home=DIR] [--unfound] [GUIDE...]
GUIDE is a page; without one, all of docs/guides. Each page has a new folder of its own for HOME, or all have --home,
and begins there. A block begins in the folder in which the one before it has ended. With --build=DIR that build is
installed into a temporary prefix first, and PATH, PKG_CONFIG_PATH, CMAKE_PREFIX_PATH and LD_LIBRARY_PATH lead there.

What a page says to this program, in comments that no reader sees:

    <!-- run: LEVEL, WHY -->     the next ```sh block is not for every run. LEVEL is slow (with --level=slow or clean),
                                 clean (with --level=clean alone: it changes the machine) or never
    <!-- check: COMMAND -->      must succeed behind the block before it, also when that was not run; 77: not to be
                                 checked on this machine
    <!-- check with TOOL: COMMAND -->       the same, left out where TOOL is not there
    <!-- files: COMMAND -->      makes what a reader has, before the next block
    <!-- file: NAME -->          the next block, of any other language, is saved as NAME, which the page names, too
    <!-- needs: COMMAND -->      where it fails, the rest of the page is left out

A ```text block behind a ```sh block is what that prints, on stdout and stderr. There … stands for any text within a
line, and a line of … alone for any number of lines. A ```powershell block cannot run here: its lines that begin with a
command of ours run in sh. Every block, run or not, must be words that bash can parse.

Prints what failed and what was not run, and counts both. Exit status 1 when anything failed, or when a page has no
block that ran.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from typing import Dict, List, NamedTuple, Optional, Tuple

LEVELS = ("usual", "slow", "clean", "never")
# Only for what hangs: a block of install.md builds all, beside whatever else a machine has to do.
SECONDS = 3600
# The page that the others begin with.
FIRST = "install.md"
# What a check says that cannot be made here.
MISSING = 77

FENCE = re.compile(r"^```(\w*)$")
RUN = re.compile(r"^<!-- run: (slow|clean|never), (.+) -->$")
CHECK = re.compile(r"^<!-- check(?: with ([\w.-]+))?: (.+) -->$")
SAVED = re.compile(r"^<!-- file: ([\w.-]+) -->$")
HIDDEN = re.compile(r"^<!-- (files|needs): (.+) -->$")
OURS = re.compile(r"^mm[a-z]+ ")


class Block(NamedTuple):
    """A step of a page: commands of a reader, or a check or files of this program's."""

    line: int
    kind: str
    text: str
    level: str
    why: str
    expected: Optional[str]


class Counts:
    """What became of the blocks."""

    def __init__(self) -> None:
        self.ran = self.checks = 0
        self.failures: List[str] = []
        self.left: List[str] = []


def fences(lines: List[str]) -> List[Tuple[int, str, str]]:
    """Lines outside of fences, as they are, and each fence as one: number, language or "", text."""
    found: List[Tuple[int, str, str]] = []
    language: Optional[str] = None
    body: List[str] = []
    first = 0
    for number, line in enumerate(lines, 1):
        fence = FENCE.match(line)
        if language is None and fence and fence.group(1):
            language, body, first = fence.group(1), [], number
        elif language is not None and line == "```":
            found.append((first, language, "".join(text + "\n" for text in body)))
            language = None
        elif language is not None:
            body.append(line)
        else:
            found.append((number, "", line))
    if language is not None:
        raise ValueError(f"line {first}: a block without an end")
    return found


def read_page(text: str) -> List[Block]:
    blocks: List[Block] = []
    level, why = "usual", ""
    saved: Optional[str] = None
    for number, language, body in fences(text.splitlines()):
        if language in ("sh", "powershell"):
            blocks.append(Block(number, language, body, level, why, None))
            level, why = "usual", ""
        elif language == "text":
            if not blocks or blocks[-1].kind not in ("sh", "powershell") or blocks[-1].expected is not None:
                raise ValueError(f"line {number}: a ```text block with no commands before it")
            blocks[-1] = blocks[-1]._replace(expected=body)
        elif language and saved:
            blocks.append(Block(number, "save", body, "usual", saved, None))
            saved = None
        elif language:
            raise ValueError(f"line {number}: a ```{language} block; files are written by commands, in ```sh")
        elif body.startswith("<!--"):
            run, check, hidden, file = (pattern.match(body) for pattern in (RUN, CHECK, HIDDEN, SAVED))
            if run:
                level, why = run.groups()
            elif check:
                blocks.append(Block(number, "check", check.group(2), "usual", check.group(1) or "", None))
            elif file and f"`{file.group(1)}`" in text:
                saved = file.group(1)
            elif hidden:
                blocks.append(Block(number, hidden.group(1), hidden.group(2), "usual", "", None))
            else:
                raise ValueError(f"line {number}: not understood: {body}")
    return blocks


def matches(expected: str, printed: str) -> bool:
    """Whether it is what a page shows, … standing for what varies."""
    pattern = ""
    for line in expected.rstrip("\n").split("\n"):
        pattern += "(?:.*\n)*?" if line == "…" else "[^\n]*".join(map(re.escape, line.rstrip().split("…"))) + "\n"
    printed = "".join(line.rstrip() + "\n" for line in printed.split("\r")[-1].rstrip("\n").split("\n"))
    return re.fullmatch(pattern, printed) is not None


class Reader:
    """Who follows one page: a home, the folder that they are in, and what they have in PATH."""

    def __init__(self, home: str, variables: Dict[str, str]) -> None:
        self.folder = home
        self.state = os.path.join(home, ".state")
        os.makedirs(self.state, exist_ok=True)
        self.environment = dict(variables, HOME=home, XDG_CACHE_HOME=os.path.join(home, ".cache"))

    def run(self, commands: str) -> Tuple[int, str]:
        """Status, and what was printed."""
        place = os.path.join(self.state, "folder")
        script = f"trap 'pwd >\"{place}\"' EXIT\n{commands}"
        # Into a file: who reads a pipe would wait for what a block leaves in the background, too.
        with open(os.path.join(self.state, "printed"), "w+", encoding="utf-8", errors="replace") as printed:
            try:
                status = subprocess.run(["bash", "-eu", "-o", "pipefail", "-c", script], cwd=self.folder, check=False,
                                        env=self.environment, stdin=subprocess.DEVNULL, stdout=printed,
                                        stderr=subprocess.STDOUT, timeout=SECONDS).returncode
            except subprocess.TimeoutExpired:
                status = -1
                printed.write(f"not done within {SECONDS} seconds\n")
            printed.seek(0)
            text = printed.read()
        if os.path.exists(place):
            with open(place, encoding="utf-8") as file:
                self.folder = file.read().rstrip("\n")
        return status, text


def ours(text: str) -> str:
    """Of commands for PowerShell those that are the same here."""
    return "".join(line + "\n" for line in text.split("\n") if OURS.match(line))


def follow_block(reader: Reader, block: Block, where: str, counts: Counts) -> None:
    status, printed = reader.run(block.text)
    if block.kind == "check" and status == MISSING:
        counts.left.append(f"{where}: not checked, this machine lacks what it needs: {block.text[:60]}...")
    elif status:
        counts.failures.append(f"{where}: exit status {status}\n{block.text}{printed}")
    elif block.expected is not None and not matches(block.expected, printed):
        counts.failures.append(f"{where}: it prints\n{printed}and the page shows\n{block.expected}")


def follow_step(reader: Reader, block: Block, where: str, level: str, counts: Counts) -> bool:
    """Whether the page can go on."""
    if block.kind == "save":
        with open(os.path.join(reader.folder, block.why), "w", encoding="utf-8") as file:
            file.write(block.text)
        return True
    parsed = subprocess.run(["bash", "-n", "-c", block.text], capture_output=True, text=True, check=False)
    if block.kind != "powershell" and parsed.returncode:
        counts.failures.append(f"{where}: bash cannot parse it: {parsed.stderr}")
        return False
    before = len(counts.failures)
    if block.kind == "needs":
        if reader.run(block.text)[0]:
            counts.left.append(f"{where}: the rest of the page: this fails here: {block.text}")
            return False
    elif block.kind == "check" and block.why and not shutil.which(block.why, path=reader.environment["PATH"]):
        counts.left.append(f"{where}: not checked: no {block.why}")
    elif block.kind == "powershell":
        block = block._replace(text=ours(block.text))
        counts.left.append(f"{where}: no PowerShell here; of its lines {len(block.text.splitlines())} ran in sh")
        counts.ran += 1
        follow_block(reader, block, where, counts)
    elif LEVELS.index(block.level) > LEVELS.index(level):
        counts.left.append(f"{where}: not run ({block.level}): {block.why}")
    else:
        counts.ran += block.kind == "sh"
        counts.checks += block.kind == "check"
        follow_block(reader, block, where, counts)
    return len(counts.failures) == before


def follow(page: str, home: str, variables: Dict[str, str], level: str) -> Counts:
    """All steps, up to the first that fails: the others rest on it."""
    counts = Counts()
    name = os.path.basename(page)
    with open(page, encoding="utf-8") as file:
        try:
            blocks = read_page(file.read())
        except ValueError as fault:
            counts.failures.append(f"{name}: {fault}")
            return counts
    reader = Reader(home, variables)
    for block in blocks:
        if not follow_step(reader, block, f"{name}:{block.line}", level, counts):
            break
    if not counts.ran and not counts.left and not counts.failures and any(block.kind == "sh" for block in blocks):
        counts.failures.append(f"{name}: none of its blocks ran")
    return counts


def install(build: str, prefix: str) -> None:
    for component in ("Runtime", "Development", "Tools"):
        subprocess.run(["cmake", "--install", build, "--prefix", prefix, "--component", component], check=True,
                       stdout=subprocess.DEVNULL)
    if os.path.exists(os.path.join(build, "bench", "mmbench")):
        shutil.copy(os.path.join(build, "bench", "mmbench"), os.path.join(prefix, "bin"))


def variables_of(prefix: Optional[str], is_found: bool) -> Dict[str, str]:
    """What a reader has in the environment. is_found: whether the system finds the library by itself."""
    variables = dict(os.environ, LC_ALL="C.UTF-8")
    # What a shell of a test has from Slurm or MPI is not what a reader has.
    for name in list(variables):
        if name.startswith(("SLURM_", "PMI_", "OMPI_")):
            del variables[name]
    if prefix:
        libraries = next(place for place, _, names in os.walk(prefix) if "libmmview.so.0" in names)
        variables["PATH"] = os.path.join(prefix, "bin") + ":" + variables["PATH"]
        if is_found:
            variables["LD_LIBRARY_PATH"] = libraries
        variables["PKG_CONFIG_PATH"] = os.path.join(libraries, "pkgconfig")
        variables["CMAKE_PREFIX_PATH"] = prefix
        variables["PYTHONPATH"] = os.path.join(prefix, "lib", "python3", "dist-packages")
        variables["MANPATH"] = os.path.join(prefix, "share", "man")
    return variables


def copy_sources(source: str, home: str) -> None:
    """The sources as a reader has them, without what was built."""
    def unwanted(folder: str, names: List[str]) -> List[str]:
        return [name for name in names if name in (".git", "__pycache__", "bin", "obj")
                or (folder == source and name in ("build", "results"))]
    shutil.copytree(source, os.path.join(home, "mmview"), ignore=unwanted, symlinks=True)


def report(counts: List[Counts]) -> int:
    for page in counts:
        for line in page.left:
            print(line)
    for page in counts:
        for failure in page.failures:
            print(f"FAILED: {failure}")
    failures = sum(len(page.failures) for page in counts)
    print(f"{len(counts)} pages: {sum(page.ran for page in counts)} blocks and {sum(page.checks for page in counts)} "
          f"checks run, {sum(len(page.left) for page in counts)} left out, {failures} failures")
    return 1 if failures else 0


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--source", required=True)
    parser.add_argument("--build")
    parser.add_argument("--unfound", action="store_true", help="without LD_LIBRARY_PATH: as if nobody ran ldconfig")
    parser.add_argument("--home", help="the folder of one reader who follows all pages, with the sources in mmview")
    parser.add_argument("--level", choices=LEVELS[:3], default="usual")
    parser.add_argument("guides", nargs="*")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    source = os.path.abspath(arguments.source)
    folder = os.path.join(source, "docs", "guides")
    pages = [os.path.abspath(page) for page in arguments.guides] or [
        os.path.join(folder, name) for name in sorted(os.listdir(folder), key=lambda name: (name != FIRST, name))
        if name.endswith(".md")]
    counts = []
    with tempfile.TemporaryDirectory(prefix="mmview-guides.") as work:
        prefix = os.path.join(work, "prefix") if arguments.build else None
        if prefix:
            install(os.path.abspath(arguments.build), prefix)
        for page in pages:
            home = arguments.home or os.path.join(work, os.path.basename(page)[:-3])
            os.makedirs(home, exist_ok=True)
            if arguments.level != "usual" and not arguments.home:
                copy_sources(source, home)
            counts.append(follow(page, home, variables_of(prefix, not arguments.unfound), arguments.level))
            print(f"{os.path.basename(page)}: {counts[-1].ran} run, {len(counts[-1].failures)} failed", flush=True)
    return report(counts)


if __name__ == "__main__":
    sys.exit(main())
