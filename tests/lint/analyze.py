#!/usr/bin/env python3
"""Have a tool look at each source of a build: clang-tidy, or gcc with -fanalyzer.

Usage: analyze.py clang-tidy|gcc BUILD [FOLDER...]
Reads BUILD/compile_commands.json, takes each file below the FOLDERs once, and prints what the tool says. Exit
status 1 when it says anything.
"""

import argparse
import concurrent.futures
import json
import os
import shlex
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


def clang_tidy(build: str, command: Dict[str, str]) -> List[str]:
    # gcc's flags that clang does not know are no finding.
    return ["clang-tidy-14", "--quiet", "-p", build, "--extra-arg=-Wno-unknown-warning-option", command["file"]]


def gcc(_: str, command: Dict[str, str]) -> List[str]:
    words = shlex.split(command["command"])
    output = words.index("-o")
    del words[output : output + 2]
    # With -O1 the analyzer sees into small functions; without code it is faster.
    return words + ["-O1", "-fanalyzer", "-Werror", "-S", "-o", os.devnull]


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


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("tool", choices=sorted(TOOLS))
    parser.add_argument("build")
    parser.add_argument("folders", nargs="*", default=["lib", "tools", "bench", "tests", "examples"])
    arguments = parser.parse_args()
    build = os.path.abspath(arguments.build)
    commands = read_commands(build, arguments.folders)
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
