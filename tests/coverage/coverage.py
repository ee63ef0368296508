#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which lines and branches of lib/, tools/ and bindings/ the tests have run, whether that is enough, and why not all.

Usage: coverage.py [--root=FOLDER] [--build=FOLDER | --sources]
The build is one with MMV_COVERAGE whose tests have run. Of bindings/ Python is counted, by coverage of Debian's
python3-coverage, in the processes of its tests and the threads of its module threading. Writes coverage.txt, a table
of all files, and uncovered.txt, each line that never ran, into the build's folder. Prints a table of folders.

reasons.txt says why something is not run, a line each: PATH or PATH:FUNCTION, then the reason. Each file with less than
its bar needs one, and each function that never ran, unless its file has one. A reason that is not needed is a fault.
--sources reads no build: whether the files and functions of reasons.txt are there. Prints each fault; exit status 1
when there is any.
"""

import argparse
import glob
import os
import re
import subprocess
import sys
from typing import Dict, Iterable, List, NamedTuple, Tuple

REASONS = os.path.join("tests", "coverage", "reasons.txt")


class Bar(NamedTuple):
    """What a part of the sources must have, in percent; 0: no bar."""

    lines: int
    branches: int


BARS = {"lib": Bar(92, 80), "tools": Bar(85, 0), "bindings": Bar(85, 0)}
PYTHON = "/usr/bin/python3" if os.path.exists("/usr/bin/python3") else sys.executable  # as tests/python has it


class File(NamedTuple):
    """How often each line ran, each way of each branch, and each function."""

    lines: Dict[int, int]
    branches: List[bool]
    functions: Dict[str, int]


class Count(NamedTuple):
    """How many there are, and how many of them ran."""

    lines: int
    lines_run: int
    branches: int
    branches_run: int


def read_tracefile(text: str, root: str) -> Dict[str, File]:
    """A tracefile of lcov, as llvm-cov and coverage write it, by path from the root. Other files are left out."""
    files: Dict[str, File] = {}
    now = File({}, [], {})
    for line in text.splitlines():
        tag, _, value = line.partition(":")
        if tag == "SF":
            path = os.path.relpath(value, root)
            now = File({}, [], {})
            if path.split(os.sep)[0] in BARS:
                files[path] = now
        elif tag == "DA":
            number, count = value.split(",")[:2]
            now.lines[int(number)] = int(count)
        elif tag == "BRDA":
            now.branches.append(value.split(",")[3] not in ("-", "0"))
        elif tag == "FNDA":
            count, name = value.split(",", 1)
            # A static function has its file in front.
            name = name.rpartition(":")[2]
            now.functions[name] = max(now.functions.get(name, 0), int(count))
    return files


def count(files: Iterable[File]) -> Count:
    sums = [0, 0, 0, 0]
    for file in files:
        sums[0] += len(file.lines)
        sums[1] += sum(1 for times in file.lines.values() if times)
        sums[2] += len(file.branches)
        sums[3] += sum(file.branches)
    return Count(*sums)


def percent(run: int, there: int) -> float:
    return 100.0 * run / there if there else 100.0


def row(name: str, width: int, sums: Count) -> str:
    lines, branches = percent(sums.lines_run, sums.lines), percent(sums.branches_run, sums.branches)
    return (
        f"{name:{width}} {sums.lines:6} {sums.lines - sums.lines_run:6} {lines:6.2f} % "
        f"{sums.branches:6} {sums.branches - sums.branches_run:6} {branches:6.2f} %"
    )


def table(groups: Dict[str, List[File]]) -> List[str]:
    width = max([len(name) for name in groups] + [4])
    head = f"{'':{width}} {'lines':>6} {'not':>6} {'run':>8} {'ways':>6} {'not':>6} {'run':>8}"
    return [head] + [row(name, width, count(files)) for name, files in groups.items()]


def by_folder(files: Dict[str, File]) -> Dict[str, List[File]]:
    groups: Dict[str, List[File]] = {}
    for path in sorted(files):
        groups.setdefault(os.path.dirname(path), []).append(files[path])
    for top in BARS:
        groups[f"all of {top}/"] = [file for path, file in files.items() if path.startswith(top + os.sep)]
    return groups


def check_bars(files: Dict[str, File]) -> List[str]:
    found = []
    for top, bar in BARS.items():
        sums = count(file for path, file in files.items() if path.startswith(top + os.sep))
        if not sums.lines:
            found.append(f"{top}/: nothing of it was counted")
        for what, wanted, run, there in (
            ("lines", bar.lines, sums.lines_run, sums.lines),
            ("branches", bar.branches, sums.branches_run, sums.branches),
        ):
            if percent(run, there) < wanted:
                found.append(f"{top}/: {percent(run, there):.2f} % of the {what} run, and {wanted} % must")
    return found


def read_reasons(text: str) -> Tuple[Dict[str, str], List[str]]:
    """Reasons by PATH or PATH:FUNCTION, and faults of the list itself."""
    reasons: Dict[str, str] = {}
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        what, _, why = line.partition(" ")
        if not why.strip():
            found.append(f"{REASONS}:{number}: no reason for {what}")
        elif what in reasons:
            found.append(f"{REASONS}:{number}: {what} has a reason already")
        reasons[what] = why.strip()
    return reasons, found


def is_below(path: str, file: File) -> bool:
    sums = count([file])
    return percent(sums.lines_run, sums.lines) < BARS[path.split(os.sep)[0]].lines


def needs(files: Dict[str, File]) -> Dict[str, List[str]]:
    """What needs a reason: files below their bar, and functions that never ran, in the other files, too."""
    needed: Dict[str, List[str]] = {}
    for path, file in files.items():
        never = [name for name, times in file.functions.items() if not times]
        if is_below(path, file) or never:
            needed[path] = never
    return needed


def check_reasons(reasons: Dict[str, str], files: Dict[str, File]) -> List[str]:
    found = []
    needed = needs(files)
    for path, never in sorted(needed.items()):
        if path in reasons:
            continue
        missing = [name for name in never if f"{path}:{name}" not in reasons]
        found += [f"{path}: {name}() never ran, and {REASONS} does not say why" for name in missing]
        if is_below(path, files[path]):
            found.append(f"{path}: below its bar, and {REASONS} does not say why")
    for what in sorted(reasons):
        path, _, name = what.partition(":")
        if path not in needed or (name and name not in needed[path]):
            found.append(f"{REASONS}: {what} is not in need of a reason")
        elif name and path in reasons:
            found.append(f"{REASONS}: {what} is said of its file already")
    return found


def check_sources(reasons: Dict[str, str], root: str) -> List[str]:
    found = []
    for what in sorted(reasons):
        path, _, name = what.partition(":")
        if not os.path.isfile(os.path.join(root, path)):
            found.append(f"{REASONS}: {path} is not there")
            continue
        with open(os.path.join(root, path), encoding="utf-8") as file:
            if name and not re.search(rf"\b{re.escape(name)}\b", file.read()):
                found.append(f"{REASONS}: {path} has no {name}()")
    return found


def list_objects(build: str) -> List[str]:
    """Where the counters of the sources are: the libraries whole, and each command with what it has of the kit."""
    found = glob.glob(os.path.join(build, "lib", "*", "lib*.so")) + glob.glob(os.path.join(build, "tools", "mm*"))
    return sorted(path for path in found if os.path.isfile(path) and os.access(path, os.X_OK))


def read_python(build: str) -> str:
    """The tracefile of what Python has counted; empty when there is nothing."""
    counts = glob.glob(os.path.join(build, "profiles", "python.*"))
    if not counts:
        return ""
    environment = dict(os.environ, COVERAGE_FILE=os.path.join(build, "profiles", "all.python"))
    traces = os.path.join(build, "profiles", "python_all.lcov")
    for words in (["combine", "--quiet", "--keep"] + counts, ["lcov", "--quiet", "-o", traces]):
        subprocess.run([PYTHON, "-m", "coverage"] + words, check=True, env=environment)
    with open(traces, encoding="utf-8") as file:
        return file.read()


def read_build(build: str, root: str) -> Dict[str, File]:
    profiles = glob.glob(os.path.join(build, "profiles", "*.profraw"))
    objects = list_objects(build)
    if not profiles or not objects:
        sys.exit(f"coverage.py: {build} is no build with MMV_COVERAGE whose tests have run")
    merged = os.path.join(build, "profiles", "all.profdata")
    subprocess.run(["llvm-profdata", "merge", "-sparse", "-o", merged] + profiles, check=True)
    command = ["llvm-cov", "export", "-format=lcov", f"-instr-profile={merged}", objects[0]]
    command += [f"-object={path}" for path in objects[1:]]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
    return read_tracefile(text + read_python(build), root)


def write_lists(files: Dict[str, File], build: str, root: str) -> None:
    with open(os.path.join(build, "coverage.txt"), "w", encoding="utf-8") as out:
        print("\n".join(table({path: [files[path]] for path in sorted(files)})), file=out)
    with open(os.path.join(build, "uncovered.txt"), "w", encoding="utf-8") as out:
        for path in sorted(files):
            with open(os.path.join(root, path), encoding="utf-8") as source:
                text = source.read().splitlines()
            for number, times in sorted(files[path].lines.items()):
                if not times:
                    print(f"{path}:{number}: {text[number - 1].strip()}", file=out)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    here = os.path.dirname(os.path.abspath(__file__))
    parser.add_argument("--root", default=os.path.join(here, "..", ".."))
    parser.add_argument("--build")
    parser.add_argument("--sources", action="store_true")
    return parser.parse_args()


def main() -> int:
    arguments = parse_arguments()
    root = os.path.realpath(arguments.root)
    with open(os.path.join(root, REASONS), encoding="utf-8") as file:
        reasons, found = read_reasons(file.read())
    found += check_sources(reasons, root)
    if not arguments.sources:
        build = os.path.realpath(arguments.build or os.path.join(root, "build", "coverage"))
        files = read_build(build, root)
        write_lists(files, build, root)
        print("\n".join(table(by_folder(files))))
        found += check_bars(files) + check_reasons(reasons, files)
    for fault in found:
        print(fault)
    print(f"{len(found)} faults of what the tests run")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
