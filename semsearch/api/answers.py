"""Answers over an index: extractive ones, and generated ones that are checked sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Literal, Unpack

from semsearch.answer.answerer import Answerer
from semsearch.answer.extract import EXTRACTIVE
from semsearch.api.arguments import options_of
from semsearch.api.rerankers import reranker as reranker_of
from semsearch.api.searching import search_with
from semsearch.corpus.split.passages import embedded_text
from semsearch.errors import InvalidQuery
from semsearch.settings import DEFAULT_SEQ2SEQ
from semsearch.types.answers import Answer
from semsearch.types.models import CrossEncoder, Generator, Sampling, Seq2Seq
from semsearch.types.search import Mode, Results

if TYPE_CHECKING:
    from semsearch.answer.generate import Event
    from semsearch.api.keywords import FindKeywords
    from semsearch.api.open_index import OpenIndex

__all__ = ["answer_stream"]

RERANKED = 10
"""Documents that the cross-encoder reads before it reads their sentences."""
PASSAGES = 5
"""Passages that a generator is given."""


def answer_stream(
    opened: OpenIndex,
    question: str,
    *,
    generator: Generator | str | None = None,
    base_url: str | None = None,
    seq2seq: Seq2Seq | str | bool = False,
    sampling: Sampling | None = None,
    strict: bool = False,
    sentences: int = 3,
    passages: int = PASSAGES,
    rerank: bool = True,
    reranker: CrossEncoder | str | None = None,
    results: Results | None = None,
    **search: Unpack[FindKeywords],
) -> Iterator[Event]:
    """Yield what comes of an answer: see `Index.answer_stream`."""
    opened.check_open()
    if not question.strip():
        raise InvalidQuery("the question is empty; ask something")
    if min(sentences, passages) < 1:
        raise InvalidQuery("an answer needs at least 1 sentence and 1 passage")
    if generator is not None and seq2seq is not False:
        raise InvalidQuery("an answer is written by one model: choose a generator or an encoder-decoder")
    if results is None:
        options = {"rerank_top": RERANKED, **search, "rerank": rerank, "reranker": reranker}
        results = search_with(opened, [question], options_of(options))[0]
    writer = _generator(opened, generator, base_url) if generator is not None and results.hits else None
    summarizer = seq2seq if results.hits else False
    name = writer.name if writer is not None else _name(summarizer) if summarizer is not False else EXTRACTIVE
    answerer = _answerer(opened, results, reranker_of(opened, reranker) if rerank and results.hits else None)
    if not answerer.answered:
        events: Iterable[Event] = [Answer(results.query, (), results.hits, False, name)]
    elif writer is not None:
        events = answerer.generate(writer, sampling or Sampling(), passages=passages, strict=strict)
    elif summarizer is not False:
        from semsearch.api.rewrites import Rewrites

        summary = Rewrites(opened).summarize(answerer.texts(passages), model=None if summarizer is True else summarizer)
        events = [answerer.checked(summary, name, passages=passages, strict=strict)]
    else:
        events = [answerer.extract(sentences)]
    for event in events:
        yield replace(event, warnings=(*results.warnings, *event.warnings)) if isinstance(event, Answer) else event


def _name(seq2seq: Seq2Seq | str | Literal[True]) -> str:
    return DEFAULT_SEQ2SEQ if seq2seq is True else seq2seq if isinstance(seq2seq, str) else seq2seq.name


def _answerer(opened: OpenIndex, found: Results, judge: CrossEncoder | None) -> Answerer:
    """Bind what was found to the encoders that read it; a search by words alone needs no encoder."""
    encoder = opened.encoder() if found.hits and found.mode is not Mode.LEXICAL else None
    return Answerer(found.query, found.hits, encoder, judge, embedded_text)


def _generator(opened: OpenIndex, generator: Generator | str, base_url: str | None) -> Generator:
    """Return the generator that was asked for, loaded once for the life of this object."""
    if not isinstance(generator, str):
        return generator
    from semsearch.models.decoder.generate import load_generator

    load = partial(load_generator, generator, base_url=base_url, offline=opened.offline, progress=opened.fetch_progress)
    model: Generator = opened.loaded(("generator", generator, base_url), load)
    return model
