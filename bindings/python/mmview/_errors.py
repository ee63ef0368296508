# SPDX-License-Identifier: MIT
"""What goes wrong, as exceptions: each is an OSError of the subclass that its errno has in Python, and an Error."""
import ctypes
import errno
import os
from typing import Dict, Optional, Tuple

from ._native import STATUS, Failure, lib


class Error(OSError):
    """
    What the library refused or failed at.

    It is an instance of the subclass of OSError that belongs to its errno, too: FileNotFoundError, PermissionError,
    FileExistsError, IsADirectoryError, BlockingIOError for a lock that somebody else has, and so on.

    errno:     the system's; where the library itself refused, the one that says it best
    filename:  the file, or None
    status:    the library's mmv_status, a number
    offset:    byte of the file where it happened, or None
    parameter: name of the wrong argument, or None
    """

    status: int = 0
    offset: Optional[int] = None
    parameter: Optional[str] = None

    def __reduce__(self):
        return _again, (_base_of(type(self)), self.args, self.filename, dict(self.__dict__))


class ArgumentError(Error, ValueError):
    """An argument is wrong, or reaches outside of what is there. 'parameter' is its name."""


class TruncatedError(Error):
    """The file became shorter while it was in use."""


class JournalError(Error):
    """A journal refuses: it is damaged, or of another run. The message says what differs."""


class AbandonedError(Error):
    """The mutex is held by the caller now. Its last holder died with it: what it protects may be half changed."""


class NumberError(TypeError, ValueError):
    """An argument that must be an integer is none: a float, a bool, a text."""


class SizeError(OverflowError, ValueError):
    """An integer that is negative or too large: ctypes would take it modulo 2^64."""


# The errno of what the library found itself, and the class.
_KINDS = {
    "EINVAL": (errno.EINVAL, ArgumentError),
    "ERANGE": (errno.EINVAL, ArgumentError),
    "EACCES": (errno.EACCES, Error),
    "ENOENT": (errno.ENOENT, Error),
    "EEXIST": (errno.EEXIST, Error),
    "EKIND": (errno.ENODEV, Error),
    "ENOMEM": (errno.ENOMEM, Error),
    "ENOSPC": (errno.ENOSPC, Error),
    "EIO": (errno.EIO, Error),
    "ETRUNC": (errno.EIO, TruncatedError),
    "ENOTSUP": (errno.ENOTSUP, Error),
    "EBUSY": (errno.EAGAIN, Error),
    "ESTOPPED": (errno.ECANCELED, Error),
    "ESYSTEM": (errno.EIO, Error),
    "EJOURNAL": (errno.EPROTO, JournalError),
    "EVERSION": (errno.EPROTO, Error),
    "ETIMEOUT": (errno.ETIMEDOUT, Error),
    "EABANDONED": (errno.EOWNERDEAD, AbandonedError),
    "ECLOSED": (errno.EBADF, Error),
    "EPEER": (errno.EPIPE, Error),
}
_KIND_OF = {STATUS[name]: kind for name, kind in _KINDS.items()}
_classes: Dict[Tuple[type, type], type] = {}


def class_of(base: type, number: int) -> type:
    """The class of an Error with that errno: 'base', and Python's own subclass of OSError for it."""
    own = type(OSError(number, ""))
    if own is OSError:
        return base
    if (base, own) not in _classes:
        _classes[base, own] = type(own.__name__, (base, own), {"__module__": __name__, "__doc__": own.__doc__})
    return _classes[base, own]


def _base_of(kind: type) -> type:
    """The class of this module that class_of() has made it of."""
    return kind.__mro__[1] if kind in _classes.values() else kind


def _again(base: type, args: tuple, filename: Optional[str], state: dict) -> Error:
    """What pickle makes of an Error: the classes of class_of() have no names in a module."""
    error = class_of(base, args[0])(*args, filename)
    error.__dict__.update(state)
    return error


def _text(failure: Failure) -> str:
    """The line for a person, without the file: str() of an OSError puts that behind it."""
    copy = Failure.from_buffer_copy(failure)
    copy.file = b""
    text = ctypes.create_string_buffer(1024)
    lib.mmv_error_format(copy, text, len(text))
    return text.value.decode(errors="replace")


def _file(failure: Failure, path: Optional[str]) -> Optional[str]:
    """The library's own name for it, unless that has lost its front, or is none."""
    name = os.fsdecode(failure.file)
    return path if path is not None and (not name or name.startswith("...")) else name or None


def error_of(status: int, path: Optional[str] = None) -> Error:
    """The exception for what the thread's latest call has returned, not 0; 'path' is the file that it was about."""
    failure = lib.mmv_last_error().contents
    number, base = _KIND_OF.get(status, (errno.EIO, Error))
    name = _file(failure, path)
    # The library has EISDIR for whatever is no file.
    is_other = status == STATUS["EKIND"] and name is not None and not os.path.isdir(name)
    number = number if is_other else failure.os_error or number
    error = class_of(base, number)(number, _text(failure), name)
    error.status = status
    error.offset = failure.offset if failure.has_offset else None
    error.parameter = failure.parameter.decode() if failure.parameter else None
    return error


def of_system(error: OSError, path: str, offset: Optional[int] = None) -> Error:
    """The same for what a call of the system made by Python has raised."""
    number = error.errno or errno.EIO
    own = class_of(Error, number)(number, error.strerror or str(error), path)
    own.status, own.offset = STATUS["ESYSTEM"], offset
    return own


def truncated(path: str, offset: int) -> Error:
    """The file has no byte there any more."""
    text = f"the file became shorter while it was in use, at offset {offset}"
    error = TruncatedError(errno.EIO, text, path)
    error.status, error.offset = STATUS["ETRUNC"], offset
    return error


def check(status: int, path: Optional[str] = None) -> None:
    """Raise what a call has returned, unless that is 0."""
    if status:
        raise error_of(status, path)
