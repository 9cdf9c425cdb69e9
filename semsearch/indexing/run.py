"""One indexing run over sources, or over the caller's documents; it can be interrupted and resumed."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from semsearch.corpus.parse.file_types import refused_plug_ins
from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.parse.read import parse_document
from semsearch.corpus.split.passages import embedded_text
from semsearch.errors import SourceUnreadable
from semsearch.indexing.control.indexing_run import IndexingRun
from semsearch.indexing.control.interrupt import interruptible
from semsearch.indexing.control.limits import DEFAULT, Limits, limits_within, settings_within
from semsearch.indexing.derive.apply_labels import apply_heads
from semsearch.indexing.derive.document_names import complete_names
from semsearch.indexing.derive.noise_floor import probed, update_floor
from semsearch.indexing.encode.encode_buffer import EncodeBuffer
from semsearch.indexing.read.apply_outcomes import remove, write_down
from semsearch.indexing.read.content import Contents
from semsearch.indexing.read.outcomes import Heard, Outcome
from semsearch.indexing.read.prefetch import Ahead
from semsearch.indexing.read.read_files import Origin, Reading, make_record
from semsearch.indexing.read.validate import Given, fault, skipped, taken
from semsearch.indexing.scan.changes import changed_targets
from semsearch.indexing.scan.roots import ScanTarget, resolve_targets
from semsearch.indexing.scan.scan import Scan, content_hash, scan, vanished
from semsearch.stores.base import Documents
from semsearch.stores.document_fields import ADDED_TYPE, as_value
from semsearch.stores.records import ADDED, FileFacts
from semsearch.stores.sources import Sources
from semsearch.types.documents import Document, Parsed
from semsearch.types.models import BiEncoder
from semsearch.types.reports import Remark, Summary

__all__ = ["index_changes", "index_documents", "index_sources"]

_COMPACT_SHARE = 0.3
_COMPACT_ROWS = 5000


def index_sources(run: IndexingRun, paths: Sequence[Path], *, prune: bool = False) -> Summary:
    """Update the index from files and folders; without paths, from all its sources.

    Ctrl-C ends the run after the current passages; what is done is committed. Raises StorageFull, and SourceUnreadable
    for a path that does not exist; everything committed before is kept.
    """
    return _index(run, lambda: resolve_targets(run.writer, paths, run.options.settings), prune)


def index_changes(run: IndexingRun, paths: Sequence[str]) -> Summary:
    """Update the index for new, changed and removed paths only.

    Paths outside all sources, or that a walk skips, are ignored. Ends and raises as `index_sources` does.
    """
    writer = run.writer
    return _index(run, lambda: list(changed_targets(writer.snapshot, paths, run.options.settings)), False)


def _index(run: IndexingRun, resolve: Callable[[], Sequence[ScanTarget]], prune: bool) -> Summary:
    probes, interrupted = run.encoder, False
    with _window(run, DEFAULT) as window, interruptible(run.interruption):
        try:
            scans = [s for target in resolve() if (s := _scan(run, target, prune)) is not None]
            run.counts.files_total = sum(len(s.work) for s in scans)
            if run.counts.files_total:
                run.counts.remarks += [Remark(package, why) for package, why in refused_plug_ins()]
            if run.counts.files_total and not run.options.max_memory:  # it keeps a second graph open the whole time
                probes = probed(run.writer, run.encoder)
            _work(run, window, scans)
            window.finish()
            _remove_vanished(run, scans)
            run.counts.named = complete_names(run.writer, window, lambda: run.tick(stage="names"))
        except KeyboardInterrupt:
            interrupted = True
            window.keep()
        _commit(run, window)
    analyzed = _finish(run, probes, interrupted=interrupted)
    return _summary(run, window, interrupted=interrupted, analyzed=analyzed)


def index_documents(run: IndexingRun, documents: Iterable[Document]) -> Summary:
    """Add or replace the caller's documents; unchanged ones cost nothing.

    An error of the iterable is raised after everything before it is committed.
    """
    given = Given(documents)
    state = run.writer.snapshot
    sources, known = state.sources, state.documents
    interrupted = False
    with _window(run, _limits(run)) as window, interruptible(run.interruption):
        try:
            for position, document in given:
                run.counts.files += 1
                run.counts.files_done += 1
                _add(run, window, sources, known, document, position)
            window.finish()
            run.counts.named = complete_names(run.writer, window, lambda: run.tick(stage="names"))
        except KeyboardInterrupt:
            interrupted = True
            window.keep()
        _commit(run, window)
    analyzed = _finish(run, run.encoder, interrupted=interrupted)
    given.check()
    return _summary(run, window, interrupted=interrupted, analyzed=analyzed)


def _commit(run: IndexingRun, window: EncodeBuffer) -> None:
    """Commit the rest, and the time of this run."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    run.writer.set_meta("last_indexed", now)
    window.commit()


def _finish(run: IndexingRun, probes: Callable[[], BiEncoder], *, interrupted: bool) -> bool:
    """Update derived data; after an interruption, only what queries need.

    Returns whether all terms were analyzed again.
    """
    if interrupted:
        if not run.writer.meta_value("floor"):
            update_floor(run.writer, probes)
        return False
    apply_heads(run.writer)
    dead, rows = run.writer.dead_rows(), run.writer.log_rows()
    analyzed = run.writer.analyzed_before()
    if analyzed:
        run.tick(stage="words")
    wanted = analyzed or (dead > _COMPACT_ROWS and dead > _COMPACT_SHARE * rows)
    if wanted and not run.writer.compact(embedded_text):
        return analyzed  # another process has moved the index meanwhile: derived data is of its model, and current
    run.writer.update_ann()
    update_floor(run.writer, probes, anew=analyzed)
    return analyzed


