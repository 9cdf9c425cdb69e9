"""Check the names of a sentence (capitalised words, acronyms, identifiers) against its source."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from semsearch.answer.text.lexicon import NUMBER_WORDS, OPENERS, PRONOUNS
from semsearch.answer.text.words import Word, words_of

__all__ = ["displaced_name", "is_name", "names_of", "unknown_name"]

_INNER_CAPITAL = re.compile(r"[^\W\d_][^\W_]*[A-Z]|[A-Z]{2}")
_LETTERS_AND_DIGITS = re.compile(r"(?=.*\d)(?=.*[^\W\d_])")
_COUNT = re.compile(r"\d+(?:st|nd|rd|th|s|[a-zA-Z]{1,3})")
_ENDINGS = ("", "n", "s", "an", "ian", "ic", "ese", "ish", "i", "es")
"""Suffixes of adjectives and plurals of a name: Austria and Austrian match, Austria and Australia do not."""


def names_of(text: str, common: Set[str] = frozenset()) -> tuple[Word, ...]:
    """Return the names in a sentence; `common` are lower-case words that are not names.

    The first word of a sentence is always capitalised: it is a name if the next word is one, if it looks like one (an
    acronym, an inner capital, a digit), or if `common` has words but not this one and it is no usual opener.
    """
    words = words_of(text)
    return tuple(word for at, word in enumerate(words) if is_name(text, words, at, common))


def is_name(text: str, words: Sequence[Word], at: int, common: Set[str]) -> bool:
    """Return whether the word at a position is a name."""
    word = words[at]
    if _LETTERS_AND_DIGITS.match(word.text):
        return not _COUNT.fullmatch(word.text)
    if word.lower in NUMBER_WORDS or "'" in word.lower or not word.text[0].isupper() or word.lower in PRONOUNS:
        return False
    if _INNER_CAPITAL.search(word.text):
        return True
    if not word.stem:
        return False
    if not _begins(text, words, at):
        return True
    if word.lower in OPENERS or word.lower in common:
        return False
    follows = at + 1 < len(words) and words[at + 1].clause == word.clause
    if follows and words[at + 1].text[0].isupper() and words[at + 1].stem:
        return True
    return bool(common)


def _begins(text: str, words: Sequence[Word], at: int) -> bool:
    """Return whether the word is first in its sentence, or follows a colon or an opening quotation mark."""
    if at == 0:
        return True
    between = text[words[at - 1].stop : words[at].start]
    return any(mark in between for mark in '.!?:"“„«')


def unknown_name(sentence: str, source: str, around: str, common: Set[str]) -> str:
    """Return the first name of a sentence that is not in its source, or "".

    `around` (title, headings, sentences before the source) may name what the source calls `he`, `it` or `the city`.
    """
    theirs = {form for word in words_of(source) for form in _forms(word)}
    near = {form for word in words_of(around) for form in _forms(word)}
    missing = [w for w in names_of(sentence, common) if not _forms(w) & theirs and not _related(w, theirs)]
    if not missing:
        return ""
    ours = {form for word in words_of(sentence) for form in _forms(word)}
    replaced = [w for w in names_of(source, common) if not _forms(w) & ours]
    for name in missing:
        if not _forms(name) & near or (replaced and not _refers(source)) or _takes_the_place(name, sentence, source):
            return name.text
    return ""


def _forms(word: Word) -> set[str]:
    return {word.lower, word.stem} if word.stem else {word.lower}


def _related(word: Word, others: Set[str]) -> bool:
    forms = [
        word.lower.removesuffix(end) for end in _ENDINGS if word.lower.endswith(end) and len(word.lower) - len(end) > 3
    ]
    return any(form + end in others for form in forms for end in _ENDINGS)


def _refers(source: str) -> bool:
    return any(word.lower in PRONOUNS for word in words_of(source))


def displaced_name(sentence: str, source: str, common: Set[str]) -> str:
    """Return the first name of a sentence in whose place its source has another one, or ""."""
    for name in names_of(sentence, common):
        if _takes_the_place(name, sentence, source):
            return name.text
    return ""


def _takes_the_place(name: Word, sentence: str, source: str) -> bool:
    """Return whether the words around a name surround another name in the source, and not this one."""
    words, theirs = words_of(sentence), words_of(source)
    left, right = _sides(words, words.index(name))
    if not (left and right and any(word.stem for word in words if word.lower in (left, right))):
        return False  # `the ... .` may surround anything
    elsewhere = False
    for at, word in enumerate(theirs):
        sides = _sides(theirs, at)
        if word.lower == name.lower and (sides[0] == left or sides[1] == right):
            return False
        other = word.text[0].isupper() and word.stem and word.lower not in PRONOUNS
        elsewhere |= bool(other) and word.lower != name.lower and sides == (left, right)
    return elsewhere


def _sides(words: Sequence[Word], at: int) -> tuple[str, str]:
    """Return the words before and after a name of one or more capitalised words; empty at the ends of the text."""
    first = last = at
    while first > 0 and words[first - 1].text[0].isupper():
        first -= 1
    while last + 1 < len(words) and words[last + 1].text[0].isupper():
        last += 1
    return (words[first - 1].lower if first else "", words[last + 1].lower if last + 1 < len(words) else "")
