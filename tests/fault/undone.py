# SPDX-License-Identifier: MIT
"""Runs in place that keep what they lose, and are taken back: both are killed at random moments."""
import os
import random
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../tools"))
from machine import PATIENCE, Lost, ended  # noqa: E402
from small import Small  # noqa: E402
from tiffs import Tiff  # noqa: E402
from trials import WAYS  # noqa: E402

CHANGE = ("--gain=1.75", "--add=-9000", "--clamp=-20000,30000")


class Case:
    """An image in some layout: its files, of which the first one is given to the commands."""

    def __init__(self, what, files, options=()):
        self.what, self.files, self.options = what, files, options
        self.wanted = {}


def tiles():
    """Two pages with tiles at distances of their own, padding at their edges, and planes."""
    wanted = {"type": "i16", "big": False, "samples": 3, "planar": True, "pages": 2, "width": 131, "height": 300}
    tiff = Tiff(random.Random(5), **wanted, order="<", tile=(48, 64), shuffled=True, gap=40)
    return Case("of tiles in two pages", {"image.tif": bytes(tiff.bytes)}, ("--part=all",))


def listed(old):
    """A header, and three files with a third of the image each."""
    third = len(old) // 3 // 4 * 4
    header = (
        f"ObjectType = Image\nNDims = 3\nDimSize = 2 {third // 4} 3\nElementType = MET_SHORT\nElementDataFile = LIST\n"
    )
    names = ["a.raw", "b.raw", "c.raw"]
    parts = {name: old[i * third : (i + 1) * third] for i, name in enumerate(names)}
    return Case("of a header's three files", {"image.mhd": (header + "\n".join(names) + "\n").encode(), **parts})


