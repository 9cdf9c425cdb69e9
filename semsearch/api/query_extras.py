"""What a query is shown with beside its hits: an answer, matches, context, translations. All of it is computed here.

Whoever shows it gets events: tokens as a model writes them, and at the end everything at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from semsearch.errors import NotInIndex
from semsearch.types.answers import Answer
from semsearch.types.models import Token

if TYPE_CHECKING:
    from semsearch.api.index import Index
    from semsearch.search.options import SearchOptions
    from semsearch.types.search import Results

__all__ = ["CompletedQuery", "Extras", "complete"]


class Extras(NamedTuple):
    """What is wanted beside the hits."""

    answer: Mapping[str, Any] | None = None
    """Keyword arguments of `Index.answer_stream`; None for no answer."""
    explain: bool = False
    """Whether the words that carry each match are marked."""
    context: int = 0
    """Lines before and after each passage."""
    language: str | None = None
    """The language that answers and passages are translated to."""
    translator: str | None = None
    """Which model translates; None leaves that to the languages."""


class CompletedQuery(NamedTuple):
    """A query with everything that it is shown with; lists have an item a hit, or none where that is not wanted."""

    results: Results
    answer: Answer | None = None
    contexts: Sequence[tuple[str, str]] = ()
    translations: Sequence[str] = ()
    translated_answer: Sequence[str] = ()
    """The sentences of the answer in the other language."""
    lack: str = ""
    """Why no query with these options can have a hit, if so."""

    @property
    def found(self) -> bool:
        """Whether there is what was asked for: an answer where one was wanted, else hits."""
        return bool(self.results.hits) if self.answer is None else self.answer.found


def complete(
    index: Index, results: Results, options: SearchOptions, extras: Extras
) -> Iterator[Token | CompletedQuery]:
    """Yield what a model writes as it comes, then the query with everything that is wanted.

    Raises InvalidQuery, ModelUnavailable and ModelMismatch.
    """
    answer: Answer | None = None
    if extras.answer is not None:
        for event in index.answer_stream(results.query, results=results, **extras.answer):
            if isinstance(event, Token):
                yield event
            answer = event if isinstance(event, Answer) else answer
    lack = "" if results.hits else _lack(index, options)
    if lack:
        results = replace(results, warnings=(*results.warnings, lack))
    if extras.explain:
        results = index.explain(results)
    passages = [hit.passage for hit in results.hits]
    sentences = [sentence.text for sentence in answer.sentences] if answer is not None else []
    yield CompletedQuery(
        results,
        answer,
        [index.context(passage, extras.context) for passage in passages] if extras.context else (),
        _translated(index, [passage.text for passage in passages], extras),
        _translated(index, sentences, extras),
        lack,
    )


def _translated(index: Index, texts: Sequence[str], extras: Extras) -> Sequence[str]:
    return index.rewrites.translate(texts, extras.language, model=extras.translator) if extras.language else ()


def _lack(index: Index, options: SearchOptions) -> str:
    """Return why no query of this kind can have a hit, or nothing."""
    if _has_document(index, filters=options.filters, within=options.within):
        return ""
    if not _has_document(index):
        return "the index is empty; semsearch index PATH fills it"
    return "no document of the index passes --filter and --in"


def _has_document(index: Index, **which: Any) -> bool:
    try:
        return next(index.documents(**which), None) is not None
    except NotInIndex:  # a folder of `within`, which a warning has named
        return False
