"""Measure and store the noise floor of an index when the index has changed enough."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING

from semsearch.indexing.encode.token_rows import tokenizes_once
from semsearch.search.noise_floor import measure
from semsearch.search.offtopic_queries import OFF_TOPIC
from semsearch.stores.base import Passages, StoreWriter
from semsearch.types.models import BiEncoder

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Ids

__all__ = ["probed", "sampled", "update_floor"]

_CHANGE = 0.2
_SAMPLE = 512


def sampled(passages: Passages, count: int) -> Ids:
    """Return the ids of some hundreds of the `count` passages, spread evenly over the index, deterministically."""
    return passages.ids(max(1, count // _SAMPLE))[:_SAMPLE]


class _Probed:
    """An encoder whose off-topic queries are already being encoded on another thread."""

    def __init__(self, encoder: BiEncoder) -> None:
        self.fingerprint, self.dim = encoder.fingerprint, encoder.dim
        self._encoder = encoder
        pool = ThreadPoolExecutor(1, "semsearch-floor")
        self._vectors = pool.submit(encoder.encode_queries, OFF_TOPIC)
        pool.shutdown(wait=False)

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Encode queries; the off-topic ones come from the thread."""
        return self._vectors.result() if texts is OFF_TOPIC else self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages."""
        return self._encoder.encode_passages(texts)


def probed(writer: StoreWriter, encoder: Callable[[], BiEncoder]) -> Callable[[], BiEncoder]:
    """Return an encoder for `update_floor` that encodes the off-topic queries in parallel, if a floor is needed.

    Opening the runtime for queries keeps only one core busy. Only for a thread-safe encoder.
    """
    if writer.meta_value("floor") or not tokenizes_once(found := encoder()):
        return encoder
    begun = _Probed(found)
    return lambda: begun


def update_floor(writer: StoreWriter, encoder: Callable[[], BiEncoder], *, anew: bool = False) -> bool:
    """Measure and store the noise floor if the number of passages has changed by a fifth; return whether it was.

    `anew` always measures it.
    """
    passages = writer.snapshot.passages
    count = passages.count()
    stored = writer.meta_value("floor")
    if not count or (not anew and stored and abs(count - stored["passages"]) <= _CHANGE * stored["passages"]):
        return False
    sample = sampled(passages, count)
    with writer.view() as view:
        floor = measure(view, encoder(), sample, passages=count, among=view.texts())
    writer.set_meta("floor", asdict(floor))
    writer.commit()
    return True
