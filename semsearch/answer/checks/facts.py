"""Check that a sentence and its source agree on facts: numbers, names, dates and negations.

A cross-encoder scores topic, not truth: to it, `in 1994` and `in 1996` are about the same. So facts are compared one by
one.
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
    """Return how a sentence contradicts its source, in a few words; empty if they agree.

    `around` is what the source's pronouns may refer to: title, headings and the sentence before. `common` are words
    that the hits write in lower case, so they are not names (`common_words`).
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
    return contradiction(sentence, source) or _swapped_facts(sentence, source, common)


def common_words(texts: Sequence[str]) -> frozenset[str]:
    """Return the words that occur in lower case in these texts."""
    return frozenset(word.lower for text in texts for word in words_of(text) if word.text[0].islower())


def _swapped_facts(sentence: str, source: str, common: Set[str]) -> str:
    """Return a message if two facts of a sentence are swapped around the same words of its source, else "".

    `Denver beat Carolina` and `Carolina beat Denver`; a passive (`was beaten by`) may swap them.
    """
    ours, theirs = _facts(sentence, common), _facts(source, common)
    for one, other in combinations(ours, 2):
        first, second = _place(other, theirs), _place(one, theirs)
        if first is None or second is None or one.lower == other.lower:
            continue
        ours_between, their_between = _between(sentence, one, other), _between(source, first, second)
        if first.start < second.start and ours_between and ours_between == their_between:
            return f"{one.text} and {other.text} are swapped"
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
    """Return the words between two facts that relate them; empty if there are none."""
    words = [word for word in words_of(text) if one.stop <= word.start and word.stop <= other.start]
    relation = tuple(
        word.stem or word.lower for word in words if word.lower not in ("the", "a", "an") and not word.text[0].isupper()
    )
    return () if set(relation) <= _SYMMETRIC else relation
