"""A tiny bi-encoder for tests: words and word pairs hashed into unit vectors. Real, deterministic, no weights."""

from __future__ import annotations

import itertools
import re
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from semsearch.types.models import TokenVectors

if TYPE_CHECKING:
    import numpy as np

    from semsearch.types.arrays import Embeddings, Vector

TOKEN = re.compile(r"\w+|[^\w\s]")


class HashingEncoder:
    """Feature hashing (Weinberger et al., 2009) over lower-cased words and word pairs, as a BiEncoder with tokens.

    Texts that share words are near; a text without a word gets one fixed direction. `encoded` counts the texts encoded
    so far, and `calls` (the caller's own list, if given) receives ("queries" | "passages", the texts) for every call.
    """

    languages: tuple[str, ...] = ()
    name = "hashing"

    def __init__(self, dim: int = 64, max_tokens: int = 64, calls: list[tuple[str, list[str]]] | None = None) -> None:
        self.dim = dim
        self.max_tokens = max_tokens
        self.calls = calls if calls is not None else []
        self.encoded = 0

    @property
    def fingerprint(self) -> str:
        return f"hashing-{self.dim}-{self.max_tokens}"

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        self.calls.append(("queries", list(texts)))
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        for text, spans in zip(texts, self.token_spans(texts), strict=True):
            if len(spans) > self.max_tokens:
                raise ValueError(f"a passage of {len(spans)} tokens, more than {self.max_tokens}: {text[:60]!r}")
        self.calls.append(("passages", list(texts)))
        return self._encode(texts)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._encode_tokens(texts)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        return self._encode_tokens(texts)

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[match.span() for match in TOKEN.finditer(text)] for text in texts]

    def truncated(self, text: str) -> bool:
        return len(self.token_spans([text])[0]) > self.max_tokens

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        import numpy as np

        self.encoded += len(texts)
        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        return np.stack([self._vector(text, np.zeros(self.dim, dtype=np.float32)) for text in texts])

    def _encode_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """A vector for each token by itself: the same word has the same one everywhere."""
        import numpy as np

        found = []
        for text, spans in zip(texts, self.token_spans(texts), strict=True):
            seen = spans[: self.max_tokens]
            rows = [self._vector(text[a:b], np.zeros(self.dim, dtype=np.float32)) for a, b in seen]
            found.append(TokenVectors(np.array(rows, dtype=np.float32).reshape(len(rows), self.dim), tuple(seen)))
        return found

    def _vector(self, text: str, row: np.ndarray) -> Vector:
        import numpy as np

        words = TOKEN.findall(text.lower())[: self.max_tokens]
        for feature in [*words, *(f"{a} {b}" for a, b in itertools.pairwise(words))]:
            code = zlib.crc32(feature.encode("utf-8", "surrogatepass"))
            row[code % self.dim] += 1.0 if code & 0x8000_0000 else -1.0
        norm = float(np.linalg.norm(row))
        if norm == 0.0:
            row[0] = norm = 1.0
        return np.asarray(row / norm, dtype=np.float32)
