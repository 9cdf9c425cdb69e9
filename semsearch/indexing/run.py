"""One indexing run over sources, or over documents that the caller gives; it may be interrupted and resumed."""

from __future__ import annotations

import datetime
import json
import os
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from semsearch.corpus.parse.file_types import refused_plug_ins
from semsearch.corpus.parse.pool import PARSER_MODULE, Parsers
from semsearch.corpus.parse.read import parse_document
from semsearch.corpus.split.passages import embedded_text
from semsearch.errors import SourceUnreadable
from semsearch.indexing.control.interrupt import Interruption, interruptible
from semsearch.indexing.control.limits import DEFAULT, Limits, limits_within, settings_within
from semsearch.indexing.derive.apply_labels import apply_heads
from semsearch.indexing.derive.document_names import complete_names
from semsearch.indexing.derive.noise_floor import probed, update_floor
from semsearch.indexing.encode.window import Window
from semsearch.indexing.read.apply_outcomes import remove, write_down
from semsearch.indexing.read.content import Contents
from semsearch.indexing.read.outcomes import Heard, Outcome
from semsearch.indexing.read.prefetch import Ahead
from semsearch.indexing.read.reading import Origin, Reading, make_record
from semsearch.indexing.read.validate import Given, fault, skipped, taken
from semsearch.indexing.scan.changes import changed_targets
from semsearch.indexing.scan.roots import Target, resolve_targets
from semsearch.indexing.scan.scan import Scan, content_hash, scan, vanished
from semsearch.indexing.scan.versions import Versions
from semsearch.settings import Settings
from semsearch.stores.base import Documents, StoreWriter
from semsearch.stores.document_fields import ADDED_TYPE, as_value
from semsearch.stores.records import ADDED, FileFacts
from semsearch.stores.sources import Sources
from semsearch.types.documents import Document, Parsed, Skipped
from semsearch.types.models import BiEncoder, Transcriber
from semsearch.types.reports import Progress, ProgressCallback, Remark, Summary

__all__ = ["Run", "index_changes", "index_documents", "index_sources"]

_COMPACT_SHARE = 0.3
_COMPACT_ROWS = 5000


@dataclass(slots=True)
class Run:
    """State of a run: counts for the summary, and what everything else needs."""

    writer: StoreWriter
    encoder: Callable[[], BiEncoder]
    settings: Settings
    progress: ProgressCallback | None = None
    transcriber: Callable[[], Transcriber] | None = None
    max_memory: int = 0
    """Bytes that the run may take, its other processes included; 0 for no bound."""
    parsers: int | None = None
    """How many processes parse files at most; None leaves that to the machine."""
    parser_module: str = PARSER_MODULE
    started: float = field(default_factory=time.monotonic)
    files: int = 0
    files_total: int = 0
    files_done: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    named: int = 0
    analyzed: bool = False
    bytes_read: int = 0
    passages_seen: int = 0
    passages_done: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    interrupted: bool = False
    interruption: Interruption = field(default_factory=Interruption)
    versions: Versions = field(init=False)

    def __post_init__(self) -> None:
        """Prepare the versions that files are compared with."""
        self.versions = Versions(self.settings, self.max_memory)

    def limit_memory(self, limit: int) -> None:
        """Keep the run within so many bytes, 0 for no bound."""
        self.max_memory = limit
        self.versions = Versions(self.settings, limit)

    def window(self, limits: Limits) -> Window:
        """Return what collects documents and encodes them."""
        return Window(self.writer, self.encoder, self.tick, self.interruption.check, limits)

    def limits(self) -> Limits:
        """Return the bounds of this run. Raises InvalidQuery when its memory does not suffice."""
        limits = limits_within(self.max_memory, self.encoder) if self.max_memory else DEFAULT
        return replace(limits, parsers=self.parsers) if self.parsers else limits

    def tick(self, passages: int = 0, stage: str = "encode") -> None:
        """Tell progress; end the run when the user has asked for it."""
        self.passages_done += passages
        if self.progress is not None:
            done, total = min(self.files_done, self.files_total), self.files_total
            self.progress(Progress(stage, done, total, self.passages_done, self.passages_seen))
        self.interruption.check()

    def summary(self, window: Window) -> Summary:
        """Return what was done."""
        return Summary(
            files=self.files,
            added=window.added,
            changed=window.changed,
            moved=self.moved,
            unchanged=self.unchanged,
            removed=self.removed,
            named=self.named,
            analyzed=self.analyzed,
            skipped=tuple(self.skipped),
            remarks=tuple(self.remarks),
            missing_sources=tuple(self.missing),
            passages=window.written,
            encoded=window.encoded,
            bytes_read=self.bytes_read,
            seconds=time.monotonic() - self.started,
            interrupted=self.interrupted,
        )


