# SPDX-License-Identifier: MIT
"""The report's own arithmetic and words, on sample.json, whose figures were chosen so that the results are known.

    python3 test_report.py MMBENCH [unittest's options]
"""
import argparse
import contextlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import types
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
REPORT = os.path.join(HERE, "../../bench/report")
sys.dont_write_bytecode = True
sys.path.insert(0, REPORT)

import advised  # noqa: E402
import agreement  # noqa: E402
import arguments as command_line  # noqa: E402
import bars  # noqa: E402
import document  # noqa: E402
import machine  # noqa: E402
import main as bench_run  # noqa: E402
import plots  # noqa: E402
import process  # noqa: E402
import states  # noqa: E402
import stats  # noqa: E402
import suite  # noqa: E402

mmbench = sys.argv.pop(1)


def listed(threads):
    """The names of all cases of mmbench."""
    return subprocess.run([mmbench, "--file-size=16M", f"--threads={threads}", "--benchmark_list_tests"],
                          capture_output=True, text=True, check=True).stdout.split()


def sample():
    with open(os.path.join(HERE, "sample.json")) as file:
        return suite.parse(json.load(file))


class Stats(unittest.TestCase):
    def test_medians_and_quantiles(self):
        self.assertEqual(stats.median([3, 1, 2]), 2)
        self.assertEqual(stats.median([4, 1, 3, 2]), 2.5)
        for share, wanted in ((0, 1), (0.25, 2), (0.5, 3), (0.75, 4), (0.9, 4.6), (1, 5)):
            self.assertAlmostEqual(stats.quantile([5, 3, 1, 4, 2], share), wanted)
        self.assertAlmostEqual(stats.quantile([1, 2, 3, 4], 0.25), 1.75)
        self.assertEqual(stats.quantile([7], 0.25), 7)

    def test_spreads(self):
        self.assertEqual(stats.spread([1, 2, 3]), 1)
        self.assertAlmostEqual(stats.spread([1, 2]), 1 / 1.5)
        self.assertEqual(stats.spread([5]), 0)
        self.assertAlmostEqual(stats.middle_spread([1, 2, 3, 4, 5]), 2 / 3)
        # One that was disturbed does not make a measurement noisy, four that differ do.
        self.assertFalse(stats.is_noisy([10, 10, 10, 10, 100]))
        self.assertTrue(stats.is_noisy([1, 2, 3, 4, 5]))

    def test_ratios_of_pairs(self):
        # The median of 1/1, 2/2, 6/3 is 1, which is not the median over the median.
        ratio = stats.Ratio([1, 2, 6], [1, 2, 3])
        self.assertEqual((ratio.value, ratio.low, ratio.high), (1, 1, 2))
        # What disturbs a whole round disturbs no ratio.
        ratio = stats.Ratio([2, 20, 2, 2000, 2, 2], [1, 10, 1, 1000, 1, 1])
        self.assertEqual((ratio.value, ratio.low, ratio.high), (2, 2, 2))
        self.assertTrue(ratio.is_settled())

    def test_intervals(self):
        # Of five, all five may be the median of a resample: the least is so in 5.8 % of them, more than 2.5 %.
        ratio = stats.Ratio([1, 2, 3, 4, 5], [1, 1, 1, 1, 1])
        self.assertEqual((ratio.value, ratio.low, ratio.high), (3, 1, 5))
        # Of eleven, the third least is the median or above it in 2.1 % and the fourth in 10.8 %, by the binomial
        # distribution: P(six or more of eleven draws are among the least k). So the interval is from the 3rd or 4th.
        ratio = stats.Ratio(list(range(1, 12)), [1] * 11)
        self.assertEqual(ratio.value, 6)
        self.assertIn(ratio.low, (3, 4))
        self.assertIn(ratio.high, (8, 9))
        # The seed is fixed: the same values have the same interval.
        values = [1.0, 1.31, 0.97, 1.12, 1.05, 0.88, 1.01]
        first, second = stats.Ratio(values, [1] * 7), stats.Ratio(values, [1] * 7)
        self.assertEqual((first.low, first.high), (second.low, second.high))
        self.assertLessEqual(first.low, first.value)
        self.assertGreaterEqual(first.high, first.value)

    def test_intervals_of_what_was_not_in_turn(self):
        ratio = stats.Ratio([6] * 6, [1, 2, 3, 2, 2, 2, 2, 2])
        self.assertFalse(ratio.paired)
        self.assertEqual(ratio.value, 3)
        self.assertEqual((ratio.low, ratio.high), (3, 3))
        self.assertFalse(stats.Ratio([1] * 6, [2] * 6, paired=False).paired)
        ratio = stats.Ratio([1, 3], [2], paired=False)
        self.assertEqual((ratio.value, ratio.low, ratio.high), (1, 0.5, 1.5))

    def test_settled(self):
        for over, wanted in (([10] * 4, False), ([10] * 5, True), ([10, 10.4, 10.4, 10.4, 10.4, 10.4, 10.4], True),
                             ([9, 9, 9, 10, 11, 11, 11], False), ([10, 10, 10, 10.6, 10.6, 10.6, 10.6], False)):
            self.assertEqual(stats.Ratio(over, [1] * len(over)).is_settled(), wanted, over)

    def test_verdicts_of_ratios(self):
        ratio = stats.Ratio([6, 6, 6], [2, 2, 2])
        self.assertTrue(ratio.meets(3))
        self.assertFalse(ratio.meets(3.01))
        self.assertTrue(ratio.meets(3, at_least=False))
        self.assertFalse(ratio.meets(2.99, at_least=False))
        ratio = stats.Ratio([2.4, 3, 4], [1, 1, 1])
        for bar, certain in ((2.3, True), (2.4, True), (2.5, False), (4, False), (4.1, True)):
            self.assertEqual(ratio.is_certain(bar), certain, bar)
        for over, above, below in (([1.04] * 5, False, False), ([1.06] * 5, True, False), ([0.96] * 5, False, False),
                                   ([0.94] * 5, False, True), ([0.9, 2, 2, 2, 2], False, False)):
            ratio = stats.Ratio(over, [1] * 5)
            self.assertEqual((ratio.is_above(), ratio.is_below()), (above, below), over)
        self.assertEqual(stats.Ratio([2.4, 3, 4], [1, 1, 1]).text(), "3.00x (2.40 to 4.00)")
        self.assertEqual(stats.Ratio([2.4, 3, 4], [1, 1, 1]).text("{:.1f}"), "3.0 (2.4 to 4.0)")

    def test_faster(self):
        for a, b, wanted in (([2, 2, 2], [1, 1, 1], True), ([1, 1, 1], [2, 2, 2], False), ([1], [1], False),
                             ([1.04], [1], False), ([1.06], [1], True),
                             # Lower quartile 2, upper quartile 1.9; then 2 and 2.
                             ([1, 2, 3, 4, 5], [1, 1, 1.9, 1.9, 2.5], True),
                             ([1, 2, 3, 4, 5], [1, 1, 1.9, 2, 2.5], False)):
            self.assertEqual(stats.faster(a, b), wanted, (a, b))

    def test_serial_shares(self):
        self.assertEqual(stats.speedup(3, 2), 1.5)
        self.assertAlmostEqual(stats.karp_flatt(1.5, 2), 1 / 3)
        self.assertAlmostEqual(stats.karp_flatt(2, 2), 0)
        self.assertAlmostEqual(stats.karp_flatt(1, 8), 1)
        # Amdahl with a tenth that is serial, on 4: 1 / (0.1 + 0.9 / 4).
        self.assertAlmostEqual(stats.karp_flatt(1 / 0.325, 4), 0.1)


