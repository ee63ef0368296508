# SPDX-License-Identifier: MIT
"""Runs in place that keep what they lose, and are taken back: both are killed at random moments."""
import os
import subprocess
import sys
import time

from machine import PATIENCE, Lost, ended
from small import Small
from trials import WAYS

CHANGE = ("--gain=1.75", "--add=-9000", "--clamp=-20000,30000")


class Undone(Small):
    def undo(self):
        """Killed while it changes, and while it is taken back, any number of times: every byte is there again."""
        folder = self.fresh("undone")
        path, wanted = os.path.join(folder, "image.raw"), os.path.join(folder, "wanted.raw")
        self.put(path)
        if "zstd" in self.tool("-q", "-n", "-i", "--keep-undo", *CHANGE, path, plain=True)[1]:
            print("SKIPPED: undo: this build has no zstd", file=sys.stderr)
            return
        self.good("-q", *CHANGE, "-o", wanted, path, plain=True)
        self.wanted = self.bench.get(wanted)
        os.unlink(wanted)
        for mode in ("kill", "power"):
            row = self.row(
                "P29", f"-i --keep-undo --journal={mode}, then --undo, both killed at random moments and finished"
            )
            spans = self.spans(path, mode)
            for _ in range(self.trials if mode == "kill" else self.trials // 5 + 1):
                row.trial(self.there_and_back, path, mode, spans, row)
            row.must(row.killed > row.trials // 2, f"only {row.killed} kills met a run")
            row.note = f"{row.killed} kills, {row.after} of them between the last step of a run and its exit status"
            self.control(row, "by the inverse change instead", self.by_hand, path)
        self.damaged(path)

    def spans(self, path, mode):
        """How long a run and its way back take, undisturbed."""
        self.put(path)
        times = [time.monotonic()]
        for words in self.there(path, mode), self.back(path, mode):
            self.good(*words, plain=True)
            times.append(time.monotonic())
        return [times[1] - times[0], times[2] - times[1]]

    def there(self, path, mode):
        return ("-q", "-i", "--keep-undo", f"--journal={mode}", *CHANGE, *self.random.choice(WAYS), path)

    def back(self, path, mode):
        return ("-q", "--undo", f"--journal={mode}", *self.random.choice(WAYS), path)

    def left(self, path, kind):
        return [name for name in os.listdir(os.path.dirname(path)) if kind in name]

    def killed_until_done(self, words_of, span, is_over, row):
        """The same command again, until it comes to its end."""
        for _ in range(12):
            words = words_of()
            process = subprocess.Popen([self.bench.mmbright, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
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
        self.good(*words_of(), plain=True)

    def there_and_back(self, path, mode, spans, row):
        for name in self.left(path, ".mmu."):
            os.unlink(os.path.join(os.path.dirname(path), name))
        self.put(path)
        self.killed_until_done(
            lambda: self.there(path, mode),
            spans[0],
            lambda: not self.left(path, ".mmj.") and self.bench.get(path) == self.wanted,
            row,
        )
        if self.bench.get(path) != self.wanted:
            raise Lost("the file is not what the change makes")
        self.killed_until_done(
            lambda: self.back(path, mode),
            spans[1],
            lambda: not self.left(path, ".mm") and self.is_old(path),
            row,
        )
        if not self.is_old(path):
            raise Lost("not every byte is back")
        if self.left(path, ".mm"):
            raise Lost(f"left behind: {self.left(path, '.mm')}")

    def by_hand(self, path):
        self.put(path)
        self.good("-q", "-i", *CHANGE, path, plain=True)
        self.good("-q", "-i", "--add=9000", path, plain=True)
        self.good("-q", "-i", "--gain=0.5714285714285714", path, plain=True)
        if not self.is_old(path):
            raise Lost("not every byte is back")

    def damaged(self, path):
        """The undo file with a byte flipped, or cut: refused, and FILE is as the run has left it; or all is back."""
        what = "--undo with a byte of the undo file flipped, or the file cut: refused, or every byte back"
        row = self.row("P29", what)
        self.put(path)
        self.good(*self.there(path, "kill"), plain=True)
        store = os.path.join(os.path.dirname(path), self.left(path, ".mmu.")[0])
        whole = self.bench.get(store)
        for _ in range(self.trials):
            row.trial(self.spoiled, path, store, whole, row)
        row.must(row.after > row.trials // 2, f"only {row.after} were refused")
        row.note = f"{row.after} were refused"

    def spoiled(self, path, store, whole, row):
        data = bytearray(whole)
        place = self.random.choice((self.random.randrange(len(data)), self.random.randrange(min(400, len(data)))))
        if self.random.random() < 0.3:
            del data[place:]
        else:
            data[place] ^= 1 << self.random.randrange(8)
        self.put(path, self.wanted)
        with open(store, "wb") as file:
            file.write(data)
        os.chmod(store, 0o600)
        status, said = self.tool("-q", "--undo", path, plain=True)
        if status not in (0, 1):
            raise Lost(f"byte {place}: exit status {status}: {said}")
        row.after += status == 1
        if self.bench.get(path) != (self.wanted if status == 1 else self.old):
            raise Lost(f"byte {place}, exit status {status}: the file is neither as it was nor as the run has left it")
