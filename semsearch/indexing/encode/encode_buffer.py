"""The buffer between reading and writing: encodes texts without a vector and reuses the stored vectors of others.

One window is being encoded and one is waiting while a third one is filled and finished ones are written, so that the
encoder never waits for the disk. Documents are written in the order they came.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from semsearch.indexing.control.limits import DEFAULT, Limits
from semsearch.indexing.encode.encoding import Encoded, Encoding
from semsearch.stores.base import StoreWriter
from semsearch.stores.records import Record, Renamed
from semsearch.types.documents import AnchorKind
from semsearch.types.models import BiEncoder, Row

if TYPE_CHECKING:
    from semsearch.types.arrays import Vector

__all__ = ["COMMIT_PASSAGES", "COMMIT_SECONDS", "WINDOW", "EncodeBuffer", "embedding_hash", "held_bytes"]

START = 32
"""Passages that are enough to start an idle encoder; while it is busy, more are gathered."""
WINDOW = 256
WINDOW_SECONDS = 8.0
"""A window is what the encoder does in this time, at least WINDOW passages: large enough for batches of similar length,
small enough that a killed run loses little."""
COMMIT_SECONDS = 5.0
COMMIT_PASSAGES = 8192
_POLL = 0.1
_PASSAGE_BYTES = 1500
"""Memory of a passage without its text: span, anchor, headings, hash."""
Item: TypeAlias = tuple[Record | Renamed, Sequence[str], bool]
"""A document or a new name of one, its texts as the encoder receives them, and whether it is new."""


def embedding_hash(text: str) -> bytes:
    """Return the 16-byte BLAKE2b of the exact text that is encoded."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def held_bytes(record: Record | Renamed) -> int:
    """Estimate the memory of a buffered document: its text, the text of its passages, and their tokens."""
    return 3 * len(record.text) + _PASSAGE_BYTES * len(record.spans)


@dataclass(frozen=True, slots=True)
class _Part:
    """A submitted window: its documents, the log rows to reuse, its last job, and the texts being encoded."""

    items: Sequence[Item]
    rows: Mapping[bytes, int]
    job: int
    encoded: int

    def hashes(self) -> Iterator[bytes]:
        return chain.from_iterable(record.hashes for record, _, _ in self.items)


