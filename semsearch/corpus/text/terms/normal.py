"""The one form in which words are compared: Unicode NFKC, without the characters that nobody sees."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

__all__ = ["composed", "marks_in", "normal", "word_pattern"]

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
"""Soft hyphens, zero-width spaces and joiners, direction marks, variation selectors: they split no word."""
_UNSEEN_OR_SIGN = re.compile(f"([{_UNSEEN}]+)|[\u2120\u2122]")
"""The signs ™ and ℠ would become letters at the end of the word before them."""


def normal(text: str) -> str:
    """Return the form in which words are compared (UAX #15, NFKC); its offsets are not those of the text."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFKC", _UNSEEN_OR_SIGN.sub(lambda match: "" if match[1] else " ", text))


def composed(text: str) -> str:
    """Return NFC: the form in which names, ids and metadata are looked up."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def marks_in(text: str) -> str:
    """Return the distinct combining marks of a text, sorted: what Python counts as no part of a word."""
    return "".join(sorted(c for c in set(text) if c >= "\u0300" and _is_mark(c)))


@cache
def _is_mark(character: str) -> bool:
    return unicodedata.category(character)[0] == "M"


@lru_cache(maxsize=1_024)
def word_pattern(marks: str) -> re.Pattern[str]:
    """Return what finds the words of a text with these combining marks, each with its marks and unseen characters."""
    return re.compile(rf"[^\W_](?:[^\W_]|[{_UNSEEN}{re.escape(marks)}])*")
