# SPDX-License-Identifier: MIT
"""libmmimage as ctypes sees it: the readers of headers."""
import ctypes
import functools
import os

from . import _native
from ._native import STATUS

LIBRARY = "libmmimage.so.0"
KINDS = "u1 i1 u2 i2 u4 i4 f4 f8 u8 i8 f2".split()  # mmi_kind, as numpy calls them
LAYOUTS = ("bip", "bil", "bsq")
HERE, NAMED, ENDING, SIDECAR, LISTED = range(5)  # mmi_samples_place
SAMPLES_LISTED = LISTED
MARK_NONE, MARK_FORMAT, MARK_OTHER = range(3)
F16, BSQ = KINDS.index("f2"), LAYOUTS.index("bsq")
RAW, EHDR = 1, 7  # mmi_format
MEANINGS = ("light", "dark", "ink", "lab")
NOTES = "raw behind parts assumed stale unfinished no_data meaning saturated".split()
MEANS_LAB, NOTE_SATURATED = MEANINGS.index("lab"), NOTES.index("saturated")


class Type(ctypes.Structure):
    """mmi_type of sample.h."""

    _fields_ = [("kind", ctypes.c_int), ("big_endian", ctypes.c_bool)]


class Geometry(ctypes.Structure):
    """mmi_image of image.h."""

    _fields_ = [
        ("type", Type),
        ("samples", ctypes.c_uint32),
        ("width", ctypes.c_uint64),
        ("height", ctypes.c_uint64),
        ("layout", ctypes.c_int),
    ]


class Stale(ctypes.Structure):
    """mmi_stale of container.h."""

    _fields_ = [
        ("name", ctypes.c_char * 24),
        ("kind", ctypes.c_int),
        ("form", ctypes.c_int),
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint32),
        ("type", Type),
        ("count", ctypes.c_uint32),
        ("each", ctypes.c_bool),
    ]


class Note(ctypes.Structure):
    """mmi_note of container.h."""

    _fields_ = [("kind", ctypes.c_int), ("text", ctypes.c_char * 240)]


class Container(ctypes.Structure):
    """mmi_container of container.h."""

    _fields_ = [
        ("format", ctypes.c_int),
        ("image", Geometry),
        ("frames", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("from_end", ctypes.c_bool),
        ("low", ctypes.c_double),
        ("high", ctypes.c_double),
        ("unit", ctypes.c_uint64),
        ("slope", ctypes.c_double),
        ("intercept", ctypes.c_double),
        ("stale", Stale * 8),
        ("stale_count", ctypes.c_uint),
        ("place", ctypes.c_int),
        ("name", ctypes.c_char * 256),
        ("name_at", ctypes.c_uint64),
        ("problem", ctypes.c_char * 256),
        ("meaning", ctypes.c_int),
        ("part", ctypes.c_uint64),
        ("parts", ctypes.c_uint64),
        ("part_name", ctypes.c_char * 80),
        ("no_data", ctypes.c_double * 4),
        ("no_data_count", ctypes.c_uint),
        ("notes", Note * 8),
        ("note_count", ctypes.c_uint),
        ("pieces", ctypes.c_void_p),
        ("doubtful_length", ctypes.c_uint64),
        ("files", ctypes.c_void_p),
        ("reserved_", ctypes.c_uint64 * 5),
    ]


READ_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_size_t)


class Source(ctypes.Structure):
    """mmi_source of container.h."""

    _fields_ = [("read", READ_FN), ("user", ctypes.c_void_p), ("size", ctypes.c_uint64)]


class Wish(ctypes.Structure):
    """mmi_wish of container.h."""

    _fields_ = [
        ("format", ctypes.c_int),
        ("samples", ctypes.c_uint32),
        ("part", ctypes.c_char_p),
        ("reserved_", ctypes.c_uint64 * 6),
    ]


class Clue(ctypes.Structure):
    """mmi_clue of container.h."""

    _fields_ = [
        ("mark", ctypes.c_int),
        ("format", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("remedy", ctypes.c_char_p),
        ("is_text", ctypes.c_bool),
        ("is_wide", ctypes.c_bool),
    ]


class Piece(ctypes.Structure):
    """mmi_piece of pieces.h."""

    _fields_ = [
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("x", ctypes.c_uint64),
        ("y", ctypes.c_uint64),
        ("width", ctypes.c_uint64),
        ("height", ctypes.c_uint64),
        ("stride", ctypes.c_uint64),
        ("channel", ctypes.c_uint32),
        ("samples", ctypes.c_uint32),
        ("file", ctypes.c_uint32),
    ]


STRUCTS = {
    "mmi_type": Type,
    "mmi_image": Geometry,
    "mmi_stale": Stale,
    "mmi_note": Note,
    "mmi_container": Container,
    "mmi_source": Source,
    "mmi_wish": Wish,
    "mmi_clue": Clue,
    "mmi_piece": Piece,
}

_to = ctypes.POINTER
_FUNCTIONS = {
    "mmi_container_read": (ctypes.c_int, _to(Source), _to(Wish), _to(Container)),
    "mmi_container_look": (ctypes.c_int, _to(Source), _to(Clue)),
    "mmi_container_free": (None, _to(Container)),
    "mmi_container_fit": (ctypes.c_int, _to(Container), ctypes.c_uint64),
    "mmi_container_fit_file": (ctypes.c_int, _to(Container), ctypes.c_uint32, ctypes.c_uint64),
    "mmi_container_sidecar": (
        ctypes.c_bool, ctypes.c_char_p, ctypes.c_bool, ctypes.c_uint, ctypes.c_char_p, ctypes.c_size_t,
    ),
    "mmi_format_parse": (ctypes.c_bool, ctypes.c_char_p, _to(ctypes.c_int)),
    "mmi_format_name": (ctypes.c_char_p, ctypes.c_int),
    "mmi_format_of_name": (ctypes.c_int, ctypes.c_char_p),
    "mmi_files_count": (ctypes.c_uint32, ctypes.c_void_p),
    "mmi_files_name": (ctypes.c_char_p, ctypes.c_void_p, ctypes.c_uint32),
    "mmi_pieces_count": (ctypes.c_uint64, ctypes.c_void_p),
    "mmi_pieces_get": (Piece, ctypes.c_void_p, ctypes.c_uint64),
}


@functools.lru_cache(maxsize=None)
def library() -> ctypes.CDLL:
    """libmmimage, which is loaded when a container is read first."""
    chosen = os.environ.get("MMVIEW_IMAGE_LIBRARY")
    image = _native.load(LIBRARY, chosen)
    _native.declare(image, _FUNCTIONS)
    return image


def source_of(owner, raised: list) -> Source:
    """A map's bytes for a reader. What Python raises meanwhile is appended to the list."""
    descriptor, size = owner.fileno(), len(owner)

    def read(_, offset, place, length):
        try:
            data = os.pread(descriptor, length, offset)
            ctypes.memmove(place, data, len(data))
            return 0 if len(data) == length else STATUS["ETRUNC"]
        except BaseException as error:
            raised.append(error)
            return STATUS["EIO"]

    return Source(read=READ_FN(read), size=size)
