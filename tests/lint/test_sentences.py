#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of sentences.py: long sentences planted wherever people read must be found, and nothing else taken for one."""

import os
import shutil
import tempfile
import unittest
from typing import List, Tuple

import sentences


def words(count: int, end: str = ".") -> str:
    return " ".join(["word"] * count) + end


LONG, SHORT = words(31), words(30)


class Sentences(unittest.TestCase):
    def setUp(self) -> None:
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)

    def found(self, name: str, text: str) -> List[Tuple[int, int]]:
        """Line and words of each fault in the file."""
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.assertIn(name, list(sentences.list_files(self.root)))
        return [(fault.line, fault.words) for fault in sentences.check(self.root, [name])[0]]

    def test_which_files_are_read(self) -> None:
        pages = ("README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/a.md", "docs/decisions/0001-a.md", ".github/a.md")
        for name in pages:
            self.assertEqual(self.found(name, LONG), [(1, 31)], name)
            self.assertEqual(self.found(name, SHORT), [], name)

    def test_sentences_end(self) -> None:
        half = words(16, "")
        for end in (". ", "? ", "! ", ".) ", '." ', ".\n", ". `code` ", ". [link](there) "):
            self.assertEqual(self.found("README.md", half + end + half + "."), [], end)
        for end in (" e.g. ", " i.e. ", " (a, b, ...) ", "; ", ": ", " vs. ", ", ", " 0.1 "):
            self.assertEqual(len(self.found("README.md", half + end + half + ".")), 1, end)

    def test_words(self) -> None:
        """Code is a word, marks are none, and a link has the words of its text."""
        self.assertEqual(self.found("README.md", words(29, " `a b c d e` .")), [])
        self.assertEqual(self.found("README.md", words(30, " - -> | + = .")), [])
        self.assertEqual(self.found("README.md", words(28, " [two words](a b c d).")), [])
        self.assertEqual(self.found("README.md", words(29, " [two words](a).")), [(1, 31)])
        self.assertEqual(self.found("README.md", words(30, " `code`.")), [(1, 31)])

    def test_what_markdown_has_besides(self) -> None:
        half = words(16, "")
        for text in (
            f"{half}\n\n{half}",
            f"- {half}\n- {half}",
            f"1. {half}\n2. {half}",
            f"| {half} | {half} |\n",
            f"# {half}\n{half}",
            f"text\n\n    {LONG}\n",
            f"```\n{LONG}\n```\n",
            f"- item\n\n      {LONG}\n",
        ):
            self.assertEqual(self.found("README.md", text), [], text)
        for text, line in (
            (f"one\n\n{half}\n{half}.", 3),
            (f"- {half}\n  {half}.", 1),
            (f"- item\n\n  {half}\n  {half}.", 3),
            (f"1. {half}\n   {half}.", 1),
            (f"| a | {half} {half} |", 1),
            (f"```\ncode\n```\n{LONG}", 4),
            (f"> {LONG}", 1),
        ):
            self.assertEqual([place for place, _ in self.found("README.md", text)], [line], text)

    def test_manual_pages(self) -> None:
        half = words(16, "")
        self.assertEqual(self.found("docs/man/a.1.scd.in", f"# NAME\n\n\t{half}\n\t*{half}* _a_."), [(3, 33)])
        for text in (f"{half}\n\n{half}", f"# {LONG}", f"; {LONG}", f"- {half}\n- {half}", f"|  {half}\n:  {half}\n"):
            self.assertEqual(self.found("docs/man/a.5.scd", text), [], text)
        self.assertEqual(self.found("docs/man/a.5.scd", f"|  a\n:  {LONG}\n"), [(2, 31)])
        self.assertEqual(self.found("docs/man/a.5.scd", f"```\n{LONG}\n```\n"), [])

    def test_comments_of_public_headers(self) -> None:
        half = words(16, "")
        name = "lib/x/include/x/x.h"
        self.assertEqual(self.found(name, f"/* {LONG} */\n"), [(1, 31)])
        self.assertEqual(self.found(name, f"/*\n * x() - {half}\n * {half}.\n */\n"), [(2, 33)])
        self.assertEqual(self.found(name, f"/*\n * x() - {half}\n * Owner:   {half}.\n */\n"), [])
        self.assertEqual(self.found(name, f"/*\n * Threads: {half}\n *          {half}.\n */\n"), [(2, 32)])
        self.assertEqual(self.found(name, f"/*\n *     code {LONG}\n *   a      b {LONG}\n */\n"), [])
        self.assertEqual(self.found(name, f"/*\n *   - {half}\n *     {half}.\n *   - {half}\n */\n"), [(2, 32)])
        self.assertEqual(self.found(name, f"int a; /* {half}\n           {half} */\n"), [(1, 32)])
        self.assertEqual(self.found(name, f"int a; /* {half}\n        * {half} */\n"), [(1, 32)])
        self.assertEqual(self.found(name, f"int a; /* {half} */\nint b; /* {half} */\n"), [])
        self.assertEqual(self.found("lib/x/src/x.h", f"/* {LONG} */\n"), [], "nobody's manual has these")

    def test_messages(self) -> None:
        half = words(16, "")
        for name in ("lib/x/src/x.c", "tools/x/x.c", "tools/x/x.h"):
            self.assertEqual(self.found(name, f'\nsay("{LONG}");\n'), [(2, 31)])
            self.assertEqual(self.found(name, f'say("{half} "\n    "{half}.");\n'), [(1, 32)])
            self.assertEqual(self.found(name, f'say("{half} %" PRIu64 " {half}.");\n'), [(1, 32)])
            self.assertEqual(self.found(name, f'say("{half}", "{half}");\n/* "{LONG}" */\n'), [])
            self.assertEqual(self.found(name, f'say("{half}\\n{half}\\n");\n'), [])
            self.assertEqual(self.found(name, f'put("int a;\\nint {LONG}");\n'), [], "code")

    def test_quotes_in_characters(self) -> None:
        self.assertEqual(self.found("lib/x/src/x.c", f"char c = '\"'; say(\"{LONG}\"); char d = '\"';\n"), [(1, 31)])


if __name__ == "__main__":
    unittest.main()
