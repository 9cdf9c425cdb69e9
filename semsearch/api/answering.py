"""Answers over an index: extractive ones, and generated ones that are checked sentence by sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from semsearch.api.reranking import Reranking
from semsearch.errors import InvalidQuery
from semsearch.roles import CrossEncoder, Generator, Sampling
from semsearch.types import Answer, Mode, Results

if TYPE_CHECKING:
    from semsearch.answer.generate import Event
    from semsearch.answer.reading import Reading

__all__ = ["Answering"]

PASSAGES = 5
"""Passages that a generator is given."""


class Answering(Reranking):
    """What an index answers to a question. Part of `Index`."""

    if TYPE_CHECKING:

        def search(self, *query: Any, **options: Any) -> Results:
            """Find documents: see `Index.search`."""

    def answer(self, question: str, **options: Any) -> Answer:
        """Answer a question from the documents, each sentence with where it stands.

        Without `generator` the answer is extractive: the sentences of the documents themselves. `options` are those of
        `answer_stream`. Raises InvalidQuery, InvalidFilter, ModelUnavailable, ModelMismatch, IndexDamaged.
        """
        last: Answer | None = None
        for event in self.answer_stream(question, **options):
            last = event if isinstance(event, Answer) else last
        assert last is not None
        return last

    def answer_stream(
        self,
        question: str,
        *,
        generator: Generator | str | None = None,
        base_url: str | None = None,
        sampling: Sampling | None = None,
        strict: bool = False,
        sentences: int = 3,
        passages: int = PASSAGES,
        rerank: bool = True,
        reranker: CrossEncoder | str | None = None,
        results: Results | None = None,
        **search: Any,
    ) -> Iterator[Event]:
        """Yield what comes of an answer: tokens, finished sentences with their verdict, the answer at the end.

        `generator` is an object of that role or the name of a model (`openai:MODEL` at `base_url`); it is given the
        best `passages`. `strict` drops sentences that no document supports. `sentences` is how many an extractive
        answer has. Without `rerank` no cross-encoder is used: faster, and it finds less. `results` are those of a search
        that was made already; else `search` are the options of one. Raises what `answer` raises.
        """
        if not question.strip():
            raise InvalidQuery("the question is empty; ask something")
        if min(sentences, passages) < 1:
            raise InvalidQuery("an answer needs at least 1 sentence and 1 passage")
        options = {"rerank": rerank, "reranker": reranker, **search} if rerank else search
        found = self.search(question, **options) if results is None else results
        model = self._generator(generator, base_url) if generator is not None and found.hits else None
        name = "extractive" if generator is None else generator if isinstance(generator, str) else generator.name
        judge = self._reranker(reranker) if rerank and found.hits else None
        read = self._read(found, judge)
        if not found.hits or not read.answered:
            yield Answer(found.query, (), found.hits, False, name, (), found.warnings)
        elif model is None:
            yield _with_warnings(read.extract(sentences), found)
        else:
            for event in read.generate(model, sampling or Sampling(), passages=passages, strict=strict):
                yield _with_warnings(event, found) if isinstance(event, Answer) else event

    def _read(self, found: Results, judge: CrossEncoder | None) -> Reading:
        """Bind what was found to the encoders that read it; a search by words alone needs no encoder."""
        from semsearch.answer.reading import Reading
        from semsearch.corpus.passages import embedded_text

        encoder = self._encoder() if found.hits and found.mode is not Mode.LEXICAL else None
        return Reading(found.query, found.hits, encoder, judge, embedded_text)

    def _generator(self, generator: Generator | str, base_url: str | None) -> Generator:
        """Return the generator that was asked for, loaded once for the life of this object."""
        if not isinstance(generator, str):
            return generator
        from semsearch.models.decoder import load_generator

        key = (generator, base_url)
        with self._loading:
            if key not in self._generators:
                self._generators[key] = load_generator(
                    generator, base_url=base_url, offline=self._offline, progress=self._fetch_progress
                )
            return self._generators[key]


def _with_warnings(answer: Answer, found: Results) -> Answer:
    return replace(answer, warnings=(*found.warnings, *answer.warnings))
