"""Estimate how much of an extracted text is real text: meaningful characters, words typical of their script.

PDF files store glyphs and may lack the mapping to characters; the extracted text then consists of meaningless codes,
which would only add noise to a search.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

__all__ = ["GARBLED", "text_quality"]

GARBLED = 0.45
"""Texts of lower quality are garbled. Prose of 25 languages has .9 and more, Welsh .6, DNA .16, codes .1."""
_SAMPLE = 400
"""Characters examined in each of two places."""
_ENOUGH = 60
"""Letters of a script needed to judge its words."""
_USUAL = 0.28
"""Share of the most common letter pairs in clearly real text."""
_VOWELS = 0.28
"""Share of vowels among the letters of such text."""
_COMMON = (
    "th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic "
    "ne ea ra ce li ch ll be ma si om ur el la ta na ie ei ge ni un ia ad da di lo os us ka ki"
)
_PAIRS = frozenset(_COMMON.split())
_MEANINGLESS = re.compile(
    "[\0-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ue000-\uf8ff\ufdd0-\ufdef\ufff0-\ufffb\ufffd-\uffff\U000e0000-\U0010ffff]"
)
_MOJIBAKE = re.compile("[ÂÃÐÑâ][\x80-\x9f\xa0-\xbf€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œž]")
"""UTF-8 decoded as an 8-bit encoding."""
_REPEATED = re.compile(r"(\S)\1{3,}")
_LATIN = re.compile("[a-zß-öø-ɏḀ-ỿ]{2,}")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_BEYOND_LATIN = re.compile("[^\\0-\u036f\u1e00-\u1eff\u2000-\u2bff]+")
_FAMILIES = re.compile(
    "([\u0370-\u03ff\u1f00-\u1fff])|([\u0400-\u052f])|([\u0530-\u058f\u10a0-\u10ff])|([\u0590-\u05ff])|"
    "([\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefe])|([\u0900-\u0dff])|"
    "([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff])|([\u1100-\u11ff\u3130-\u318f\uac00-\ud7af])|"
    "([\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])|([\u1200-\u137f])|([^\\W\\d_a-zA-Zª-ɏḀ-ỿ])"
)
"""Scripts that occur together in one text; letters of all others form one family, which never counts."""


def text_quality(text: str) -> float | None:
    """Return the quality of a text from 0 to 1; None when it is too short to judge, or has hardly any letters.

    It is the share of meaningful characters (no control characters, none of private use, no mojibake), times how
    typical its letters are of words in their script: in Latin script by the share of letter pairs that are common in
    European languages and the share of vowels, otherwise by how few scripts there are. A sample from two places is
    examined.
    """
    sample = text if len(text) <= 2 * _SAMPLE else text[:_SAMPLE] + text[len(text) // 2 :][:_SAMPLE]
    seen = len("".join(sample.split()))
    odd = len(_MEANINGLESS.findall(sample))
    broken = 2 * len(_MOJIBAKE.findall(sample)) if not sample.isascii() else 0
    words = _words(sample)
    if words is None:
        if odd * 2 > seen:
            return 0.0 if seen >= _ENOUGH // 2 else None
        return None if not _only_signs(sample) else 0.0
    return (1 - odd / max(1, seen)) * max(0.0, 1 - 4 * broken / max(1, seen)) * words


def _words(sample: str) -> float | None:
    """Return how typical the letters of a text are of words, None with too few letters."""
    runs = _LATIN.findall(sample.lower())
    latin = sum(map(len, runs))
    others: Counter[int] = Counter()
    if not sample.isascii():
        others.update(match.lastindex or 0 for match in _FAMILIES.finditer("".join(_BEYOND_LATIN.findall(sample))))
    other = others.total()
    if latin + other < _ENOUGH:
        return None
    score = 0.0
    if other:
        counted = sorted((number for family, number in others.items() if family != 11), reverse=True)[:2]
        score += sum(counted)
    if latin >= _ENOUGH or latin > other:
        score += latin * _latin(runs)
    else:
        score += latin
    return score / (latin + other)


def _latin(runs: list[str]) -> float:
    """Return how common the letter pairs in these runs are, and the vowels; 1 for clearly real text."""
    text = " ".join(runs)
    if not text.isascii():
        text = _ACCENTS.sub("", unicodedata.normalize("NFD", text))
    pairs = [pair for pair in map(str.__add__, text, text[1:]) if " " not in pair]
    common = sum(map(_PAIRS.__contains__, pairs))
    vowels = sum(map(text.count, "aeiouyæøœıə"))
    return min(1.0, common / max(1, len(pairs)) / _USUAL) * min(1.0, vowels / sum(map(len, runs)) / _VOWELS)


def _only_signs(sample: str) -> bool:
    """Return whether a text has many different signs, and hardly any letters or digits."""
    signs = "".join(_REPEATED.sub("", sample).split())
    plain = sum(map(str.isalnum, signs))
    return len(signs) >= _ENOUGH and plain < 0.2 * len(signs) and len(set(signs)) >= 10
