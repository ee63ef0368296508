# SPDX-License-Identifier: MIT
"""Messages between processes: any number of senders, one receiver."""
import ctypes
import threading
import time
from typing import Any, Iterator, Optional

from . import _native
from ._errors import check
from ._native import lib
from ._shared import Named, deadline_of


class _End(Named):
    """One side of a channel."""

    _close = lib.mmv_channel_close
    _side: int

    def __init__(self, name: str, mode: str = "a+", capacity: int = 0, **options):
        super().__init__(name, mode)
        self._open(lib.mmv_channel_open, mode, self._side, capacity=capacity, **options)
        self.room: int = lib.mmv_channel_room(self._pointer)

    @property
    def has_peer(self) -> bool:
        """Whether anybody has the other side open now."""
        return bool(self._call(lib.mmv_channel_has_peer))


class Sender(_End):
    """
    Sends messages, in Python, C or .NET. Any number of threads may use it at once.

        with mmview.Sender("jobs") as jobs:
            jobs.send(b"brighten Large.data")

    A channel is made by whoever opens it first. It is gone, with what is in it, when nobody has it open.

    name, mode, permissions, persist, any_owner: as of Mutex
    capacity: bytes of a new channel's ring, 64 KiB at least; 0 = 1 MiB. 'room' is how many there are
    """

    _side = _native.CHANNEL_SEND

    def send(self, message, timeout: Optional[float] = None) -> None:
        """
        Send bytes, waiting for room for a time in seconds; None is without end.

        TimeoutError: there was no room. BrokenPipeError: neither, and the receiver is gone. ArgumentError: the message
        is larger than the ring. Nothing was sent then.
        """
        data = message if isinstance(message, bytes) else _bytes_of(message)
        check(self._wait([0], lib.mmv_channel_send, deadline_of(timeout), data, len(data)), self.name)


def _bytes_of(message) -> Any:
    """The bytes of a buffer as ctypes takes them: in place, or a copy where they lie apart, or cannot be written."""
    data = memoryview(message)
    if data.readonly or not data.c_contiguous or not data.nbytes:
        return data.tobytes()
    return (ctypes.c_ubyte * data.nbytes).from_buffer(data)


class Receiver(_End):
    """
    Receives messages, each once, in the order in which they were sent. A channel has one receiver at a time.

        with mmview.Receiver("jobs") as jobs:
            for job in jobs:                        until all senders are gone
                print(job.decode())

    BlockingIOError: it has a receiver. The rest is as of Sender.
    """

    _side = _native.CHANNEL_RECEIVE

    def __init__(self, name: str, mode: str = "a+", capacity: int = 0, **options):
        super().__init__(name, mode, capacity, **options)
        self._turn = threading.Lock()

    def receive(self, timeout: Optional[float] = None) -> bytes:
        """
        The next message, waiting for it for a time in seconds; None is without end.

        TimeoutError: there was none. BrokenPipeError: nothing is left, and all senders are gone.
        """
        deadline = deadline_of(timeout)
        # The others wait for this one.
        left = -1 if deadline is None else max(deadline - time.monotonic(), 0)
        if not self._turn.acquire(timeout=min(left, threading.TIMEOUT_MAX)):
            raise TimeoutError(f"another thread receives from {self.name!r}")
        try:
            return self._next(deadline)
        finally:
            self._turn.release()

    def _next(self, deadline: Optional[float]) -> bytes:
        data, length, got = ctypes.c_void_p(), ctypes.c_size_t(), [0]
        handle = self._enter()  # the message lies in the ring
        try:
            check(self._wait(got, lib.mmv_channel_peek, deadline, data, length), self.name)
            message = ctypes.string_at(data.value or 0, length.value)
            check(lib.mmv_channel_skip(handle), self.name)
            return message
        finally:
            self._leave()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return self.receive()
        except BrokenPipeError:
            raise StopIteration from None
