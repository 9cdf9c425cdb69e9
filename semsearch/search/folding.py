"""Near copies: the same passage in several files is shown once."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["COSINE", "same_text"]

COSINE = 0.98
"""Two passages of a lower cosine are never near copies (headings are part of what was encoded)."""
_COVERED = 0.8
_NOT_WORD = re.compile(r"[\W_]+")
_DIGIT = re.compile(r"\d")


def same_text(one: str, other: str) -> bool:
    """Whether two passages say the same in the same letters.

    True where the letters and digits of one, in order and without a gap, make up all or at least four fifths of the
    other, and what the other has beyond them holds no digit. White space, case, punctuation, hyphens at line ends and
    ligatures do not count; another word, name or number inside the text always does.
    """
    a, b = sorted((_squeeze(one), _squeeze(other)), key=len)
    if a == b:
        return True
    if not a or len(a) < _COVERED * len(b):
        return False
    before, found, after = b.partition(a)
    return bool(found) and not _DIGIT.search(before + after)


def _squeeze(text: str) -> str:
    return _NOT_WORD.sub("", unicodedata.normalize("NFKC", text).casefold())
