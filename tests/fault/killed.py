# SPDX-License-Identifier: MIT
"""Runs that are killed, or told to stop, at random moments."""
import os
import shutil
import signal
import time

from machine import Lost, check_end, ended
from trials import WAYS, Trials


class Killed(Trials):
    def kill(self):
        """In place, SIGKILL at random moments, each run with other threads and backend; the last one is left alone."""
        path = self.path("image.raw")
        for mode in ("kill", "power"):
            row = self.row("P10", f"-i --journal={mode}, killed at random moments, ways changing")
            # The first one of an emulator may take much longer than the others.
            span = min(self.bench.seconds(path, "-i", f"--journal={mode}", path) for _ in range(3))
            # A run's kills come to some five; and a run in power mode takes long.
            for _ in range(self.trials if mode == "kill" else self.trials // 5 + 1):
                row.trial(lambda: self.killed_again_and_again(path, span, mode, row))
            row.note = f"{row.killed} killed" + (f"; {row.note}" if row.note else "")

    def killed_again_and_again(self, path, span, mode, row):
        self.bench.lay(path)
        kills = 0
        while kills < 8:
            way = self.random.choice(WAYS)
            process = self.bench.start("-i", f"--journal={mode}", *way, path)
            if ended(process, self.random.random() * span):
                check_end(process, way)
                break
            process.kill()
            process.wait()
            if process.returncode == 0:
                # It had said so already, and was only being taken down.
                break
            kills += 1
            row.killed += 1
            if self.was_over(path):
                # Between the removal of the journal and the end of the process: it is done, and nobody was told.
                row.after += 1
                row.note = (
                    f"{row.after} kills came between the last step of a run and its exit status: done, and not repeated"
                )
                break
        else:
            self.bench.finish("-i", f"--journal={mode}", path)
        if not self.bench.is_new(path):
            raise Lost(f"after {kills} kills the file is wrong")
        left = self.settled(self.journals)
        if left:
            raise Lost(f"{left} was left behind")

    def kill_output(self):
        """Into a new file: OUT is absent or complete, whenever it is killed."""
        row = self.row("P9", "-o OUT, killed at random moments: absent or complete, nothing else left")
        folder = self.path("out")
        os.mkdir(folder)
        out = os.path.join(folder, "new.raw")
        span = min(self.output_seconds(out) for _ in range(3))
        for force in ([], ["-f"]):
            for _ in range(self.trials // 2):
                row.trial(lambda: self.output_killed(folder, out, force, span, row))
        row.note = f"{row.killed} killed"
        shutil.rmtree(folder)

    def output_seconds(self, out):
        begun = time.monotonic()
        self.bench.finish("-f", "-o", out, self.bench.before)
        return time.monotonic() - begun

    def output_killed(self, folder, out, force, span, row):
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        if force:
            shutil.copyfile(self.bench.before, out)
        process = self.bench.start(*force, "-o", out, self.bench.before)
        if not ended(process, self.random.random() * span):
            process.kill()
            process.wait()
            row.killed += process.returncode < 0
        allowed = (lambda name: name == "new.raw" or name.startswith(".new.raw.")) if force else "new.raw".__eq__
        left = self.settled(lambda: [name for name in os.listdir(folder) if not allowed(name)])
        if left or len(os.listdir(folder)) > 2:
            raise Lost(f"left behind: {left}")
        if os.path.exists(out) and not self.bench.is_new(out):
            if not force or self.bench.get(out) != self.bench.old:
                raise Lost("OUT is neither old nor new")

    # ---- asked to stop -----------------------------------------------------------------------------------------------

    def stop(self):
        """SIGINT, SIGTERM and SIGHUP at random moments: exit 75 and the journal where there is one, else nothing of
        OUT."""
        path, out = self.path("stop.raw"), self.path("stop.new")
        row = self.row("P21", "-i, SIGINT, SIGTERM or SIGHUP at random moments: exit 75, finished by the same command")
        span = self.bench.seconds(path, "-i", path)
        for _ in range(self.trials):
            row.trial(self.stopped_in_place, path, span)
        row = self.row("P21", "-o, SIGINT, SIGTERM or SIGHUP at random moments: ended by the signal, no OUT")
        for _ in range(self.trials):
            row.trial(self.stopped_output, path, out, span)
        os.unlink(path)

    def told(self, seconds, *arguments):
        """The run's exit status after a signal, below 0 when the signal ended it; and which signal."""
        number = self.random.choice((signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        process = self.bench.start(*self.random.choice(WAYS), *arguments)
        if not ended(process, self.random.random() * seconds):
            process.send_signal(number)
        self.bench.rest(process)
        return process.returncode, number

    def stopped_in_place(self, path, span):
        self.bench.lay(path)
        status, number = self.told(span, "-i", path)
        if status == 75:
            self.bench.finish("-i", path)
        elif status == -number and not self.journals():
            # Before anything was begun, or so early that there was no handler yet.
            if self.bench.get(path) != self.bench.old:
                raise Lost(f"signal {number}: no journal, and the file was touched")
            return
        elif status not in (0, -number):
            raise Lost(f"signal {number}: exit status {status}")
        elif status == -number:
            raise Lost(f"signal {number}: ended by it, and a journal is left")
        if not self.was_over(path):
            raise Lost(f"signal {number}, exit status {status}: the file is wrong, or something is left")

    def stopped_output(self, path, out, span):
        self.bench.lay(path)
        if os.path.exists(out):
            os.unlink(out)
        status, number = self.told(span * 1.2, "-o", out, path)
        if status not in (0, -number):
            raise Lost(f"signal {number}: exit status {status}")
        if status == 0 and not self.bench.is_new(out):
            raise Lost("exit 0, and OUT is wrong")
        if status != 0 and os.path.exists(out):
            raise Lost(f"ended by signal {number}, and OUT is there")
        left = [name for name in os.listdir(self.folder) if name.startswith(".")]
        if left:
            raise Lost(f"left behind: {left}")
