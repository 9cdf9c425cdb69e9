"""What a daemon keeps open: indexes, each as long as it is asked for now and then, and the models that they share."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from semsearch.api.index import Index
from semsearch.stores.base import Store
from semsearch.stores.open import open_store, stamp
from semsearch.types.models import BiEncoder

__all__ = ["Elsewhere", "Holdings"]

UNUSED_SECONDS = 600.0
MOST = 8
"""Indexes held at once; the one that was not used for longest goes first."""


Stamp = tuple[int, ...]


class Elsewhere(Exception):
    """This query is not for a daemon."""


def _no_progress(stage: str, done: int, total: int) -> None:
    """Refuse what a user should see: a model is fetched and prepared by a command of theirs, not behind their back."""
    raise Elsewhere(f"a model is not ready ({stage})")


class _HeldIndex(Index):
    """An index whose encoder is shared with the others of the same model; no connection is opened for it."""

    def __init__(self, store: Store, shared_encoder: Callable[[str], BiEncoder]) -> None:
        super().__init__(store, offline=True, fetch_progress=_no_progress)
        self._opened.shared_encoder = shared_encoder


@dataclass(slots=True)
class _Held:
    """An open index; `folder` is its folder, open so that no other one gets the same inode meanwhile."""

    index: Index
    stamp: Stamp
    folder: int
    users: int = 0
    used: float = 0.0

    def close(self) -> None:
        self.index.close()
        os.close(self.folder)


class Holdings:
    """Open indexes by their folder. Many threads may borrow at once."""

    def __init__(self, *, unused_seconds: float = UNUSED_SECONDS, most: int = MOST) -> None:
        """Hold nothing yet."""
        self._unused_seconds, self._most = unused_seconds, most
        self._guard = threading.Lock()
        self._loading = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._encoders: dict[str, BiEncoder] = {}

    @contextmanager
    def borrow(self, path: Path) -> Iterator[Index]:
        """Lend an index, opened again when another one is at its path by now. Raises what `Index.open` raises."""
        held = self._take(path)
        try:
            yield held.index
        finally:
            with self._guard:
                held.users -= 1
                held.used = time.monotonic()
                if held.users == 0 and self._held.get(str(path)) is not held:
                    held.close()

    def _take(self, path: Path) -> _Held:
        seen = stamp(path)
        with self._guard:
            held = self._held.get(str(path))
            if held is None or held.stamp != seen:
                index = _HeldIndex(open_store(path), self._encoder)
                self._forget(str(path))
                folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
                held = self._held[str(path)] = _Held(index, seen, folder)
            held.users += 1
            held.used = time.monotonic()
            for other in sorted(self._held, key=lambda one: self._held[one].used)[: -self._most]:
                self._forget(other)
            return held

    def _forget(self, path: str) -> None:
        """Let an index go, now or when its last user gives it back; the guard is held."""
        held = self._held.pop(path, None)
        if held is not None and held.users == 0:
            held.close()

    def drop(self, path: Path) -> None:
        """Let an index go, and every model: something about them is not as it was."""
        with self._guard:
            self._forget(str(path))
        with self._loading:
            self._encoders.clear()

    def sweep(self) -> None:
        """Let go what nobody has used for long, indexes that are gone or replaced, and models without an index."""
        now = time.monotonic()
        with self._guard:
            for path, held in list(self._held.items()):
                if not held.users and (now - held.used > self._unused_seconds or stamp(Path(path)) != held.stamp):
                    self._forget(path)
            models = {held.index.settings.model for held in self._held.values()}
        with self._loading:
            for name in set(self._encoders) - models:
                del self._encoders[name]

    def close(self) -> None:
        """Let everything go."""
        with self._guard:
            for path in list(self._held):
                self._forget(path)

    def facts(self) -> dict[str, Any]:
        """Return what is held, for people who ask."""
        now = time.monotonic()
        with self._guard:
            indexes = [
                {"path": path, "model": held.index.settings.model, "unused_seconds": round(now - held.used, 1)}
                for path, held in self._held.items()
            ]
        return {"indexes": indexes, "models": sorted(self._encoders)}

    def _encoder(self, model: str) -> BiEncoder:
        from semsearch.api import load_encoder

        with self._loading:
            if model not in self._encoders:
                self._encoders[model] = load_encoder(model, offline=True, progress=_no_progress)
            return self._encoders[model]
