"""An encoder that looks vectors up instead of computing them: what remains is the cost of everything else."""

from __future__ import annotations

import re
import time
import zlib
from collections.abc import Mapping, Sequence

import numpy as np

from semsearch.types.models import BiEncoder

DIM = 384
_WORD = re.compile(r"\w+|[^\w\s]")


class GivenVectors:
    """A BiEncoder whose vectors are known beforehand; a text it was not given gets a vector drawn from its hash."""

    name = "given-vectors"
    languages: tuple[str, ...] = ()
    dim = DIM
    max_tokens = 254

    def __init__(self, known: Mapping[str, np.ndarray] | None = None) -> None:
        self._known = known or {}
        self.encoded = 0
        self.calls = 0
        self.seconds = 0.0

    @property
    def fingerprint(self) -> str:
        return f"given-{DIM}"

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self._look_up(texts)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        self.calls += 1
        self.encoded += len(texts)
        return self._look_up(texts)

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[found.span() for found in _WORD.finditer(text)] for text in texts]

    def _look_up(self, texts: Sequence[str]) -> np.ndarray:
        start = time.perf_counter()
        rows = np.empty((len(texts), DIM), np.float32)
        for n, text in enumerate(texts):
            known = self._known.get(text)
            rows[n] = known if known is not None else _drawn(text)
        self.seconds += time.perf_counter() - start
        return rows


def _drawn(text: str) -> np.ndarray:
    vector = np.random.default_rng(zlib.crc32(text.encode("utf-8", "surrogatepass"))).standard_normal(DIM, np.float32)
    return np.asarray(vector / np.linalg.norm(vector))


class Timed:
    """Another encoder with a clock around it."""

    def __init__(self, encoder: BiEncoder) -> None:
        self._encoder = encoder
        self.encoding = 0.0
        self.tokenizing = 0.0
        self.encoded = 0

    def __getattr__(self, name: str) -> object:
        return getattr(self._encoder, name)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        start = time.perf_counter()
        found = self._encoder.encode_queries(texts)
        self.encoding += time.perf_counter() - start
        return found

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        start = time.perf_counter()
        found = self._encoder.encode_passages(texts)
        self.encoding += time.perf_counter() - start
        self.encoded += len(texts)
        return found

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        start = time.perf_counter()
        found = self._encoder.token_spans(texts)
        self.tokenizing += time.perf_counter() - start
        return found
