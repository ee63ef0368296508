# SPDX-License-Identifier: MIT
"""What the pages show of Python, and the programs of examples/, as they stand."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

PACKAGE = os.path.abspath(sys.argv.pop(1))
sys.argv.pop(1)
TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

try:
    import numpy
except ImportError:
    print("SKIPPED: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

# What the library of this build does without.
WITHOUT = os.environ.get("MMVIEW_TEST_WITHOUT", "").split(",")
BLOCK = re.compile(r"<!-- files: (.*?) -->\n```python\n(.*?)```\n<!-- check: (.*?) -->", re.S)


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


class Pages(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.before = os.getcwd()
        os.chdir(self.folder.name)

    def tearDown(self):
        os.chdir(self.before)
        self.folder.cleanup()

    def run_python(self, *arguments, status=0):
        done = subprocess.run(
            [sys.executable, "-X", "dev", "-W", "ignore::DeprecationWarning", *arguments],
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": PACKAGE},
            check=False,
        )
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def run_block(self, files, code, check):
        """A block in a folder of its own, as a program in a file beside it."""
        with tempfile.TemporaryDirectory() as program, tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            exec(files, {"numpy": numpy})
            path = os.path.join(program, "block.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(code)
            done = self.run_python(path)
            self.assertEqual(done.stderr, "")
            exec(check, {"numpy": numpy, "os": os, "out": done.stdout})
            os.chdir(self.folder.name)

    def test_the_page(self):
        text = read("docs/python.md")
        blocks = BLOCK.findall(text)
        self.assertEqual(len(blocks), text.count("```python"))
        self.assertEqual(len(blocks), 14)
        for files, code, check in blocks:
            with self.subTest(code):
                if "docs-python" in code and "locks" in WITHOUT:
                    self.skipTest("this library has no names that go with their users")
                self.run_block(files, code, check)

    def test_readmes(self):
        for name in ("docs/tour.md", "bindings/python/README.md"):
            blocks = re.findall(r"```python\n(.*?)```", read(name), re.S)
            self.assertEqual(len(blocks), 1, name)
            turns = blocks[0].count("pixels, 10")
            with self.subTest(name):
                self.run_block(
                    "numpy.arange(30000, dtype='<i2').tofile('Large.data')",
                    blocks[0],
                    f"assert (numpy.fromfile('Large.data', '<i2') == numpy.arange(30000) + {turns} * 10).all()",
                )

    def test_stretch(self):
        program = os.path.join(TOP, "examples/python/stretch.py")
        pixels = (numpy.arange(300000) % 1000).astype(">u2").reshape(300, 1000)
        numpy.save("scan.npy", pixels)
        done = self.run_python(program, "scan.npy")
        self.assertEqual(done.stdout, "scan.npy: 0 to 999 became 0 to 65535\n")
        self.assertTrue((numpy.load("scan.npy") == numpy.rint(pixels * (65535 / 999))).all())
        self.assertEqual(os.listdir("."), ["scan.npy"])
        numpy.save("floats.npy", pixels.astype("f4"))
        self.assertIn("float32 is no integer", self.run_python(program, "floats.npy", status=1).stderr)
        self.assertIn("No such file", self.run_python(program, "missing", status=1).stderr)
        self.assertIn("usage", self.run_python(program, status=1).stderr)

    def test_dask(self):
        try:
            __import__("dask.array")
        except ImportError:
            print("SKIPPED: examples/dask: there is no dask (Debian: python3-dask)")
            self.skipTest("no dask")
        program = os.path.join(TOP, "examples/dask/statistics.py")
        pixels = (numpy.arange(600000) * 7 % 1000).astype(">i2").reshape(600, 1000)
        numpy.save("scan.npy", pixels)
        done = self.run_python(program, "scan.npy", "3")
        self.assertEqual(
            done.stdout,
            f"600000 samples from 0 to 999, mean {pixels.mean():.6g}\nstandard deviation {pixels.std():.6g}\n",
        )
        self.assertIn("No such file", self.run_python(program, "missing", status=1).stderr)


unittest.main()
