#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The report: what bench/run does once everything is built.

    suite.py     mmbench's cases               bars.py   what mmview promises, on them and on whole processes
    rounds.py    running them until settled    images.py the same of what knows samples,
    contests.py  what is compared with what    shared.py of what processes share
    stats.py     medians, ratios, intervals    costs.py  what a page, a call, a byte cost
    peers.py     other programs                machine.py  where it ran, and who disturbed it
    document.py  RESULTS.md                    plots.py  the pictures
    page.py      the same as RESULTS.html      progress.py  how far it is
    readme.py    the table of docs/speed.md, of peers
"""
import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import agreement  # noqa: E402
import bars as bar_rows  # noqa: E402
import document  # noqa: E402
import images  # noqa: E402
import machine  # noqa: E402
import page  # noqa: E402
import plots  # noqa: E402
import readme  # noqa: E402
import rounds  # noqa: E402
import shared  # noqa: E402
import suite  # noqa: E402
from arguments import count, seconds, size_in_mib  # noqa: E402
from peers import Race  # noqa: E402
from process import TOP, Failed, LoopMount  # noqa: E402
from progress import Clock, Progress  # noqa: E402

PAGE = os.path.join(TOP, "docs", "speed.md")
ROUNDS = 6  # A B C, C B A three times
SHM = "/dev/shm"
QUICK_SECONDS = 180
RESERVE = 10  # of these: the pictures and the pages
MORE_SECONDS = 300  # of mmbench with --bars
MOST_OF_ALL = 12  # rounds with --bars and --full
QUICK_MIB, MIB = 256, 1024
STATES = ("1M-writes", "64K-writes", "4K-writes", "copied", "read-back")


def parse_arguments():
    parser = argparse.ArgumentParser(
        prog="bench/run",
        description="Measure mapped against buffered I/O on this machine, and write RESULTS.md and plots.",
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--quick",
        action="store_true",
        help="what decides the question for most people: three minutes, then it stops (default)",
    )
    what.add_argument(
        "--bars", action="store_true", help="the same, all bars, other file systems and programs: forty minutes"
    )
    what.add_argument(
        "--shared", action="store_true", help="only what processes share: named maps, locks, channels; two minutes"
    )
    what.add_argument(
        "--peers", action="store_true", help="only other programs on the job, for docs/speed.md; ten minutes"
    )
    what.add_argument("--full", action="store_true", help="the same with every case of mmbench: more than an hour")
    parser.add_argument(
        "--file-size", type=size_in_mib, metavar="SIZE", help="of each fixture (default 1G; --quick 256M)"
    )
    parser.add_argument(
        "--time",
        type=seconds,
        metavar="SECONDS",
        help="when to stop repeating (default with --quick 180; the others make all their rounds)",
    )
    parser.add_argument(
        "--rounds",
        type=count,
        metavar="N",
        help=f"make no more than N rounds of mmbench (default {rounds.MOST}; with --bars and --full {MOST_OF_ALL})",
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
        "--readme", metavar="FILE", nargs="?", const=PAGE,
        help="with --peers: fill in the table of this file (default docs/speed.md)",
    )
    parser.add_argument(
        "--no-install", action="store_true", help="only check that the packages are there, install nothing"
    )
    arguments = parser.parse_args()
    if arguments.against and not os.access(arguments.against, os.R_OK):
        parser.error(f"--against={arguments.against}: cannot be read")
    arguments.mode = next(
        (mode for mode in ("--full", "--bars", "--shared", "--peers") if getattr(arguments, mode[2:])), "--quick"
    )
    if arguments.readme and not arguments.peers:
        parser.error("--readme goes with --peers")
    if not arguments.file_size:
        arguments.file_size = QUICK_MIB if arguments.mode == "--quick" else MIB
    if not arguments.time and arguments.mode == "--quick":
        arguments.time = QUICK_SECONDS
    return arguments


class Report:
    def __init__(self, arguments, folder):
        self.arguments, self.folder, self.size = arguments, folder, arguments.file_size
        self.threads = len(os.sched_getaffinity(0))
        self.bars, self.elsewhere, self.peers, self.remarks, self.journal_bars = [], [], [], [], []
        self.process_bars, self.costs = [], {}
        self.clock = Clock(arguments.time)
        self.progress = Progress(self.clock)
        self.good, self.plan, self.left_out, self.cases, self.stop = True, None, [], suite.Cases(), None
        self.all_bars = arguments.mode in ("--bars", "--full")

    def say(self, text):
        self.progress.step(text)

    def skip(self, text):
        self.progress.note("SKIPPED: " + text)
        self.remarks.append("Skipped: " + text + ".")

    def run_suite(self):
        self.say("mmbench")
        patterns = {
            "--full": None,
            "--bars": suite.QUICK + suite.FOR_BARS + suite.SHARED,
            "--quick": suite.QUICK,
            "--shared": suite.SHARED,
        }[self.arguments.mode]
        output = os.path.join(self.arguments.output, "mmbench.json")
        names = suite.names(self.folder, self.size, patterns)
        few, most = (rounds.FEW, rounds.MOST) if self.arguments.mode == "--quick" else (5, MOST_OF_ALL)
        most = self.arguments.rounds or most
        # What is measured behind it is not in the time of --bars.
        clock = Clock(MORE_SECONDS) if self.arguments.mode == "--bars" and not self.arguments.time else self.clock
        reserve = 0 if clock is not self.clock else min(RESERVE, (clock.limit or 0) / 4)

        def left():
            return clock.left(reserve)

        self.cases, good, self.plan = rounds.measure(
            self.folder, self.size, output, names, left, self.progress, few, most
        )
        self.left_out = [name for name in names if name not in self.cases]
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
            output = os.path.join(self.arguments.output, f"mmbench-{short}.json")
            names = suite.names(folder, self.size, suite.ELSEWHERE)
            left = Clock(MORE_SECONDS).left
            cases, good, _ = rounds.measure(folder, self.size, output, names, left, self.progress)
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

    def measure_processes(self):
        """The bars that --quick measures besides the cases: before them, since they take what time is left."""
        processes = bar_rows.Processes(self.folder, self.size, ROUNDS)
        rows = [("a 1 KiB file", processes.small), ("harness", lambda: bar_rows.harness_cost(self.folder))]
        for name, function in rows:
            self.say(f"bar: {name}")
            self.process_bars += bar_rows.run_each([(name, function)])

    def judge_cases(self):
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
        self.bars += self.process_bars

    def measure_bars(self):
        self.judge_cases()
        here = machine.file_system(self.arguments.dir)[1]
        processes = bar_rows.Processes(self.folder, self.size, ROUNDS)
        rows = []
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

    def race_device(self):
        race = Race(self.folder, self.size, ROUNDS)
        self.say("bar: fio")
        found = bar_rows.run_each(
            [("fio", lambda: bar_rows.against_fio(race.device_rate, self.folder, self.size, ROUNDS))]
        )
        self.bars += found
        return found

    def fill_readme(self, device_bars):
        facts = machine.facts(self.arguments.dir, self.size)
        readme.write(self.arguments.readme, readme.block(self.peers, device_bars, facts, self.size))
        if os.path.samefile(self.arguments.readme, PAGE):
            subprocess.run([sys.executable, os.path.join(TOP, "docs", "pictures", "make.py"), "peers"], check=True)

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

    def verdict(self):
        if self.arguments.mode == "--shared":
            return "What processes share: named maps, locks, channels"
        if self.arguments.mode == "--peers":
            return document.peers_headline(self.peers)
        return document.headline(self.cases, self.threads, self.costs)

    def write(self, disturbance):
        plotter = plots.Plotter(self.arguments.output)
        if not plotter.works:
            self.skip("plots: there is no gnuplot (Debian: gnuplot-nox)")
        plots.draw_all(plotter, self.cases, self.threads)
        facts = machine.facts(self.arguments.dir, self.size)
        others, stolen = disturbance.stop()
        command = f"mmbench --dir=DIR --file-size={self.size}M"
        verdict = self.verdict()
        open_ratios = document.unsettled_part((self.plan, self.cases, self.left_out) if self.plan else None)
        parts = [
            [
                f"# {verdict}",
                "",
                f"Mapped against buffered I/O. Made by `bench/run {self.arguments.mode} --file-size={self.size}M`; "
                "`docs/benchmarks.md` explains the states, the engines and the traps.",
                "",
            ],
            document.table(["machine", ""], facts),
            document.noise_part(others, stolen, self.cases),
            open_ratios,
            [line for remark in self.remarks for line in (remark, "")],
            ["## Map or read?", ""],
            document.answer(self.cases, self.threads, self.costs),
            document.costs_part(self.costs),
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
        path = os.path.join(self.arguments.output, "RESULTS.md")
        document.write(path, parts, [(self.folder, "DIR"), (TOP + "/", "")])
        page.write(path)
        agreement.save(
            os.path.join(self.arguments.output, "results.json"), self.cases, self.bars, facts, self.costs
        )
        # The verdict before anything else, then what was skipped, and what is not settled.
        notes = self.progress.end()
        print("\n".join([verdict, *notes, *(line for line in open_ratios if line)]), flush=True)

    def run_cases(self):
        self.run_suite()
        if self.all_bars:
            self.run_elsewhere()
        if self.arguments.mode == "--quick":
            self.judge_cases()
        elif self.arguments.mode != "--shared":
            self.measure_bars()
        if self.all_bars:
            self.race_peers()
        if self.arguments.mode != "--quick":
            self.measure_shared()

    def run_as_far_as_told(self):
        """A stop, once there are cases to report, ends the measuring and not the report."""
        try:
            self.run_cases()
        except KeyboardInterrupt as stop:
            if not self.cases:
                raise
            self.stop = stop
            self.remarks.append(f"**Stopped after {self.clock.elapsed():.0f} s: what is missing was not measured.**")
            if not any(bar in self.bars for bar in self.process_bars):
                self.judge_cases()

    def run(self):
        disturbance = machine.Disturbance()
        self.say("what things cost")
        self.costs = suite.costs(self.folder)
        if self.arguments.mode not in ("--shared", "--peers"):
            self.measure_processes()
        if self.arguments.mode == "--peers":
            self.race_peers()
            device_bars = self.race_device()
            if self.arguments.readme:
                self.fill_readme(device_bars)
        else:
            self.run_as_far_as_told()
        self.write(disturbance)
        print(f"Written: {os.path.join(self.arguments.output, 'RESULTS.md')} and RESULTS.html, in "
              f"{self.clock.elapsed():.0f} s")
        if self.stop:
            raise self.stop
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


if __name__ == "__main__":
    sys.exit(main())
