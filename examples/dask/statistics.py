#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""statistics.py - figures of an image that is larger than memory, by the processes of a dask cluster.

    statistics.py FILE [WORKERS]

Each task opens the file itself and looks at its own rows: what goes between processes are names and figures, no
samples. So FILE must be where each worker finds it. The same array is dask's to compute with: see whole().
"""
import sys

import dask
import dask.array

import mmview


def figures(path, first, end):
    """Count, sum, least and greatest of rows [first, end)."""
    with mmview.image(path) as image:
        rows = image.array[first:end]
        result = rows.size, float(rows.sum(dtype="f8")), rows.min().item(), rows.max().item()
        del rows
    return result


def whole(path, rows):
    """The image as a dask array, in chunks of so many rows, for threads of this process."""
    pixels, _ = mmview.image(path)
    return dask.array.from_array(pixels, chunks=(rows, *pixels.shape[1:]))


def main(path, workers="4"):
    """Print both ways' figures."""
    with mmview.image(path) as image:
        height = image.array.shape[0]
    rows = max(1, height // (4 * int(workers)))
    tasks = [dask.delayed(figures)(path, at, min(at + rows, height)) for at in range(0, height, rows)]
    parts = dask.compute(*tasks, scheduler="processes", num_workers=int(workers))
    counts, sums, lows, highs = zip(*parts)
    print(f"{sum(counts)} samples from {min(lows)} to {max(highs)}, mean {sum(sums) / sum(counts):.6g}")
    array = whole(path, rows)
    print(f"standard deviation {float(array.std(dtype='f8').compute(scheduler='threads')):.6g}")


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(f"usage: {sys.argv[0]} FILE [WORKERS]")
    try:
        main(*sys.argv[1:])
    except mmview.Error as error:
        sys.exit(f"statistics.py: {error}")
