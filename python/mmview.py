# SPDX-License-Identifier: MIT
"""mmview for Python: pieces of a file of any size as buffers, without a copy.

    import mmview, numpy

    with mmview.open("Large.data", "r+") as image:
        with image.view(offset=1 << 28, length=1 << 20) as view:        # a memoryview of the mapped bytes
            pixels = numpy.frombuffer(view, "<i2")
            pixels += 10
            del pixels                                               # what still looks at the bytes keeps them mapped:
                                                                     # leaving the block would be a BufferError

        for window in image.windows(64 << 20, record=8):                # the whole file, window after window
            pixels = numpy.frombuffer(window, "<i2")
            numpy.add(pixels, 10, out=pixels)
            del pixels

Views and maps that are dropped are given up without close(): a view as soon as nothing looks at its bytes any more.

A file that becomes shorter, or a disk that fills up, while its bytes are mapped does not end the interpreter: from the
first map on the library's guard is on. Where bytes cannot be had, memoryviews and arrays of a view read zeros, and what
they store is lost; close(), flush(), check() and the end of a with statement or of a turn of windows() raise the Error
then. This holds for all views of this module, wherever their bytes are touched. It does not hold for mappings of
others (mmap.mmap, numpy.memmap), nor when something else takes SIGBUS afterwards, as faulthandler.enable() does.

Only the standard library is needed, and libmmview.so.0, which is looked for in $MMVIEW_LIBRARY, beside an installed
module, and where the system's loader looks.
"""
import ctypes
import operator
import os
import weakref

__all__ = ["Error", "NumberError", "SizeError", "Map", "View", "open", "shard", "__version__"]
__version__ = "0.1.0"

_READ, _READ_WRITE, _COPY_ON_WRITE = 1, 2, 3
_EXISTING, _OR_CREATE, _CREATE, _CREATE_NEW = range(4)
_FLUSH_START, _FLUSH_DURABLE = 0, 1
_EMPTY = 2**64 - 1  # MMV_EMPTY of base.h: a length that means no byte at all


class _View(ctypes.Structure):
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


class _MapOptions(ctypes.Structure):
    """mmv_map_options of map.h."""

    _fields_ = [
        ("mode", ctypes.c_int),
        ("capacity", ctypes.c_uint64),
        ("permissions", ctypes.c_uint),
        ("no_follow", ctypes.c_bool),
        ("reserved", ctypes.c_uint64 * 4),
    ]


class _Range(ctypes.Structure):
    """mmv_range of range.h."""

    _fields_ = [("offset", ctypes.c_uint64), ("length", ctypes.c_uint64)]


class _Failure(ctypes.Structure):
    """The beginning of mmv_error of status.h."""

    _fields_ = [("status", ctypes.c_int), ("os_error", ctypes.c_int)]


def _load():
    here = os.path.dirname(os.path.abspath(__file__))
    names = [
        os.environ.get("MMVIEW_LIBRARY"),
        os.path.join(here, "../../libmmview.so.0"),
        os.path.join(here, "../../../libmmview.so.0"),
        "libmmview.so.0",
    ]
    for name in names:
        if name and (os.path.exists(name) or os.sep not in name):
            return ctypes.CDLL(name)
    raise OSError("libmmview.so.0 is not found")


_lib = _load()
_pointer = ctypes.c_void_p
for _name, _result, _arguments in (
    (
        "mmv_map_open_with",
        ctypes.c_int,
        (ctypes.c_char_p, ctypes.c_uint, ctypes.POINTER(_MapOptions), ctypes.POINTER(_pointer)),
    ),
    ("mmv_map_close", None, (ctypes.POINTER(_pointer),)),
    ("mmv_map_capacity", ctypes.c_uint64, (_pointer,)),
    ("mmv_map_sync", ctypes.c_int, (_pointer,)),
    ("mmv_map_descriptor", ctypes.c_int, (_pointer,)),
    (
        "mmv_map_from_descriptor",
        ctypes.c_int,
        (ctypes.c_int, ctypes.c_bool, ctypes.c_uint, ctypes.c_uint64, ctypes.POINTER(_pointer)),
    ),
    ("mmv_map_grow", ctypes.c_int, (_pointer, ctypes.c_uint64)),
    ("mmv_map_shrink", ctypes.c_int, (_pointer, ctypes.c_uint64)),
    ("mmv_view_open", ctypes.c_int, (_pointer, ctypes.c_uint64, ctypes.c_uint64, ctypes.POINTER(_View))),
    ("mmv_view_flush", ctypes.c_int, (ctypes.POINTER(_View), ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int)),
    ("mmv_view_close", None, (ctypes.POINTER(_View),)),
    ("mmv_view_check", ctypes.c_int, (ctypes.POINTER(_View),)),
    ("mmv_guard_enable", ctypes.c_int, ()),
    (
        "mmv_shard",
        ctypes.c_int,
        (_Range, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_uint64, ctypes.POINTER(_Range)),
    ),
    ("mmv_last_error", ctypes.POINTER(_Failure), ()),
    ("mmv_error_format", ctypes.c_size_t, (_pointer, ctypes.c_char_p, ctypes.c_size_t)),
):
    getattr(_lib, _name).restype = _result
    getattr(_lib, _name).argtypes = _arguments


