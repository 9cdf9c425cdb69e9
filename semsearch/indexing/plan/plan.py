"""Estimate the cost of an indexing run from a sample that is really read, split and encoded; writes nothing."""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type
from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.parse.read import is_picture, is_recording
from semsearch.corpus.readers.pictures.ocr import switched_on
from semsearch.errors import SourceUnreadable
from semsearch.indexing.control.limits import DEFAULT, Limited, Limits, limits_within, settings_within
from semsearch.indexing.plan.forecast import Forecast, MeasuredSample
from semsearch.indexing.plan.sample import SampledContents, hurried, sampled_bytes
from semsearch.indexing.read.content import beyond_memory
from semsearch.indexing.read.outcomes import Failed, Outcome, Ready, Unread, UnreadInside, Within
from semsearch.indexing.read.read_files import Reading
from semsearch.indexing.scan.scan import Scan, Work, scan, too_large
from semsearch.indexing.scan.versions import Versions
from semsearch.settings import Settings
from semsearch.stores.base import Passages, Snapshot
from semsearch.types.documents import AnchorKind, Skipped
from semsearch.types.models import BiEncoder
from semsearch.types.reports import Plan

__all__ = ["plan_run", "scans_of"]

_FILES = 64
"""Maximum files read of a stratum; of one with at most _ALL files all are read, within _BYTES."""
_ALL = 160
_SLOW = 8
"""Maximum pictures read of a stratum: each takes a second or more."""
_BYTES = 4_000_000
"""Bytes of a stratum after which no further file is read; at least one always is."""
_OCTAVE = 2
"""A stratum has files of one type whose sizes are within the square of this factor."""


@dataclass(slots=True)
class _Stratum:
    """Files of one type and similar size, to sample from."""

    works: list[tuple[Work, int]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.works)


def plan_run(
    state: Snapshot,
    paths: Sequence[Path],
    settings: Settings,
    encoder: Callable[[], BiEncoder],
    max_memory: int = 0,
) -> Plan:
    """Estimate a run over `paths`, or over every known source; the index is only read.

    Raises SourceUnreadable for a path that does not exist, InvalidQuery for too little memory.
    """
    started = time.monotonic()
    scans = list(scans_of(state, paths, settings, max_memory))
    works = [(work, _size(work)) for found in scans for work in found.work]
    limits = limits_within(max_memory, encoder) if max_memory and works else DEFAULT
    settings = settings_within(settings, limits)
    left_out = [skipped for found in scans for skipped in found.skipped]
    large = [(work, reason) for work, size in works if (reason := _beyond(work.absolute, size, settings, limits))]
    left_out += [Skipped(os.fspath(work.absolute), reason) for work, reason in large]
    beyond = {id(work) for work, _ in large}
    works = [(work, size) for work, size in works if id(work) not in beyond]
    strata = _strata(works)
    quick = hurried(settings)
    with closing(Parsers(quick, count=limits.parsers, memory=limits.parser_bytes)) as parsers:
        contents = SampledContents(quick, parsers, limits.file_bytes)
        reading = Reading(contents, Versions(settings, max_memory), encoder, settings, limits.queue_bytes)
        measured = [_measure(state.passages, reading, stratum, settings) for stratum in strata]
    forecast = Forecast(measured, encoder, limits)
    return forecast.plan(
        files=sum(found.files for found in scans),
        unchanged=sum(found.unchanged for found in scans),
        left_out=left_out,
        recordings=sum(is_recording(work.absolute) for work, _ in works),
        pictures=sum(is_picture(work.absolute) for work, _ in works) if switched_on(settings) else 0,
        known_passages=state.passages.count(),
        took=time.monotonic() - started,
    )


def scans_of(state: Snapshot, paths: Sequence[Path], settings: Settings, memory: int) -> Iterator[Scan]:
    """Scan what a run would scan: known roots, parts of them, and new roots with the known ones inside them."""
    roots = {number: Path(root) for number, root in state.sources.roots.items()}
    own = Path(os.path.abspath(state.root))  # noqa: PTH100
    documents = state.documents
    wanted: dict[tuple[int, Path, str], None] = {}
    for path in paths:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100
        if not absolute.exists() and absolute not in roots.values():
            raise SourceUnreadable(f"{path} does not exist")
        outer = next((n for n, root in roots.items() if root == absolute or root in absolute.parents), None)
        if outer is not None:
            below = os.path.relpath(absolute, roots[outer])
            wanted[outer, roots[outer], "" if below == "." else below] = None
            continue
        wanted[-1, absolute, ""] = None
        wanted.update({(n, root, ""): None for n, root in roots.items() if absolute in root.parents})
    if not paths:
        wanted = {(n, root, ""): None for n, root in roots.items()}
    for source, root, below in wanted:
        if root.exists():
            inner = [other for other in roots.values() if root in other.parents]
            yield scan(documents, source, root, settings, (own, *inner), below=below, memory=memory)


