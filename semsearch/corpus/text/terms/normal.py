"""Normalize words for comparison: Unicode NFKC, without invisible characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

__all__ = ["composed", "marks_in", "normal", "word_pattern"]

_INVISIBLE = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
"""Soft hyphens, zero-width spaces and joiners, direction marks, variation selectors: they do not split words."""
_INVISIBLE_OR_SIGN = re.compile(f"([{_INVISIBLE}]+)|[\u2120\u2122]")
"""NFKC would turn the signs ™ and ℠ into letters of the word before them."""


def normal(text: str) -> str:
    """Return the form in which words are compared (UAX #15, NFKC); offsets differ from those of the text."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _INVISIBLE_OR_SIGN.sub(lambda match: "" if match[1] else " ", text))


def composed(text: str) -> str:
    """Return NFC: the form in which names, ids and metadata are looked up."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def marks_in(text: str) -> str:
    """Return the distinct combining marks of a text, sorted; Python does not count them as parts of words."""
    return "".join(sorted(c for c in set(text) if c >= "\u0300" and _is_mark(c)))


@cache
def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=1_024)
def word_pattern(marks: str) -> re.Pattern[str]:
    """Return a pattern for the words of a text with these combining marks, which includes invisible characters."""
    return re.compile(rf"[^\W_](?:[^\W_]|[{_INVISIBLE}{re.escape(marks)}])*")
