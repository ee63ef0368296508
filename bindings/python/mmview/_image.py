# SPDX-License-Identifier: MIT
"""Files of images as arrays: where the samples lie, and what they are, the file's header says."""
import ctypes
import dataclasses
import errno
import os
import weakref
from typing import Any, Optional, Tuple

from . import _container as c
from ._apart import apart
from ._errors import ArgumentError, Error, TruncatedError, check, class_of, error_of
from ._lend import numpy
from ._map import Map
from ._native import STATUS, lib

NOT_AN_ARRAY = "copy=True reads them into an array of its own"


class ImageError(ArgumentError):
    """The file is no image that can be an array, or its header is wrong. The message says why."""


@dataclasses.dataclass(frozen=True)
class Header:
    """
    What an image's header says.

    format:   "tiff", "npy", "fits" ...
    path:     the file that has the header
    file:     the file that has the samples; of several the first
    offset:   byte of the file where the samples begin
    layout:   how they lie there: "bip" pixel after pixel, "bil" line after line, "bsq" plane after plane
    slope, intercept: a stored sample means slope * stored + intercept. The array has what is stored
    low, high: what a stored sample may be
    no_data:  stored samples that mean that nothing is there
    meaning:  of larger numbers: "light" (or not known), "dark", "ink" or "lab"
    part, parts: this is that one of so many images of the file, from 1; 0 = not known
    part_name: how the file calls it
    notes:    what was left out or assumed, and what a change makes wrong: (kind, text)
    """

    format: str
    path: str
    file: str
    offset: int
    layout: str
    slope: float
    intercept: float
    low: float
    high: float
    no_data: Tuple[float, ...]
    meaning: str
    part: int
    parts: int
    part_name: str
    notes: Tuple[Tuple[str, str], ...]


class Image:
    """
    An array of the samples of a file, and what its header says: image() makes it.

    array:  of shape [frames,] rows, columns [, samples of a pixel], in the file's own type and byte order
    header: a Header

    The array looks at the file's bytes, and stays good as long as it lives. What was stored is in the file for
    everybody at once, and on the device after sync().
    """

    def __init__(self, array: Any, header: Header, view=None, map: Optional[Map] = None):
        self.array, self.header, self._view, self._map = array, header, view, map

    @property
    def __array_interface__(self) -> dict:
        """numpy.asarray(image) is an array of the same samples."""
        if self.array is None:
            raise ValueError("the image is closed")
        # What has the bytes, not this object: an array keeps that, also when the image is closed.
        owner = self.array if self._view is None else memoryview(self._view.data)
        return {**self.array.__array_interface__, "strides": self.array.strides, "data": owner}

    def __iter__(self):
        """array, header = image(...)"""
        return iter((self.array, self.header))

    def check(self) -> None:
        """Error when samples could not be had: the file became shorter, the disk is full or broken."""
        if self._view is not None:
            self._view.check()

    def sync(self) -> None:
        """Wait until all changes are on the device."""
        self.check()
        if self._map is not None:
            self._map.sync()

    def close(self) -> None:
        """
        Let go of array and file. BufferError while something else looks at the samples: they stay mapped then. Error as
        check(), and they are unmapped all the same.
        """
        self.array = None
        if self._view is not None:
            self._view.close()
        if self._map is not None:
            self._map.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            self.close()
        except (BufferError, Error):
            if kind is None:
                raise


# ---- which file has what


class _Read:
    """A header that was read, the map that has it, and later the samples' file."""

    def __init__(self, owner: Map, container: c.Container):
        self.owner, self.container = owner, container
        weakref.finalize(self, c.library().mmi_container_free, container)


def refuse(path: str, why: str, status: str = "EINVAL") -> Error:
    """The error for a file that is no image."""
    kind = TruncatedError if status == "ETRUNC" else ImageError
    number = {"ETRUNC": errno.EIO, "ENOTSUP": errno.ENOTSUP}.get(status, errno.EINVAL)
    error = class_of(kind, number)(number, why, path)
    error.status = STATUS[status]
    return error


def _problem(owner: Map, container: c.Container, status: int) -> Error:
    text = container.problem.decode(errors="replace")
    if not text:
        return error_of(status, owner.name)
    name = next(name for name, number in STATUS.items() if number == status)
    return refuse(owner.name, f"{c.library().mmi_format_name(container.format).decode()} header: {text}", name)


