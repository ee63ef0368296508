# SPDX-License-Identifier: MIT
"""bindings/python/bench/bench.py on a small file: each way does what it should, and a wrong one is found."""
import contextlib
import importlib.util
import io
import os
import re
import sys
import tempfile
import unittest
from unittest import mock

PACKAGE = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, PACKAGE)
sys.argv.pop(1)
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

try:
    import numpy
except ImportError:
    print("SKIPPED: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

PLACE = importlib.util.spec_from_file_location("bench", os.path.join(TOP, "bindings/python/bench/bench.py"))
assert PLACE and PLACE.loader
bench = importlib.util.module_from_spec(PLACE)
PLACE.loader.exec_module(bench)


class Bench(unittest.TestCase):
    def run_bench(self, *options):
        """(exit status, what it prints, on both)"""
        out, err = io.StringIO(), io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            with mock.patch.object(sys, "argv", ["bench.py", folder, *options]):
                with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                    status = bench.main()
            self.assertEqual(os.listdir(folder), [])
        return status, out.getvalue(), err.getvalue()

    def test_all_ways(self):
        status, out, err = self.run_bench("--size=3000002", "--rounds=2")
        self.assertEqual((status, err), (0, ""))
        for name in bench.WAYS:
            self.assertRegex(out, rf"(?m)^  {name} +\d+\.\d\d  \(")
        self.assertEqual(out.count(", bar "), 4)

    def test_the_bar_is_that_of_the_machine(self):
        for page, bars, word in ((20e-9, [0.7, 0.9, 1.5, 1.5], "cheap"), (5e-6, [0.7, 0.9, 3.0, 3.0], "dear")):
            with mock.patch.object(bench, "page_cost", lambda path, page=page: page):
                _, out, _ = self.run_bench("--size=1M", "--rounds=1")
            self.assertEqual([float(bar) for bar in re.findall(r", bar ([0-9.]+): ", out)], bars)
            self.assertIn(f"mapping is {word} here", out)

    def test_the_cost_of_a_page(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(bytes(1 << 20))
            file.flush()
            self.assertTrue(1e-10 < bench.page_cost(file.name) < 1e-3)

    def wrong(self, way):
        with mock.patch.dict(bench.WAYS, {"walk": way}):
            return self.run_bench("--size=3M", "--rounds=1")

    def test_a_wrong_way_is_found(self):
        def nothing(path):
            pass

        def one_too_many(path):
            bench.by_loop(path)
            with open(path, "r+b") as file:
                file.seek(-2, os.SEEK_END)
                last = numpy.frombuffer(file.read(2), "<i2") + 1
                file.seek(-2, os.SEEK_END)
                file.write(last.astype("<i2").tobytes())

        def longer(path):
            bench.by_loop(path)
            with open(path, "ab") as file:
                file.write(b"x")

        for way in (nothing, one_too_many, longer):
            status, _, err = self.wrong(way)
            self.assertEqual((status, err), (1, "bench.py: walk: the samples are not what they should be\n"), way)


unittest.main()
