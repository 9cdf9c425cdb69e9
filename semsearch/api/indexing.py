"""The runs that write: bringing an index up to date with files, and adding documents of the caller's own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.api.labels import refresh_labels
from semsearch.indexing.run import index_documents, index_sources

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex
    from semsearch.types.documents import Document
    from semsearch.types.reports import ProgressCallback, Summary

__all__ = ["add_documents", "index_paths"]


def index_paths(
    opened: OpenIndex,
    paths: Sequence[str | Path],
    *,
    prune: bool = False,
    progress: ProgressCallback | None = None,
    max_memory: int = 0,
) -> Summary:
    """Bring the index up to date with files and folders: see `Index.index`."""
    with opened.run(progress, max_memory=max_memory) as run:
        summary = index_sources(run, [Path(path) for path in paths], prune=prune)
        if not summary.interrupted:
            refresh_labels(run.writer)
        return summary


def add_documents(opened: OpenIndex, documents: Iterable[Document], progress: ProgressCallback | None) -> Summary:
    """Add or replace documents by id: see `Index.add`."""
    with opened.run(progress) as run:
        summary = index_documents(run, documents)
        if not summary.interrupted:
            refresh_labels(run.writer)
    if summary.interrupted:
        stopped = KeyboardInterrupt()
        done = f"{summary.added} documents were added and {summary.changed} replaced"
        stopped.add_note(f"semsearch: {done} before the interruption; they are committed")
        raise stopped
    return summary
