# SPDX-License-Identifier: MIT
"""The library as ctypes sees it: where it lies, its structs, and the types of its functions."""
import ctypes
import os
from typing import Optional

READ, READ_WRITE, COPY_ON_WRITE = 1, 2, 3
OPEN_EXISTING, OPEN_OR_CREATE, CREATE, CREATE_NEW = range(4)
FLUSH_START, FLUSH_DURABLE = 0, 1
IO_AUTO, IO_MMAP, IO_BUFFERED, IO_DIRECT = range(4)
JOURNAL_OFF, JOURNAL_KILL, JOURNAL_POWER = range(3)
JOURNAL_FINISHED, JOURNAL_SPOILED = 0, 1
CHANNEL_SEND, CHANNEL_RECEIVE = 0, 1
FOREVER = 2**32 - 1  # MMV_FOREVER of sync.h: milliseconds
NAME_MAX = 200  # MMV_NAME_MAX of shared.h
EMPTY = 2**64 - 1  # MMV_EMPTY of base.h: a length that means no byte at all

# mmv_status of status.h
STATUS = {
    name: number
    for number, name in enumerate(
        """OK EINVAL ERANGE EACCES ENOENT EEXIST EKIND ENOMEM ENOSPC EIO ETRUNC ENOTSUP EBUSY ESTOPPED ESYSTEM EJOURNAL
        EVERSION ETIMEOUT EABANDONED ECLOSED EPEER""".split()
    )
}


