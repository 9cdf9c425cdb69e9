"""Literal matching: how much of a query a passage contains as written, which decides when no vector does.

In scripts without spaces, terms overlap or are single characters, so any two texts share many of them; here a stretch
of the query counts only if the passage contains it in one piece.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from semsearch.search.script_names import is_latin
from semsearch.stores.searchable import Searchable

__all__ = ["held_share", "unspaced"]

# Han, Kana and Hangul: without spaces, or with endings that no stemmer removes. Thai, Lao, Burmese and Khmer.
_DENSE = "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U000323af"
_LONG = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
_UNSPACED = f"[{_DENSE}]+|[{_LONG}]+"
_HAN = "[\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
_SYLLABLE = "[\uac00-\ud7af]"
_KANA = "[\u3040-\u30ff]"
_LONGEST_QUERY = 1_000
_LEAST_LETTERS = 3
"""Minimum letters of a word that is neither Latin nor a term: shorter ones are mostly particles."""


def unspaced(text: str) -> bool:
    """Return whether a text has words in a script that is written without spaces."""
    return not text.isascii() and re.search(_UNSPACED, _plain(text)) is not None


def held_share(index: Searchable, query: str, passage: str) -> float:
    """Return the share, 0 to 1, of a query's letters that are in words which a passage contains.

    A word that is a term matches as terms do, any other one at the beginning of a word of the passage. In a script
    without spaces, a stretch counts if it is too long to match by chance, or if it is the whole run.
    """
    query = query[:_LONGEST_QUERY]
    text = _plain(passage)
    wanted = held = 0.0
    for run in re.findall(_UNSPACED, _plain(query)):
        size = 1.0 if _is_long(run) else 2.0  # a character of the others is about two letters
        wanted += size * len(run)
        held += size * _covered(run, text)
    for word, found in _words(index, query, passage, text):
        wanted += len(word)
        held += len(word) * found
    return held / wanted if wanted else 0.0


def _words(index: Searchable, query: str, passage: str, text: str) -> Iterator[tuple[str, bool]]:
    """Yield the space-separated content words of a query, and whether the passage contains them."""
    terms = {_plain(query[a:b]) for a, b in index.marks(query, query)}
    found = {_plain(query[a:b]) for a, b in index.marks(passage, query)}
    bare = "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in re.sub(_UNSPACED, " ", _plain(query)))
    for word in dict.fromkeys(bare.split()):
        latin = all(map(is_latin, word))
        if word in terms or (not latin and len(word) >= _LEAST_LETTERS):
            yield word, word in found or (not latin and f" {word}" in f" {text}")


def _covered(run: str, text: str) -> int:
    """Return how many characters of a run a text contains, in stretches long enough to be significant."""
    if run in text:
        return len(run)
    covered = at = 0
    while at < len(run):
        stop = at
        while stop < len(run) and run[at : stop + 1] in text:
            stop += 1
        if _is_significant(run[at:stop]):
            covered += stop - at
            at = stop
        else:
            at += 1
    return min(covered, len(run) - 1)  # parts of it, but not the whole run


def _is_significant(stretch: str) -> bool:
    if len(stretch) < 2 or _is_long(stretch):
        return len(stretch) >= 4
    characters = len(re.findall(_HAN, stretch)) + len(re.findall(_SYLLABLE, stretch))
    return characters >= 2 or len(re.findall(_KANA, stretch)) >= 3


def _is_long(run: str) -> bool:
    return re.match(f"[{_LONG}]", run) is not None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
