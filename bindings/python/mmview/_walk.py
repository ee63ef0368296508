# SPDX-License-Identifier: MIT
"""Functions over all records of a range, by many threads, and values of all of them."""
import ctypes
import dataclasses
import itertools
import threading
import traceback
import weakref
from typing import Any, Callable, Optional, Tuple

from . import _native
from ._apart import apart
from ._errors import check
from ._lend import KNOWS, dtype_of, lend
from ._native import STATUS, lib
from ._numbers import number
from ._windows import WAYS, range_of, way_of


class Chunk:
    """
    Which records a function was given.

    index:    number of the first, counted from the start of the range
    offset:   byte of the file where it begins
    count:    how many there are
    thread:   0 up to the number of threads: a place of your own in a list of counts
    is_trial: with a journal: the records are a copy, and will come again. Count nothing
    """

    __slots__ = ("index", "offset", "count", "thread", "is_trial")

    def __init__(self, index: int, offset: int, count: int, thread: int, is_trial: bool):
        self.index, self.offset, self.count, self.thread, self.is_trial = index, offset, count, thread, is_trial

    def __repr__(self) -> str:
        return f"<mmview.Chunk of {self.count} records from {self.index} on, byte {self.offset}>"


@dataclasses.dataclass(frozen=True)
class WalkStats:
    """
    What a walk did.

    bytes:   of the range that are done
    records: in these
    resumed: bytes of these that an earlier run of the journal had done
    threads: that took part
    io:      the way that most bytes went: "mmap", "buffered" or "direct"
    reason:  why that one, with the figures that decided
    seconds: how long it took
    """

    bytes: int
    records: int
    resumed: int
    threads: int
    io: str
    reason: str
    seconds: float


def _forget(error: Optional[BaseException]) -> None:
    """Clear the frames of an error and of those that it came from: they hold arrays of memory that is lent."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


class _Stopped(Exception):
    """The walk was interrupted; who did so says why."""


class _Last:
    """Lives as long as the last of those that own it."""


class _Call:
    """
    One call of the library that calls Python back, from threads of its own.

    What a function raises ends the call, and is raised again by the thread that made it.
    """

    def __init__(self, record: int, dtype, writable: bool, with_chunk: bool = False):
        self.record, self.dtype, self.writable, self.with_chunk = record, dtype, writable, with_chunk
        self.out_record, self.out_dtype = 0, None  # of what a function fills, when that is another file
        self.raised: Optional[BaseException] = None
        self.lock, self.stopped = threading.Lock(), False
        self.kept: list = []  # (note of the library, exporters) of chunks that something looks at

    def fail(self, error: BaseException) -> int:
        """Keep the first error, and say that the walk shall stop."""
        with self.lock:
            self.raised = self.raised or error
        return STATUS["ESTOPPED"]

    def interrupt(self, error: BaseException) -> None:
        """A signal: no function is called any more. Without the lock, which the interrupted thread may hold."""
        self.stopped = True

    def make(self, function: Callable, path: str, *arguments) -> None:
        """Call the library, and raise what a function raised, or what it returned."""

        def call():
            status = function(*arguments)
            self._leave_kept()
            if self.raised is not None:
                raise self.raised
            check(status, path)

        apart(call, self.interrupt)

    def _keep(self, seen) -> None:
        """Something looks at a chunk's records. In the thread of the function, before it returns to the library."""
        self.kept.append((lib.mmv_walk_keep(), seen))

    def _leave_kept(self) -> None:
        """The walk is over: what was kept goes when nothing looks at it any more."""
        for note, seen in self.kept:
            last = _Last()
            for exporter in [one() for one in seen]:
                if exporter is not None:
                    exporter.owner = last
            del exporter
            weakref.finalize(last, lib.mmv_kept_free, note).atexit = False
        self.kept.clear()

    def lent(self, chunk: _native.Chunk) -> list:
        """What lend() gives of a chunk's records, and of those to fill."""
        data = chunk.data if self.writable else chunk.source
        both = [lend(data, chunk.count * self.record, self.dtype, self.writable)]
        if self.out_record:
            both.append(lend(chunk.data, chunk.count * self.out_record, self.out_dtype, True))
        return both

    def run(self, address: int, function: Callable) -> Tuple[Any, bool]:
        """
        What the function returned for a chunk, or raise what it raised; and whether that was the last array itself,
        for which None stands. BufferError when anything still looks at the records, which outlive the walk then.
        """
        if self.stopped:
            raise _Stopped
        chunk = _native.Chunk.from_address(address)
        arrays, seen = zip(*self.lent(chunk))
        result, failed = None, None
        try:
            result = function(*arrays, _chunk_of(chunk)) if self.with_chunk else function(*arrays)
        except BaseException as error:  # nothing may leave through the library
            failed = error
            _forget(error)
        is_array = result is arrays[-1]
        result = None if is_array else result
        del arrays
        if KNOWS and any(exporter() is not None for exporter in seen):
            result = failed = None
            self._keep(seen)
            raise BufferError(KEPT)
        if failed is not None:
            raise failed
        return result, is_array


KEPT = (
    "an array or a memoryview still looks at records after the end of the function that was lent them: return, raise "
    "and keep copies"
)


