"""What encoder-decoders do with an index's texts: summarize and translate them, write questions that they answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.answer.rewriting import summarize, translate, write_questions
from semsearch.api.arguments import checked
from semsearch.api.documents import list_documents, passages_of
from semsearch.conditions import Condition
from semsearch.corpus.text.language import detect
from semsearch.errors import InvalidQuery
from semsearch.models.encoder_decoder.tasks import language_code
from semsearch.models.encoder_decoder.transform import EncoderDecoder, load_seq2seq
from semsearch.settings import DEFAULT_SEQ2SEQ, default_translator
from semsearch.types.answers import Question
from semsearch.types.models import Seq2Seq

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex

__all__ = ["Rewrites"]

_AT_ONCE = 16
"""Passages that questions are written for together."""


class Rewrites:
    """Texts written by an encoder-decoder; `model` is an object of that role or the name of a model."""

    def __init__(self, opened: OpenIndex) -> None:
        """Load nothing yet."""
        self._opened = opened

    @checked()
    def summarize(self, texts: Sequence[str], *, model: Seq2Seq | str | None = None) -> str:
        """Return one summary of several texts, the whole of each seen by the model; "" of none.

        `model` is an object of the role, or the name of a T5, BART or Pegasus model. Raises ModelUnavailable,
        InvalidQuery.
        """
        self._opened.check_open()
        return summarize(texts, self._seq2seq_for("summarization", "", model))

    @checked()
    def translate(self, texts: Sequence[str], language: str, *, model: Seq2Seq | str | None = None) -> list[str]:
        """Return each text in another language (ISO 639-1), sentence by sentence.

        Without `model` it is chosen by the language of each text and that asked for. Raises InvalidQuery for an unknown
        language or a model that does not translate so, ModelUnavailable.
        """
        self._opened.check_open()
        target = language_code(language)

        def translator(source: str) -> Seq2Seq:
            if model is not None and not isinstance(model, str):
                return model
            return self._seq2seq(model or default_translator(source, target)).translator(source, target)

        return translate(texts, target, translator, detect)

    @checked()
    def questions(
        self,
        n: int = 3,
        *,
        model: Seq2Seq | str | None = None,
        filters: str | Condition | Sequence[str | Condition] = (),
        within: str | Path | Sequence[str | Path] = (),
    ) -> Iterator[Question]:
        """Yield up to n questions for every passage of the documents that pass, in order; none twice in a document.

        They are what a model makes of single sentences: nobody has checked that a passage answers them. Raises
        InvalidQuery, InvalidFilter, ModelUnavailable.
        """
        self._opened.check_open()
        if n < 1:
            raise InvalidQuery(f"{n} questions cannot be written; ask for 1 or more")
        writer = self._seq2seq_for("question_generation", "generate question: ", model)
        knows = getattr(writer, "knows", None)
        highlight = "<hl>" if knows is not None and knows("<hl>") else ""
        for document in list_documents(self._opened, filters, within):
            seen: set[str] = set()
            passages = passages_of(self._opened, document.id)
            for start in range(0, len(passages), _AT_ONCE):
                some = passages[start : start + _AT_ONCE]
                written = write_questions([passage.text for passage in some], writer, n, highlight=highlight)
                for passage, questions in zip(some, written, strict=True):
                    for text in questions:
                        if text.casefold() not in seen:
                            seen.add(text.casefold())
                            yield Question(text, passage)

    def _seq2seq_for(self, task: str, prefix: str, model: Seq2Seq | str | None) -> Seq2Seq:
        """Return a model asked for a task; an object of the caller's own is taken as it is."""
        if model is not None and not isinstance(model, str):
            return model
        return self._seq2seq(model or DEFAULT_SEQ2SEQ).task(task, prefix)

    def _seq2seq(self, name: str) -> EncoderDecoder:
        """Return a model, loaded once for the life of this object."""
        opened = self._opened
        load = partial(load_seq2seq, name, offline=opened.offline, progress=opened.fetch_progress)
        model: EncoderDecoder = opened.loaded(("encoder-decoder", name), load)
        return model
