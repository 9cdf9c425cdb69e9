"""The nouns of answers: sentences, where each stands to the letter, and questions written from passages.

No heavy import happens here.
"""

from __future__ import annotations

from dataclasses import dataclass

from semsearch.types.documents import Anchor, Passage
from semsearch.types.search import Hit

__all__ = ["Answer", "Citation", "Question", "Sentence"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence of an answer comes from: `quote` is `text[start:stop]` of the document, to the letter.

    `hit` is the rank of the hit that it was found in, from 1.
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
    """A sentence of an answer. Without citations it is not supported by the hits, and `doubt` says why."""

    text: str
    citations: tuple[Citation, ...] = ()
    doubt: str = ""

    @property
    def supported(self) -> bool:
        """Whether the hits say so."""
        return bool(self.citations)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the hits say to a question. `found` is False when nothing in them answers it: then there are no sentences.

    `method` is how the sentences were made: `extractive`, or the name of the model that wrote them. `dropped` are
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
        """The sentences as one text."""
        return " ".join(s.text for s in self.sentences)


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a model wrote for a passage, which should answer it."""

    text: str
    passage: Passage
