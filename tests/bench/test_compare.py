# SPDX-License-Identifier: MIT
"""bench/compare on results that were made up."""
import json
import os
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = os.path.join(HERE, "../../bench/report")
sys.dont_write_bytecode = True
sys.path.insert(0, REPORT)

import compare  # noqa: E402

FACTS = {"processor": "2 x Some", "kernel": "6.1", "fixtures": "16 MiB each", "mmview": "0.1.0, commit a"}


def rates(*values):
    return {"GB/s": {str(number): value for number, value in enumerate(values)}, "errors": []}


class Compare(unittest.TestCase):
    def results(self, name, cases, version=2, costs=None, **facts):
        folder = os.path.join(self.folder, name)
        os.mkdir(folder)
        with open(os.path.join(folder, "results.json"), "w") as file:
            json.dump({"version": version, "facts": {**FACTS, **facts}, "costs": costs or {}, "ratios": {},
                       "cases": cases}, file)
        return folder

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = self.temporary.name

    def compared(self, a, b, **facts):
        return compare.Comparison(compare.Results(self.results("a", a)), compare.Results(self.results("b", b, **facts)))

    def test_verdicts(self):
        found = self.compared({"up": rates(*[1.0] * 5), "down": rates(*[4.0] * 6), "same": rates(*[1.0] * 5),
                               "open": rates(1, 2, 3), "time": {"GB/s": {}, "errors": [], "seconds": [2e-9] * 5}},
                              {"up": rates(*[2.0] * 5), "down": rates(*[1.0] * 5), "same": rates(*[1.02] * 7),
                               "open": rates(1, 2, 3), "time": {"GB/s": {}, "errors": [], "seconds": [1e-9] * 5}})
        self.assertEqual([(row.name, row.verdict()) for row in found.rows],
                         [("down", "slower"), ("open", "not settled"), ("same", "the same"), ("up", "faster"),
                          ("time", "faster")])
        self.assertEqual(found.headline(), "B against A: of 5 cases 2 faster, 1 slower, 1 the same, 1 not settled.")
        self.assertEqual(found.rows[0].cells(), ("`down`", "4 GB/s", "1 GB/s", "0.25x (0.25 to 0.25)", "slower"))
        self.assertEqual(found.rows[4].cells()[1:4], ("2.0 ns", "1.0 ns", "2.00x (2.00 to 2.00)"))
        self.assertEqual(found.warnings(), [])

    def test_nothing_is_left_out_in_silence(self):
        failed = {"GB/s": {}, "errors": ["no space"]}
        found = self.compared({"scan/MiB:16": rates(1, 1), "fails": rates(1, 1)},
                              {"scan/MiB:32": rates(1, 1), "fails": failed}, fixtures="32 MiB each", kernel="6.2",
                              processor="4 x Some")
        text = "\n".join(found.warnings())
        self.assertIn("A 16 MiB each, B 32 MiB each", text)
        self.assertIn("A has 2 processors, B 4", text)
        self.assertIn("1 cases only A has", text)
        self.assertIn("1 cases only B has", text)
        self.assertIn("1 cases one of the two, or both, could not run", text)
        self.assertEqual(found.headline(), "B against A: no case was measured by both.")
        whole = "\n".join(found.document([]))
        for line in ("| kernel | 6.1 | 6.2 |", "| fixtures | 16 MiB each | 32 MiB each |", "Alike: mmview.",
                     "| `fails` | measured | no space |", "* `scan/MiB:16`", "* `scan/MiB:32`"):
            self.assertIn(line, whole)

    def test_prices(self):
        a = self.results("a", {}, costs={"system_call_ns": 200.0, "page_fault_ns": None, "read_page_ns": 300})
        b = self.results("b", {}, costs={"system_call_ns": 500.0, "page_fault_ns": 4900.0})
        found = compare.Comparison(compare.Results(a), compare.Results(b)).prices()
        self.assertEqual(found[0], ("a system call", "200 ns", "500 ns", "2.50x"))
        self.assertEqual(found[1][1:], ("not measured", "4.9 us", ""))
        self.assertEqual(found[2][1:], ("300 ns", "not measured", ""))

    def test_the_picture(self):
        cases = {f"case{number}": rates(*[1.0 + number] * 5) for number in range(60)}
        other = {f"case{number}": rates(*[2.0] * 5) for number in range(60)}
        plotter = mock.Mock()
        self.compared(cases, other).draw(plotter)
        lines = plotter.draw.call_args[0][2]["cases"]
        self.assertEqual(len(lines), compare.SHOWN)
        self.assertIn('"case59"', lines[0])
        self.assertTrue(lines[0].startswith("0.033333 0 0.033333 0.033333 "), lines[0])
        self.assertIn("xerrorbars", plotter.draw.call_args[0][3])

    def command(self, *arguments):
        return subprocess.run([sys.executable, "-B", os.path.join(REPORT, "compare.py"), *arguments],
                              capture_output=True, text=True)

    def test_the_command(self):
        a = self.results("a", {"scan": rates(*[1.0] * 5)})
        b = self.results("b", {"scan": rates(*[3.0] * 5)}, kernel="6.2")
        out = os.path.join(self.folder, "out")
        done = self.command(a, os.path.join(b, "results.json"), "--output=" + out)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith("B against A: of 1 cases 1 faster, 0 slower"), done.stdout)
        self.assertIn("kernel: 6.1 | 6.2", done.stdout)
        with open(os.path.join(out, "COMPARE.md")) as file:
            self.assertTrue(file.readline().startswith("# B against A: of 1 cases 1 faster"))
        self.assertIn("COMPARE.html", os.listdir(out))
        self.assertEqual("compare.svg" in os.listdir(out), "no gnuplot" not in done.stdout)

    def test_what_is_no_results(self):
        good = self.results("good", {})
        old = self.results("old", {}, version=1)
        with open(os.path.join(self.folder, "text"), "w") as file:
            file.write("no JSON")
        for path, wanted in (("/nowhere", "No such file"), (old, "of this version"), ("/", "No such file"),
                             (os.path.join(self.folder, "text"), "is no JSON")):
            done = self.command(good, path, "--output=" + self.folder)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr, "^bench/compare: .*" + wanted)
        # Nothing in common is no success.
        done = self.command(good, self.results("other", {"x": rates(1)}), "--output=" + self.folder)
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("no case was measured by both", done.stdout)


if __name__ == "__main__":
    unittest.main()
