"""Documents on their way from text to the writer: what needs a vector is encoded, everything else is reused."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeAlias

from semsearch.index.edits import Record
from semsearch.index.writer import Writer
from semsearch.pipeline.encoding import SLICE, encode_passages
from semsearch.roles import BiEncoder

if TYPE_CHECKING:
    from semsearch.types import Vector

__all__ = ["Window", "embedding_hash"]

WINDOW = 256
"""Passages gathered before they are encoded, sorted by length so that batches need little padding."""
COMMIT_SECONDS = 5.0
COMMIT_PASSAGES = 8192
Item: TypeAlias = tuple[Record, Sequence[str], bool]
"""A document, the texts of its passages as the encoder gets them, and whether it is new."""


def _complete(records: Sequence[Item], rows: dict[bytes, int], vectors: dict[bytes, Vector]) -> Sequence[Item]:
    """Return the first records that have everything: the order of ids stays that of an undisturbed run."""
    for place, (record, _, _) in enumerate(records):
        if not all(h in rows or h in vectors for h in record.hashes):
            return records[:place]
    return records


def embedding_hash(text: str) -> bytes:
    """Return the 16-byte BLAKE2b of the exact text that is encoded."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Window:
    """Collects records, encodes what the log has no row for, hands them to the writer in order, commits in time."""

    def __init__(self, writer: Writer, encoder: Callable[[], BiEncoder], tick: Callable[[int], None]) -> None:
        """`tick` is told of passages done, and may raise to end the run between two slices."""
        self._writer = writer
        self._encoder = encoder
        self._tick = tick
        self._records: list[Item] = []
        self._size = 0
        self._last_commit = time.monotonic()
        self.encoded = 0
        self.written = 0
        self.added = 0
        self.changed = 0

    def add(self, record: Record, embedded: Sequence[str], *, new: bool) -> None:
        """Add a document; the window is worked off when it is full."""
        self._records.append((record, embedded, new))
        self._size += len(embedded)
        if self._size >= WINDOW:
            self.work_off()

    def work_off(self) -> None:
        """Encode and hand everything to the writer; commit when it is time."""
        records, self._records, self._size = self._records, [], 0
        rows = self._writer.known_rows(h for record, _, _ in records for h in record.hashes)
        wanted: dict[bytes, str] = {}
        for record, embedded, _ in records:
            for digest, text in zip(record.hashes, embedded, strict=True):
                if digest not in rows:
                    wanted.setdefault(digest, text)
        vectors: dict[bytes, Vector] = {}
        try:
            self._encode(wanted, vectors)
        except KeyboardInterrupt:
            self._hand_over(_complete(records, rows, vectors), rows, vectors)
            raise
        self._hand_over(records, rows, vectors)
        self._tick(sum(h in rows for record, _, _ in records for h in record.hashes))
        if time.monotonic() - self._last_commit >= COMMIT_SECONDS or self._writer.waiting >= COMMIT_PASSAGES:
            self.commit()

    def _hand_over(self, records: Sequence[Item], rows: dict[bytes, int], vectors: dict[bytes, Vector]) -> None:
        """Give records to the writer, with a vector or a row for every passage."""
        for record, embedded, new in records:
            fresh = {i: vectors[h] for i, h in enumerate(record.hashes) if h in vectors}
            reuse = {i: rows[h] for i, h in enumerate(record.hashes) if h in rows}
            self._writer.put(record, embedded, fresh, reuse)
            self.written += len(record.spans)
            self.added += new
            self.changed += not new

    def _encode(self, wanted: dict[bytes, str], vectors: dict[bytes, Vector]) -> None:
        """Encode texts into `vectors`, the longest first, slice by slice. Raises ModelMismatch for what is none."""
        if not wanted:
            return
        encoder = self._encoder()
        order = sorted(wanted, key=lambda digest: -len(wanted[digest]))
        for first in range(0, len(order), SLICE):
            part = order[first : first + SLICE]
            found = encode_passages(encoder, [wanted[d] for d in part], self._writer.dim)
            vectors.update(zip(part, found, strict=True))
            self.encoded += len(part)
            self._tick(len(part))

    def commit(self) -> None:
        """Commit what the writer has."""
        self._writer.commit()
        self._last_commit = time.monotonic()
