#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random headers against the programs whose formats they are.

    main.py SHIM [--count=N] [--seed=N] [--show=N] [FORMAT...]

Each header is given to mmimage and to the format's own library. Nothing may be taken otherwise than that library takes
it: type, geometry, first sample, byte order, and what stands for no data. What only one of them takes is counted. Then
that library writes files in every layout that mmimage supports, of which 99 in 100 must be taken, with the same
samples. A format whose library is not there is reported as skipped, with the Debian package that has it.

The exit status is 0, 1 when something was taken otherwise or too little accepted, or 77 when nothing could be run.
"""
import argparse
import os
import sys
import tempfile
import time
import traceback

try:
    import numpy
except ImportError:
    print("SKIPPED: all: needs numpy (Debian: python3-numpy)")
    sys.exit(77)

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from ours import Image, Library  # pylint: disable=wrong-import-position

FORMATS = (
    ("rasters", "Envi"),
    ("rasters", "Ehdr"),
    ("metaimage", "MetaImage"),
    ("nrrd", "Nrrd"),
    ("anymaps", "Anymap"),
    ("arrays", "Npy"),
    ("arrays", "Fits"),
    ("arrays", "Nifti"),
    ("arrays", "Mrc"),
)


class Count:
    """What became of the headers of one format."""

    def __init__(self, name):
        self.name = name
        self.headers = self.both = self.theirs = self.ours = self.otherwise = self.disagree = 0
        self.written = self.accepted = 0
        self.shown = 0

    def row(self):
        share = f"{100 * self.accepted / self.written:.2f} %" if self.written else "-"
        return (
            f"{self.name:10} {self.headers:7} {self.both:9} {self.theirs:9} {self.ours:7} {self.disagree:9} "
            f"{self.otherwise:9}   {self.accepted} of {self.written} ({share})"
        )

    def is_good(self):
        return self.otherwise == 0 and self.accepted >= 0.99 * self.written


def show(count, limit, title, case, *answers):
    count.shown += 1
    if count.shown > limit:
        return
    print(f"---- {count.name}: {title}")
    print(repr(case.header[:700]), "" if case.data is None else f"with {len(case.data)} bytes of samples")
    for answer in answers:
        print("   ", answer)


def try_random(count, reader, library, random, limit):
    case = reader.make(random)
    theirs, disagree = reader.oracle(case)
    ours = library.read(case)
    count.headers += 1
    count.disagree += disagree
    taken = isinstance(ours, Image)
    if taken and disagree:
        count.otherwise += 1
        show(count, limit, "taken, but its programs disagree", case, ours, theirs)
    elif taken and theirs and not ours.is_like(theirs):
        count.otherwise += 1
        show(count, limit, "taken otherwise", case, ours, theirs)
    elif taken and theirs:
        count.both += 1
    elif taken:
        count.ours += 1
    elif theirs:
        count.theirs += 1


def try_written(count, reader, library, random, limit):
    case, theirs = reader.written(random)
    ours = library.read(case)
    count.written += 1
    if not isinstance(ours, Image):
        show(count, limit, "written by its program, and refused", case, ours, theirs)
    elif not ours.is_like(theirs):
        count.otherwise += 1
        show(count, limit, "written by its program, and taken otherwise", case, ours, theirs)
    else:
        count.accepted += 1


def run(reader, options, library):
    count = Count(reader.name)
    for number in range(options.count):
        random = numpy.random.default_rng((options.seed, number))
        try_random(count, reader, library, random, options.show)
        if number % 10 == 0:
            try_written(count, reader, library, random, options.show)
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shim", help="the library that CMake makes of shim.c")
    parser.add_argument("formats", nargs="*", help="only these")
    parser.add_argument("--count", type=int, default=300, help="headers per format")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="so many faults per format are shown")
    options = parser.parse_intermixed_args()
    library = Library(os.path.abspath(options.shim))
    counts = []
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.path.isdir("/dev/shm") else None) as folder:
        for module, name in FORMATS:
            if options.formats and name.lower() not in [wanted.lower() for wanted in options.formats]:
                continue
            try:
                kind = getattr(__import__(module), name)
                reader = kind(folder)
            except (ImportError, OSError) as error:
                print(f"SKIPPED: {name}: {error} (Debian: {getattr(locals().get('kind'), 'needs', 'python3-gdal')})")
                continue
            reader.library = library
            begin = time.monotonic()
            try:
                counts.append(run(reader, options, library))
            except Exception:
                traceback.print_exc()
                print(f"FAILED: {name}")
                return 1
            if hasattr(reader, "stop"):
                reader.stop()
            print(f"{name}: {options.count} headers in {time.monotonic() - begin:.1f} s", flush=True)
    print(
        f"{'format':10} {'headers':>7} {'both take':>9} {'only they':>9} {'only we':>7} {'disagree':>9} "
        f"{'otherwise':>9}   written by them and accepted"
    )
    for count in counts:
        print(count.row())
    if not counts:
        return 77
    return 0 if all(count.is_good() for count in counts) else 1


if __name__ == "__main__":
    sys.exit(main())