class Suite(unittest.TestCase):
    def test_cases(self):
        cases = sample()
        self.assertEqual(len(cases), 14)
        case = cases["in-place/walk-mmap/warm/1M-writes/MiB:16/threads:2/window_KiB:256/iterations:1/manual_time"]
        self.assertEqual((case.work, case.engine, case.state, case.written),
                         ("in-place", "walk-mmap", "warm", "1M-writes"))
        self.assertEqual((case.threads, case.window, case.durable), (2, 256 << 10, False))
        self.assertEqual(case.rates, [2.0, 2.2, 2.1])
        self.assertEqual(case.median("peak_mapped_bytes"), 524288)
        self.assertAlmostEqual(case.seconds[0], 16 * 2**20 / 2e9)
        durable = cases["in-place/walk-mmap/warm/1M-writes/durable/MiB:16/threads:2/iterations:1/manual_time"]
        self.assertTrue(durable.durable)
        self.assertEqual(cases.pick("in-place", "walk-auto").note, "mmap: the range is too short for a trial")
        self.assertAlmostEqual(cases["view/mmap/warm/read-back/MiB:16/real_time"].seconds[0], 1e-6)
        self.assertEqual(cases["view/mmap/warm/read-back/MiB:16/real_time"].threads, 1)

    def test_errors(self):
        cases = sample()
        broken = cases["scan/uring/cold/read-back/MiB:16/threads:2/iterations:1/manual_time"]
        self.assertEqual((broken.runs, broken.errors), ([], ["open with O_DIRECT: Invalid argument"] * 2))
        half = cases["scan/pread/cold/read-back/MiB:16/threads:2/iterations:1/manual_time"]
        self.assertEqual((half.rates, len(half.errors)), ([1], 1))

    def test_pick(self):
        cases = sample()
        for arguments, wanted in (
                (("in-place", "walk-mmap"),
                 "in-place/walk-mmap/warm/1M-writes/MiB:16/threads:2/iterations:1/manual_time"),
                (("in-place", "walk-mmap", "warm", "1M-writes", True),
                 "in-place/walk-mmap/warm/1M-writes/durable/MiB:16/threads:2/iterations:1/manual_time"),
                (("in-place", "walk-mmap", "warm", None, False, 1),
                 "in-place/walk-mmap/warm/1M-writes/MiB:16/threads:1/iterations:1/manual_time"),
                (("in-place", "walk-mmap", "warm", "1M-writes", False, 2, 256 << 10),
                 "in-place/walk-mmap/warm/1M-writes/MiB:16/threads:2/window_KiB:256/iterations:1/manual_time")):
            self.assertEqual(cases.pick(*arguments).name, wanted)
        for arguments in (("in-place", "nobody"), ("scan", "uring", "cold"), ("in-place", "mmap", "cold"),
                          ("in-place", "mmap", "warm", "4K-writes"), ("in-place", "mmap", "warm", None, False, 3)):
            self.assertIsNone(cases.pick(*arguments))

    def test_a_filter_picks_its_case_only(self):
        # mmbench takes extended regular expressions of POSIX, and grep is what has them.
        names = [*listed(3), *sample()]
        self.assertGreater(len(names), 200)
        for name in names:
            done = subprocess.run(["grep", "-E", "-e", suite.Case(name).filter()], input="\n".join(names) + "\n",
                                  capture_output=True, text=True, check=True)
            self.assertEqual(set(done.stdout.split()), {name})

    def test_quick_patterns(self):
        names = listed(2)
        for pattern in [*suite.QUICK, *suite.FOR_BARS, *suite.ELSEWHERE]:
            # What a build without io_uring does not have.
            if "/uring/" not in pattern:
                self.assertTrue([name for name in names if re.search(pattern.replace("{n}", "2"), name)], pattern)


