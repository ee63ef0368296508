# SPDX-License-Identifier: MIT
"""Open files, and views of their bytes."""
import ctypes
import os
import stat
import weakref
from typing import Any

from . import _native
from ._errors import Error, check, error_of
from ._lend import bytes_type
from ._native import lib
from ._numbers import file_name, number, object_name
from ._walk import WalkStats, reduce_of, walk_of, walk_to_of
from ._windows import WHOLE, windows_of

_guard: list = []


def turn_guard_on():
    """A bad access to a view is an Error from the first map on, no signal."""
    if not _guard:
        check(lib.mmv_guard_enable())
        _guard.append(True)


class View:
    """
    Bytes [offset, offset + length) of a map, mapped until close(). 'data' is a memoryview of them.

    Whatever looks at the bytes, arrays and slices of memoryviews, holds the object that exports them. The bytes are
    mapped as long as that object lives, also when the view is dropped without close(). At the interpreter's end they
    stay mapped: somebody may look at them up to the last moment, and the system takes them back.
    """

    def __init__(self, owner: "Map", offset: int, length: "int | None"):
        offset = number("offset", offset)
        wanted = 0 if length is None else number("length", length) or _native.EMPTY
        self._view = _native.View()
        self._writable = owner.writable
        self._path = owner.name
        self.data: Any = None  # a memoryview, until close()
        check(lib.mmv_view_open(owner._handle(), offset, wanted, self._view), self._path)
        try:
            self._export()
        except BaseException:
            lib.mmv_view_close(self._view)
            raise

    def _export(self, exporter=None):
        if exporter is None:
            kind = bytes_type(self._view.length)
            exporter = kind.from_address(self._view.data) if self._view.length else kind()
            weakref.finalize(exporter, lib.mmv_view_close, self._view).atexit = False
        self._exporter = weakref.ref(exporter)
        data = memoryview(exporter).cast("B")
        self.data = data if self._writable else data.toreadonly()
        if not self._writable:
            data.release()

    @property
    def address(self) -> int:
        """Of the first byte, in memory."""
        return self._view.data or 0

    @property
    def offset(self) -> int:
        """Of the first byte, in the file."""
        return self._view.offset

    def __len__(self) -> int:
        return self._view.length

    @property
    def __array_interface__(self) -> dict:
        """numpy.asarray(view) is an array of its bytes, without a copy."""
        if self.data is None:
            raise ValueError("the view is closed")
        # A memoryview of its own: an array holds that, but does not keep close() from releasing it.
        return {"version": 3, "shape": (len(self),), "typestr": "|u1", "data": memoryview(self.data)}

    def flush(self, durable: bool = True) -> None:
        """Write changes back; durable waits until they are on the device."""
        how = _native.FLUSH_DURABLE if durable else _native.FLUSH_START
        check(lib.mmv_view_flush(self._view, 0, 0, how), self._path)
        self.check()

    def check(self) -> None:
        """Error when bytes of this view could not be had: the file became shorter, the disk is full or broken."""
        check(lib.mmv_view_check(self._view), self._path)

    def close(self) -> None:
        """
        Unmap. BufferError while an array or a memoryview still looks at the bytes: they stay mapped then. Error as
        check(), and they are unmapped all the same.
        """
        if self.data is None:
            return
        status = lib.mmv_view_check(self._view)
        caught = error_of(status, self._path) if status else None
        self.data.release()
        self.data = None
        exporter = self._exporter()
        if exporter is not None:
            self._export(exporter)
            raise BufferError("an array or a memoryview still looks at the bytes of this view")
        if caught:
            raise caught

    def __enter__(self):
        return self.data

    def __exit__(self, kind, value, trace):
        try:
            self.close()
        except (BufferError, Error):
            # While another error is on its way, the frames that it holds may be what looks at the bytes: they stay
            # mapped.
            if kind is None:
                raise


_KINDS = {
    "r": (_native.READ, _native.OPEN_EXISTING),
    "r+": (_native.READ_WRITE, _native.OPEN_EXISTING),
    "a+": (_native.READ_WRITE, _native.OPEN_OR_CREATE),
    "w+": (_native.READ_WRITE, _native.CREATE),
    "x+": (_native.READ_WRITE, _native.CREATE_NEW),
    "c": (_native.COPY_ON_WRITE, _native.OPEN_EXISTING),
}


