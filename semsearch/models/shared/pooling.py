"""A bi-encoder from any transformer with a state for each token: the states are pooled to one unit vector.

Encoders were trained for that; for decoders and encoder-decoders it shows what they know without such training.
Torch is imported when something is encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.tokenizer import clean
from semsearch.models.shared.quiet import quiet_libraries
from semsearch.models.weights.fingerprint import file_sha256

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Vector

__all__ = ["PooledEncoder", "Pooling", "token_spans", "weights_hash"]


_LONGEST = 512
"""Texts are cut to what the other encoders see."""


class Pooling(StrEnum):
    """How the states of tokens become one vector.

    The last token of a decoder is the only one that has seen the whole text (Wang et al. 2024, "Improving text
    embeddings with large language models"); the mean is what sentence encoders use (Reimers and Gurevych 2019).
    """

    LAST = "last token"
    MEAN = "mean"


class PooledEncoder:
    """Implements `BiEncoder` and `Tokenizing`; subclasses provide the states. Texts are run one at a time,

    so a vector does not depend on its batch, whatever the precision. The tokenizer's special tokens are kept: the end
    of a T5's input, the beginning of a Llama's.
    """

    languages: tuple[str, ...] = ()

    def __init__(self, name: str, fingerprint: str, tokenizer: Any, room: int, pooling: Pooling, dim: int) -> None:
        """`room` is the number of tokens the model sees at once, `dim` the length of a state."""
        self.name, self.fingerprint, self.dim = name, fingerprint, dim
        self._tokenizer, self._pooling = tokenizer, pooling
        if not tokenizer.is_fast:
            raise ModelUnavailable(f"{name} has no fast tokenizer, so the positions of its tokens are unknown")
        self._room = room
        self.max_tokens = min(_LONGEST, room // 2)
        """Tokens of one text that are seen, blank ones not counted."""

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Encode queries: (n, dim), unit rows. A query that is too long is cut off; see `truncated`."""
        cut = []
        for text, spans in zip(texts, self.token_spans(texts), strict=True):
            cut.append(text[: spans[self.max_tokens - 1][1]] if len(spans) > self.max_tokens else text)
        return self._encode(cut)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages: (n, dim), unit rows. ValueError for one longer than `max_tokens`."""
        for text, spans in zip(texts, self.token_spans(texts), strict=True):
            if len(spans) > self.max_tokens:
                raise ValueError(f"a passage of {len(spans)} tokens, more than {self.max_tokens}: {text[:60]!r}")
        return self._encode(texts)

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the (start, stop) characters of every token, in order, nothing cut off."""
        return token_spans(self._tokenizer, texts)

    def truncated(self, text: str) -> bool:
        """Return whether a query is longer than the model sees."""
        return len(self.token_spans([text])[0]) > self.max_tokens

    def _states(self, ids: Sequence[int]) -> Any:
        """Return the states of tokens after the last layer, a tensor (t, dim)."""
        raise NotImplementedError

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        import numpy as np

        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        with quiet_libraries():
            rows = self._tokenizer(clean(texts))["input_ids"]
        return np.ascontiguousarray(np.stack([self._pooled(row[: self._room]) for row in rows]), dtype=np.float32)

    def _pooled(self, ids: Sequence[int]) -> Vector:
        import torch

        with torch.inference_mode():
            states = self._states(ids or [int(self._tokenizer.eos_token_id or 0)]).float()
            vector = states[-1] if self._pooling is Pooling.LAST else states.mean(dim=0)
            unit: Vector = torch.nn.functional.normalize(vector, dim=0).numpy()
        return unit


def token_spans(tokenizer: Any, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
    """Return for each text the (start, stop) characters of every token of a fast tokenizer, blank ones left out."""
    if not texts:
        return []
    with quiet_libraries():
        cleaned = clean(texts)
        offsets = tokenizer(cleaned, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    return [[(a, b) for a, b in spans if text[a:b].strip()] for text, spans in zip(cleaned, offsets, strict=True)]


def weights_hash(folder: Path) -> str:
    """Return 32 hex digits of the sha256 over the weights and the tokenizer of a folder: the start of a fingerprint."""
    import hashlib

    files = [*sorted(folder.glob("*.safetensors")), *sorted(folder.glob("tokenizer.json"))]
    return hashlib.sha256(" ".join(file_sha256(file) for file in files).encode()).hexdigest()[:32]
