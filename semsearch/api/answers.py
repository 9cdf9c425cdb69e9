"""Answers over an index: extractive ones, and generated ones that are checked sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple, Unpack

from semsearch.api.arguments import checked
from semsearch.api.keywords import AnswerKeywords, FindKeywords, SearchKeywords
from semsearch.api.rerankers import Reranking
from semsearch.api.rewrites import Rewriting
from semsearch.errors import InvalidQuery
from semsearch.settings import DEFAULT_SEQ2SEQ
from semsearch.types.answers import Answer
from semsearch.types.models import CrossEncoder, Generator, Sampling, Seq2Seq
from semsearch.types.search import Mode, Results

if TYPE_CHECKING:
    from semsearch.answer.answerer import Reading
    from semsearch.answer.generate import Event

__all__ = ["Answering"]

RERANKED = 10
"""Documents that the cross-encoder reads before it reads their sentences."""
PASSAGES = 5
"""Passages that a generator is given."""


class Answering(Reranking, Rewriting):
    """What an index answers to a question. Part of `Index`."""

    if TYPE_CHECKING:

        def search(self, *query: Any, **options: Any) -> Results:
            """Find documents: see `Index.search`."""

    @checked()
    def answer(self, question: str, **options: Unpack[AnswerKeywords]) -> Answer:
        """Answer a question from the documents, each sentence with where it stands.

        Without a model the answer is extractive: up to `sentences` (3) of the documents' own sentences. With
        `generator` (an object of that role, or a model's name; `openai:MODEL` is asked at `base_url`) a decoder writes
        it from the best `passages` (5), as `sampling` says; with `seq2seq` (True, a name, an object) an encoder-decoder
        sums those up. What a model writes is checked sentence by sentence: one that no document supports has no
        citations and a `doubt`, and `strict` leaves it out. A cross-encoder reads the hits first, which takes some .1 s
        for each of ten documents on two cores and finds more; `rerank=False` is faster.

        The other options are those of `search`, or `results` are what a search has found already. `Answer.found` is
        False, and there are no sentences, when nothing in the hits answers; a citation's `quote` is the document's
        `text[start:stop]`. Raises InvalidQuery (an empty question, two models), InvalidFilter, ModelUnavailable,
        ModelMismatch, IndexDamaged.
        """
        last: Answer | None = None
        for event in self.answer_stream(question, **options):
            last = event if isinstance(event, Answer) else last
        assert last is not None
        return last

    @checked()
    def answer_stream(
        self,
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
        """Yield what comes of an answer: tokens, finished sentences with their verdict, the answer at the end.

        `generator` is an object of that role or the name of a model (`openai:MODEL` at `base_url`); it is given the
        best `passages`. With `seq2seq` (True, a name, an object of that role) an encoder-decoder sums those up instead.
        `strict` drops sentences that no document supports. `sentences` is how many an extractive answer has. Without
        `rerank` no cross-encoder is used: faster, and it finds less. `results` are those of a search that was made
        already; else `search` are the options of one. Raises what `answer` raises.
        """
        self._check_open()
        if not question.strip():
            raise InvalidQuery("the question is empty; ask something")
        if min(sentences, passages) < 1:
            raise InvalidQuery("an answer needs at least 1 sentence and 1 passage")
        if generator is not None and seq2seq is not False:
            raise InvalidQuery("an answer is written by one model: choose a generator or an encoder-decoder")
        if results is None:
            options: SearchKeywords = {"rerank_top": RERANKED, **search, "rerank": rerank, "reranker": reranker}
            results = self.search(question, **options)
        writer = self._writer_of(generator, base_url, seq2seq) if results.hits else None
        reading = self._read(results, self._reranker(reranker) if rerank and results.hits else None)
        if not reading.answered:
            name = getattr(writer, "name", "extractive")
            events: Iterable[Event] = [Answer(results.query, (), results.hits, False, name)]
        elif writer is None:
            events = [reading.extract(sentences)]
        elif isinstance(writer, _Summarizer):
            events = [reading.checked(writer(reading.texts(passages)), writer.name, passages=passages, strict=strict)]
        else:
            events = reading.generate(writer, sampling or Sampling(), passages=passages, strict=strict)
        for event in events:
            yield replace(event, warnings=(*results.warnings, *event.warnings)) if isinstance(event, Answer) else event

    def _writer_of(
        self, generator: Generator | str | None, base_url: str | None, seq2seq: Seq2Seq | str | bool
    ) -> Generator | _Summarizer | None:
        """Return the model that writes; None for an extractive answer."""
        if generator is not None:
            return self._generator(generator, base_url)
        if seq2seq is False:
            return None
        model = None if seq2seq is True else seq2seq
        name = DEFAULT_SEQ2SEQ if model is None else model if isinstance(model, str) else model.name
        return _Summarizer(name, lambda texts: self.summarize(texts, model=model))

    def _read(self, found: Results, judge: CrossEncoder | None) -> Reading:
        """Bind what was found to the encoders that read it; a search by words alone needs no encoder."""
        from semsearch.answer.answerer import Reading
        from semsearch.corpus.split.passages import embedded_text

        encoder = self._encoder() if found.hits and found.mode is not Mode.LEXICAL else None
        return Reading(found.query, found.hits, encoder, judge, embedded_text)

    def _generator(self, generator: Generator | str, base_url: str | None) -> Generator:
        """Return the generator that was asked for, loaded once for the life of this object."""
        if not isinstance(generator, str):
            return generator
        from semsearch.models.decoder.generate import load_generator

        key = (generator, base_url)
        with self._loading:
            if key not in self._generators:
                self._generators[key] = load_generator(
                    generator, base_url=base_url, offline=self._offline, progress=self._fetch_progress
                )
            return self._generators[key]


class _Summarizer(NamedTuple):
    """An encoder-decoder that sums up what it is given."""

    name: str
    summarize: Callable[[Sequence[str]], str]

    def __call__(self, texts: Sequence[str]) -> str:
        """Return one summary of these texts."""
        return self.summarize(texts)