class Map:
    """
    An open file. Views outlive it: close, or drop, in any order.

    name:     the path that it was opened with, or its name in memory (named())
    mode:     as of open()
    writable: whether views may be stored to
    stores:   whether that reaches the file: not with mode "c"
    is_file:  whether it is a regular file, no device
    created:  whether this call has made it
    """

    def __init__(self, path, mode: str = "r", capacity: int = 0):
        name, capacity = file_name(path), number("capacity", capacity)
        how, created = self._begin(os.fsdecode(path), mode, _KINDS), ctypes.c_bool()
        options = _native.MapOptions(mode=how, capacity=capacity, created_ret=ctypes.pointer(created))
        check(lib.mmv_map_open_with(name, self._access, options, self._map), self.name)
        self._opened(lib.mmv_map_close, created)

    def _begin(self, name, mode, kinds) -> int:
        """What is known before it is open. Returns the library's mode of opening."""
        if mode not in kinds:
            raise ValueError(f"mode {mode!r} is none of {', '.join(kinds)}")
        turn_guard_on()
        self._access, how = kinds[mode]
        self.name, self.mode = name, mode
        self.writable, self.stores = self._access != _native.READ, self._access == _native.READ_WRITE
        self._map = ctypes.c_void_p()
        return how

    def _opened(self, close, created) -> None:
        """It is open, and 'close' gives it up."""
        self._release = weakref.finalize(self, close, self._map)
        self.created = created.value
        self.is_file = stat.S_ISREG(os.fstat(self.fileno()).st_mode)

    def _handle(self):
        if not self._map:
            raise ValueError("the map is closed")
        return self._map

    def __len__(self) -> int:
        return lib.mmv_map_capacity(self._handle())

    def __repr__(self) -> str:
        return f"<mmview.{type(self).__name__} {self.name!r} mode {self.mode!r}{'' if self._map else ', closed'}>"

    def fileno(self) -> int:
        """The descriptor, which stays the map's own."""
        return lib.mmv_map_descriptor(self._handle())

    def view(self, offset: int = 0, length: "int | None" = None) -> View:
        """A View; without a length to the end, with length 0 an empty one. In a with statement the memoryview of it."""
        return View(self, offset, length)

    def windows(
        self,
        size: "int | None" = None,
        offset: int = 0,
        length: "int | None" = None,
        record: int = 1,
        part=WHOLE,
        io: str = "auto",
    ):
        """
        Memoryviews of a range, one after the other, of whole records. Each is gone before the next comes.

            for window in image.windows(record=8):
                pixels = numpy.frombuffer(window, "<i2")
                numpy.add(pixels, 10, out=pixels)
                del pixels

        Windows are mapped, or read and written back at the end of their turn, whichever is faster here, and as large as
        that is good: the time of the turns tells, as in a walk. With a size each window is mapped, and has so many
        bytes, of whole records; the last has the rest. io="mmap" or "buffered" says which way.

        What is read is as it was when its turn began, and what was stored is in the file when it ends: whoever needs to
        see at once what others store takes a view, or io="mmap". A loop that is left early ends the turn, too: on
        CPython at once, elsewhere with contextlib.closing().

        A range that is not whole records is refused, and so is a size that would break one. BufferError: an array or a
        memoryview still looks at the bytes of a window whose turn is over. These stay good memory as long as it does.

        Without a length the range is to the end; length 0 is no window. 'part' is what shard() gave, instead of offset
        and length: None, an empty part, is no window.
        """
        return windows_of(self, size, offset, length, record, part, io)

    def walk(
        self,
        function,
        dtype="u1",
        *,
        offset: int = 0,
        length: "int | None" = None,
        part=WHOLE,
        record: "int | None" = None,
        io: str = "auto",
        threads: int = 0,
        window: int = 0,
        journal=None,
        chunks: bool = False,
    ) -> WalkStats:
        """
        Call function(array) for all records of a range, by all processors, until each was seen once.

            image.walk(lambda pixels: numpy.add(pixels, 10, out=pixels), "<i2")

        The array is of whole records, and lent for the time of the call: the function changes it in place, and returns
        nothing or the array. It is read-only when the map is. Which records come together, in which order and on which
        thread, differs from run to run. numpy works without the interpreter's lock, so threads work side by side.

        BufferError: something still looks at an array after the function's end; keep a copy instead. The walk is over
        then. The array stays, as memory of this process with the bytes that it had: nothing that is stored there
        reaches the file. An exception of the function ends the walk, too, and is raised here. Some records are done
        then, and some are not: with a journal, those go on that are not.

        dtype:   of the arrays; None gives memoryviews of bytes
        record:  bytes that nothing may cut; the dtype's size without it. A range that is not whole records is refused
        offset, length, part: the range, as of windows()
        io:      "auto", "mmap", "buffered" or "direct"
        threads: at most so many; 0 = one a processor
        window:  bytes that a thread takes at a time; 0 = what is fast
        journal: a job(): the walk is done once, however often the program is killed and run again
        chunks:  call function(array, chunk), with a Chunk that says which records these are
        """
        place = (offset, length, part)
        return walk_of(self, function, dtype, place, record, io, threads, window, journal, chunks)

    def walk_to(
        self,
        target: "Map",
        function,
        dtype="u1",
        out_dtype=None,
        *,
        offset: int = 0,
        length: "int | None" = None,
        part=WHOLE,
        record: "int | None" = None,
        out_record: "int | None" = None,
        out_offset: int = 0,
        io: str = "auto",
        threads: int = 0,
        window: int = 0,
        chunks: bool = False,
    ) -> WalkStats:
        """
        Call function(array, result) for all records of a range, by all processors: it makes records of another map.

            with mmview.open("Large.data") as image, mmview.open("half", "w+", len(image) // 2) as half:
                image.walk_to(half, lambda pixels, result: numpy.right_shift(pixels, 8, out=result, casting="unsafe"),
                              "<u2", "u1")

        'array' is read-only, and as of walk(). 'result' has as many records, and comes with any bytes inside: the
        function fills all of it, and returns nothing or 'result'. Both are lent for the time of the call. Record i of
        the range goes to out_offset + i * out_record of the target, which must be as long already, and another file.

        BufferError and exceptions of the function: as of walk().

        target:     a map with mode "r+", "a+", "w+" or "x+"
        out_dtype:  of 'result'; the dtype of 'array' without it. Memoryviews of bytes with dtype None
        out_record: bytes that the target has of each record; the size of out_dtype without it, or 'record' when there
                    is no out_dtype either
        the others: as of walk()
        """
        if not isinstance(target, Map):
            raise TypeError(f"the target is a Map, not {target!r}")
        if out_dtype is None:
            out_dtype, out_record = dtype, record if out_record is None else out_record
        place, dtypes, records = (offset, length, part), (dtype, out_dtype), (record, out_record)
        return walk_to_of(self, target, function, dtypes, place, records, out_offset, (io, threads, window), chunks)

    def reduce(
        self,
        fold,
        merge,
        dtype="u1",
        *,
        offset: int = 0,
        length: "int | None" = None,
        part=WHOLE,
        record: "int | None" = None,
        io: str = "auto",
        threads: int = 0,
        block: int = 0,
        initial=None,
    ):
        """
        One value of all records of a range, by all processors.

            total = image.reduce(numpy.sum, operator.add, "<f8")

        fold(array) gives the value of a block of records, merge(left, right) that of two neighbours. Blocks are joined
        as a binary tree over their numbers: so the value is the same, to the last bit of a float, for any number of
        threads and whatever way the bytes go. Another size of block is another order.

        Arrays are read-only, and lent as those of walk(). 'block' is records; 0 = 256 KiB of them. An empty range gives
        'initial'.
        """
        place = (offset, length, part)
        return reduce_of(self, fold, merge, dtype, place, record, io, threads, block, initial)

    def grow(self, capacity: int) -> None:
        """Make the file so long, with real blocks."""
        check(lib.mmv_map_grow(self._handle(), number("capacity", capacity)), self.name)

    def shrink(self, capacity: int) -> None:
        """
        Make the file so short; what lies behind is gone. In a view that reaches farther, the bytes of the new end's
        page read as zeros. The rest is no longer there: whoever touches it sees zeros, and close() says so.
        """
        check(lib.mmv_map_shrink(self._handle(), number("capacity", capacity)), self.name)

    def refresh(self) -> int:
        """
        Take the file's present length: a map keeps the one that it was opened with, whatever others add meanwhile.
        Views stay as they are. Returns the length.
        """
        check(lib.mmv_map_refresh(self._handle()), self.name)
        return len(self)

    def share(self, name: str) -> None:
        """
        Give the map of a file a name in memory, under which others open it (named()) as long as this map is open.
        They need the right to open the file. FileExistsError: the name is taken.
        """
        check(lib.mmv_map_share(self._handle(), object_name(name), None), name)

    def sync(self) -> None:
        """Wait until all changes are on the device."""
        check(lib.mmv_map_sync(self._handle()), self.name)

    def close(self) -> None:
        """Give the file up. Views of it stay."""
        self._release()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def open(path, mode: str = "r", capacity: int = 0) -> Map:
    """A Map: mode 'r', 'r+', 'a+', 'w+' and 'x+' as of open(), 'c' for changes that stay in memory."""
    return Map(path, mode, capacity)


def shard(offset: int, length: int, index: int, count: int, record: int = 1, stride: int = 0):
    """(offset, length) of the index-th of count parts of a range, as mmv_shard() of shard.h. None: it is empty."""
    part = _native.Range()
    whole = _native.Range(number("offset", offset), number("length", length))
    record, stride = number("record", record), number("stride", stride)
    index, count = number("index", index), number("count", count)
    check(lib.mmv_shard(whole, record, stride, index, count, part))
    return None if part.length == _native.EMPTY else (part.offset, part.length)
