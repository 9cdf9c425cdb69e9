"""From a measured sample to a whole run: passages and text by ratio to the bytes of each kind of file, time, memory."""

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
"""Texts that the encoder is tried on, at most."""
# Measured on SciFact, SQuAD and the sample corpus (tests/benchmarks/plan.py).
_WRITE_SECONDS = 0.0006
"""Processor time to write one passage: terms, catalogue, log."""
_FIXED_SECONDS = 0.5
"""The noise floor and the last commit."""
_ROW_BYTES = 330
"""A passage in the catalogue, with its share of a document's row and of the database's own pages."""
_TERM_SHARE = 0.30
"""The lexical index, to the bytes of text."""
_FIXED_BYTES = 115_000
_SLACK = 2.0
"""Memory that the buffers take, to the bytes that lie in them: what allocators keep."""
_WORKER_BYTES = 25_000_000
"""A process that parses, with a usual file in it, beside the pages that it shares."""


@dataclass(slots=True)
class MeasuredSample:
    """Files of one kind (their number and their bytes), and what a sample of them came to."""

    files: int
    size: int
    sampled_files: int
    sampled_bytes: int = 0
    largest: int = 0
    left_out: list[Skipped] = field(default_factory=list)
    """Of the sample."""
    partial: list[str] = field(default_factory=list)
    """Files of the sample that were counted in part."""
    passages: int = 0
    text_bytes: int = 0
    stored_bytes: float = 0.0
    seconds: float = 0.0
    """Processor time of this process."""
    waited: float = 0.0
    """Time in which other processes parsed."""
    texts: dict[bytes, str] = field(default_factory=dict)
    """Different texts of the sample that have no vector yet, by their hashes."""
    names: set[bytes] = field(default_factory=set)
    """Those of them that are names of documents: they are encoded as well, and are no passages."""
    rows: int = 0
    """Passages and names."""

    @property
    def factor(self) -> float:
        """How much more there is of these files than of their sample: by bytes, by number where they are empty."""
        if self.sampled_bytes:
            return self.size / self.sampled_bytes
        return self.files / max(1, self.sampled_files)


def seconds_a_character(encoder: BiEncoder, texts: Sequence[str]) -> float:
    """Encode texts of every length in the proportions that they come in, for two seconds; a first slice warms up."""
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
    """Adds up what every kind of file comes to."""

    def __init__(self, measured: Sequence[MeasuredSample], encoder: Callable[[], BiEncoder], limits: Limits) -> None:
        """The encoder is asked for, and measured, when there is something to encode."""
        self._measured, self._limits = measured, limits
        texts = [text for m in measured for text in m.texts.values()]
        self._encode = seconds_a_character(encoder(), texts) if texts else 0.0
        self._dim = encoder().dim if any(m.rows for m in measured) else 0

    def _total(self, of: Callable[[MeasuredSample], float]) -> float:
        return sum(of(m) * m.factor for m in self._measured)

    def seconds(self) -> float:
        """Return the time of a run: the encoder's, and everything else's shared among the cores."""
        encoding = self._total(lambda m: sum(map(len, m.texts.values()))) * self._encode
        reading = self._total(lambda m: m.seconds)
        parsing = self._total(lambda m: m.waited)
        writing = self._total(lambda m: m.rows) * _WRITE_SECONDS
        shared = encoding + (reading + parsing + writing) / thread_count()
        return max(shared, reading, parsing, writing) + _FIXED_SECONDS

    def disk(self) -> float:
        """Return the bytes that the index grows by."""
        rows = self._total(lambda m: m.rows)
        stored = self._total(lambda m: m.stored_bytes) + _TERM_SHARE * self._total(lambda m: m.text_bytes)
        return rows * (2 * self._dim + _ROW_BYTES) + stored

    def memory(self) -> float:
        """Return the peak: what is taken now, with the model, and what waits, is parsed and is written besides."""
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
        """Return the report; the other figures are known without a sample."""
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
            left_out=(*left_out, *(one for m in self._measured for one in m.left_out)),
            partial=tuple(path for m in self._measured for path in m.partial),
        )