def index_sources(run: Run, paths: Sequence[Path], *, prune: bool = False) -> Summary:
    """Bring the index up to date with files and folders; without paths, with every source it knows.

    Ctrl-C ends the run after the passages at hand: what is done is committed. Raises StorageFull and SourceUnreadable
    (a path that is not there); what was committed before stays.
    """
    return _index(run, lambda: resolve_targets(run.writer, paths, run.settings), prune)


def index_changes(run: Run, paths: Sequence[str]) -> Summary:
    """Bring the index up to date with paths that are new, changed or gone, and with nothing else below its sources.

    Paths that no source holds, or that a walk passes over, are passed. Ends and raises as `index_sources`.
    """
    writer = run.writer
    return _index(run, lambda: list(changed_targets(writer.snapshot, paths, run.settings)), False)


def _index(run: Run, resolve: Callable[[], Sequence[Target]], prune: bool) -> Summary:
    probes = run.encoder
    with run.window(DEFAULT) as window, interruptible(run.interruption):
        try:
            scans = [s for target in resolve() if (s := _scan(run, target, prune)) is not None]
            run.files_total = sum(len(s.work) for s in scans)
            if run.files_total:
                run.remarks += [Remark(package, why) for package, why in refused_plug_ins()]
            if run.files_total and not run.max_memory:  # another graph is open the whole time
                probes = probed(run.writer, run.encoder)
            _work(run, window, scans)
            window.finish()
            _remove_vanished(run, scans)
            run.named = complete_names(run.writer, window, lambda: run.tick(stage="names"))
        except KeyboardInterrupt:
            run.interrupted = True
            window.keep()
        _commit(run, window)
    _finish(run, probes)
    return run.summary(window)


def index_documents(run: Run, documents: Iterable[Document]) -> Summary:
    """Add or replace documents that the caller made; the same document again costs nothing.

    What the iterable raises is raised once all that came before it is committed.
    """
    given = Given(documents)
    state = run.writer.snapshot
    sources, known = state.sources, state.documents
    with run.window(run.limits()) as window, interruptible(run.interruption):
        try:
            for position, document in given:
                run.files += 1
                run.files_done += 1
                _add(run, window, sources, known, document, position)
            window.finish()
            run.named = complete_names(run.writer, window, lambda: run.tick(stage="names"))
        except KeyboardInterrupt:
            run.interrupted = True
            window.keep()
        _commit(run, window)
    _finish(run, run.encoder)
    given.check()
    return run.summary(window)


