# SPDX-License-Identifier: MIT
"""Walks, reductions and journals of the Python package."""
import operator
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import unittest.mock

PACKAGE = sys.argv.pop(1)
sys.path.insert(0, PACKAGE)
sys.argv.pop(1)
import mmview  # noqa: E402

try:
    import numpy
except ImportError:
    print("SKIPPED: needs numpy (Debian: python3-numpy)")
    sys.exit(77)


# What the library of this build does without.
WITHOUT = os.environ.get("MMVIEW_TEST_WITHOUT", "").split(",")


def add_one(pixels):
    numpy.add(pixels, 1, out=pixels)


class Walks(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.folder.name, "data")
        self.samples = numpy.arange(6000000, dtype="<u4").astype("<i2")  # 12 MB: several threads, and several windows
        self.samples.tofile(self.path)

    def tearDown(self):
        self.folder.cleanup()

    def now(self, dtype="<i2"):
        return numpy.fromfile(self.path, dtype)

    # ---- walks

    def test_each_record_is_changed_once(self):
        for io in ("auto", "mmap", "buffered", "direct"):
            for threads in (0, 1, 3):
                with self.subTest(io=io, threads=threads), mmview.open(self.path, "r+") as image:
                    stats = image.walk(add_one, "<i2", io=io, threads=threads)
                    self.samples += 1
                    self.assertTrue((self.now() == self.samples).all())
                    self.assertEqual((stats.bytes, stats.records), (12000000, 6000000))
                    self.assertIn(stats.io, ("mmap", "buffered", "direct"))

    def test_threads_of_the_library(self):
        seen = set()
        with mmview.open(self.path) as image:
            stats = mmview.walk(image, lambda a: seen.add(threading.get_ident()), threads=3, window=1 << 20)
        self.assertEqual(stats.threads > 1, "threads" not in WITHOUT)
        self.assertGreaterEqual(len(seen), 1)

    def test_chunks_say_where_they_are(self):
        with mmview.open(self.path) as image:
            found = numpy.zeros(2000, bool)

            def look(records, chunk):
                self.assertEqual(len(records), chunk.count)
                self.assertEqual(chunk.offset, 1000 + 6 * chunk.index)
                self.assertTrue((records["a"] == self.samples[500 + 3 * chunk.index :][: 3 * len(records) : 3]).all())
                self.assertFalse(found[chunk.index : chunk.index + chunk.count].any())
                found[chunk.index : chunk.index + chunk.count] = True

            dtype = [("a", "<i2"), ("b", "<i2", 2)]
            image.walk(look, dtype, offset=1000, length=12000, chunks=True, window=4096)
            self.assertTrue(found.all())

    def test_records_of_several_items(self):
        lengths = []
        with mmview.open(self.path) as image:
            image.walk(lambda a: lengths.append(len(a)), "<i2", record=8, window=4096)
            self.assertEqual((sum(lengths), {n % 4 for n in lengths}), (6000000, {0}))
            with self.assertRaises(ValueError):
                image.walk(len, "<i2", record=3)
            with self.assertRaises(mmview.ArgumentError) as caught:
                image.walk(add_one, "<i2", record=7 * 2)
            self.assertEqual((caught.exception.parameter, caught.exception.filename), ("length", self.path))
            with self.assertRaises(TypeError):
                image.walk(add_one, object)

    def test_memoryviews_without_numpy(self):
        with mmview.open(self.path, "r+") as image:
            def set_first(data):
                data[0:2] = b"ab"
            image.walk(set_first, None, length=10)
            with self.assertRaises(TypeError):
                mmview.open(self.path).walk(set_first, None, length=10)
        self.assertEqual(self.now("S2")[0], b"ab")

    def test_a_read_only_map_gives_read_only_arrays(self):
        with mmview.open(self.path) as image, self.assertRaises(ValueError):
            image.walk(add_one, "<i2")
        self.assertTrue((self.now() == self.samples).all())

    def test_parts_and_empty_ranges(self):
        with mmview.open(self.path, "r+") as image:
            for k in range(5):
                image.walk(add_one, "<i2", part=mmview.shard(0, 12000000, k, 5, record=2))
            calls = []
            for none in ({"part": None}, {"length": 0}, {"offset": 12000000}):
                stats = image.walk(calls.append, "<i2", **none)
                self.assertEqual((stats.bytes, calls), (0, []))
            with self.assertRaises(mmview.SizeError):
                image.walk(add_one, "<i2", offset=12000001)
            with self.assertRaises(ValueError):
                image.walk(add_one, "<i2", io="fast")
        self.assertTrue((self.now() == self.samples + 1).all())

    def test_what_a_function_returns_is_not_lost_quietly(self):
        with mmview.open(self.path, "r+") as image:
            with self.assertRaises(TypeError):
                image.walk(lambda a: a + 1, "<i2")
            image.walk(lambda a: numpy.add(a, 1, out=a), "<i2")

    def test_exceptions_come_back(self):
        def fails(pixels):
            if pixels[0] == 0 or len(pixels) < 0:
                raise KeyError("mine")

        with mmview.open(self.path, "r+") as image:
            with self.assertRaises(KeyError) as caught:
                image.walk(fails, "<i2")
            self.assertEqual(caught.exception.args, ("mine",))
            image.walk(add_one, "<i2")

    def test_an_interrupt_ends_a_walk(self):
        def interrupt(pixels):
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                pass

        # What a shell has started in the background ignores SIGINT.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        self.addCleanup(signal.signal, signal.SIGINT, before)
        for _ in range(20):
            with mmview.open(self.path) as image, self.assertRaises(KeyboardInterrupt):
                image.walk(interrupt, "<i2", window=65536)
            with mmview.open(self.path) as image, self.assertRaises(KeyboardInterrupt):
                image.reduce(interrupt, operator.add, "<i2")

    def test_functions_run_where_no_signal_breaks_in(self):
        """An exception at a callback's first instruction would be lost, and the chunk taken for done."""
        seen = set()
        with mmview.open(self.path) as image:
            image.walk(lambda a: seen.add(threading.current_thread() is threading.main_thread()), "<i2")
            image.reduce(lambda a: seen.add(threading.current_thread() is threading.main_thread()), lambda a, b: 0)
        self.assertEqual(seen, {False})

    def test_an_interrupt_comes_after_the_last_function(self):
        class Late(Exception):
            pass

        def late(*_):
            raise Late

        calls, before = [], signal.signal(signal.SIGALRM, late)
        try:
            signal.setitimer(signal.ITIMER_REAL, 0.05)
            with mmview.open(self.path) as image, self.assertRaises(Late):
                image.walk(lambda a: calls.append(time.sleep(0.1)), "<i2", threads=1)
            count = len(calls)
            time.sleep(0.15)
            self.assertEqual(len(calls), count)
            self.assertIn(count, range(1, 10))
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_no_wait_is_deaf_for_a_signal_that_came_before_it(self):
        """The system ends a wait for a signal that comes during it, and not for an earlier one."""
        waits = []

        class Gate:
            def __init__(self):
                self.lock = threading.Lock()
                self.release = self.lock.release

            def acquire(self, timeout=-1):
                waits.append(timeout)
                return self.lock.acquire(timeout=timeout)

        with unittest.mock.patch("_thread.allocate_lock", Gate), mmview.open(self.path) as image:
            image.walk(lambda a: time.sleep(0.01), "<i2")
        self.assertEqual({wait for wait in waits[1:] if not 0 < wait <= 1}, set())
        self.assertGreater(len(waits), 1)

    def test_walks_of_other_threads(self):
        results = []
        with mmview.open(self.path, "r+") as image:
            workers = [
                threading.Thread(
                    target=lambda at=at: results.append(
                        image.walk(add_one, "<i2", offset=at, length=6000000, threads=1).bytes
                    )
                )
                for at in (0, 6000000)
            ]
            for worker in workers:
                worker.start()
            for worker in workers:
                worker.join()
        self.assertEqual(results, [6000000, 6000000])
        self.assertTrue((self.now() == self.samples + 1).all())

    # ---- arrays that somebody keeps

    def test_kept_arrays_are_refused(self):
        kept = []

        def raises(pixels):
            raise ValueError(pixels)

        def cause(pixels):
            try:
                raise KeyError(pixels[1:3])
            except KeyError as error:
                raise ValueError("text") from error

        keepers = {
            "the array": kept.append,
            "a slice": lambda a: kept.append(a[5:7]),
            "another type": lambda a: kept.append(a.view("u1")),
            "a memoryview": lambda a: kept.append(memoryview(a)),
            "what is returned": lambda a: a[1:],
            "what is raised": raises,
            "the cause of what is raised": cause,
        }
        for name, keeper in keepers.items():
            with self.subTest(name), mmview.open(self.path, "r+") as image:
                with self.assertRaises(BufferError):
                    image.walk(keeper, "<i2")
                kept.clear()
        with mmview.open(self.path) as image:
            image.walk(lambda a: kept.append(a[5:7].copy()), "<i2")
            with self.assertRaises(BufferError):
                image.reduce(lambda a: a, operator.add, "<i2")
            with self.assertRaises(BufferError):
                image.reduce(lambda a: a[:1], operator.add, "<i2")

    def keep_of(self, io, how):
        """[(what a walk's function has kept, a copy of it)], when the maps are closed and the file is empty."""
        kept = []

        def keep(array, *result):
            mine = how(result[0] if result else array)
            kept.append((mine, numpy.array(mine)))

        with mmview.open(self.path, "r+") as image, self.assertRaises(BufferError):
            image.walk(keep, "<i2", io=io)
        with mmview.open(self.other(), "w+", 12000000) as target, mmview.open(self.path) as image:
            with self.assertRaises(BufferError):
                image.walk_to(target, keep, "<i2", io=io)
            with self.assertRaises(BufferError):
                image.reduce(keep, max, "<i2", io=io)
        os.truncate(self.path, 0)
        self.assertGreaterEqual(len(kept), 3)
        return kept

    def test_kept_arrays_never_show_other_memory(self):
        ways = {"array": lambda a: a, "slice": lambda a: a[5:70000:3], "memoryview": lambda a: memoryview(a)[1:9]}
        for io in ("auto", "mmap", "buffered", "direct"):
            for name, how in ways.items():
                with self.subTest(f"{io}, {name}"):
                    self.samples.tofile(self.path)
                    kept = self.keep_of(io, how)
                    self.samples.tofile(self.path)
                    with mmview.open(self.path) as image:
                        image.walk(lambda a: None, "<i2", io=io)
                    for mine, copy in kept:
                        self.assertTrue((numpy.asarray(mine) == copy).all())
                        if not memoryview(mine).readonly:
                            numpy.asarray(mine).fill(77)
                    self.assertTrue((self.now() == self.samples).all())

    def test_memory_that_was_kept_goes_with_its_last_array(self):
        def mappings():
            with open("/proc/self/maps") as file:
                return len(file.readlines())

        def keep_some():
            kept = []
            with mmview.open(self.path, "r+") as image:
                for io in ("mmap", "buffered"):
                    with self.assertRaises(BufferError):
                        image.walk(lambda a: kept.append((a[1:3], a.view("u1"))), "<i2", io=io)
            return kept

        self.assertTrue(all(len(a) == 2 for a, _ in keep_some()))
        before = mappings()
        for _ in range(20):
            keep_some()
        self.assertLess(mappings(), before + 10)

    def test_frames_of_an_error_hold_no_array(self):
        def fails(pixels):
            mine = pixels[1:]
            raise RuntimeError(len(mine))

        trace, names = None, []
        with mmview.open(self.path) as image:
            try:
                image.walk(fails, "<i2", threads=1)
            except RuntimeError as error:  # assertRaises() would clear the frames itself
                trace = error.__traceback__
            while trace:
                names.append(trace.tb_frame.f_code.co_name)
                held = [name for name, value in trace.tb_frame.f_locals.items() if isinstance(value, numpy.ndarray)]
                self.assertEqual(held, [], trace.tb_frame.f_code.co_name)
                trace = trace.tb_next
        self.assertIn("fails", names)

    # ---- walks into another file

    def other(self):
        return os.path.join(self.folder.name, "other")

    def test_records_of_another_file(self):
        for io in ("auto", "mmap", "buffered"):
            for threads in (1, 3):
                with self.subTest(io=io, threads=threads), mmview.open(self.path) as image:
                    with mmview.open(self.other(), "w+", 10 + 4 * 5999998) as doubled:
                        stats = image.walk_to(
                            doubled,
                            lambda pixels, result: numpy.multiply(pixels, 2, out=result, dtype="<i4"),
                            "<i2",
                            "<i4",
                            offset=4,
                            out_offset=10,
                            io=io,
                            threads=threads,
                        )
                    self.assertEqual((stats.records, stats.bytes), (5999998, 11999996))
                    made = numpy.fromfile(self.other(), "<i4", offset=10)
                    self.assertTrue((made == self.samples[2:].astype("<i4") * 2).all())
        self.assertTrue((self.now() == self.samples).all())

    def test_records_of_another_file_in_other_shapes(self):
        def first(pixels, result, chunk):
            self.assertEqual((len(pixels), len(result)), (chunk.count * 3, chunk.count))
            self.assertFalse(pixels.flags.writeable)
            result[:] = pixels[::3]

        with mmview.open(self.path) as image, mmview.open(self.other(), "w+", 4000000) as firsts:
            image.walk_to(firsts, first, "<i2", "<i2", record=6, chunks=True)
            with firsts.view() as view:
                self.assertEqual(bytes(view), self.samples[::3].tobytes())

        def copy(source, result):
            result[:] = source

        with mmview.open(self.path) as image, mmview.open(self.other(), "w+", 12000000) as same:
            mmview.walk_to(image, same, copy, None, record=6)
            image.walk_to(same, lambda a, b: numpy.add(a, 0, out=b), "<i2")
        self.assertTrue((numpy.fromfile(self.other(), "<i2") == self.samples).all())

    def test_what_a_walk_into_another_file_refuses(self):
        def nothing(_, result):
            result[:] = 0

        kept = []
        with mmview.open(self.path, "r+") as image, mmview.open(self.other(), "w+", 12000000) as other:
            for keeper in (lambda a, b: kept.append(a), lambda a, b: kept.append(b[1:]), lambda a, b: a):
                with self.assertRaises(BufferError):
                    image.walk_to(other, keeper, "<i2")
                kept.clear()
            for function, kind in ((lambda a, b: 5, TypeError), (lambda a, b: 1 // 0, ZeroDivisionError)):
                with self.assertRaises(kind):
                    image.walk_to(other, function, "<i2")
            for target in (image, mmview.open(self.other())):
                with self.assertRaises(mmview.Error):
                    image.walk_to(target, nothing, "<i2")
            for options in ({"out_offset": 1}, {"out_record": 4}, {"out_dtype": "<i4"}):
                with self.assertRaises((mmview.Error, ValueError)):
                    image.walk_to(other, nothing, "<i2", **options)
            with self.assertRaises(TypeError):
                image.walk_to(self.other(), nothing, "<i2")

    # ---- reductions

    def test_a_value_of_all_records(self):
        with mmview.open(self.path) as image:
            total = mmview.reduce(image, lambda a: int(a.sum(dtype="i8")), operator.add, "<i2")
            self.assertEqual(total, int(self.samples.sum(dtype="i8")))
            low, high = image.reduce(
                lambda a: (a.min(), a.max()), lambda a, b: (min(a[0], b[0]), max(a[1], b[1])), "<i2"
            )
            self.assertEqual((low, high), (self.samples.min(), self.samples.max()))
            self.assertEqual(image.reduce(len, operator.add, "<i2", length=0, initial=7), 7)
            self.assertEqual(image.reduce(len, operator.add, "<i2", length=2), 1)

    def test_the_order_of_blocks_does_not_depend_on_threads(self):
        def words(block, threads):
            with mmview.open(self.path) as image:
                return image.reduce(
                    lambda a: str(a[0]), lambda a, b: f"({a} {b})", "<i2", length=200000, block=block, threads=threads
                )

        self.assertEqual(words(20000, 1), "(((0 20000) (-25536 -5536)) 14464)")
        self.assertEqual(len({words(100, threads) for threads in (1, 2, 5)}), 1)

    def test_a_reduction_that_fails(self):
        def fails(*_):
            raise KeyError("mine")

        with mmview.open(self.path) as image:
            for fold, merge in ((fails, operator.add), (len, fails)):
                with self.assertRaises(KeyError):
                    image.reduce(fold, merge, "<i2")

    def test_values_that_were_merged_are_dropped(self):
        class Value:
            alive = 0
            most = 0

            def __init__(self):
                Value.alive += 1
                Value.most = max(Value.most, Value.alive)

            def __del__(self):
                Value.alive -= 1

        with mmview.open(self.path) as image:
            result = image.reduce(lambda a: Value(), lambda a, b: Value(), "<i2", block=1000, threads=1)
        self.assertEqual(Value.alive, 1)
        self.assertLess(Value.most, 200)
        del result

    # ---- journals

    def job(self, image, **how):
        return mmview.job(image, "add 1", **how)

    def test_a_job_is_done_once(self):
        for mode in ("kill", "power"):
            with mmview.open(self.path, "r+") as image, self.job(image, mode=mode) as job:
                image.walk(add_one, "<i2", journal=job)
                self.assertTrue(os.path.exists(job.path))
            self.samples += 1
            self.assertTrue((self.now() == self.samples).all())
            self.assertFalse(os.path.exists(job.path))

    def test_a_job_that_fails_goes_on(self):
        done = []

        def some(pixels):
            if len(done) == 10:
                raise RuntimeError
            numpy.add(pixels, 1, out=pixels)
            done.append(len(pixels))

        with self.assertRaises(RuntimeError), mmview.open(self.path, "r+") as image, self.job(image) as job:
            image.walk(some, "<i2", journal=job, threads=1)
        self.assertTrue(os.path.exists(job.path))
        self.assertFalse((self.now() == self.samples + 1).all())
        with mmview.open(self.path, "r+") as image:
            with self.assertRaises(mmview.JournalError) as caught:
                with mmview.job(image, "add 2") as other:
                    image.walk(add_one, "<i2", journal=other)
            self.assertEqual(caught.exception.filename, job.path)
            with self.job(image) as job:
                stats = image.walk(add_one, "<i2", journal=job)
        self.assertGreater(stats.resumed, 0)
        self.assertTrue((self.now() == self.samples + 1).all())

    def test_a_job_that_is_killed_goes_on(self):
        script = """if 1:
            import os, sys
            sys.path.insert(0, sys.argv[1])
            import mmview, numpy
            calls = []
            def add(pixels):
                calls.append(1)
                if len(calls) == 12:
                    pixels[: len(pixels) // 2] += 1
                    os.kill(os.getpid(), 9)
                numpy.add(pixels, 1, out=pixels)
            with mmview.open(sys.argv[2], "r+") as image, mmview.job(image, "add 1") as job:
                image.walk(add, "<i2", journal=job)
            """
        killed = subprocess.run([sys.executable, "-c", script, PACKAGE, self.path], check=False)
        self.assertEqual(killed.returncode, -signal.SIGKILL)
        with mmview.open(self.path, "r+") as image, self.job(image) as job:
            trials = []
            def add(pixels, chunk):
                add_one(pixels)
                trials.append(chunk.is_trial)
            stats = image.walk(add, "<i2", journal=job, chunks=True)
        # With nothing but POSIX each mode is "power", which may have counted nothing as done yet.
        self.assertTrue(stats.resumed > 0 or "locks" in WITHOUT)
        self.assertTrue((self.now() == self.samples + 1).all())

    @unittest.skipIf("locks" in WITHOUT, "this library has no locks of open files")
    def test_two_jobs_on_the_same_bytes(self):
        with mmview.open(self.path, "r+") as image, self.job(image) as job:
            image.walk(add_one, "<i2", journal=job)
            script = """if 1:
                import sys
                sys.path.insert(0, sys.argv[1])
                import mmview, numpy
                try:
                    with mmview.open(sys.argv[2], "r+") as image, mmview.job(image, "add 1") as job:
                        image.walk(lambda a: numpy.add(a, 1, out=a), "<i2", journal=job)
                except BlockingIOError as error:
                    print(error.filename)
                """
            other = subprocess.run([sys.executable, "-c", script, PACKAGE, self.path], capture_output=True, text=True)
            self.assertEqual(other.stdout.strip(), job.path, other.stderr)
        self.assertTrue((self.now() == self.samples + 1).all())

    def test_what_a_job_refuses(self):
        with mmview.open(self.path) as image, self.job(image) as job:
            with self.assertRaises(mmview.ArgumentError):
                image.walk(len, "<i2", journal=job)
        with mmview.open(self.path, "r+") as image:
            for wrong in ({"mode": "off"}, {"length": 0}, {"offset": -1}):
                with self.assertRaises(ValueError):
                    self.job(image, **wrong)
            with self.assertRaises(ValueError):
                mmview.job(image, b"add")
            job = self.job(image)
            job.close()
            with self.assertRaises(ValueError):
                image.walk(add_one, "<i2", journal=job)
            with self.assertRaises(ValueError):
                job.finish()


unittest.main()
