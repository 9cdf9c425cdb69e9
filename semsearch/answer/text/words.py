"""The words of a sentence: their positions and stems, and which are function words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from semsearch.answer.text.lexicon import IRREGULAR
from semsearch.corpus.text.terms.analysis import word_terms

__all__ = ["Word", "stems", "words_of"]

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_POSSESSIVE = re.compile(r"['’]s$|['’]$", re.IGNORECASE)
_CONTRACTION = re.compile(r"n't$|'(?:s|re|ve|ll|d|m)$")
_CLAUSE = re.compile(r"[,;:.!?()\[\]—–/]|\s-\s")


@dataclass(frozen=True, slots=True)
class Word:
    """`text[start:stop]` of a sentence. `stem` is empty for a function word."""

    text: str
    start: int
    stop: int
    stem: str
    clause: int
    """The number of its clause: punctuation marks before it."""

    @property
    def lower(self) -> str:
        """The case-folded word."""
        return self.text.casefold().replace("’", "'")


@lru_cache(maxsize=2_000)
def words_of(text: str) -> tuple[Word, ...]:
    """Return the words of a text in order; the `'s` of a possessive is left out."""
    found = []
    clause, last = 0, 0
    for match in _WORD.finditer(text):
        clause += _CLAUSE.search(text, last, match.start()) is not None
        last = match.end()
        bare = _POSSESSIVE.sub("", match.group())
        found.append(Word(bare, match.start(), match.start() + len(bare), _stem(bare), clause))
    return tuple(found)


def stems(words: Iterable[Word]) -> list[str]:
    """Return the stems of the content words, in order."""
    return [word.stem for word in words if word.stem]


def _stem(word: str) -> str:
    lower = word.casefold().replace("’", "'")
    if _CONTRACTION.search(lower):
        return ""
    terms = word_terms(IRREGULAR.get(lower, lower), "en")
    return terms[0] if terms else ""
