# SPDX-License-Identifier: MIT
"""The bars on what processes share: values in views, locks, events, channels."""
import stats
from bars import Bar, counted, judged
from peers import Peer, Race

MONO_MIB = 256  # of the image that Mono brightens: some seconds
MONO_ROUNDS = 2


def find(cases, start):
    """The case whose name begins so, with figures."""
    return next((case for case in cases.values() if case.name.startswith(start) and case.runs), None)


def rates(case):
    return [run["bytes_per_second"] for run in case.runs]


def command(*cases):
    return "mmbench --benchmark_filter='" + "|".join(case.filter() for case in cases) + "'"


def compared(cases, what, wanted, over, under, bar, figures, at_least):
    a, b = find(cases, over), find(cases, under)
    if not a or not b:
        return Bar(what, wanted, detail="a case of it was not run or could not be: see the tables")
    scale, unit = (1e-9, "GB/s") if figures is rates else (1e9, "ns")
    detail = f"{stats.median(figures(a)) * scale:.3g} and {stats.median(figures(b)) * scale:.3g} {unit}"
    return judged(what, wanted, stats.Ratio(figures(a), figures(b)), bar, at_least, "{:.2f}x", detail, command(a, b))


def alone(cases, what, wanted, name, value, good, form):
    case = find(cases, name)
    if not case:
        return Bar(what, wanted, detail="it was not run or could not be: see the tables")
    measured = stats.median([value(case, i) for i in range(len(case.runs))])
    return counted(
        what, wanted, measured, good(measured), form, f"spread {stats.spread(case.seconds):.0%}", command(case)
    )


def bars(cases):
    def seconds(case):
        return case.seconds

    return [
        compared(
            cases,
            "each pixel through the typed calls, one thread, against a plain pointer",
            ">= 0.75x",
            "typed/typed/MiB:64/threads:1",
            "typed/pointer/MiB:64/threads:1",
            0.75,
            rates,
            True,
        ),
        compared(
            cases,
            "the same, two threads on one view",
            ">= 0.75x",
            "typed/typed/MiB:64/threads:2",
            "typed/pointer/MiB:64/threads:2",
            0.75,
            rates,
            True,
        ),
        compared(
            cases,
            "the same through mmv_view_span(), one thread",
            ">= 0.95x",
            "typed/span/MiB:64/threads:1",
            "typed/pointer/MiB:64/threads:1",
            0.95,
            rates,
            True,
        ),
        compared(
            cases,
            "a view of 64 KiB opened and closed, time against mmap and munmap",
            "<= 1.3x",
            "open/view",
            "open/mmap",
            1.3,
            seconds,
            False,
        ),
        compared(
            cases,
            "event ping-pong of two processes, time against bare futexes",
            "<= 1.5x",
            "pingpong/event",
            "pingpong/futex",
            1.5,
            seconds,
            False,
        ),
        alone(
            cases,
            "named mutex locked and unlocked, nobody else there",
            "<= 60 ns",
            "mutex/named",
            lambda case, i: case.seconds[i] * 1e9,
            lambda value: value <= 60,
            "{:.1f} ns",
        ),
        alone(
            cases,
            "channel, messages of 64 KiB",
            ">= 2 GB/s",
            "channel/64K",
            lambda case, i: rates(case)[i] / 1e9,
            lambda value: value >= 2,
            "{:.2f} GB/s",
        ),
        alone(
            cases,
            "channel, messages of 64 bytes",
            ">= 1 M/s",
            "channel/64/",
            lambda case, i: rates(case)[i] / 64e6,
            lambda value: value >= 1,
            "{:.2f} M/s",
        ),
    ]


def against_mono(cases, folder):
    """The loop of the .NET documentation's example, on its own seconds: the start of the runtime does not count."""
    what, wanted = "each pixel through the typed calls, one thread, against Mono's accessor", ">= 10x"
    case, peer = find(cases, "typed/typed/MiB:64/threads:1"), Peer("mono-accessor")
    if not case or not peer.probe():
        return [Bar(what, wanted, detail=peer.why or "the case was not run")]
    passes = Race(folder, MONO_MIB, MONO_ROUNDS).race(peer).pass_seconds
    mono = [(MONO_MIB << 20) / seconds for seconds in passes]
    detail = f"{stats.median(rates(case)) / 1e9:.3g} and {stats.median(mono) / 1e9:.3g} GB/s"
    return [
        judged(
            what,
            wanted,
            stats.Ratio(rates(case), mono),
            10,
            form="{:.1f}x",
            detail=detail,
            command=f"{command(case)}; bench/peers/mono-accessor",
        )
    ]
