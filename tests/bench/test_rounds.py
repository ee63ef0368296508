# SPDX-License-Identifier: MIT
"""Rounds, verdicts and the page of bench/run, of an mmbench that is made up and a clock that is told the time."""
import io
import os
import sys
import tempfile
import unittest
from unittest import mock

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "../../bench/report"))

import contests  # noqa: E402
import costs  # noqa: E402
import document  # noqa: E402
import page  # noqa: E402
import peers  # noqa: E402
import plots  # noqa: E402
import progress  # noqa: E402
import readme  # noqa: E402
import rounds  # noqa: E402
import stats  # noqa: E402
import suite  # noqa: E402

END = "/MiB:16/threads:2/iterations:1/manual_time"
MMAP, PREAD = "scan/mmap/warm/1M-writes" + END, "scan/pread/warm/1M-writes" + END
IN_MMAP, IN_PREAD = "in-place/mmap/warm/1M-writes" + END, "in-place/pread/warm/1M-writes" + END
WINDOW = "scan/walk-mmap/warm/1M-writes/MiB:16/threads:2/window_KiB:64/iterations:1/manual_time"
HIT = "hit/mmap/warm/read-back/MiB:16/real_time"


def entry(name, rate, number=None):
    found = {"run_name": name, "run_type": "iteration", "GB/s": rate, "real_time": 1 / rate, "time_unit": "ms",
             "minor_faults_per_GiB": 1000}
    if number is not None:
        found["repetition_index"] = number
    return found


def cases_of(rates):
    """{name: rates in rounds 0, 1, ...}"""
    cases = suite.Cases()
    for name, values in rates.items():
        suite.add(cases, [entry(name, value, number) for number, value in enumerate(values)])
    return cases


class Fake:
    """A session whose rates are functions of how often a case was run, and whose runs take so many seconds."""

    def __init__(self, rates, seconds=1.0):
        self.rates, self.seconds, self.now, self.ran = rates, seconds, 0.0, []

    def run(self, names, seconds):
        self.ran.append(list(names))
        self.now += self.seconds * len(names)
        counts = {name: sum(name in names_ for names_ in self.ran) - 1 for name in names}
        return [self.one(name, counts[name]) for name in names]

    def one(self, name, count):
        rate = self.rates[name](count)
        if rate is None:
            return {"run_name": name, "run_type": "iteration", "error_occurred": True, "error_message": "no"}
        return entry(name, rate)


def measured(fake, names, limit=1e9, **how):
    plan = rounds.Plan(names, 2, **how)
    show = progress.Progress(progress.Clock(limit, lambda: fake.now), io.StringIO())
    with mock.patch("time.monotonic", lambda: fake.now):
        cases = rounds.run(fake, plan, lambda: limit - fake.now, show)
    return cases, plan


def steady(rate):
    return lambda count: rate


def wavering(count):
    return (1.0, 2.0, 3.0)[count % 3]


