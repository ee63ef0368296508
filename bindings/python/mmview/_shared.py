# SPDX-License-Identifier: MIT
"""Names that processes share: how objects are opened by them and given up; maps in memory; which names there are."""
import ctypes
import dataclasses
import os
import threading
import time
import weakref
from typing import Any, Callable, List, Optional

from . import _native
from ._errors import check
from ._map import Map
from ._native import STATUS, lib
from ._numbers import number, object_name

MODES = {"r+": _native.OPEN_EXISTING, "a+": _native.OPEN_OR_CREATE, "x+": _native.CREATE_NEW}
_MAPS = {
    "r": (_native.READ, _native.OPEN_EXISTING),
    "c": (_native.COPY_ON_WRITE, _native.OPEN_EXISTING),
    **{mode: (_native.READ_WRITE, how) for mode, how in MODES.items()},
}
LATE = STATUS["ETIMEOUT"]
TAKEN = (STATUS["OK"], STATUS["EABANDONED"])
SLICE = 0.1  # seconds: how long a signal waits for the main thread, which handles it


def options_of(mode: int, created: ctypes.c_bool, capacity=0, permissions=0, persist=False, any_owner=False):
    """mmv_shared_options."""
    permissions = number("permissions", permissions)
    if permissions > 0o777:
        raise ValueError(f"permissions are 0o1 to 0o777, not {permissions:#o}")
    return _native.SharedOptions(
        mode=mode,
        capacity=number("capacity", capacity),
        permissions=permissions,
        persist=bool(persist),
        any_owner=bool(any_owner),
        created_ret=ctypes.pointer(created),
    )


def in_process(close: Callable) -> Callable:
    """
    'close' as what this process does alone. In a child that was forked it does nothing: that shares its parent's use of
    a name, and both would end.
    """
    own = os.getpid()

    def close_own(handle):
        if os.getpid() == own:
            close(handle)

    return close_own


def milliseconds(deadline: Optional[float]) -> int:
    """How long a call of the library waits now: signals are handled by the main thread, and between its calls."""
    left = None if deadline is None else max(deadline - time.monotonic(), 0)
    if threading.current_thread() is threading.main_thread():
        left = SLICE if left is None else min(left, SLICE)
    return _native.FOREVER if left is None else int(min(left * 1000 + 0.999, _native.FOREVER - 1))


def deadline_of(timeout: Optional[float]) -> Optional[float]:
    """When a wait is over: timeout in seconds, None = never."""
    if timeout is None:
        return None
    if not timeout >= 0:
        raise ValueError(f"a timeout is None or seconds from 0 on, not {timeout!r}")
    return time.monotonic() + timeout


class Named:
    """
    What mutexes, events, semaphores and channels have in common.

    A call that waits in another thread keeps the object open: close() takes effect when the last one has come back.
    """

    _close: Any  # of the library

    def __init__(self, name: str, mode: str):
        if mode not in MODES:
            raise ValueError(f"mode {mode!r} is none of {', '.join(MODES)}")
        self.name, self.created = name, False
        self._pointer, self._gate, self._users, self._closed = ctypes.c_void_p(), threading.Lock(), 0, True
        self._release: Any = None

    def _open(self, function: Callable, mode: str, *arguments, **options) -> None:
        """Open by a function of the library, which gets the name, arguments, options, and where the handle goes."""
        made = ctypes.c_bool()
        chosen = options_of(MODES[mode], made, **options)
        check(function(object_name(self.name), *arguments, chosen, self._pointer), self.name)
        self._release = weakref.finalize(self, self._finalizer(in_process(type(self)._close)), self._pointer)
        self.created, self._closed = made.value, False

    def _finalizer(self, close: Callable) -> Callable:
        """What gives the handle up, for a finalizer: it must not know this object."""
        return close

    def _enter(self):
        with self._gate:
            if self._closed:
                raise ValueError(f"{self!r} is closed")
            self._users += 1
        return self._pointer

    def _leave(self) -> None:
        with self._gate:
            self._users -= 1
            last = self._closed and not self._users
        if last:
            self._release()

    def _call(self, function: Callable, *arguments) -> int:
        """The status of a call with the handle."""
        handle = self._enter()
        try:
            return function(handle, *arguments)
        finally:
            self._leave()

    def _wait(self, got: list, function: Callable, deadline: Optional[float], *arguments) -> int:
        """
        The status of a call that waits; its last parameter is a number of milliseconds. got[0] is the same, and no
        signal comes between the call and that: whoever is interrupted knows what to undo.
        """
        handle = self._enter()
        try:
            while True:
                got[:] = map(function, (handle,), *((one,) for one in (*arguments, milliseconds(deadline))))
                if got[0] != LATE or deadline is not None and time.monotonic() >= deadline:
                    return got[0]
                if self._closed:
                    raise ValueError(f"{self!r} was closed meanwhile")
        finally:
            self._leave()

    def _keep(self, status: int) -> None:
        """The wait was not in vain."""

    def _undo(self) -> None:
        """It was not, and is undone, because a signal came."""

    def _take(self, function: Callable, timeout: Optional[float]) -> bool:
        """Wait for something that is the caller's then. False: in vain."""
        got, deadline = [LATE], deadline_of(timeout)
        self._enter()
        try:
            self._wait(got, function, deadline)
            if got[0] in TAKEN:
                self._keep(got[0])
        except BaseException:
            if got[0] in TAKEN:
                self._undo()
            raise
        finally:
            self._leave()
        if got[0] == LATE:
            return False
        check(got[0], self.name)
        return True

    def close(self) -> None:
        """Give the object up. Its name goes with the last user."""
        with self._gate:
            if self._closed:
                return
            self._closed = True
            last = not self._users
        if last:
            self._release()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def __repr__(self) -> str:
        return f"<mmview.{type(self).__name__} {self.name!r}{', closed' if self._closed else ''}>"