class Document(unittest.TestCase):
    def test_tables(self):
        self.assertEqual(document.table(["a", "b"], [("x|y", 1), ("`^(p|q)`", "z")]),
                         ["| a | b |", "|---|---|", "| x\\|y | 1 |", "| `^(p\\|q)` | z |", ""])
        self.assertEqual(document.table(["a"], []), [])
        # What a program printed over several lines stays in its cell.
        self.assertEqual(document.table(["a"], [("one\n two\n",)])[2], "| one two |")

    def test_map_or_read(self):
        rows = [line for line in document.answer(sample(), 2, {}) if not line.startswith(("| work", "|---")) and line]
        self.assertEqual(len(rows), 2)
        self.assertIn("map: 2.38x", rows[0])
        self.assertIn("mmap 5.00", rows[0])
        # The best that maps there is walk-mmap, 4.1 against 3.1; the naive map reaches 1.1.
        self.assertIn("walk-mmap 4.10", rows[1])
        self.assertIn("map: 1.33x", rows[1])  # the median of 4.0 / 3.0 and so on, round by round
        self.assertIn("| 1.10 |", rows[1])

    def test_what_could_not_be_timed(self):
        lines = document.suite_part(sample(), "Every case", "mmbench")
        text = "\n".join(lines)
        self.assertIn("### Not timed", lines)
        self.assertIn("open with O_DIRECT: Invalid argument", text)
        self.assertNotIn("was not cold", text)  # of that case one run could be timed
        self.assertIn("| mmap | 1100.0 ns |", text)
        self.assertIn("| mmap | 20.00 ms |", text)
        self.assertEqual(text.count("`^in-place/memory/"), 1)

    def test_noise(self):
        self.assertNotIn("too noisy", "\n".join(document.noise_part(0.01, 0.0, sample())))
        self.assertIn("too noisy", "\n".join(document.noise_part(0.2, 0.0, sample())))
        self.assertIn("too noisy", "\n".join(document.noise_part(0.0, 0.2, sample())))

    def test_paths_are_replaced(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "out.md")
            document.write(path, [["see /home/me/run-7/image", ""], ["and /home/me/tree/bench"]],
                           [("/home/me/run-7", "DIR"), ("/home/me/tree/", "")])
            with open(path) as file:
                self.assertEqual(file.read(), "see DIR/image\n\nand bench\n")


