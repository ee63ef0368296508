# SPDX-License-Identifier: MIT
"""The pictures of a report, drawn by gnuplot from data that is kept beside them."""
import os
import re
import shutil
import subprocess

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

    def draw(self, name, title, data, script, size="1000,520"):
        """'data': lines of blocks; the script plots them as $data. Without gnuplot nothing is drawn."""
        if not self.works or not data:
            return
        picture = os.path.join(self.folder, name + ".png")
        text = (
            HEAD.format(size=size, picture=picture, title=title)
            + "$data << END\n"
            + "\n".join(data)
            + "\nEND\n"
            + script
        )
        source = os.path.join(self.folder, name + ".gnuplot")
        with open(source, "w") as file:
            # Relative, so that it draws again wherever the folder is moved to.
            file.write(text.replace(picture, name + ".png"))
        done = subprocess.run(["gnuplot", name + ".gnuplot"], cwd=self.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"gnuplot: {done.stderr.strip()[-400:]}")
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


def by_engine(plotter, cases, work, title, threads):
    """Bars: an engine each, a colour per state."""
    engines = []
    table = {}
    for case in cases.values():
        if case.work != work or case.durable or case.window or case.threads != threads or not case.rates:
            continue
        if (case.state, case.written) in STATES:
            engines += [case.engine] if case.engine not in engines else []
            table[case.engine, case.state, case.written] = stats.median(case.rates)
    states = [s for s in STATES if any((engine, *s) in table for engine in engines)]
    order = ["memory", "mmap", "populate", "mmap-pwrite", "pread", "stdio", "direct", "uring"]
    engines.sort(key=lambda name: (order.index(name) if name in order else 99, name))
    data = [
        " ".join([f'"{engine}"'] + [f"{table.get((engine, *state), float('nan')):.4g}" for state in states])
        for engine in engines
    ]
    columns = ", ".join(
        f"$data using {i + 2}:xtic(1) title '{label(*state)}' lc rgb '{COLOURS[i]}'" for i, state in enumerate(states)
    )
    plotter.draw(
        f"{work}-by-engine",
        title,
        data if states else [],
        "set style data histograms\nset style histogram clustered gap 1\nset style fill solid 0.9 noborder\n"
        "set ylabel 'GB/s'\nset yrange [0:*]\nset xtics rotate by -25\nset key top right noreverse Right\n"
        f"plot {columns}\n",
    )


def by_window(plotter, cases):
    series = {}
    for case in cases.values():
        if case.window and case.engine == "walk-mmap" and case.rates:
            series.setdefault(case.work, []).append(
                (case.window >> 10, stats.median(case.rates), min(case.rates), max(case.rates))
            )
    data, plots = [], []
    for i, (work, points) in enumerate(sorted(series.items())):
        data += [" ".join(f"{value:.5g}" for value in point) for point in sorted(points)] + ["", ""]
        plots.append(f"$data index {i} using 1:2:3:4 with yerrorlines lw 2 pt 7 lc rgb '{COLOURS[i]}' title '{work}'")
    plotter.draw(
        "by-window",
        "Throughput against window size, mapped, in memory (medians, bars to the extremes)",
        data,
        "set logscale x 2\nset xlabel 'window (KiB)'\nset ylabel 'GB/s'\nset yrange [0:*]\nplot "
        + ", ".join(plots)
        + "\n",
    )


def scaling(cases):
    """[(work, engine, threads, speed-up, Karp-Flatt)] where one and several threads were measured."""
    rows = []
    groups = {}
    for case in cases.values():
        if case.state == "warm" and case.written == "1M-writes" and not case.window and not case.durable and case.rates:
            groups.setdefault((case.work, case.engine), {})[case.threads] = stats.median(case.rates)
    for (work, engine), rates in groups.items():
        for threads in sorted(rates):
            if threads > 1 and 1 in rates:
                speed = stats.speedup(1 / rates[1], 1 / rates[threads])
                rows.append((work, engine, threads, speed, stats.karp_flatt(speed, threads)))
    return rows


def by_threads(plotter, cases):
    rows = scaling(cases)
    if not rows:
        return
    groups = {}
    for work, engine, threads, speed, serial in rows:
        groups.setdefault(f"{work} {engine}", [(1, 1.0, float("nan"))]).append((threads, speed, serial))
    data, speeds, serials = [], [], []
    for i, (name, points) in enumerate(sorted(groups.items())):
        data += [" ".join(f"{value:.5g}" for value in point) for point in points] + ["", ""]
        style = f"with linespoints lw 2 pt {5 + i % 8} lc rgb '{COLOURS[i % len(COLOURS)]}' title '{name}'"
        speeds.append(f"$data index {i} using 1:2 {style}")
        serials.append(
            f"$data index {i} using 1:3 with points ps 1.5 pt {5 + i % 8} lc rgb '{COLOURS[i % len(COLOURS)]}' notitle"
        )
    most = max(row[2] for row in rows)
    plotter.draw(
        "by-threads",
        "Threads, file in memory",
        data,
        "set multiplot layout 1,2 title 'Threads, file in memory, 1 MiB writes'\nset title 'speed-up'\n"
        f"set xlabel 'threads'\nset xrange [0.5:{most + 0.5}]\nset xtics 1\nset yrange [0:{most + 0.5}]\n"
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
            and re.match("mmap$|populate|walk-mmap|pread|walk-buffered", case.engine)
        ):
            kind = "read and written" if case.engine in ("pread", "walk-buffered") else "mapped"
            groups[kind].append(
                (
                    stats.median(case.rates),
                    max(1, case.median("minor_faults_per_GiB")),
                    f"{case.engine}, {case.written}",
                )
            )
    data, plots = [], []
    for i, (kind, points) in enumerate(groups.items()):
        # Two blocks each: neighbours in height get their labels on different sides.
        for side in (0, 1):
            data += [f'{faults:.5g} {rate:.4g} "{name}"' for rate, faults, name in sorted(points)[side::2]] + ["", ""]
            block = f"$data index {2 * i + side}"
            plots.append(
                f"{block} using 1:2 with points pt 7 ps 1.3 lc rgb '{COLOURS[i]}' "
                + (f"title '{kind}'" if side == 0 else "notitle")
            )
            plots.append(
                f"{block} using 1:2:3 with labels {('left offset 0.8,0.1', 'right offset -0.8,0.1')[side]} "
                "font 'sans,9' notitle"
            )
    plotter.draw(
        "by-faults",
        "Page faults per GiB against throughput: in place, in memory",
        data if any(groups.values()) else [],
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
