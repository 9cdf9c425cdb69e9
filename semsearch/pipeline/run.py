"""One indexing run over sources, or over documents that the caller gives; it may be interrupted and resumed."""

from __future__ import annotations

import datetime
import json
import math
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType

from semsearch.corpus.language import detect
from semsearch.corpus.passages import embedded_text, split
from semsearch.corpus.read import document_type, parse_document
from semsearch.errors import SourceUnreadable
from semsearch.index.catalog import pack_path
from semsearch.index.compaction import compact, dead_rows
from semsearch.index.edits import FileFacts, Record
from semsearch.index.layout import Step, no_step
from semsearch.index.sources import ADDED, Sources
from semsearch.index.writer import Writer
from semsearch.pipeline.content import Contents, Unheard
from semsearch.pipeline.floor import update_floor
from semsearch.pipeline.interrupt import Interruption, interruptible
from semsearch.pipeline.labels import apply_heads
from semsearch.pipeline.roots import Target, resolve_targets
from semsearch.pipeline.scan import Known, Scan, Work, content_hash, scan
from semsearch.pipeline.versions import Versions
from semsearch.pipeline.window import Window, embedding_hash
from semsearch.reports import Progress, ProgressCallback, Summary
from semsearch.roles import BiEncoder, Tokenizing, Transcriber
from semsearch.settings import Settings
from semsearch.types import (
    Document,
    Parsed,
    Skipped,
    Value,
)

__all__ = ["Run", "index_documents", "index_sources"]

_SURROGATE = re.compile("[\ud800-\udfff]")
_COMPACT_SHARE = 0.3
_COMPACT_ROWS = 5000


@dataclass(slots=True)
class Run:
    """State of a run: counts for the summary, and what everything else needs."""

    writer: Writer
    encoder: Callable[[], BiEncoder]
    settings: Settings
    progress: ProgressCallback | None = None
    step: Step = no_step
    transcriber: Callable[[], Transcriber] | None = None
    started: float = field(default_factory=time.monotonic)
    files: int = 0
    files_total: int = 0
    files_done: int = 0
    moved: int = 0
    unchanged: int = 0
    removed: int = 0
    bytes_read: int = 0
    passages_seen: int = 0
    passages_done: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    interrupted: bool = False
    interruption: Interruption = field(default_factory=Interruption)
    contents: Contents = field(init=False)
    versions: Versions = field(init=False)

    def __post_init__(self) -> None:
        """Prepare what looks into files."""
        self.contents = Contents(self.settings, self.transcriber, lambda: self.tick(stage="listen"))
        self.versions = Versions(self.settings)

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
            skipped=tuple(self.skipped),
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
    window = Window(run.writer, run.encoder, run.tick)
    with interruptible(run.interruption):
        try:
            targets = resolve_targets(run.writer, paths, run.settings)
            scans = [s for target in targets if (s := _scan(run, target, prune)) is not None]
            run.files_total = sum(len(s.work) for s in scans)
            _work(run, window, scans)
            window.work_off()
            _remove_vanished(run, scans)
        except KeyboardInterrupt:
            run.interrupted = True
        _commit(run, window)
    _finish(run)
    return run.summary(window)


def index_documents(run: Run, documents: Iterable[Document]) -> Summary:
    """Add or replace documents that the caller made; the same document again costs nothing."""
    window = Window(run.writer, run.encoder, run.tick)
    sources = Sources(run.writer.layout, run.writer.connection)
    with interruptible(run.interruption):
        try:
            for document in documents:
                run.files += 1
                run.files_done += 1
                _add(run, window, sources, document)
            window.work_off()
        except KeyboardInterrupt:
            run.interrupted = True
        _commit(run, window)
    _finish(run)
    return run.summary(window)


def _commit(run: Run, window: Window) -> None:
    """Commit what is left, and when this was."""
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    run.writer.set_meta("last_indexed", now)
    window.commit()