class Rounds(unittest.TestCase):
    def test_what_is_settled_is_not_run_again(self):
        fake = Fake({MMAP: steady(2.0), PREAD: steady(1.0)})
        cases, plan = measured(fake, [MMAP, PREAD])
        self.assertEqual(len(fake.ran), stats.LEAST)
        self.assertEqual(cases[MMAP].by_round, dict.fromkeys(range(stats.LEAST), 2.0))
        self.assertEqual((plan.unsettled(cases), plan.cut), ([], False))

    def test_what_is_not_settled_is_run_until_it_never_will_be(self):
        fake = Fake({MMAP: wavering, PREAD: steady(1.0), IN_MMAP: steady(1.0), IN_PREAD: steady(3.0)})
        cases, plan = measured(fake, [MMAP, PREAD, IN_MMAP, IN_PREAD], most=9)
        self.assertEqual({name: len(case.runs) for name, case in cases.items()},
                         {MMAP: 9, PREAD: 9, IN_MMAP: stats.LEAST, IN_PREAD: stats.LEAST})
        self.assertEqual([contest.name for contest in plan.unsettled(cases)],
                         ["scan, warm, 1M-writes: mmap / pread"])
        self.assertFalse(plan.cut)

    def test_windows_and_accesses_run_a_few_times(self):
        fake = Fake({MMAP: steady(2.0), PREAD: steady(1.0), WINDOW: wavering, HIT: wavering})
        cases, _ = measured(fake, [HIT, WINDOW, MMAP, PREAD], few=2)
        self.assertEqual({name: len(case.runs) for name, case in cases.items()},
                         {MMAP: stats.LEAST, PREAD: stats.LEAST, WINDOW: 2, HIT: 2})
        # What is compared comes first, each with its own.
        self.assertEqual(fake.ran[0], [MMAP, PREAD])

    def test_the_time_is_kept(self):
        for limit in (1, 5, 11, 23):
            fake = Fake({MMAP: wavering, PREAD: steady(1.0), IN_MMAP: wavering, IN_PREAD: steady(1.0)}, seconds=2.0)
            cases, plan = measured(fake, [MMAP, PREAD, IN_MMAP, IN_PREAD], limit)
            # Nobody knows what a first run takes; every later one fits.
            self.assertLessEqual(fake.now, max(limit, 8.0))
            self.assertTrue(plan.cut)
            self.assertTrue(plan.unsettled(cases))

    def test_no_time_at_all(self):
        fake = Fake({MMAP: steady(1.0)})
        cases, plan = measured(fake, [MMAP], 0)
        self.assertEqual((dict(cases), fake.ran, plan.cut), ({}, [], True))

    def test_what_cannot_be_run_is_tried_once(self):
        fake = Fake({MMAP: lambda count: None, PREAD: steady(1.0)})
        cases, _ = measured(fake, [MMAP, PREAD])
        self.assertEqual((cases[MMAP].errors, cases[MMAP].runs), (["no"], []))
        self.assertEqual(sum(MMAP in names for names in fake.ran), 1)

    def test_a_run_that_does_not_end(self):
        class Late(Fake):
            def run(self, names, seconds):
                entries = super().run(names, seconds)
                if len(self.ran) > 2:
                    raise suite.TimeUp(entries[:1])
                return entries
        fake = Late({MMAP: wavering, PREAD: steady(1.0)})
        cases, plan = measured(fake, [MMAP, PREAD])
        self.assertEqual((len(fake.ran), plan.cut, plan.ended), (3, True, True))
        self.assertEqual((len(cases[MMAP].runs), len(cases[PREAD].runs)), (3, 2))
        # A round that has only one of two is no pair.
        self.assertEqual(suite.pairs(cases[MMAP], cases[PREAD])[1], [1.0, 1.0])

    def test_groups(self):
        self.assertEqual(rounds.grouped([HIT, WINDOW, MMAP, IN_PREAD, PREAD], 2),
                         {("", "scan", "warm", "1M-writes", False): [MMAP, PREAD],
                          ("", "in-place", "warm", "1M-writes", False): [IN_PREAD],
                          ("", "hit"): [HIT], ("sweep", "scan", "warm", "1M-writes", False): [WINDOW]})


