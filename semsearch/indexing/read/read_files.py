"""Turn files into documents with passages, in the order of the walk: read, compare, parse, split."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from semsearch.corpus.parse.read import EMPTY, known_type
from semsearch.corpus.readers import extras
from semsearch.corpus.split.file_names import RECORD, name_parts, name_span, place_of
from semsearch.corpus.split.passages import embedded_text, split
from semsearch.corpus.text.language import detect
from semsearch.errors import SourceUnreadable
from semsearch.indexing.encode.encode_buffer import embedding_hash, held_bytes
from semsearch.indexing.encode.token_rows import KeptRows, tokenizes_once
from semsearch.indexing.read.content import Content, Contents
from semsearch.indexing.read.outcomes import Failed, Gone, Moved, Outcome, Ready, Same, Unread, UnreadInside, Within
from semsearch.indexing.scan.known_members import FoundMember, found_inside, proof_of
from semsearch.indexing.scan.scan import Scan, Work
from semsearch.indexing.scan.versions import Versions
from semsearch.settings import Settings
from semsearch.stores.member_paths import DIGEST, holder_content, member_content, member_path
from semsearch.stores.records import FileFacts, Known, Record
from semsearch.types.documents import Parsed
from semsearch.types.models import BiEncoder, Row, Tokenizing

__all__ = ["Origin", "Reading", "make_record"]

_AHEAD = 32
"""Files that are read ahead while an earlier one is still being parsed."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document comes from, as stored in the catalogue."""

    source: int
    path: str
    type: str
    facts: FileFacts
    content: bytes
    version: int
    name: tuple[str, ...] = ()
    """The words of its path: see `name_parts`."""


def make_record(
    parsed: Parsed, origin: Origin, encoder: BiEncoder, settings: Settings
) -> tuple[Record, list[str], list[Row | None]]:
    """Split a document for an encoder; return it with the exact texts of its passages, and their rows if known.

    The name record comes last. Raises SourceUnreadable for a document with neither text nor name, unless it is a
    container or nested in one.
    """
    kept = KeptRows(encoder, parsed.text) if tokenizes_once(encoder) and encoder.joins else None
    tokens = kept or (encoder if isinstance(encoder, Tokenizing) else None)
    spans = split(parsed, tokens, settings.passage_tokens)
    name = name_span(origin.name, parsed.title, text=bool(spans))
    if not spans:
        if name is None and len(origin.content) == DIGEST:
            raise SourceUnreadable(EMPTY)
        parsed = replace(parsed, text="", blocks=())
    spans += [name] if name is not None else []
    embedded = [embedded_text(parsed.title, s.heading, parsed.text[s.start : s.stop]) for s in spans]
    language = settings.language if settings.language != "auto" else detect(parsed.text)
    record = Record(
        origin.source, origin.path, parsed.text, parsed.title, origin.type, language or "en", origin.facts,
        origin.content, parsed.metadata, origin.version, spans, [embedding_hash(text) for text in embedded],
    )  # fmt: skip
    rows = [
        kept.row(text, parsed.text, s) if kept and s is not name else None
        for text, s in zip(embedded, spans, strict=True)
    ]
    return record, embedded, rows


@dataclass(frozen=True, slots=True)
class _Pending:
    """A file whose outcome is known or comes from `finish`; `size` is the number of bytes held for it."""

    size: int
    ready: Callable[[], bool]
    finish: Callable[[], Iterator[Outcome]]


