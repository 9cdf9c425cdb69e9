"""Extrapolate a sample to a whole run by bytes per kind of file: passages, text, time, disk and memory."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from semsearch.indexing.control.limits import FIXED, PER_BYTE, Limits, resident
from semsearch.indexing.encode.encoding import Slices, encode_passages
from semsearch.models.shared.threads import thread_count
from semsearch.types.documents import Skipped
from semsearch.types.models import BiEncoder
from semsearch.types.reports import Plan

__all__ = ["Forecast", "MeasuredSample", "seconds_a_character"]

_TRIAL_SECONDS = 2.0
_TRIAL = 512
"""Maximum texts for measuring the encoder."""
# Measured on SciFact, SQuAD and the sample corpus (tests/benchmarks/plan.py).
_WRITE_SECONDS = 0.0006
"""CPU time to write one passage: terms, catalogue, log."""
_FIXED_SECONDS = 0.5
"""The noise floor and the last commit."""
_ROW_BYTES = 330
"""Catalogue bytes per passage, with its share of the document's row and of database overhead."""
_TERM_SHARE = 0.30
"""Size of the lexical index relative to that of the text."""
_FIXED_BYTES = 115_000
_SLACK = 2.0
"""Memory of the buffers relative to the bytes in them, for allocator overhead."""
_WORKER_BYTES = 25_000_000
"""Memory of a parser process with a typical file, shared pages not counted."""


@dataclass(slots=True)
class MeasuredSample:
    """Files of one kind (their number and bytes), and the measurements of a sample of them."""

    files: int
    size: int
    sampled_files: int
    sampled_bytes: int = 0
    largest: int = 0
    left_out: list[Skipped] = field(default_factory=list)
    """Skipped files of the sample."""
    partial: list[str] = field(default_factory=list)
    """Files of the sample that were only partly counted."""
    passages: int = 0
    text_bytes: int = 0
    stored_bytes: float = 0.0
    seconds: float = 0.0
    """CPU time of this process."""
    waited: float = 0.0
    """Time spent waiting for parser processes."""
    texts: dict[bytes, str] = field(default_factory=dict)
    """Distinct texts of the sample that have no vector yet, by their hashes."""
    names: set[bytes] = field(default_factory=set)
    """Those that are name records: encoded as well, but not passages."""
    rows: int = 0
    """Passages and name records."""

    @property
    def factor(self) -> float:
        """The scale from the sample to all these files: by bytes, or by number if they are empty."""
        if self.sampled_bytes:
            return self.size / self.sampled_bytes
        return self.files / max(1, self.sampled_files)


def seconds_a_character(encoder: BiEncoder, texts: Sequence[str]) -> float:
    """Measure encoding for two seconds on texts of a representative mix of lengths, after a warm-up slice."""
    every = max(1, len(texts) // _TRIAL)
    chosen = sorted(texts, key=len, reverse=True)[every // 2 :: every] or list(texts)
    encode_passages(encoder, chosen[:: max(1, len(chosen) // 16)][:16], encoder.dim)
    mixed = random.Random(0).sample(chosen, len(chosen))
    spent, characters = 0.0, 0
    for part in Slices().of(mixed):
        start = time.perf_counter()
        encode_passages(encoder, sorted(part, key=len, reverse=True), encoder.dim)
        spent += time.perf_counter() - start
        characters += sum(map(len, part))
        if spent > _TRIAL_SECONDS:
            break
    return spent / max(1, characters)


class Forecast:
    """Sums the estimates of all kinds of files."""

    def __init__(self, measured: Sequence[MeasuredSample], encoder: Callable[[], BiEncoder], limits: Limits) -> None:
        """`encoder` is called, and measured, only if there is something to encode."""
        self._measured, self._limits = measured, limits
        texts = [text for m in measured for text in m.texts.values()]
        self._encode = seconds_a_character(encoder(), texts) if texts else 0.0
        self._dim = encoder().dim if any(m.rows for m in measured) else 0

    def _total(self, of: Callable[[MeasuredSample], float]) -> float:
        return sum(of(m) * m.factor for m in self._measured)

    def seconds(self) -> float:
        """Return the seconds of a run: encoding, plus everything else shared among the cores."""
        encoding = self._total(lambda m: sum(map(len, m.texts.values()))) * self._encode
        reading = self._total(lambda m: m.seconds)
        parsing = self._total(lambda m: m.waited)
        writing = self._total(lambda m: m.rows) * _WRITE_SECONDS
        shared = encoding + (reading + parsing + writing) / thread_count()
        return max(shared, reading, parsing, writing) + _FIXED_SECONDS

    def disk(self) -> float:
        """Return the bytes by which the index grows."""
        rows = self._total(lambda m: m.rows)
        stored = self._total(lambda m: m.stored_bytes) + _TERM_SHARE * self._total(lambda m: m.text_bytes)
        return rows * (2 * self._dim + _ROW_BYTES) + stored

    def memory(self) -> float:
        """Return the peak memory: that of now, with the model, plus buffers, parsing and writing."""
        held = self._total(lambda m: 3 * m.text_bytes + 3000 * m.rows)
        buffers = min(held, self._limits.queue_bytes + 3 * self._limits.window_bytes + self._limits.commit_bytes)
        largest = max((m.largest for m in self._measured if m.passages), default=0)
        workers = self._limits.parsers * _WORKER_BYTES if any(m.waited > 0.05 for m in self._measured) else 0
        total = resident() + FIXED + _SLACK * buffers + PER_BYTE * largest + workers
        return min(total, self._limits.memory) if self._limits.memory else total

    def plan(
        self,
        *,
        files: int,
        unchanged: int,
        left_out: Sequence[Skipped],
        recordings: int,
        pictures: int,
        known_passages: int,
        took: float,
    ) -> Plan:
        """Return the plan; the given figures are known without a sample."""
        unread = sum(len(m.left_out) * m.files / max(1, m.sampled_files) for m in self._measured)
        passages = self._total(lambda m: m.passages)
        return Plan(
            files=files,
            unchanged=unchanged,
            skipped=len(left_out) + round(unread),
            recordings=recordings,
            pictures=pictures,
            bytes=sum(m.size for m in self._measured),
            passages=round(passages),
            encoded=round(self._total(lambda m: len(m.texts) - len(m.names))),
            seconds=self.seconds(),
            disk_bytes=round(self.disk()) + (0 if known_passages else _FIXED_BYTES),
            memory_bytes=round(self.memory()),
            sampled_files=sum(m.sampled_files for m in self._measured),
            took=took,
            left_out=(*left_out, *(skipped for m in self._measured for skipped in m.left_out)),
            partial=tuple(path for m in self._measured for path in m.partial),
        )
