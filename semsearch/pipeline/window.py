"""Documents on their way from text to the writer: what needs a vector is encoded, everything else is reused."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from semsearch.errors import ModelMismatch
from semsearch.index.edits import Record
from semsearch.index.writer import Writer
from semsearch.types import BiEncoder

if TYPE_CHECKING:
    from semsearch.types import Vector

__all__ = ["Window", "embedding_hash"]

WINDOW = 256
"""Passages gathered before they are encoded, sorted by length so that batches need little padding."""
SLICE = 32
"""Passages given to the encoder at once; between two slices progress is told and an interruption is heard."""
COMMIT_SECONDS = 5.0
COMMIT_PASSAGES = 8192


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
        self._records: list[tuple[Record, Sequence[str], bool]] = []
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
        vectors = self._encode(wanted)
        for record, embedded, new in records:
            fresh = {i: vectors[h] for i, h in enumerate(record.hashes) if h in vectors}
            reuse = {i: rows[h] for i, h in enumerate(record.hashes) if h in rows}
            self._writer.put(record, embedded, fresh, reuse)
            self._tick(len(reuse))
            self.written += len(record.spans)
            self.added += new
            self.changed += not new
        if time.monotonic() - self._last_commit >= COMMIT_SECONDS or self._writer.waiting >= COMMIT_PASSAGES:
            self.commit()

    def _encode(self, wanted: dict[bytes, str]) -> dict[bytes, Vector]:
        if not wanted:
            return {}
        encoder = self._encoder()
        order = sorted(wanted, key=lambda digest: -len(wanted[digest]))
        vectors: dict[bytes, Vector] = {}
        for first in range(0, len(order), SLICE):
            part = order[first : first + SLICE]
            found = encoder.encode_passages([wanted[d] for d in part])
            if found.shape != (len(part), self._writer.dim):
                expected = (len(part), self._writer.dim)
                raise ModelMismatch(f"the encoder returned vectors of shape {found.shape}, the index wants {expected}")
            vectors.update(zip(part, found, strict=True))
            self.encoded += len(part)
            self._tick(len(part))
        return vectors

    def commit(self) -> None:
        """Commit what the writer has."""
        self._writer.commit()
        self._last_commit = time.monotonic()
