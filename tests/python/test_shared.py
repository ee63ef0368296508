# SPDX-License-Identifier: MIT
"""Names that Python shares with other processes, in Python and in C: maps, mutexes, events, semaphores, channels."""
import concurrent.futures
import errno
import gc
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PACKAGE = os.path.abspath(sys.argv.pop(1))
sys.path.insert(0, PACKAGE)
sys.argv.pop(1)
import mmview  # noqa: E402

PEER = os.environ["MMVIEW_TEST_PEER"]
if "locks" in os.environ.get("MMVIEW_TEST_WITHOUT", "").split(","):
    print("SKIPPED: this library has no locks of open files, and so no names that go with their users")
    sys.exit(77)

# Long enough for any machine. What is waited for in vain is waited for MOMENT.
LONG, MOMENT = 60, 0.05


class Process:
    """Another process, which says a line when it is so far, and goes on when it gets one."""

    def __init__(self, *command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": PACKAGE}
        )

    def line(self):
        return self.process.stdout.readline().rstrip("\n")

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def end(self, status=0):
        """What else it says."""
        said = self.process.communicate(timeout=LONG)[0]
        if self.process.returncode != status:
            raise AssertionError(f"exit status {self.process.returncode}: {said}")
        return said.splitlines()

    def kill(self):
        self.process.kill()
        with self.process:
            pass


def python(code, *arguments):
    """A process of Python: say() prints a line at once, wait() waits for one."""
    text = (
        "import mmview, sys, os\nname = sys.argv[1]\n"
        "def say(*words): print(*words, flush=True)\n"
        "def wait(): sys.stdin.readline()\n"
    )
    return Process(sys.executable, "-W", "ignore::DeprecationWarning", "-c", text + code, *arguments)


def peer(*arguments):
    """The program in C."""
    return Process(PEER, *arguments)


def path_of(name):
    return f"/dev/shm/mmv.{name}"


