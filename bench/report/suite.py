# SPDX-License-Identifier: MIT
"""mmbench: which of its cases a report wants, running them, and what its JSON says."""
import json
import os
import re
import select
import subprocess
import time

import stats
from process import BUILD, Failed, output_of, tool

GRACE = 5.0  # seconds that a run may take beyond its time before it is ended

# --quick: what decides the question for most people, and the plots.
QUICK = [
    r"^in-place/(mmap|pread|walk-auto|walk-mmap|walk-buffered|memory)/warm/1M-writes/MiB:[0-9]+/threads:{n}/it",
    r"^in-place/(mmap|walk-auto|walk-mmap|walk-buffered)/warm/4K-writes/MiB:[0-9]+/threads:{n}/it",
    r"^scan/(mmap|pread|walk-mmap|memory)/(warm/1M-writes|cold/read-back)/MiB:[0-9]+/threads:{n}/it",
    r"^scan/uring/cold/read-back/MiB:[0-9]+/threads:{n}/it",
    r"^(in-place|scan)/walk-mmap/warm/1M-writes/MiB:[0-9]+/threads:{n}/window_KiB:[0-9]+/",
    r"^(in-place|scan)/(walk-mmap|pread)/warm/1M-writes/MiB:[0-9]+/threads:1/it",
    r"^into/(pread|walk-auto)/warm/1M-writes/MiB:[0-9]+/threads:{n}/it",
    r"^(view|hit)/",
    r"^reads-4K/(mmap|window|pread)/warm/",
]

# What the bars need beyond that.
FOR_BARS = [r"^in-place/walk-(auto|mmap|buffered)/warm/(64K-writes|read-back|copied)/MiB:[0-9]+/threads:{n}/it"]

# What processes share: no file system has a part in it.
SHARED = [r"^(typed|open|mutex|pingpong|channel)/"]

# What says most about another file system.
ELSEWHERE = [r"^in-place/(mmap|walk-auto|walk-mmap|walk-buffered|memory)/warm/(1M|4K)-writes/MiB:[0-9]+/threads:{n}/it"]


class Case:
    """One case of mmbench: its name taken apart, and the figures of its repetitions."""

    def __init__(self, name):
        self.name = name
        words = name.split("/")
        self.work, self.engine, self.state, self.written = (words + [""] * 4)[:4]
        self.durable = "durable" in words
        self.arguments = dict(word.split(":", 1) for word in words[4:] if ":" in word)
        self.runs, self.errors, self.note = [], [], ""

    @property
    def threads(self):
        return int(self.arguments.get("threads", 1))

    @property
    def window(self):
        """Bytes; 0 = the default."""
        return int(self.arguments.get("window_KiB", 0)) << 10

    @property
    def by_round(self):
        """{round: GB/s}"""
        return {run["repetition_index"]: run["GB/s"] for run in self.runs if "GB/s" in run}

    @property
    def rates(self):
        return [run["GB/s"] for run in self.runs if "GB/s" in run]

    @property
    def seconds(self):
        scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0}
        return [run["real_time"] * scale[run["time_unit"]] for run in self.runs]

    def median(self, key):
        return stats.median([run[key] for run in self.runs])

    def filter(self):
        """A POSIX extended regular expression that picks just this case, however it is repeated."""
        words = self.name.split("/")
        named = [
            word for word in words if not word.startswith("iterations:") and word not in ("manual_time", "real_time")
        ]
        return "^" + "/".join(named) + "/(iter|man|real)"


class Cases(dict):
    """By name, as mmbench orders them."""

    def pick(self, work, engine, state="warm", written=None, durable=False, threads=None, window=0):
        """The one case that is so, with figures, with the most threads unless told; None = it was not run, or could
        not be."""
        found = [
            case
            for case in self.values()
            if (case.work, case.engine, case.state, case.durable, case.window) == (work, engine, state, durable, window)
            and written in (None, case.written)
            and threads in (None, case.threads)
            and case.rates
        ]
        return max(found, key=lambda case: case.threads, default=None)


