"""Each sentence of a generated answer is held against the hits: what supports it is cited, what does not is doubted.

Which sentences of the hits may have said it is found by words, by vectors and by the cross-encoder; whether they did is
then decided by coverage and by `facts`, since a cross-encoder scores topic, not truth.
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
"""Sentences of the hits that a generated one is compared with."""
_COVERED = 0.75
"""Share of a sentence's weighted words that its source must hold, where nothing else speaks for it."""
_LENT = 0.2
"""How much of that share may stand around the source instead: in its title, its headings, the sentence before it."""
_PARTLY = 0.5
_PART = 0.25
"""How much of it each of two sources must hold that the other one does not, where both are needed."""
_NEAR = 0.75
"""Cosine from which a sentence that shares half of its words with its source may be a paraphrase of it."""
_ON_TOPIC = 3.0
"""Logit from which the cross-encoder takes the two for the same subject."""
_FRAGMENT = 4
"""A sentence of fewer content words says little by itself: its source must be about the question as well."""
_ABOUT = 0.3
_MARKS = re.compile(
    r"\s*\[(?:\d{1,3}|passage \d{1,3})(?:\s*[,;-]\s*\d{1,3})*\]|^(?:answer|summary)\s*:\s*", re.IGNORECASE
)
_EMPHASIS = re.compile(r"(?<!\w)(\*\*|__|[*_`])(?=\S)(.+?)(?<=\S)\1(?!\w)")
_NOTHING_SAYS = "no passage says this"


def cleaned(text: str) -> str:
    """Return a generated sentence without the marks that models put around it: `[1]`, `**`, `Answer:`."""
    return plain(_EMPHASIS.sub(r"\2", _MARKS.sub("", text)))


@dataclass(frozen=True, slots=True)
class _Verdict:
    sources: tuple[Source, ...]
    coverage: float
    doubt: str


class Verifier:
    """The sentences of the hits, made ready to support or to doubt an answer to one question."""

    def __init__(
        self,
        question: str,
        sources: Sequence[Source],
        encoder: BiEncoder | None = None,
        cross_encoder: CrossEncoder | None = None,
    ) -> None:
        """Bind them. Without an encoder only words are compared."""
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
        """Return the sentence with the citations that support it, or with the reason to doubt it."""
        text = cleaned(sentence)
        wanted = _content(text)
        if not self.sources or not wanted:
            return Sentence(text, doubt=_NOTHING_SAYS if wanted else "it says nothing")
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
        if not self._says(text, wanted, places, coverage, cosine):
            return _Verdict(sources, coverage, _NOTHING_SAYS)
        said = " ".join(source.text for source in sources)
        around = " ".join(self._around[at] for at in places)
        return _Verdict(sources, coverage, disagreement(text, said, around, self._common))

    def _says(self, text: str, wanted: frozenset[str], places: tuple[int, ...], coverage: float, cosine: float) -> bool:
        if len(wanted) < _FRAGMENT and self._question:
            held = frozenset().union(*(self._held[at] | self._near[at] for at in places))
            return coverage >= _COVERED and len(self._question & held) >= _ABOUT * len(self._question)
        if coverage >= _COVERED:
            return True
        if coverage < _PARTLY or cosine < _NEAR or self._cross_encoder is None:
            return False
        said = " ".join(self.sources[at].text for at in places)
        return float(self._cross_encoder.score(text, [said])[0]) >= _ON_TOPIC

    def _pairs(
        self, text: str, wanted: frozenset[str], order: Sequence[int], single: Sequence[_Verdict]
    ) -> list[_Verdict]:
        """Judge a sentence by two sources together, where each of them says a part that the other one does not."""
        best = max(v.coverage for v in single)
        found = []
        for one, other in combinations(order, 2):
            coverage = self._coverage(wanted, (one, other))
            if coverage >= _COVERED and coverage > best + _PART:
                pair = tuple(sorted((one, other)))
                found.append(self._judge(text, wanted, pair, coverage, 0.0))
        return found

    def _coverage(self, wanted: frozenset[str], places: Sequence[int]) -> float:
        """Return the share of words that the sources hold, rare ones weigh more; what is around counts a little."""
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
    """Return the stems of a text's content words; numbers are no part of them, `facts` compares those."""
    words = words_of(text)
    return frozenset(stems(w for w in words if w.lower not in NUMBER_WORDS and not w.text[0].isdigit()))


def _around(sources: Sequence[Source], at: int) -> str:
    """Return what the pronouns of a source may refer to: its title, its headings, and the sentence before it."""
    source = sources[at]
    before = sources[at - 1] if at and sources[at - 1].passage is source.passage else None
    return ". ".join(filter(None, (source.context, before.text if before else "")))
