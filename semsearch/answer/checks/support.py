"""Verify each sentence of a generated answer against the hits: cite what supports it, or say why it is doubted.

Candidate sources among the sentences of the hits are found by words, vectors and cross-encoder; whether they support
the sentence is then decided by coverage and by `facts`, since a cross-encoder scores topic, not truth.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from semsearch.answer.checks.facts import common_words, disagreement
from semsearch.answer.text.lexicon import NUMBER_WORDS
from semsearch.answer.text.sentence_vectors import sentence_vectors
from semsearch.answer.text.sentences import Source, citation, plain
from semsearch.answer.text.words import stems, words_of
from semsearch.types.answers import Sentence
from semsearch.types.models import BiEncoder, CrossEncoder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Embeddings

__all__ = ["Verifier", "cleaned"]

_CANDIDATES = 6
"""Candidate sources that a generated sentence is compared with."""
_COVERED = 0.75
"""Minimum share of a sentence's weighted words in its source, without further evidence."""
_LENT = 0.2
"""Part of that share that may come from the source's context instead: title, headings, the sentence before."""
_PARTLY = 0.5
_PART = 0.25
"""Minimum share that each of two combined sources must add to the other one."""
_NEAR = 0.75
"""Minimum cosine of a paraphrase, which shares at least half of its words with its source."""
_ON_TOPIC = 3.0
"""Minimum cross-encoder logit of a paraphrase."""
_FRAGMENT = 4
"""A sentence of fewer content words is a fragment: its source must also match the question."""
_ABOUT = 0.3
_MARKS = re.compile(
    r"\s*\[(?:\d{1,3}|passage \d{1,3})(?:\s*[,;-]\s*\d{1,3})*\]|^(?:answer|summary)\s*:\s*", re.IGNORECASE
)
_EMPHASIS = re.compile(r"(?<!\w)(\*\*|__|[*_`])(?=\S)(.+?)(?<=\S)\1(?!\w)")
_NOTHING_SAYS = "no passage says this"


def cleaned(text: str) -> str:
    """Return a generated sentence without the markup that models add: `[1]`, `**`, `Answer:`."""
    return plain(_EMPHASIS.sub(r"\2", _MARKS.sub("", text)))


@dataclass(frozen=True, slots=True)
class _Verdict:
    sources: tuple[Source, ...]
    coverage: float
    doubt: str