class Bars(unittest.TestCase):
    def test_verdicts(self):
        for over, under, bar, at_least, wanted in (
                ([6, 6, 6], [1, 1, 1], 5, True, "reached"), ([4, 4, 4], [1, 1, 1], 5, True, "**SHORT**"),
                ([6, 6, 6], [1, 1, 1], 5, False, "**SHORT**"), ([4, 4, 4], [1, 1, 1], 5, False, "reached"),
                ([5, 6, 8], [1, 1, 1], 5, True, "reached"),
                ([3, 6, 8], [1, 1, 1], 5, True, "reached, unsettled"),
                ([3, 4, 8], [1, 1, 1], 5, True, "**SHORT**, unsettled")):
            bar_row = bars.judged("what", "wanted", stats.Ratio(over, under), bar, at_least)
            self.assertEqual(bar_row.verdict, wanted, (over, under, bar, at_least))
        self.assertEqual(bars.judged("", "", stats.Ratio([3], [2]), 1, form="{:.2f}x").measured, "1.50x (1.50 to 1.50)")
        self.assertEqual(bars.counted("", "", 2.5, True, "{:.1f} ms").measured, "2.5 ms")
        self.assertEqual(bars.counted("", "", 2.5, False, "{:.1f} ms").verdict, "**SHORT**")

    def test_of_cases(self):
        cases = sample()
        bar = bars.against_naive(cases)
        self.assertEqual((bar.measured.split()[0], bar.verdict), ("3.64x", "**SHORT**"))
        for name in ("in-place/walk-auto/warm", "in-place/mmap/warm"):
            self.assertIn("^" + name, bar.command)
        self.assertEqual(bars.against_memory(cases, "", 0.45).measured.split()[0], "0.50x")
        # walk-buffered was not run.
        missing = bars.auto_against_better(cases, "ext4", "1M-writes")
        self.assertEqual(missing.verdict, "not measured")
        self.assertIn("not run", missing.detail)

    def test_one_that_fails_does_not_stop_the_others(self):
        def fail(text):
            raise process.Failed(text)
        rows = bars.run_each([("a", lambda: fail("no space")), ("b", lambda: fail("WRONG BYTES in x")),
                              ("c", lambda: [bars.Bar("c", "")])])
        self.assertEqual([(row.what, row.verdict) for row in rows],
                         [("a", "not measured"), ("b", "**failed**"), ("c", "not measured")])


class Advised(unittest.TestCase):
    def test_verdicts(self):
        for defaults, wanted in (([1] * 5, "the defaults are as fast"), ([1.2] * 5, "the defaults are slower"),
                                 ([0.8] * 5, "the defaults are faster"), ([0.7, 1, 1, 1.5, 1.5], "not settled"),
                                 ([0.95, 1, 1.04], "the defaults are as fast")):
            self.assertEqual(advised.verdict(stats.Ratio(defaults, [1] * len(defaults))), wanted, defaults)

    def test_options(self):
        self.assertEqual(advised.options_of({"verdict": "reading", "io": "buffered", "threads": 1}),
                         ["--io=buffered", "--threads=1"])
        self.assertEqual(advised.options_of({"verdict": "unknown", "io": "auto", "threads": 0}), [])