def _size(work: Work) -> int:
    try:
        return work.absolute.stat().st_size
    except OSError:
        return 0


def _beyond(path: Path, size: int, settings: Settings, limits: Limits) -> str:
    """Return the reason to skip a file for its size alone, or an empty string."""
    if is_recording(path):
        limit = settings.max_recording_bytes
        return too_large(size, limit) if size > limit else ""
    if limits.file_bytes and size > limits.file_bytes:
        return beyond_memory(limits.file_bytes)
    return too_large(size, settings.max_file_bytes) if size > settings.max_file_bytes else ""


def _strata(works: Sequence[tuple[Work, int]]) -> list[_Stratum]:
    """Group files by type and size: the text per kilobyte depends on both."""
    found: dict[tuple[str, int], _Stratum] = {}
    for work, size in works:
        if not is_recording(work.absolute):
            key = document_type(work.absolute), size.bit_length() // _OCTAVE
            found.setdefault(key, _Stratum()).works.append((work, size))
    return list(found.values())


def _sample(stratum: _Stratum, settings: Settings) -> list[tuple[Work, int, int]]:
    """Draw random files of a stratum, deterministically, within the limits of a sample.

    Each comes with its size and the bytes to read of it.
    """
    count = len(stratum.works) if len(stratum.works) <= _ALL else _FILES
    if is_picture(stratum.works[0][0].absolute):
        count = min(count, _SLOW)
    drawn: list[tuple[Work, int, int]] = []
    taken = 0
    for work, size in random.Random(0).sample(stratum.works, count):
        read = sampled_bytes(work.absolute, size, settings)
        if drawn and taken + read > _BYTES:
            break
        drawn.append((work, size, read))
        taken += read
    return drawn


def _measure(passages: Passages, reading: Reading, stratum: _Stratum, settings: Settings) -> MeasuredSample:
    """Read and split a sample of a stratum, as a run does, and check which of its texts have a vector."""
    drawn = _sample(stratum, settings)
    result = MeasuredSample(files=len(stratum.works), size=stratum.bytes, sampled_files=len(drawn))
    result.sampled_bytes = sum(read for _, _, read in drawn)
    result.largest = max((size for _, size in stratum.works), default=0)
    parts = {(work.source, work.path): (size, read) for work, size, read in drawn}
    start = time.process_time()
    since = time.monotonic()
    for outcome, _ in reading.outcomes([Scan(work=[work for work, _, _ in drawn])]):
        _count(passages, result, outcome)
        if isinstance(outcome, Ready):
            text, (size, read) = len(outcome.record.text), parts[outcome.record.source, outcome.record.path]
            if text * size > settings.max_text * read:  # the rest would be left out
                result.sampled_bytes += round(size * text / settings.max_text) - read
    result.seconds = time.process_time() - start
    result.waited = max(0.0, time.monotonic() - since - result.seconds)
    return result


def _count(passages: Passages, result: MeasuredSample, outcome: Outcome) -> None:
    ready = outcome.outcome if isinstance(outcome, Within) else outcome
    if not isinstance(ready, Ready):
        _leave(result, ready)
        return
    if ready.remark is not None and "left out" in ready.remark[1]:
        result.partial.append(ready.remark[0])
    record = ready.record
    result.passages += record.passages
    result.rows += len(record.spans)
    result.text_bytes += len(record.text.encode("utf-8", "surrogatepass"))
    result.stored_bytes += passages.stored_size(record.text)
    for span, digest, text in zip(record.spans, record.hashes, ready.embedded, strict=True):
        if digest not in result.texts and not passages.holds(digest):
            result.texts[digest] = text
            if span.anchor.kind is AnchorKind.NAME:
                result.names.add(digest)


def _leave(result: MeasuredSample, outcome: Outcome | UnreadInside) -> None:
    """Record an outcome without a document: nothing to read, or more than a plan has time for."""
    if isinstance(outcome, Unread):
        path, reason = os.fspath(outcome.work.absolute), str(outcome.error)
        if isinstance(outcome.error, Limited) and outcome.read:
            result.partial.append(path)
        else:
            result.left_out.append(Skipped(path, reason))
    elif isinstance(outcome, Failed):
        result.left_out.append(Skipped(outcome.path, outcome.reason))
    elif isinstance(outcome, UnreadInside) and outcome.limited:
        path = os.fspath(outcome.work.absolute)
        if path not in result.partial:
            result.partial.append(path)
