# SPDX-License-Identifier: MIT
"""How far a run is, and how long it still takes: a line that is written over on a terminal, lines in a log."""
import shutil
import sys
import time


class Clock:
    """Seconds since the start of a run, and until its time is up; without a limit it never is."""

    def __init__(self, limit=None, now=time.monotonic):
        self.now, self.limit = now, limit
        self.start = now()

    def elapsed(self):
        return self.now() - self.start

    def left(self, reserve=0.0):
        """Seconds that may still be spent when the last 'reserve' ones belong to something else."""
        return float("inf") if self.limit is None else self.limit - reserve - self.elapsed()


def minutes(seconds):
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


class Progress:
    def __init__(self, clock, stream=sys.stderr):
        self.clock, self.stream, self.notes = clock, stream, []
        self.terminal = stream.isatty()
        self.shown = ""

    def head(self, eta=None):
        text = f"[{minutes(self.clock.elapsed())}"
        if self.clock.limit is not None:
            left = self.clock.left() if eta is None else min(eta, self.clock.left())
            text += f", {minutes(max(0, left))} left"
        elif eta is not None:
            text += f", about {minutes(eta)} left"
        return text + "] "

    def show(self, text, eta=None):
        """What is being done: only on a terminal."""
        if not self.terminal:
            return
        line = (self.head(eta) + text)[: shutil.get_terminal_size().columns - 1]
        self.stream.write("\r" + line.ljust(len(self.shown)))
        self.stream.flush()
        self.shown = line

    def step(self, text, eta=None):
        """A new step: a line in a log."""
        if self.terminal:
            self.show(text, eta)
        else:
            print(self.head(eta) + text, file=self.stream, flush=True)

    def note(self, text):
        """What is to be read also when all is done: on a terminal it comes behind the verdict."""
        self.notes.append(text)
        if not self.terminal:
            print(self.head() + text, file=self.stream, flush=True)

    def end(self):
        """Leave no line behind; the notes that nobody has read yet."""
        if self.terminal:
            self.stream.write("\r" + " " * len(self.shown) + "\r")
            self.stream.flush()
            self.shown = ""
        return self.notes if self.terminal else []