class Undone(Small):
    program = "mmbright"

    def undo(self):
        """Killed while it changes, and while it is taken back, any number of times: every byte is there again."""
        folder = self.fresh("undone")
        path = os.path.join(folder, "probe.raw")
        self.put(path)
        if "zstd" in self.tool("-q", "-n", "-i", "--keep-undo", *CHANGE, path, plain=True)[1]:
            print("SKIPPED: undo: this build has no zstd", file=sys.stderr)
            return
        os.unlink(path)
        self.folder = folder
        plain = Case("", {"image.raw": self.old})
        for case in plain, tiles(), listed(self.old):
            self.killed_in_both_ways(case)
        self.damaged(plain)
        self.meddled(plain)

    def fill(self, case, files):
        """The folder has these, and nothing else."""
        for name in os.listdir(self.folder):
            os.unlink(os.path.join(self.folder, name))
        for name, content in files.items():
            self.put(os.path.join(self.folder, name), content)
        return os.path.join(self.folder, next(iter(files)))

    def has(self, files):
        return all(self.bench.get(os.path.join(self.folder, name)) == content for name, content in files.items())

    def killed_in_both_ways(self, case):
        path = self.fill(case, case.files)
        self.good("-q", "-i", *self.change(), *case.options, path, name=self.program)
        case.wanted = {name: self.bench.get(os.path.join(self.folder, name)) for name in case.files}
        for mode in ("kill", "power"):
            tool = "" if self.program == "mmbright" else f"{self.program} "
            what = f"{tool}-i --keep-undo --journal={mode}, then --undo, both killed at random moments and finished"
            row = self.row("P29", f"{what}{case.what and ', '}{case.what}")
            spans = self.spans(case, mode)
            trials = self.trials if mode == "kill" else self.trials // 5 + 1
            self.try_kills(row, trials, self.there_and_back, case, mode, spans, row)
            row.note = f"{row.killed} kills, {row.after} of them between the last step of a run and its exit status"
            if self.program == "mmbright":
                self.control(row, "by the inverse change instead", self.by_hand, case)

    @staticmethod
    def try_kills(row, trials, trial, *arguments):
        """A run may be over before its kill comes. When that happened too often, some more trials follow."""
        for done in range(2 * trials + 4):
            if done >= trials and row.killed > row.trials // 2:
                break
            row.trial(trial, *arguments)
        row.must(row.killed > row.trials // 2, f"only {row.killed} kills met a run")

    def spans(self, case, mode):
        """How long a run and its way back take, undisturbed."""
        path = self.fill(case, case.files)
        times = [time.monotonic()]
        for words in self.there(case, path, mode), self.back(path, mode):
            self.good(*words, name=self.program)
            times.append(time.monotonic())
        return [times[1] - times[0], times[2] - times[1]]

    def change(self):
        """What a run is told to do; of mmrec the code comes last."""
        return CHANGE

    def there(self, case, path, mode):
        ways = self.random.choice(WAYS)
        return ("-q", "-i", "--keep-undo", f"--journal={mode}", *ways, *self.change(), *case.options, path)

    def back(self, path, mode):
        return ("-q", "--undo", f"--journal={mode}", *self.random.choice(WAYS), path)

    def left(self, kind):
        return [name for name in os.listdir(self.folder) if kind in name]

    def killed_until_done(self, words_of, span, is_over, row):
        """The same command again, until it comes to its end."""
        for _ in range(12):
            words = words_of()
            program = os.path.join(os.path.dirname(self.bench.mmbright), self.program)
            process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            if ended(process, self.random.random() * span):
                said = process.stderr.read().decode(errors="replace")
                process.stderr.close()
                if process.returncode != 0:
                    raise Lost(f"{' '.join(words)}: exit status {process.returncode}: {said.strip()}")
                return
            process.kill()
            self.bench.rest(process, PATIENCE)
            if process.returncode == 0:
                return
            row.killed += 1
            # Between the last step and the exit status: done, and nobody was told.
            if is_over():
                row.after += 1
                return
        self.good(*words_of(), name=self.program)

    def there_and_back(self, case, mode, spans, row):
        path = self.fill(case, case.files)
        self.killed_until_done(
            lambda: self.there(case, path, mode),
            spans[0],
            lambda: not self.left(".mmj.") and self.has(case.wanted),
            row,
        )
        if not self.has(case.wanted):
            raise Lost("the file is not what the change makes")
        self.killed_until_done(
            lambda: self.back(path, mode),
            spans[1],
            lambda: not self.left(".mm") and self.has(case.files),
            row,
        )
        if not self.has(case.files):
            raise Lost("not every byte is back")
        if self.left(".mm"):
            raise Lost(f"left behind: {self.left('.mm')}")

    def by_hand(self, case):
        path = self.fill(case, case.files)
        self.good("-q", "-i", *CHANGE, *case.options, path, plain=True)
        self.good("-q", "-i", "--add=9000", *case.options, path, plain=True)
        self.good("-q", "-i", "--gain=0.5714285714285714", *case.options, path, plain=True)
        if not self.has(case.files):
            raise Lost("not every byte is back")

    def damaged(self, case):
        """The undo file with a byte flipped, or cut: refused, and FILE is as the run has left it; or all is back."""
        what = "--undo with a byte of the undo file flipped, or the file cut: refused, or every byte back"
        row = self.row("P29", what)
        path = self.fill(case, case.files)
        self.good(*self.there(case, path, "kill"), name=self.program)
        store = os.path.join(self.folder, self.left(".mmu.")[0])
        whole = self.bench.get(store)
        for _ in range(self.trials):
            row.trial(self.spoiled, case, store, whole, row)
        row.must(row.after > row.trials // 2, f"only {row.after} were refused")
        row.note = f"{row.after} were refused"

    def meddled(self, case):
        """The undo file of an interrupted run: as spoiled(), or an older copy of it. Put back, the run goes on."""
        what = "the undo file of an interrupted run damaged, cut, or older: refused, or every byte back in the end"
        row = self.row("P29", what)
        span = self.spans(case, "kill")[0]
        # On a busy machine few are killed at a moment that tries this: then there are more trials.
        while row.trials < self.trials or (row.after <= self.trials // 4 and row.trials < 10 * self.trials):
            row.trial(self.interrupted, case, span, row)
        row.must(row.after > self.trials // 4, f"only {row.after} of {row.killed} that were killed were refused")
        row.note = f"{row.killed} kills, {row.after} were refused"

    def kill_one(self, case, path, span):
        """The undo file of a run that was killed; None: it had come to its end, or had none yet."""
        program = os.path.join(os.path.dirname(self.bench.mmbright), self.program)
        process = subprocess.Popen([program, *self.there(case, path, "kill")], stderr=subprocess.DEVNULL)
        if not ended(process, self.random.random() * span):
            process.kill()
            self.bench.rest(process, PATIENCE)
        stores = self.left(".mmu.")
        return os.path.join(self.folder, stores[0]) if self.left(".mmj.") and stores else None

    def meddle(self, whole, older):
        data, place = bytearray(whole), self.random.randrange(len(whole) or 1)
        kind = self.random.choice(("flip", "cut", "older") if older else ("flip", "cut"))
        if kind == "older":
            return kind, older
        if kind == "cut":
            del data[place:]
        elif data:
            data[place] ^= 1 << self.random.randrange(8)
        return f"{kind} at {place}", bytes(data)

    def interrupted(self, case, span, row):
        older, store = b"", None
        for _ in range(20):
            if not store:
                path = self.fill(case, case.files)
                store = self.kill_one(case, path, span)
        if store and self.random.random() < 0.5:
            older = self.bench.get(store)
            store = self.kill_one(case, path, span)
        if not store:
            return
        row.killed += 1
        whole, half = self.bench.get(store), self.bench.get(path)
        kind, data = self.meddle(whole, older)
        self.rewrite(store, data)
        status, said = self.tool(*self.there(case, path, "kill"), name=self.program)
        if status == 1:
            row.after += 1
            if self.bench.get(path) != half:
                raise Lost(f"{kind}: refused, and the file was changed: {said}")
            self.rewrite(store, whole)
            self.good(*self.there(case, path, "kill"), name=self.program)
        elif status != 0:
            raise Lost(f"{kind}: exit status {status}: {said}")
        if not self.has(case.wanted):
            raise Lost(f"{kind}, exit status {status}: the file is not what the change makes")
        self.good(*self.back(path, "kill"), name=self.program)
        if not self.has(case.files):
            raise Lost(f"{kind}, exit status {status}: not every byte is back")

    @staticmethod
    def rewrite(path, data):
        with open(path, "r+b") as file:
            file.write(data)
            file.truncate()

    def spoiled(self, case, store, whole, row):
        data = bytearray(whole)
        place = self.random.choice((self.random.randrange(len(data)), self.random.randrange(min(400, len(data)))))
        if self.random.random() < 0.3:
            del data[place:]
        else:
            data[place] ^= 1 << self.random.randrange(8)
        path = self.fill(case, case.wanted)
        with open(store, "wb") as file:
            file.write(data)
        os.chmod(store, 0o600)
        status, said = self.tool("-q", "--undo", path, name=self.program)
        if status not in (0, 1):
            raise Lost(f"byte {place}: exit status {status}: {said}")
        row.after += status == 1
        if not self.has(case.wanted if status == 1 else case.files):
            raise Lost(f"byte {place}, exit status {status}: the file is neither as it was nor as the run has left it")