class Verdicts(unittest.TestCase):
    def word(self, mapped, read):
        found = contests.verdicts(cases_of({MMAP: mapped, PREAD: read}), 2)
        self.assertEqual(len(found), 1)
        return found[0]

    def test_words(self):
        for mapped, read, wanted in (([2.0] * 5, [1.0] * 5, "map"), ([1.0] * 5, [2.0] * 5, "read"),
                                     ([1.0] * 5, [1.02] * 5, "either"), ([1.0] * 4, [1.02] * 4, "not settled"),
                                     ([1.0, 1.0, 1.5, 0.7, 0.6], [1.0] * 5, "not settled"),
                                     # One or two rounds say nothing, however far apart.
                                     ([9.0] * 2, [1.0] * 2, "not settled"), ([1.0], [9.0], "not settled"),
                                     # The pair of each round says the same, whatever disturbed the machine.
                                     ([2.0, 4.0, 0.2, 2.0, 8.0], [1.0, 2.0, 0.1, 1.0, 4.0], "map"),
                                     # Far above, if not to 5 %: the direction is known.
                                     ([2.0, 4.0, 3.0, 2.5, 5.0], [1.0] * 5, "map")):
            self.assertEqual(self.word(mapped, read).word(), wanted, (mapped, read))
        self.assertEqual(self.word([1.0] * 5, [2.0] * 5).times(), (2, 2, 2))
        self.assertEqual(document.verdict(self.word([1.0, 1.0, 1.0], [2.0, 4.0, 5.0])), "read: 4.00x (2.00 to 5.00)")

    def test_headline(self):
        names = {MMAP: [1.0] * 5, PREAD: [10.0] * 5, IN_MMAP: [3.0] * 5, IN_PREAD: [1.0] * 5}
        self.assertEqual(document.headline(cases_of(names), 2, {"reason": "a page costs much"}),
                         "Map or read? Map: changes in place 3.0x; read: scans 10.0x (a page costs much).")
        names[IN_MMAP] = [0.1] * 5
        self.assertEqual(document.headline(cases_of(names), 2, {}),
                         "Map or read? Read: changes in place 10.0x, scans 10.0x.")
        names[PREAD] = [10.0, 0.1, 10.0, 0.1, 1.0]
        self.assertTrue(document.headline(cases_of(names), 2, {}).endswith("; not settled: scans 1.0x."))
        self.assertEqual(document.headline(suite.Cases(), 2, {}), "Map or read? Nothing was measured that says so.")

    def test_what_is_not_settled_is_named(self):
        plan = rounds.Plan([MMAP, PREAD], 2)
        settled = cases_of({MMAP: [2.0] * 5, PREAD: [1.0] * 5})
        self.assertEqual(document.unsettled_part((plan, settled, [])),
                         ["Every ratio is settled: its interval lies within 5 % of it.", ""])
        cases = cases_of({MMAP: [2.0, 3.0], PREAD: [1.0, 1.0]})
        plan.cut = True
        text = "\n".join(document.unsettled_part((plan, cases, [WINDOW])))
        self.assertIn("The time was up", text)
        self.assertIn("* scan, warm, 1M-writes: mmap / pread: 2.50x (2.00 to 3.00), 2 rounds", text)
        self.assertIn(f"* `{WINDOW}`", text)
        # One that failed has no pair, and says so rather than nothing.
        cases = cases_of({MMAP: [2.0]})
        suite.add(cases, [entry(PREAD, 1.0, 7)])
        self.assertIn("mmap / pread: no pair", "\n".join(document.unsettled_part((plan, cases, []))))

    def test_bars_are_pairs_too(self):
        names = {"in-place/walk-auto/warm/1M-writes" + END: [4.0, 8.0, 4.0], IN_MMAP: [1.0, 2.0, 1.0]}
        found = contests.bars(cases_of(names), 2)
        self.assertEqual([(contest.name, contest.ratio.value) for contest in found],
                         [("in-place, warm, 1M-writes: walk-auto / mmap", 4)])


