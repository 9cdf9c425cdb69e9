"""The complete writer of a local index: batches, compaction and moves to another model."""

from __future__ import annotations

from semsearch.stores.local.model_move.staging import LocalModelMoveWriter
from semsearch.stores.local.upkeep.compaction import analyzed_before, compact, dead_rows
from semsearch.stores.local.writer import Writer
from semsearch.types.documents import EmbeddedText

__all__ = ["IndexWriter"]


class IndexWriter(Writer):
    """See `stores.base.StoreWriter`."""

    @property
    def moves(self) -> LocalModelMoveWriter:
        """Operations of a move to another model."""
        return LocalModelMoveWriter(self)

    def dead_rows(self) -> int:
        """Return how many stored vectors no passage uses."""
        return dead_rows(self)

    def analyzed_before(self) -> bool:
        """Return whether the terms come from an older text analysis."""
        return analyzed_before(self)

    def compact(self, embedded_text: EmbeddedText) -> bool:
        """Write a new generation with the live rows only, and switch to it."""
        return compact(self, embedded_text)