def _take_apart(owner: Map, format: int, samples: int, part: Optional[str]) -> _Read:
    """Error when the file has no header that can be used. Its format is RAW when it has none at all."""
    raised: list = []
    container = c.Container()
    source = c.source_of(owner, raised)
    wish = c.Wish(format=format, samples=samples, part=None if part is None else str(part).encode())

    def read():
        status = c.library().mmi_container_read(source, wish, container)
        if raised:
            raise raised[0]
        if status:
            raise _problem(owner, container, status)
        return _Read(owner, container)

    return apart(read)


def _look(owner: Map) -> c.Clue:
    raised: list = []
    clue = c.Clue()
    source = c.source_of(owner, raised)

    def look():
        status = c.library().mmi_container_look(source, clue)
        if raised:
            raise raised[0]
        check(status, owner.name)
        return clue

    return apart(look)


def _beside(path: str, is_header: bool) -> list:
    """Files that are there, of those that may belong to it; each once, whatever its links and letters."""
    found: dict = {}
    text, index = ctypes.create_string_buffer(os.pathconf("/", "PC_PATH_MAX")), 0
    while c.library().mmi_container_sidecar(os.fsencode(path), is_header, index, text, len(text)):
        index += 1
        name = os.fsdecode(text.value)
        if name and os.path.isfile(name):
            about = os.stat(name)
            found.setdefault((about.st_dev, about.st_ino), name)
    return list(found.values())


def _inside(header: str, name: str) -> str:
    """The path of a file that a header names. It must lie in the header's folder or below it, links included."""
    folder = os.path.realpath(os.path.dirname(header) or ".")
    path = os.path.join(os.path.dirname(header), name)
    if os.path.commonpath([folder, os.path.realpath(path)]) != folder:
        raise refuse(header, f"its data file {name} lies outside of the header's folder")
    return path


def _fits(container: c.Container, path: str) -> bool:
    return container.from_end or os.stat(path).st_size == container.offset + container.length


def _samples_of(read: _Read) -> str:
    """The file that a header speaks of."""
    container, path = read.container, read.owner.name
    name = os.fsdecode(container.name)
    if container.place == c.NAMED:
        return _inside(path, name)
    names = [other for other in _beside(path, True) if not name or other.lower().endswith(name.lower())]
    fitting = [other for other in names if _fits(container, other)] or names
    if len(fitting) != 1:
        text = f"may speak of {' or of '.join(fitting)}" if fitting else "is a header, and no data file lies beside it"
        raise refuse(path, text)
    return fitting[0]


def _header_of(owner: Map, samples: int, part: Optional[str]) -> _Read:
    """The header beside a file that has none itself."""
    found = []
    for name in _beside(owner.name, False):
        with Map(name) as other:
            clue = _look(other)
            is_bare = clue.mark != c.MARK_FORMAT and name.lower().endswith(".hdr")
            if clue.mark != c.MARK_FORMAT and not is_bare:
                continue
            read = _take_apart(other, c.EHDR if is_bare else clue.format, samples, part)
            if read.container.place == c.HERE:
                continue
            named = read.container.place not in (c.NAMED, c.LISTED) or _names(read, owner)
            if named:
                found.append(read)
    if len(found) > 1:
        raise refuse(owner.name, f"{' and '.join(read.owner.name for read in found)} both describe it")
    if not found:
        raise refuse(owner.name, "nothing says what its samples are: open() and numpy.frombuffer() take raw ones")
    return found[0]


def _names(read: _Read, owner: Map) -> bool:
    """Whether the file is the one that a header names."""
    if read.container.place == c.LISTED:
        return False
    path = _inside(read.owner.name, os.fsdecode(read.container.name))
    return os.path.exists(path) and os.path.samefile(path, owner.name)


def _fit(read: _Read, owner: Map) -> None:
    status = c.library().mmi_container_fit(read.container, len(owner))
    if status:
        raise _problem(owner, read.container, status)


# ---- arrays


def _dtype(geometry: c.Geometry):
    return numpy.dtype((">" if geometry.type.big_endian else "<") + c.KINDS[geometry.type.kind])


