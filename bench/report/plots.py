# SPDX-License-Identifier: MIT
"""The pictures of a report, drawn by gnuplot from data that is kept beside them."""
import os
import shutil
import subprocess

import contests
import stats

HEAD = """set terminal pngcairo size {size} font 'sans,11' noenhanced background rgb 'white'
set output '{picture}'
set border 3 lc rgb '#808080'
set tics nomirror tc rgb '#303030'
set grid y lc rgb '#e0e0e0' lt 1
set key top left reverse Left
set title '{title}' font 'sans,13'
"""
COLOURS = ("#1b6ca8", "#d1495b", "#edae49", "#66a182", "#8d6a9f", "#50514f")


class Plotter:
    def __init__(self, folder):
        self.folder, self.made = folder, []
        self.works = shutil.which("gnuplot") is not None

    def gnuplot(self, arguments, **how):
        done = subprocess.run(["gnuplot", *arguments], cwd=self.folder, capture_output=True, text=True, **how)
        if done.returncode != 0:
            raise RuntimeError(f"gnuplot: {done.stderr.strip()[-400:]}")

    def draw(self, name, title, blocks, script, size="1000,520"):
        """'blocks': {name: [line]}, which the script plots as $name. Without gnuplot nothing is drawn. NAME.png is for
        RESULTS.md, NAME.svg for the page."""
        if not self.works or not any(blocks.values()):
            return
        data = "".join(f"${block} << END\n" + "".join(line + "\n" for line in lines) + "END\n"
                       for block, lines in blocks.items())
        # Relative, so that it draws again wherever the folder is moved to.
        text = HEAD.format(size=size, picture=name + ".png", title=title) + data + script
        with open(os.path.join(self.folder, name + ".gnuplot"), "w") as file:
            file.write(text)
        self.gnuplot([name + ".gnuplot"])
        vector = text.replace("terminal pngcairo", "terminal svg", 1).replace(name + ".png", name + ".svg", 1)
        self.gnuplot(["-"], input=vector)
        self.made.append((name + ".png", title))


STATES = [
    ("warm", "1M-writes"),
    ("warm", "4K-writes"),
    ("warm", "read-back"),
    ("cold", "read-back"),
    ("small-memory", "read-back"),
]


def label(state, written):
    return {"warm": f"in memory, {written}", "cold": "from the device", "small-memory": "8 x the memory limit"}[state]


def point(x, values):
    """x, the median, the least, the greatest, and the median in digits."""
    middle = stats.median(values)
    return f'{x:.5g} {middle:.5g} {min(values):.5g} {max(values):.5g} "{middle:.3g}"'


# How a case that could not be timed is shown: by the word, where its value would be.
FAILED = "$failed using 1:(0):2 with labels rotate by 90 left offset 0,0.5 tc rgb '#c00000' font 'sans,9' notitle"
ORDER = ["memory", "mmap", "populate", "mmap-pwrite", "pread", "stdio", "direct", "uring"]


