# SPDX-License-Identifier: MIT
"""Runs that may be killed at any moment, and are finished by running them again."""
import ctypes
import os
import weakref

from . import _native
from ._errors import check, error_of
from ._native import lib
from ._numbers import file_name, number

_MODES = {"kill": _native.JOURNAL_KILL, "power": _native.JOURNAL_POWER}


def default_path(map, offset: int, length: int) -> bytes:
    """Where the journal of a run over these bytes lies, or lay when it was interrupted."""
    path = ctypes.c_void_p()
    check(lib.mmv_journal_name(map._handle(), offset, length, 0, path), map.name)
    try:
        return ctypes.string_at(path.value or 0)
    finally:
        # The process' own: what malloc() gave the library.
        free = ctypes.CDLL(None).free
        free.argtypes = [ctypes.c_void_p]
        free(path)


class Job:
    """
    One or more walks in place that are done once, however often the program is killed and run again.

        with mmview.open("Large.data", "r+") as image, mmview.job(image, "add 10") as job:
            image.walk(add_ten, "<i2", journal=job)

    Repeated after a kill, records that were changed are not changed again. Walks must come in the same order each time.
    The end of the block ends the run: repeated after that, it is a new one, and changes everything again. An exception
    leaves the run unfinished, and so does close(): it goes on when it is repeated.

    path: of the journal's file, while there is one
    """

    def __init__(self, map, operation, mode="kill", offset=0, length=None, files=1, wait=0, path=None, varies=False):
        if mode not in _MODES:
            raise ValueError(f"mode {mode!r} is none of {', '.join(_MODES)}")
        if not isinstance(operation, str) or "\0" in operation:
            raise ValueError("the operation is a text without a zero byte")
        offset = number("offset", offset)
        length = 0 if length is None else number("length", length, 1)
        name = default_path(map, offset, length) if path is None else file_name(path)
        self.path, self._mode, self._maps = os.fsdecode(name), mode, []
        self._journal = ctypes.c_void_p()
        options = _native.JournalOptions(
            mode=_MODES[mode],
            operation=operation.encode(),
            files=number("files", files),
            wait_ms=min(int(wait * 1000), 2**32 - 1),
            offset=offset,
            length=length,
            varies=bool(varies),
        )
        check(lib.mmv_journal_open(name, options, self._journal), self.path)
        self._release = weakref.finalize(self, lib.mmv_journal_close, self._journal)

    def _handle(self):
        if not self._journal:
            raise ValueError("the job is closed")
        return self._journal

    def finish(self) -> None:
        """
        All walks are done: the journal's file goes, and the job is closed. Whatever else can fail comes before. With
        mode "power" what was changed is on the device by then.
        """
        self._handle()
        self._sync()
        check(lib.mmv_journal_end(self._handle(), _native.JOURNAL_FINISHED), self.path)
        self.close()

    def _sync(self):
        """
        A file whose sync failed is spoiled for good: a second one could succeed although data is lost. On network file
        systems "kill" is "power".
        """
        for map in self._maps:
            if self._mode != "power" and not lib.mmv_map_is_remote(map._handle()):
                continue
            status = lib.mmv_map_sync(map._handle())
            if status:
                error = error_of(status, map.name)
                lib.mmv_journal_end(self._handle(), _native.JOURNAL_SPOILED)
                raise error

    def close(self) -> None:
        """Give the job up for now. Unless it was finished, the journal stays, for the same run later."""
        self._release()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None and self._journal:
            self.finish()
        self.close()


def job(map, operation, mode="kill", *, offset=0, length=None, files=1, wait=0, path=None, varies=False) -> Job:
    """
    A Job over bytes of a map, for the journal of walk().

    operation: what the walks do, with which parameters, in words: who goes on with an interrupted run must say the same
    mode:      "kill" survives the end of the process, however it comes; "power" the loss of power, too
    offset, length: bytes that are changed; to the end without a length
    files:     how many files the walks change
    wait:      seconds to wait for another run on the same bytes, before BlockingIOError
    path:      of the journal; beside the file without it
    varies:    the function may make something else of the same records, random numbers, or the time
    """
    return Job(map, operation, mode, offset, length, files, wait, path, varies)
