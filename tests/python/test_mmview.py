# SPDX-License-Identifier: MIT
"""The Python module: buffers without a copy, that cannot be unmapped under an array; errors; windows; shards."""
import ctypes
import gc
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv.pop(1))
SIZES = sys.argv.pop(1)
import mmview  # noqa: E402

try:
    import numpy
except ImportError:
    print("SKIPPED: needs numpy (Debian: python3-numpy)")
    sys.exit(77)


class Module(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "data")
        self.samples = numpy.arange(100000, dtype="<i2")
        self.samples.tofile(self.path)

    def tearDown(self):
        self.folder.cleanup()

    def test_structures_are_those_of_the_headers(self):
        sizes = dict(line.split() for line in subprocess.check_output([SIZES], text=True).splitlines())
        for name, kind in (
            ("mmv_view", mmview._View),
            ("mmv_map_options", mmview._MapOptions),
            ("mmv_range", mmview._Range),
        ):
            self.assertEqual(ctypes.sizeof(kind), int(sizes[name]), name)
        self.assertEqual(
            (mmview._READ, mmview._READ_WRITE, mmview._COPY_ON_WRITE),
            tuple(int(sizes[name]) for name in ("MMV_READ", "MMV_READ_WRITE", "MMV_COPY_ON_WRITE")),
        )
        self.assertEqual(mmview._FLUSH_DURABLE, int(sizes["MMV_FLUSH_DURABLE"]))
        self.assertEqual(mmview._CREATE_NEW, int(sizes["MMV_CREATE_NEW"]))
        self.assertEqual(mmview.__version__, sizes["MMV_VERSION"])

    def test_an_array_changes_the_file(self):
        with mmview.open(self.path, "r+") as image:
            with image.view(offset=2, length=2000) as view:
                pixels = numpy.frombuffer(view, "<i2")
                self.assertTrue((pixels == self.samples[1:1001]).all())
                pixels += 10
                del pixels
        self.samples[1:1001] += 10
        self.assertTrue((numpy.fromfile(self.path, "<i2") == self.samples).all())

    def test_a_view_with_an_array_cannot_be_unmapped(self):
        with mmview.open(self.path) as image:
            view = image.view()
            pixels = numpy.frombuffer(view.data, "<i2")
            part = pixels[5:7]
            del pixels
            with self.assertRaises(BufferError):
                view.close()
            self.assertEqual(list(part), list(self.samples[5:7]))
            del part
            view.close()
            view.close()
        with self.assertRaises(BufferError):
            with mmview.open(self.path).view() as data:
                kept = numpy.frombuffer(data, "<i2")
        self.assertEqual(kept[3], 3)

    def test_views_outlive_the_map(self):
        image = mmview.open(self.path)
        view = image.view(10, 4)
        image.close()
        self.assertEqual(bytes(view.data), self.samples[5:7].tobytes())
        self.assertEqual((view.offset, len(view)), (10, 4))
        view.close()
        with self.assertRaises(ValueError):
            image.view()

    def test_read_only_is_read_only(self):
        with mmview.open(self.path) as image, image.view() as data:
            self.assertTrue(data.readonly)
            self.assertFalse(numpy.frombuffer(data, "<i2").flags.writeable)
        with mmview.open(self.path, "c") as image, image.view() as data:
            data[0:2] = b"xy"
            self.assertEqual(bytes(data[0:2]), b"xy")
        self.assertEqual(numpy.fromfile(self.path, "<i2")[0], 0)

    def test_windows_are_whole_records_and_all_of_the_file(self):
        with mmview.open(self.path, "r+") as image:
            lengths = []
            for window in image.windows(70001, record=6, length=199998):
                lengths.append(len(window))
                pixels = numpy.frombuffer(window, "<i2")
                numpy.add(pixels, 1, out=pixels)
                del pixels
            self.assertEqual(lengths, [69996, 69996, 60006])
            with self.assertRaises(BufferError):
                kept = []
                for window in image.windows(1000):
                    kept.append(numpy.frombuffer(window, "u1"))
            kept.clear()
            gc.collect()
        self.samples[:99999] += 1
        self.assertTrue((numpy.fromfile(self.path, "<i2") == self.samples).all())

    def test_new_files_and_growth(self):
        path = self.path + ".new"
        with mmview.open(path, "x+", capacity=5000) as image:
            self.assertEqual(len(image), 5000)
            image.grow(10000)
            with image.view(9990) as data:
                data[:] = b"0123456789"
            with image.view() as data:
                self.assertEqual(len(data), 10000)
            view = image.view()
            view.flush()
            view.close()
            image.sync()
        self.assertEqual(os.path.getsize(path), 10000)
        with self.assertRaises(mmview.Error) as caught:
            mmview.open(path, "x+", capacity=1)
        self.assertIn(path, str(caught.exception))

    def test_errors_say_what_and_where(self):
        with self.assertRaises(OSError) as caught:
            mmview.open("/does/not/exist")
        self.assertIn("/does/not/exist", str(caught.exception))
        with mmview.open(self.path) as image:
            with self.assertRaises(mmview.Error):
                image.view(200001)
            with self.assertRaises(mmview.Error):
                image.view(0, 200001)
        with self.assertRaises(ValueError):
            mmview.open(self.path, "rw")

    def test_an_empty_view(self):
        with mmview.open(self.path) as image, image.view(200000) as data:
            self.assertEqual(len(data), 0)

    def test_shards(self):
        parts = [mmview.shard(7, 1000000, k, 5, record=3) for k in range(5)]
        self.assertEqual(parts[0][0], 7)
        for (offset, length), (following, _) in zip(parts, parts[1:]):
            self.assertEqual(offset + length, following)
        self.assertEqual(sum(length for _, length in parts), 999999)
        with self.assertRaises(mmview.Error):
            mmview.shard(0, 10, 5, 5)

    def test_an_empty_part_is_nothing(self):
        path = self.path + ".six"
        with open(path, "wb") as file:
            file.write(b"abcdef")
        with mmview.open(path, "r+") as image:
            parts = [mmview.shard(0, 6, k, 9) for k in range(9)]
            self.assertEqual([part for part in parts if part is not None], [(0, 6)])
            for part in parts:
                for window in image.windows(4, part=part):
                    for i in range(len(window)):
                        window[i] += 1
            with image.view() as data:
                self.assertEqual(bytes(data), b"bcdefg")
            self.assertEqual(list(image.windows(length=0)), [])
            self.assertEqual(list(image.windows(offset=3, length=0)), [])
            with image.view(3, 0) as data:
                self.assertEqual(len(data), 0)
            self.assertEqual(sum(len(window) for window in image.windows(4, offset=1, length=None)), 5)
            with self.assertRaises(ValueError):
                list(image.windows(offset=1, part=(0, 6)))
        self.assertIsNone(mmview.shard(0, 0, 0, 1))


unittest.main()