class Costs(unittest.TestCase):
    def test_durations(self):
        for value, wanted in ((0.0123, "0.012 ns"), (4.94, "4.9 ns"), (999.4, "999 ns"), (999.9, "1.0 us"),
                              (51e3, "51 us"), (2.7e6, "2.7 ms"), (3e9, "3.0 s")):
            self.assertEqual(costs.duration(value), wanted)

    def test_rows(self):
        found = {"system_call_ns": 210.0, "system_call_spread": 0.5, "copied_byte_cache_ns": 0.0125,
                 "copied_byte_cache_spread": 0.01, "page_fault_ns": None, "page_fault_error": "no memory"}
        rows = dict((row[0], row[1:]) for row in costs.rows(found))
        self.assertEqual(rows["a system call"], ("210 ns", "50%"))
        self.assertEqual(rows["a byte copied in the cache"], ("0.013 ns (80.0 GB/s)", "1%"))
        self.assertEqual(rows["a page fault: first touch of fresh memory"], ("", "not measured: no memory"))
        self.assertEqual(len(rows), len(costs.ROWS))

    def test_what_a_page_costs_a_work(self):
        found = {"mapped_page_read_ns": 90.0, "mapped_page_changed_ns": 5200.0, "read_page_ns": 310.0}
        self.assertEqual(costs.of_work(found, "scan"), "a page: 90 ns mapped and touched first, 310 ns read")
        self.assertEqual(costs.of_work(found, "in-place"), "a page: 5.2 us mapped and touched first, 310 ns read")
        self.assertEqual((costs.of_work({}, "scan"), costs.of_work(None, "scan")), ("", ""))


class Peer:
    def __init__(self, name, job):
        self.name, self.job, self.title, self.version = name, job, name.upper(), "1.0"


class Readme(unittest.TestCase):
    FACTS = [("date", "2026-01-02"), ("processor", "2 x Some"), ("memory", "8 GiB"), ("kernel", "6.1"),
             ("file system", "ext4 (rw)"), ("mmview", "0.1.0")]

    def results(self):
        times = {"peer": [2.0] * 5, "mmbright": [0.5] * 5}
        return [peers.Result(Peer("slow", "inplace"), times), peers.Result(Peer("quick", "copy"), {
            "peer": [0.25] * 5, "mmbright": [0.5] * 5}),
                peers.Result(Peer("none", "into"), why="skipped: none is missing")]

    def test_the_table(self):
        bar = mock.Mock(what="against fio: direct", measured="1.00 (0.98 to 1.02)", detail="direct 2 GB/s; fio 2 GB/s")
        text = "\n".join(readme.block(self.results(), [bar, mock.Mock(measured="")], self.FACTS, 1000))
        self.assertIn("| SLOW (1.0) | in place | 0.52 | 2.10 | 4.0x (4.0 to 4.0) |", text)
        self.assertIn("| QUICK (1.0) | a copy, mmbright brightens it | 4.19 | 2.10 | 0.5x (0.5 to 0.5) |", text)
        self.assertIn("| against fio: direct | cold read |  | direct 2 GB/s; fio 2 GB/s | 1.00 (0.98 to 1.02) |", text)
        self.assertIn("2026-01-02, 2 x Some, 8 GiB, Linux 6.1, ext4, mmview 0.1.0.", text)
        self.assertIn("Not measured: none (skipped: none is missing).", text)

    def test_the_place(self):
        text = f"a\n{readme.BEGIN}\nold\n{readme.END}\nb\n"
        once = readme.filled(text, ["new", "er"])
        self.assertEqual(once, f"a\n{readme.BEGIN}\nnew\ner\n{readme.END}\nb\n")
        self.assertEqual(readme.filled(once, ["new", "er"]), once)
        for wrong in ("", readme.BEGIN, readme.END + readme.BEGIN, text + text):
            with self.assertRaises(ValueError):
                readme.filled(wrong, [])
        with open(os.path.join(HERE, "../../docs/speed.md")) as file:
            readme.filled(file.read(), [])  # ours has the place

    def test_the_headline(self):
        self.assertEqual(document.peers_headline(self.results()),
                         "Of 2 programs on the same job mmbright is faster than 1, slower than 1; 0 not settled or "
                         "alike, 1 not measured")


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Showing(unittest.TestCase):
    def test_a_log_has_lines(self):
        now = [0.0]
        shown = progress.Progress(progress.Clock(180, lambda: now[0]), io.StringIO())
        now[0] = 47
        shown.step("round 1")
        shown.show("nobody looks")
        shown.note("SKIPPED: x")
        self.assertEqual(shown.stream.getvalue(), "[0:47, 2:13 left] round 1\n[0:47, 2:13 left] SKIPPED: x\n")
        self.assertEqual(shown.end(), [])

    def test_a_terminal_has_one_line_that_goes_away(self):
        now = [0.0]
        shown = progress.Progress(progress.Clock(None, lambda: now[0]), Terminal())
        shown.show("round 1", 65)
        shown.show("round", 5)
        shown.note("SKIPPED: x")
        text = shown.stream.getvalue()
        self.assertTrue(text.startswith("\r[0:00, about 1:05 left] round 1\r[0:00, about 0:05 left] round  "), text)
        self.assertEqual(shown.end(), ["SKIPPED: x"])
        last = shown.stream.getvalue()[len(text):]
        self.assertEqual(last.strip("\r "), "")
        self.assertTrue(last.endswith("\r"))
        self.assertNotIn("\n", shown.stream.getvalue())

    def test_less_time_than_is_left(self):
        clock = progress.Clock(100, lambda: 0)
        self.assertEqual(progress.Progress(clock, io.StringIO()).head(30), "[0:00, 0:30 left] ")
        self.assertEqual(progress.Progress(clock, io.StringIO()).head(300), "[0:00, 1:40 left] ")


