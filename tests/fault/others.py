# SPDX-License-Identifier: MIT
"""Other hands on the same files: cut short, run twice, exchanged for a link."""
import ctypes
import os
import shutil
import threading

from machine import AMOUNT, Disk, Lost, call, ended
from trials import WAYS, Trials

RENAME_EXCHANGE = 2
AT_FDCWD = -100


class Others(Trials):
    def truncate(self):
        """The file is cut short by another process while it is worked on: an error with a file and an offset, no
        signal."""
        for name, folder in self.file_systems():
            row = self.row("P4", f"file truncated at random moments during -i and -o, {name}")
            path, out = os.path.join(folder, "cut.raw"), os.path.join(folder, "cut.new")
            for number in range(self.trials):
                row.trial(self.cut_short, path, out, number % 2 == 0, row)
            for left in (path, out):
                if os.path.exists(left):
                    os.unlink(left)

    def file_systems(self):
        """The one that we are in; and, for root, others that tell of a shorter file in other ways."""
        yield "here", self.folder
        if os.geteuid() != 0:
            print("SKIPPED: truncation on tmpfs and XFS: it needs root")
            return
        for huge in ("never", "always"):
            mounted = self.path(f"tmpfs-{huge}")
            os.mkdir(mounted)
            try:
                call("mount", "-t", "tmpfs", "-o", f"size=1g,huge={huge}", "mmview", mounted)
                yield f"tmpfs huge={huge}", mounted
                call("umount", mounted)
            except OSError as error:
                print(f"SKIPPED: truncation on tmpfs huge={huge}: {error}")
            os.rmdir(mounted)
        if shutil.which("mkfs.xfs"):
            disk = Disk("xfs", self.folder)
            try:
                yield "xfs", disk.mounted
            finally:
                disk.remove()

    def cut_short(self, path, out, in_place, row):
        for name in (path, out):
            if os.path.exists(name):
                os.unlink(name)
        shutil.copyfile(self.bench.before, path)
        way = self.random.choice(WAYS)
        process = self.bench.start(*way, *(("-i", "--journal=off", path) if in_place else ("-o", out, path)))
        if not ended(process, self.random.random() * 0.05):
            os.truncate(path, self.random.randrange(len(self.bench.old)))
        said = self.bench.rest(process)
        if process.returncode not in (0, 1, 2):
            raise Lost(f"{' '.join(way)}: exit status {process.returncode}: {said.decode().strip()}")
        if (
            process.returncode == 1
            and b"offset" not in said
            and b"behind the end" not in said
            and b"shorter" not in said
        ):
            raise Lost(f"no word of where: {said.decode().strip()}")
        if not in_place and process.returncode != 0 and os.path.exists(out):
            raise Lost("it failed, and OUT is there")
        # Cut after the last byte was read or stored, or not noticed where no signal tells of it.
        if process.returncode == 0 and not in_place:
            self.check_copy(self.bench.get(out), os.path.getsize(path), way)
        if process.returncode == 0 and in_place:
            self.check_rest(self.bench.get(path), way, row)

    def check_copy(self, copy, left, way):
        """Cut before it was opened, a file is short from the start; else its copy is whole."""
        if copy != self.bench.new and (len(copy) != left or not self.bench.new.startswith(copy)):
            wrong = next((i for i, (a, b) in enumerate(zip(copy, self.bench.new)) if a != b), len(copy))
            raise Lost(f"{' '.join(way)}: exit 0, and OUT is wrong from {wrong} on, {len(copy)} bytes; {left} are left")

    def check_rest(self, now, way, row):
        """
        What is left must be new. A write that was under way may have made the file long again, with a hole before it,
        which reads as zeros, and which others may have worked on since.
        """
        if self.bench.new.startswith(now):
            return
        if len(now) != len(self.bench.new) or any(
            byte not in (0, AMOUNT, new) for byte, new in zip(now, self.bench.new)
        ):
            raise Lost(f"{' '.join(way)}: exit 0, and what is left of the file is wrong, {len(now)} bytes")
        row.after += 1
        row.note = f"{row.after} were made long again by a write that was under way, which nobody can see"

    def two(self):
        """Two of the same at once: one after the other, or one is refused."""
        row = self.row("P22", "two runs over the same file at once")
        path = self.path("two.raw")
        for _ in range(self.trials):
            row.trial(lambda: self.two_at_once(path))
        os.unlink(path)

    def two_at_once(self, path):
        shutil.copyfile(self.bench.before, path)
        first, second = (self.bench.start("-i", *self.random.choice(WAYS), path) for _ in range(2))
        said = [self.bench.rest(process) for process in (first, second)]
        results = [first.returncode, second.returncode]
        now = self.bench.get(path)
        if results.count(0) == 0:
            raise Lost(f"none was done: {results}: {said}")
        if results.count(0) == 1 and now != self.bench.new:
            raise Lost(f"one was done, and the file is wrong: {results}")
        if results.count(0) == 2 and now != self.twice():
            raise Lost("both were done, and the file is wrong")

    def twice(self):
        if not hasattr(self, "done_twice"):
            path = self.path("twice.raw")
            self.bench.finish("-f", "-o", path, self.bench.after)
            self.done_twice = self.bench.get(path)
        return self.done_twice

    # ---- exchanged --------------------------------------------------------------------------------------------------

    def swap(self):
        """OUT is exchanged with a link to somebody's file, over and over: that file is never touched."""
        folder = self.path("swap")
        os.mkdir(folder)
        row = self.row("P13", "-f -o OUT while OUT and a link to another file are exchanged all the time")
        victim, out, link = (os.path.join(folder, name) for name in ("victim", "out", "link"))
        with open(victim, "wb") as file:
            file.write(b"mine")
        os.symlink(victim, link)
        with open(out, "wb") as file:
            file.write(b"old")
        count = [0]
        over = threading.Event()
        thread = threading.Thread(target=self.exchange, args=(out, link, over, count))
        thread.start()
        try:
            for _ in range(self.trials):
                row.trial(self.write_while_swapped, folder, victim, out)
        finally:
            over.set()
            thread.join()
        row.note = f"{count[0]} exchanges"
        row.must(count[0] > self.trials, "hardly anything was exchanged")
        shutil.rmtree(folder)

    @staticmethod
    def exchange(first, second, over, count):
        library = ctypes.CDLL(None, use_errno=True)
        while not over.is_set():
            count[0] += library.renameat2(AT_FDCWD, first.encode(), AT_FDCWD, second.encode(), RENAME_EXCHANGE) == 0

    def write_while_swapped(self, folder, victim, out):
        process = self.bench.start("-f", "-o", out, self.bench.small)
        said = self.bench.rest(process)
        if process.returncode not in (0, 1):
            raise Lost(f"exit status {process.returncode}: {said.decode().strip()}")
        if self.bench.get(victim) != b"mine":
            raise Lost("the other file was written to")
        left = [name for name in os.listdir(folder) if name.startswith(".")]
        if left:
            raise Lost(f"left behind: {left}")
