"""Late interaction: compare a query and a passage token by token. Imports numpy; models are passed in.

MaxSim: the sum over the query's tokens of the similarity to the most similar token of the passage (Khattab
and Zaharia, "ColBERT: efficient and effective passage search via contextualized late interaction over BERT", 2020).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from semsearch.stores.searchable import Searchable
from semsearch.types.models import TokenEncoder, TokenVectors
from semsearch.types.search import WordMatch

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Scores

__all__ = ["LateInteraction", "MultiVectors", "OwnTokens", "maxsim", "word_matches"]

_WORD = re.compile(r"\w+")
_LEAST_WEIGHT = 0.2
"""Minimum weight of a word match: below it the word is hardly nearer than any other word of the passage."""


class MultiVectors(Protocol):
    """A late-interaction model: encodes a text as a matrix with a row for each token."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again."""

    def query_vectors(self, query: str) -> Embeddings:
        """Return the matrix of a query, (q, dim)."""

    def passage_vectors(self, passages: Sequence[str]) -> list[list[Embeddings]]:
        """Return for each passage the matrix (t, dim) of each of its windows: one if it is not too long."""


class LateInteraction:
    """A reranker with the CrossEncoder protocol whose score is the MaxSim of a passage's best window."""

    def __init__(self, model: MultiVectors) -> None:
        """Take the late-interaction model."""
        self._model = model
        self.name = model.name

    def truncated(self, query: str) -> bool:
        """Return whether the model truncates a query; False if it cannot tell."""
        truncated = getattr(self._model, "truncated", None)
        return truncated is not None and bool(truncated(query))

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 sums of similarities, higher is better."""
        query_matrix = self._model.query_vectors(query)
        windows = self._model.passage_vectors(passages) if passages else []
        return np.array([max(maxsim(query_matrix, part) for part in parts) for parts in windows], dtype=np.float32)


class OwnTokens:
    """Any TokenEncoder as a late-interaction model; truncated text is not compared."""

    def __init__(self, encoder: TokenEncoder, name: str) -> None:
        """Take the encoder, which was trained for one vector per text, not for this."""
        self._encoder = encoder
        self.name = name

    def query_vectors(self, query: str) -> Embeddings:
        """Return (q, dim), unit rows."""
        return self._encoder.encode_query_tokens([query])[0].vectors

    def passage_vectors(self, passages: Sequence[str]) -> list[list[Embeddings]]:
        """Return for each passage one matrix (t, dim), unit rows."""
        return [[tokens.vectors] for tokens in self._encoder.encode_passage_tokens(passages)]


def maxsim(query: Embeddings, passage: Embeddings) -> float:
    """Return the sum over the query's rows (q, dim) of the largest dot product with a row of the passage (t, dim).

    A passage without tokens scores 0, as in sentence-transformers.
    """
    if not len(query) or not len(passage):
        return 0.0
    return float((query @ passage.T).max(axis=1).sum())


def word_matches(
    index: Searchable, query: str, passages: Sequence[str], encoder: TokenEncoder
) -> list[tuple[WordMatch, ...]]:
    """Return for each passage, for each content word of the query, the word of the passage nearest in meaning.

    A word's vector is the mean of its tokens' vectors. Stop words of BM25 are no content words, unless the query has no
    others. In the order of the query; words without a match that stands out are left out.
    """
    (query_tokens,) = encoder.encode_query_tokens([query])
    every = _words(query, query_tokens)
    wanted = _only(every, index.marks(query, query))
    found = []
    for text, tokens in zip(passages, encoder.encode_passage_tokens(passages), strict=True):
        words = _words(text, tokens)
        content = _only(words, index.marks(text, text)) if wanted else words
        found.append(_matches(wanted or every, content))
    return found


_Words = list[tuple[tuple[int, int], "Embeddings"]]


def _words(text: str, tokens: TokenVectors) -> _Words:
    """Return the words of a text that were encoded, each with its unit vector (dim,)."""
    found = []
    at = 0
    for match in _WORD.finditer(text):
        start, stop = match.span()
        while at < len(tokens.spans) and tokens.spans[at][1] <= start:
            at += 1
        last = at
        while last < len(tokens.spans) and tokens.spans[last][0] < stop:
            last += 1
        if last > at:
            mean = tokens.vectors[at:last].mean(axis=0)
            found.append(((start, stop), mean / max(float(np.linalg.norm(mean)), 1e-12)))
    return found


def _only(words: _Words, spans: Sequence[tuple[int, int]]) -> _Words:
    """Keep the words that begin inside one of the spans."""
    inside = {position for start, stop in spans for position in range(start, stop)}
    return [word for word in words if word[0][0] in inside]


def _matches(query: _Words, passage: _Words) -> tuple[WordMatch, ...]:
    if not query or not passage:
        return ()
    similar = np.stack([vector for _, vector in query]) @ np.stack([vector for _, vector in passage]).T
    best, usual = similar.argmax(axis=1), similar.mean(axis=1)
    matches = []
    for number, (span, _) in enumerate(query):
        most = float(similar[number, best[number]])
        weight = (most - float(usual[number])) / max(1.0 - float(usual[number]), 1e-6)
        if weight >= _LEAST_WEIGHT:
            matches.append(WordMatch(span, passage[int(best[number])][0], most, weight))
    return tuple(matches)
