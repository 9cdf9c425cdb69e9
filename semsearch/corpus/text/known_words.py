"""Look up words in dictionaries of languages, loaded on first use (.2 s each)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spellchecker import SpellChecker

__all__ = ["is_known"]


def is_known(word: str, languages: Iterable[str]) -> bool:
    """Return whether a word, in lower case, is in the dictionary of one of the languages (ISO 639-1).

    For a language without a dictionary every word counts as known.
    """
    return any((dictionary := _dictionary(code)) is None or word in dictionary for code in languages)


@cache
def _dictionary(language: str) -> SpellChecker | None:
    from spellchecker import SpellChecker

    return SpellChecker(language=language, distance=1) if language in SpellChecker.languages() else None