class View(ctypes.Structure):
    """mmv_view of view.h."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("length", ctypes.c_size_t),
        ("offset", ctypes.c_uint64),
        ("readable", ctypes.c_size_t),
        ("writable", ctypes.c_size_t),
        ("near_readable", ctypes.c_size_t),
        ("near_writable", ctypes.c_size_t),
        ("map", ctypes.c_void_p),
        ("base", ctypes.c_void_p),
        ("mapped", ctypes.c_size_t),
        ("watch", ctypes.c_void_p),
        ("access", ctypes.c_uint),
    ]


def _rest_of_a_word(name):
    """What follows a pointer where it is half of a reserved word: nothing where pointers have 64 bits."""
    return [] if ctypes.sizeof(ctypes.c_void_p) == 8 else [(name, ctypes.c_uint32)]


class MapOptions(ctypes.Structure):
    """mmv_map_options of map.h."""

    _fields_ = [
        ("mode", ctypes.c_int),
        ("capacity", ctypes.c_uint64),
        ("permissions", ctypes.c_uint),
        ("no_follow", ctypes.c_bool),
        ("created_ret", ctypes.POINTER(ctypes.c_bool)),
        *_rest_of_a_word("created_rest"),
        ("sharing", ctypes.c_uint64),
        ("reserved", ctypes.c_uint64 * 2),
    ]


class Range(ctypes.Structure):
    """mmv_range of range.h."""

    _fields_ = [("offset", ctypes.c_uint64), ("length", ctypes.c_uint64)]


class Failure(ctypes.Structure):
    """mmv_error of status.h."""

    _fields_ = [
        ("status", ctypes.c_int),
        ("os_error", ctypes.c_int),
        ("operation", ctypes.c_char_p),
        ("parameter", ctypes.c_char_p),
        ("has_offset", ctypes.c_bool),
        ("offset", ctypes.c_uint64),
        ("file", ctypes.c_char * 256),
        ("detail", ctypes.c_char * 256),
    ]


class Chunk(ctypes.Structure):
    """mmv_chunk of walk.h."""

    _fields_ = [
        ("data", ctypes.c_void_p),
        ("source", ctypes.c_void_p),
        ("count", ctypes.c_size_t),
        ("stride", ctypes.c_size_t),
        ("file_stride", ctypes.c_uint64),
        ("index", ctypes.c_uint64),
        ("offset", ctypes.c_uint64),
        ("before", ctypes.c_size_t),
        ("after", ctypes.c_size_t),
        ("thread", ctypes.c_uint),
        ("is_trial", ctypes.c_bool),
    ]


class WalkStats(ctypes.Structure):
    """mmv_walk_stats of walk.h."""

    _fields_ = [
        ("bytes", ctypes.c_uint64),
        ("records", ctypes.c_uint64),
        ("resumed", ctypes.c_uint64),
        ("prefix", ctypes.c_uint64),
        ("windows", ctypes.c_uint64),
        ("window_bytes", ctypes.c_uint64),
        ("step_bytes", ctypes.c_uint64),
        ("threads", ctypes.c_uint),
        ("io", ctypes.c_int),
        ("reason", ctypes.c_char * 200),
        ("bytes_mapped", ctypes.c_uint64),
        ("bytes_buffered", ctypes.c_uint64),
        ("bytes_direct", ctypes.c_uint64),
        ("peak_mapped", ctypes.c_uint64),
        ("minor_faults", ctypes.c_uint64),
        ("major_faults", ctypes.c_uint64),
        ("seconds", ctypes.c_double),
        ("out_bytes", ctypes.c_uint64),
        ("reserved_", ctypes.c_uint64 * 7),
    ]


class WalkOptions(ctypes.Structure):
    """mmv_walk_options of walk.h."""

    _fields_ = [
        ("record_size", ctypes.c_size_t),
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("stride", ctypes.c_uint64),
        ("halo", ctypes.c_uint),
        ("out_record_size", ctypes.c_size_t),
        ("out_offset", ctypes.c_uint64),
        ("io", ctypes.c_int),
        ("threads", ctypes.c_uint),
        ("window", ctypes.c_uint64),
        ("max_mapped", ctypes.c_uint64),
        ("max_maps", ctypes.c_uint32),
        ("journal", ctypes.c_void_p),
        ("tick", ctypes.c_void_p),
        ("tick_user", ctypes.c_void_p),
        ("stats", ctypes.POINTER(WalkStats)),
        ("reserved_", ctypes.c_uint64 * 8),
    ]


WALK_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
FOLD_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
MERGE_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)


class Reduction(ctypes.Structure):
    """mmv_reduction of reduce.h."""

    _fields_ = [
        ("partial_size", ctypes.c_size_t),
        ("initial", ctypes.c_void_p),
        ("block", ctypes.c_uint64),
        ("fold", FOLD_FN),
        ("merge", MERGE_FN),
        ("user", ctypes.c_void_p),
        ("reserved_", ctypes.c_uint64 * 4),
    ]


class JournalOptions(ctypes.Structure):
    """mmv_journal_options of journal.h."""

    _fields_ = [
        ("mode", ctypes.c_int),
        ("operation", ctypes.c_char_p),
        ("files", ctypes.c_uint64),
        ("bytes", ctypes.c_uint64),
        ("threads", ctypes.c_uint),
        ("wait_ms", ctypes.c_uint),
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("job", ctypes.c_void_p),
        ("adopt", ctypes.c_bool),
        ("varies", ctypes.c_bool),
        ("settle", ctypes.c_void_p),
        ("settle_user", ctypes.c_void_p),
        ("reserved_", ctypes.c_uint64 * 2),
    ]


class Turn(ctypes.Structure):
    """mmv_turn of pass.h."""

    _fields_ = [
        ("offset", ctypes.c_uint64),
        ("length", ctypes.c_uint64),
        ("io", ctypes.c_int),
        ("populate", ctypes.c_int),
        ("reserved_", ctypes.c_uint64 * 4),
    ]


class SharedOptions(ctypes.Structure):
    """mmv_shared_options of shared.h."""

    _fields_ = [
        ("mode", ctypes.c_int),
        ("capacity", ctypes.c_uint64),
        ("permissions", ctypes.c_uint),
        ("persist", ctypes.c_bool),
        ("delay_allocation", ctypes.c_bool),
        ("any_owner", ctypes.c_bool),
        ("created_ret", ctypes.POINTER(ctypes.c_bool)),
        ("limits", ctypes.c_uint64),
        ("reserved_", ctypes.c_uint64 * 3),
    ]


class SharedInfo(ctypes.Structure):
    """mmv_shared_info of shared.h."""

    _fields_ = [
        ("name", ctypes.c_char * (NAME_MAX + 1)),
        ("kind", ctypes.c_int),
        ("capacity", ctypes.c_uint64),
        ("allocated", ctypes.c_uint64),
        ("user", ctypes.c_uint32),
        ("group", ctypes.c_uint32),
        ("permissions", ctypes.c_uint),
        ("persists", ctypes.c_bool),
        ("in_use", ctypes.c_bool),
        ("full_name", ctypes.c_char_p),
        *_rest_of_a_word("full_name_rest"),
        ("reserved_", ctypes.c_uint64 * 3),
    ]


SHARED_FN = ctypes.CFUNCTYPE(ctypes.c_bool, ctypes.POINTER(SharedInfo), ctypes.c_void_p)

STRUCTS = {
    "mmv_view": View,
    "mmv_map_options": MapOptions,
    "mmv_range": Range,
    "mmv_error": Failure,
    "mmv_chunk": Chunk,
    "mmv_walk_stats": WalkStats,
    "mmv_walk_options": WalkOptions,
    "mmv_reduction": Reduction,
    "mmv_turn": Turn,
    "mmv_journal_options": JournalOptions,
    "mmv_shared_options": SharedOptions,
    "mmv_shared_info": SharedInfo,
}

_HERE = os.path.dirname(os.path.abspath(__file__))
LIBRARY = "libmmview.so.0"


def candidates(name: str, chosen: Optional[str]) -> list:
    """
    Where a library of that name is looked for: at the place that was chosen, inside the package (a wheel), beside the
    folder of modules that the package is installed in, and where the system's loader looks.
    """
    if chosen:
        return [chosen]
    beside = [os.path.join(_HERE, *[".."] * up, name) for up in (2, 3, 4)]
    return [os.path.join(_HERE, "_lib", name), *beside, name]


def load(name: str, chosen: Optional[str]) -> ctypes.CDLL:
    """The first of candidates() that is there."""
    tried = candidates(name, chosen)
    for path in tried[:-1]:
        if os.path.exists(path):
            return ctypes.CDLL(path)
    try:
        return ctypes.CDLL(tried[-1])
    except OSError as error:
        raise ImportError(f"{name} is not found; set MMVIEW_LIBRARY to its path: {error}") from None


lib = load(LIBRARY, os.environ.get("MMVIEW_LIBRARY"))
_pointer = ctypes.c_void_p
_u64, _u32, _bool = ctypes.c_uint64, ctypes.c_uint32, ctypes.c_bool
_to = ctypes.POINTER

_FUNCTIONS = {
    "mmv_version": (ctypes.c_char_p,),
    "mmv_last_error": (_to(Failure),),
    "mmv_error_format": (ctypes.c_size_t, _to(Failure), ctypes.c_char_p, ctypes.c_size_t),
    "mmv_guard_enable": (ctypes.c_int,),
    "mmv_map_open_with": (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint, _to(MapOptions), _to(_pointer)),
    "mmv_map_close": (None, _to(_pointer)),
    "mmv_map_capacity": (_u64, _pointer),
    "mmv_map_sync": (ctypes.c_int, _pointer),
    "mmv_map_descriptor": (ctypes.c_int, _pointer),
    "mmv_map_is_remote": (ctypes.c_bool, _pointer),
    "mmv_map_refresh": (ctypes.c_int, _pointer),
    "mmv_map_grow": (ctypes.c_int, _pointer, _u64),
    "mmv_map_shrink": (ctypes.c_int, _pointer, _u64),
    "mmv_view_open": (ctypes.c_int, _pointer, _u64, _u64, _to(View)),
    "mmv_view_flush": (ctypes.c_int, _to(View), ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int),
    "mmv_view_close": (None, _to(View)),
    "mmv_view_advise": (ctypes.c_int, _to(View), ctypes.c_int),
    "mmv_view_check": (ctypes.c_int, _to(View)),
    "mmv_default_threads": (ctypes.c_uint,),
    "mmv_walk_to": (ctypes.c_int, _pointer, _pointer, _to(WalkOptions), WALK_FN, _pointer),
    "mmv_walk": (ctypes.c_int, _pointer, _to(WalkOptions), WALK_FN, _pointer),
    "mmv_walk_keep": (_pointer,),
    "mmv_kept_free": (None, _pointer),
    "mmv_reduce": (ctypes.c_int, _pointer, _to(WalkOptions), _to(Reduction), _pointer),
    "mmv_pass_open": (ctypes.c_int, _pointer, _to(WalkOptions), _to(_pointer)),
    "mmv_pass_next": (ctypes.c_bool, _pointer, _to(Turn)),
    "mmv_pass_close": (None, _to(_pointer)),
    "mmv_io_name": (ctypes.c_char_p, ctypes.c_int),
    "mmv_journal_check": (ctypes.c_int, _pointer, _u64, _u64, _pointer),
    "mmv_journal_name": (ctypes.c_int, _pointer, _u64, _u64, ctypes.c_uint, _to(_pointer)),
    "mmv_journal_open": (ctypes.c_int, ctypes.c_char_p, _to(JournalOptions), _to(_pointer)),
    "mmv_journal_end": (ctypes.c_int, _pointer, ctypes.c_int),
    "mmv_journal_close": (None, _to(_pointer)),
    "mmv_map_open_named": (ctypes.c_int, ctypes.c_char_p, ctypes.c_uint, _to(SharedOptions), _to(_pointer)),
    "mmv_map_share": (ctypes.c_int, _pointer, ctypes.c_char_p, _to(SharedOptions)),
    "mmv_shared_list": (ctypes.c_int, SHARED_FN, _pointer),
    "mmv_shared_remove": (ctypes.c_int, ctypes.c_char_p),
    "mmv_shared_kind_name": (ctypes.c_char_p, ctypes.c_int),
    "mmv_mutex_open": (ctypes.c_int, ctypes.c_char_p, _to(SharedOptions), _to(_pointer)),
    "mmv_mutex_open_owned": (ctypes.c_int, ctypes.c_char_p, _to(SharedOptions), _to(_pointer)),
    "mmv_mutex_lock": (ctypes.c_int, _pointer, _u32),
    "mmv_mutex_unlock": (ctypes.c_int, _pointer),
    "mmv_mutex_close": (None, _to(_pointer)),
    "mmv_event_open": (ctypes.c_int, ctypes.c_char_p, _bool, _bool, _to(SharedOptions), _to(_pointer)),
    "mmv_event_set": (ctypes.c_int, _pointer),
    "mmv_event_reset": (ctypes.c_int, _pointer),
    "mmv_event_wait": (ctypes.c_int, _pointer, _u32),
    "mmv_event_is_manual": (_bool, _pointer),
    "mmv_event_close": (None, _to(_pointer)),
    "mmv_semaphore_open": (ctypes.c_int, ctypes.c_char_p, _u32, _u32, _to(SharedOptions), _to(_pointer)),
    "mmv_semaphore_acquire": (ctypes.c_int, _pointer, _u32),
    "mmv_semaphore_release": (ctypes.c_int, _pointer, _u32, _to(_u32)),
    "mmv_semaphore_close": (None, _to(_pointer)),
    "mmv_channel_open": (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, _to(SharedOptions), _to(_pointer)),
    "mmv_channel_send": (ctypes.c_int, _pointer, _pointer, ctypes.c_size_t, _u32),
    "mmv_channel_peek": (ctypes.c_int, _pointer, _to(_pointer), _to(ctypes.c_size_t), _u32),
    "mmv_channel_skip": (ctypes.c_int, _pointer),
    "mmv_channel_has_peer": (_bool, _pointer),
    "mmv_channel_room": (ctypes.c_size_t, _pointer),
    "mmv_channel_close": (None, _to(_pointer)),
    "mmv_shard": (ctypes.c_int, Range, _u64, _u64, _u64, _u64, _to(Range)),
}


def declare(library: ctypes.CDLL, functions: dict) -> None:
    """Give functions their types: the result's first, then those of the parameters."""
    for name, (result, *parameters) in functions.items():
        function = getattr(library, name)
        function.restype = result
        function.argtypes = parameters


declare(lib, _FUNCTIONS)
