#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Two results of bench/run side by side: of two machines, kernels or commits."""
import argparse
import json
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import costs as prices  # noqa: E402
import document  # noqa: E402
import page  # noqa: E402
import plots  # noqa: E402
import stats  # noqa: E402

VERSION = 2  # of results.json, as agreement.py writes it
FASTER, SLOWER, SAME, OPEN = "faster", "slower", "the same", "not settled"
SHOWN = 40  # cases in the picture: more cannot be read


class Unusable(Exception):
    """A file is no results of bench/run, or of another version."""


class Results:
    """One results.json."""

    def __init__(self, path):
        self.path = os.path.join(path, "results.json") if os.path.isdir(path) else path
        try:
            with open(self.path) as file:
                found = json.load(file)
        except OSError as error:
            raise Unusable(f"{self.path}: {error.strerror}") from error
        except ValueError as error:
            raise Unusable(f"{self.path}: is no JSON: {error}") from error
        if not isinstance(found, dict) or found.get("version") != VERSION:
            raise Unusable(f"{self.path}: is no results.json of this version of bench/run: measure again")
        self.facts, self.costs, self.cases = found["facts"], found["costs"], found["cases"]

    def values(self, name):
        """Of a case: the more the better; [] when it has none."""
        case = self.cases[name]
        if case.get("GB/s"):
            return list(case["GB/s"].values())
        return [1e-9 / seconds for seconds in case.get("seconds", []) if seconds > 0]

    def error(self, name):
        return next(iter(self.cases[name].get("errors", [])), "")


class Row:
    """A case that both have: B's rate against A's. They were not measured in turn, so nothing is paired."""

    def __init__(self, name, a, b):
        self.name, self.is_rate = name, bool(a.cases[name].get("GB/s"))
        self.a, self.b = a.values(name), b.values(name)
        self.ratio = stats.Ratio(self.b, self.a, paired=False)

    def verdict(self):
        if self.ratio.is_above():
            return FASTER
        if self.ratio.is_below():
            return SLOWER
        return SAME if self.ratio.is_settled() else OPEN

    def figure(self, values):
        middle = stats.median(values)
        return f"{middle:.3g} GB/s" if self.is_rate else prices.duration(1 / middle)

    def cells(self):
        return (f"`{self.name}`", self.figure(self.a), self.figure(self.b), self.ratio.text(), self.verdict())


