#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The report: what bench/run does once everything is built.

    suite.py     mmbench's cases               bars.py   what mmview promises, on them and on whole processes
                                               images.py the same of what knows samples,
                                               shared.py of what processes share
    peers.py     other programs                machine.py  where it ran, and who disturbed it
    document.py  RESULTS.md                    plots.py  the pictures
"""
import argparse
import os
import shutil
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import agreement  # noqa: E402
import bars as bar_rows  # noqa: E402
import document  # noqa: E402
import images  # noqa: E402
import machine  # noqa: E402
import plots  # noqa: E402
import shared  # noqa: E402
import suite  # noqa: E402
from arguments import size_in_mib  # noqa: E402
from peers import Race  # noqa: E402
from process import TOP, Failed, LoopMount  # noqa: E402

ROUNDS = 6  # A B C, C B A three times
SHM = "/dev/shm"
STATES = ("1M-writes", "64K-writes", "4K-writes", "copied", "read-back")


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Measure mapped against buffered I/O on this machine, and write RESULTS.md and plots.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--quick", action="store_true", help="what decides the question for most people, some three minutes (default)"
    )
    what.add_argument(
        "--bars", action="store_true", help="the same, all bars, other file systems and programs: a quarter of an hour"
    )
    what.add_argument(
        "--shared", action="store_true", help="only what processes share: named maps, locks, channels; two minutes"
    )
    what.add_argument("--full", action="store_true", help="the same with every case of mmbench: most of an hour")
    parser.add_argument(
        "--file-size", type=size_in_mib, default=1024, metavar="SIZE", help="of each fixture (default 1G)"
    )
    parser.add_argument(
        "--dir",
        default=os.path.join(TOP, "build"),
        help="where fixtures are made: the file system that is measured (default build/)",
    )
    parser.add_argument(
        "--output", default=os.path.join(TOP, "results"), metavar="DIR", help="where the report goes (default results/)"
    )
    parser.add_argument("--against", metavar="FILE", help="results.json of an earlier run: say which ratios differ")
    parser.add_argument(
        "--no-install", action="store_true", help="only check that the packages are there, install nothing"
    )
    arguments = parser.parse_args()
    if arguments.against and not os.access(arguments.against, os.R_OK):
        parser.error(f"--against={arguments.against}: cannot be read")
    arguments.mode = next(
        (mode for mode in ("--full", "--bars", "--shared") if getattr(arguments, mode[2:])), "--quick"
    )
    return arguments


class Report:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.size = arguments, folder, arguments.file_size
        self.threads = len(os.sched_getaffinity(0))
        self.bars, self.elsewhere, self.peers, self.remarks, self.journal_bars = [], [], [], [], []
        self.start = time.monotonic()
        self.good = True
        self.all_bars = arguments.mode in ("--bars", "--full")

    def say(self, text):
        print(f"[{time.monotonic() - self.start:5.0f} s] {text}", file=sys.stderr, flush=True)

    def skip(self, text):
        self.say("SKIPPED: " + text)
        self.remarks.append("Skipped: " + text + ".")

    def run_suite(self):
        self.say("mmbench")
        patterns = {
            "--full": None,
            "--bars": suite.QUICK + suite.FOR_BARS + suite.SHARED,
            "--quick": suite.QUICK,
            "--shared": suite.SHARED,
        }[self.arguments.mode]
        name = os.path.join(self.arguments.output, "mmbench.json")
        self.cases, good = suite.run(self.folder, self.size, name, patterns)
        if not good:
            self.good = False
            self.remarks.append("**mmbench reported wrong bytes or failed: see mmbench.json.log.**")

    def run_elsewhere(self):
        """The bars on a file system of another kind, and without one."""
        for kind in ("xfs", "ext4"):
            if machine.file_system(self.arguments.dir)[1] == kind:
                continue
            if os.geteuid() != 0:
                self.skip(f"{kind} on a loop device: mounting needs root")
                continue
            if not shutil.which(f"mkfs.{kind}"):
                self.skip(f"{kind} on a loop device: no mkfs.{kind} (Debian: {kind}progs)")
                continue
            try:
                with LoopMount(kind, self.folder, self.size * 3 + 700) as mounted:
                    self.run_there(f"{kind} on a loop device", mounted, kind)
            except Failed as error:
                self.skip(f"{kind} on a loop device: {error}")
        free = shutil.disk_usage(SHM).free >> 20 if os.path.isdir(SHM) else 0
        if free > 3 * self.size:
            with tempfile.TemporaryDirectory(prefix="mmview-run-", dir=SHM) as folder:
                self.run_there("tmpfs", folder, "tmpfs")
        else:
            self.skip(f"tmpfs: {SHM} has {free} MiB free, {3 * self.size} are needed")

    def run_there(self, name, folder, short):
        self.say(f"mmbench on {name}")
        try:
            cases, good = suite.run(
                folder, self.size, os.path.join(self.arguments.output, f"mmbench-{short}.json"), suite.ELSEWHERE
            )
        except Failed as error:
            return self.skip(f"{name}: {error}")
        self.good = self.good and good
        self.elsewhere.append((name, short, cases))
        processes = bar_rows.Processes(folder, self.size, ROUNDS)
        self.say(f"bar: journal on {name}")
        return self.journal_bars.extend(
            bar_rows.run_each(
                [("journal", lambda: processes.journal_kill(name, 0.9 if short == "ext4" else 0.85, ("1M-writes",)))]
            )
        )

    def measure_bars(self):
        here = machine.file_system(self.arguments.dir)[1]
        self.bars.append(bar_rows.against_naive(self.cases))
        self.bars.append(bar_rows.against_memory(self.cases, f", {here},", 0.8 if here == "xfs" else 0.45))
        for written in ("1M-writes", "4K-writes") + (("64K-writes", "read-back", "copied") if self.all_bars else ()):
            self.bars.append(bar_rows.auto_against_better(self.cases, here, written))
        for name, short, cases in self.elsewhere:
            if short != "tmpfs":
                self.bars.append(bar_rows.against_memory(cases, f", {name},", 0.8 if short == "xfs" else 0.45))
            for written in ("1M-writes",) if short == "tmpfs" else ("1M-writes", "4K-writes"):
                self.bars.append(bar_rows.auto_against_better(cases, name, written))
        processes = bar_rows.Processes(self.folder, self.size, ROUNDS)
        rows = [("a 1 KiB file", processes.small), ("harness", lambda: bar_rows.harness_cost(self.folder))]
        if self.all_bars:
            race = Race(self.folder, self.size, ROUNDS)
            rows += [
                ("copy", processes.copy),
                ("32-bit build", processes.i386),
                ("mpi", processes.mpi),
                ("limits", processes.limits),
                ("memory", processes.memory),
                ("linear", processes.linear),
                ("journal", lambda: processes.journal_kill(here, 0.9 if here == "ext4" else 0.85, STATES)),
                ("journal, power", processes.journal_power),
                ("journal, many files", processes.journal_many),
                ("fio", lambda: bar_rows.against_fio(race.device_rate, self.folder, self.size, ROUNDS)),
            ]
            rows += images.Images(self.folder, self.size, ROUNDS).rows(self.cases)
        for name, function in rows:
            self.say(f"bar: {name}")
            self.bars += bar_rows.run_each([(name, function)])
        self.bars += self.journal_bars

    def measure_shared(self):
        self.say("bar: shared maps")
        self.bars += shared.bars(self.cases)
        self.bars += bar_rows.run_each([("against Mono", lambda: shared.against_mono(self.cases, self.folder))])

    def race_peers(self):
        self.say("peers")
        self.peers = Race(self.folder, self.size, ROUNDS - 1).all(self.say)
        tuned = [result for result in self.peers if result.peer.name == "numpy-tuned" and result.times]
        if tuned:
            ratio = tuned[0].ratio
            self.bars.append(
                bar_rows.judged(
                    "in place, against a tuned numpy.memmap loop, whole processes",
                    ">= 3x",
                    ratio,
                    3,
                    form="{:.2f}x",
                    command="bench/peers/numpy-tuned",
                )
            )

    def write(self, disturbance):
        plotter = plots.Plotter(self.arguments.output)
        if not plotter.works:
            self.skip("plots: there is no gnuplot (Debian: gnuplot-nox)")
        plots.draw_all(plotter, self.cases, self.threads)
        facts = machine.facts(self.arguments.dir, self.size)
        others, stolen = disturbance.stop()
        command = f"mmbench --dir=DIR --file-size={self.size}M"
        parts = [
            [
                "# mmbench: mapped against buffered I/O",
                "",
                f"Made by `bench/run {self.arguments.mode} --file-size={self.size}M`; "
                "`docs/benchmarks.md` explains the states, the engines and the traps.",
                "",
            ],
            document.table(["machine", ""], facts),
            document.noise_part(others, stolen, self.cases),
            [line for remark in self.remarks for line in (remark, "")],
            ["## Map or read?", ""],
            document.answer(self.cases, self.threads),
        ]
        parts += [[line for picture, title in plotter.made for line in (f"![{title}]({picture})", "")]]
        parts += [document.bars_part(self.bars), document.peers_part(self.peers), document.threads_part(self.cases)]
        if self.arguments.against:
            lines, apart = agreement.compare(self.arguments.against, self.cases, self.bars)
            parts.append(lines)
            self.say(f"agreement: {lines[2]}")
        parts.append(document.suite_part(self.cases, f"Every case ({facts[5][1].split()[0]})", command))
        for name, _, cases in self.elsewhere:
            parts.append(document.suite_part(cases, name, command))
        document.write(
            os.path.join(self.arguments.output, "RESULTS.md"), parts, [(self.folder, "DIR"), (TOP + "/", "")]
        )
        agreement.save(os.path.join(self.arguments.output, "results.json"), self.cases, self.bars, facts)

    def run(self):
        disturbance = machine.Disturbance()
        self.run_suite()
        if self.all_bars:
            self.run_elsewhere()
        if self.arguments.mode != "--shared":
            self.measure_bars()
        if self.all_bars:
            self.race_peers()
        if self.arguments.mode != "--quick":
            self.measure_shared()
        self.write(disturbance)
        self.say(f"written: {os.path.join(self.arguments.output, 'RESULTS.md')}")
        return 0 if self.good and not any("failed" in bar.verdict for bar in self.bars) else 1


def on_signal(number, _):
    # An exception, so that every 'with' and 'finally' cleans up; then the signal itself.
    raise KeyboardInterrupt(number)


def main():
    arguments = parse_arguments()
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, on_signal)
    if not suite.is_built():
        raise SystemExit(
            "bench/run: mmbench is not built (it needs libbenchmark-dev and libxxhash-dev); run bench/run itself"
        )
    os.makedirs(arguments.output, exist_ok=True)
    arguments.output = os.path.abspath(arguments.output)
    try:
        folder = tempfile.mkdtemp(prefix="mmview-run-", dir=arguments.dir)
    except OSError as error:
        raise SystemExit(f"bench/run: cannot make fixtures in {arguments.dir}: {error.strerror}") from error
    try:
        return Report(arguments, folder).run()
    except Failed as error:
        print(f"bench/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt as stop:
        number = stop.args[0] if stop.args else signal.SIGINT
        print(f"\nbench/run: stopped by {signal.Signals(number).name}; fixtures are removed", file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


sys.exit(main())