def _chunk_of(chunk: _native.Chunk) -> Chunk:
    return Chunk(chunk.index, chunk.offset, chunk.count, chunk.thread, chunk.is_trial)


def _record_of(dtype, record):
    item = dtype.itemsize if dtype is not None else 1
    if record is None:
        return item
    record = number("record", record, 1)
    if record % item:
        raise ValueError(f"a record of {record} bytes is not whole items of {item}")
    return record


def _options(owner, place, record, io, threads, window):
    offset, end = range_of(owner, *place)
    stats = _native.WalkStats()
    return _native.WalkOptions(
        record_size=record,
        offset=offset,
        length=end - offset or _native.EMPTY,
        io=way_of(io, WAYS),
        threads=min(number("threads", threads), 2**32 - 1),
        window=number("window", window),
        stats=ctypes.pointer(stats),
    )


def walk_of(owner, function, dtype, place, record, io, threads, window, journal, with_chunk) -> WalkStats:
    """Map.walk()."""
    dtype = dtype_of(dtype)
    record = _record_of(dtype, record)
    options = _options(owner, place, record, io, threads, window)
    if journal is not None:
        options.journal = journal._handle()
        journal._maps.append(owner)
    call = _Call(record, dtype, owner.writable, with_chunk)

    def each(address, _):
        try:
            if call.run(address, function)[0] is not None:
                raise TypeError("the function must change the array in place, and return nothing or the array")
            return 0
        except BaseException as error:
            return call.fail(error)

    call.make(lib.mmv_walk, owner.name, owner._handle(), options, _native.WALK_FN(each), None)
    return _stats_of(options)


def walk_to_of(owner, target, function, dtypes, place, records, out_offset, how, with_chunk) -> WalkStats:
    """Map.walk_to(): 'dtypes' and 'records' are those of both files, 'how' is io, threads and window."""
    dtype, out_dtype = [dtype_of(one) for one in dtypes]
    record, out_record = _record_of(dtype, records[0]), _record_of(out_dtype, records[1])
    options = _options(owner, place, record, *how)
    options.out_record_size, options.out_offset = out_record, number("out_offset", out_offset)
    call = _Call(record, dtype, False, with_chunk)
    call.out_record, call.out_dtype = out_record, out_dtype

    def each(address, _):
        try:
            if call.run(address, function)[0] is not None:
                raise TypeError("the function must fill the second array, and return nothing or that array")
            return 0
        except BaseException as error:
            return call.fail(error)

    handles = owner._handle(), target._handle()
    call.make(lib.mmv_walk_to, target.name, *handles, options, _native.WALK_FN(each), None)
    return _stats_of(options)


def _stats_of(options: _native.WalkOptions) -> WalkStats:
    stats = options.stats.contents
    return WalkStats(
        stats.bytes,
        stats.records,
        stats.resumed,
        stats.threads,
        lib.mmv_io_name(stats.io).decode(),
        stats.reason.decode(errors="replace"),
        stats.seconds,
    )


class _Partials:
    """
    Values of Python behind partial results of the library, which are plain bytes: a number each, 0 for none.

    The library moves partials, and merges each once: so a number is one place's alone, and what is merged away is
    dropped.
    """

    def __init__(self):
        self.values, self.numbers = {}, itertools.count(1)

    def put(self, place: int, value) -> None:
        """Let the partial at the address be the value."""
        own = next(self.numbers)
        self.values[own] = value
        ctypes.c_uint64.from_address(place).value = own

    def take(self, place: int):
        """The value of the partial at the address, which has none any more."""
        return self.values.pop(ctypes.c_uint64.from_address(place).value)


def reduce_of(owner, fold, merge, dtype, place, record, io, threads, block, initial):
    """Map.reduce()."""
    dtype = dtype_of(dtype)
    record = _record_of(dtype, record)
    options = _options(owner, place, record, io, threads, 0)
    call, partials = _Call(record, dtype, False), _Partials()

    def fold_block(address, partial, _):
        try:
            value, is_array = call.run(address, fold)
            if is_array:
                raise BufferError(KEPT)
            partials.put(partial, value)
            return 0
        except BaseException as error:
            return call.fail(error)

    def merge_two(left, right, _):
        try:
            partials.put(left, merge(partials.take(left), partials.take(right)))
            return 0
        except BaseException as error:
            return call.fail(error)

    reduction = _native.Reduction(
        partial_size=8,
        block=number("block", block),
        fold=_native.FOLD_FN(fold_block),
        merge=_native.MERGE_FN(merge_two),
    )
    result = ctypes.c_uint64()
    call.make(lib.mmv_reduce, owner.name, owner._handle(), options, reduction, ctypes.byref(result))
    return partials.values[result.value] if result.value else initial


def walk(map, function, dtype="u1", **options) -> WalkStats:
    """map.walk(function, dtype, ...)."""
    return map.walk(function, dtype, **options)


def walk_to(map, target, function, dtype="u1", out_dtype=None, **options) -> WalkStats:
    """map.walk_to(target, function, dtype, out_dtype, ...)."""
    return map.walk_to(target, function, dtype, out_dtype, **options)


def reduce(map, fold, merge, dtype="u1", **options):
    """map.reduce(fold, merge, dtype, ...)."""
    return map.reduce(fold, merge, dtype, **options)

