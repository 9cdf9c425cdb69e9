"""The encoder half of an encoder-decoder as a bi-encoder: its mean-pooled states.

Sentence-T5 (Ni et al. 2021): without training, the mean of the encoder's states gives the best of such vectors.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semsearch.models.encoder_decoder.folder import Opened
from semsearch.models.shared.fastest_dtype import fastest_precision
from semsearch.models.shared.pooling import PooledEncoder, Pooling, weights_hash

__all__ = ["Seq2SeqEmbedder"]


class Seq2SeqEmbedder(PooledEncoder):
    """Implements `BiEncoder` over the states of an encoder; the decoder is not run."""

    def __init__(self, opened: Opened, name: str, folder: Path) -> None:
        """Take an opened folder, which the reranker of the same model may share."""
        self._encoder = opened.model.get_encoder()
        fingerprint = f"{weights_hash(folder)}-encoder-mean-{fastest_precision()}"
        dim = int(opened.model.config.hidden_size)
        super().__init__(name, fingerprint, opened.tokenizer, opened.context, Pooling.MEAN, dim)
        self.parameters = int(sum(p.numel() for p in self._encoder.parameters()))
        """Of the encoder half only."""

    def _states(self, ids: Sequence[int]) -> Any:
        import torch

        row = torch.tensor([list(ids)])
        return self._encoder(input_ids=row, attention_mask=torch.ones_like(row)).last_hidden_state[0]
