# SPDX-License-Identifier: MIT
"""The bars: what mmview promises about its speed, as ratios within one run, reached or short."""
import json
import os
import shutil
import subprocess
import time

import stats
import suite
from process import (
    AMOUNT,
    BUILD32,
    PHOTO,
    Failed,
    Image,
    evict,
    in_place,
    interleave,
    output_of,
    peak_private,
    plain,
    spawn,
    tool,
)


SMALL_SECONDS = 8  # in which 200 small processes of each kind are started, or as many as can be


class Bar:
    """One line: what, measured, wanted; or why it could not be measured."""

    def __init__(self, what, wanted, measured="", verdict="not measured", detail="", command=""):
        self.what, self.wanted, self.measured = what, wanted, measured
        self.verdict, self.detail, self.command = verdict, detail, command


def judged(what, wanted, ratio, bar, at_least=True, form="{:.2f}", detail="", command=""):
    """A bar on a stats.Ratio. When the interval would allow the other verdict too, the line says so."""
    verdict = "reached" if ratio.meets(bar, at_least) else "**SHORT**"
    if not ratio.is_certain(bar):
        verdict += ", unsettled"
    return Bar(what, wanted, ratio.text(form), verdict, detail, command)


def counted(what, wanted, value, good, form, detail="", command=""):
    return Bar(what, wanted, form.format(value), "reached" if good else "**SHORT**", detail, command)


# ---- from mmbench's cases -------------------------------------------------------------------------------------------


def of_cases(what, wanted, cases, over, under, bar, command="mmbench"):
    """A bar on the rates of two cases of one run of mmbench."""
    a, b = cases.pick(*over), cases.pick(*under)
    if not a or not b or not suite.pairs(a, b)[0]:
        return Bar(what, wanted, detail="a case of it was not run or could not be: see the tables")
    detail = f"{stats.median(a.rates):.2f} and {stats.median(b.rates):.2f} GB/s"
    return judged(
        what,
        wanted,
        stats.Ratio(*suite.pairs(a, b)),
        bar,
        form="{:.2f}x",
        detail=detail,
        command=f"{command} --benchmark_filter='{a.filter()}|{b.filter()}'",
    )


def against_naive(cases, place=""):
    return of_cases(
        f"in place{place}, 1 MiB writes, against a naive whole-file map",
        ">= 5x",
        cases,
        ("in-place", "walk-auto", "warm", "1M-writes"),
        ("in-place", "mmap", "warm", "1M-writes"),
        5,
    )


def against_memory(cases, place, bar):
    return of_cases(
        f"the same{place} against memory alone",
        f">= {bar}",
        cases,
        ("in-place", "walk-auto", "warm", "1M-writes"),
        ("in-place", "memory", "warm", "1M-writes"),
        bar,
    )


def auto_against_better(cases, place, written):
    what = f"--io=auto against the better of mmap and buffered: {place}, {written}"
    found = [cases.pick("in-place", engine, "warm", written) for engine in ("walk-auto", "walk-mmap", "walk-buffered")]
    if not all(found) or not all(suite.pairs(found[0], other)[0] for other in found[1:]):
        return Bar(what, ">= 0.9", detail="a case of it was not run or could not be: see the tables")
    auto, mapped, buffered = found
    better = max((mapped, buffered), key=lambda case: stats.median(case.rates))
    detail = "auto {:.2f}, mmap {:.2f}, buffered {:.2f} GB/s".format(*(stats.median(case.rates) for case in found))
    return judged(
        what,
        ">= 0.9",
        stats.Ratio(*suite.pairs(auto, better)),
        0.9,
        detail=detail,
        command=f"mmbench --benchmark_filter='{auto.filter()}|{mapped.filter()}|{buffered.filter()}'",
    )


# ---- of whole processes ---------------------------------------------------------------------------------------------