def by_engine(plotter, cases, work, title, threads):
    """Bars: an engine each, a colour per state; with the extremes, the values, and what failed."""
    found = {}
    for case in cases.values():
        if case.work != work or case.durable or case.window or case.threads != threads:
            continue
        if (case.state, case.written) in STATES and (case.rates or case.errors):
            found[case.engine, case.state, case.written] = case
    engines = sorted({key[0] for key in found}, key=lambda name: (ORDER.index(name) if name in ORDER else 99, name))
    states = [state for state in STATES if any((engine, *state) in found for engine in engines)]
    width = 0.84 / max(1, len(states))
    blocks, plots = {}, []
    blocks["failed"] = []
    for number, state in enumerate(states):
        lines = blocks.setdefault(f"state{number}", [])
        for place, engine in enumerate(engines):
            case, x = found.get((engine, *state)), place + (number - (len(states) - 1) / 2) * width
            if case and case.rates:
                lines.append(point(x, case.rates))
            elif case:
                blocks["failed"].append(f'{x:.5g} "failed"')
        if not lines:
            del blocks[f"state{number}"]
            continue
        plots += [
            f"$state{number} using 1:2 with boxes title '{label(*state)}' lc rgb '{COLOURS[number]}'",
            f"$state{number} using 1:2:3:4 with yerrorbars pt 0 ps 0 lw 1.2 lc rgb '#202020' notitle",
            f"$state{number} using 1:4:5 with labels rotate by 90 left offset 0,0.5 font 'sans,8' notitle",
        ]
    if blocks["failed"]:
        plots.append(FAILED)
    else:
        del blocks["failed"]
    ticks = ", ".join(f"'{engine}' {place}" for place, engine in enumerate(engines))
    plotter.draw(
        f"{work}-by-engine",
        title,
        blocks,
        f"set boxwidth {width * 0.92:.4g}\nset style fill solid 0.9 noborder\nset errorbars small\n"
        "set ylabel 'GB/s (medians, bars to the extremes)'\nset yrange [0:*]\nset offsets 0,0,graph 0.12,0\n"
        f"set xtics ({ticks}) rotate by -25\nset xrange [-0.6:{len(engines) - 0.4:.5g}]\n"
        f"set key top right noreverse Right\nplot {', '.join(plots)}\n",
    )


def by_window(plotter, cases):
    series, failed = {}, []
    for case in cases.values():
        if not case.window or case.engine != "walk-mmap":
            continue
        if case.rates:
            series.setdefault(case.work, []).append((case.window >> 10, case.rates))
        elif case.errors:
            failed.append(f'{case.window >> 10} "{case.work} failed"')
    blocks, plots = {}, []
    for i, (work, points) in enumerate(sorted(series.items())):
        blocks[f"work{i}"] = [point(x, values) for x, values in sorted(points)]
        # Two lines that lie close to each other have their values above and below.
        place = f"left offset 0.6,{(0.7, -0.7)[i % 2]} tc rgb '{COLOURS[i]}' font 'sans,8'"
        plots += [
            f"$work{i} using 1:2:3:4 with yerrorlines lw 2 pt 7 lc rgb '{COLOURS[i]}' title '{work}'",
            f"$work{i} using 1:2:5 with labels {place} notitle",
        ]
    if failed:
        blocks["failed"] = failed
        plots.append(FAILED)
    plotter.draw(
        "by-window",
        "Throughput against window size, mapped, in memory (medians, bars to the extremes)",
        blocks,
        "set logscale x 2\nset xlabel 'window (KiB)'\nset ylabel 'GB/s'\nset yrange [0:*]\n"
        f"set offsets graph 0.04, graph 0.06, graph 0.12, 0\nplot {', '.join(plots)}\n",
    )


def scaling(cases):
    """[(work, engine, threads, speed-up, Karp-Flatt, least and greatest speed-up)] where one and several threads were
    measured."""
    rows = []
    groups = {}
    for case in cases.values():
        if case.state == "warm" and case.written == "1M-writes" and not case.window and not case.durable and case.rates:
            groups.setdefault((case.work, case.engine), {})[case.threads] = case
    for (work, engine), found in groups.items():
        for threads in sorted(found):
            if threads > 1 and 1 in found:
                # Both were measured in the same rounds, but not one behind the other.
                ratio = stats.Ratio(found[threads].rates, found[1].rates, paired=False)
                serial = stats.karp_flatt(ratio.value, threads)
                rows.append((work, engine, threads, ratio.value, serial, ratio.low, ratio.high))
    return rows


