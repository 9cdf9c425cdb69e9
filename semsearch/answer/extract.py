"""Extractive answers: an encoder picks diverse sentences of the hits, quoted literally. Nothing is generated.

The cross-encoder scores the question with each passage and each sentence; without it, vectors are compared. The figures
are in docs/benchmarks.md (answers).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np

from semsearch.answer.text.sentence_vectors import sentence_vectors
from semsearch.answer.text.sentences import Source, citation, plain, sources
from semsearch.models.shared.vectors import encode_queries
from semsearch.types.answers import Answer, Sentence
from semsearch.types.documents import EmbeddedText
from semsearch.types.models import BiEncoder, CrossEncoder
from semsearch.types.search import Hit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Embeddings

__all__ = [
    "EXTRACTIVE",
    "PASSAGES",
    "answers",
    "best_sentences",
    "extract",
    "mmr",
    "passage_logits",
    "promising",
    "unfolded",
]

EXTRACTIVE = "extractive"
"""The method of an extractive answer."""

PASSAGES = 5
"""Passages whose sentences are scored: each sentence costs a pass of the cross-encoder."""
_MORE = 8
"""Further passages of the hits, besides their best ones: the answer often is in a file's second best passage."""
NOTHING_HERE = -9.0
"""Logit of the best passage below which a cross-encoder trained on MS MARCO sees no answer to a question.

Unrelated text gets about -11, but a paraphrase without a shared word may get -8, hence no higher. For keywords and
claims its logits say little: there only the noise floor of the search decides.
"""
_ASKS = frozenset(("who", "whom", "whose", "what", "which", "when", "where", "why", "how"))
_DIVERSITY = 0.15
"""1 - lambda of MMR."""
_COSINE_WEIGHT = 10.0
"""The logit that a cosine of 1 counts for, without a cross-encoder."""
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?:[\w-]+:.*\n|[ \t]*-.*\n|[ \t]+.*\n)*?---[ \t]*\n")
_CODE_MARKS = "(){}[]=;<>_\\"
_CODE_SHARE = 0.12
"""Share of these characters above which a sentence is code."""
_SAME = 0.95
"""Cosine from which two sentences count as the same."""


