#!/usr/bin/env python3
"""What invariants.py finds, and what it lets pass."""

import unittest

import invariants

HEAD = """/*
 * pool.c - windows.
 *
 * 1. One.
 * 2. Two, of
 *    two lines.%s
%s */
"""


def faults(code: str, excuse: str = "", behind: str = "") -> list[int]:
    """The numbers of the invariants that are found to be neither asserted nor excused."""
    text = HEAD % (excuse, behind) + code
    return [int(fault.split("invariant ")[1].split()[0]) for fault in invariants.faults_of("pool.c", text, text)]


class Invariants(unittest.TestCase):
    """One behaviour each."""

    def test_nothing_is_asserted(self) -> None:
        self.assertEqual(faults("int x;\n"), [1, 2])

    def test_a_comment_before_an_assert(self) -> None:
        self.assertEqual(faults("/* Invariant 1. */\nassert(x);\n"), [2])
        self.assertEqual(faults("/* Invariants 1 and 2. */\nassert(x);\n"), [])
        self.assertEqual(faults("/* Invariants 1 to 2. */\nassert_all(x);\n"), [])

    def test_a_comment_behind_an_assert(self) -> None:
        self.assertEqual(faults("assert(x); /* 2. */\n"), [1])

    def test_a_comment_without_an_assert(self) -> None:
        self.assertEqual(faults("/* Invariant 1. */\nx = 1;\n"), [1, 2])

    def test_excused(self) -> None:
        self.assertEqual(faults("", " No assert: why."), [1])
        self.assertEqual(faults("", "", " *\n * No asserts: why.\n"), [])


if __name__ == "__main__":
    unittest.main()