def by_threads(plotter, cases):
    rows = scaling(cases)
    if not rows:
        return
    groups = {}
    for work, engine, threads, speed, serial, low, high in rows:
        start = (1, 1.0, 1.0, 1.0, float("nan"))
        groups.setdefault(f"{work} {engine}", [start]).append((threads, speed, low, high, serial))
    blocks, speeds, serials = {}, [], []
    for i, (name, points) in enumerate(sorted(groups.items())):
        blocks[f"group{i}"] = [
            " ".join(f"{value:.5g}" for value in (place[0] + 0.02 * i, *place[1:])) + f' "{place[1]:.2f}"'
            for place in points
        ]
        colour = f"lc rgb '{COLOURS[i % len(COLOURS)]}'"
        speeds += [
            f"$group{i} using 1:2:3:4 with yerrorlines lw 2 pt {5 + i % 8} {colour} title '{name}'",
            f"$group{i} using 1:($1 > 1.5 ? $2 : NaN):6 with labels left offset 0.8,{i % 3 - 1} font 'sans,8' notitle",
        ]
        serials.append(f"$group{i} using 1:5 with points ps 1.5 pt {5 + i % 8} {colour} notitle")
    most = max(row[2] for row in rows)
    plotter.draw(
        "by-threads",
        "Threads, file in memory",
        blocks,
        "set multiplot layout 1,2 title 'Threads, file in memory, 1 MiB writes'\nset title 'speed-up'\n"
        f"set xlabel 'threads'\nset xrange [0.5:{most + 0.5}]\nset xtics 1\nset yrange [0:*]\n"
        "set key top left font 'sans,9'\n"
        f"plot x with lines dt 2 lc rgb '#a0a0a0' title 'ideal', {', '.join(speeds)}\n"
        "set title 'serial share (Karp-Flatt)'\nset yrange [*:*]\nset ylabel ''\n"
        f"plot 0 with lines dt 2 lc rgb '#a0a0a0' notitle, {', '.join(serials)}\nunset multiplot\n",
        size="1200,520",
    )


def by_faults(plotter, cases, threads):
    """A point per engine and fixture; mapped and read ones in two colours, labels left and right in turn."""
    groups = {"mapped": [], "read and written": []}
    for case in cases.values():
        if (
            case.work == "in-place"
            and case.state == "warm"
            and not case.durable
            and not case.window
            and case.rates
            and case.threads == threads
            and (case.engine in contests.MAPPED or case.engine in ("pread", "walk-buffered"))
        ):
            kind = "read and written" if case.engine in ("pread", "walk-buffered") else "mapped"
            faults = max(1, case.median("minor_faults_per_GiB"))
            groups[kind].append((stats.median(case.rates), faults, min(case.rates), max(case.rates), case))
    blocks, plots = {}, []
    for i, (kind, points) in enumerate(groups.items()):
        # Two blocks each: neighbours in height get their labels on different sides.
        for side in (0, 1):
            lines = [
                f'{faults:.5g} {rate:.4g} {low:.4g} {high:.4g} "{case.engine}, {case.written}: {rate:.3g}"'
                for rate, faults, low, high, case in sorted(points, key=lambda entry: entry[:2])[side::2]
            ]
            if not lines:
                continue
            block = f"kind{i}side{side}"
            blocks[block] = lines
            plots.append(
                f"${block} using 1:2:3:4 with yerrorbars pt 7 ps 1.3 lc rgb '{COLOURS[i]}' "
                + (f"title '{kind}'" if side == 0 else "notitle")
            )
            plots.append(
                f"${block} using 1:2:5 with labels {('left offset 0.8,0.1', 'right offset -0.8,0.1')[side]} "
                "font 'sans,9' notitle"
            )
    plotter.draw(
        "by-faults",
        "Page faults per GiB against throughput: in place, in memory",
        blocks,
        "set logscale x\nset xrange [10:4e7]\nset yrange [0:*]\nset xlabel 'minor page faults per GiB'\n"
        "set ylabel 'GB/s'\nset key top right noreverse Right\nplot " + ", ".join(plots) + "\n",
    )


def draw_all(plotter, cases, threads):
    by_engine(plotter, cases, "in-place", "Brighten in place: throughput by engine and state of the file", threads)
    by_engine(plotter, cases, "scan", "Read scan: throughput by engine and state of the file", threads)
    by_engine(plotter, cases, "into", "Into a new file: throughput by engine and state of the input", threads)
    by_window(plotter, cases)
    by_threads(plotter, cases)
    by_faults(plotter, cases, threads)
