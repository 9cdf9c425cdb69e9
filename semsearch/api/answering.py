"""Answers over an index: extractive ones, and generated ones that are checked sentence by sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from semsearch.api.handle import Handle
from semsearch.errors import InvalidQuery
from semsearch.roles import BiEncoder, CrossEncoder, Generator, Sampling
from semsearch.settings import DEFAULT_RERANKER
from semsearch.types import Answer, Mode, Results

if TYPE_CHECKING:
    from semsearch.answer.generate import Event

__all__ = ["Answering"]

Model = TypeVar("Model")

_PASSAGES = 5
"""Passages that a generator is given."""


class Answering(Handle):
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
        rerank: CrossEncoder | str | bool = True,
        sentences: int = 3,
        strict: bool = False,
        sampling: Sampling | None = None,
        passages: int = _PASSAGES,
        base_url: str | None = None,
        results: Results | None = None,
        **search: Any,
    ) -> Iterator[Event]:
        """Yield what comes of an answer: tokens, finished sentences with their verdict, the answer at the end.

        `generator` is an object of that role or the name of a model (`openai:MODEL` at `base_url`); it is given the
        best `passages`. `sentences` is how many an extractive answer has. `rerank` is the cross-encoder, by name or as
        an object; False is faster and finds less. `strict` drops sentences that no document supports. `results` are
        those of a search that was made already; else `search` are the options of one. Raises what `answer` raises.
        """
        if not question.strip():
            raise InvalidQuery("the question is empty; ask something")
        if sentences < 1:
            raise InvalidQuery(f"an answer of {sentences} sentences cannot be given; ask for 1 or more")
        found = self.search(question, **search) if results is None else results
        if not found.hits:
            yield Answer(found.query, (), (), False, _method(generator), (), found.warnings)
            return
        yield from self._answer(
            found, self._answer_encoder(found), self._cross_encoder(rerank),
            generator=generator, sentences=sentences, strict=strict, sampling=sampling or Sampling(),
            passages=passages, base_url=base_url,
        )  # fmt: skip

    def _answer(
        self,
        found: Results,
        encoder: BiEncoder | None,
        cross_encoder: CrossEncoder | None,
        *,
        generator: Generator | str | None,
        sentences: int,
        strict: bool,
        sampling: Sampling,
        passages: int,
        base_url: str | None,
    ) -> Iterator[Event]:
        from semsearch.answer.extract import answers, extract, passage_logits
        from semsearch.corpus.passages import embedded_text

        question, hits = found.query, found.hits
        logits = None
        if cross_encoder is not None:
            logits = passage_logits(question, hits, cross_encoder, embedded_text)
            if not answers(logits):
                yield Answer(question, (), hits, False, _method(generator), (), found.warnings)
                return
        if generator is None:
            answer = extract(question, hits, encoder, cross_encoder, sentences=sentences, logits=logits)
            yield _with_warnings(answer, found)
            return
        from semsearch.answer.generate import stream
        from semsearch.answer.prompt import build_prompt
        from semsearch.answer.sentences import sources
        from semsearch.answer.support import Evidence

        model = self._generator(generator, base_url)
        prompt = build_prompt(question, hits, model, max_tokens=sampling.max_tokens, passages=passages)
        evidence = Evidence(question, sources(prompt.hits), encoder, cross_encoder)
        for event in stream(question, hits, prompt, evidence, model, sampling=sampling, strict=strict):
            yield _with_warnings(event, found) if isinstance(event, Answer) else event

    def _answer_encoder(self, found: Results) -> BiEncoder | None:
        """Return the encoder, unless the search was by words only: then it may not be here."""
        return None if found.mode is Mode.LEXICAL else self._encoder()

    def _cross_encoder(self, rerank: CrossEncoder | str | bool) -> CrossEncoder | None:
        """Return the cross-encoder that was asked for, loaded once."""
        if rerank is False:
            return None
        if not isinstance(rerank, (bool, str)):
            return rerank
        from semsearch.models.cross_encoder import load_cross_encoder

        name = DEFAULT_RERANKER if rerank is True else rerank
        return self._kept(
            ("cross-encoder", name),
            lambda: load_cross_encoder(name, offline=self._offline, progress=self._fetch_progress),
        )

    def _generator(self, generator: Generator | str, base_url: str | None) -> Generator:
        if not isinstance(generator, str):
            return generator
        from semsearch.models.decoder import load_generator

        return self._kept(
            ("generator", generator, base_url),
            lambda: load_generator(generator, base_url=base_url, offline=self._offline, progress=self._fetch_progress),
        )

    def _kept(self, key: tuple[str | None, ...], load: Callable[[], Model]) -> Model:
        """Return a model that is loaded once for the life of this object."""
        with self._loading:
            models: dict[tuple[str | None, ...], Any] = self.__dict__.setdefault("_answer_models", {})
            if key not in models:
                models[key] = load()
            model: Model = models[key]
            return model


def _method(generator: Generator | str | None) -> str:
    if generator is None:
        return "extractive"
    return generator if isinstance(generator, str) else generator.name


def _with_warnings(answer: Answer, found: Results) -> Answer:
    return replace(answer, warnings=(*found.warnings, *answer.warnings))
