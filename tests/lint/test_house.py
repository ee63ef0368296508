#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of house.py: files without a line, lines without a file, and files with two lines must be found."""

import os
import shutil
import tempfile
import unittest
from typing import List

import house

MAP = """# The map

- a list in front of the first folder is prose

### `lib/a/`

Sums.

- `sum.c`, `sum.h`: sums of numbers.
- `build.cmake`: how sums are built.
"""


class House(unittest.TestCase):
    def setUp(self) -> None:
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        for name in ("lib/a/sum.c", "lib/a/sum.h", "lib/a/build.cmake"):
            self.write(name, "")

    def write(self, name: str, text: str) -> None:
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def faults(self, text: str = MAP) -> List[str]:
        self.write(house.MAP, text)
        return house.check(self.root)

    def test_a_true_map(self) -> None:
        self.assertEqual(self.faults(), [])

    def test_a_file_without_a_line(self) -> None:
        for name in ("lib/a/new.c", "tools/new.h", "bench/deep/er/new.py", "bindings/x/new.py"):
            self.write(name, "")
        self.assertEqual(
            self.faults(),
            [
                f"{name}: no line of docs/house.md names it"
                for name in ("lib/a/new.c", "tools/new.h", "bench/deep/er/new.py", "bindings/x/new.py")
            ],
        )

    def test_files_of_other_kinds_need_none(self) -> None:
        for name in ("lib/a/notes.txt", "lib/a/__pycache__/sum.py", "bindings/x/build/lib/y.py", "examples/z.c"):
            self.write(name, "")
        self.assertEqual(self.faults(), [])

    def test_a_line_whose_file_is_gone(self) -> None:
        os.remove(os.path.join(self.root, "lib/a/sum.h"))
        os.remove(os.path.join(self.root, "lib/a/build.cmake"))
        self.assertEqual(
            self.faults(), ["docs/house.md:9: lib/a/sum.h is gone", "docs/house.md:10: lib/a/build.cmake is gone"]
        )

    def test_two_lines_for_one_file(self) -> None:
        self.assertEqual(
            self.faults(MAP.replace("- `build.cmake`", "- `sum.c`, `build.cmake`")),
            ["lib/a/sum.c: docs/house.md has 2 lines for it"],
        )

    def test_a_folder_that_is_gone(self) -> None:
        self.assertEqual(self.faults(MAP + "\n### `lib/b/`\n\nGone.\n"), ["docs/house.md: folder lib/b/ is gone"])

    def test_a_folder_of_which_nothing_is_said(self) -> None:
        self.assertEqual(self.faults(MAP.replace("Sums.", "")), ["docs/house.md: no sentence says what lib/a/ is"])

    def test_a_folder_with_two_headings(self) -> None:
        text = MAP + "\n### `lib/a/`\n\nSums once more.\n"
        self.assertEqual(self.faults(text), ["docs/house.md:12: lib/a/ has a heading already"])

    def test_a_heading_that_names_no_folder(self) -> None:
        self.assertEqual(self.faults(MAP + "\n### tools\n"), ["docs/house.md:12: not '### `FOLDER/`'"])

    def test_a_line_that_says_nothing(self) -> None:
        found = self.faults(MAP.replace(": how sums are built.", ":"))
        self.assertEqual(found, ["docs/house.md:10: not '- `file`, `file`: what they are for'"])


if __name__ == "__main__":
    unittest.main()
