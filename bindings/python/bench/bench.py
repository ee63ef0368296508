#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""
bench.py - the package against loops that people write, on the same file, turn by turn, each result compared.

    python3 bench.py FOLDER [--size=2G] [--rounds=7]

FOLDER gets a file of 16-bit samples, and loses it again. Each turn adds 1 to every sample, in place. The file is in the
page cache before the first turn, and nobody waits for the device. After each turn the whole file is compared, which is
not timed. The ways take turns; the first round is not counted. A figure is the median of the rounds, with the least and
the most. Exit status 1: a result was wrong. What the bars ask for is printed, reached or short.

mmview is looked for as always: installed, or by PYTHONPATH and MMVIEW_LIBRARY.
"""
import argparse
import mmap
import os
import statistics
import sys
import tempfile
import time
from typing import Any, Callable, Dict, List

import mmview
import numpy

PIECE = 256 << 10  # bytes that stay in the processor's cache
KNOWN = 1 << 20  # samples after which the file repeats itself


def add_one(pixels):
    """What every way does with its samples."""
    numpy.add(pixels, 1, out=pixels)


# ---- the ways


def by_loop(path: str) -> None:
    """preadv, add, pwritev: one buffer, one thread."""
    memory = bytearray(PIECE)
    file = os.open(path, os.O_RDWR)
    try:
        for at in range(0, os.fstat(file).st_size, PIECE):
            done = os.preadv(file, [memory], at)
            add_one(numpy.frombuffer(memory, "<i2", done // 2))
            os.pwritev(file, [memoryview(memory)[:done]], at)
    finally:
        os.close(file)


def by_windows(path: str) -> None:
    """Map.windows(), one thread."""
    with mmview.open(path, "r+") as image:
        for window in image.windows(record=2):
            pixels = numpy.frombuffer(window, "<i2")
            add_one(pixels)
            del pixels


def by_walk(path: str) -> None:
    """Map.walk(), as many threads as it likes."""
    with mmview.open(path, "r+") as image:
        image.walk(add_one, "<i2")


def by_memmap(path: str) -> None:
    """numpy.memmap and one expression, without a temporary array."""
    pixels: Any = numpy.memmap(path, "<i2", "r+")
    pixels += 1
    del pixels


def by_memmap_pieces(path: str) -> None:
    """numpy.memmap in pieces that stay in the cache."""
    pixels = numpy.memmap(path, "<i2", "r+")
    for at in range(0, len(pixels), PIECE // 2):
        add_one(pixels[at : at + PIECE // 2])
    del pixels


WAYS: Dict[str, Callable[[str], None]] = {
    "loop": by_loop,
    "windows": by_windows,
    "walk": by_walk,
    "memmap": by_memmap,
    "memmap, pieces": by_memmap_pieces,
}
# Ours, theirs, how many times as fast where mapping is cheap, and where it is dear.
BARS = (
    ("windows", "loop", 0.7, 0.7),
    ("walk", "loop", 0.9, 0.9),
    ("windows", "memmap", 1.5, 3.0),
    ("walk", "memmap", 1.5, 3.0),
)
DEAR = 1e-6  # seconds of a mapped page's first touch: 5 us and more where a hypervisor keeps the page tables


# ---- turns


class WrongResult(Exception):
    """A way has not done what it should."""


def first_samples() -> numpy.ndarray:
    """The samples with which the file begins, and repeats itself: those of both signs."""
    return (numpy.arange(KNOWN) * 7).astype("<i2")


def make_file(path: str, size: int) -> None:
    """Write it, so that it is in the page cache."""
    block = first_samples().tobytes()
    with open(path, "wb") as file:
        for at in range(0, size, len(block)):
            file.write(block[: size - at])


def check_file(path: str, size: int, turns: int) -> bool:
    """Whether every sample has grown by 1 as often as there were turns."""
    wanted = (first_samples() + numpy.int64(turns)).astype("<i2")
    with open(path, "rb") as file:
        for at in range(0, size, wanted.nbytes):
            found = numpy.frombuffer(file.read(min(wanted.nbytes, size - at)), "<i2")
            if not numpy.array_equal(found, wanted[: (size - at) // 2]):
                return False
        return not file.read(1)


def page_cost(path: str) -> float:
    """Seconds that the first touch of a mapped page takes here."""
    pixels = numpy.memmap(path, "u1", "r")
    start = time.perf_counter()
    touched = pixels[:: mmap.PAGESIZE].max()
    taken = time.perf_counter() - start
    del touched
    return taken / max(1, len(pixels) // mmap.PAGESIZE)


def measure(path: str, size: int, rounds: int) -> Dict[str, List[float]]:
    """Seconds of each way's turns. WrongResult ends all."""
    seconds: Dict[str, List[float]] = {name: [] for name in WAYS}
    turns = 0
    for number in range(rounds + 1):
        for name, way in WAYS.items():
            start = time.perf_counter()
            way(path)
            taken = time.perf_counter() - start
            turns += 1
            if not check_file(path, size, turns):
                raise WrongResult(f"{name}: the samples are not what they should be")
            if number:
                seconds[name].append(taken)
    return seconds


def report(size: int, seconds: Dict[str, List[float]], page: float) -> None:
    """Figures of each way, and the bars. A ratio is of turns of one round, which had the same machine."""
    print(f"+1 on {size >> 20} MiB of 16-bit samples in place, GB/s: median (least to most); numpy {numpy.__version__}")
    for name, taken in seconds.items():
        speeds = sorted(size / one / 1e9 for one in taken)
        print(f"  {name:15} {statistics.median(speeds):6.2f}  ({speeds[0]:.2f} to {speeds[-1]:.2f})")
    print(f"  a mapped page costs {page * 1e9:.0f} ns: mapping is {'dear' if page > DEAR else 'cheap'} here")
    for ours, theirs, cheap, dear in BARS:
        bar = dear if page > DEAR else cheap
        ratios = sorted(their / our for our, their in zip(seconds[ours], seconds[theirs]))
        middle = statistics.median(ratios)
        word = "reached" if middle >= bar else "SHORT"
        text = f"{middle:.2f}x ({ratios[0]:.2f} to {ratios[-1]:.2f})"
        print(f"  {ours} against {theirs}: {text}, bar {bar}: {word}")


def bytes_of(text: str) -> int:
    """A size with K, M or G."""
    units = {"K": 1 << 10, "M": 1 << 20, "G": 1 << 30}
    number = int(text[:-1]) * units[text[-1]] if text[-1] in units else int(text)
    if number < 2 or number % 2:
        raise ValueError(text)
    return number


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="mmview for Python against loops that people write")
    parser.add_argument("folder", help="where the file goes")
    parser.add_argument("--size", type=bytes_of, default=bytes_of("2G"), help="of the file; 2G without it")
    parser.add_argument("--rounds", type=int, default=7, help="that are counted; 7 without it")
    options = parser.parse_args()
    if options.rounds < 1:
        parser.error("there is nothing to measure without a round")
    with tempfile.TemporaryDirectory(prefix="mmview-bench.", dir=options.folder) as folder:
        path = os.path.join(folder, "samples")
        make_file(path, options.size)
        try:
            page = page_cost(path)
            report(options.size, measure(path, options.size, options.rounds), page)
        except WrongResult as error:
            print(f"bench.py: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
