"""A dialogue over an index: each question is searched for as one that stands alone, and answered from what is found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, Unpack

from semsearch.answer.dialogue.followup import leans_on_history, standalone
from semsearch.answer.dialogue.history import Dialogue, Exchange
from semsearch.answer.extract import EXTRACTIVE
from semsearch.answer.generate import Event
from semsearch.api.argument_checks import instance, optional, role
from semsearch.api.arguments import checked
from semsearch.api.keywords import AskKeywords
from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.types.answers import Answer, Sentence
from semsearch.types.models import Generator, Sampling, Token

if TYPE_CHECKING:
    from semsearch.api.index import Index

__all__ = ["Asked", "Asking", "Step"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for: the question, or what the history made of it."""

    question: str
    query: str


Step: TypeAlias = Asked | Event
"""What is searched for, then tokens and judged sentences as they come, and the answer at the end."""


class Asking:
    """Asks an index one question after the other, and remembers what was said in `dialogue`."""

    @checked(
        index=role("Index", "answer", "answer_stream", named=False),
        generator=optional(role("Generator", "count_tokens", "generate", named=False)),
        dialogue=optional(instance(Dialogue, "a Dialogue")),
    )
    def __init__(
        self,
        index: Index,
        *,
        generator: Generator | None = None,
        sampling: Sampling | None = None,
        dialogue: Dialogue | None = None,
        **options: Unpack[AskKeywords],
    ) -> None:
        """Bind an open index. Without a generator, answers are made of the documents' own sentences.

        `options` are those of `Index.answer_stream`, and of a search.
        """
        self.dialogue = dialogue if dialogue is not None else Dialogue()
        self._index = index
        self._generator = generator
        self._sampling = sampling
        self._options = options

    @checked()
    def ask(self, question: str) -> Iterator[Step]:
        """Yield what comes of a question; the exchange is remembered when it ends, also where a model broke off.

        A generated answer of which no sentence is supported gives way to the documents' own sentences. Raises what
        `Index.answer_stream` raises, except that what a model wrote before it broke off is kept and marked.
        """
        question = " ".join(question.split())
        if not question:
            raise InvalidQuery("the question is empty; ask something")
        turns = self.dialogue.turns
        topic = turns[-1].topic if turns and leans_on_history(question) else question
        query = standalone(question, turns, self._generator)
        yield Asked(question, query)
        sentences: list[Sentence] = []
        rest = ""
        answer: Answer | None = None
        try:
            for event in self._answer(query):
                if isinstance(event, Token):
                    rest += event.text
                elif isinstance(event, Sentence):
                    sentences.append(event)
                    rest = ""
                else:
                    answer = event
                yield event
        except (ModelUnavailable, KeyboardInterrupt, GeneratorExit) as error:
            if sentences or rest.strip():
                cut = _cut_off(query, sentences, rest, self._generator, str(error))
                self.dialogue.exchanges.append(Exchange.of(question, query, topic, cut))
            raise
        assert answer is not None
        self.dialogue.exchanges.append(Exchange.of(question, query, topic, answer))

    def _answer(self, query: str) -> Iterator[Event]:
        written: Answer | None = None
        for event in self._index.answer_stream(
            query, generator=self._generator, sampling=self._sampling, **self._options
        ):
            if not isinstance(event, Answer):
                yield event
            else:
                written = event
        assert written is not None
        if self._generator is not None and written.dropped and not written.found:
            quoted = self._index.answer(query, **self._options)
            if quoted.found:
                yield quoted
                return
        yield written


def _cut_off(query: str, sentences: list[Sentence], rest: str, generator: Generator | None, why: str) -> Answer:
    """Return what came before a model broke off: its last sentence is doubted, since it may go on."""
    reported = [*sentences, Sentence(rest.strip(), doubt=f"cut off: {why}" if why else "cut off")]
    name = generator.name if generator is not None else EXTRACTIVE
    return Answer(query, tuple(s for s in reported if s.text), (), any(s.supported for s in sentences), name)