class Names(unittest.TestCase):
    def setUp(self):
        self.name = f"python-{os.getpid()}-{self._testMethodName}"
        self.processes = []

    def tearDown(self):
        for process in self.processes:
            process.kill()
        gc.collect()
        mmview.names()
        self.assertFalse(os.path.exists(path_of(self.name)), "the name is left")

    def start(self, process):
        self.processes.append(process)
        return process

    def caught(self, kind, call):
        with self.assertRaises(kind) as caught:
            call()
        return caught.exception

    def gone(self):
        """Whoever looks next finds what the dead have left."""
        mmview.names()
        return not os.path.exists(path_of(self.name))

    # ---- maps

    def test_maps_of_two_processes(self):
        with mmview.named(self.name, "x+", 10000) as mine, mine.view() as view:
            self.assertTrue(mine.created and mine.writable and mine.stores)
            self.assertEqual(len(mine), 10000)
            view[:5] = b"hello"
            self.assertEqual(peer("see", self.name, "0", "hello").end(), [])
            self.assertEqual(peer("poke", self.name, "9999", "77").end(), [])
            self.assertEqual(view[9999], 77)
            code = "with mmview.named(name) as m, m.view() as v: say(bytes(v[:5]), m.created); v[0] = 72"
            other = python(code, self.name)
            self.assertEqual(other.end(), ["b'hello' False"])
            self.assertEqual(bytes(view[:5]), b"Hello")
        self.assertFalse(os.path.exists(path_of(self.name)))

    def test_a_map_of_a_process_that_is_killed(self):
        for code in ("", "os.kill(os.getpid(), 9)"):
            first = "m = mmview.named(name, 'a+', 100); v = m.view(); v.data[:2] = b'ab'; say('ready'); wait();"
            other = self.start(python(first + code, self.name))
            self.assertEqual(other.line(), "ready")
            mine = mmview.named(self.name, "r")
            self.assertFalse(mine.writable)
            other.go_on()
            other.end(-9 if code else 0)
            with mine.view() as view:
                self.assertEqual(bytes(view[:2]), b"ab")
            mine.close()
            self.assertTrue(self.gone())

    def test_a_map_whose_maker_is_killed_is_gone(self):
        other = self.start(python("m = mmview.named(name, 'a+', 100); say('ready'); wait()", self.name))
        self.assertEqual(other.line(), "ready")
        other.kill()
        error = self.caught(FileNotFoundError, lambda: mmview.named(self.name))
        self.assertEqual((error.errno, error.filename), (errno.ENOENT, path_of(self.name)))
        with mmview.named(self.name, "x+", 5) as mine:
            self.assertEqual(len(mine), 5)

    def test_modes(self):
        with self.assertRaises(ValueError):
            mmview.named(self.name, "w+", 5)
        with mmview.named(self.name, "a+", 5000) as mine:
            self.assertIsInstance(self.caught(FileExistsError, lambda: mmview.named(self.name, "x+", 5)), mmview.Error)
            with mmview.named(self.name, "a+", 17) as again:
                self.assertEqual((len(again), again.created), (5000, False))
            with mmview.named(self.name, "c") as own, own.view() as view:
                view[0] = 7
            with mine.view() as view:
                self.assertEqual(view[0], 0)
        self.caught(mmview.ArgumentError, lambda: mmview.named(self.name, "a+", 0))

    def test_a_view_outlives_its_map_and_the_name(self):
        mine = mmview.named(self.name, "a+", 5000)
        view = mine.view()
        mine.close()
        view.data[4999] = 5
        with mmview.named(self.name) as again, again.view() as other:
            self.assertEqual(other[4999], 5)
        kept = memoryview(view.data)
        with self.assertRaises(BufferError):
            view.close()
        self.assertEqual(kept[4999], 5)
        kept.release()
        view.close()
        self.assertTrue(self.gone())

    def test_a_child_that_was_forked_takes_no_name_with_it(self):
        mine = mmview.named(self.name, "a+", 100)
        mutex = mmview.Mutex(self.name + ".mutex")
        child = os.fork()
        if not child:
            mine.close()
            mutex.close()
            os._exit(0)
        os.waitpid(child, 0)
        self.assertTrue(os.path.exists(path_of(self.name)))
        self.assertTrue(os.path.exists(path_of(self.name + ".mutex")))
        self.assertEqual(peer("poke", self.name, "0", "5").end(), [])
        mine.close()
        mutex.close()

    def test_walks_and_windows(self):
        with mmview.named(self.name, "a+", 3 << 20) as mine:

            def fill(window):
                window[:] = b"\1" * len(window)

            mine.walk(fill, None)
            for window in mine.windows():
                self.assertEqual(bytes(window), b"\1" * len(window))
                del window

    def test_a_file_with_a_name(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"data")
            file.flush()
            with mmview.open(file.name, "r+") as image:
                image.share(self.name)
                with mmview.named(self.name) as again, again.view() as view:
                    self.assertEqual(bytes(view), b"data")
                self.assertEqual([info.kind for info in mmview.names() if info.name == self.name], ["file"])
                with self.assertRaises(mmview.ArgumentError):
                    image.share(self.name + ".2")
            self.caught(FileNotFoundError, lambda: mmview.named(self.name))

    def test_names(self):
        for name in ("a/b%c" + self.name, "ü" * 150 + self.name, "\udcff" + self.name):
            with mmview.named(name, "x+", 123, permissions=0o640, persist=True):
                found = [info for info in mmview.names() if info.name == name]
                self.assertEqual([(i.kind, i.capacity, i.permissions, i.persists, i.in_use) for i in found],
                                 [("map", 123, 0o640, True, True)])
            self.assertEqual([i.in_use for i in mmview.names() if i.name == name], [False])
            mmview.remove(name)
            self.assertEqual([i for i in mmview.names() if i.name == name], [])
        self.caught(FileNotFoundError, lambda: mmview.remove(self.name))
        for name, kind in ((b"a\0b", ValueError), (5, TypeError), ("", mmview.ArgumentError)):
            with self.subTest(name):
                self.caught(kind, lambda: mmview.named(name, "a+", 1))

    def test_one_name_is_one_thing(self):
        with mmview.named(self.name, "a+", 100):
            for kind in (mmview.Mutex, mmview.Event, mmview.Semaphore, mmview.Sender):
                error = self.caught(mmview.Error, lambda: kind(self.name))
                self.assertEqual((error.errno, error.filename), (errno.ENODEV, path_of(self.name)))

    # ---- mutexes

    def test_a_mutex_keeps_others_out(self):
        mutex = mmview.Mutex(self.name)
        self.assertTrue(mutex.created)
        with mutex, mutex:
            self.assertEqual(peer("wait", self.name, "50").end(), ["late"])
        self.assertEqual(peer("wait", self.name, "50").end(), ["got"])
        code = "m = mmview.Mutex(name, 'r+'); m.acquire(); say('held'); wait(); m.release()"
        for start in (lambda: peer("hold", self.name), lambda: python(code, self.name)):
            holder = self.start(start())
            self.assertEqual(holder.line(), "held")
            self.assertFalse(mutex.acquire(0))
            self.assertFalse(mutex.acquire(MOMENT))
            holder.go_on()
            self.assertTrue(mutex.acquire(LONG))
            mutex.release()
            holder.end()
        self.assertIsInstance(self.caught(PermissionError, mutex.release), mmview.Error)
        mutex.close()
        self.caught(ValueError, mutex.acquire)
        self.caught(ValueError, mutex.release)

    def test_a_holder_that_is_killed(self):
        mutex = mmview.Mutex(self.name)
        code = "m = mmview.Mutex(name); m.acquire(); say('held'); wait()"
        for start in (lambda: peer("hold", self.name), lambda: python(code, self.name)):
            holder = self.start(start())
            self.assertEqual(holder.line(), "held")
            holder.kill()
            error = self.caught(mmview.AbandonedError, lambda: mutex.acquire(LONG))
            self.assertEqual((error.errno, error.filename), (errno.EOWNERDEAD, path_of(self.name)))
            self.assertEqual(peer("wait", self.name, "0").end(), ["late"])
            mutex.release()
            with mutex:
                pass
        with self.assertRaises(PermissionError):
            mutex.release()
        mutex.close()

    def test_c_is_told_of_a_holder_in_python(self):
        endings = {
            "killed": "os.kill(os.getpid(), 9)",
            "dropped": "del m; raise SystemExit(1)",
            "an end without release": "raise SystemExit(1)",
        }
        keeper = mmview.Mutex(self.name)
        for ending, code in endings.items():
            with self.subTest(ending):
                first = "m = mmview.Mutex(name); m.acquire(); say('held'); wait(); "
                holder = self.start(python(first + code, self.name))
                self.assertEqual(holder.line(), "held")
                waiter = self.start(peer("wait", self.name, str(LONG * 1000)))
                holder.go_on()
                holder.end(-9 if ending == "killed" else 1)
                self.assertEqual(waiter.end(), ["abandoned"])
        keeper.close()

    def test_a_new_mutex_that_is_held(self):
        mutex = mmview.Mutex(self.name, "x+", owned=True)
        self.assertEqual(peer("wait", self.name, "0").end(), ["late"])
        again = mmview.Mutex(self.name, owned=True)
        self.assertFalse(again.created)
        self.assertIsInstance(self.caught(BlockingIOError, again.acquire), mmview.Error)
        mutex.release()
        with again:
            pass
        again.close()
        mutex.close()

    def test_closing_while_others_are_at_it(self):
        mutex = mmview.Mutex(self.name)
        keeper = mmview.Mutex(self.name)
        said, held, go = [], threading.Event(), threading.Event()

        def hold():
            mutex.acquire()
            held.set()
            go.wait(LONG)
            mutex.release()  # of what was closed meanwhile

        def wait():
            try:
                mutex.acquire(LONG)
            except ValueError:
                said.append("closed")

        holder = threading.Thread(target=hold)
        holder.start()
        held.wait(LONG)
        waiter = threading.Thread(target=wait)
        waiter.start()
        while mutex._users < 2:
            time.sleep(0.001)
        mutex.close()
        self.assertFalse(keeper.acquire(0))
        go.set()
        holder.join(LONG)
        waiter.join(LONG)
        self.assertEqual(said, ["closed"])
        self.assertTrue(keeper.acquire(0))
        keeper.release()
        self.assertEqual(mutex._users, 0)
        self.assertFalse(mutex._release.alive)
        # Closing releases what the closing thread holds, though another waits.
        mutex = mmview.Mutex(self.name)
        mutex.acquire()
        mutex.close()
        self.assertTrue(keeper.acquire(0))
        keeper.release()
        keeper.close()

    def test_a_mutex_that_is_dropped_while_it_is_held(self):
        keeper = mmview.Mutex(self.name)

        def drop():
            mutex = mmview.Mutex(self.name)
            mutex.acquire()
            del mutex
            gc.collect()
            self.assertEqual(peer("wait", self.name, "0").end(), ["late"])

        thread = threading.Thread(target=drop)
        thread.start()
        thread.join()
        self.caught(mmview.AbandonedError, keeper.acquire)
        keeper.release()
        keeper.close()
        # It stays open, and so its name, until the process ends.
        mmview.remove(self.name)

    def test_a_thread_that_ends_as_the_holder(self):
        mutex = mmview.Mutex(self.name)
        thread = threading.Thread(target=lambda: mutex.acquire() and mutex.acquire())
        thread.start()
        thread.join()
        self.caught(mmview.AbandonedError, mutex.acquire)
        mutex.release()
        self.caught(PermissionError, mutex.release)
        mutex.close()
        self.assertFalse(mutex._release.alive)

    # ---- events and semaphores

    def test_events(self):
        with mmview.Event(self.name) as event:
            self.assertTrue(event.created and not event.manual)
            self.assertFalse(event.wait(MOMENT))
            self.assertEqual(peer("set", self.name).end(), [])
            self.assertTrue(event.wait(LONG))
            self.assertFalse(event.wait(0))
            event.set()
            event.reset()
            self.assertEqual(peer("event", self.name, "20").end(), ["late"])
            waiter = self.start(peer("event", self.name, str(LONG * 1000)))
            event.set()
            self.assertEqual(waiter.end(), ["got"])
            # A waiter that is killed takes no signal with it.
            waiter = self.start(python("e = mmview.Event(name); say('ready'); e.wait()", self.name))
            self.assertEqual(waiter.line(), "ready")
            time.sleep(MOMENT)
            waiter.kill()
            event.set()
            self.assertTrue(event.wait(LONG))
        self.caught(ValueError, event.set)
        with mmview.Event(self.name, manual=True, is_set=True) as event, mmview.Event(self.name, "r+") as again:
            self.assertTrue(again.manual)
            self.assertTrue(event.wait(0) and again.wait(0) and event.wait(0))

    def test_semaphores(self):
        places = mmview.Semaphore(self.name, 3, most=3)
        with places:
            self.assertEqual(peer("take", self.name, "0").end(), ["got"])
            self.assertTrue(places.acquire(0))
            self.assertFalse(places.acquire(MOMENT))
            self.assertEqual(peer("take", self.name, "20").end(), ["late"])
            waiter = self.start(peer("take", self.name, str(LONG * 1000)))
            self.assertEqual(places.release(1), 0)
            self.assertEqual(waiter.end(), ["got"])
            self.assertEqual(peer("give", self.name, "2").end(), ["0"])
            self.assertTrue(places.acquire(LONG))
            # What a process has taken is lost with it.
            taker = self.start(python("mmview.Semaphore(name).acquire(); say('taken'); wait()", self.name))
            self.assertEqual(taker.line(), "taken")
            taker.kill()
            self.assertFalse(places.acquire(MOMENT))
        self.assertEqual(places.release(2), 1)
        error = self.caught(mmview.ArgumentError, places.release)
        self.assertEqual((error.parameter, error.errno), ("count", errno.EINVAL))
        for wrong, kind in ((-1, OverflowError), (2**32, OverflowError), (1.5, TypeError)):
            self.caught(kind, lambda: places.release(wrong))
        places.close()

    def test_timeouts(self):
        event = mmview.Event(self.name)
        for wrong in (-1, float("nan")):
            self.caught(ValueError, lambda: event.wait(wrong))
        before = time.monotonic()
        self.assertFalse(event.wait(0.25))
        self.assertGreaterEqual(time.monotonic() - before, 0.25)
        event.set()
        # A thread whose waits no signal cuts into slices has them whole.
        with concurrent.futures.ThreadPoolExecutor(1) as other:
            for endless in (float("inf"), 1e300, 1e9):
                self.assertTrue(other.submit(event.wait, endless).result(LONG))
                event.set()
        event.close()

    # ---- signals

    def interrupted(self, wait):
        """A signal that raises comes while 'wait' waits, which ends."""
        def raises(*_):
            raise InterruptedError("by a signal")

        before = signal.signal(signal.SIGALRM, raises)
        try:
            signal.setitimer(signal.ITIMER_REAL, MOMENT)
            self.assertEqual(str(self.caught(InterruptedError, wait)), "by a signal")
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_signals_end_waits(self):
        with mmview.Event(self.name) as event:
            self.interrupted(event.wait)
        with mmview.Receiver(self.name) as receiver:
            self.interrupted(receiver.receive)
        mutex = mmview.Mutex(self.name)
        holder = self.start(peer("hold", self.name))
        self.assertEqual(holder.line(), "held")
        self.interrupted(mutex.acquire)
        holder.go_on()
        holder.end()
        with mutex:
            self.assertEqual(mutex._users, 1)
        mutex.close()

    def test_what_is_taken_as_a_signal_comes_is_given_back(self):
        def breaks(status):
            """The signal comes as soon as the call has come back."""
            raise InterruptedError

        with mmview.Event(self.name, is_set=True) as event:
            event._keep = breaks
            self.caught(InterruptedError, event.wait)
            del event._keep
            self.assertTrue(event.wait(0))
        places = mmview.Semaphore(self.name, 1)
        places._keep = breaks
        self.caught(InterruptedError, places.acquire)
        self.assertEqual(peer("take", self.name, "0").end(), ["got"])
        places.close()
        mutex = mmview.Mutex(self.name)
        mutex._keep = breaks
        self.caught(InterruptedError, mutex.acquire)
        self.assertEqual(peer("wait", self.name, "0").end(), ["got"])
        mutex.close()

    # ---- channels

    def test_messages(self):
        numbers = memoryview(b"abcdef")
        with mmview.Receiver(self.name) as receiver, mmview.Sender(self.name, "r+") as sender:
            self.assertTrue(receiver.has_peer and sender.has_peer and receiver.created)
            self.assertEqual(sender.room, 1 << 20)
            some = memoryview(bytearray(4))
            for message in (b"bytes", b"", bytearray(b"array"), numbers[::2], numbers.cast("H"), some):
                sender.send(message)
                self.assertEqual(receiver.receive(LONG), bytes(message))
            error = self.caught(TimeoutError, lambda: receiver.receive(MOMENT))
            self.assertIsInstance(error, mmview.Error)
            self.caught(mmview.ArgumentError, lambda: sender.send(bytes(2 << 20)))
            self.caught(TypeError, lambda: sender.send("text"))
            self.caught(BlockingIOError, lambda: mmview.Receiver(self.name))
            for _ in range(3):
                sender.send(bytes(300 << 10))
            self.caught(TimeoutError, lambda: sender.send(bytes(300 << 10), MOMENT))
        self.caught(ValueError, receiver.receive)

    def test_a_channel_between_languages(self):
        with mmview.Receiver(self.name) as receiver:
            self.assertEqual(peer("send", self.name, "one", "two", "three").end(), [])
            self.assertEqual(list(receiver), [b"one", b"two", b"three"])
            error = self.caught(BrokenPipeError, receiver.receive)
            self.assertEqual(error.errno, errno.EPIPE)
        receiver = self.start(peer("receive", self.name))
        self.assertEqual(receiver.line(), "ready")
        with mmview.Sender(self.name) as sender:
            sender.send(b"eins")
            sender.send("zwei".encode())
        self.assertEqual(receiver.end(), ["eins", "zwei", "gone"])

    def test_senders_and_receivers_that_are_killed(self):
        code = "s = mmview.Sender(name); s.send(b'x' * 1000); say('sent'); wait()"
        for start in (lambda: python(code, self.name), lambda: peer("send-and-stay", self.name, "x" * 1000)):
            with mmview.Receiver(self.name) as receiver:
                sender = self.start(start())
                self.assertEqual(receiver.receive(LONG), b"x" * 1000)
                self.caught(TimeoutError, lambda: receiver.receive(MOMENT))
                sender.kill()
                self.caught(BrokenPipeError, lambda: receiver.receive(LONG))
        code = "r = mmview.Receiver(name); say(r.receive().decode()); wait()"
        for start in (lambda: python(code, self.name), lambda: peer("receive", self.name)):
            receiver = self.start(start())
            if receiver.process.args[0] == PEER:
                self.assertEqual(receiver.line(), "ready")
            with mmview.Sender(self.name, capacity=1 << 16) as sender:
                sender.send(b"first")
                self.assertEqual(receiver.line(), "first")
                receiver.kill()
                sender.send(b"to the next one")
                with self.assertRaises(BrokenPipeError):
                    while True:
                        sender.send(bytes(30000), LONG)
                with mmview.Receiver(self.name) as mine:
                    self.assertEqual(mine.receive(LONG), b"to the next one")

    def test_threads_receive_in_turn(self):
        got, count = [], 400
        with mmview.Receiver(self.name) as receiver, mmview.Sender(self.name) as sender:

            def take():
                for _ in range(count // 4):
                    got.append(receiver.receive(LONG))

            threads = [threading.Thread(target=take) for _ in range(4)]
            for thread in threads:
                thread.start()
            for index in range(count):
                sender.send(str(index).encode())
            for thread in threads:
                thread.join(LONG)
        self.assertEqual(sorted(map(int, got)), list(range(count)))

    def test_help(self):
        for kind in (mmview.Mutex, mmview.Event, mmview.Semaphore, mmview.Sender, mmview.Receiver, mmview.NamedMap):
            for name in dir(kind):
                if not name.startswith("_"):
                    self.assertTrue(getattr(kind, name).__doc__, f"{kind.__name__}.{name}")


if __name__ == "__main__":
    unittest.main()
