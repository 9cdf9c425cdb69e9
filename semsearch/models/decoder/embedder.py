"""A decoder as a bi-encoder: its pooled last-layer states. It was never trained for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from semsearch.models.decoder.generate import Decoder
from semsearch.models.shared.pooling import PooledEncoder, Pooling, weights_hash

__all__ = ["DecoderEmbedder"]


class DecoderEmbedder(PooledEncoder):
    """Implements `BiEncoder` over the states of a causal language model. A state depends on the tokens before it."""

    def __init__(self, decoder: Decoder, pooling: Pooling) -> None:
        """Take a loaded decoder; several embedders may share one."""
        self._decoder = decoder
        fingerprint = f"{weights_hash(decoder.path)}-decoder-{pooling.replace(' ', '-')}-{decoder.precision}"
        dim = int(decoder.states([0]).shape[1])
        super().__init__(decoder.name, fingerprint, decoder.tokenizer, decoder.context, pooling, dim)

    def _states(self, ids: Sequence[int]) -> Any:
        return self._decoder.states(ids)
