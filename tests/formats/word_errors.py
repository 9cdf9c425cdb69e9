"""How much of what was said was heard: the word error rate."""

from __future__ import annotations

import re

__all__ = ["word_error_rate", "words"]

_SPELLINGS = {"neighbour": "neighbor", "colour": "color", "7": "seven", "10": "ten", "okay": "ok"}


def words(text: str) -> list[str]:
    """Return the words of a text, small, without punctuation, in one spelling."""
    found = re.findall(r"[a-z0-9']+", text.lower().replace("-", " "))
    return [_SPELLINGS.get(word, word) for word in found]


def word_error_rate(said: str, heard: str) -> float:
    """Return the smallest number of words replaced, left out or put in, over the number that was said."""
    reference, hypothesis = words(said), words(heard)
    row = list(range(len(hypothesis) + 1))
    for i, word in enumerate(reference, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(hypothesis, 1):
            best = min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
            diagonal, row[j] = row[j], best
    return row[-1] / len(reference)
