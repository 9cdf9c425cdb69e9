"""Turn text into terms: words, lower case, stop words and stems by language; scripts without spaces as pairs.

A text's terms are its words in NFKC, the parts of words in mixed case, and pairs of characters of scripts without
spaces. A document has additional terms for variant spellings in queries: single characters, `~` and a word without
its accents, `=` and a name as it is spelled. `asked_words` selects those that a query looks for.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from semsearch.corpus.text.terms.folding import FOLDABLE, folded
from semsearch.corpus.text.terms.identifiers import compounds, humps
from semsearch.corpus.text.terms.normal import marks_in, normal, word_pattern
from semsearch.corpus.text.terms.scripts import is_kana, lone_words, pairs, run_pattern, unit_spans, units

if TYPE_CHECKING:
    from collections.abc import Iterable

    import tantivy

__all__ = [
    "ANALYSIS",
    "OTHER_WAYS",
    "STEMMERS",
    "AnalyzedWord",
    "QueryTerms",
    "analyze",
    "asked_words",
    "findable_terms",
    "folded_terms",
    "index_terms",
    "phrase_terms",
    "term_language",
    "word_set",
    "word_spans",
    "word_terms",
    "words",
]

ANALYSIS = 2
"""Version of the analysis, stored with an index: 1 is that of the formats 1 and 2, see `_first_analysis`."""
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
_WORD = re.compile(r"[^\W_]+")
_LONGEST = 64
"""Bytes of the longest term; anything longer is data, not a word."""
_FOLDED, _SPELLED = "~", "="
OTHER_WAYS = (_FOLDED, _SPELLED)
"""Prefixes of the terms for variant spellings."""


class AnalyzedWord(NamedTuple):
    """A word of a query. `term` is the word as written; the others match its variant spellings."""

    term: str
    accented: tuple[str, ...] = ()
    """Terms of the same word with other accents."""
    bare: tuple[str, ...] = ()
    """Terms of the same word without its accents."""
    parts: tuple[str, ...] = ()
    """Terms of its parts, for a word in mixed case."""


class QueryTerms(NamedTuple):
    """The terms of a query: its words with their frequencies, and terms that only raise a score."""

    words: dict[AnalyzedWord, int]
    spelled: tuple[str, ...] = ()
    """Names as spelled in the query, and words of one character inside a run."""

    def terms(self) -> set[str]:
        """Return all terms of the query."""
        terms = {t for word in self.words for t in (word.term, *word.accented, *word.bare, *word.parts)}
        return terms.union(self.spelled)


def term_language(language: str) -> str:
    """Return the language whose stemmer is used for a document; English for a language without one."""
    return language if language in STEMMERS else "en"


@cache
def _analyzer(language: str, *, cut: bool = False) -> tantivy.TextAnalyzer:
    """Return the engine's analyzer; with `cut`, one for a text whose words are already separated by spaces."""
    import tantivy

    name = STEMMERS[language]
    builder = (
        tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace() if cut else tantivy.Tokenizer.simple())
        .filter(tantivy.Filter.remove_long(_LONGEST))
        .filter(tantivy.Filter.lowercase())
    )
    if language == "en":
        builder = builder.filter(tantivy.Filter.custom_stopword(_ENGLISH.split()))
    elif name in _STOPWORDS:
        builder = builder.filter(tantivy.Filter.stopword(name))
    return builder.filter(tantivy.Filter.stemmer(name)).build()


def _plain(text: str, language: str) -> list[str]:
    """Return the terms of a normalized text, without the parts of its words."""
    if text.isascii():
        terms: list[str] = _analyzer(language).analyze(text)
        return terms
    text = text.encode("utf-8", "replace").decode("utf-8")
    text = run_pattern().sub(lambda run: f" {' '.join(pairs(units(run.group())))} ", text)
    marks = marks_in(text)
    if marks:  # the engine would split words at most of them
        text = " ".join(word_pattern(marks).findall(text))
    terms = _analyzer(language, cut=bool(marks)).analyze(text)
    return terms


def _parts(text: str, language: str) -> list[str]:
    words = humps(text)
    return _plain(" ".join(" ".join(parts) for parts in words), language) if words else []


def analyze(text: str, language: str) -> list[str]:
    """Return the terms of a text in order, with repetitions; those of parts of words come last."""
    known, text = term_language(language), normal(text)
    return _plain(text, known) + _parts(text, known)


def index_terms(text: str, language: str, version: int = ANALYSIS) -> list[str]:
    """Return the terms for the lexical index; those of languages other than English are prefixed with their language.

    A stem of one language is not a word of another: without the prefix, one Spanish document among 2,000 English ones
    had every query's Spanish stems looked up among English ones, and cost .07 of nDCG@10 (docs/decisions.md).
    """
    known = term_language(language)
    if version == 1:
        return _of_language(_first_analysis(text, known), known)
    text = normal(text)
    terms = _plain(text, known) + _parts(text, known)
    terms += (_SPELLED + name for name in compounds(text))
    if not text.isascii():
        terms += (unit for run in run_pattern().findall(text) for unit in _single_units(run))
        if FOLDABLE.search(text):
            terms += (_FOLDED + term for word in _foldable(text) for term in folded_terms(word, known))
    return _of_language(terms, known)


def _of_language(terms: list[str], language: str) -> list[str]:
    return terms if language == "en" else [f"{language}:{term}" for term in terms]


