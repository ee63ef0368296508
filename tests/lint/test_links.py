#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of links.py: planted links, anchors, names and rows that lead nowhere must be found, and true ones not."""

import os
import shutil
import tempfile
import unittest
from typing import List

import links

PAGE = "docs/decisions/0001-one.md"
INDEX = "docs/decisions/README.md"


class Links(unittest.TestCase):
    def setUp(self) -> None:
        self.root = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.root)
        self.write(PAGE, "# 1. One\n")
        self.write(INDEX, "| number | decision |\n|---|---|\n| [1](0001-one.md) | One |\n")
        self.write(
            "docs/other.md",
            "# Other\n\n## What `mmv_map` is, and why?\n\n```\n# no heading\n```\n\n## Twice\n\n## Twice\n",
        )

    def write(self, name: str, text: str) -> None:
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def faults(self, text: str, name: str = "docs/page.md") -> List[str]:
        self.write(name, text)
        return links.check(self.root)

    def test_true_links(self) -> None:
        self.assertEqual(
            self.faults(
                "# Page\n[a](other.md) and [b](other.md#what-mmv_map-is-and-why), [c](#page), [d](../docs/)\n"
                "[e](https://example.org/x.md) [f](mailto:x) `[g](gone.md)` [`h`](other.md#twice-1)\n"
                "docs/other.md docs/decisions/0001 x/docs/gone.md\n```\n[i](gone.md)\n```\n"
            ),
            [],
        )

    def test_a_file_that_is_gone(self) -> None:
        self.assertEqual(
            self.faults("\n[a](gone.md)"), ["docs/page.md:2: gone.md leads to no file of the project"]
        )
        self.assertEqual(
            self.faults("[`a`](gone.md)"), ["docs/page.md:1: gone.md leads to no file of the project"]
        )

    def test_a_file_outside_of_the_project(self) -> None:
        found = self.faults("[a](../../etc)")
        self.assertEqual(found, ["docs/page.md:1: ../../etc leads to no file of the project"])

    def test_a_heading_that_is_gone(self) -> None:
        self.assertEqual(
            self.faults("[a](other.md#no-heading) [b](#there) [c](other.md#twice-2)"),
            [
                "docs/page.md:1: docs/other.md has no heading #no-heading",
                "docs/page.md:1: docs/page.md has no heading #there",
                "docs/page.md:1: docs/other.md has no heading #twice-2",
            ],
        )

    def test_names_in_sources(self) -> None:
        self.assertEqual(
            self.faults(
                "/* see docs/other.md,\n * docs/gone.md, docs/decisions/0001 and docs/decisions/0002. */\n", "lib/a.c"
            ),
            ["lib/a.c:2: docs/gone.md is not there", "lib/a.c:2: no decision has the number 0002"],
        )

    def test_a_decision_without_a_row(self) -> None:
        self.write("docs/decisions/0002-two.md", "# 2. Two\n")
        self.assertEqual(self.faults(""), ["docs/decisions/README.md:1: not one row [2](0002-two.md)"])

    def test_a_row_with_the_wrong_number(self) -> None:
        self.write(INDEX, "| [2](0001-one.md) | One |\n")
        self.assertEqual(self.faults(""), ["docs/decisions/README.md:1: not one row [1](0001-one.md)"])

    def test_a_title_with_another_number(self) -> None:
        self.write(PAGE, "# 3. One\n")
        self.assertEqual(self.faults(""), ["docs/decisions/0001-one.md:1: name and title do not begin with one number"])

    def test_two_pages_of_one_number(self) -> None:
        self.write("docs/decisions/0001-also.md", "# 1. Also\n")
        self.write(INDEX, "| [1](0001-one.md) | One |\n| [1](0001-also.md) | Also |\n")
        self.assertEqual(
            self.faults(""),
            [
                "docs/decisions/0001-also.md:1: another page has this number",
                "docs/decisions/0001-one.md:1: another page has this number",
            ],
        )


if __name__ == "__main__":
    unittest.main()
