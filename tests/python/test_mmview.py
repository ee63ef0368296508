# SPDX-License-Identifier: MIT
"""The Python module: buffers without a copy, that cannot be unmapped under an array; errors; windows; shards."""
import ctypes
import errno
import gc
import multiprocessing
import os
import pickle
import pydoc
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, sys.argv.pop(1))
SIZES = sys.argv.pop(1)
import mmview  # noqa: E402
from mmview import _container, _native  # noqa: E402

try:
    import numpy
except ImportError:
    print("SKIPPED: needs numpy (Debian: python3-numpy)")
    sys.exit(77)


def lib_version():
    return _native.lib.mmv_version().decode()


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
        for name, kind in {**_native.STRUCTS, **_container.STRUCTS}.items():
            self.assertEqual(ctypes.sizeof(kind), int(sizes.pop(name)), name)
            for field in kind._fields_:
                offset = sizes.pop(f"{name}.{field[0]}", None)
                if offset is not None:
                    self.assertEqual(getattr(kind, field[0]).offset, int(offset), f"{name}.{field[0]}")
        self.assertEqual(mmview.__version__, sizes.pop("MMV_VERSION"))
        # What is left are numbers: those of errors, and others of the same name.
        for name, value in sizes.items():
            word = name[len("MMV_"):]
            module = _native if name.startswith("MMV_") else _container
            own = _native.STATUS[word] if word in _native.STATUS else getattr(module, word)
            self.assertEqual(own, int(value), name)
        self.assertEqual(lib_version(), mmview.__version__)

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

    def caught(self, call):
        with self.assertRaises(mmview.Error) as caught:
            call()
        return caught.exception

    def test_errors_are_the_subclasses_that_their_errno_has(self):
        folder, missing, fifo, below = self.folder.name, self.path + ".missing", self.path + ".fifo", self.path + "/a"
        os.mkfifo(fifo)
        cases = {
            "missing": (lambda: mmview.open(missing), FileNotFoundError, errno.ENOENT, missing),
            "exists": (lambda: mmview.open(self.path, "x+"), FileExistsError, errno.EEXIST, self.path),
            "beneath a file": (lambda: mmview.open(below), NotADirectoryError, errno.ENOTDIR, below),
            "a folder": (lambda: mmview.open(folder), IsADirectoryError, errno.EISDIR, folder),
            "a FIFO": (lambda: mmview.open(fifo), OSError, errno.ENODEV, fifo),
            "behind the end": (lambda: mmview.open(self.path).view(200001), ValueError, errno.EINVAL, self.path),
            "a read-only map": (lambda: mmview.open(self.path).grow(300000), PermissionError, errno.EACCES, self.path),
        }
        for name, (call, kind, number, path) in cases.items():
            with self.subTest(name):
                error = self.caught(call)
                self.assertIsInstance(error, kind)
                self.assertEqual((error.errno, error.filename), (number, path))
                self.assertEqual(str(error).count(path), 1)
        error = self.caught(lambda: mmview.open(self.path).view(200001))
        self.assertEqual((error.status, error.parameter), (_native.STATUS["ERANGE"], "offset"))
        self.assertIsInstance(error, mmview.ArgumentError)

    def test_an_error_can_be_sent_to_another_process(self):
        error = self.caught(lambda: mmview.open(self.path + ".missing"))
        copy = pickle.loads(pickle.dumps(error))
        self.assertIsInstance(copy, FileNotFoundError)
        self.assertIsInstance(copy, mmview.Error)
        self.assertEqual((copy.errno, copy.filename, copy.status), (error.errno, error.filename, error.status))

    def test_a_path_longer_than_the_librarys_errors(self):
        path = os.path.join(self.folder.name, *["d" * 100] * 5)
        self.assertEqual(self.caught(lambda: mmview.open(path)).filename, path)

    def test_help_has_a_text_for_each_name(self):
        for name in mmview.__all__:
            self.assertTrue(name == "__version__" or getattr(mmview, name).__doc__, name)
        for kind in (mmview.Map, mmview.View):
            for name, value in vars(kind).items():
                if not name.startswith("_"):
                    self.assertTrue(value.__doc__, f"{kind.__name__}.{name}")
        text = pydoc.render_doc(mmview, renderer=pydoc.plaintext)
        for line in ("class Map", "def view", "windows(self", "FileNotFoundError"):
            self.assertIn(line.split()[-1], text)

    def test_an_array_of_a_view(self):
        with mmview.open(self.path, "r+") as image:
            view = image.view(4, 8)
            pixels = numpy.asarray(view).view("<i2")
            self.assertEqual(list(pixels), [2, 3, 4, 5])
            pixels += 1
            with self.assertRaises(BufferError):
                view.close()
            self.assertEqual(list(pixels), [3, 4, 5, 6])
            del pixels
            view.close()
            with self.assertRaises(ValueError):
                numpy.asarray(view)
        self.assertEqual(list(numpy.fromfile(self.path, "<i2")[2:6]), [3, 4, 5, 6])
        self.assertFalse(numpy.asarray(mmview.open(self.path).view()).flags.writeable)

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

    # ---- integers

    def test_integers_that_are_none_or_do_not_fit(self):
        image = mmview.open(self.path, "r+")
        view = image.view()
        numbers = {
            "open": lambda n: mmview.open(self.path, "r+", n),
            "view offset": lambda n: image.view(n),
            "view length": lambda n: image.view(0, n),
            "windows size": lambda n: image.windows(n),
            "windows offset": lambda n: image.windows(offset=n),
            "windows length": lambda n: image.windows(length=n),
            "windows record": lambda n: image.windows(record=n),
            "windows part": lambda n: image.windows(part=(0, n)),
            "grow": image.grow,
            "shrink": image.shrink,
            "shard offset": lambda n: mmview.shard(n, 10, 0, 1),
            "shard length": lambda n: mmview.shard(0, n, 0, 1),
            "shard index": lambda n: mmview.shard(0, 10, n, 1),
            "shard count": lambda n: mmview.shard(0, 10, 0, n),
            "shard record": lambda n: mmview.shard(0, 10, 0, 1, n),
            "shard stride": lambda n: mmview.shard(0, 10, 0, 1, 1, n),
        }
        size = os.path.getsize(self.path)
        none = [True, False, 5.0, float("nan"), "5", b"5", [5], numpy.float64(5), numpy.bool_(True), object()]
        outside = [-1, -(2**63), -(2**64), 2**64 - 1, 2**64, 2**64 + 5, 2**65, 10**30, numpy.int64(-1), numpy.int8(-5)]
        for name, call in numbers.items():
            for value in none:
                with self.subTest(name, value=value), self.assertRaises(mmview.NumberError):
                    call(value)
            for value in outside:
                with self.subTest(name, value=value), self.assertRaises(mmview.SizeError):
                    call(value)
        self.assertEqual(os.path.getsize(self.path), size)
        self.assertTrue(issubclass(mmview.SizeError, OverflowError) and issubclass(mmview.SizeError, ValueError))
        self.assertTrue(issubclass(mmview.NumberError, TypeError) and issubclass(mmview.NumberError, ValueError))
        view.close()
        image.close()

    def test_integers_of_numpy(self):
        with mmview.open(self.path) as image:
            for kind in (numpy.int8, numpy.uint8, numpy.int64, numpy.uint64):
                with image.view(kind(2), kind(4)) as data:
                    self.assertEqual(bytes(data), self.samples[1:3].tobytes())
            self.assertEqual(len(list(image.windows(numpy.uint64(50000), record=numpy.int16(2)))), 4)
        self.assertEqual(mmview.shard(numpy.uint64(7), numpy.uint64(10), numpy.uint8(0), numpy.int32(1)), (7, 10))

    def test_windows_are_refused_before_the_first(self):
        with mmview.open(self.path, "r+") as image:
            for wrong in ({"length": 200001}, {"offset": 200001}, {"offset": 1, "length": 200000}):
                with self.assertRaises(mmview.SizeError):
                    image.windows(1000, **wrong)

    def test_a_path_with_a_zero_byte(self):
        with self.assertRaises(ValueError):
            mmview.open(self.path + "\0.more")

    # ---- bytes that cannot be had

    def test_a_file_that_becomes_shorter_is_an_error_and_no_signal(self):
        image = mmview.open(self.path, "r+")
        view = image.view()
        pixels = numpy.frombuffer(view.data, "<i2")
        os.truncate(self.path, 4096)
        self.assertEqual(pixels[3], 3)
        view.check()
        self.assertEqual(pixels[90000], 0)
        with self.assertRaises(mmview.Error) as caught:
            view.check()
        self.assertIn(self.path, str(caught.exception))
        self.assertIsInstance(caught.exception, mmview.TruncatedError)
        pixels[90000] = 7
        with self.assertRaises(mmview.Error):
            view.flush(durable=False)
        del pixels
        with self.assertRaises(mmview.Error):
            view.close()
        view.close()
        image.close()
        self.assertEqual(os.path.getsize(self.path), 4096)

    def test_windows_and_with_statements_tell_of_it(self):
        with mmview.open(self.path) as image:
            with self.assertRaises(mmview.Error):
                for window in image.windows(50000):
                    os.truncate(self.path, 100)
                    self.assertEqual(window[8192], 0)
        self.samples.tofile(self.path)
        with mmview.open(self.path) as image:
            with self.assertRaises(mmview.Error):
                with image.view() as data:
                    os.truncate(self.path, 100)
                    self.assertEqual(data[100000], 0)

    # ---- what is dropped

    def mappings(self):
        with open("/proc/self/maps") as maps:
            return sum(self.path in line for line in maps)

    def descriptors(self):
        return len(os.listdir("/proc/self/fd"))

    def test_dropped_objects_are_given_up(self):
        before = self.descriptors()
        image = mmview.open(self.path, "r+")
        view = image.view()
        self.assertEqual((self.mappings(), self.descriptors()), (1, before + 1))
        del image
        self.assertEqual(view.data[2], 1)
        del view
        gc.collect()
        self.assertEqual((self.mappings(), self.descriptors()), (0, before))
        # An array is the last that looks at the bytes: they stay as long as it does.
        pixels = numpy.frombuffer(mmview.open(self.path).view().data, "<i2")
        part = pixels[5:9]
        del pixels
        gc.collect()
        self.assertEqual((self.mappings(), list(part)), (1, [5, 6, 7, 8]))
        del part
        self.assertEqual((self.mappings(), self.descriptors()), (0, before))

    def test_windows_that_are_not_finished(self):
        before = self.descriptors()
        windows = mmview.open(self.path).windows(1000)
        next(windows)
        del windows
        gc.collect()
        self.assertEqual((self.mappings(), self.descriptors()), (0, before))
        windows = mmview.open(self.path).windows(1000)
        kept = numpy.frombuffer(next(windows), "<i2")
        del windows
        self.assertEqual((self.mappings(), kept[7]), (1, 7))
        del kept
        self.assertEqual((self.mappings(), self.descriptors()), (0, before))

    def test_objects_in_a_circle(self):
        before = self.descriptors()
        image = mmview.open(self.path)
        view = image.view()
        image.view_of_mine, view.map_of_mine, view.me = view, image, view
        del image, view
        gc.collect()
        self.assertEqual((self.mappings(), self.descriptors()), (0, before))

    def run_apart(self, script):
        head = "import sys; sys.path.insert(0, sys.argv[1])\nimport mmview, numpy, atexit, gc\npath = sys.argv[2]\n"
        module = os.path.dirname(os.path.dirname(mmview.__file__))
        return subprocess.run(
            [sys.executable, "-X", "dev", "-c", head + script, module, self.path], capture_output=True, text=True
        )

    def test_the_end_of_the_interpreter(self):
        keep = "m = mmview.open(path, 'r+'); v = m.view(); a = numpy.frombuffer(v.data, '<i2')\n"
        scripts = {
            "all are alive": keep,
            "the map was closed": keep + "m.close()\n",
            "the view was dropped": keep + "del v\n",
            "read by what runs last": "atexit.register(lambda: print(int(a[5] + a[99999])))\n" + keep,
            "held by modules": keep + "sys.kept = a; sys.view = v; sys.map = m\n",
            "a circle": keep + "m.v = v; v.m = m; v.a = a\ndel m, v, a\n",
            "a window": "w = mmview.open(path).windows(1000); x = next(w)\n",
            "a finalizer that looks": keep + "class Last:\n    def __del__(self): self.a[0] += 1\n"
            "last = Last(); last.a = a; sys.last = last\n",
            "an exception": keep + "raise SystemExit(0)\n",
        }
        for name, script in scripts.items():
            done = self.run_apart(script)
            with self.subTest(name):
                self.assertEqual((done.returncode, done.stderr), (0, ""))
        last = self.run_apart(scripts["read by what runs last"]).stdout.strip()
        self.assertEqual(last, str(5 + int(self.samples[-1])))

    # ---- children

    def test_children_made_by_fork(self):
        image = mmview.open(self.path, "r+")
        view = image.view()
        pixels = numpy.frombuffer(view.data, "<i2")
        fork = multiprocessing.get_context("fork")

        def child(start):
            pixels[start] += 1
            with image.view(start * 2, 2) as data:
                data[1] = 77
            with mmview.open(self.path) as own:
                assert sum(len(window) for window in own.windows(1000)) == 200000

        children = [fork.Process(target=child, args=(start,)) for start in (10, 20, 30)]
        for process in children:
            process.start()
        for process in children:
            process.join(60)
            self.assertEqual(process.exitcode, 0)
        self.assertEqual([int(pixels[i]) for i in (10, 20, 30)], [77 * 256 + i + 1 for i in (10, 20, 30)])

    # ---- files that shrink

    def test_a_file_that_is_made_shorter(self):
        path = self.path + ".shrinks"
        with open(path, "wb") as file:
            file.write(b"x" * 100000)
        with mmview.open(path, "r+") as image:
            view = image.view()
            image.shrink(5000)
            self.assertEqual((os.path.getsize(path), len(image)), (5000, 5000))
            self.assertEqual(bytes(view.data[4999:5001]), b"x\0")
            self.assertEqual(view.data[50000], 0)
            with self.assertRaises(mmview.Error):
                view.close()
            with self.assertRaises(mmview.Error):
                image.shrink(5001)
            image.shrink(0)
        self.assertEqual(os.path.getsize(path), 0)

    # ---- files that grow

    def test_a_file_that_grows(self):
        path = self.path + ".grows"
        with open(path, "wb") as file:
            file.write(bytes(100))
        for mode in ("r", "r+", "c"):
            with mmview.open(path, mode) as image:
                before, view = len(image), image.view(0, 10)
                with open(path, "ab") as file:
                    file.write(b"x" * 5000)
                self.assertEqual(len(image), before)
                with self.assertRaises(mmview.Error):
                    image.view(before, 50)
                self.assertEqual(image.refresh(), before + 5000)
                self.assertEqual(image.refresh(), before + 5000)
                with image.view(before, 5000) as data:
                    self.assertEqual(bytes(data), b"x" * 5000)
                self.assertEqual(bytes(view.data), bytes(10))
                view.close()
        with self.assertRaises(ValueError):
            image.refresh()

    # ---- parts

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
