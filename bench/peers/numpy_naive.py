# SPDX-License-Identifier: MIT
"""numpy.memmap as people write it: one expression over the whole image, in a wider type so that nothing wraps.

    numpy_naive.py FILE AMOUNT        prints pass_seconds=N, the expression without the interpreter's start
"""
import sys
import time

import numpy

path, amount = sys.argv[1], int(sys.argv[2])
start = time.perf_counter()
image = numpy.memmap(path, dtype="<i2", mode="r+")
image[:] = numpy.clip(image.astype(numpy.int32) + amount, -32768, 32767)
del image
print(f"pass_seconds={time.perf_counter() - start:.3f}")
