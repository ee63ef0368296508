# SPDX-License-Identifier: MIT
"""Runs that have changed everything and cannot end well; several files; readers beside a run."""
import os
import signal
import time

from machine import Lost, ended
from small import LARGE, STEADY, Small


class Exits(Small):
    late_reads: list[int] = []

    def exits(self):
        """Whatever fails behind the last change: repeated until exit 0, the file is changed once."""
        folder = self.fresh("exits")
        path = os.path.join(folder, "image.raw")
        ends = {
            "--json to a full device": self.full_device,
            "--json to a pipe that nobody reads": self.closed_pipe,
            "--report that cannot be written": self.no_report,
            "--preview that cannot be written": self.no_preview,
            "SIGTERM while it verifies": self.told_late,
            "killed behind the last change": self.killed_late,
        }
        for what, end in ends.items():
            row = self.row("P34", f"-i, {what}: exit not 0; then the same command until 0: changed once")
            for _ in range(self.trials // len(ends) + 1):
                row.trial(self.ends_badly, path, end, row)
            row.must(row.after > row.trials // 2, f"only {row.after} of {row.trials} failed")
            self.control(row, "with the journal given up between", self.ends_badly, path, end, row, True)
        self.differences(path)
        self.gap(path)

    def ends_badly(self, path, end, row, given_up=False):
        self.put(path)
        status, arguments = end(path)
        row.after += status != 0
        if given_up and status != 0:
            self.tool("--discard-journal", path, plain=True)
        # The second failure is as good as the first one.
        if status != 0 and not given_up and self.random.random() < 0.5:
            status, arguments = end(path) if self.journals(os.path.dirname(path)) else (status, arguments)
        if status != 0:
            self.good(*arguments)
        self.check_new(path, f"exit status {status}")

    def full_device(self, path):
        arguments = ("-i", *self.ways(), "--json", path)
        with open("/dev/full", "wb") as full:
            return self.tool(*arguments, stdout=full)[0], arguments

    def closed_pipe(self, path):
        arguments = ("-i", *self.ways(), "--json", path)
        reader, writer = os.pipe()
        os.close(reader)
        try:
            return self.tool(*arguments, stdout=writer, restore_signals=self.random.random() < 0.5)[0], arguments
        finally:
            os.close(writer)

    def no_report(self, path):
        report = os.path.join(os.path.dirname(path), "report.jsonl")
        arguments = ("-i", f"--report={report}", path)
        how = self.random.choice(("ENOSPC", "EIO", "EDQUOT"))
        tracer = self.at_call("write", 1, f"error={how}")
        return self.bench.under(tracer, *STEADY, *arguments)[0], arguments

    def no_preview(self, path):
        preview = os.path.join(os.path.dirname(path), "preview.png")
        if os.path.exists(preview):
            os.unlink(preview)
        arguments = ("-i", "--width=512", f"--preview={preview}", path)
        # The journal has got its name by the first of these calls.
        tracer = self.at_call("linkat", 2, "error=ENOSPC")
        return self.bench.under(tracer, *STEADY, *arguments)[0], arguments

    def told_late(self, path):
        return self.late(path, "signal=TERM")

    def killed_late(self, path):
        return self.late(path, "signal=KILL")

    def late(self, path, how):
        """Reading back what was written: reads that come after those of the change."""
        arguments = ("-i", "--verify", path)
        if not self.late_reads:
            self.late_reads = self.reads_behind(*arguments)
            self.put(path)
        tracer = self.at_call("pread64", self.random.choice(self.late_reads), how)
        return self.bench.under(tracer, *STEADY, *arguments)[0], arguments

    def reads_behind(self, *arguments):
        """The numbers of the reads of samples that come behind the last change."""
        transfers = self.transfers(*arguments)
        last = max(at for at, (call, size) in enumerate(transfers) if call == "pwrite64" and size >= LARGE)
        reads = [(at, size) for at, (call, size) in enumerate(transfers) if call == "pread64"]
        return [number + 1 for number, (at, size) in enumerate(reads) if at > last and size >= LARGE]

    def differences(self, path):
        row = self.row(
            "P34", "-i --verify finds a byte that somebody changed: exit 1; put right, the same command ends"
        )
        for _ in range(self.trials // 6 + 1):
            row.trial(self.differs, path, row)
        row.must(row.after > 0 or self.trials < 50, "no difference was seen")
        row.note = f"{row.after} differences"

    def differs(self, path, row):
        self.bench.lay(path)
        process = self.bench.start("-i", "-j1", "--io=buffered", "--verify", path)
        for _ in range(1000):
            if self.journals(os.path.dirname(path)) or process.poll() is not None:
                break
            time.sleep(0.001)
        ended(process, 0.002 + 0.02 * self.random.random())
        process.send_signal(signal.SIGSTOP)
        with open(path, "r+b") as file:
            there = file.read(1)
            if there == self.bench.new[:1] != self.bench.old[:1]:
                os.pwrite(file.fileno(), bytes([there[0] ^ 0x40]), 0)
        process.send_signal(signal.SIGCONT)
        self.bench.rest(process)
        with open(path, "r+b") as file:
            if there == self.bench.new[:1]:
                os.pwrite(file.fileno(), there, 0)
        row.after += process.returncode == 1
        if process.returncode != 0:
            self.good("-i", "-j1", "--io=buffered", "--verify", path)
        if not self.was_over(path, os.path.dirname(path)):
            raise Lost(f"exit status {process.returncode}: the file is wrong, or something is left")

    def gap(self, path):
        """What cannot be closed is counted."""
        row = self.row(
            "P34", "-i, killed between the journal's removal and the exit status: changed once, nothing left"
        )
        for _ in range(self.trials // 10 + 1):
            row.trial(self.in_gap, path)
        row.note = "the stated gap"
        self.control(row, "the same command again is a new run", self.in_gap, path, True)

    def in_gap(self, path, again=False):
        self.put(path)
        status, _ = self.bench.under(self.at_call("exit_group", 1), *STEADY, "-i", path)
        if status not in (137, -9):
            raise Lost("the instrument: it was not killed")
        if again:
            self.good("-i", path)
        self.check_new(path, "killed at exit_group")

    # ---- several files -----------------------------------------------------------------------------------------------

    def several(self):
        """Every file of an unfinished run is protected, first to last."""
        row = self.row(
            "P35",
            "-i over 2 to 5 files, killed in any of them: no other command changes or copies one of them; "
            "the same command finishes",
        )
        folder = self.fresh("several")
        for _ in range(self.trials):
            row.trial(self.one_of_several, folder, row)
        row.note = f"{row.after} other commands refused"
        row.must(row.after >= row.trials, "hardly anything was refused")
        self.control(row, "with the marks off", self.one_of_several, folder, row, True)

    def one_of_several(self, folder, row, bare=False):
        files = [os.path.join(folder, f"{number}.raw") for number in range(self.random.randrange(2, 6))]
        for name in os.listdir(folder):
            os.unlink(os.path.join(folder, name))
        for file in files:
            self.put(file)
        self.interrupt("-i", *files, folder=folder, files=len(files))
        for file in files:
            if bare:
                self.unmark(file)
            # A file that was not begun is nobody's.
            if not self.is_old(file):
                row.after += self.others_refused(file, folder, files[0] == file)
        self.good("-i", *self.ways(), *files)
        for file in files:
            self.check_new(file, f"{len(files)} files")

    def others_refused(self, file, folder, is_first):
        before, out = self.bench.get(file), os.path.join(folder, "out")
        others = [
            ("-i", "--add=11", file),
            ("-i", "--journal=off", file),
            ("-o", out, file),
            ("-i", "--journal=power", file),
            ("-i", "--offset=0", "--length=8K", file),
        ]
        if not is_first:
            others.append(("-i", file))
        for other in self.random.sample(others, 2):
            said = self.refused(*other)
            if self.bench.get(file) != before or os.path.exists(out):
                raise Lost(f"{other}: refused, and something was changed: {said}")
        return 2

    # ---- a reader beside a run ---------------------------------------------------------------------------------------

    def beside(self):
        """-o reads one state of FILE, or none."""
        row = self.row("P36", "-o while -i changes FILE: OUT is one state of it, or there is no OUT")
        folder = self.fresh("beside")
        path, out = os.path.join(folder, "image.raw"), os.path.join(folder, "out.raw")
        twice = os.path.join(folder, "twice.raw")
        self.bench.finish("-o", twice, self.bench.after)
        states = (self.bench.new, self.bench.get(twice))
        for _ in range(self.trials):
            row.trial(self.read_beside, path, out, states, row)
        row.note = f"in {row.after} both ran"
        self.control(row, "copied by a program that knows no locks", self.copy_beside, path, out)

    def read_beside(self, path, out, states, row):
        self.bench.lay(path)
        if os.path.exists(out):
            os.unlink(out)
        first = [("-o", out, *self.ways(), path), ("-i", *self.ways(), path)]
        self.random.shuffle(first)
        one = self.bench.start(*first[0])
        ended(one, 0.05 * self.random.random())
        one.send_signal(signal.SIGSTOP)
        two = self.bench.start(*first[1])
        ended(two, 0.05 * self.random.random())
        one.send_signal(signal.SIGCONT)
        for process in (one, two):
            self.bench.rest(process)
        codes = {words[0]: process.returncode for words, process in zip(first, (one, two))}
        row.after += codes["-o"] == 0 == codes["-i"]
        if codes["-i"] == 0 and not self.was_over(path, os.path.dirname(path)):
            raise Lost("-i said 0, and FILE is wrong")
        if (codes["-o"] == 0) != os.path.exists(out):
            raise Lost(f"-o: exit status {codes['-o']}, and OUT is {'' if os.path.exists(out) else 'not '}there")
        if codes["-o"] == 0 and self.bench.get(out) not in states:
            raise Lost("OUT is a mixture")

    def copy_beside(self, path, out):
        self.bench.lay(path)
        with open(path, "rb") as source:
            half = source.read(len(self.bench.old) // 2)
            self.good("-i", path)
            copy = half + source.read()
        if copy not in (self.bench.old, self.bench.new):
            raise Lost("the copy is a mixture")
