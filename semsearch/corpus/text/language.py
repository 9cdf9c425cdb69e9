"""Detect the language of a text: by its script, by its most common words, or else by a trained classifier.

The classifier takes most of a second to load, so it is used only for longer texts that script and words leave open:
an English corpus never loads it, and neither does a query of usual length.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

from semsearch.corpus.text.function_words import FUNCTION_WORDS

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

__all__ = ["detect", "language_by_words"]

SAMPLE = 1500
"""Characters examined, from three places of a longer text."""
ENOUGH_LETTERS = 200
"""A text with fewer letters is not passed to the classifier, which is unreliable there."""
SURE = 0.8
"""The lowest probability at which the classifier is trusted."""
_WORD = re.compile(r"\b[^\W\d_]+\b")
_ASCII_WORD = re.compile(r"\b[a-z]+\b", re.ASCII)
"""The same for ASCII text in lower case, in half the time."""
_BEYOND_LATIN = re.compile("[\u0370-\u1fff\u2e80-\ud7ff\uf900-\ufaff\uff66-\uffdc\U00020000-\U0002fa1f]+")
_SCRIPTS = (
    # (language, ranges of its script); kana before Han, which Japanese uses as well
    ("ja", "\u3040-\u30ff\uff66-\uff9f"),
    ("ko", "\uac00-\ud7af\u1100-\u11ff\u3130-\u318f"),
    ("zh", "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002fa1f"),
    ("th", "\u0e00-\u0e7f"),
    ("lo", "\u0e80-\u0eff"),
    ("km", "\u1780-\u17ff"),
    ("my", "\u1000-\u109f"),
    ("el", "\u0370-\u03ff\u1f00-\u1fff"),
    ("hy", "\u0530-\u058f"),
    ("ka", "\u10a0-\u10ff"),
    ("am", "\u1200-\u137f"),
    ("bn", "\u0980-\u09ff"),
    ("pa", "\u0a00-\u0a7f"),
    ("gu", "\u0a80-\u0aff"),
    ("ta", "\u0b80-\u0bff"),
    ("te", "\u0c00-\u0c7f"),
    ("kn", "\u0c80-\u0cff"),
    ("ml", "\u0d00-\u0d7f"),
    ("si", "\u0d80-\u0dff"),
)
_SCRIPT = re.compile("|".join(f"([{ranges}]+)" for _, ranges in _SCRIPTS))
_SHARED = re.compile("([\u0400-\u052f]+)|([\u0590-\u05ff]+)|([\u0600-\u06ff\u0750-\u077f]+)|([\u0900-\u097f]+)")
"""Scripts of several languages: Cyrillic, Hebrew, Arabic, Devanagari; a short text counts as the most common one."""
_COMMONEST = ("ru", "he", "ar", "hi")
_LANGUAGES = (
    "af ar be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk ko lt lv mk mr "
    "ms ne nl nn no pl ps pt ro ru sk sl sq sr sv sw ta te th tl tr tt uk ur uz vi zh zxx"
)
"""The classifier's candidates: languages in which people write files; `zxx` is no language, such as code."""


def detect(text: str) -> str:
    """Return the ISO 639-1 code of a text's language, "" when there is too little evidence."""
    sample = _sample(text)
    plain = sample.isascii()
    words = (_ASCII_WORD if plain else _WORD).findall(sample.lower())
    letters = sum(map(len, words))
    if not letters:
        return ""
    # A cheap check first: a Greek letter in a formula is not evidence of Greek.
    beyond = 0 if plain else sum(map(len, _BEYOND_LATIN.findall(sample)))
    script = _by_script(sample, letters) if beyond > 0.3 * letters else ""
    return script or _by_words(words) or _by_classifier(words, letters)


def language_by_words(text: str) -> str:
    """Return the language that the most common words of a text clearly indicate, else ""."""
    return _by_words(_WORD.findall(text.lower()))


def _sample(text: str) -> str:
    if len(text) <= SAMPLE:
        return text
    third, middle = SAMPLE // 3, len(text) // 2
    return " ".join((text[:third], text[middle : middle + third], text[-third:]))


def _by_script(text: str, letters: int) -> str:
    """Return the language of a script that only it uses, when that script has a good share of the letters."""
    counts: Counter[int] = Counter()
    for match in _SCRIPT.finditer(text):
        counts[(match.lastindex or 1) - 1] += len(match[0])
    kana, han = counts[0], counts[2]
    if kana + han > 0.3 * letters:
        return "ja" if kana > 0.05 * (kana + han) else "zh"
    if counts and (best := counts.most_common(1)[0])[1] > 0.3 * letters:
        return _SCRIPTS[best[0]][0]
    return ""


def _by_words(words: list[str]) -> str:
    """Return the language whose function words a text uses, if clear; a word of several languages weighs less."""
    times: defaultdict[str, int] = defaultdict(int)
    weight: defaultdict[str, float] = defaultdict(float)
    for word, number in Counter(filter(FUNCTION_WORDS.__contains__, words)).items():
        languages = FUNCTION_WORDS[word]
        for language in languages:
            times[language] += number
            weight[language] += number / len(languages)
    if not weight:
        return ""
    second, most = sorted([0.0, *weight.values()])[-2:]
    best = max(weight, key=lambda language: weight[language])
    return best if times[best] >= 3 and times[best] >= 0.15 * len(words) and most >= 1.6 * second else ""


def _by_classifier(words: list[str], letters: int) -> str:
    text = " ".join(words)
    if letters < ENOUGH_LETTERS:
        runs = _SHARED.findall(text)
        sizes = [sum(map(len, column)) for column in zip(*runs, strict=True)] if runs else [0]
        return _COMMONEST[sizes.index(max(sizes))] if max(sizes) > 0.5 * letters else ""
    language, probability = _classifier().classify(text)
    return str(language) if probability >= SURE and language != "zxx" else ""


@cache
def _classifier() -> LanguageIdentifier:
    from py3langid.langid import LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)
    identifier.set_languages(_LANGUAGES.split())
    return identifier
