# SPDX-License-Identifier: MIT
"""Calls of the library that call Python back, where no signal can break in."""
import _thread
import threading
from typing import Any, Callable, Optional

SLICE = 0.1  # seconds: how long a signal waits for the main thread, which handles it


class _Box:
    """What a thread leaves behind."""

    result: Any = None
    error: Optional[BaseException] = None
    done = False


def _start(run: Callable) -> Optional[BaseException]:
    """Run it in a thread. Returns what a signal raised meanwhile, when the thread has begun all the same."""
    begun: list = []
    try:
        # No signal comes between the call and what says that it was made.
        begun[:] = map(_thread.start_new_thread, (run,), ((),))
    except BaseException as error:
        if not begun:
            raise
        return error
    return None


def apart(function: Callable, stop: Callable = lambda error: None) -> Any:
    """
    What function() returns, or raise what it raises.

    The main thread is where Python raises what signals lead to, KeyboardInterrupt mostly, at any instruction: also at
    the first one of a function that C has called, before any 'try'. ctypes then returns a number that nobody has set,
    and a walk takes a chunk for done that was not touched. So in the main thread function() runs in another one, and
    this one waits. What a signal raises meanwhile is handed to stop(), and raised when function() has come back.
    """
    if threading.current_thread() is not threading.main_thread():
        return function()
    box, gate = _Box(), _thread.allocate_lock()
    gate.acquire()

    def run():
        try:
            box.result = function()
        except BaseException as error:
            box.error = error
        box.done = True
        gate.release()

    interrupt = _start(run)
    while not box.done:
        try:
            if interrupt is not None:
                stop(interrupt)
            # One that came before the lock begins to wait does not end the wait.
            while not gate.acquire(timeout=SLICE):
                pass
        except BaseException as error:
            interrupt = error
    failed, box.error = interrupt or box.error, None
    try:
        if failed is not None:
            raise failed
    finally:
        # An error holds this frame, which must not hold the error.
        del failed, interrupt
    return box.result
