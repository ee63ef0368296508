#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stretch.py - spread the samples of an image over the whole range of their type, in place.

    stretch.py FILE

Two passes over a file of any size and container, by all processors: the least and the greatest sample first, then the
change, under a journal. Killed and run again, it goes on where it was: the limits are part of what the journal knows.
"""
import sys

import numpy

import mmview


def limits(samples):
    """The least and the greatest of some samples."""
    return int(samples.min()), int(samples.max())


def join(left, right):
    """Those of two stretches."""
    return min(left[0], right[0]), max(left[1], right[1])


def main(path):
    """The exit status."""
    with mmview.image(path) as image:
        dtype, header, length = image.array.dtype, image.header, image.array.nbytes
    if dtype.kind not in "iu" or dtype.itemsize > 2:
        print(f"stretch.py: {path}: {dtype} is no integer of 8 or 16 bits", file=sys.stderr)
        return 1
    least, most = int(numpy.iinfo(dtype).min), int(numpy.iinfo(dtype).max)
    place = {"offset": header.offset, "length": length}
    with mmview.open(header.file, "r+") as file:
        low, high = file.reduce(limits, join, dtype, **place)
        if low == high:
            return 0

        def stretch(samples):
            scaled = (samples.astype("f8") - low) * ((most - least) / (high - low)) + least
            samples[:] = numpy.rint(scaled)

        with mmview.job(file, f"stretch {low} {high}", **place) as job:
            file.walk(stretch, dtype, journal=job, **place)
    print(f"{path}: {low} to {high} became {least} to {most}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]) if len(sys.argv) == 2 else f"usage: {sys.argv[0]} FILE")
    except mmview.Error as error:
        sys.exit(f"stretch.py: {error}")
