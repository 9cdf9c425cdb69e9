"""Apply the outcome of every file to the index, in the order of the walk, and count it for the summary."""

from __future__ import annotations

import os
from collections.abc import Sequence

from semsearch.corpus.readers.extras import is_missing
from semsearch.indexing.control.indexing_run import IndexingRun
from semsearch.indexing.derive.document_names import move_document
from semsearch.indexing.encode.encode_buffer import EncodeBuffer
from semsearch.indexing.read.content import Unheard
from semsearch.indexing.read.outcomes import (
    Failed,
    Gone,
    Heard,
    Moved,
    Outcome,
    Ready,
    Same,
    Unread,
    UnreadInside,
    Within,
)
from semsearch.stores.member_paths import member_path
from semsearch.stores.records import Known
from semsearch.types.documents import Skipped
from semsearch.types.reports import Remark

__all__ = ["remove", "write_down"]


def write_down(run: IndexingRun, window: EncodeBuffer, outcome: Outcome) -> None:
    """Apply the outcome of a file or a nested document."""
    match outcome:
        case Heard():
            run.tick(stage="listen")
            return
        case Within(inner):
            _write_within(run, window, inner)
            run.tick(stage="read")
            return
        case Ready(record):
            run.counts.bytes_read += record.facts.size
            remove(run, outcome.gone)
            run.writer.forget_unread_inside(record.source, record.path)
            _add_ready(run, window, outcome)
        case Same():
            run.counts.bytes_read += outcome.facts.size
            run.counts.skipped += outcome.skipped
            _touch(run, outcome)
        case Moved(known, work, facts):
            run.counts.bytes_read += facts.size
            run.counts.moved += 1
            move_document(run.writer, window, known.number, work.source, work.root, work.path, facts)
        case Unread():
            run.counts.bytes_read += outcome.read
            _unread(run, outcome)
        case Failed(path, reason):
            run.counts.skipped.append(Skipped(path, reason))
        case Gone():
            pass
    run.counts.files_done += 1
    run.tick(stage="read")


def _write_within(run: IndexingRun, window: EncodeBuffer, outcome: Ready | Same | UnreadInside) -> None:
    """Apply the outcome of a nested document."""
    match outcome:
        case Ready():
            _add_ready(run, window, outcome)
        case Same():
            _touch(run, outcome)
        case UnreadInside(work, name, reason, limited, facts):
            run.counts.skipped.append(Skipped(f"{os.fspath(work.absolute)}!/{name}", reason))
            path = member_path(work.path, name)
            if is_missing(reason) and any(known.path == path for known in work.inside):
                return
            version = run.versions.unread_inside(work.absolute, limited=limited)
            run.writer.unread(work.source, path, reason, facts, version)


def _add_ready(run: IndexingRun, window: EncodeBuffer, ready: Ready) -> None:
    run.counts.passages_seen += len(ready.record.spans)
    if ready.remark is not None:
        run.counts.remarks.append(Remark(*ready.remark))
    window.add(ready.record, ready.embedded, ready.rows, new=ready.new)


def _touch(run: IndexingRun, same: Same) -> None:
    for known in (same.known, *same.inside):
        run.counts.unchanged += 1
        run.writer.touch(known.number, same.facts)


def remove(run: IndexingRun, known: Sequence[Known]) -> None:
    """Remove documents that no longer exist."""
    if known:
        run.writer.delete([document.number for document in known])
        run.counts.removed += len(known)


def _unread(run: IndexingRun, outcome: Unread) -> None:
    """Record an unreadable file, and remove the document that it was before.

    A recording keeps its document if only the transcriber is missing or has failed, and so does a file that an extra
    read which is missing now.
    """
    work, error = outcome.work, outcome.error
    run.counts.skipped.append(Skipped(os.fspath(work.absolute), str(error)))
    if (isinstance(error, Unheard) or is_missing(str(error))) and work.known is not None:
        return
    retry = isinstance(error, Unheard) and error.retry
    version = 0 if retry else run.versions.unread(work.absolute, error)
    run.writer.forget_unread_inside(work.source, work.path)
    run.writer.unread(work.source, work.path, str(error), outcome.facts, version)
    remove(run, [*([work.known] if work.known is not None else []), *work.inside])
