# SPDX-License-Identifier: MIT
"""Test programs and fuzz targets that are thorough when a campaign runs them."""
import glob
import os
import re
import subprocess

from machine import Lost
from trials import Trials

HERE = os.path.dirname(os.path.abspath(__file__))


class Programs(Trials):
    def library(self):
        """Each byte of a journal flipped, each length, each call of the library made to fail."""
        self.program(
            "mmview/test_journal_damage",
            "P10",
            "journals with a byte flipped or cut off, and each call of the library "
            "made to fail: refused or finished right",
            r"^(?:\d+ of )?(\d+) (?:flips|lengths|runs)\b",
        )

    def model(self):
        """A million operations at random by every way there is, beside an array in memory."""
        self.program(
            "mmview/test_model",
            "P3",
            "operations at random by every backend, journalled walks, views, leases, plain "
            "I/O and other lengths: the file is what an array in memory is",
            r"(\d+) operations$",
        )

    def protocol(self):
        """Every order of the steps of the journal's protocol."""
        self.program(
            "fault/model/protocol_model",
            "P10",
            "states of the journal's protocol, all orders of its steps with kills, renames, copies, restores, "
            "discards, parts, mounts and power cuts: each change made once",
            r"^\| [\w-]+ \| [^|]+ \| (\d+) \|",
        )

    def locks(self):
        """Ten thousand holders of locks, waiters, senders and receivers killed each."""
        self.program(
            "mmview/test_kills",
            "P23",
            "holders of named mutexes, waiters for events, senders and receivers of channels "
            "killed at random moments: no hang, no lost lock, no torn or lost message",
            r"^(\d+) trials",
        )

    def program(self, name, promise, what, counts):
        program = os.path.join(self.context.arguments.tests, name)
        if not os.access(program, os.X_OK):
            print(f"SKIPPED: {program} was not built (cmake --build --preset debug)")
            return
        row = self.row(promise, what)
        row.trial(self.run_program, row, program, counts)

    def run_program(self, row, program, counts):
        done = subprocess.run(
            [program],
            env=dict(os.environ, MMV_CAMPAIGN="1"),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        found = re.findall(counts, done.stdout, re.MULTILINE)
        if done.returncode != 0 or not found:
            raise Lost(done.stdout[-2000:])
        row.trials = sum(int(count) for count in found)

    def fuzz(self):
        """Each fuzz target for a minute."""
        targets = sorted(glob.glob(os.path.join(self.context.arguments.tests, "../../fuzz/tests/fuzz/fuzz_*")))
        targets = [target for target in targets if os.access(target, os.X_OK) and os.path.isfile(target)]
        if not targets:
            print("SKIPPED: fuzzing: the targets were not built (cmake --build --preset fuzz)")
        for target in targets:
            name = os.path.basename(target)
            row = self.row("P1", f"{name}: whatever is parsed is refused or means something")
            row.trial(self.run_target, row, target, name.removeprefix("fuzz_"))

    def run_target(self, row, target, name):
        words = [os.path.join(self.context.arguments.tools, "mmbright")] if name == "options" else []
        done = subprocess.run(
            [
                "bash",
                os.path.join(HERE, "../fuzz/run.bash"),
                target,
                os.path.join(HERE, "../fuzz/corpus", name),
                str(self.context.arguments.seconds),
                *words,
            ],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        if done.returncode != 0:
            raise Lost(done.stdout[-3000:])
        row.trials = int(done.stdout.split()[0])
