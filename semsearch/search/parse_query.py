"""Parse a query: its text, and the exact phrases that a hit must contain."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Query", "parse"]

# A quote opens only at the beginning of a word and closes only at the end of one, so that 5" and 7" stay inches.
_PHRASE = re.compile(r'(?<!\w)(?:"([^"]*+)"|“([^“”]*+)”)(?!\w)')
_WORD = re.compile(r"\w")
_WORDS = re.compile(r"\w+")
_FEWEST, _FEWEST_LINES = 8, 4
"""Minimum unquoted words of a pasted text; fewer suffice if it has several lines."""
_MOST_QUOTED = 3
"""Quoted words are at most a third of a pasted text, or half if it has several lines."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Query(NamedTuple):
    """A parsed query. `text` is the whole text without the quotes of phrases, for the encoder and BM25."""

    text: str
    phrases: tuple[str, ...] = ()
    pasted: bool = False
    """Whether the phrases are only quotes in a longer pasted text, such as a traceback, and not required."""


def parse(text: str) -> Query:
    """Extract the exact phrases (in "double" or “typographic” quotes) from a text. Any text is valid.

    An unpaired quote, one inside a word, and quotes around nothing are plain text.
    """
    text = _SURROGATE.sub("\ufffd", text).replace("\0", " ")
    phrases: list[str] = []

    def unquote(match: re.Match[str]) -> str:
        phrase = (match[1] or match[2] or "").strip()
        if not _WORD.search(phrase):
            return match[0]
        phrases.append(phrase)
        return phrase

    plain = _PHRASE.sub(unquote, text).strip()
    return Query(plain, tuple(dict.fromkeys(phrases)), _is_pasted(plain, phrases))


def _is_pasted(text: str, phrases: list[str]) -> bool:
    """Return whether a text with phrases is longer than a typed query would be, so probably pasted."""
    if not phrases:
        return False
    words, quoted = len(_WORDS.findall(text)), len(_WORDS.findall(" ".join(phrases)))
    if "\n" in text:
        return 2 * quoted <= words and words - quoted >= _FEWEST_LINES
    return _MOST_QUOTED * quoted <= words and words - quoted >= _FEWEST
