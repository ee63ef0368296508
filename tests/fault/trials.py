# SPDX-License-Identifier: MIT
"""What every kind of trial has: the machine, the dice, and rows that count."""
import os
import random
import sys
import time

from machine import Bench, Lost

WAYS = [
    ("--io=mmap", "-j1"),
    ("--io=mmap", "-j2"),
    ("--io=mmap", "-j8"),
    ("--io=buffered", "-j1"),
    ("--io=buffered", "-j2"),
    ("--io=buffered", "-j8"),
    ("--io=direct", "-j1"),
    ("--io=direct", "-j2"),
    ("--io=direct", "-j8"),
    ("--io=mmap", "-j2", "--window=64K"),
    ("--io=auto",),
]


class Row:
    def __init__(self, promise, what, quiet=False):
        self.quiet = quiet  # a control is there to lose
        self.promise, self.what, self.trials, self.lost, self.note, self.examples = promise, what, 0, 0, "", []
        self.after = self.killed = 0

    def trial(self, function, *arguments):
        self.trials += 1
        try:
            return function(*arguments)
        except Lost as loss:
            self.lost += 1
            self.examples.append(str(loss))
            # At once: what comes after may fail for the same reason.
            if not self.quiet:
                print(f"LOST: {self.what}: {loss}", file=sys.stderr, flush=True)
            return None

    def must(self, condition, otherwise):
        """The instrument itself: a trial that tried nothing proves nothing."""
        if not condition:
            self.lost += 1
            self.examples.append(f"the instrument does not work: {otherwise}")


class Context:
    """Shared by all trials of a campaign."""

    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.trials = arguments, folder, arguments.trials
        self.random = random.Random(arguments.seed)
        self.bench = Bench(arguments.tools, folder, arguments.size, arguments.patience)
        self.rows = []


class Trials:
    """A kind of trials; its public methods are what --only names."""

    def __init__(self, context):
        self.context, self.folder, self.trials = context, context.folder, context.trials
        self.random, self.bench = context.random, context.bench

    def row(self, promise, what):
        row = Row(promise, what)
        self.context.rows.append(row)
        return row

    def path(self, name):
        return os.path.join(self.folder, name)

    def settled(self, names):
        """An emulator closes the files of a process that was killed some time later, and then they go."""
        end = time.monotonic() + self.context.arguments.settle
        while names() and time.monotonic() < end:
            time.sleep(0.05)
        return names()

    def journals(self, folder=None):
        return [name for name in os.listdir(folder or self.folder) if ".mmj." in name]

    def was_over(self, path, folder=None):
        """Done, and nothing is left that says otherwise."""
        return not self.journals(folder) and self.bench.is_new(path)