class Error(OSError):
    """What the library refused or failed at: 'status' is its mmv_status, 'errno' the system's, or None."""

    def __init__(self, status):
        failure = _lib.mmv_last_error()
        text = ctypes.create_string_buffer(1024)
        _lib.mmv_error_format(failure, text, len(text))
        super().__init__(failure.contents.os_error or None, text.value.decode(errors="replace"))
        self.status = status


def _check(status):
    if status:
        raise Error(status)


class NumberError(TypeError, ValueError):
    """An argument that must be an integer is none: a float, a bool, a text."""


class SizeError(OverflowError, ValueError):
    """An integer that is negative or too large: ctypes would take it modulo 2^64."""


_LARGEST = 2**64 - 2  # one more is MMV_EMPTY


def _number(name, value, least=0):
    """Whatever counts as an integer, numpy's among them, in the range that the library has for it."""
    if isinstance(value, bool) or getattr(getattr(value, "dtype", None), "kind", None) == "b":
        raise NumberError(f"{name} must be an integer, not {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise NumberError(f"{name} must be an integer, not {value!r}") from None
    if not least <= number <= _LARGEST:
        raise SizeError(f"{name} must be {least} to {_LARGEST}, not {number}")
    return number


def _file_name(path):
    name = os.fsencode(path)
    if b"\0" in name:
        raise ValueError("a path has no zero byte")
    return name


_guard: list = []


def _turn_guard_on():
    if not _guard:
        _check(_lib.mmv_guard_enable())
        _guard.append(True)


class View:
    """
    Bytes [offset, offset + length) of a map, mapped until close(). 'data' is a memoryview of them.

    Whatever looks at the bytes, arrays and slices of memoryviews, holds the object that exports them. The bytes are
    mapped as long as that object lives, also when the view is dropped without close(). At the interpreter's end they
    stay mapped: somebody may look at them up to the last moment, and the system takes them back.
    """

    def __init__(self, owner, offset, length):
        offset = _number("offset", offset)
        wanted = 0 if length is None else _number("length", length) or _EMPTY
        self._view = _View()
        self._writable = owner.writable
        self.data = None
        _check(_lib.mmv_view_open(owner._handle(), offset, wanted, self._view))
        try:
            self._export()
        except BaseException:
            _lib.mmv_view_close(self._view)
            raise

    def _export(self, exporter=None):
        if exporter is None:
            # A class of its own: instances of ctypes' own array types have no weak references.
            kind = type("Bytes", (ctypes.c_ubyte * self._view.length,), {})
            exporter = kind.from_address(self._view.data) if self._view.length else kind()
            weakref.finalize(exporter, _lib.mmv_view_close, self._view).atexit = False
        self._exporter = weakref.ref(exporter)
        data = memoryview(exporter).cast("B")
        self.data = data if self._writable else data.toreadonly()
        if not self._writable:
            data.release()

    @property
    def offset(self):
        """Of the first byte, in the file."""
        return self._view.offset

    def __len__(self):
        return self._view.length

    def flush(self, durable=True):
        """Write changes back; durable waits until they are on the device."""
        _check(_lib.mmv_view_flush(self._view, 0, 0, _FLUSH_DURABLE if durable else _FLUSH_START))
        self.check()

    def check(self):
        """Error when bytes of this view could not be had: the file became shorter, the disk is full or broken."""
        _check(_lib.mmv_view_check(self._view))

    def close(self):
        """
        Unmap. BufferError while an array or a memoryview still looks at the bytes: they stay mapped then. Error as
        check(), and they are unmapped all the same.
        """
        if self.data is None:
            return
        status = _lib.mmv_view_check(self._view)
        caught = Error(status) if status else None
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


_WHOLE = object()  # not None: an empty part is not the whole


class Map:
    """An open file. Views outlive it: close, or drop, in any order."""

    def __init__(self, path, mode="r", capacity=0):
        kinds = {
            "r": (_READ, _EXISTING),
            "r+": (_READ_WRITE, _EXISTING),
            "a+": (_READ_WRITE, _OR_CREATE),
            "w+": (_READ_WRITE, _CREATE),
            "x+": (_READ_WRITE, _CREATE_NEW),
            "c": (_COPY_ON_WRITE, _EXISTING),
        }
        if mode not in kinds:
            raise ValueError(f"mode {mode!r} is none of {', '.join(kinds)}")
        name, capacity = _file_name(path), _number("capacity", capacity)
        _turn_guard_on()
        access, how = kinds[mode]
        self._access, self.writable = access, access != _READ
        self._map = _pointer()
        options = _MapOptions(mode=how, capacity=capacity)
        _check(_lib.mmv_map_open_with(name, access, options, self._map))
        self._release = weakref.finalize(self, _lib.mmv_map_close, self._map)

    def _handle(self):
        if not self._map:
            raise ValueError("the map is closed")
        return self._map

    def __len__(self):
        return _lib.mmv_map_capacity(self._handle())

    def view(self, offset=0, length=None):
        """A View; without a length to the end, with length 0 an empty one. In a with statement the memoryview of it."""
        return View(self, offset, length)

    def windows(self, size=64 << 20, offset=0, length=None, record=1, part=_WHOLE):
        """
        Memoryviews of a range, one after the other, of whole records; each is unmapped before the next comes.

        Without a length the range is to the end; length 0 is no window. 'part' is what shard() gave, instead of offset
        and length: None, an empty part, is no window.
        """
        size, record = _number("size", size, 1), _number("record", record, 1)
        if part is not _WHOLE:
            if offset != 0 or length is not None:
                raise ValueError("a part says offset and length itself")
            offset, length = (0, 0) if part is None else part
        offset = _number("offset", offset)
        capacity = _lib.mmv_map_capacity(self._handle())
        end = capacity if length is None else offset + _number("length", length)
        if max(offset, end) > capacity:
            raise SizeError(f"bytes {offset} to {end} are not all in the {capacity} bytes of the file")
        return self._windows(offset, end, max(record, size // record * record))

    def _windows(self, offset, end, step):
        while offset < end:
            part = min(step, end - offset)
            with self.view(offset, part) as data:
                yield data
                data = None
            offset += part

    def grow(self, capacity):
        """Make the file so long, with real blocks."""
        _check(_lib.mmv_map_grow(self._handle(), _number("capacity", capacity)))

    def shrink(self, capacity):
        """
        Make the file so short; what lies behind is gone. In a view that reaches farther, the bytes of the new end's
        page read as zeros. The rest is no longer there: whoever touches it sees zeros, and close() says so.
        """
        _check(_lib.mmv_map_shrink(self._handle(), _number("capacity", capacity)))

    def refresh(self):
        """
        Take the file's present length: a map keeps the one that it was opened with, whatever others add meanwhile.
        Views stay as they are. Returns the length.
        """
        fresh = _pointer()
        descriptor = os.dup(_lib.mmv_map_descriptor(self._handle()))
        try:
            _check(_lib.mmv_map_from_descriptor(descriptor, True, self._access, 0, fresh))
        except Error:
            os.close(descriptor)
            raise
        self._release()
        self._map = fresh
        self._release = weakref.finalize(self, _lib.mmv_map_close, self._map)
        return len(self)

    def sync(self):
        """Wait until all changes are on the device."""
        _check(_lib.mmv_map_sync(self._handle()))

    def close(self):
        self._release()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def open(path, mode="r", capacity=0):
    """A Map: mode 'r', 'r+', 'a+', 'w+' and 'x+' as of open(), 'c' for changes that stay in memory."""
    return Map(path, mode, capacity)


def shard(offset, length, index, count, record=1, stride=0):
    """(offset, length) of the index-th of count parts of a range, as mmv_shard() of shard.h. None: it is empty."""
    part = _Range()
    whole = _Range(_number("offset", offset), _number("length", length))
    record, stride = _number("record", record), _number("stride", stride)
    index, count = _number("index", index), _number("count", count)
    _check(_lib.mmv_shard(whole, record, stride, index, count, part))
    return None if part.length == _EMPTY else (part.offset, part.length)