def unfolded(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits, each followed by its further passages as hits of the same rank, `_MORE` passages in all.

    They are taken from the top hits in turn: one of each, then the next ones.
    """
    rounds = zip_longest(*(hit.more for hit in hits[:PASSAGES]))
    chosen = {p.id for p in [p for turn in rounds for p in turn if p is not None][:_MORE]}
    return [
        replace(hit, passage=passage, scores=hit.scores if passage is hit.passage else {}, more=())
        for hit in hits
        for passage in (hit.passage, *(p for p in hit.more if p.id in chosen))
    ]


def passage_logits(
    question: str, hits: Sequence[Hit], cross_encoder: CrossEncoder, embedded: EmbeddedText
) -> NDArray[np.float32]:
    """Return the cross-encoder's logit of each hit's passage (n,), computed if the search has not done so."""
    found = [hit.scores.get("rerank") for hit in hits]
    left = [hit for hit, score in zip(hits, found, strict=True) if score is None]
    if left:
        texts = [embedded(str(h.metadata.get("title") or ""), h.passage.heading, h.passage.text) for h in left]
        computed = iter(cross_encoder.score(question, texts).tolist())
        found = [next(computed) if score is None else score for score in found]
    return np.array(found, dtype=np.float32)


def answers(question: str, logits: NDArray[np.float32]) -> bool:
    """Return whether any of these passages may answer, according to the cross-encoder."""
    first = question.split(maxsplit=1)[0].casefold() if question.strip() else ""
    return bool(len(logits)) and (first not in _ASKS or float(logits.max()) >= NOTHING_HERE)


def extract(
    question: str,
    hits: Sequence[Hit],
    encoder: BiEncoder | None,
    cross_encoder: CrossEncoder | None,
    *,
    sentences: int,
    logits: NDArray[np.float32] | None = None,
) -> Answer:
    """Return an answer of the best sentences of the hits' passages, at most `sentences`, in order of rank and position.

    `logits` (n,) are the cross-encoder's for the hits. Without any encoder, sentences are scored by words in common
    with the question. `found` is False if there is no sentence.
    """
    found, picked = best_sentences(question, hits, encoder, cross_encoder, count=sentences, logits=logits)
    chosen = tuple(Sentence(plain(found[at].quote), (citation(found[at]),)) for at in sorted(picked))
    return Answer(question, chosen, tuple(hits), bool(chosen), EXTRACTIVE)


def best_sentences(
    question: str,
    hits: Sequence[Hit],
    encoder: BiEncoder | None,
    cross_encoder: CrossEncoder | None,
    *,
    count: int,
    logits: NDArray[np.float32] | None = None,
    passages: int = PASSAGES,
) -> tuple[list[Source], list[int]]:
    """Return the sentences of the most promising passages, and the positions of the best ones, best first."""
    found = _prose(sources(promising(hits, logits, passages if logits is not None else passages + _MORE)))
    if not found:
        return [], []
    vectors = sentence_vectors([s.text for s in found], encoder) if encoder is not None else None
    scores = _scores(question, found, encoder, cross_encoder, vectors)
    if logits is not None:
        by_passage = dict(zip((h.passage.id for h in hits), logits.tolist(), strict=True))
        scores = scores + np.array([by_passage[s.passage.id] for s in found], dtype=np.float32)
    return found, mmr(scores, vectors, count)


def _prose(found: Sequence[Source]) -> list[Source]:
    """Leave out front matter and lines of code, unless there is nothing else."""
    fronts = {s.passage.id: front.end() for s in found if (front := _front_matter(s))}
    kept = [s for s in found if s.start >= fronts.get(s.passage.id, 0) and not _is_code(s.quote)]
    return kept or list(found)


def _front_matter(source: Source) -> re.Match[str] | None:
    return _FRONT_MATTER.match(source.passage.text) if source.passage.start == 0 else None


def _is_code(text: str) -> bool:
    return sum(text.count(mark) for mark in _CODE_MARKS) > _CODE_SHARE * len(text)


def mmr(scores: NDArray[np.float32], vectors: Embeddings | None, count: int) -> list[int]:
    """Return the positions of `count` items by maximal marginal relevance (Carbonell and Goldstein, 1998), best first.

    `scores` (n,) are scaled to 0..1; `vectors` (n, dim) are unit rows. Items nearly identical to a chosen one are left
    out.
    """
    spread = float(scores.max() - scores.min()) or 1.0
    scaled = (scores - scores.min()) / spread
    chosen: list[int] = []
    nearest = np.zeros(len(scores), np.float32)
    free = np.ones(len(scores), bool)
    while free.any() and len(chosen) < count:
        gain = np.where(free, (1 - _DIVERSITY) * scaled - _DIVERSITY * np.maximum(nearest, 0), -np.inf)
        best = int(gain.argmax())
        chosen.append(best)
        free[best] = False
        if vectors is not None:
            nearest = np.maximum(nearest, vectors @ vectors[best])
            free &= nearest < _SAME
    return chosen


def promising(hits: Sequence[Hit], logits: NDArray[np.float32] | None, count: int) -> list[Hit]:
    """Return the `count` best hits by RRF of search and cross-encoder, in the order of the search."""
    if logits is None:
        return list(hits[:count])
    ranks = np.empty(len(hits), np.int64)
    ranks[np.argsort(-logits, kind="stable")] = np.arange(len(hits))
    fused = 1 / (10 + 1 + np.arange(len(hits))) + 1 / (10 + 1 + ranks)
    return [hits[at] for at in sorted(np.argsort(-fused, kind="stable")[:count].tolist())]


def _scores(
    question: str,
    found: Sequence[Source],
    encoder: BiEncoder | None,
    cross_encoder: CrossEncoder | None,
    vectors: Embeddings | None,
) -> NDArray[np.float32]:
    if cross_encoder is not None:
        return cross_encoder.score(question, [s.text for s in found])
    if encoder is not None and vectors is not None:
        by_place = _COSINE_WEIGHT * (vectors @ encode_queries(encoder, [question])[0])
        return np.asarray(by_place + np.array([_logit(s.hit.score) for s in found]), dtype=np.float32)
    from semsearch.answer.text.words import stems, words_of

    asked = set(stems(words_of(question)))
    shared = [len(asked & set(stems(words_of(f"{s.context} {s.text}")))) for s in found]
    return np.array([s - 0.1 * x.hit.rank for s, x in zip(shared, found, strict=True)], dtype=np.float32)


def _logit(score: float) -> float:
    bounded = min(max(score, 1e-6), 1 - 1e-6)
    return float(np.log(bounded / (1 - bounded)))