def _single_units(run: str) -> list[str]:
    """Return the characters of a run that may be words; one that is alone is a term already."""
    characters = units(run)
    return [unit for unit in characters if not is_kana(unit)] if len(characters) > 1 else []


def _foldable(text: str) -> list[str]:
    return [word for word in word_pattern(marks_in(text)).findall(text) if FOLDABLE.search(word)]


@lru_cache(maxsize=65_536)
def folded_terms(word: str, language: str) -> tuple[str, ...]:
    """Return the terms of a word as typed without its accents, except those it has anyway."""
    forms = folded(normal(word), language)
    own = set(word_terms(word, language)) if forms else set()
    if not own:
        return ()  # a function word, which often becomes another word
    return tuple(dict.fromkeys(term for form in forms for term in _plain(form, language) if term not in own))


def asked_words(text: str, language: str, version: int = ANALYSIS) -> QueryTerms:
    """Return the terms of a query in one language, as `index_terms` of this version produces them."""
    known = term_language(language)
    if version == 1:
        return QueryTerms(Counter(AnalyzedWord(term) for term in index_terms(text, known, 1)))
    text = normal(text)
    words_found = Counter(word for token in _tokens(text) for word in _analyzed_words(token, known))
    names = [_SPELLED + name for name in compounds(text)]
    lone = [] if text.isascii() else [c for run in run_pattern().findall(text) if len(run) > 1 for c in lone_words(run)]
    return QueryTerms(words_found, tuple(_of_language(list(dict.fromkeys(names + lone)), known)))


def _tokens(text: str) -> Iterable[str]:
    if text.isascii():
        return _WORD.findall(text)
    return (text[start:stop] for start, stop in words(text, singles=False))


@lru_cache(maxsize=65_536)
def _analyzed_words(token: str, language: str) -> tuple[AnalyzedWord, ...]:
    """Return a word of a query with its variant spellings, in the terms of the index; nothing for a stop word."""
    terms = _plain(token, language)
    if len(terms) != 1:
        return tuple(AnalyzedWord(term) for term in _of_language(terms, language))
    bare = folded_terms(token, language)
    accented = [_FOLDED + term for term in (*terms, *bare) if term.isascii() or not run_pattern().search(term)]
    variants = (accented, bare, dict.fromkeys(_parts(token, language)))
    return (
        AnalyzedWord(_of_language(terms, language)[0], *(tuple(_of_language(list(v), language)) for v in variants)),
    )


@lru_cache(maxsize=65_536)
def word_terms(word: str, language: str) -> tuple[str, ...]:
    """Return the terms of one word."""
    return tuple(analyze(word, language))


@lru_cache(maxsize=65_536)
def findable_terms(word: str, language: str) -> tuple[str, ...]:
    """Return every term that finds a word of a text."""
    return tuple(index_terms(word, language))


def phrase_terms(phrase: str, language: str, version: int = ANALYSIS) -> list[tuple[str, ...]]:
    """Return for each word of a phrase its alternative terms; a text with the phrase has at least one of each."""
    query = asked_words(phrase, language, version)
    return [(word.term, *word.accented) for word in query.words if not is_kana(word.term)]


def word_set(text: str) -> set[str] | None:
    """Return the distinct words of a text; None when words lack boundaries, or contain more than letters and digits."""
    if not text.isascii() and (run_pattern().search(text) or normal(text) != text or marks_in(text)):
        return None
    return set(_WORD.findall(text))


def word_spans(text: str, word: str) -> list[tuple[int, int]]:
    """Return the ranges at which a word of `word_set(text)` occurs as a whole word."""
    spans, at, size = [], text.find(word), len(word)
    while at >= 0:
        stop = at + size
        if not (at and text[at - 1].isalnum()) and not (stop < len(text) and text[stop].isalnum()):
            spans.append((at, stop))
        at = text.find(word, stop)
    return spans


def words(text: str, *, singles: bool = True) -> list[tuple[int, int]]:
    """Return the character ranges of the words of a text, each with the combining marks on its letters.

    A run of a script without spaces becomes its overlapping pairs, and with `singles` its characters too.
    """
    if text.isascii():
        return [match.span() for match in _WORD.finditer(text)]
    spans: list[tuple[int, int]] = []
    for match in word_pattern(marks_in(text)).finditer(text):
        at = last = match.start()
        for run in run_pattern().finditer(match.group()):
            if run.start() + at > last:
                spans.append((last, run.start() + at))
            spans += _run_spans(run.group(), run.start() + at, singles=singles)
            last = run.end() + at
        if last < match.end():
            spans.append((last, match.end()))
    return spans


def _run_spans(run: str, at: int, *, singles: bool) -> list[tuple[int, int]]:
    own = [(at + start, at + stop) for start, stop in unit_spans(run)]
    both = [(a, b) for (a, _), (_, b) in pairwise(own)]
    return sorted(both + own) if singles or not both else both


_FIRST_CJK = "[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+"


def _first_analysis(text: str, language: str) -> list[str]:
    """Return the terms of an index of format 1 or 2, until it is analyzed again."""

    def cut(match: re.Match[str]) -> str:
        run = match.group()
        return f" {' '.join(run[i : i + 2] for i in range(max(1, len(run) - 1)))} "

    if not text.isascii():
        text = re.sub(_FIRST_CJK, cut, text.encode("utf-8", "replace").decode("utf-8"))
    terms: list[str] = _analyzer(language).analyze(text)
    return terms
