"""Whether a sentence and its source agree on facts: numbers, names, dates and negations.

A cross-encoder scores topic, not truth: `in 1994` and `in 1996` are about the same. So these are compared one by one.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from itertools import combinations

from semsearch.answer.checks.names import displaced_name, names_of, unknown_name
from semsearch.answer.checks.negation import contradiction
from semsearch.answer.checks.numbers import mismatch, numbers_of
from semsearch.answer.text.words import Word, words_of

__all__ = ["common_words", "disagreement"]


def disagreement(sentence: str, source: str, around: str, common: Set[str]) -> str:
    """Return what a sentence says otherwise than its source, in a few words; nothing when they agree.

    `around` is what the source's pronouns may refer to: title, headings and the sentence before. `common` are words
    that the hits write in small letters, so that they are no names (`common_words`).
    """
    number = mismatch(sentence, source)
    if number:
        return f"its source does not say {number}"
    name = unknown_name(sentence, source, around, common)
    if name:
        return f"its source does not name {name}"
    other = displaced_name(sentence, source, common)
    if other:
        return f"its source names another one where it says {other}"
    return contradiction(sentence, source) or _changed_places(sentence, source, common)


def common_words(texts: Sequence[str]) -> frozenset[str]:
    """Return the words that these texts write in small letters."""
    return frozenset(word.lower for text in texts for word in words_of(text) if word.text[0].islower())


def _changed_places(sentence: str, source: str, common: Set[str]) -> str:
    """Tell when two facts of a sentence stand in its source the other way round about the same words.

    `Denver beat Carolina` and `Carolina beat Denver`; a passive (`was beaten by`) turns them rightly.
    """
    ours, theirs = _facts(sentence, common), _facts(source, common)
    for one, other in combinations(ours, 2):
        first, second = _place(other, theirs), _place(one, theirs)
        if first is None or second is None or one.lower == other.lower:
            continue
        between, there = _between(sentence, one, other), _between(source, first, second)
        if first.start < second.start and between and between == there:
            return f"{one.text} and {other.text} have changed places"
    return ""


def _facts(text: str, common: Set[str]) -> list[Word]:
    starts = {number.start for number in numbers_of(text)}
    names = {name.start for name in names_of(text, common)}
    return [word for word in words_of(text) if word.start in starts or word.start in names]


def _place(fact: Word, facts: Sequence[Word]) -> Word | None:
    found = [other for other in facts if other.lower == fact.lower]
    return found[0] if len(found) == 1 else None


_SYMMETRIC = frozenset(("and", "or"))


def _between(text: str, one: Word, other: Word) -> tuple[str, ...]:
    """Return the words between two facts that say how they belong together; none where nothing does."""
    names = [word for word in words_of(text) if one.stop <= word.start and word.stop <= other.start]
    said = tuple(
        word.stem or word.lower for word in names if word.lower not in ("the", "a", "an") and not word.text[0].isupper()
    )
    return () if set(said) <= _SYMMETRIC else said
