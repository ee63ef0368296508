# SPDX-License-Identifier: MIT
"""A range of a file, window after window."""
import ctypes
import os

from . import _native
from ._errors import SizeError, check, of_system, truncated
from ._lend import KNOWS, lend
from ._native import STATUS, lib
from ._numbers import number

WHOLE = object()  # not None: an empty part is not the whole
STEP = 2 << 20  # of a mapping: a large page
PIECE = 256 << 10  # of reads and writes: stays in the processor's cache

WAYS = {"auto": _native.IO_AUTO, "mmap": _native.IO_MMAP, "buffered": _native.IO_BUFFERED, "direct": _native.IO_DIRECT}
KEPT = "an array or a memoryview still looks at the bytes of this window"


def range_of(owner, offset, length, part):
    """(offset, end) in the file, from what windows() and its like were given."""
    if part is not WHOLE:
        if offset != 0 or length is not None:
            raise ValueError("a part says offset and length itself")
        offset, length = (0, 0) if part is None else part
    offset = number("offset", offset)
    capacity = len(owner)
    end = capacity if length is None else offset + number("length", length)
    if max(offset, end) > capacity:
        raise SizeError(f"bytes {offset} to {end} are not all in the {capacity} bytes of the file")
    return offset, end


def way_of(io, ways):
    """The mmv_io of a word."""
    if io not in ways:
        raise ValueError(f"io {io!r} is none of {', '.join(ways)}")
    return WAYS[io]


class _Pass:
    """Which way the next bytes go. With an exact size always the same way, and so many bytes."""

    def __init__(self, owner, offset, end, record, io, size):
        self.end, self.io, self.size, self.at = end, io, size, offset
        self.handle = ctypes.c_void_p()
        options = _native.WalkOptions(
            record_size=record, offset=offset, length=end - offset or _native.EMPTY, io=io
        )
        # Also with an exact size: what is wrong with the range is said as a walk would.
        check(lib.mmv_pass_open(owner._handle(), options, self.handle), owner.name)
        # The first handle's map must stay open.
        self.owner = owner

    def __iter__(self):
        while self.size is not None and self.at < self.end:
            length = min(self.size, self.end - self.at)
            yield _native.Turn(self.at, length, _native.IO_MMAP if self.io == _native.IO_AUTO else self.io)
            self.at += length
        turn = _native.Turn()
        while self.size is None and lib.mmv_pass_next(self.handle, turn):
            yield turn

    def close(self):
        lib.mmv_pass_close(self.handle)

    __del__ = close


def windows_of(owner, size, offset, length, record, part, io):
    """Map.windows(): whatever is wrong is said at once, not when the first window is taken."""
    record = number("record", record, 1)
    if size is not None:
        size = number("size", size, 1)
        if size < record:
            raise SizeError(f"a window of {size} bytes would break a record of {record}")
        size = size // record * record
    offset, end = range_of(owner, offset, length, part)
    return _each(owner, _Pass(owner, offset, end, record, way_of(io, ("auto", "mmap", "buffered")), size), record)


def _each(owner, turns, record):
    whole, spare = (turns.at, turns.end), []
    try:
        for turn in turns:
            at, end, exact = turn.offset, turn.offset + turn.length, turns.size is not None
            if turn.io == _native.IO_MMAP:
                yield from _mapped(owner, turn, whole, 0 if exact else STEP, record)
                continue
            step = turn.length if exact else max(record, PIECE // record * record)
            while at < end:
                yield from _buffered(owner, at, min(step, end - at), spare)
                at += step
    finally:
        turns.close()


def _mapped(owner, turn, whole, step, record):
    """
    A turn through one view, in steps that end at multiples of 'step' in the file, or between records behind it.

    The view has all of the large pages that the turn has a part of, as far as they are of the whole range: a part alone
    would come in small ones.
    """
    first, last = turn.offset, turn.offset + turn.length
    if step:
        first, last = max(whole[0], first // step * step), min(whole[1], -(-last // step) * step)
    view = owner.view(first, last - first)
    _populate(view, turn.populate)
    at, base = 0, view.address + turn.offset - first
    while at < turn.length:
        end = turn.length
        if step:
            border = (turn.offset + at) // step * step + step - turn.offset
            end = min(end, -(-border // record) * record)
        data, seen = lend(base + at, end - at, None, owner.writable, view)
        try:
            yield data
        finally:
            data.release()
            data = None
            view.check()
        if KNOWS and seen() is not None:
            raise BufferError(KEPT)
        at = end
    view.close()


def _populate(view, advice):
    """Fault all pages in at once. Not each system can."""
    status = lib.mmv_view_advise(view._view, advice) if advice else 0
    if status != STATUS["ENOTSUP"]:
        check(status, view._path)


def _buffered(owner, offset, length, spare):
    """
    Bytes as they are now; what is stored goes to the file at the end of the turn, unless changes stay in memory. Memory
    that nobody looks at is 'spare' for the next window: it is in the processor's cache.
    """
    memory = spare.pop() if spare and len(spare[-1]) == length else bytearray(length)
    _read(owner, memory, offset)
    base = ctypes.c_char.from_buffer(memory)
    data, seen = lend(ctypes.addressof(base), length, None, owner.writable, base)
    del base
    try:
        yield data
    finally:
        data.release()
        data = None
        if owner.stores:
            _write(owner, memory, offset)
    if KNOWS and seen() is not None:
        raise BufferError(KEPT)
    if KNOWS:
        spare[:] = [memory]


def _read(owner, memory, offset):
    left = memoryview(memory)
    while left:
        try:
            done = os.preadv(owner.fileno(), [left], offset)
        except OSError as error:
            raise of_system(error, owner.name, offset) from None
        if done == 0:
            raise truncated(owner.name, offset)
        left, offset = left[done:], offset + done


def _write(owner, memory, offset):
    # A file that became shorter since it was read would quietly grow again.
    left, end = memoryview(memory), offset + len(memory)
    if owner.is_file and os.fstat(owner.fileno()).st_size < end:
        raise truncated(owner.name, os.fstat(owner.fileno()).st_size)
    while left:
        try:
            done = os.pwritev(owner.fileno(), [left], offset)
        except OSError as error:
            raise of_system(error, owner.name, offset) from None
        left, offset = left[done:], offset + done
