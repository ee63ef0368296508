# SPDX-License-Identifier: MIT
"""mmview for Python: pieces of a file of any size as buffers, without a copy.

    import mmview, numpy, operator

    with mmview.open("Large.data", "r+") as image:
        with image.view(offset=1 << 28, length=1 << 20) as view:        # a memoryview of the mapped bytes
            pixels = numpy.frombuffer(view, "<i2")
            pixels += 10
            del pixels                                               # what still looks at the bytes keeps them mapped:
                                                                     # leaving the block would be a BufferError

        for window in image.windows(record=8):                          # the whole file, window after window
            pixels = numpy.frombuffer(window, "<i2")
            numpy.add(pixels, 10, out=pixels)
            del pixels

        image.walk(lambda pixels: numpy.add(pixels, 10, out=pixels), "<i2")    # the same by all processors
        total = image.reduce(numpy.sum, operator.add, "<i2")                   # one value of all

    with mmview.open("Large.data", "r+") as image, mmview.job(image, "add 10") as job:
        image.walk(add_ten, "<i2", journal=job)         # killed and run again, each pixel is changed once all the same

    pixels, header = mmview.image("scan.tif")           # an array of the samples where they lie, and the header

    with mmview.named("frame", "a+", 1 << 20) as frame:  # memory that processes find by its name, in C and .NET, too
        ...
    with mmview.Mutex("printer"):                       # the same of locks, Event and Semaphore, and of channels:
        ...                                             # Sender, Receiver. Who is killed leaves nothing locked

Views and maps that are dropped are given up without close(): a view as soon as nothing looks at its bytes any more.

A file that becomes shorter, or a disk that fills up, while its bytes are mapped does not end the interpreter: from the
first map on the library's guard is on. Where bytes cannot be had, memoryviews and arrays of a view read zeros, and what
they store is lost; close(), flush(), check() and the end of a with statement or of a turn of windows() raise the Error
then. This holds for all views of this module, wherever their bytes are touched. It does not hold for mappings of
others (mmap.mmap, numpy.memmap), nor when something else takes SIGBUS afterwards, as faulthandler.enable() does.

Only the standard library is needed, and libmmview.so.0. A wheel has it inside. Otherwise it is looked for in
$MMVIEW_LIBRARY, beside an installed package, and where the system's loader looks.
"""
from ._channel import Receiver, Sender
from ._errors import AbandonedError, ArgumentError, Error, JournalError, NumberError, SizeError, TruncatedError
from ._image import Header, Image, ImageError, image
from ._journal import Job, job
from ._locks import Event, Mutex, Semaphore
from ._map import Map, View, open, shard
from ._shared import NameInfo, NamedMap, named, names, remove
from ._walk import Chunk, WalkStats, reduce, walk, walk_to

__all__ = [
    "AbandonedError",
    "ArgumentError",
    "Chunk",
    "Error",
    "Event",
    "Header",
    "Image",
    "ImageError",
    "Job",
    "JournalError",
    "Map",
    "Mutex",
    "NameInfo",
    "NamedMap",
    "NumberError",
    "Receiver",
    "Semaphore",
    "Sender",
    "SizeError",
    "TruncatedError",
    "View",
    "WalkStats",
    "image",
    "job",
    "named",
    "names",
    "open",
    "reduce",
    "remove",
    "shard",
    "walk",
    "walk_to",
    "__version__",
]
__version__ = "0.1.0"