def _summary(run: IndexingRun, window: EncodeBuffer, *, interrupted: bool, analyzed: bool) -> Summary:
    counts = run.counts
    return Summary(
        files=counts.files,
        added=window.added,
        changed=window.changed,
        moved=counts.moved,
        unchanged=counts.unchanged,
        removed=counts.removed,
        named=counts.named,
        analyzed=analyzed,
        skipped=tuple(counts.skipped),
        remarks=tuple(counts.remarks),
        missing_sources=tuple(counts.missing_sources),
        passages=window.written,
        encoded=window.encoded,
        bytes_read=counts.bytes_read,
        seconds=time.monotonic() - run.started,
        interrupted=interrupted,
    )


def _window(run: IndexingRun, limits: Limits) -> EncodeBuffer:
    """Return the buffer that collects and encodes documents."""
    return EncodeBuffer(run.writer, run.encoder, run.tick, run.interruption.check, limits)


def _limits(run: IndexingRun) -> Limits:
    """Return the memory limits of a run. Raises InvalidQuery when the memory does not suffice."""
    options = run.options
    limits = limits_within(options.max_memory, run.encoder) if options.max_memory else DEFAULT
    return replace(limits, parsers=options.parsers) if options.parsers else limits


def _scan(run: IndexingRun, target: ScanTarget, prune: bool) -> Scan | None:
    """Compare a target with the catalogue; a missing or empty root keeps its documents, unless `prune`."""
    if target.gone:
        return _forget_unread(run, vanished(run.writer.snapshot.documents, target.source, target.below))
    present = target.root.exists()
    if not present and not prune:
        run.counts.missing_sources.append(os.fspath(target.root))
        return None
    if not present:
        run.counts.removed += run.writer.snapshot.documents.count().get(target.source, 0)
        run.writer.remove_source(target.source)
        return None
    found = scan(
        run.writer.snapshot.documents,
        target.source,
        target.root,
        run.options.settings,
        target.exclude,
        below=target.below,
        memory=run.options.max_memory,
    )
    run.tick(stage="scan")
    if not found.files and found.vanished and not prune and not target.below:
        run.counts.missing_sources.append(os.fspath(target.root))
        return None
    run.counts.files += found.files
    run.counts.unchanged += found.unchanged
    run.counts.skipped += found.skipped
    return _forget_unread(run, found)


def _forget_unread(run: IndexingRun, found: Scan) -> Scan:
    for source, path in found.unread_gone:
        run.writer.forget_unread(source, path)
    return found


def _work(run: IndexingRun, window: EncodeBuffer, scans: Sequence[Scan]) -> None:
    """Apply the outcome of every file, while a thread reads the next ones and other processes parse them."""
    if not run.counts.files_total:
        return  # without opening the model
    options = run.options
    limits = window.limits = _limits(run)
    settings = settings_within(options.settings, limits)
    with closing(
        Parsers(settings, count=limits.parsers, memory=limits.parser_bytes, module=options.parser_module)
    ) as parsers:
        contents = Contents(settings, parsers, options.transcriber, lambda: ahead.put(Heard()), limits.file_bytes)
        reading = Reading(contents, run.versions, run.encoder, options.settings, limits.queue_bytes)
        ahead: Ahead[Outcome] = Ahead(lambda: reading.outcomes(scans), limits.queue_bytes)
        try:
            for outcome in ahead:
                run.interruption.check()
                if outcome is not None:
                    write_down(run, window, outcome)
                window.work()
        finally:
            ahead.stop()
            parsers.close()  # the reading thread may be waiting for one of them
            ahead.close()


def _remove_vanished(run: IndexingRun, scans: Sequence[Scan]) -> None:
    for found in scans:
        remove(run, found.vanished)


def _add(
    run: IndexingRun, window: EncodeBuffer, sources: Sources, documents: Documents, document: Document, position: int
) -> None:
    problem = fault(document) or taken(documents, sources, document.id)
    if problem:
        run.counts.skipped.append(skipped(document, position, problem))
        return
    metadata = {key: as_value(value) for key, value in document.metadata.items()}
    whole = json.dumps([document.title, document.text, metadata], sort_keys=True, ensure_ascii=True, default=str)
    digest = content_hash(whole.encode())
    old = documents.find(ADDED, document.id)
    if old is not None and (old.content, old.splitter) == (digest, run.options.settings.version):
        run.counts.unchanged += 1
        return
    size = len(document.text.encode("utf-8", "surrogatepass"))
    run.counts.bytes_read += size
    parsed = parse_document(document.text, document.title)
    parsed = Parsed(parsed.text, parsed.blocks, parsed.title, metadata)
    facts = FileFacts(size=size, scanned_ns=time.time_ns())
    origin = Origin(ADDED, document.id, ADDED_TYPE, facts, digest, run.options.settings.version)
    try:
        record, embedded, rows = make_record(parsed, origin, run.encoder(), run.options.settings)
    except SourceUnreadable as error:
        run.counts.skipped.append(skipped(document, position, str(error)))
        return
    run.counts.passages_seen += len(record.spans)
    window.add(record, embedded, rows, new=old is None)
