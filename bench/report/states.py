# SPDX-License-Identifier: MIT
"""Whether each answer of mmbench advise is right: against every way, measured with whole processes in turn."""
import contextlib
import functools
import json
import os
import shutil
import tempfile

import stats
from process import Failed, Image, LoopMount, evict, in_place, interleave, output_of, spawn, tool

ENOUGH = 0.95  # of the best way's rate is right
IN_STATES = 0.95  # of all
WAYS = [("auto", 0), ("mmap", 0), ("buffered", 0), ("mmap", 1), ("buffered", 1)]  # 0 threads: all there are
FORMATTED = ["ext4", "xfs", "btrfs"]


def options_of(io, threads, window=0):
    return [f"--io={io}", f"--threads={threads}", *([f"--window={window}"] if window else [])]


def ways(question):
    """{name: options}: all that are tried, and what was advised as "advised"."""
    found = {"advised": options_of(question["io"], question["threads"], question["window_bytes"])}
    for io, threads in WAYS:
        options = options_of(io, threads or len(os.sched_getaffinity(0)))
        if options not in found.values():
            found[" ".join(options)] = options
    return found


def command(image, work, options):
    if work == "scan":
        return [tool("mmstat"), "--format=raw", "--type=i16le", *options, image.path]
    if work == "in-place":
        return in_place(image.path, options=options)
    into = in_place(image.path, options=options)
    into[into.index("-i")] = "-f"
    return [*into[:-1], "-o", image.path + ".out", image.path]


def seconds_of(image, question, options):
    if question["state"] == "cold":
        evict(image.path)
    if question["work"] == "in-place":
        image.count()
    seconds = spawn(command(image, question["work"], options))[0]
    if question["work"] == "into":
        os.unlink(image.path + ".out")
    return seconds


def best_and_ratio(times):
    """(name of the best way, Ratio of the rate as advised to its) of {name: seconds of each round}.

    Every other round chooses the best, the rounds between are compared. The least of several noisy medians is below the
    truth: in the rounds that chose it, the best way would seem faster than it is."""
    best = min(times, key=lambda name: stats.median(times[name][::2]))
    return best, stats.Ratio(times[best][1::2], times["advised"][1::2])


def judge(image, question, rounds):
    """best_and_ratio() of twice as many rounds."""
    runs = {name: functools.partial(seconds_of, image, question, options) for name, options in ways(question).items()}
    return best_and_ratio(interleave(runs, 2 * rounds))


def states_of(folder, size_mib, rounds):
    """Rows (question, as advised, best, Ratio) of one folder and size."""
    told = json.loads(output_of([tool("mmbench"), "advise", "--json", f"--file-size={size_mib}M", folder]))
    image = Image(os.path.join(folder, "states.raw"), size_mib)
    with contextlib.ExitStack() as after:
        after.callback(image.remove)
        if told["has_device"]:
            image.hold("read-back")
        # What could not be measured, as a device where there is none, has no answer.
        for question in (question for question in told["questions"] if "io" in question):
            best, ratio = judge(image, question, rounds)
            advised = " ".join(options_of(question["io"], question["threads"], question["window_bytes"]))
            yield f"{question['work']}, {question['state']}", advised, best, ratio
        image.check()


@contextlib.contextmanager
def folder_in(parent):
    folder = tempfile.mkdtemp(prefix="mmview-states-", dir=parent)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def places(folder, size_mib):
    """(name, folder), a with block each: the folder given, memory, and what can be made and mounted here."""
    yield "DIR", folder_in(folder)
    yield "tmpfs", folder_in("/dev/shm")
    for kind in FORMATTED:
        yield kind, LoopMount(kind, folder, 4 * size_mib + 512)


def verdict(best, ratio):
    if best == "advised" or ratio.value >= ENOUGH:
        return "right"
    return "WRONG" if ratio.high < ENOUGH else "not settled"


def rows_of(folder, sizes, rounds):
    """The line and the verdict of each state of each place; a place that cannot be had is a line without a verdict."""
    for name, place in places(folder, max(sizes)):
        try:
            with place as there:
                for size in sizes:
                    for state, advised, best, ratio in states_of(there, size, rounds):
                        found = verdict(best, ratio)
                        text = f"{advised}: {ratio.text()} of the best ({best}): {found}"
                        yield f"{name}, {size} MiB, {state}: {text}", found
        except (Failed, OSError) as error:
            yield f"{name}: left out: {error}", None


def report(folder, sizes, rounds):
    """Print a line for each state; True = right in 95 % of them."""
    found = []
    for line, its_verdict in rows_of(folder, sizes, rounds):
        print(line, flush=True)
        found += [its_verdict] if its_verdict else []
    print(f"{found.count('right')} of {len(found)} states right ({ENOUGH:.0%} or more of the best way's rate), "
          f"{found.count('WRONG')} wrong, {found.count('not settled')} not settled")
    return bool(found) and found.count("right") >= IN_STATES * len(found)
