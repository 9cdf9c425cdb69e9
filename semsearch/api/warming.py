"""What a first search needs, brought into memory beside it."""

from __future__ import annotations

import threading
from contextlib import suppress

from semsearch.api.handle import Handle
from semsearch.errors import SemsearchError

__all__ = ["Warming"]


class _NotReady(Exception):
    """The model must be fetched or prepared."""


def _not_ready(stage: str, done: int, total: int) -> None:
    raise _NotReady(stage)


class Warming(Handle):
    """The part of `Index` that saves a first search its waiting."""

    def warm(self) -> threading.Thread:
        """Start to load the index's model in a thread; a search that comes meanwhile waits for it.

        Only what is ready on this disk is loaded: nothing is fetched, prepared or told, and no error is raised.
        """
        thread = threading.Thread(target=self._load_ready, name="semsearch-warm", daemon=True)
        thread.start()
        return thread

    def _load_ready(self) -> None:
        from semsearch.models.load import load_encoder

        with self._loading, suppress(SemsearchError, OSError, _NotReady):
            if self._own_encoder is None and self._loaded is None and not self._meta.get("own_encoder"):
                self._loaded = load_encoder(str(self._meta["settings"]["model"]), offline=True, progress=_not_ready)