class Processes:
    """Bars on mmbright as users run it, in turn with what it is compared with."""

    def __init__(self, folder, size_mib, rounds):
        self.folder, self.size_mib, self.rounds = folder, size_mib, rounds
        self.bytes = size_mib << 20

    def path(self, name):
        return os.path.join(self.folder, name + ".raw")

    def image(self, name, factor=1):
        return Image(self.path(name), factor * self.size_mib)

    def rates(self, times):
        return "; ".join(
            f"{name} {self.bytes / stats.median(values) / 1e9:.2f} GB/s (spread {stats.spread(values):.0%})"
            for name, values in times.items()
        )

    def copy(self):
        image = self.image("copied")
        ours, theirs = self.path("ours"), self.path("theirs")

        def measured(command, path):
            if os.path.exists(path):
                os.unlink(path)
            os.sync()
            return spawn(command)[0]

        command = [tool("mmbright"), "-q", "--type=i16le", f"--add={AMOUNT}", "-o", ours, image.path]
        try:
            times = interleave(
                {
                    "mmbright -o": lambda: measured(command, ours),
                    "cp": lambda: measured(["cp", image.path, theirs], theirs),
                },
                self.rounds,
            )
            image.check(theirs)
            image.count()
            image.check(ours)
        finally:
            for path in (ours, theirs, image.path):
                if os.path.exists(path):
                    os.unlink(path)
        ratio = stats.Ratio(times["mmbright -o"], times["cp"])
        return [
            judged(
                "mmbright -o into a new file: time against cp",
                "<= 0.6",
                ratio,
                0.6,
                False,
                detail=self.rates(times),
                command=f"{' '.join(command)}; cp FILE OUT",
            )
        ]

    def compare_in_place(self, name, what, wanted, bar, without, added, prepare=lambda image: None):
        """Two ways to run mmbright in place; the ratio of the first's time to the second's."""
        image = self.image(name)
        commands = {"without": without(image.path), "with": added(image.path)}
        limits = {"without": 0, "with": 262144 if "ulimit" in what else 0}
        try:
            prepare(image)
            times = interleave(
                {key: lambda key=key: spawn(commands[key], limit_kib=limits[key])[0] for key in commands}, self.rounds
            )
            image.count(2 * (self.rounds + 1))
            image.check()
        finally:
            image.remove()
        return [
            judged(
                what,
                wanted,
                stats.Ratio(times["without"], times["with"]),
                bar,
                detail=self.rates(times),
                command=" ".join(commands["with"]),
            )
        ]

    def i386(self):
        what, wanted = "32-bit build against 64-bit", ">= 0.65"
        if not os.path.exists(tool("mmbright", BUILD32)):
            return [
                Bar(
                    what, wanted, detail="not built: cmake --preset i386-release && cmake --build --preset i386-release"
                )
            ]
        return self.compare_in_place(
            "i386", what, wanted, 0.65, lambda path: in_place(path), lambda path: in_place(path, build=BUILD32)
        )

    def mpi(self):
        """Two processes with a thread each, and one with two; MPI's start and end are not in the seconds that the
        tools report."""
        what, wanted = "mpirun -n 2 against two threads", ">= 0.9"
        library = os.path.join(os.path.dirname(os.path.dirname(tool("mmbright"))), "lib/mmview_mpi")
        if not shutil.which("mpirun") or not os.path.exists(os.path.join(library, "libmmview-mpi.so")):
            return [Bar(what, wanted, detail="MPI is not installed (Debian: libopenmpi-dev, openmpi-bin)")]
        os.environ.update(
            OMPI_ALLOW_RUN_AS_ROOT="1",
            OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
            OMPI_MCA_plm_rsh_agent="",
            LD_LIBRARY_PATH=library,
        )
        bars = []
        for name, command in (
            ("mmstat", [tool("mmstat"), "--format=raw", "--type=i16le"]),
            ("mmbright -i", in_place()),
        ):
            image = self.image("mpi")
            try:

                def seconds(*launcher, threads, command=command, path=image.path):
                    report = json.loads(output_of([*launcher, *command, "--json", f"--threads={threads}", path]))
                    return report["seconds"]

                times = interleave(
                    {"threads": lambda: seconds(threads=2), "ranks": lambda: seconds("mpirun", "-n", "2", threads=1)},
                    self.rounds,
                )
                if name != "mmstat":
                    image.count(2 * (self.rounds + 1))
                image.check()
            finally:
                image.remove()
            bars.append(
                judged(
                    f"{what}: {name}",
                    wanted,
                    stats.Ratio(times["threads"], times["ranks"]),
                    0.9,
                    detail=self.rates(times),
                    command=f"mpirun -n 2 {' '.join(command)} --threads=1 FILE",
                )
            )
        return bars

    def limits(self):
        return self.compare_in_place(
            "limits",
            "--max-mapped=16M, ulimit -v 262144, 8 threads asked for, against no limit",
            ">= 0.8",
            0.8,
            lambda path: in_place(path),
            lambda path: in_place(path, options=("--max-mapped=16M", "--threads=8")),
        )

    def memory(self):
        bars = []
        for factor in (1, 4):
            image = self.image("memory", factor)
            for io in ("auto", "mmap", "buffered", "direct"):
                command = [*in_place(image.path, options=(f"--io={io}",)), "--json"]
                private, report = peak_private(command)
                image.count()
                plan = json.loads(output_of([*in_place(image.path, options=("--dry-run",)), "--json"]))
                budget = plan.get("max_mapped_bytes", 1 << 30)
                good = private <= 64 << 20 and report["peak_mapped_bytes"] <= budget
                bars.append(
                    counted(
                        f"peak private memory, {factor * self.size_mib} MiB, --io={io}",
                        "<= 64 MiB, mapped <= budget",
                        private / 2**20,
                        good,
                        "{:.1f} MiB",
                        f"peak mapped {report['peak_mapped_bytes'] >> 20} MiB of {budget >> 20} MiB",
                        " ".join(command),
                    )
                )
            image.check()
            image.remove()
        return bars

    def linear(self):
        small, large = self.image("small"), self.image("large", 8)
        peaks = {}

        def run(image, name):
            evict(image.path)
            seconds, usage = spawn([tool("mmbright"), "-q", "--type=i16le", f"--add={AMOUNT}", "-o", "-", image.path])
            peaks[name] = max(peaks.get(name, 0), usage.ru_maxrss << 10)
            return seconds

        times = interleave({"1x": lambda: run(small, "1x"), "8x": lambda: run(large, "8x")}, self.rounds)
        small.remove()
        large.remove()
        eight = [seconds / 8 for seconds in times["8x"]]
        command = "mmbright -o - FILE >/dev/null"
        growth = peaks["8x"] / peaks["1x"]
        return [
            judged(
                f"{self.size_mib} MiB -> {8 * self.size_mib} MiB, cold, -o -: time against linear",
                "<= 1.1",
                stats.Ratio(eight, times["1x"]),
                1.1,
                False,
                detail=self.rates({"1x": times["1x"], "8x": eight}),
                command=command,
            ),
            counted(
                "the same: peak resident memory",
                "does not grow",
                growth,
                growth <= 1.1,
                "{:.2f}x",
                f"{peaks['1x'] >> 10} KiB and {peaks['8x'] >> 10} KiB",
                command,
            ),
        ]

    def journal_kill(self, place, bar, states):
        return [
            self.compare_in_place(
                "journal",
                f"--journal=kill against off: {place}, {written}",
                f">= {bar}",
                bar,
                in_place,
                lambda path: in_place(path, journal="kill"),
                lambda image, written=written: image.hold(written),
            )[0]
            for written in states
        ]

    def journal_power(self):
        return self.compare_in_place(
            "journal",
            "--journal=power against off with --sync",
            ">= 0.35",
            0.35,
            lambda path: in_place(path, options=("--sync",)),
            lambda path: in_place(path, journal="power"),
        )

    def journal_many(self):
        """10,000 files of 8 KiB, one run, with and without a journal, and by a loop without anything."""
        folder = self.path("many")
        os.mkdir(folder)
        try:
            with open(PHOTO, "rb") as photo:
                content = photo.read(8192)
            paths = [os.path.join(folder, f"{number:05d}") for number in range(10000)]
            for path in paths:
                with open(path, "wb") as file:
                    file.write(content)
            runs = {
                journal: lambda journal=journal: spawn(in_place(*paths, journal=journal))[0]
                for journal in ("off", "kill")
            }
            runs["bare loop"] = lambda: spawn([plain("plain_files"), *paths])[0]
            times = interleave(runs, self.rounds)
            first, last = (open(path, "rb").read() for path in (paths[0], paths[-1]))
            if first != last or len(os.listdir(folder)) != len(paths):
                raise Failed("many small files: WRONG bytes, or something was left behind")
        finally:
            shutil.rmtree(folder)
        detail = "; ".join(
            f"{name} {stats.median(values):.2f} s (spread {stats.spread(values):.0%})" for name, values in times.items()
        )
        rows = (
            ("--journal=kill against off", "off", "kill", 0.5),
            ("--journal=off against a bare loop of open, read, write, close", "bare loop", "off", 0.5),
            ("--journal=kill against that loop", "bare loop", "kill", 0.2),
        )
        return [
            judged(
                f"10,000 files of 8 KiB in one run, {name}",
                f">= {bar}",
                stats.Ratio(times[one], times[other]),
                bar,
                detail=detail,
                command="mmbright -i DIR/*; plain_files DIR/*",
            )
            for name, one, other, bar in rows
        ]

    def small(self):
        path, other = self.path("tiny"), self.path("tiny-copy")
        with open(PHOTO, "rb") as photo, open(path, "wb") as tiny:
            tiny.write(photo.read(1024))
        times = {"mmbright": [], "cp": []}
        end = time.monotonic() + SMALL_SECONDS
        for number in range(205):
            if time.monotonic() > end and len(times["cp"]) >= 20:
                break
            for name, command in (("mmbright", in_place(path)), ("cp", ["cp", path, other])):
                seconds, _ = spawn(command)
                if number >= 5:
                    times[name].append(seconds)
        os.unlink(path)
        os.unlink(other)
        ours, cp = stats.median(times["mmbright"]), stats.median(times["cp"])
        detail = f"medians of {len(times['cp'])}: mmbright {ours * 1e3:.2f} ms, cp {cp * 1e3:.2f} ms"
        command = " ".join(in_place("FILE"))
        return [
            counted("a 1 KiB file, whole process", "<= 3 ms", ours * 1e3, ours <= 0.003, "{:.2f} ms", detail, command),
            counted("the same against cp", "<= 2x", ours / cp, ours / cp <= 2, "{:.2f}x", detail, command),
        ]


