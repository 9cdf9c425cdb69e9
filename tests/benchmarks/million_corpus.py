"""A corpus of any size for the benchmarks: documents of recombined real text, and an encoder that hands vectors out.

The vectors have the structure of real text (`material.interpolated`), and are made as they are asked for: the n-th
passage that is encoded gets the n-th vector, whatever its words are, so that no text has to be encoded.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence

import numpy as np

from semsearch import Document
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL
from tests.benchmarks.material import embeddings, interpolated, questions, sentences

SECTIONS = 8
"""Sections of a document; short neighbours are joined, so it has some 6.2 passages."""
PASSAGES = 6.24
WORDS = 90
"""Words of a section, at least."""
FOLDERS = 64
"""Folders that the documents lie in; the documents of one are alike, and so are the passages of a document."""
_BLOCK = 8192
_WORD = re.compile(r"\w+|[^\w\s]")


class Series:
    """A BiEncoder: vectors between real passages in a fixed order, and the real vectors of real questions.

    `start` is how many were handed out before, so that a build can go on. The questions' vectors are the default
    model's own, so the encoder goes by its name: a plain `semsearch query` can ask such an index.
    """

    name = DEFAULT_MODEL
    languages: tuple[str, ...] = ()
    dim = 384
    max_tokens = 254

    def __init__(self, start: int = 0) -> None:
        self.fingerprint = load_encoder(DEFAULT_MODEL).fingerprint
        self.given = start
        self._block = -1
        self._rows = np.empty((0, self.dim), np.float32)
        base, asked = embeddings()
        self._middles = base[:: len(base) // FOLDERS][:FOLDERS]
        self._asked = dict(zip(questions(), asked, strict=True))

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._asked[t] if t in self._asked else self._drawn(t) for t in texts])

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        rows = np.stack([self._row(n) for n in range(self.given, self.given + len(texts))])
        self.given += len(texts)
        return rows

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        return [[found.span() for found in _WORD.finditer(text)] for text in texts]

    def _row(self, number: int) -> np.ndarray:
        if number // _BLOCK != self._block:
            self._block = number // _BLOCK
            rows = interpolated(_BLOCK, seed=self._block)
            self._rows = rows[np.argsort(np.argmax(rows @ self._middles.T, axis=1), kind="stable")]
        return self._rows[number % _BLOCK]

    def _drawn(self, text: str) -> np.ndarray:
        """Return an off-topic question's vector: far from every passage."""
        chance = np.random.default_rng(len(text) + sum(text.encode()))
        row = chance.standard_normal(self.dim).astype(np.float32)
        return np.asarray(row / np.linalg.norm(row))


def documents(first: int, count: int) -> Iterator[Document]:
    """Yield documents `first` to `first + count`: sections of recombined sentences, each a passage."""
    pool = sentences()
    for number in range(first, first + count):
        chance = random.Random(number)
        parts = []
        for section in range(SECTIONS):
            words: list[str] = []
            length = 0
            while length < WORDS:
                words.append(pool[chance.randrange(len(pool))])
                length += words[-1].count(" ") + 1
            parts.append(f"# Part {section + 1} of {number}\n\n{' '.join(words)}\n")
        folder = int(number * PASSAGES) % _BLOCK * FOLDERS // _BLOCK
        yield Document(f"folder{folder:02}/{number}.md", "\n".join(parts), metadata={"number": number})