class NamedMap(Map):
    """A Map of memory that has a name: see named(). It is gone when the last process has closed it, or died."""

    def __init__(self, name: str, mode: str = "r+", capacity: int = 0, *, limits: bool = False, **options):
        how, created = self._begin(name, mode, _MAPS), ctypes.c_bool()
        chosen = options_of(how, created, capacity, **options)
        chosen.limits = bool(limits)
        check(lib.mmv_map_open_named(object_name(name), self._access, chosen, self._map), name)
        self._opened(in_process(lib.mmv_map_close), created)


def named(
    name: str,
    mode: str = "r+",
    capacity: int = 0,
    *,
    permissions: int = 0,
    persist: bool = False,
    any_owner: bool = False,
) -> NamedMap:
    """
    A Map of memory, or of a file, that processes find by its name, in Python, C and .NET.

        with mmview.named("frame", "a+", 1 << 20) as frame, frame.view() as view:
            view[:5] = b"hello"

    It is gone when the last process has closed it, or died. Any text is a name, but one name is one thing: a map, a
    lock, or a channel.

    mode:        "r", "r+" and "c" open what exists, "a+" makes it when it is missing, "x+" makes it or fails
    capacity:    bytes of a new one, zeros, with memory behind all of them; one that exists has its own
    permissions: mode bits of a new one; 0 = 0o600, the user alone
    persist:     a new one stays until remove(), or the end of the system
    any_owner:   take it also when it belongs to another user

    FileNotFoundError, FileExistsError, PermissionError: another user's. OSError with ENODEV: something else has the
    name.
    """
    return NamedMap(name, mode, capacity, permissions=permissions, persist=persist, any_owner=any_owner)


@dataclasses.dataclass(frozen=True)
class NameInfo:
    """
    The facts about a name.

    kind:        "map", "file", "mutex", "event", "semaphore", "channel"; "unknown": it may not be read by us
    capacity:    bytes of the object; with "file" of the file
    allocated:   bytes of memory that it takes now
    user, group, permissions: whose it is, and for whom
    persists:    it stays without users
    in_use:      somebody has it open now
    """

    name: str
    kind: str
    capacity: int
    allocated: int
    user: int
    group: int
    permissions: int
    persists: bool
    in_use: bool


def _info_of(info: _native.SharedInfo) -> NameInfo:
    name = os.fsdecode(info.full_name or info.name)
    kind = lib.mmv_shared_kind_name(info.kind).decode()
    sizes = info.capacity, info.allocated
    return NameInfo(name, kind, *sizes, info.user, info.group, info.permissions, info.persists, info.in_use)


def names() -> List[NameInfo]:
    """Every name of this user, and those of others that may be looked at. What is stale is removed."""
    found: List[NameInfo] = []
    failed: List[BaseException] = []

    def each(info, _):
        try:
            found.append(_info_of(info.contents))
            return True
        except BaseException as error:  # nothing may leave through the library
            failed.append(error)
            return False

    status = lib.mmv_shared_list(_native.SHARED_FN(each), None)
    if failed:
        raise failed[0]
    check(status)
    return found


def remove(name: str) -> None:
    """Take a name away, also one that persists or is in use: who has the object open keeps it."""
    check(lib.mmv_shared_remove(object_name(name)), name)
