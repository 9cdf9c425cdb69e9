"""How text becomes terms: words, lower case, stop words and stems by language; CJK as overlapping pairs."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import tantivy

__all__ = ["STEMMERS", "analyze", "index_terms", "term_language", "word_set", "word_spans", "word_terms", "words"]

STEMMERS = {
    "ar": "arabic", "da": "danish", "nl": "dutch", "en": "english", "fi": "finnish", "fr": "french", "de": "german",
    "el": "greek", "hu": "hungarian", "it": "italian", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "es": "spanish", "sv": "swedish", "ta": "tamil", "tr": "turkish",
}  # fmt: skip
"""ISO 639-1 code -> name of the Snowball stemmer."""

_STOPWORDS = frozenset(
    {"danish", "dutch", "finnish", "french", "german", "hungarian", "italian", "norwegian", "portuguese"}
    | {"russian", "spanish", "swedish"}
)
_ENGLISH = """
a about above after again against all am an and any are as at be because been before being below between both
but by can could did do does doing down during each few for from further had has have having he her here hers
herself him himself his how i if in into is it its itself just me more most my myself no nor not now of off on
once only or other our ours ourselves out over own same she should so some such than that the their theirs
them themselves then there these they this those through to too under until up very was we were what when
where which while who whom why will with would you your yours yourself yourselves
"""
"""Function words and question words: nDCG@10 on SciFact .690, with the engine's 33 words .686 (docs/decisions.md)."""
CJK = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 64
"""Bytes of the longest term; what is longer is data, not a word."""


def term_language(language: str) -> str:
    """Return the language whose stemmer serves a document; English where there is none of its own."""
    return language if language in STEMMERS else "en"


@cache
def _analyzer(language: str) -> tantivy.TextAnalyzer:
    import tantivy

    name = STEMMERS[language]
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST))
        .filter(tantivy.Filter.lowercase())
    )
    if language == "en":
        builder = builder.filter(tantivy.Filter.custom_stopword(_ENGLISH.split()))
    elif name in _STOPWORDS:
        builder = builder.filter(tantivy.Filter.stopword(name))
    return builder.filter(tantivy.Filter.stemmer(name)).build()


def _pairs(match: re.Match[str]) -> str:
    run = match.group()
    if len(run) == 1:
        return f" {run} "
    return " " + " ".join(run[i : i + 2] for i in range(len(run) - 1)) + " "


def analyze(text: str, language: str) -> list[str]:
    """Return the terms of a text in order, repeated as often as they occur."""
    if not text.isascii():
        text = CJK.sub(_pairs, text.encode("utf-8", "replace").decode("utf-8"))
    terms: list[str] = _analyzer(term_language(language)).analyze(text)
    return terms


def index_terms(text: str, language: str) -> list[str]:
    """Return the terms as the lexical index holds them: those of other languages than English carry their language.

    A stem of one language is no word of another: without the mark, one Spanish document among 2,000 English ones had
    every query's Spanish stems looked up among English ones, and cost .07 of nDCG@10 (docs/decisions.md).
    """
    known = term_language(language)
    terms = analyze(text, known)
    return terms if known == "en" else [f"{known}:{term}" for term in terms]


@lru_cache(maxsize=65_536)
def word_terms(word: str, language: str) -> tuple[str, ...]:
    """Return the terms of one word."""
    return tuple(analyze(word, language))


def word_set(text: str) -> set[str] | None:
    """Return the distinct words of a text; None for one with CJK, whose words overlap and have no ends."""
    if not text.isascii() and CJK.search(text):
        return None
    return set(_WORD.findall(text))


def word_spans(text: str, word: str) -> list[tuple[int, int]]:
    """Return where a word of `word_set(text)` stands as a whole word."""
    spans, at, size = [], text.find(word), len(word)
    while at >= 0:
        stop = at + size
        if not (at and text[at - 1].isalnum()) and not (stop < len(text) and text[stop].isalnum()):
            spans.append((at, stop))
        at = text.find(word, stop)
    return spans


def words(text: str) -> list[tuple[int, int]]:
    """Return the character ranges of the words of a text; a run of CJK is given as its overlapping pairs."""
    if text.isascii():
        return [match.span() for match in _WORD.finditer(text)]
    spans: list[tuple[int, int]] = []
    for match in _WORD.finditer(text):
        at = match.start()
        last = at
        for run in CJK.finditer(match.group()):
            if run.start() + at > last:
                spans.append((last, run.start() + at))
            size = run.end() - run.start()
            first = run.start() + at
            spans.extend([(first, first + 1)] if size == 1 else [(first + i, first + i + 2) for i in range(size - 1)])
            last = run.end() + at
        if last < match.end():
            spans.append((last, match.end()))
    return spans