class Reading:
    """Reads files in order; those for parser processes are submitted ahead."""

    def __init__(
        self, contents: Contents, versions: Versions, encoder: Callable[[], BiEncoder], settings: Settings, limit: int
    ) -> None:
        """`limit` is the maximum of bytes read and not parsed yet, unless it is a single file."""
        self._contents, self._versions = contents, versions
        self._encoder, self._settings, self._limit = encoder, settings, limit

    def outcomes(self, scans: Sequence[Scan]) -> Iterator[tuple[Outcome, int]]:
        """Yield the outcome of every file, with the bytes that it holds.

        Documents of vanished files whose content was found elsewhere are removed from `scan.vanished`.
        """
        vanished: dict[bytes, list[Known]] = {}
        for found in scans:
            for known in found.vanished:
                if known.alone:
                    vanished.setdefault(known.content, []).append(known)
        pending: deque[_Pending] = deque()
        for found in scans:
            for work in found.work:
                pending.append(self._look(work, vanished))
                while pending and (pending[0].ready() or self._enough(pending)):
                    yield from map(_weighed, pending.popleft().finish())
        while pending:
            yield from map(_weighed, pending.popleft().finish())
        for found in scans:
            found.vanished = [k for k in found.vanished if not k.alone or k in vanished.get(k.content, ())]

    def _enough(self, pending: deque[_Pending]) -> bool:
        return len(pending) >= _AHEAD or sum(file.size for file in pending) >= self._limit

    def _look(self, work: Work, vanished: Mapping[bytes, list[Known]]) -> _Pending:
        try:
            content = self._contents.of(work.absolute, link=not work.path)
        except (OSError, SourceUnreadable) as error:
            return _known(_refused(work, error, None))
        version = self._versions.document(work.absolute)
        known = work.known
        if (
            known
            and work.whole
            and known.digest == content.digest
            and self._versions.fits(work.absolute, known.splitter)
        ):
            return _known(Same(known, content.facts, work.inside, work.skipped))
        kind = content.kind or known_type(work.absolute)
        moved = _moved(vanished, content.digest, kind) if work.known is None and not work.inside else None
        if moved is not None:
            return _known(Moved(moved, work, content.facts))
        name = name_parts(place_of(os.fspath(work.root), work.path))
        origin = Origin(work.source, work.path, kind, content.facts, content.digest, version, name)
        parsing = content.begin()
        return _Pending(content.held, parsing.done, lambda: self._finish(work, content, origin, parsing.result))

    def _finish(self, work: Work, content: Content, origin: Origin, parse: Callable[[], Parsed]) -> Iterator[Outcome]:
        try:
            parsed = parse()
            inside = _found(work, parsed)
            if inside:
                proof = proof_of(inside, partial(self._versions.inside, origin.version))
                origin = replace(origin, content=holder_content(origin.content, proof))
            names = {member_path(work.path, found.name) for found in inside if found.member.parsed is not None}
            gone = tuple(_gone(work, inside, names))
            ready = self._ready(parsed, origin, os.fspath(work.absolute), new=work.known is None, gone=gone)
        except (OSError, SourceUnreadable) as error:
            yield self._nameless(work, origin, error, content.facts)
            return
        yield ready
        known = {document.path: document for document in work.inside}
        for found in inside:
            yield Within(self._within(work, origin, found, known.get(member_path(work.path, found.name))))

    def _nameless(self, work: Work, origin: Origin, error: OSError | SourceUnreadable, facts: FileFacts) -> Outcome:
        """Return the outcome of an unreadable file; an empty one with a searchable name is indexed by that."""
        if str(error) != EMPTY or not origin.name:
            return _refused(work, error, facts)
        origin = replace(origin, content=origin.content[:DIGEST])
        return self._ready(Parsed("", ()), origin, os.fspath(work.absolute), new=work.known is None, gone=work.inside)

    def _within(
        self, work: Work, origin: Origin, found: FoundMember, known: Known | None
    ) -> Ready | Same | UnreadInside:
        """Return the outcome of a nested document."""
        member = found.member
        if member.parsed is None:
            return UnreadInside(work, found.name, member.reason, member.limited, origin.facts)
        content = member_content(found.digest, found.name)
        version = self._versions.inside(origin.version, found.name)
        if known is not None and (known.content, known.splitter) == (content, version):
            return Same(known, origin.facts)
        path = member_path(work.path, found.name)
        name = () if member.type == RECORD else name_parts(place_of(os.fspath(work.root), path))
        origin = replace(origin, path=path, type=member.type, content=content, version=version, name=name)
        return self._ready(member.parsed, origin, f"{os.fspath(work.absolute)}!/{found.name}", new=known is None)

    def _ready(self, parsed: Parsed, origin: Origin, path: str, *, new: bool, gone: tuple[Known, ...] = ()) -> Ready:
        remark = (path, parsed.remark) if parsed.remark else None
        if remark is not None:
            parsed = replace(parsed, metadata={**parsed.metadata, "remark": parsed.remark})
        record, embedded, rows = make_record(parsed, origin, self._encoder(), self._settings)
        return Ready(record, embedded, rows, new, gone, remark)


def _found(work: Work, parsed: Parsed) -> list[FoundMember]:
    """Return what is inside a file, without what a real path shadows: a folder may be called `a.zip!`."""
    found = list(found_inside(parsed.members))
    beside = f"{os.fspath(work.absolute)}!"
    if not os.path.isdir(beside):  # noqa: PTH112 - Path.is_dir raises for a name that is too long
        return found
    return [member for member in found if not os.path.lexists(f"{beside}/{member.name}")]


def _gone(work: Work, inside: Sequence[FoundMember], names: set[str]) -> Iterator[Known]:
    """Yield nested documents that no longer exist; those that need a missing extra, and what is in them, stay."""
    waiting = tuple(member_path(work.path, found.name) for found in inside if extras.is_missing(found.member.reason))
    below = tuple(f"{path}!/" for path in waiting)
    for known in work.inside:
        if known.path not in names and known.path not in waiting and not known.path.startswith(below):
            yield known


def _known(outcome: Outcome) -> _Pending:
    return _Pending(0, lambda: True, lambda: iter((outcome,)))


def _weighed(outcome: Outcome) -> tuple[Outcome, int]:
    """Return an outcome with the bytes that it holds."""
    inner = outcome.outcome if isinstance(outcome, Within) else outcome
    return outcome, held_bytes(inner.record) if isinstance(inner, Ready) else 0


def _refused(work: Work, error: OSError | SourceUnreadable, facts: FileFacts | None) -> Outcome:
    if isinstance(error, FileNotFoundError):
        return Gone()
    if isinstance(error, OSError):
        return Failed(os.fspath(work.absolute), f"cannot be read ({error.strerror})")
    read = facts.size if facts is not None else 0
    return Unread(work, error, facts if facts is not None else _stat(work.absolute), read)


def _moved(vanished: Mapping[bytes, list[Known]], digest: bytes, kind: str) -> Known | None:
    """Remove and return the vanished document with this content and type, if any."""
    for known in vanished.get(digest, []):
        if known.type == kind:
            vanished[digest].remove(known)
            return known
    return None


def _stat(path: Path) -> FileFacts:
    try:
        status = path.stat()
    except OSError:
        return FileFacts()
    return FileFacts(status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, time.time_ns())
