"""Query words that do not occur in the index, and spelling corrections for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from semsearch.search.literal_match import unspaced
from semsearch.search.script_names import IDEOGRAPHIC, is_latin, script_of
from semsearch.stores.searchable import Searchable

__all__ = ["Known", "absent_words", "corrections", "quoted", "replaced"]

Known = Callable[[str], bool]
"""Returns whether a lower-case word exists in a language, in the index or not."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_TOKEN = re.compile(r"\S+")
# A token with one of these is a path, an address, an option, a number or an identifier.
_JOINED = frozenset("_./\\:@#$%&*=<>~^|+0123456789")
_LEAST, _LEAST_TWICE = 5, 8
"""Minimum letters of a word for correcting one letter, or two."""
_LONGEST_WORD = 30
_LONGEST_QUERY = 300
"""Maximum characters of a query that counts as typed."""
_MOST_LOOKED_UP = 200
_SHOWN = 60


def absent_words(index: Searchable, text: str, phrases: Sequence[str] = ()) -> tuple[str, ...]:
    """Return what does not occur in the index: phrases in quotes, and words other than stop words."""
    missing = [p for p in phrases if (keep := index.select((), (), (p,))) is not None and not len(keep)]
    inside = {word.casefold() for phrase in missing for word in _WORD.findall(phrase)}
    found = list(dict.fromkeys(_WORD.findall(text)))[:_MOST_LOOKED_UP]
    words = [word for word in found if word.casefold() not in inside]
    spaced = [word for word in words if not unspaced(word)]
    nowhere = {word for word, count in zip(spaced, index.occurrences(spaced), strict=True) if count == 0}
    for word in words:
        if word not in spaced and (keep := index.select((), (), (word,))) is not None and not len(keep):
            nowhere.add(word)
    return (*(f'"{quoted(p)}"' for p in missing), *(quoted(word) for word in words if word in nowhere))


def quoted(text: str) -> str:
    """Return a text on one line, shortened for a message."""
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[: _SHOWN - 1].rstrip() + "…"


def corrections(index: Searchable, text: str, phrases: Sequence[str], known: Known) -> dict[str, str]:
    """Return for each misspelled word of a query the indexed word closest in spelling.

    A word counts as misspelled if it does not occur in the index, is not `known`, and is not part of a phrase, an
    identifier, a number or an abbreviation. One letter may be wrong in a word of five to seven letters or a capitalized
    one, two in longer ones; the first must be right, or swapped with the second. A text too long to have been typed is
    not corrected.
    """
    if len(text) > _LONGEST_QUERY:
        return {}
    quoted_words = {word for phrase in phrases for word in _WORD.findall(phrase)}
    words = [word for word in dict.fromkeys(_typed(text)) if word not in quoted_words]
    absent = [word for word, count in zip(words, index.occurrences(words), strict=True) if count == 0]
    found = {word: _closest(index, word) for word in absent}
    return {word: closest for word, closest in found.items() if closest and not known(word.lower())}


def replaced(text: str, corrected: dict[str, str]) -> str:
    """Return a query with its misspelled words replaced."""
    return _WORD.sub(lambda match: corrected.get(match[0], match[0]), text)


def _typed(text: str) -> list[str]:
    """Return the words of a text that may be misspelled."""
    found = []
    for token in _TOKEN.findall(text):
        bare = token.strip("()[]{}<>\"'“”‘’«»,;!?…").rstrip(".:")
        if bare.startswith("-") or not _JOINED.isdisjoint(bare):
            continue
        found += [
            word
            for word in _WORD.findall(bare)
            if _LEAST <= len(word) <= _LONGEST_WORD and word.isalpha() and _cased(word) and _in_letters(word)
        ]
    return found


def _cased(word: str) -> bool:
    return word.islower() or word.istitle()


def _in_letters(word: str) -> bool:
    """Return whether a word is in a single alphabet of a script with spaces between words."""
    scripts = {"" if is_latin(c) else script_of(c) for c in word}
    return len(scripts) == 1 and scripts.isdisjoint(IDEOGRAPHIC) and not unspaced(word)


def _closest(index: Searchable, word: str) -> str:
    twice = len(word) >= _LEAST_TWICE and word.islower()
    word = word.lower()
    for distance in (1, 2) if twice else (1,):
        for _, candidate in index.alike(word, distance):
            if len(candidate) >= _LEAST - 1 and (candidate[0] == word[0] or candidate[:2] == word[1::-1]):
                return candidate
    return ""
