"""What a user's text asks for: the words to look for, and the exact phrases a hit must contain."""

from __future__ import annotations

import re
from typing import NamedTuple

__all__ = ["Query", "parse"]

# A quote opens only where a word may begin and closes only where one may end, so that 5" and 7" stay inches.
_PHRASE = re.compile(r'(?<!\w)(?:"([^"]*+)"|“([^“”]*+)”)(?!\w)')
_WORD = re.compile(r"\w")
_WORDS = re.compile(r"\w+")
_FEWEST, _FEWEST_LINES = 8, 4
"""Words beside the quoted ones from which a text is a pasted one; fewer are enough where it has several lines."""
_MOST_QUOTED = 3
"""The quoted words of a pasted text are at most a third of it, of one with several lines half."""
_SURROGATE = re.compile(r"[\ud800-\udfff]")


class Query(NamedTuple):
    """A parsed query. `text` is all of it without the quotes of phrases: what is encoded and what BM25 gets."""

    text: str
    phrases: tuple[str, ...] = ()
    pasted: bool = False
    """Whether the phrases are a small part of a longer text, such as a traceback: quoted there, not asked for."""


def parse(text: str) -> Query:
    """Take the exact phrases (in "double" or “typographic” quotes) out of a text. Any text is valid.

    A quote without its partner, one inside a word, and quotes around nothing are plain text.
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
    """Whether a text with these phrases in it is longer than a person types around what must stand there exactly."""
    if not phrases:
        return False
    words, quoted = len(_WORDS.findall(text)), len(_WORDS.findall(" ".join(phrases)))
    if "\n" in text:
        return 2 * quoted <= words and words - quoted >= _FEWEST_LINES
    return _MOST_QUOTED * quoted <= words and words - quoted >= _FEWEST
