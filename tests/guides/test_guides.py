#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The program that follows the guides: what it runs, what it leaves out, and that it sees what is wrong."""

import os
import tempfile
import unittest

import guides


def follow(page: str, level: str = "usual") -> guides.Counts:
    with tempfile.TemporaryDirectory() as home:
        path = os.path.join(home, "page.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(page)
        return guides.follow(path, home, dict(os.environ), level)


class Matches(unittest.TestCase):
    def test_literal(self) -> None:
        self.assertTrue(guides.matches("a.b\n", "a.b\n"))
        self.assertFalse(guides.matches("a.b\n", "axb\n"))
        self.assertFalse(guides.matches("a\n", "a\nb\n"))
        self.assertFalse(guides.matches("a\nb\n", "a\n"))

    def test_within_a_line(self) -> None:
        self.assertTrue(guides.matches("took … s\n", "took 0.12 s\n"))
        self.assertFalse(guides.matches("took … s\n", "took 0.12\ns\n"))

    def test_lines(self) -> None:
        self.assertTrue(guides.matches("…\nb\n", "b\n"))
        self.assertTrue(guides.matches("a\n…\nb\n", "a\nx\ny\nb\n"))
        self.assertFalse(guides.matches("a\n…\nb\n", "a\nx\ny\n"))


class Follow(unittest.TestCase):
    def test_folder_goes_along(self) -> None:
        counts = follow("```sh\nmkdir ~/here && cd ~/here\n```\n```sh\nbasename \"$PWD\"\n```\n```text\nhere\n```\n")
        self.assertEqual((counts.ran, counts.failures), (2, []))

    def test_status(self) -> None:
        counts = follow("```sh\nfalse\ntrue\n```\n\n```sh\ntrue\n```\n")
        self.assertEqual((counts.ran, len(counts.failures)), (1, 1), "the first failure ends a page")

    def test_status_within_a_pipe(self) -> None:
        self.assertEqual(len(follow("```sh\nfalse | cat\n```\n").failures), 1)

    def test_output(self) -> None:
        self.assertEqual(len(follow("```sh\necho a; echo b >&2\n```\n```text\na\nc\n```\n").failures), 1)
        self.assertEqual(follow("```sh\necho a; echo b >&2\n```\n```text\na\nb\n```\n").failures, [])

    def test_levels(self) -> None:
        page = "```sh\ntrue\n```\n<!-- run: %s, a reason -->\n```sh\nfalse\n```\n"
        for level, most in (("slow", "usual"), ("clean", "slow"), ("never", "clean")):
            counts = follow(page % level, most)
            self.assertEqual((counts.failures, len(counts.left)), ([], 1))
            self.assertIn("a reason", counts.left[0])
        self.assertEqual(len(follow(page % "slow", "slow").failures), 1)
        self.assertEqual(len(follow(page % "clean", "clean").failures), 1)

    def test_what_is_not_run_is_parsed(self) -> None:
        self.assertEqual(len(follow("<!-- run: never, a reason -->\n```sh\nif true\n```\n").failures), 1)

    def test_checks(self) -> None:
        self.assertEqual(len(follow("```sh\ntrue\n```\n<!-- check: false -->\n").failures), 1)
        counts = follow("```sh\ntrue\n```\n<!-- check: exit 77 -->\n<!-- check with no-such-tool: false -->\n")
        self.assertEqual((counts.failures, len(counts.left)), ([], 2))

    def test_needs(self) -> None:
        counts = follow("```sh\ntrue\n```\n<!-- needs: false -->\n```sh\nfalse\n```\n")
        self.assertEqual((counts.ran, counts.failures, len(counts.left)), (1, [], 1))

    def test_powershell(self) -> None:
        counts = follow("```powershell\n$env:Path += 1\nmmnothing --version\n```\n")
        self.assertEqual(len(counts.failures), 1, "a command of ours is run")

    def test_not_understood(self) -> None:
        for page in ("```yaml\na: b\n```\n", "<!-- chek: false -->\n", "```text\na\n```\n", "```sh\ntrue\n",
                     "<!-- run: sometimes, why -->\n```sh\nfalse\n```\n"):
            self.assertEqual(len(follow("```sh\ntrue\n```\n" + page if "text" not in page else page).failures), 1, page)


if __name__ == "__main__":
    unittest.main()