def _finish(run: Run) -> None:
    """Bring what is derived up to date; when the user wants to leave, only what queries cannot do without."""
    if run.interrupted:
        if not run.writer.meta_value("floor"):
            update_floor(run.writer, run.encoder)
        return
    apply_heads(run.writer)
    dead = dead_rows(run.writer)
    if dead > _COMPACT_ROWS and dead > _COMPACT_SHARE * run.writer.log_rows():
        compact(run.writer, embedded_text, run.step)
    run.writer.update_ann()
    update_floor(run.writer, run.encoder)


def _scan(run: Run, target: Target, prune: bool) -> Scan | None:
    """Compare one target with the catalogue; a root that is gone or empty keeps its documents, unless `prune`."""
    present = target.root.exists()
    if not present and not prune:
        run.missing.append(os.fspath(target.root))
        return None
    if not present:
        count = "SELECT count(*) FROM documents WHERE source = ?"
        run.removed += int(run.writer.connection.execute(count, (target.source,)).fetchone()[0])
        run.writer.remove_source(target.source)
        return None
    found = scan(run.writer.connection, target.source, target.root, run.settings, target.exclude, below=target.below)
    run.tick(stage="scan")
    if not found.files and found.vanished and not prune and not target.below:
        run.missing.append(os.fspath(target.root))
        return None
    run.files += found.files
    run.unchanged += found.unchanged
    run.skipped += found.skipped
    for source, path in found.unread_gone:
        run.writer.forget_unread(source, path)
    return found


def _work(run: Run, window: Window, scans: Sequence[Scan]) -> None:
    vanished: dict[bytes, list[Known]] = {}
    for found in scans:
        for known in found.vanished:
            vanished.setdefault(known.content, []).append(known)
    for found in scans:
        for item in found.work:
            _work_file(run, window, item, vanished)
            run.files_done += 1
            run.tick(stage="read")
        found.vanished = [k for k in found.vanished if k in vanished.get(k.content, ())]


def _work_file(run: Run, window: Window, item: Work, vanished: dict[bytes, list[Known]]) -> None:
    try:
        _take(run, window, item, vanished)
    except FileNotFoundError:
        return
    except OSError as error:
        # Its document, if there is one, stays as it is: nothing says that the content has changed.
        run.skipped.append(Skipped(os.fspath(item.absolute), f"cannot be read ({error.strerror})"))
    except SourceUnreadable as error:
        _unread(run, item, error, _stat(item.absolute))


def _take(run: Run, window: Window, item: Work, vanished: dict[bytes, list[Known]]) -> None:
    content = run.contents.of(item.absolute)
    digest, facts = content.digest, content.facts
    run.bytes_read += facts.size
    version = run.versions.document(item.absolute)
    if item.known and (item.known.content, item.known.splitter) == (digest, version):
        run.writer.touch(item.known.number, facts)
        run.unchanged += 1
        return
    kind = document_type(item.absolute)
    moved = _moved(vanished, digest, kind) if item.known is None else None
    if moved is not None:
        run.writer.relocate(moved.number, item.source, item.path, facts)
        run.moved += 1
        return
    try:
        parsed = content.parse()
        record, embedded = _record(run, parsed, item.source, item.path, kind, facts, digest, version)
    except SourceUnreadable as error:
        _unread(run, item, error, facts)
        return
    window.add(record, embedded, new=item.known is None)


def _moved(vanished: dict[bytes, list[Known]], digest: bytes, kind: str) -> Known | None:
    """Take the vanished document that has this content, if there is one of the same type."""
    for known in vanished.get(digest, []):
        if known.type == kind:
            vanished[digest].remove(known)
            return known
    return None


def _record(
    run: Run, parsed: Parsed, source: int, path: str, kind: str, facts: FileFacts, content: bytes, version: int
) -> tuple[Record, list[str]]:
    encoder = run.encoder()
    tokens = encoder if isinstance(encoder, Tokenizing) else None
    spans = split(parsed, tokens, run.settings.passage_tokens)
    if not spans:
        raise SourceUnreadable("empty")
    embedded = [embedded_text(parsed.title, s.heading, parsed.text[s.start : s.stop]) for s in spans]
    language = run.settings.language if run.settings.language != "auto" else detect(parsed.text)
    run.passages_seen += len(spans)
    record = Record(
        source, path, parsed.text, parsed.title, kind, language or "en", facts, content, parsed.metadata,
        version, spans, [embedding_hash(text) for text in embedded],
    )  # fmt: skip
    return record, embedded


