# SPDX-License-Identifier: MIT
"""Memory of the library, lent to Python for a while, and whether anybody still looks at it."""
import ctypes
import functools
import sys
import weakref
from typing import Any

numpy: Any
try:
    import numpy
except ImportError:
    numpy = None


@functools.lru_cache(maxsize=64)
def bytes_type(length: int) -> Any:
    """A class of so many bytes. One of its own: instances of ctypes' own array types have no weak references."""
    return type("Bytes", (ctypes.c_ubyte * length,), {})


def dtype_of(dtype):
    """numpy's dtype, or None: memoryviews are wanted."""
    if dtype is None:
        return None
    if numpy is None:
        raise ImportError("arrays need numpy; dtype=None gives memoryviews")
    dtype = numpy.dtype(dtype)
    if dtype.hasobject:
        raise TypeError(f"{dtype} has Python objects, which no file has")
    if dtype.itemsize == 0:
        raise TypeError(f"{dtype} has no bytes")
    return dtype


# Elsewhere objects go when the collector comes, and nobody can tell.
KNOWS = sys.implementation.name == "cpython"


def lend(address: int, length: int, dtype, writable: bool, owner=None):
    """
    (array or memoryview of the bytes, weak reference to what exports them: it is dead when nobody looks).

    'owner' lives as long as somebody does.
    """
    exporter = bytes_type(length).from_address(address)
    exporter.owner = owner
    seen = weakref.ref(exporter)
    data: Any = exporter
    if dtype is None or not writable:
        data = memoryview(exporter).cast("B")
        data = data if writable else data.toreadonly()
    return data if dtype is None else numpy.frombuffer(data, dtype), seen