def _ordered(flat, container: c.Container):
    """Samples in the order of the file as [frames,] rows, columns [, samples]."""
    image, frames = container.image, container.frames
    samples, width, height = image.samples, image.width, image.height
    layout = c.LAYOUTS[image.layout] if samples > 1 else "bip"
    if layout == "bsq":
        return flat.reshape(samples, height, width).transpose(1, 2, 0)
    if layout == "bil":
        shaped = flat.reshape(frames, height // frames, samples, width).transpose(0, 1, 3, 2)
    else:
        shaped = flat.reshape(frames, height // frames, width, samples)
    return _squeezed(shaped)


def _size(container: c.Container) -> int:
    return int(c.KINDS[container.image.type.kind][1:])


MANY = 65536  # pieces that are looked at, one by one, before the image is said to be none with strides


def _are_regular(pieces: list, width: int) -> bool:
    """Whether pieces are alike, whole rows of one file, and lie equally far apart."""
    first = pieces[0]
    apart = pieces[-1].offset - first.offset
    alike = (first.height, first.stride, first.samples)
    return apart > 0 and all(
        (piece.x, piece.width, piece.file) == (0, width, 0)
        and (piece.height, piece.stride, piece.samples) == alike
        and (piece.offset - first.offset) * (len(pieces) - 1) == number * apart
        for number, piece in enumerate(pieces)
    )


def _strides(container: c.Container):
    """(first byte, length, shape, strides) of an image in pieces that is an array all the same; None: it is not."""
    image, frames, library = container.image, container.frames, c.library()
    count, rows, item, samples = _count(container), image.height // frames, _size(container), image.samples
    if container.files or not 2 <= count <= MANY:
        return None
    pieces = [library.mmi_pieces_get(container.pieces, number) for number in range(count)]
    if not _are_regular(pieces, image.width):
        return None
    first, last = pieces[0], pieces[-1]
    apart, pixel = pieces[1].offset - first.offset, samples * item
    reach = (first.offset, last.offset + last.length - first.offset)
    if first.samples == samples and count == frames and first.height == rows:
        return (*reach, (frames, rows, image.width, samples), (apart, first.stride, pixel, item))
    if first.samples == samples and count == image.height and first.height == 1:
        return (*reach, (frames, rows, image.width, samples), (apart * rows, apart, pixel, item))
    if first.samples == 1 and count == samples and first.height == image.height and frames == 1:
        return (*reach, (1, rows, image.width, samples), (0, first.stride, item, apart))
    return None


def _squeezed(shaped):
    """Without the axis of frames, or of samples, where there is one."""
    shaped = shaped[..., 0] if shaped.shape[3] == 1 else shaped
    return shaped[0] if shaped.shape[0] == 1 else shaped


def _place_piece(piece: c.Piece, data, into, dtype) -> None:
    """Copy a piece's samples into the image, an array of rows, columns and samples."""
    rows = numpy.ndarray(
        (piece.height, piece.width, piece.samples),
        dtype,
        data,
        strides=(piece.stride, piece.samples * dtype.itemsize, dtype.itemsize),
    )
    y, x, first = piece.y, piece.x, piece.channel
    into[y : y + piece.height, x : x + piece.width, first : first + piece.samples] = rows


def _paths(read: _Read) -> list:
    files = read.container.files
    if not files:
        return []
    library = c.library()
    names = [library.mmi_files_name(files, i) for i in range(library.mmi_files_count(files))]
    return [_inside(read.owner.name, os.fsdecode(name)) for name in names]


def _copy_pieces(read: _Read, owner: Map):
    """The image in memory, from pieces in one file or several."""
    container, library = read.container, c.library()
    image, dtype = container.image, _dtype(container.image)
    into = numpy.empty((image.height, image.width, image.samples), dtype)
    maps = [Map(path) for path in _paths(read)] or [owner]
    for number, map in enumerate(maps if container.files else ()):
        status = library.mmi_container_fit_file(container, number, len(map))
        if status:
            raise _problem(map, container, status)
    for map in maps:
        _check_finished(map, 0, 0)
    for number in range(_count(container)):
        piece = library.mmi_pieces_get(container.pieces, number)
        with maps[piece.file].view(piece.offset, piece.length) as data:
            _place_piece(piece, data, into, dtype)
    return _squeezed(into.reshape(container.frames, image.height // container.frames, image.width, image.samples))


def _describe(read: _Read, file: str) -> Header:
    container, library = read.container, c.library()
    return Header(
        library.mmi_format_name(container.format).decode(),
        read.owner.name,
        file,
        container.offset,
        c.LAYOUTS[container.image.layout],
        container.slope,
        container.intercept,
        container.low,
        container.high,
        tuple(container.no_data[: container.no_data_count]),
        c.MEANINGS[container.meaning],
        container.part,
        container.parts,
        container.part_name.decode(errors="replace"),
        tuple((c.NOTES[note.kind], note.text.decode()) for note in container.notes[: container.note_count]),
    )


def _find(owner: Map, mode: str, format: str, samples: int, part: Optional[str]) -> Tuple[_Read, Map]:
    """The header, and the map that has the samples."""
    number = ctypes.c_int()
    if not c.library().mmi_format_parse(format.encode(), number) or number.value == c.RAW:
        raise ValueError(f"format {format!r} is none that has a header")
    clue = _look(owner)
    if number.value == 0 and clue.mark == c.MARK_OTHER:
        raise refuse(owner.name, f"it is {clue.name.decode()}; {clue.remedy.decode()}", "ENOTSUP")
    if number.value == 0 and clue.mark == c.MARK_NONE:
        read = _header_of(owner, samples, part)
        _fit(read, owner)
        return read, owner
    read = _take_apart(owner, number.value, samples, part)
    if read.container.place in (c.HERE, c.LISTED):
        return read, owner
    apart = Map(_samples_of(read), mode)
    _fit(read, apart)
    return read, apart


def image(path, mode: str = "r", *, copy: bool = False, format: str = "auto", samples: int = 0, part=None) -> Image:
    """
    The samples of a file as a numpy array, and its header.

        pixels, header = mmview.image("scan.tif")
        with mmview.image("volume.mhd", "r+") as volume:
            volume.array[volume.array < 0] = 0

    The array is not read: it looks at the file's bytes, through a mapping. A file whose samples are no array with
    strides, tiles for instance, or which has them compressed, is an ImageError with the reason.

    JournalError: a run that changes the samples was interrupted; run it again first.

    path:    the file, its header, or the file beside which its header lies. What nothing describes is refused
    mode:    "r", "r+" or "c", as of open()
    copy:    read the samples into an array of its own, from pieces and from several files, too; only with mode "r"
    format:  "tiff", "npy" ..., when the first bytes do not tell
    samples: of a pixel, when the header leaves that open
    part:    number from 1, or name, of one of several images in the file; "all" of those that are equal
    """
    if mode not in ("r", "r+", "c"):
        raise ValueError(f"mode {mode!r} is none of r, r+, c")
    if copy and mode != "r":
        raise ValueError('a copy is no way to change the file: copy=True goes with mode "r"')
    if numpy is None:
        raise ImportError("images need numpy")
    read, owner = _find(Map(path, mode), mode, format, samples, part)
    container = read.container
    header = _describe(read, owner.name)
    if copy and container.pieces:
        return Image(_copy_pieces(read, owner), header)
    array, view = _map(container, owner)
    if copy:
        array = array.copy()
        view.close()
        return Image(array, header)
    return Image(array, header, view, owner)


def _map(container: c.Container, owner: Map):
    """The array where the samples lie, and the view that it looks at."""
    strided = _strides(container) if container.pieces else None
    if container.pieces and strided is None:
        where = "several files" if container.files else f"{_count(container)} pieces, no array with strides"
        raise refuse(owner.name, f"its samples lie in {where}: {NOT_AN_ARRAY}", "ENOTSUP")
    offset, length = strided[:2] if strided else (container.offset, container.length)
    _check_finished(owner, offset, length)
    view, dtype = owner.view(offset, length), _dtype(container.image)
    if strided:
        # A memoryview of its own, as in View.__array_interface__.
        return _squeezed(numpy.ndarray(strided[2], dtype, memoryview(view.data), strides=strided[3])), view
    return _ordered(numpy.frombuffer(view.data, dtype, length // dtype.itemsize), container), view


def _check_finished(owner: Map, offset: int, length: int) -> None:
    """JournalError: samples that an interrupted run has changed in part are neither the old ones nor the new ones."""
    check(lib.mmv_journal_check(owner._handle(), offset, length, None), owner.name)


def _count(container: c.Container) -> int:
    return c.library().mmi_pieces_count(container.pieces)