def _unread(run: Run, item: Work, error: SourceUnreadable, facts: FileFacts) -> None:
    """Name a file that cannot be read; a document that it was before leaves the index.

    A recording that nobody here can listen to keeps its document: it is the listener that is missing, or was lost.
    """
    run.skipped.append(Skipped(os.fspath(item.absolute), str(error)))
    if isinstance(error, Unheard) and item.known is not None:
        return
    retry = isinstance(error, Unheard) and error.retry
    version = 0 if retry else run.versions.unread(item.absolute)
    run.writer.unread(item.source, item.path, str(error), facts, version)
    if item.known is not None:
        run.writer.delete([item.known.number])
        run.removed += 1


def _stat(path: Path) -> FileFacts:
    try:
        status = path.stat()
    except OSError:
        return FileFacts()
    return FileFacts(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, time.time_ns())


def _remove_vanished(run: Run, scans: Sequence[Scan]) -> None:
    for found in scans:
        if found.vanished:
            run.writer.delete([k.number for k in found.vanished])
            run.removed += len(found.vanished)


def _fault(document: Document) -> str | None:
    """Say why a caller's document cannot be stored, or None: one bad document must not cost the others."""
    if not isinstance(document.id, str) or not document.id:
        return "it has no id (a text that is not empty)"
    if not isinstance(document.text, str) or not isinstance(document.title, str):
        return "its text and title must be strings"
    for key, value in document.metadata.items():
        if not isinstance(key, str) or not isinstance(value, (str, int, float, bool, NoneType)):
            return f"metadata field {str(key)[:60]!r} is neither text, number, truth value nor None"
        if isinstance(value, float) and not math.isfinite(value):
            return f"metadata field {key[:60]!r} is not a finite number"
    strings = (document.id, document.title, *document.metadata, *map(str, document.metadata.values()))
    if any(_SURROGATE.search(text) for text in strings):
        return "its id, title or metadata is not valid Unicode"
    return None


def _taken(run: Run, sources: Sources, document_id: str) -> str | None:
    """Say that a file of the index has this id already, or None."""
    query = "SELECT 1 FROM documents WHERE source = ? AND path = ?"
    for source, path in sources.split(document_id):
        taken = source != ADDED and run.writer.connection.execute(query, (source, pack_path(path))).fetchone()
        if taken:
            return "a file of the index has this id; choose another"
    return None


def _add(run: Run, window: Window, sources: Sources, document: Document) -> None:
    wrong = _fault(document) or _taken(run, sources, document.id)
    if wrong:
        run.skipped.append(Skipped(str(document.id)[:200], wrong))
        return
    metadata: dict[str, Value] = dict(document.metadata)
    whole = json.dumps([document.title, document.text, metadata], sort_keys=True, ensure_ascii=True, default=str)
    digest = content_hash(whole.encode())
    query = "SELECT id, content, splitter FROM documents WHERE source = ? AND path = ?"
    old = run.writer.connection.execute(query, (ADDED, pack_path(document.id))).fetchone()
    if old and (old[1], old[2]) == (digest, run.settings.version):
        run.unchanged += 1
        return
    size = len(document.text.encode("utf-8", "surrogatepass"))
    run.bytes_read += size
    parsed = parse_document(document.text, document.title)
    parsed = Parsed(parsed.text, parsed.blocks, parsed.title, metadata)
    kind = str(metadata.pop("type", "") or "document")
    facts = FileFacts(size=size, scanned_ns=time.time_ns())
    try:
        record, embedded = _record(run, parsed, ADDED, document.id, kind, facts, digest, run.settings.version)
    except SourceUnreadable as error:
        run.skipped.append(Skipped(document.id, str(error)))
        return
    window.add(record, embedded, new=old is None)
