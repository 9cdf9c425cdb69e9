"""Answers: sentences, the exact quotes they cite, and questions generated from passages.

Imports nothing heavy.
"""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.types.documents import Anchor, Passage
from semsearch.types.search import Hit

__all__ = ["Answer", "Citation", "Question", "Sentence"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence of an answer comes from: `quote` is exactly `text[start:stop]` of the document.

    `hit` is the rank of the hit that contains it, from 1.
    """

    hit: int
    path: str
    document_id: str
    passage_id: int
    anchor: Anchor
    start: int
    stop: int
    quote: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of an answer. Without citations it is unsupported by the hits, and `doubt` says why."""

    text: str
    citations: tuple[Citation, ...] = ()
    doubt: str = ""

    @property
    def supported(self) -> bool:
        """Whether the hits support the sentence."""
        return bool(self.citations)


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a question from its hits. `found` is False, and `sentences` empty, when no hit answers it.

    `method` is how the sentences were made: `extractive`, or the name of the model that generated them. `dropped` are
    sentences that a strict answer leaves out.
    """

    question: str
    sentences: tuple[Sentence, ...]
    hits: tuple[Hit, ...]
    found: bool
    method: str
    dropped: tuple[Sentence, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentences joined into one string."""
        return " ".join(s.text for s in self.sentences)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a model generated from a passage, which should answer it."""

    text: str
    passage: Passage
