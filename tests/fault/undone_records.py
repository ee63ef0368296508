# SPDX-License-Identifier: MIT
"""The same of records, and of runs over samples and over records in turn, which share their undo files."""
import os
import shutil
import sys
from functools import partial

from machine import Lost
from undone import CHANGE, Case, Undone

# Seconds in which a kill is likely to meet a run.
SPAN = 0.03

FIELDS = "--record=u64 id, f32 value, u32 flags"
CODES = (
    ("--where=id % 5 == 2", "value *= 1.5f; flags ^= 0xff00"),
    ("id = index * 3; value = -value",),
    ("--where=flags > 1u << 31", "flags = 0"),
    ("if (id & 1) value = sat(u32, value)",),
)


class UndoneRecords(Undone):
    code = CODES[0]

    def undo_records(self):
        """Runs of mmrec, killed while they change and while they are taken back."""
        # What is compiled is kept there: a run is short without the compiler.
        os.environ["XDG_CACHE_HOME"] = self.fresh("cache")
        self.folder = self.fresh("undone")
        path = os.path.join(self.folder, "image.raw")
        self.put(path)
        said = self.tool("-q", "-n", "-i", "--keep-undo", FIELDS, *CODES[0], path, name="mmrec")[1]
        if "zstd" in said or shutil.which(os.environ.get("CC", "cc")) is None:
            print("SKIPPED: undo_records: no zstd in this build, or no C compiler", file=sys.stderr)
            return
        self.program, plain = "mmrec", Case("", {"image.raw": self.old})
        self.killed_in_both_ways(plain)
        self.damaged(plain)
        self.meddled(plain)
        what = "three runs of mmbright and mmrec by turns with --keep-undo; taken back by either"
        row = self.row("P29", f"{what}; all killed and finished")
        self.try_kills(row, self.trials, self.chain, row)
        row.note = f"{row.killed} kills"
        self.control(row, "with a run that keeps nothing between them", self.gap, path)

    def change(self):
        return (FIELDS, *self.code) if self.program == "mmrec" else CHANGE

    def draw(self):
        self.program = self.random.choice(("mmrec", "mmrec", "mmbright"))
        self.code = self.random.choice(CODES)

    def made(self, data):
        """What one run makes of these bytes, without a journal."""
        path = self.fill(None, {"image.raw": data})
        self.good("-q", "-i", "--journal=off", *self.change(), path, name=self.program)
        return self.bench.get(path)

    def draw_states(self):
        """What the file is before each of three runs, and behind the last, each another; and what the runs are."""
        states, runs = [self.old], []
        while len(runs) < 3:
            self.draw()
            state = self.made(states[-1])
            # A run that changes nothing looks done before it has begun.
            if state not in states:
                states.append(state)
                runs.append((self.program, self.code))
        return states, runs

    def over(self, state, undo_files):
        """Whether the run that was killed had come to its end."""
        return not self.left(".mmj.") and len(self.left(".mmu.")) == undo_files and self.has({"image.raw": state})

    def chain(self, row):
        case = Case("", {"image.raw": self.old})
        states, runs = self.draw_states()
        path = self.fill(case, case.files)
        for number, (self.program, self.code) in enumerate(runs, 1):
            there, over = partial(self.there, case, path, "kill"), partial(self.over, states[number], number)
            self.killed_until_done(there, SPAN, over, row)
            if not self.has({"image.raw": states[number]}):
                raise Lost(f"run {number}: the file is not what the change makes")
        for number in reversed(range(3)):
            self.draw()
            over = partial(self.over, states[number], number)
            self.killed_until_done(partial(self.back, path, "kill"), SPAN, over, row)
            if not self.has({"image.raw": states[number]}):
                raise Lost(f"run {number + 1}: not every byte is back")
        if self.left(".mm"):
            raise Lost(f"left behind: {self.left('.mm')}")

    def gap(self, path):
        """A change that is in no undo file cannot be taken back: it is seen, and refused."""
        self.fill(None, {"image.raw": self.old})
        for self.code, options in ((CODES[1], ("--keep-undo",)), (CODES[0], ())):
            self.program = "mmrec"
            self.good("-q", "-i", *options, *self.change(), path, name="mmrec")
        self.tool("-q", "--undo", path, name="mmrec")
        if not self.is_old(path):
            raise Lost("not every byte is back")