class Stopped(unittest.TestCase):
    def stop(self, cases):
        arguments = types.SimpleNamespace(file_size=16, time=None, mode="--bars", dir=".")
        report = bench_run.Report(arguments, ".")
        def run_cases():
            report.cases = cases
            raise KeyboardInterrupt(15)
        report.run_cases = run_cases
        report.run_as_far_as_told()
        return report

    def test_what_was_measured_is_reported(self):
        report = self.stop(sample())
        self.assertRegex(report.remarks[0], "^..Stopped after [0-9]+ s: what is missing was not measured")
        self.assertTrue(report.bars)
        self.assertEqual(report.stop.args, (15,))

    def test_without_cases_there_is_nothing_to_report(self):
        self.assertRaises(KeyboardInterrupt, self.stop, suite.Cases())


class States(unittest.TestCase):
    QUESTION = {"work": "scan", "state": "warm", "io": "mmap", "threads": 1, "window_bytes": 0}

    def judge(self, costs):
        """What judge() says when a process costs so many seconds, by what its command has."""
        def spawn(command):
            return next(seconds for word, seconds in costs.items() if word in command), None
        image = types.SimpleNamespace(path="x.raw")
        with mock.patch.object(states, "spawn", spawn):
            return states.judge(image, self.QUESTION, 5)

    def test_the_advised_way_is_there_once(self):
        ways = states.ways(self.QUESTION)
        self.assertEqual(ways.pop("advised"), ["--io=mmap", "--threads=1"])
        self.assertNotIn(["--io=mmap", "--threads=1"], ways.values())
        self.assertEqual(len(ways), len(states.WAYS) - 1)
        with_window = states.ways({**self.QUESTION, "window_bytes": 8388608})
        self.assertEqual(len(with_window), len(states.WAYS) + 1)

    def test_a_better_way_is_found(self):
        best, ratio = self.judge({"--io=buffered": 1.0, "--io=mmap": 2.0, "--io=auto": 1.5})
        self.assertIn("--io=buffered", best)
        self.assertAlmostEqual(ratio.value, 0.5)
        self.assertEqual(states.verdict(best, ratio), "WRONG")

    def test_the_best_way_is_right(self):
        best, ratio = self.judge({"--io=buffered": 2.0, "--io=mmap": 1.0, "--io=auto": 1.5})
        self.assertEqual((best, ratio.value, states.verdict(best, ratio)), ("advised", 1.0, "right"))

    def test_the_rounds_that_choose_the_best_are_not_those_that_are_compared(self):
        times = {"advised": [1.0] * 10, "lucky": [0.5, 1.1] * 5}
        best, ratio = states.best_and_ratio(times)
        self.assertEqual((best, ratio.value), ("lucky", 1.1))

    def test_close_is_right_and_unsure_is_said(self):
        self.assertEqual(states.verdict("other", stats.Ratio([0.96] * 5, [1.0] * 5)), "right")
        self.assertEqual(states.verdict("other", stats.Ratio([0.7, 0.8, 0.9, 1.0, 1.1], [1.0] * 5)), "not settled")

    def test_places_that_cannot_be_had_are_said_and_count_as_nothing(self):
        with mock.patch.object(states, "places", lambda folder, size: [("there", states.folder_in(folder))]):
            rows = list(states.rows_of("/missing", [16], 1))
        self.assertEqual([found for _, found in rows], [None])
        self.assertRegex(rows[0][0], "^there: left out: .*/missing")

    def test_into_writes_a_file_that_goes_again(self):
        command = states.command(types.SimpleNamespace(path="x.raw"), "into", ["--io=auto"])
        self.assertEqual(command[-3:], ["-o", "x.raw.out", "x.raw"])
        self.assertNotIn("-i", command)