def harness_cost(folder):
    """A case that busy-waits for exactly 1 ms, timed by the harness: what is more than that is the harness."""
    what, wanted = "the harness' own share of a 1 ms case", "< 1 %"
    program = plain("harness_cost")
    if not os.path.exists(program):
        return [Bar(what, wanted, detail="not built")]
    document = os.path.join(folder, "harness_cost.json")
    output_of(
        [
            program,
            f"--benchmark_out={document}",
            "--benchmark_out_format=json",
            "--benchmark_repetitions=5",
            "--benchmark_min_time=0.1",
        ]
    )
    with open(document) as file:
        runs = [entry for entry in json.load(file)["benchmarks"] if entry.get("run_type") != "aggregate"]
    costs = {}
    for run in runs:
        costs.setdefault(run["name"].split("/")[0], []).append(run["cost_percent"])
    worst = max(stats.median(values) for values in costs.values())
    detail = "; ".join(f"{name} {stats.median(values):.3f} %" for name, values in costs.items())
    return [counted(what, wanted, worst, worst < 1, "{:.3f} %", detail, program)]


def against_fio(peer_rates, folder, size_mib, rounds):
    """Scans past the cache, of the very file that fio reads, in turn with it; 'peer_rates' runs fio."""
    what, wanted = "cold read past the page cache against fio", ">= 0.95"
    if not shutil.which("fio"):
        return [Bar(what, wanted, detail="fio is not installed (Debian: fio)")]
    image = Image(os.path.join(folder, "fio.raw"), size_mib)
    engines = ("walk-direct", "direct", "uring")
    rates = {name: [] for name in (*engines, "fio")}

    def mmbench(engine):
        document = os.path.join(folder, "fio.json")
        output_of(
            [
                tool("mmbench"),
                f"--file={image.path}",
                f"--benchmark_filter=^scan/{engine}/cold/",
                "--benchmark_repetitions=1",
                f"--benchmark_out={document}",
                "--benchmark_out_format=json",
            ]
        )
        with open(document) as file:
            return json.load(file)["benchmarks"][0]["GB/s"]

    try:
        for number in range(rounds + 1):
            for name in rates if number % 2 else reversed(rates):
                os.sync()
                rate = peer_rates("fio-read-direct", image) if name == "fio" else mmbench(name)
                if number:
                    rates[name].append(rate)
    finally:
        image.remove()
    detail = "; ".join(
        f"{name} {stats.median(values):.2f} GB/s (spread {stats.spread(values):.0%})" for name, values in rates.items()
    )
    return [
        judged(
            f"{what}: {engine}",
            wanted,
            stats.Ratio(rates[engine], rates["fio"]),
            0.95,
            detail=detail,
            command=f"mmbench --file=FILE --benchmark_filter='^scan/{engine}/cold/'; bench/peers/fio-read-direct",
        )
        for engine in engines
    ]


def run_each(rows):
    """Bars of functions; one that cannot be measured says why, and the others go on."""
    bars = []
    for name, function in rows:
        try:
            bars += function()
        except (Failed, OSError, subprocess.CalledProcessError) as error:
            bars.append(
                Bar(name, "", detail=str(error), verdict="**failed**" if "WRONG" in str(error) else "not measured")
            )
    return bars