class Comparison:
    """What can be said of two results. No input, no output."""

    def __init__(self, a, b):
        self.a, self.b = a, b
        both = [name for name in a.cases if name in b.cases]
        self.rows = [Row(name, a, b) for name in both if a.values(name) and b.values(name)]
        self.rows.sort(key=lambda row: row.ratio.value)
        self.failed = [
            (name, a.error(name), b.error(name)) for name in both if not (a.values(name) and b.values(name))
        ]
        self.only_a = [name for name in a.cases if name not in b.cases]
        self.only_b = [name for name in b.cases if name not in a.cases]

    def count(self, verdict):
        return sum(row.verdict() == verdict for row in self.rows)

    def headline(self):
        if not self.rows:
            return "B against A: no case was measured by both."
        parts = [f"{self.count(verdict)} {verdict}" for verdict in (FASTER, SLOWER, SAME, OPEN)]
        return f"B against A: of {len(self.rows)} cases {', '.join(parts)}."

    def warnings(self):
        """What makes the two unlike, and what is therefore left out."""
        found = []
        sizes = [results.facts.get("fixtures", "unknown") for results in (self.a, self.b)]
        if sizes[0] != sizes[1]:
            found.append(
                f"**The fixtures differ: A {sizes[0]}, B {sizes[1]}. "
                "Cases on files of different sizes are not compared.**"
            )
        processors = [results.facts.get("processor", "unknown").split(" ")[0] for results in (self.a, self.b)]
        if processors[0] != processors[1]:
            found.append(
                f"**A has {processors[0]} processors, B {processors[1]}. "
                "Cases with different threads are not compared.**"
            )
        for name, names in (("A", self.only_a), ("B", self.only_b)):
            if names:
                found.append(f"{len(names)} cases only {name} has; they are listed below.")
        if self.failed:
            found.append(f"{len(self.failed)} cases one of the two, or both, could not run; they are listed below.")
        return found

    def facts(self):
        keys = list(dict.fromkeys([*self.a.facts, *self.b.facts]))
        rows = [(key, self.a.facts.get(key, ""), self.b.facts.get(key, "")) for key in keys]
        return [row for row in rows if row[1] != row[2]], [row[0] for row in rows if row[1] == row[2]]

    def prices(self):
        found = []
        for key, text in prices.ROWS:
            a, b = ((results.costs or {}).get(key + "_ns") for results in (self.a, self.b))
            ratio = f"{b / a:.2f}x" if a and b else ""
            if a or b:
                found.append((text, *(prices.duration(x) if x else "not measured" for x in (a, b)), ratio))
        return found

    def document(self, pictures):
        differ, alike = self.facts()
        parts = [f"# {self.headline()}", "", f"A is `{self.a.path}`, B is `{self.b.path}`. Ratios are B's rate to A's, "
                 "above 1 B is faster; in brackets their intervals (bootstrap, 95 %).", ""]
        parts += [line for warning in self.warnings() for line in (warning, "")]
        parts += ["## What differs between them", ""]
        parts += document.table(["", "A", "B"], differ) or ["Nothing that is known.", ""]
        parts += [f"Alike: {', '.join(alike)}." if alike else "Nothing is alike.", ""]
        parts += [line for name, title in pictures for line in (f"![{title}]({name})", "")]
        if self.prices():
            parts += ["## What things cost", ""] + document.table(["what", "A", "B", "B / A"], self.prices())
        parts += ["## Cases", ""]
        cells = [row.cells() for row in self.rows]
        parts += document.table(["case", "A", "B", "B / A", "B is"], cells) or ["None.", ""]
        if self.failed:
            parts += ["## Failed", ""]
            parts += document.table(
                ["case", "A", "B"], [(f"`{name}`", a or "measured", b or "measured") for name, a, b in self.failed]
            )
        for name, names in (("A", self.only_a), ("B", self.only_b)):
            if names:
                parts += [f"## Only in {name}", ""] + [f"* `{case}`" for case in names] + [""]
        return parts

    def draw(self, plotter):
        """A point and its interval for each case, the farthest from 1 when there are many."""
        rows = sorted(self.rows, key=lambda row: max(row.ratio.value, 1 / row.ratio.value))[-SHOWN:]
        rows.sort(key=lambda row: row.ratio.value)
        short = [row.name.split("/iterations:")[0].split("/manual_time")[0].split("/real_time")[0] for row in rows]
        blocks = {"cases": [
            f'{row.ratio.value:.5g} {number} {row.ratio.low:.5g} {row.ratio.high:.5g} "{name}" "{row.ratio.value:.2f}x"'
            for number, (row, name) in enumerate(zip(rows, short))
        ]}
        plotter.draw(
            "compare",
            "B against A: ratio of rates, with intervals",
            blocks,
            "set logscale x 2\nset grid x lc rgb '#e0e0e0' lt 1\nset xlabel 'B / A'\nset key off\n"
            f"set yrange [-0.7:{len(rows) - 0.3:.5g}]\nset offsets graph 0.05, graph 0.1, 0, 0\n"
            f"set arrow from 1, graph 0 to 1, graph 1 nohead dt 2 lc rgb '#808080'\n"
            f"plot $cases using 1:2:3:4:ytic(5) with xerrorbars pt 7 lw 1.5 lc rgb '{plots.COLOURS[0]}', "
            "$cases using 4:2:6 with labels left offset 0.6,0 font 'sans,8'\n",
            size=f"1100,{120 + 22 * len(rows)}",
        )


def main():
    parser = argparse.ArgumentParser(prog="bench/compare", description=__doc__)
    parser.add_argument("a", metavar="A", help="results.json of a run, or the folder that it is in")
    parser.add_argument("b", metavar="B", help="the other one")
    parser.add_argument("--output", default=".", metavar="DIR", help="where COMPARE.md, .html and the picture go")
    arguments = parser.parse_args()
    comparison = Comparison(Results(arguments.a), Results(arguments.b))
    os.makedirs(arguments.output, exist_ok=True)
    plotter = plots.Plotter(arguments.output)
    if comparison.rows:
        comparison.draw(plotter)
    path = os.path.join(arguments.output, "COMPARE.md")
    document.write(path, [comparison.document(plotter.made)], [])
    page.write(path)
    lines = [comparison.headline(), *(warning.replace("**", "") for warning in comparison.warnings())]
    differ, _ = comparison.facts()
    lines += [f"  {key}: {a or '-'} | {b or '-'}" for key, a, b in differ]
    if not plotter.works:
        lines.append("There is no picture: there is no gnuplot (Debian: gnuplot-nox).")
    print("\n".join([*lines, f"Written: {path} and COMPARE.html"]))
    return 0 if comparison.rows else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (Unusable, OSError) as error:
        sys.exit(f"bench/compare: {error}")
