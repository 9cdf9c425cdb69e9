"""Prefetch an iterator on a separate thread, limited by the bytes waiting."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["Ahead", "Stopped"]

_T = TypeVar("_T")
_HEARTBEAT = 0.1


class Stopped(Exception):
    """Raised in the thread when it has to stop."""


class Ahead(Generic[_T]):
    """Prefetches the items of an iterator. Must be closed, to join its thread."""

    def __init__(self, make: Callable[[], Iterator[tuple[_T, int]]], limit: int) -> None:
        """`make` is called on the thread and yields (item, bytes); at most `limit` bytes wait, or one item."""
        self._make = make
        self._limit = limit
        self._waiting: deque[tuple[_T, int]] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._stopped = self._ended = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="semsearch-read", daemon=True)

    def __iter__(self) -> Iterator[_T | None]:
        """Yield the items, and None every tenth of a second while waiting. Raises what the iterator raises."""
        self._thread.start()
        while True:
            with self._changed:
                if not self._waiting and not self._ended:
                    self._changed.wait(_HEARTBEAT)
                found = self._waiting.popleft() if self._waiting else None
                if found is not None:
                    self._bytes -= found[1]
                    self._changed.notify_all()
                elif self._ended:
                    break
            yield found[0] if found is not None else None
        if self._error is not None:
            raise self._error

    def check(self) -> None:
        """Raise Stopped if asked to stop; for a long step of the iterator to call."""
        if self._stopped:
            raise Stopped

    def put(self, item: _T, size: int = 0) -> None:
        """Add an item from the thread, waiting for room. Raises Stopped."""
        with self._changed:
            while self._bytes and self._bytes + size > self._limit and not self._stopped:
                self._changed.wait()
            self.check()
            self._waiting.append((item, size))
            self._bytes += size
            self._changed.notify_all()

    def _run(self) -> None:
        error: BaseException | None = None
        try:
            for item, size in self._make():
                self.put(item, size)
        except Stopped:
            pass
        except BaseException as raised:  # noqa: BLE001 - re-raised in __iter__
            error = raised
        with self._changed:
            self._error, self._ended = error, True
            self._changed.notify_all()

    def stop(self) -> None:
        """Ask the thread to stop."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def close(self) -> None:
        """Stop the thread and join it."""
        self.stop()
        if self._thread.ident is not None:
            self._thread.join()