def _commit(run: Run, window: Window) -> None:
    """Commit what is left, and when this was."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    run.writer.set_meta("last_indexed", now)
    window.commit()


def _finish(run: Run, probes: Callable[[], BiEncoder]) -> None:
    """Bring what is derived up to date; when the user wants to leave, only what queries cannot do without."""
    if run.interrupted:
        if not run.writer.meta_value("floor"):
            update_floor(run.writer, probes)
        return
    apply_heads(run.writer)
    dead, rows = run.writer.dead_rows(), run.writer.log_rows()
    run.analyzed = run.writer.analyzed_before()
    if run.analyzed:
        run.tick(stage="words")
    wanted = run.analyzed or (dead > _COMPACT_ROWS and dead > _COMPACT_SHARE * rows)
    if wanted and not run.writer.compact(embedded_text):
        return  # another process has moved the index meanwhile: what is derived is of its model, and up to date
    run.writer.update_ann()
    update_floor(run.writer, probes, anew=run.analyzed)


def _scan(run: Run, target: Target, prune: bool) -> Scan | None:
    """Compare one target with the catalogue; a root that is gone or empty keeps its documents, unless `prune`."""
    if target.gone:
        return _forget_unread(run, vanished(run.writer.snapshot.documents, target.source, target.below))
    present = target.root.exists()
    if not present and not prune:
        run.missing.append(os.fspath(target.root))
        return None
    if not present:
        run.removed += run.writer.snapshot.documents.count().get(target.source, 0)
        run.writer.remove_source(target.source)
        return None
    found = scan(
        run.writer.snapshot.documents,
        target.source,
        target.root,
        run.settings,
        target.exclude,
        below=target.below,
        memory=run.max_memory,
    )
    run.tick(stage="scan")
    if not found.files and found.vanished and not prune and not target.below:
        run.missing.append(os.fspath(target.root))
        return None
    run.files += found.files
    run.unchanged += found.unchanged
    run.skipped += found.skipped
    return _forget_unread(run, found)


def _forget_unread(run: Run, found: Scan) -> Scan:
    for source, path in found.unread_gone:
        run.writer.forget_unread(source, path)
    return found


def _work(run: Run, window: Window, scans: Sequence[Scan]) -> None:
    """Write down what became of every file, while a thread reads the next ones and other processes parse them."""
    if not run.files_total:
        return  # and nothing of the model is opened
    limits = window.limits = run.limits()
    settings = settings_within(run.settings, limits)
    with closing(
        Parsers(settings, count=limits.parsers, memory=limits.parser_bytes, module=run.parser_module)
    ) as parsers:
        contents = Contents(settings, parsers, run.transcriber, lambda: ahead.put(Heard()), limits.file_bytes)
        reading = Reading(contents, run.versions, run.encoder, run.settings, limits.queue_bytes)
        ahead: Ahead[Outcome] = Ahead(lambda: reading.outcomes(scans), limits.queue_bytes)
        try:
            for outcome in ahead:
                run.interruption.check()
                if outcome is not None:
                    write_down(run, window, outcome)
                window.work()
        finally:
            ahead.stop()
            parsers.close()  # the thread may be waiting for one of them
            ahead.close()


def _remove_vanished(run: Run, scans: Sequence[Scan]) -> None:
    for found in scans:
        remove(run, found.vanished)


def _add(run: Run, window: Window, sources: Sources, documents: Documents, document: Document, position: int) -> None:
    wrong = fault(document) or taken(documents, sources, document.id)
    if wrong:
        run.skipped.append(skipped(document, position, wrong))
        return
    metadata = {key: as_value(value) for key, value in document.metadata.items()}
    whole = json.dumps([document.title, document.text, metadata], sort_keys=True, ensure_ascii=True, default=str)
    digest = content_hash(whole.encode())
    old = documents.find(ADDED, document.id)
    if old is not None and (old.content, old.splitter) == (digest, run.settings.version):
        run.unchanged += 1
        return
    size = len(document.text.encode("utf-8", "surrogatepass"))
    run.bytes_read += size
    parsed = parse_document(document.text, document.title)
    parsed = Parsed(parsed.text, parsed.blocks, parsed.title, metadata)
    facts = FileFacts(size=size, scanned_ns=time.time_ns())
    origin = Origin(ADDED, document.id, ADDED_TYPE, facts, digest, run.settings.version)
    try:
        record, embedded, rows = make_record(parsed, origin, run.encoder(), run.settings)
    except SourceUnreadable as error:
        run.skipped.append(skipped(document, position, str(error)))
        return
    run.passages_seen += len(record.spans)
    window.add(record, embedded, rows, new=old is None)
