"""What a user's text asks for: the words to look for, and the exact phrases a hit must contain."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Query", "parse"]

# A quote opens only where a word may begin and closes only where one may end, so that 5" and 7" stay inches.
_PHRASE = re.compile(r'(?<!\w)(?:"([^"]*+)"|“([^“”]*+)”)(?!\w)')
_WORD = re.compile(r"\w")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query. `text` is all of it without the quotes of phrases: what is encoded and what BM25 gets."""

    text: str
    phrases: tuple[str, ...] = ()


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

    return Query(_PHRASE.sub(unquote, text).strip(), tuple(dict.fromkeys(phrases)))
