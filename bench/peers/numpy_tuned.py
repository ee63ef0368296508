# SPDX-License-Identifier: MIT
"""The tuned numpy.memmap loop: pieces that stay in the cache, saturating without temporaries of another type.

    numpy_tuned.py FILE AMOUNT        prints pass_seconds=N, the loop without the interpreter's start
"""
import sys
import time

import numpy

PIECE = 128 * 1024  # samples: 256 KiB

path, amount = sys.argv[1], numpy.int16(sys.argv[2])
start = time.perf_counter()
image = numpy.memmap(path, dtype="<i2", mode="r+")
limit = numpy.int16(numpy.iinfo(numpy.int16).max - amount)
for at in range(0, image.size, PIECE):
    piece = image[at:at + PIECE]
    numpy.minimum(piece, limit, out=piece)
    numpy.add(piece, amount, out=piece)
del image
print(f"pass_seconds={time.perf_counter() - start:.3f}")
