"""Ctrl-C during a run: the first one ends it between two steps, a second one immediately."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["Interruption", "interruptible"]


class Interruption:
    """A request of the user to stop."""

    def __init__(self, stopped: Callable[[], bool] | None = None) -> None:
        """Start without a request; `stopped` reports one that does not come as Ctrl-C."""
        self.requested = False
        self._stopped = stopped

    def check(self) -> None:
        """Raise KeyboardInterrupt on a request; called where the run can end cleanly."""
        if self.requested or (self._stopped is not None and self._stopped()):
            raise KeyboardInterrupt


@contextmanager
def interruptible(interruption: Interruption) -> Iterator[None]:
    """Turn the first SIGINT into a request, in the main thread, unless the app has its own handler."""
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return

    def handle(number: int, frame: FrameType | None) -> None:
        if interruption.requested:
            signal.default_int_handler(number, frame)
        interruption.requested = True

    previous = signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
