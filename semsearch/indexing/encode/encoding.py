"""Encode passages on a separate thread, and validate the vectors, since an encoder may be the caller's."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from semsearch.indexing.encode.token_rows import tokenizes_once
from semsearch.models.shared.vectors import checked_vectors
from semsearch.types.models import BiEncoder, Row

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["SLICE", "Encoded", "Encoding", "Slices", "encode_passages"]

SLICE = 32
"""Passages of the first slice; between slices progress is reported and interruption checked."""
_SLICE_SECONDS = 1.0
_LONGEST_SLICE = 2048
_Sized = TypeVar("_Sized", bound=Sized)


def encode_passages(encoder: BiEncoder, texts: Sequence[str], dim: int) -> Embeddings:
    """Return (n, dim) unit vectors. Raises ModelMismatch for invalid ones."""
    return checked_vectors(encoder.encode_passages(texts), (len(texts), dim))


class Slices:
    """Cuts lists of texts or token rows into slices of about a second, by the duration of earlier ones."""

    def __init__(self) -> None:
        """Start with small slices, as nothing is measured yet."""
        self._length = 0.0
        self._most = SLICE
        self.rate = 0.0
        """Recent passages per second; 0 if nothing has been measured."""

    def of(self, texts: Sequence[_Sized]) -> Iterator[Sequence[_Sized]]:
        """Yield a list slice by slice; the caller's work on each is timed."""
        first = 0
        while first < len(texts):
            last, room = first, self._length
            while last < len(texts) and last - first < self._most and (room > 0 or last - first < SLICE):
                room -= len(texts[last])
                last += 1
            part = texts[first:last]
            start = time.perf_counter()
            yield part
            self._learn(part, time.perf_counter() - start)
            first = last

    def _learn(self, part: Sequence[Sized], seconds: float) -> None:
        share = _SLICE_SECONDS / max(seconds, 1e-3)
        # At most twice as many: short texts say little about long ones.
        self._length = sum(map(len, part)) * min(share, 2.0)
        self._most = min(_LONGEST_SLICE, max(SLICE, int(len(part) * min(share, 2.0))))
        self.rate = len(part) / max(seconds, 1e-3)


@dataclass(frozen=True, slots=True)
class Encoded:
    """An encoded slice: the keys of its texts and their vectors (n, dim), in the same order."""

    keys: Sequence[bytes]
    vectors: Embeddings
    last: bool
    """Whether it completes its job."""


_Job: TypeAlias = "tuple[Mapping[bytes, str], Mapping[bytes, Row]]"


class Encoding:
    """Encodes jobs of texts in order, the longest texts of each first. Must be closed, to join its thread."""

    def __init__(self, encoder: Callable[[], BiEncoder], dim: int) -> None:
        """`encoder` is called when there is something to encode."""
        self._encoder = encoder
        self._dim = dim
        self._slices = Slices()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._done: queue.SimpleQueue[Encoded | BaseException] = queue.SimpleQueue()
        self._stopped = False
        self._thread: threading.Thread | None = None

    @property
    def rate(self) -> float:
        """Recent passages per second; 0 if nothing has been measured."""
        return self._slices.rate

    def submit(self, texts: Mapping[bytes, str], rows: Mapping[bytes, Row]) -> None:
        """Queue texts by the keys that their vectors are returned with; `rows` are the tokens of some."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="semsearch-encode", daemon=True)
            self._thread.start()
        self._jobs.put((texts, rows))

    def take(self, seconds: float) -> Encoded | None:
        """Return the next encoded slice, or None on timeout. Raises what the encoder raises."""
        try:
            found = self._done.get(timeout=seconds) if seconds > 0 else self._done.get_nowait()
        except queue.Empty:
            return None
        if isinstance(found, BaseException):
            raise found
        return found

    def _run(self) -> None:
        try:
            while (job := self._jobs.get()) is not None and not self._stopped:
                self._work(*job)
        except BaseException as error:  # noqa: BLE001 - re-raised in take()
            self._done.put(error)

    def _work(self, texts: Mapping[bytes, str], rows: Mapping[bytes, Row]) -> None:
        encoder = self._encoder()
        if tokenizes_once(encoder):
            rest = [key for key in texts if key not in rows]
            whole = {**rows, **dict(zip(rest, encoder.rows([texts[key] for key in rest]), strict=True))}
            self._encode({key: whole[key] for key in texts}, encoder.encode_rows)
        else:
            self._encode(texts, encoder.encode_passages)

    def _encode(self, items: Mapping[bytes, _Sized], encode: Callable[[Sequence[_Sized]], Embeddings]) -> None:
        keys, at = sorted(items, key=lambda key: -len(items[key])), 0
        for part in self._slices.of([items[key] for key in keys]):
            if self._stopped:
                return
            vectors = checked_vectors(encode(part), (len(part), self._dim))
            at += len(part)
            self._done.put(Encoded(keys[at - len(part) : at], vectors, at == len(keys)))

    def close(self) -> None:
        """Stop after the current slice, and wait for it."""
        self._stopped = True
        self._jobs.put(None)
        if self._thread is not None:
            self._thread.join()
