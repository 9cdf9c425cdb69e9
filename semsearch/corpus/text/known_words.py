"""Whether a word is one of a language: from dictionaries that are read when the first word is asked for (.2 s each)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker

__all__ = ["is_known"]


def is_known(word: str, languages: Iterable[str]) -> bool:
    """Whether one of the languages (ISO 639-1) has a word, in lower case.

    Of a language without a dictionary every word is taken to be one: nothing tells a misspelled one.
    """
    return any((dictionary := _dictionary(one)) is None or word in dictionary for one in languages)


@cache
def _dictionary(language: str) -> SpellChecker | None:
    from spellchecker import SpellChecker

    return SpellChecker(language=language, distance=1) if language in SpellChecker.languages() else None
