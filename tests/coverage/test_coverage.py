#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of coverage.py: too little that runs, what has no reason, and reasons without need must be found."""

import os
import unittest
from typing import Dict, List, Tuple

import coverage

ROOT = "/project"


def trace(path: str, run: int, never: int, names: Dict[str, int]) -> str:
    """A file of so many lines that ran and did not, and of as many ways of a branch."""
    lines = [f"SF:{ROOT}/{path}"] + [f"FNDA:{count},{name}" for name, count in names.items()]
    lines += [f"DA:{number + 1},{3 if number < run else 0}" for number in range(run + never)]
    lines += [f"BRDA:{number + 1},0,0,{'3' if number < run else '-'}" for number in range(run + never)]
    return "\n".join(lines + ["end_of_record"])


def read(*traces: str) -> Dict[str, coverage.File]:
    return coverage.read_tracefile("\n".join(traces), ROOT)


class Counting(unittest.TestCase):
    def test_what_a_tracefile_says(self) -> None:
        files = read(trace("lib/a/one.c", 3, 1, {"one": 2, "one.c:two": 0}), trace("tests/x.c", 1, 1, {}))
        self.assertEqual(list(files), ["lib/a/one.c"])
        self.assertEqual(coverage.count(files.values()), coverage.Count(4, 3, 4, 3))
        self.assertEqual(files["lib/a/one.c"].functions, {"one": 2, "two": 0})

    def test_a_function_of_a_header_ran_when_one_copy_did(self) -> None:
        text = trace("lib/a/one.h", 1, 0, {"one.c:size": 4}).replace("DA:1", "FNDA:0,two.c:size\nDA:1", 1)
        self.assertEqual(read(text)["lib/a/one.h"].functions, {"size": 4})

    def test_the_table_has_folders_and_sums(self) -> None:
        files = read(trace("lib/a/one.c", 3, 1, {}), trace("lib/b/two.c", 4, 0, {}), trace("tools/t.c", 1, 1, {}))
        rows = coverage.table(coverage.by_folder(files))
        self.assertEqual([row.split()[0] for row in rows[1:]], ["lib/a", "lib/b", "tools", "all", "all", "all"])
        self.assertIn("75.00 %", rows[1])
        self.assertIn("87.50 %", rows[4])


class Bars(unittest.TestCase):
    PYTHON = trace("bindings/python/mmview/a.py", 1, 0, {})

    def found(self, lib: Tuple[int, int], tools: Tuple[int, int]) -> str:
        files = read(trace("lib/a/one.c", *lib, {}), trace("tools/t.c", *tools, {}), self.PYTHON)
        return "\n".join(coverage.check_bars(files))

    def test_enough(self) -> None:
        self.assertEqual(self.found((92, 8), (85, 15)), "")

    def test_too_few_lines(self) -> None:
        self.assertEqual(self.found((91, 9), (85, 15)), "lib/: 91.00 % of the lines run, and 92 % must")
        self.assertEqual(self.found((92, 8), (84, 16)), "tools/: 84.00 % of the lines run, and 85 % must")

    def test_too_few_branches(self) -> None:
        files = read(trace("lib/a/one.c", 99, 1, {}), trace("tools/t.c", 1, 0, {}), self.PYTHON)
        files["lib/a/one.c"].branches[:] = [True] * 79 + [False] * 21
        self.assertEqual(coverage.check_bars(files), ["lib/: 79.00 % of the branches run, and 80 % must"])

    def test_what_was_not_counted_at_all(self) -> None:
        found = coverage.check_bars(read(trace("lib/a/one.c", 1, 0, {})))
        nothing = "nothing of it was counted"
        self.assertEqual(found, [f"tools/: {nothing}", f"bindings/: {nothing}"])


class Reasons(unittest.TestCase):
    def setUp(self) -> None:
        self.files = read(
            trace("lib/a/low.c", 1, 1, {"low": 1, "never": 0}), trace("lib/a/high.c", 99, 1, {"high": 1, "never": 0})
        )

    def found(self, text: str) -> List[str]:
        reasons, found = coverage.read_reasons(text)
        return found + coverage.check_reasons(reasons, self.files)

    def test_each_thing_needs_one(self) -> None:
        found = self.found("")
        self.assertEqual([line.split(": ")[1] for line in found][0][:7], "never()")
        self.assertEqual(len(found), 3)

    def test_enough_reasons(self) -> None:
        self.assertEqual(self.found("# why\n\nlib/a/low.c no such machine\nlib/a/high.c:never no such system\n"), [])

    def test_a_function_does_not_stand_for_its_file(self) -> None:
        found = self.found("lib/a/low.c:never no such machine\nlib/a/high.c:never no such system\n")
        self.assertEqual([line.split(",")[0] for line in found], ["lib/a/low.c: below its bar"])

    def test_reasons_without_need(self) -> None:
        enough = "lib/a/low.c no machine\nlib/a/high.c:never no system\n"
        for more in ("lib/a/high.c:high it runs", "lib/a/other.c is gone", "lib/a/low.c:never said twice"):
            self.assertEqual(len(self.found(enough + more + "\n")), 1, more)

    def test_faults_of_the_list(self) -> None:
        enough = "lib/a/low.c no machine\nlib/a/high.c:never no system\n"
        self.assertIn("no reason for lib/a/low.c", "\n".join(self.found(enough.replace(" no machine", ""))))
        self.assertIn("has a reason already", "\n".join(self.found(enough + "lib/a/low.c no machine\n")))

    def test_files_and_functions_that_are_gone(self) -> None:
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        there = "lib/mmview/src/base/range.c"
        self.assertEqual(coverage.check_sources({there: "", f"{there}:mmv_range_clip": ""}, root), [])
        self.assertEqual(len(coverage.check_sources({"lib/gone.c": "", f"{there}:gone_long_ago": ""}, root)), 2)


if __name__ == "__main__":
    unittest.main()