def pairs(a, b):
    """The rates of two cases in the rounds that both were run in, two lists of one length."""
    mine, other = a.by_round, b.by_round
    rounds = sorted(set(mine) & set(other))
    return [mine[number] for number in rounds], [other[number] for number in rounds]


def add(cases, entries, number=None):
    """Entries of mmbench's JSON; 'number' = the round that they are of, unless they say so themselves."""
    for entry in entries:
        if entry.get("run_type") == "aggregate":
            continue
        case = cases.setdefault(entry["run_name"], Case(entry["run_name"]))
        if number is not None:
            entry["repetition_index"] = number
        entry.setdefault("repetition_index", len(case.runs))
        if entry.get("error_occurred"):
            case.errors.append(entry["error_message"])
        else:
            case.runs.append(entry)
            case.note = entry.get("label", case.note)


def parse(document):
    cases = Cases()
    add(cases, document["benchmarks"])
    return cases


def chosen(patterns, names):
    """The names that match; 'patterns' None = all. Patterns are regular expressions, with the threads as {n}."""
    if patterns is None:
        return names
    threads = str(len(os.sched_getaffinity(0)))
    expressions = [re.compile(pattern.replace("{n}", threads)) for pattern in patterns]
    return [name for name in names if any(expression.search(name) for expression in expressions)]


def arguments(directory, size_mib):
    return [f"--dir={directory}", f"--file-size={size_mib}M"]


def names(directory, size_mib, patterns):
    listed = output_of([tool("mmbench"), *arguments(directory, size_mib), "--benchmark_list_tests"]).split()
    return chosen(patterns, listed)


def costs(directory):
    """What mmbench machine says, or why it does not."""
    try:
        return json.loads(output_of([tool("mmbench"), "machine", "--json", f"--dir={directory}"]))
    except (Failed, ValueError) as error:
        return {"error": str(error)}


class Session:
    """An mmbench that runs what it is told to, until the end of a with block; its entries are kept in a document."""

    def __init__(self, directory, size_mib, output):
        self.directory, self.size_mib, self.output = directory, size_mib, output
        self.entries, self.context, self.wrong, self.rest = [], {}, False, b""

    def __enter__(self):
        command = [tool("mmbench"), "--rounds", *arguments(self.directory, self.size_mib)]
        self.log = open(self.output + ".log", "w")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log)
        try:
            self.context = self.line(None).get("context", {})
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, *_):
        # The end of its input is the end of its work; what was told to stop has to.
        if kind is not None:
            self.process.terminate()
        self.process.stdin.close()
        self.process.stdout.close()
        self.wrong = self.process.wait() == 1
        self.log.close()
        with open(self.output, "w") as file:
            json.dump({"context": self.context, "benchmarks": self.entries}, file, indent=1)

    def line(self, end):
        """The next line as an object; None = there was none until 'end'."""
        while b"\n" not in self.rest:
            left = None if end is None else max(0, end - time.monotonic())
            if not select.select([self.process.stdout], [], [], left)[0]:
                return None
            some = os.read(self.process.stdout.fileno(), 1 << 16)
            if not some:
                status = self.process.wait()
                raise Failed(f"mmbench in {self.directory}: exit status {status}, see {self.output}.log")
            self.rest += some
        text, self.rest = self.rest.split(b"\n", 1)
        return json.loads(text)

    def run(self, wanted, seconds=float("inf")):
        """Run the cases of these names once. What is not done 'seconds' and GRACE later ends this mmbench."""
        end = None if seconds == float("inf") else time.monotonic() + seconds + GRACE
        expression = "|".join(Case(name).filter() for name in wanted)
        try:
            self.process.stdin.write(expression.encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            pass  # it has ended: line() says how
        found = []
        while True:
            entry = self.line(end)
            if entry is None:
                self.process.terminate()
                raise TimeUp(found)
            if "done" in entry:
                return found
            self.entries.append(entry)
            found.append(entry)


class TimeUp(Exception):
    """A run was not done in time; 'entries' are those that were."""

    def __init__(self, entries):
        super().__init__("the time was up")
        self.entries = entries


def is_built():
    return os.path.exists(tool("mmbench")) and os.path.exists(os.path.join(BUILD, "tools/mmbright"))