class Agreement(unittest.TestCase):
    def compare(self, change):
        cases = sample()
        bar_rows = [bars.Bar("first", "", "2.00x"), bars.Bar("second", "", "50.0 MiB"), bars.Bar("third", "")]
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "results.json")
            agreement.save(path, cases, bar_rows, [("date", "today")])
            change(cases, bar_rows)
            return agreement.compare(path, cases, bar_rows)

    def test_the_same_run(self):
        lines, apart = self.compare(lambda cases, rows: None)
        # Against pread in the same state, with as many threads: scan mmap, in-place mmap, walk-mmap (two windows),
        # walk-auto, memory; and the two bars with a figure.
        self.assertEqual(apart, 0)
        self.assertIn("8 of 8 median ratios agree within 10%.", lines[2])

    def test_one_that_changed(self):
        def change(cases, rows):
            for run in cases.pick("in-place", "mmap").runs:
                run["GB/s"] *= 1.2
            rows[0].measured = "2.30x"
        lines, apart = self.compare(change)
        self.assertEqual(apart, 2)
        self.assertIn("6 of 8", lines[2])
        text = "\n".join(lines)
        self.assertIn("+20%", text)
        self.assertIn("| `bar: first` | 2 | 2.3 | +15% |", text)

    def test_a_change_within_the_margin(self):
        def change(cases, rows):
            for run in cases.pick("in-place", "mmap").runs:
                run["GB/s"] *= 1.09
        self.assertEqual(self.compare(change)[1], 0)

    def test_a_machine_that_is_faster_as_a_whole(self):
        def change(cases, rows):
            for case in cases.values():
                for run in case.runs:
                    if "GB/s" in run:
                        run["GB/s"] *= 3
        self.assertEqual(self.compare(change)[1], 0)


class Plots(unittest.TestCase):
    def test_scaling(self):
        rows = plots.scaling(sample())
        self.assertEqual([row[:3] for row in rows], [("in-place", "walk-mmap", 2)])
        self.assertLessEqual(rows[0][5], rows[0][3])
        self.assertGreaterEqual(rows[0][6], rows[0][3])
        self.assertAlmostEqual(rows[0][3], 4.1 / 2.05)
        self.assertAlmostEqual(rows[0][4], 0)

    def test_without_gnuplot_nothing_is_drawn(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch("shutil.which", return_value=None):
            plotter = plots.Plotter(folder)
            plots.draw_all(plotter, sample(), 2)
            self.assertEqual((plotter.works, plotter.made, os.listdir(folder)), (False, [], []))


class Machine(unittest.TestCase):
    def test_words_of_sysfs(self):
        self.assertEqual(machine.chosen("always [madvise] never"), "madvise")
        self.assertEqual(machine.chosen("unknown"), "unknown")
        self.assertEqual(machine.first("^model name[^:]*:(.*)", "vendor: x\nmodel name\t: A B\nmodel name: C"), "A B")
        self.assertEqual(machine.read("/nowhere/at/all"), "unknown")


class Process(unittest.TestCase):
    def test_turns(self):
        """C B A first, which is not counted; then A B C, C B A in turn."""
        order = []

        def command(name):
            order.append(name)
            return len(order)
        with mock.patch("os.sync"):
            times = process.interleave({name: lambda name=name: command(name) for name in "AB"}, 3)
        self.assertEqual("".join(order), "BAABBAAB")
        self.assertEqual(times, {"A": [3, 6, 7], "B": [4, 5, 8]})

    def test_commands_that_fail(self):
        with self.assertRaises(process.Failed) as caught:
            process.output_of(["sh", "-c", "echo broken >&2; exit 3"])
        self.assertIn("exit status 3: broken", str(caught.exception))
        with self.assertRaises(process.Failed):
            process.spawn(["false"])
        seconds, usage = process.spawn(["true"])
        self.assertGreater(seconds, 0)
        self.assertGreater(usage.ru_maxrss, 0)


class Main(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Whether or not main.py runs when it is only imported: all it may do here is to print its help.
        spec = importlib.util.spec_from_file_location("report_main", os.path.join(REPORT, "main.py"))
        cls.main = importlib.util.module_from_spec(spec)
        with mock.patch("sys.argv", ["main.py", "--help"]), contextlib.redirect_stdout(io.StringIO()):
            with contextlib.suppress(SystemExit):
                spec.loader.exec_module(cls.main)

    def test_sizes(self):
        for text, wanted in (("16M", 16), ("1G", 1024), ("1.5G", 1536), ("16384K", 16), ("2T", 2 << 20),
                             ("16777216", 16), ("1g", 1024)):
            self.assertEqual(command_line.size_in_mib(text), wanted, text)
        for text in ("", "M", "15M", "16", "1x", "x", "-1G", "0", "infG", "nanG", "1e999M"):
            with self.assertRaises(argparse.ArgumentTypeError, msg=text):
                command_line.size_in_mib(text)


if __name__ == "__main__":
    unittest.main()
