#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The pictures: they are XML, and what is drawn is what the tables and the recording say."""

import math
import os
import re
import sys
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs", "pictures"))
import make  # noqa: E402

NAMES = "{http://www.w3.org/2000/svg}"
TABLE = """<!-- peers -->
| program | job | its GB/s | mmbright, GB/s | mmbright is faster by |
|---|---|---|---|---|
| fast (fast 1.0) | in place | 9 | 3 | 0.5x (0.4 to 0.6) |
| slow (slow 2.0) | a copy, mmbright brightens it | 1 | 10 | 10.0x (8.0 to 12.5) |
| fio | cold read |  | x | 0.91 (0.84 to 1.20) |

2026-01-02, 2 x Some, 8 GiB, Linux 6.1.9, ext4, mmview 0.1.0.
<!-- /peers -->
"""


class Pictures(unittest.TestCase):
    def test_they_are_xml_with_a_title(self) -> None:
        for name, draw in make.PICTURES.items():
            with self.subTest(name):
                picture = xml.fromstring(draw())
                self.assertEqual(picture.tag, NAMES + "svg")
                title = picture.find(NAMES + "title")
                self.assertTrue(title is not None and title.text)

    def test_nothing_lies_outside(self) -> None:
        for name, draw in make.PICTURES.items():
            picture = xml.fromstring(draw())
            width, height = float(picture.get("width", 0)), float(picture.get("height", 0))
            for box in picture.iter(NAMES + "rect"):
                right = float(box.get("x", 0)) + float(box.get("width", 0))
                bottom = float(box.get("y", 0)) + float(box.get("height", 0))
                self.assertTrue(right <= width and bottom <= height, (name, box.attrib))
            for text in picture.iter(NAMES + "text"):
                self.assertTrue(0 <= float(text.get("y", 0)) <= height, (name, text.text))

    def test_the_house_has_each_room(self) -> None:
        drawn = {text.text for text in xml.fromstring(make.house()).iter(NAMES + "text")}
        for room in ("map", "walk", "journal", "kernels", "kit/os", "mmbright/plan"):
            self.assertIn(room, drawn)

    def test_peers_and_their_intervals(self) -> None:
        found = make.read_peers(TABLE)
        self.assertEqual([(peer.name, peer.job, peer.ratio, peer.low, peer.high) for peer in found],
                         [("fast", "in place", 0.5, 0.4, 0.6), ("slow", "a copy", 10.0, 8.0, 12.5)])
        read, make.read = make.read, lambda *path: TABLE
        try:
            text = make.peers()
        finally:
            make.read = read
        self.assertIn("2026-01-02, 2 x Some, 8 GiB, Linux 6.1, ext4.", text)
        # From 0.1 to 1000 over 380: a bar that is slower begins within the picture, and ends at its ratio.
        ends = [float(width) for width in re.findall(r'x="430" y="\d+" width="([\d.]+)" height="18"', text)]
        self.assertEqual(ends, [round(95 * (1 + math.log10(ratio)), 1) for ratio in (0.5, 10.0)])
        bars = re.findall(r'x1="([\d.]+)" y1="(\d+)" x2="([\d.]+)" y2="\2" stroke="#1b1f24"', text)
        low, high = (430 + 95 * (1 + math.log10(value)) for value in (8.0, 12.5))
        self.assertAlmostEqual(float(bars[1][0]), low, 1)
        self.assertAlmostEqual(float(bars[1][2]), high, 1)

    def test_the_screen(self) -> None:
        events = [(0.0, "a\r\n"), (1.0, "\r 1 %"), (2.0, "\r\x1b[K 99 %\r"), (3.0, "done\r\nend")]
        self.assertEqual([line for _, line in make.screen(events)], ["a", "done", "end"])
        self.assertEqual([when for when, _ in make.screen(events)], [0.0, 3.0, 3.0])

    def test_a_picture_that_is_old_is_seen(self) -> None:
        read, make.read = make.read, lambda *path: read(*path) + (" " if path[-1].endswith(".svg") else "")
        try:
            self.assertFalse(make.make("sliding", True))
        finally:
            make.read = read


if __name__ == "__main__":
    unittest.main()
