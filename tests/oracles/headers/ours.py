# SPDX-License-Identifier: MIT
"""What mmimage makes of a header, and what that says of the bytes."""
import ctypes
import os

import numpy

LAYOUTS = ("bip", "bil", "bsq")


class Struct(ctypes.Structure):
    """shim.c's struct answer."""

    _fields_ = (
        [(name, ctypes.c_uint64) for name in ("width", "height", "frames", "offset", "length", "part", "parts")]
        + [("high", ctypes.c_double), ("no_data", ctypes.c_double * 4)]
        + [(name, ctypes.c_uint32) for name in ("samples", "no_data_count", "note_count")]
        + [(name, ctypes.c_int32) for name in ("status", "layout", "place")]
        + [("type", ctypes.c_char * 16), ("name", ctypes.c_char * 256), ("problem", ctypes.c_char * 256)]
        + [("files", ctypes.c_uint32), ("starts", ctypes.c_uint64 * 64), ("names", ctypes.c_char * 64 * 64)]
    )


class Anymap(ctypes.Structure):
    """shim.c's struct anymap."""

    _fields_ = [(name, ctypes.c_uint64) for name in ("width", "height", "depth", "maxval", "offset")] + [
        ("format", ctypes.c_int32)
    ]


class Image:
    """Samples of a file as somebody reads them.

    kind    "u1", "i2", "f4": without a byte order
    flat    all samples in the order of the file, in this machine's byte order
    shape   (rows, columns, channels) and the layout, or None where the reader knows no pixels
    """

    def __init__(self, kind, flat, shape=None, layout="bip", extra=None):
        self.kind, self.flat, self.shape, self.layout, self.extra = kind, flat, shape, layout, extra

    def without_shape(self):
        return Image(self.kind, self.flat)

    def pixels(self):
        rows, columns, channels = self.shape
        if self.layout == "bip":
            return self.flat.reshape(rows, columns, channels)
        if self.layout == "bil":
            return self.flat.reshape(rows, channels, columns).transpose(0, 2, 1)
        return self.flat.reshape(channels, rows, columns).transpose(1, 2, 0)

    def is_like(self, other):
        """Whether type, shape and samples are the same. Samples are compared as bytes: NaN is like itself."""
        if self.kind != other.kind or self.flat.size != other.flat.size or self.extra != other.extra:
            return False
        if self.shape and other.shape:
            return self.shape == other.shape and same(self.pixels(), other.pixels())
        return same(self.flat, other.flat)

    def __str__(self):
        values = " ".join(bytes(one.tobytes()).hex() for one in self.flat.ravel()[:3])
        return f"{self.kind} {self.shape or self.flat.size} {self.layout} [{values} ...] {self.extra or ''}"


def same(a, b):
    return numpy.ascontiguousarray(a).tobytes() == numpy.ascontiguousarray(b).tobytes()


def native(array):
    """An array in this machine's byte order."""
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def from_bytes(kind, data, offset, shape, layout="bip", big=False, extra=None):
    """Samples at a place; None when they are not all there."""
    dtype = numpy.dtype((">" if big else "<") + kind)
    count = int(numpy.prod([int(n) for n in shape], dtype=object))
    if offset < 0 or count <= 0 or offset + count * dtype.itemsize > len(data):
        return None
    flat = native(numpy.frombuffer(data, dtype, count, offset))
    return Image(kind, flat, tuple(int(n) for n in shape), layout, extra)


class Library:
    """mmimage, through the shim."""

    def __init__(self, path):
        self.shim = ctypes.CDLL(path)
        self.shim.shim_read.argtypes = [
            ctypes.c_char_p,
            ctypes.c_size_t,
            ctypes.c_char_p,
            ctypes.c_char_p,
            ctypes.c_uint64,
            ctypes.POINTER(Struct),
        ]

    def read(self, case, part=None):
        """An Image, or a text that says why there is none."""
        answer = Struct()
        data = case.header if case.data is None else case.data
        code = self.shim.shim_read(
            case.header, len(case.header), case.format.encode(), part, len(data), ctypes.byref(answer)
        )
        assert code == 0, case.format
        if answer.status != 0:
            return answer.problem.decode()
        # SAMPLES_HERE is 0, SAMPLES_NAMED is 1.
        if answer.place == 1 and (case.data is None or os.path.normpath(answer.name) != os.fsencode(case.name)):
            return f"there is no file {answer.name!r}"
        data = case.header if answer.place == 0 else data
        if answer.files:
            return self.gather(case, answer)
        name = answer.type.decode()
        kind = name[0] + str(int("".join(c for c in name if c.isdigit())) // 8)
        shape = (answer.height, answer.width, answer.samples)
        extra = None if case.extra is None else case.extra(answer)
        image = from_bytes(kind, data, answer.offset, shape, LAYOUTS[answer.layout], name.endswith("be"), extra)
        assert image is not None, "accepted, but the samples are not in the file"
        return image

    def gather(self, case, answer):
        """An image of several files: an equal part of each."""
        if answer.files > 64:
            return "more files than are compared"
        slab, parts = answer.length // answer.files, []
        for name, start in zip(list(answer.names)[: answer.files], answer.starts):
            content = case.files.get(os.path.normpath(os.fsdecode(name.value))) if case.files else None
            if content is None:
                return f"there is no file {name.value!r}"
            parts.append(content[start : start + slab])
        name = answer.type.decode()
        kind = name[0] + str(int("".join(c for c in name if c.isdigit())) // 8)
        count = answer.height * answer.width * answer.samples
        # bil is told as planes, whose lines lie apart: without a shape the samples are compared as they lie.
        return from_bytes(kind, b"".join(parts), 0, (count, 1, 1), big=name.endswith("be")).without_shape()

    def netpbm(self, data):
        """An Anymap, or None."""
        answer = Anymap()
        return answer if self.shim.shim_netpbm(data, len(data), ctypes.byref(answer)) == 0 else None
