#!/usr/bin/env python3
"""Have a tool look at each source of a build: clang-tidy, cppcheck, or gcc with -fanalyzer.

Usage: analyze.py clang-tidy|cppcheck|gcc BUILD [FOLDER...]
Reads BUILD/compile_commands.json, takes each file below the FOLDERs once, and prints what the tool says. Exit
status 1 when it says anything.
"""

import argparse
import concurrent.futures
import json
import os
import shlex
import shutil
import subprocess
import sys
from typing import Dict, List, Tuple

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def read_commands(build: str, folders: List[str]) -> List[Dict[str, str]]:
    """The first command for each file: what the second one compiles otherwise is the same text."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as file:
        commands = json.load(file)
    first: Dict[str, Dict[str, str]] = {}
    for command in commands:
        path = os.path.relpath(command["file"], ROOT)
        if any(path.startswith(folder + "/") for folder in folders) and path.endswith(".c"):
            first.setdefault(path, command)
    return [first[path] for path in sorted(first)]


# gcc 12 looks at one file, and does not know that a function that fails never returns MMV_OK: what is set on success is
# unset for it, and what a struct of the caller owns is lost. A sample of the findings of these was read in
# November 2026, and none was a fault. It also takes a shift of a vector's words for one of its bytes, and does not
# follow a pointer that another variable says is set: all findings of these were read in December 2026.
GCC_OFF = [
    f"-Wno-analyzer-{name}"
    for name in (
        "use-of-uninitialized-value",
        "malloc-leak",
        "null-dereference",
        "null-argument",
        "possible-null-argument",
        "possible-null-dereference",
        "shift-count-overflow",
    )
]


def clang_tidy(build: str, command: Dict[str, str]) -> List[str]:
    # gcc's flags that clang does not know are no finding.
    return ["clang-tidy-14", "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option", command["file"]]


def gcc(_: str, command: Dict[str, str]) -> List[str]:
    words = shlex.split(command["command"])
    output = words.index("-o")
    del words[output : output + 2]
    # With -O1 the analyzer sees into small functions.
    return words + ["-O1", "-fanalyzer", "-Werror", *GCC_OFF, "-S", "-o", os.devnull]


PROGRAMS = {"clang-tidy": "clang-tidy-14", "cppcheck": "cppcheck", "gcc": "gcc"}
TOOLS = {"clang-tidy": clang_tidy, "gcc": gcc}


def run(tool: str, build: str, command: Dict[str, str]) -> Tuple[int, str]:
    result = subprocess.run(
        TOOLS[tool](build, command),
        cwd=command["directory"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        universal_newlines=True,
        check=False,
    )
    # clang-tidy counts on stderr what it suppressed.
    text = result.stdout if tool == "clang-tidy" and result.returncode == 0 else result.stdout + result.stderr
    return result.returncode, text.strip()


def run_cppcheck(build: str, commands: List[Dict[str, str]]) -> int:
    """All files at once, with its own processes."""
    project = os.path.join(build, "cppcheck.json")
    with open(project, "w", encoding="utf-8") as file:
        json.dump(commands, file)
    words = [
        "cppcheck",
        "--quiet",
        f"-j{os.cpu_count()}",
        "--project=" + project,
        "--error-exitcode=1",
        "--inline-suppr",
    ]
    words += ["--enable=warning,performance,portability", f"--suppressions-list={ROOT}/tests/lint/cppcheck.txt"]
    return subprocess.run(words, cwd=ROOT, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("tool", choices=["cppcheck", *sorted(TOOLS)])
    parser.add_argument("build")
    parser.add_argument("folders", nargs="*", default=["lib", "tools", "bench", "tests", "examples"])
    arguments = parser.parse_args()
    program = PROGRAMS[arguments.tool]
    if shutil.which(program) is None:
        print(f"SKIPPED: {program} is not there (Debian: {program})")
        return 77
    build = os.path.abspath(arguments.build)
    commands = read_commands(build, arguments.folders)
    if arguments.tool == "cppcheck":
        return run_cppcheck(build, commands)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for status, text in pool.map(lambda command: run(arguments.tool, build, command), commands):
            failed += status != 0 or text != ""
            if text:
                print(text.replace(ROOT + "/", ""))
    print(f"{arguments.tool}: {len(commands)} files, {failed} with findings")
    return 1 if failed or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
