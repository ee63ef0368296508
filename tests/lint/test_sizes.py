#!/usr/bin/env python3
"""Tests of sizes.py: planted functions, parameter lists and structs that are too large must be found."""

import os
import shutil
import tempfile
import unittest
from typing import List

import sizes


def function(lines: int, parameters: str = "void", name: str = "work") -> str:
    """A function of so many lines of code, with comments and empty lines that do not count."""
    body = "\n".join(["    /* why:", "     * because */", ""] + ["    call();"] * (lines - 3))
    return f"static int {name}({parameters})\n{{\n{body}\n}}\n"


def struct(fields: int) -> str:
    return (
        "struct thing {\n" + "".join(f"    int field{i}; /* bytes; less than most */\n" for i in range(fields)) + "};\n"
    )


class Sizes(unittest.TestCase):
    def setUp(self) -> None:
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def read(self, text: str) -> sizes.Figures:
        os.makedirs(os.path.join(self.root, "lib"), exist_ok=True)
        with open(os.path.join(self.root, "lib", "a.c"), "w", encoding="utf-8") as file:
            file.write(text)
        return sizes.read_tree(self.root, ["lib"])

    def faults(self, text: str) -> List[str]:
        return sizes.judge(self.read(text))[0]

    def test_a_function_in_bounds(self) -> None:
        self.assertEqual(self.faults(function(10, "int a, int (*b)(int, int), char c[4], d, e")), [])

    def test_lines_are_counted_without_comments(self) -> None:
        self.assertEqual([thing.size for thing in self.read(function(12)).functions], [12])

    def test_a_long_function(self) -> None:
        found = self.faults(function(51) + "\n" + function(5) * 20)
        self.assertEqual(found, ["lib/a.c:1: work() has 51 lines, more than 50"])

    def test_functions_that_are_long_as_a_rule(self) -> None:
        self.assertIn("half of the functions have up to 11 lines, more than 10", self.faults(function(11) * 3))
        many = function(5) * 8 + function(23) * 2
        self.assertIn("90 % of the functions have up to 23 lines, more than 22", self.faults(many))

    def test_six_parameters(self) -> None:
        six = "int a, int b, int c, int d, int e, int f"
        self.assertEqual(self.faults(function(5, six)), ["lib/a.c:1: work has 6 parameters, more than 5"])
        self.assertEqual(
            self.faults(function(5, six.replace("c, ", "c,\n                "))), self.faults(function(5, six))
        )

    def test_an_exception_has_a_reason(self) -> None:
        six = "int a, int b, int c, int d, int e, int f"
        excused = "/*\n * Does it.\n * size: as the system's own call\n */\n" + function(5, six)
        faults, exceptions = sizes.judge(self.read(excused))
        self.assertEqual((faults, [thing.reason for thing in exceptions]), ([], ["as the system's own call"]))

    def test_six_exceptions_are_too_many(self) -> None:
        six = "int a, int b, int c, int d, int e, int f"
        text = "".join("/* size: why not */\n" + function(5, six) + "\n" for _ in range(6))
        self.assertEqual(self.faults(text), ["6 exceptions, more than 5"])

    def test_fields(self) -> None:
        self.assertEqual(self.faults(struct(20) + function(5)), [])
        self.assertEqual(self.faults(struct(21) + function(5)), ["lib/a.c:1: thing has 21 fields, more than 20"])
        typedef = "typedef struct thing {\n    int a, *b;\n    struct { int c, d; } e;\n"
        typedef += "    void (*f)(int g, int h);\n} thing;\n"
        self.assertEqual([thing.size for thing in self.read(typedef).structs], [5])

    def test_asserts_in_comments_do_not_count(self) -> None:
        self.assertEqual(self.read("/* assert(1) */\n" + function(5).replace("call", "assert")).asserts, 2)


if __name__ == "__main__":
    unittest.main()