class Verifier:
    """Verifies sentences of an answer to one question against the sentences of the hits."""

    def __init__(
        self,
        question: str,
        sources: Sequence[Source],
        encoder: BiEncoder | None = None,
        cross_encoder: CrossEncoder | None = None,
    ) -> None:
        """Take the sources. Without an encoder only words are compared."""
        self.sources = list(sources)
        self._question = _content(question)
        self._encoder = encoder
        self._cross_encoder = cross_encoder
        self._held = [_content(s.text) for s in self.sources]
        self._around = [_around(self.sources, at) for at in range(len(self.sources))]
        self._near = [_content(around) for around in self._around]
        self._common = common_words([s.text for s in self.sources])
        counts = Counter(stem for held in self._held for stem in held)
        self._weights = {stem: math.log(1 + len(self._held) / count) for stem, count in counts.items()}
        self._vectors: Embeddings | None = None

    def check(self, sentence: str) -> Sentence:
        """Return the sentence with its supporting citations, or with the reason for doubt."""
        text = cleaned(sentence)
        wanted = _content(text)
        if not self.sources or not wanted:
            return Sentence(text, doubt=_NOTHING_SAYS if wanted else "it has no content words")
        if text.endswith("?") and wanted <= self._question:
            return Sentence(text, doubt="it only repeats the question")
        coverages = np.array([self._coverage(wanted, (at,)) for at in range(len(self.sources))])
        cosines = self._cosines(text)
        both = zip(self._held, self._near, strict=True)
        tie = np.array([len(self._question & (held | near)) for held, near in both])
        order = np.argsort(-(coverages + cosines + 0.01 * tie), kind="stable")[:_CANDIDATES].tolist()
        verdicts = [self._judge(text, wanted, (at,), coverages[at], cosines[at]) for at in order]
        if all(v.doubt for v in verdicts) and max(v.coverage for v in verdicts) < _COVERED:
            verdicts += self._pairs(text, wanted, order, verdicts)
        supported = [v for v in verdicts if not v.doubt]
        if supported:
            return Sentence(text, tuple(citation(s) for s in supported[0].sources))
        return Sentence(text, doubt=max(verdicts, key=lambda v: v.coverage).doubt)

    def _judge(
        self, text: str, wanted: frozenset[str], places: tuple[int, ...], coverage: float, cosine: float
    ) -> _Verdict:
        sources = tuple(self.sources[at] for at in places)
        if not self._is_covered(text, wanted, places, coverage, cosine):
            return _Verdict(sources, coverage, _NOTHING_SAYS)
        source_text = " ".join(source.text for source in sources)
        around = " ".join(self._around[at] for at in places)
        return _Verdict(sources, coverage, disagreement(text, source_text, around, self._common))

    def _is_covered(
        self, text: str, wanted: frozenset[str], places: tuple[int, ...], coverage: float, cosine: float
    ) -> bool:
        if len(wanted) < _FRAGMENT and self._question:
            held = frozenset().union(*(self._held[at] | self._near[at] for at in places))
            return coverage >= _COVERED and len(self._question & held) >= _ABOUT * len(self._question)
        if coverage >= _COVERED:
            return True
        if coverage < _PARTLY or cosine < _NEAR or self._cross_encoder is None:
            return False
        source_text = " ".join(self.sources[at].text for at in places)
        return float(self._cross_encoder.score(text, [source_text])[0]) >= _ON_TOPIC

    def _pairs(
        self, text: str, wanted: frozenset[str], order: Sequence[int], single: Sequence[_Verdict]
    ) -> list[_Verdict]:
        """Judge a sentence by pairs of sources of which each covers a part that the other does not."""
        best = max(v.coverage for v in single)
        found = []
        for one, other in combinations(order, 2):
            coverage = self._coverage(wanted, (one, other))
            if coverage >= _COVERED and coverage > best + _PART:
                pair = tuple(sorted((one, other)))
                found.append(self._judge(text, wanted, pair, coverage, 0.0))
        return found

    def _coverage(self, wanted: frozenset[str], places: Sequence[int]) -> float:
        """Return the IDF-weighted share of words in the sources; their context counts up to a limit."""
        held = frozenset().union(*(self._held[at] for at in places))
        near = frozenset().union(*(self._near[at] for at in places))
        if not wanted & held:
            return 0.0
        unknown = math.log(1 + len(self._held))
        weights = {stem: self._weights.get(stem, unknown) for stem in wanted}
        total = sum(weights.values())
        own = sum(w for stem, w in weights.items() if stem in held) / total
        lent = sum(w for stem, w in weights.items() if stem in near and stem not in held) / total
        return own + min(lent, _LENT)

    def _cosines(self, text: str) -> NDArray[np.float32]:
        if self._encoder is None:
            return np.zeros(len(self.sources), np.float32)
        if self._vectors is None:
            self._vectors = sentence_vectors([s.text for s in self.sources], self._encoder)
        return np.asarray(self._vectors @ sentence_vectors([text], self._encoder)[0], dtype=np.float32)


def _content(text: str) -> frozenset[str]:
    """Return the stems of a text's content words, without numbers, which `facts` compares."""
    words = words_of(text)
    return frozenset(stems(w for w in words if w.lower not in NUMBER_WORDS and not w.text[0].isdigit()))


def _around(sources: Sequence[Source], at: int) -> str:
    """Return the context that a source's pronouns may refer to: title, headings and the sentence before."""
    source = sources[at]
    before = sources[at - 1] if at and sources[at - 1].passage is source.passage else None
    return ". ".join(filter(None, (source.context, before.text if before else "")))
