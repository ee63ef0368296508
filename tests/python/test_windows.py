# SPDX-License-Identifier: MIT
"""Windows of the Python package: mapped, or read and written, by the policy of walks."""
import gc
import os
import sys
import tempfile
import unittest

PACKAGE = sys.argv.pop(1)
sys.path.insert(0, PACKAGE)
sys.argv.pop(1)
import mmview  # noqa: E402

try:
    import numpy
except ImportError:
    print("SKIPPED: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

SIZE = 12000000
WAYS: tuple = ({}, {"io": "mmap"}, {"io": "buffered"}, {"size": 1 << 20}, {"size": 100000, "io": "buffered"})


class Windows(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "data")
        self.samples = numpy.arange(SIZE // 2, dtype="<u4").astype("<i2")
        self.samples.tofile(self.path)

    def tearDown(self):
        self.folder.cleanup()

    def now(self):
        return numpy.fromfile(self.path, "<i2")

    def test_each_byte_is_changed_once(self):
        for how in WAYS:
            for record in (1, 2, 24, 3000000, SIZE):
                if record > how.get("size", record):
                    continue
                with self.subTest(how=how, record=record), mmview.open(self.path, "r+") as image:
                    total = 0
                    for window in image.windows(record=record, **how):
                        self.assertEqual(len(window) % record, 0)
                        total += len(window)
                        if record > 1:
                            pixels = numpy.frombuffer(window, "<i2")
                            numpy.add(pixels, 1, out=pixels)
                            del pixels
                    self.assertEqual(total, SIZE)
                self.samples += 1 if record > 1 else 0
                self.assertTrue((self.now() == self.samples).all())

    def test_ranges(self):
        for how in WAYS:
            with self.subTest(how=how), mmview.open(self.path) as image:
                for offset, length in ((0, 0), (5, 1), (4095, 4098), (7, SIZE - 7), (SIZE, None), (1, None)):
                    parts = [bytes(window) for window in image.windows(offset=offset, length=length, **how)]
                    end = SIZE if length is None else offset + length
                    self.assertEqual(b"".join(parts), self.samples.tobytes()[offset:end])

    def test_broken_records_are_refused(self):
        with mmview.open(self.path, "r+") as image:
            for how in WAYS:
                with self.assertRaises(mmview.ArgumentError) as caught:
                    image.windows(record=7, **how)
                self.assertEqual((caught.exception.parameter, caught.exception.filename), ("length", self.path))
            with self.assertRaises(mmview.SizeError):
                image.windows(10, record=24)
            for io in ("direct", "fast"):
                with self.assertRaises(ValueError):
                    image.windows(io=io)

    def test_what_may_be_stored(self):
        for how in WAYS:
            with self.subTest(how=how):
                with mmview.open(self.path) as image:
                    self.assertTrue(all(window.readonly for window in image.windows(**how)))
                with mmview.open(self.path, "c") as image:
                    for window in image.windows(**how):
                        window[0] = 77
                        self.assertEqual(window[0], 77)
                self.assertTrue((self.now() == self.samples).all())

    def test_kept_arrays_are_refused_and_stay_good(self):
        for how in WAYS:
            kept = []
            with self.subTest(how=how), mmview.open(self.path) as image:
                with self.assertRaises(BufferError):
                    for window in image.windows(**how):
                        kept.append(numpy.frombuffer(window, "<i2")[5:9])
                gc.collect()
                self.assertEqual(list(kept[0]), [5, 6, 7, 8])
                self.assertEqual(len(kept), 1)

    def test_a_loop_that_is_left_has_stored(self):
        for number, how in enumerate(WAYS):
            with self.subTest(how=how), mmview.open(self.path, "r+") as image:
                for window in image.windows(**how):
                    window[0] = 100 + number
                    break
                self.assertEqual(self.now()[0] & 255, 100 + number)
                with self.assertRaises(KeyError):
                    for window in image.windows(**how):
                        window[0] = 200 + number
                        raise KeyError
                self.assertEqual(self.now()[0] & 255, 200 + number)

    def test_a_file_that_becomes_shorter(self):
        for how in WAYS:
            with self.subTest(how=how), mmview.open(self.path, "r+") as image:
                turns = 0
                with self.assertRaises(mmview.TruncatedError) as caught:
                    for window in image.windows(**how):
                        os.truncate(self.path, 5000)
                        window[-1] = 1
                        turns += 1
                self.assertEqual(turns, 1)
                self.assertEqual(caught.exception.filename, self.path)
                self.assertEqual(os.path.getsize(self.path), 5000)
            self.samples.tofile(self.path)

    def test_nothing_is_left(self):
        def left():
            with open("/proc/self/maps") as maps:
                return sum(self.path in line for line in maps), len(os.listdir("/proc/self/fd"))

        before = left()
        for how in WAYS:
            for window in mmview.open(self.path).windows(**how):
                self.assertGreater(len(window), 0)
            windows = mmview.open(self.path).windows(**how)
            next(windows)
            del windows, window
            self.assertEqual(left(), before)


unittest.main()
