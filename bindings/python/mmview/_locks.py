# SPDX-License-Identifier: MIT
"""Mutexes, events and semaphores that processes find by name, and that survive the death of whoever uses them."""
import ctypes
from typing import Callable, List, Optional

from ._errors import check
from ._native import STATUS, lib
from ._numbers import number
from ._shared import Named


class Mutex(Named):
    """
    What one thread of all processes holds: free again when the thread releases it, or dies.

        printer = mmview.Mutex("printer")
        with printer:
            ...                                     one process at a time

    It is recursive: the thread that holds it may acquire it again through the same object.

    AbandonedError, of acquire() and of a with statement, says that the last holder died with it. The mutex is held
    then. Whoever can mend what it protects does that, and calls release(). When this thread ends instead, the next one
    is told, too. A mutex that is dropped while it is held stays held in this way.

    name:    any text. One name is one thing: a map, a lock or a channel
    mode:    "a+" makes the mutex when it is missing, "r+" opens what exists, "x+" makes it or fails
    owned:   the calling thread holds a new one before anybody else finds it. 'created' tells whether it is new
    permissions, persist, any_owner: as of named()
    """

    _close = lib.mmv_mutex_close

    def __init__(self, name: str, mode: str = "a+", *, owned: bool = False, **options):
        super().__init__(name, mode)
        self._held: List[int] = [0]  # how often it is held through this object
        self._open(lib.mmv_mutex_open_owned if owned else lib.mmv_mutex_open, mode, **options)
        if owned and self.created:
            self._keep(STATUS["OK"])

    def _finalizer(self, close: Callable) -> Callable:
        held = self._held

        def close_free(handle):
            # Closing would release it, as if all was well.
            if not held[0]:
                close(handle)

        return close_free

    def _keep(self, status: int) -> None:
        """It is held once more. Who holds it keeps the object open."""
        with self._gate:
            if self._closed:
                raise ValueError(f"{self!r} was closed meanwhile")
            dead = self._held[0] if status == STATUS["EABANDONED"] else 0  # what a thread held that is no more
            self._held[0] += 1 - dead
            self._users += 1 - dead

    def _undo(self) -> None:
        lib.mmv_mutex_unlock(self._pointer)

    def acquire(self, timeout: Optional[float] = None) -> bool:
        """
        Hold the mutex, waiting for it for a time in seconds; None is without end, 0 a try. False: it was in vain.

        AbandonedError: it is held, and its last holder died with it. BlockingIOError: the calling thread holds it
        through another object.
        """
        return self._take(lib.mmv_mutex_lock, timeout)

    def release(self) -> None:
        """Once for each time that it was acquired. PermissionError: the calling thread does not hold it."""
        with self._gate:
            if self._closed and not self._users:
                raise ValueError(f"{self!r} is closed")
            self._users += 1
        try:
            status = lib.mmv_mutex_unlock(self._pointer)
            check(status, self.name)
            with self._gate:
                self._held[0] -= 1
                self._users -= 1
        finally:
            self._leave()

    def close(self) -> None:
        """
        Release what the calling thread holds, and give the mutex up. While another thread holds it, or waits for it,
        it stays open for that one.
        """
        try:
            self._enter()
        except ValueError:
            return
        try:
            while self._held[0] and lib.mmv_mutex_unlock(self._pointer) == STATUS["OK"]:
                with self._gate:
                    self._held[0] -= 1
                    self._users -= 1
        finally:
            self._leave()
        super().close()

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()


class Event(Named):
    """
    What processes wait for until one of them sets it. A waiter that dies takes no signal with it.

        ready = mmview.Event("ready")
        ready.wait(10)                              another process: mmview.Event("ready").set()

    name, mode, permissions, persist, any_owner: as of Mutex
    manual: a new one lets all through until it is reset; otherwise one waiter for each time that it is set
    is_set: a new one is set. One that exists is as it is, in both
    """

    _close = lib.mmv_event_close

    def __init__(self, name: str, mode: str = "a+", *, manual: bool = False, is_set: bool = False, **options):
        super().__init__(name, mode)
        self._open(lib.mmv_event_open, mode, bool(manual), bool(is_set), **options)
        self.manual: bool = lib.mmv_event_is_manual(self._pointer)

    def set(self) -> None:
        """Let the waiters through: all of them, or one. Setting what is set changes nothing."""
        check(self._call(lib.mmv_event_set), self.name)

    def reset(self) -> None:
        """Nobody is let through from now on."""
        check(self._call(lib.mmv_event_reset), self.name)

    def wait(self, timeout: Optional[float] = None) -> bool:
        """Wait until it is set, for a time in seconds; None is without end. False: it was not."""
        return self._take(lib.mmv_event_wait, timeout)

    def _undo(self) -> None:
        if not self.manual:
            lib.mmv_event_set(self._pointer)


class Semaphore(Named):
    """
    A counter: acquire() takes one, release() gives back. What a process has taken is lost when it dies: use a Mutex
    where nothing may be lost.

        places = mmview.Semaphore("places", 4)
        with places:
            ...                                     four at a time

    name, mode, permissions, persist, any_owner: as of Mutex
    count: of a new one
    most:  that a new one can have; 'count' without it
    """

    _close = lib.mmv_semaphore_close

    def __init__(self, name: str, count: int = 1, mode: str = "a+", *, most: Optional[int] = None, **options):
        super().__init__(name, mode)
        counts = [_count(one) for one in (count, count if most is None else most)]
        self._open(lib.mmv_semaphore_open, mode, *counts, **options)

    def acquire(self, timeout: Optional[float] = None) -> bool:
        """Take one, waiting for it for a time in seconds; None is without end, 0 a try. False: it was in vain."""
        return self._take(lib.mmv_semaphore_acquire, timeout)

    def _undo(self) -> None:
        lib.mmv_semaphore_release(self._pointer, 1, None)

    def release(self, count: int = 1) -> int:
        """Give back. Returns how many there were. ArgumentError: there would be too many, and none is given."""
        before = ctypes.c_uint32()
        check(self._call(lib.mmv_semaphore_release, _count(count), before), self.name)
        return before.value

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()


def _count(value) -> int:
    """A number that 32 bits hold: ctypes would cut a larger one."""
    result = number("count", value)
    if result >= 2**32:
        raise OverflowError(f"a count is below 2^32, not {result}")
    return result