class Page(unittest.TestCase):
    def test_what_a_report_is_made_of(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "a.svg"), "w") as file:
                file.write('<?xml version="1.0"?>\n<svg><g id="x"/><use xlink:href=\'#x\'/><a fill="url(#x)"/></svg>')
            text = page.page("# A <b>\n\n| a | `b\\|c` |\n|---|---|\n| 1 | **x** & y |\n| 2 |  |\n\n* one\n* two\n\n"
                             "![P](a.png)\n\n![Q](b.png)\n\nWords.\n", folder)
        for part in ("<title>A &lt;b&gt;</title>", "<h1>A &lt;b&gt;</h1>", '<th scope="col"><code>b|c</code></th>',
                     "<td><strong>x</strong> &amp; y</td>", "<tr><td>2</td><td></td></tr>",
                     "<ul>\n<li>one</li>\n<li>two</li>\n</ul>", "<p>Words.</p>", 'id="a-x"', "href='#a-x'", "url(#a-x)",
                     "<figcaption>P</figcaption>", "<p>Q: the picture could not be drawn.</p>"):
            self.assertIn(part, text)
        self.assertNotIn("<?xml", text)
        self.assertEqual(text.count("<table>"), 1)


class Pictures(unittest.TestCase):
    def drawn(self, cases):
        """{name: (blocks, script)}"""
        found = {}
        plotter = mock.Mock()
        plotter.draw = lambda name, title, blocks, script, size="": found.setdefault(name, (blocks, script))
        plots.draw_all(plotter, cases, 2)
        return found

    def test_error_bars_values_and_what_failed(self):
        cases = cases_of({IN_MMAP: [1.0, 2.0, 4.0]})
        suite.add(cases, [{"run_name": IN_PREAD, "run_type": "iteration", "error_occurred": True,
                           "error_message": "no"}])
        blocks, script = self.drawn(cases)["in-place-by-engine"]
        self.assertEqual(blocks["state0"], ['0 2 1 4 "2"'])
        self.assertEqual(blocks["failed"], ['1 "failed"'])
        self.assertIn("'mmap' 0, 'pread' 1", script)
        for word in ("yerrorbars", "with labels", "$failed using"):
            self.assertIn(word, script)

    def test_all_windows(self):
        names = {WINDOW.replace("window_KiB:64", f"window_KiB:{size}"): [1.0, 2.0, 1.5] for size in (64, 256, 2048)}
        blocks, script = self.drawn(cases_of(names))["by-window"]
        self.assertEqual(blocks["work0"], ['64 1.5 1 2 "1.5"', '256 1.5 1 2 "1.5"', '2048 1.5 1 2 "1.5"'])
        self.assertIn("yerrorlines", script)


if __name__ == "__main__":
    unittest.main()