class EncodeBuffer:
    """Collects records, encodes texts without a stored vector, writes records in order and commits regularly.

    A context manager: on leaving, the encoder's thread is joined and what was not written is dropped.
    """

    def __init__(
        self,
        writer: StoreWriter,
        encoder: Callable[[], BiEncoder],
        tick: Callable[[int], None],
        check: Callable[[], None],
        limits: Limits = DEFAULT,
    ) -> None:
        """`tick` receives the number of passages done; it and `check` may raise to end the run between two slices."""
        self._writer = writer
        self._tick, self._check = tick, check
        self.limits = limits
        self._encoding = Encoding(encoder, writer.dim)
        self._gathered: list[Item] = []
        self._rows: dict[bytes, Row] = {}
        """Token ids of gathered texts, if the splitter had them."""
        self._size = self._bytes = 0
        self._parts: deque[_Part] = deque()
        self._jobs = self._jobs_done = 0
        self._sent: set[bytes] = set()
        self._names: set[bytes] = set()
        """The sent texts that are name records."""
        self._vectors: dict[bytes, Vector] = {}
        """Vectors of texts that are not committed yet."""
        self._last_commit = time.monotonic()
        self._uncommitted = 0
        self.encoded = 0
        self.written = 0
        self.added = 0
        self.changed = 0

    def __enter__(self) -> EncodeBuffer:
        """Return the buffer."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the encoder's thread."""
        self._encoding.close()

    def add(self, record: Record | Renamed, embedded: Sequence[str], rows: Sequence[Row | None], *, new: bool) -> None:
        """Add a document; blocks while two windows are submitted and a third one is full."""
        self._gathered.append((record, embedded, new))
        self._rows.update((h, row) for h, row in zip(record.hashes, rows, strict=True) if row is not None)
        self._size += max(1, len(embedded))
        self._bytes += held_bytes(record)
        self.work()
        while self._full() and self._parts:
            self._turn(_POLL)

    def work(self) -> None:
        """Make progress without blocking."""
        while self._turn(0.0):
            pass

    def finish(self) -> None:
        """Encode and write everything; commit when due."""
        self.work()
        while self._gathered or self._parts:
            if len(self._parts) < 2:
                self._submit()
            self._turn(_POLL)

    def keep(self) -> None:
        """After an interruption, write the leading documents that have all vectors, so that ids stay in order."""
        while (found := self._encoding.take(0.0)) is not None:
            self._receive(found)
        for part in self._parts:
            whole = [i for i in part.items if all(h in part.rows or h in self._vectors for h in i[0].hashes)]
            first = next((n for n, (a, b) in enumerate(zip(part.items, whole, strict=False)) if a is not b), len(whole))
            self._write(part.items[:first], part.rows)
            if first < len(part.items):
                break

    def commit(self) -> None:
        """Commit what was written."""
        self._writer.commit()
        self._last_commit = time.monotonic()
        self._uncommitted = 0
        kept = {h for part in self._parts for h in part.hashes()}
        self._vectors = {h: v for h, v in self._vectors.items() if h in kept}

    def _full(self) -> bool:
        most = max(WINDOW, int(self._encoding.rate * WINDOW_SECONDS))
        return self._size >= min(most, self.limits.window) or self._bytes >= self.limits.window_bytes

    def _turn(self, seconds: float) -> bool:
        """Wait up to `seconds` for an encoded slice, then submit, write and commit what is possible."""
        self._check()
        found = self._encoding.take(seconds)
        if found is not None:
            self._receive(found)
            self._tick(len(found.keys))
        if (self._size >= START and not self._parts) or (self._full() and len(self._parts) < 2):
            self._submit()
        done = [p for p in self._parts if p.job <= self._jobs_done]
        for part in done:
            self._parts.popleft()
            self._write(part.items, part.rows)
            self._tick(sum(len(record.hashes) for record, _, _ in part.items) - part.encoded)
        if done and self._size and (self._full() or (self._size >= START and not self._parts)):
            self._submit()  # before committing, so that the encoder stays busy
        self._commit_if_due()
        return found is not None or bool(done)

    def _submit(self) -> None:
        """Submit the gathered documents to the encoder."""
        items, self._gathered = self._gathered, []
        self._size = self._bytes = 0
        unknown = {h for record, _, _ in items for h in record.hashes if h not in self._vectors and h not in self._sent}
        rows = self._writer.known_rows(unknown)
        wanted: dict[bytes, str] = {}
        for record, embedded, _ in items:
            for digest, text in zip(record.hashes, embedded, strict=True):
                if digest in unknown and digest not in rows:
                    wanted.setdefault(digest, text)
            if record.spans and record.spans[-1].anchor.kind is AnchorKind.NAME and record.hashes[-1] in wanted:
                self._names.add(record.hashes[-1])
        if wanted:
            self._sent.update(wanted)
            self._jobs += 1
            self._encoding.submit(wanted, self._rows)
        self._rows = {}
        self._parts.append(_Part(items, rows, self._jobs, len(wanted)))

    def _receive(self, found: Encoded) -> None:
        self._vectors.update(zip(found.keys, found.vectors, strict=True))
        self._sent.difference_update(found.keys)
        self._jobs_done += found.last
        self.encoded += len(found.keys) - len(self._names.intersection(found.keys))
        self._names.difference_update(found.keys)

    def _write(self, items: Sequence[Item], rows: Mapping[bytes, int]) -> None:
        """Write records, with a vector or a row to reuse for every passage."""
        for record, embedded, new in items:
            fresh = {i: self._vectors[h] for i, h in enumerate(record.hashes) if h in self._vectors}
            reuse = {i: rows[h] for i, h in enumerate(record.hashes) if h not in self._vectors}
            self._writer.put(record, embedded, fresh, reuse)
            self._uncommitted += held_bytes(record) + 4 * self._writer.dim * len(fresh)
            if isinstance(record, Record):
                self.written += record.passages
                self.added += new
                self.changed += not new

    def _commit_if_due(self) -> None:
        late = time.monotonic() - self._last_commit >= COMMIT_SECONDS and self._writer.waiting
        if late or self._writer.waiting >= COMMIT_PASSAGES or self._uncommitted >= self.limits.commit_bytes:
            self.commit()
