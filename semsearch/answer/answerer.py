"""Answer a question from its hits, by extraction or generation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from semsearch.answer.checks.support import Verifier
from semsearch.answer.extract import answers, best_sentences, extract, passage_logits, promising, unfolded
from semsearch.answer.generate import Event, checked, stream
from semsearch.answer.prompt import SHORT_CONTEXT, SHORT_SENTENCES, Prompt, build_prompt, short_prompt
from semsearch.answer.text.sentences import sources
from semsearch.types.answers import Answer
from semsearch.types.documents import EmbeddedText
from semsearch.types.models import BiEncoder, CrossEncoder, Generator, Sampling
from semsearch.types.search import Hit

__all__ = ["Answerer"]


class Answerer:
    """A question, its hits and the models. Without a cross-encoder only the search decides if there is an answer."""

    def __init__(
        self,
        question: str,
        hits: Sequence[Hit],
        encoder: BiEncoder | None,
        cross_encoder: CrossEncoder | None,
        embedded: EmbeddedText,
    ) -> None:
        """Take the hits, and score with the cross-encoder the passages that the search has not reranked."""
        self.question = question
        self.hits = tuple(hits)
        self._read = unfolded(hits)
        self._encoder = encoder
        self._cross_encoder = cross_encoder
        self._logits = None
        if cross_encoder is not None and hits:
            self._logits = passage_logits(question, self._read, cross_encoder, embedded)

    @property
    def answered(self) -> bool:
        """Whether any hit answers the question, according to the models."""
        return bool(self.hits) and (self._logits is None or answers(self.question, self._logits))

    def extract(self, sentences: int) -> Answer:
        """Return the extractive answer."""
        found = extract(
            self.question, self._read, self._encoder, self._cross_encoder, sentences=sentences, logits=self._logits
        )
        return replace(found, hits=self.hits)

    def evidence(self, hits: Sequence[Hit]) -> Verifier:
        """Return a verifier for generated sentences, with the sentences of these hits as evidence."""
        return Verifier(self.question, sources(hits), self._encoder, self._cross_encoder)

    def generate(self, generator: Generator, sampling: Sampling, *, passages: int, strict: bool) -> Iterator[Event]:
        """Stream a generated answer. Raises InvalidQuery and ModelUnavailable."""
        hits = self._best(passages)
        prompt = self._short(generator, sampling, passages) if 0 < generator.context <= SHORT_CONTEXT else None
        prompt = prompt or build_prompt(
            self.question, hits, generator, max_tokens=sampling.max_tokens, passages=passages
        )
        evidence = self.evidence(prompt.hits)
        yield from stream(self.question, self.hits, prompt, evidence, generator, sampling=sampling, strict=strict)

    def _best(self, passages: int) -> list[Hit]:
        """Return the passages most likely to answer, as hits; without a cross-encoder in the order of the search."""
        return promising(self.hits if self._logits is None else self._read, self._logits, passages)

    def _short(self, generator: Generator, sampling: Sampling, passages: int) -> Prompt | None:
        """Return a prompt of the best sentences; None if there is none or not even one fits."""
        found, picked = best_sentences(
            self.question, self._read, self._encoder, self._cross_encoder,
            count=SHORT_SENTENCES, logits=self._logits, passages=passages,
        )  # fmt: skip
        best = [found[at] for at in picked]
        return short_prompt(self.question, best, generator, max_tokens=sampling.max_tokens)

    def texts(self, passages: int) -> list[str]:
        """Return the texts of the best passages."""
        return [hit.passage.text for hit in self._best(passages)]

    def checked(self, text: str, method: str, *, passages: int, strict: bool) -> Answer:
        """Return a text generated from the best passages as an answer, each sentence with its verdict."""
        evidence = self.evidence(self._best(passages))
        return checked(self.question, text, self.hits, evidence, method=method, strict=strict)
