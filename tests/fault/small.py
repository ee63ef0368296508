# SPDX-License-Identifier: MIT
"""Trials on a small image: a run is stopped at a certain write, so that hundreds of them take a minute."""
import os
import shutil
import subprocess

from machine import AMOUNT, PATIENCE, Lost, injecting
from trials import WAYS, Row, Trials

SIZE = 1 << 20
LARGE = 65536  # bytes: a write of samples
# One write after the other: what a kill at the n-th of them means does not depend on time.
STEADY = ("--io=buffered", "-j1")
MARK = "user.mmview.journal"


class Small(Trials):
    def __init__(self, context):
        super().__init__(context)
        self.old, self.new = self.bench.old[:SIZE], self.bench.new[:SIZE]
        self.writes = {}

    def again(self):
        """The image when two runs have changed it."""
        if not hasattr(self, "done_twice"):
            path = os.path.join(self.fresh("twice"), "image.raw")
            self.put(path, self.new)
            self.good("-i", "--journal=off", path)
            self.done_twice = self.bench.get(path)
        return self.done_twice

    def is_old(self, path):
        return self.bench.get(path) == self.old

    def check_new(self, path, what=""):
        """Changed once, and nothing is left that says otherwise."""
        now, folder = self.bench.get(path), os.path.dirname(path)
        if now != self.new:
            name = "old" if now == self.old else "changed twice" if now == self.again() else "a mixture"
            raise Lost(f"{what}: {os.path.basename(path)} is {name}")
        if self.journals(folder):
            raise Lost(f"{what}: {self.journals(folder)} was left behind")

    def controls(self):
        """What is bypassed a few times only: it shows that the trials can lose."""
        return max(2, min(5, self.trials // 10))

    def control(self, row, what, function, *arguments):
        """The same without the mechanism: it must lose. A kill may come where nothing can be lost: then again."""
        lost = Row("", "control", quiet=True)
        while lost.trials < self.controls() or (lost.lost == 0 and lost.trials < 20):
            lost.trial(function, *arguments)
        row.note = "; ".join(filter(None, (row.note, f"{what}: {lost.lost} of {lost.trials} were lost")))
        row.must(lost.lost > 0, f"the control lost nothing: {what}")

    def fresh(self, name):
        """An empty folder."""
        folder = self.path(name)
        shutil.rmtree(folder, ignore_errors=True)
        os.mkdir(folder)
        return folder

    def put(self, path, data=None):
        for name in os.listdir(os.path.dirname(path)):
            if name.startswith(os.path.basename(path) + ".mmj."):
                os.unlink(os.path.join(os.path.dirname(path), name))
        if os.path.exists(path):
            os.unlink(path)
        with open(path, "wb") as file:
            file.write(self.old if data is None else data)

    def tool(self, *arguments, name=None, plain=False, **more):
        """Exit status and stderr of a command; 'plain': without --add, as --discard-journal wants it."""
        program = os.path.join(os.path.dirname(self.bench.mmbright), name) if name else self.bench.mmbright
        words = [program, *([] if name or plain else ["-q", f"--add={AMOUNT}"]), *arguments]
        more.setdefault("stdout", subprocess.DEVNULL)
        try:
            done = subprocess.run(words, stderr=subprocess.PIPE, timeout=PATIENCE * 3, check=False, **more)
        except subprocess.TimeoutExpired as late:
            raise Lost(f"{arguments}: it hangs") from late
        return done.returncode, done.stderr.decode(errors="replace").strip()

    def good(self, *arguments, **more):
        status, said = self.tool(*arguments, **more)
        if status != 0:
            raise Lost(f"{' '.join(map(repr, arguments))}: exit status {status}: {said}")

    def refused(self, *arguments, **more):
        status, said = self.tool(*arguments, **more)
        if status == 0:
            raise Lost(f"{' '.join(map(repr, arguments))}: exit status 0, and should have been refused")
        return said

    @staticmethod
    def at_call(call, number, what="signal=KILL", *more):
        return injecting(call, f"{what}:when={number}", *more)

    def transfers(self, *arguments):
        """Reads and writes of a run with STEADY, in their order: (call, bytes)."""
        log = self.path("transfers.log")
        tracer = ["strace", "-f", "-qq", "-o", log, "-e", "trace=pread64,pwrite64"]
        self.bench.finish_under(tracer, *STEADY, *arguments)
        with open(log) as lines:
            found = [(line.split(maxsplit=1)[1].split("(")[0], line.rsplit("= ", 1)[1]) for line in lines]
        os.unlink(log)
        return [(call, int(size)) for call, size in found]

    def some_write(self, files=1):
        """The number of a write behind the first one that changes a file: a run that is killed there has begun."""
        if files not in self.writes:
            folder = self.fresh("transfers")
            paths = [os.path.join(folder, f"{number}.raw") for number in range(files)]
            for path in paths:
                self.put(path)
            sizes = [size for call, size in self.transfers("-i", *paths) if call == "pwrite64"]
            first = next(number for number, size in enumerate(sizes) if size >= LARGE)
            self.writes[files] = range(first + 2, len(sizes) + 1)
        return self.random.choice(self.writes[files])

    def interrupt(self, *arguments, folder, files=1):
        """Kill a run at one of the writes with which it changes its files; its journal is left."""
        number = self.some_write(files)
        status, said = self.bench.under(self.at_call("pwrite64", number), *STEADY, *arguments)
        if status not in (137, -9) or not self.journals(folder):
            raise Lost(f"the instrument: it was not killed: exit status {status}: {said}")

    @staticmethod
    def unmark(path):
        """As if the file had never known of a run."""
        for name in os.listxattr(path):
            if name.startswith(MARK):
                os.removexattr(path, name)

    def ways(self):
        return self.random.choice(WAYS)
