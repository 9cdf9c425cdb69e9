"""What encoder-decoders do with an index's texts: summarize and translate them, write questions that they answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.arguments import checked
from semsearch.api.open_index import Handle
from semsearch.conditions import Condition
from semsearch.errors import InvalidQuery
from semsearch.settings import DEFAULT_SEQ2SEQ, default_translator
from semsearch.types.answers import Question
from semsearch.types.documents import Passage
from semsearch.types.models import Seq2Seq

if TYPE_CHECKING:
    from semsearch.models.encoder_decoder.transform import EncoderDecoder
    from semsearch.types.reports import DocumentInfo

__all__ = ["Rewriting"]

_AT_ONCE = 16
"""Passages that questions are written for together."""


class Rewriting(Handle):
    """What an index makes of texts with an encoder-decoder. Part of `Index`."""

    if TYPE_CHECKING:

        def documents(
            self,
            *,
            filters: str | Condition | Sequence[str | Condition] = (),
            within: str | Path | Sequence[str | Path] = (),
        ) -> Iterator[DocumentInfo]:
            """Iterate over the documents: see `Index.documents`."""

        def passages(self, document_id: str) -> list[Passage]:
            """Return the passages of a document: see `Index.passages`."""

    @checked()
    def summarize(self, texts: Sequence[str], *, model: Seq2Seq | str | None = None) -> str:
        """Return one summary of several texts, the whole of each seen by the model; "" of none.

        `model` is an object of the role, or the name of a T5, BART or Pegasus model. Raises ModelUnavailable,
        InvalidQuery.
        """
        from semsearch.answer.rewriting import summarize

        self._check_open()
        return summarize(texts, self._seq2seq_for("summarization", "", model))

    @checked()
    def translate(self, texts: Sequence[str], language: str, *, model: Seq2Seq | str | None = None) -> list[str]:
        """Return each text in another language (ISO 639-1), sentence by sentence.

        Without `model` it is chosen by the language of each text and that asked for. Raises InvalidQuery for an unknown
        language or a model that does not translate so, ModelUnavailable.
        """
        from semsearch.answer.rewriting import translate
        from semsearch.corpus.text.language import detect
        from semsearch.models.encoder_decoder.tasks import language_code

        self._check_open()
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
        from semsearch.answer.rewriting import write_questions

        self._check_open()
        if n < 1:
            raise InvalidQuery(f"{n} questions cannot be written; ask for 1 or more")
        writer = self._seq2seq_for("question_generation", "generate question: ", model)
        knows = getattr(writer, "knows", None)
        highlight = "<hl>" if knows is not None and knows("<hl>") else ""
        for document in self.documents(filters=filters, within=within):
            seen: set[str] = set()
            passages = self.passages(document.id)
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
        from semsearch.models.encoder_decoder.transform import load_seq2seq

        with self._loading:
            models: dict[str, Any] = self.__dict__.setdefault("_seq2seq_models", {})
            if name not in models:
                models[name] = load_seq2seq(name, offline=self._offline, progress=self._fetch_progress)
            loaded: EncoderDecoder = models[name]
            return loaded
