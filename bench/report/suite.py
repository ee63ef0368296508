# SPDX-License-Identifier: MIT
"""mmbench: which of its cases a report wants, running them, and what its JSON says."""
import json
import os
import subprocess
import sys

import stats
from process import BUILD, Failed, tool
from process import run as run_process

# --quick: what decides the question for most people, and the plots; each runs five times in about a second.
QUICK = [
    r"^in-place/(mmap|pread|walk-auto|walk-mmap|walk-buffered|memory)/warm/1M-writes/MiB:[0-9]+/threads:{n}/it",
    r"^in-place/(mmap|walk-auto|walk-mmap|walk-buffered)/warm/4K-writes/MiB:[0-9]+/threads:{n}/it",
    r"^scan/(mmap|pread|walk-mmap|memory)/(warm/1M-writes|cold/read-back)/MiB:[0-9]+/threads:{n}/it",
    r"^scan/uring/cold/read-back/MiB:[0-9]+/threads:{n}/it",
    r"^(in-place|scan)/walk-mmap/warm/1M-writes/MiB:[0-9]+/threads:{n}/window_KiB:(256|4096)/",
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


def parse(document):
    cases = Cases()
    for entry in document["benchmarks"]:
        if entry.get("run_type") == "aggregate":
            continue
        case = cases.setdefault(entry["run_name"], Case(entry["run_name"]))
        if entry.get("error_occurred"):
            case.errors.append(entry["error_message"])
        else:
            case.runs.append(entry)
            case.note = entry.get("label", case.note)
    return cases


def run(directory, size_mib, output, patterns, repetitions=5):
    """Run the cases that match; 'patterns' None = all. The document is kept in 'output'."""
    threads = len(os.sched_getaffinity(0))
    command = [
        tool("mmbench"),
        f"--dir={directory}",
        f"--file-size={size_mib}M",
        f"--benchmark_repetitions={repetitions}",
        f"--benchmark_out={output}",
        "--benchmark_out_format=json",
    ]
    if patterns:
        command.append("--benchmark_filter=" + "|".join(f"({p.replace('{n}', str(threads))})" for p in patterns))
    print("   " + " ".join(word if "(" not in word else f"'{word}'" for word in command), file=sys.stderr, flush=True)
    with open(output + ".log", "w") as log:
        process = run_process(command, stdout=log, stderr=subprocess.STDOUT)
    try:
        with open(output) as file:
            document = json.load(file)
    except (OSError, ValueError) as error:
        raise Failed(f"mmbench in {directory}: exit status {process.returncode}, see {output}.log") from error
    return parse(document), process.returncode == 0


def is_built():
    return os.path.exists(tool("mmbench")) and os.path.exists(os.path.join(BUILD, "tools/mmbright"))
