# SPDX-License-Identifier: MIT
"""Random sequences of commands, and parts of a job killed at once: sequences/, with the seeds that are printed."""
import os
import re
import subprocess

from machine import Lost
from trials import Trials

PER_TRIAL = 10  # sequences take 50 ms each


class Sequences(Trials):
    def sequences(self):
        """Up to twelve commands of all kinds, killed or not, against an oracle that knows commands and bytes."""
        row = self.row("P10", "random sequences of up to 12 commands, each byte changed once per command that said 0")
        self.instrument(row, "--sequences", self.trials * PER_TRIAL, ("lost", "locked"))

    def parts(self):
        """All parts of a job at once."""
        what = "parts of one job, killed at once, repeated until each said 0: changed once, nothing left"
        row = self.row("P22", what)
        self.instrument(row, "--parts", self.trials, ("lost", "stuck"))

    def instrument(self, row, option, count, faults):
        folder = os.path.join(self.context.arguments.tests, "fault")
        program = os.path.join(folder, "sequences")
        if not os.access(program, os.X_OK):
            print(f"SKIPPED: {program} was not built (cmake --build --preset debug)")
            self.context.rows.remove(row)
            return
        seed = self.random.randrange(10**9) * 1000
        words = [program, "--tool=" + os.path.join(self.context.arguments.tools, "mmbright")]
        words += ["--shim=" + os.path.join(folder, "sequences_shim.so"), "--dir=" + self.folder]
        row.trial(self.run, row, [*words, f"--seed={seed}", f"{option}={count}"], faults)

    @staticmethod
    def run(row, words, faults):
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        counts = dict(re.findall(r"(\w+) (\d+)", done.stdout.splitlines()[-1])) if done.stdout else {}
        if "seeds" not in counts:
            raise Lost(done.stdout[-2000:])
        row.trials = int(counts.get("sequences") or counts["rounds"])
        row.note = f"seeds from {counts['seeds']}; {counts['killed']} kills, {counts['gaps']} of them in the gap"
        if done.returncode != 0:
            row.lost = sum(int(counts[fault]) for fault in faults) - 1
            raise Lost(done.stdout[-4000:])
