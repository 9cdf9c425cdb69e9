"""A model of late interaction on sentence-transformers (MultiVectorEncoder). Imports torch when opened.

Its configuration determines what is compared: markers before a text, masks that expand a query, words to skip.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.tokenizer import clean, windows
from semsearch.models.encoder.torch_encoder import backend_tokenizer
from semsearch.models.shared.memory import halving

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["MultiVector", "open_multi_vector"]

_BATCH = 8
_MARGIN = 8
"""Spare tokens in a window: a part of a text may have a few more tokens than it had inside the text."""


def open_multi_vector(folder: Path) -> Any:
    """Load a folder in float32 on the CPU, offline and without running code from the folder."""
    from sentence_transformers import MultiVectorEncoder
    from transformers.utils import logging

    logging.disable_progress_bar()  # the terminal is the user's
    model = MultiVectorEncoder(str(folder), device="cpu", local_files_only=True, trust_remote_code=False)
    return model.float().eval()


class MultiVector:
    """Encodes with `encode_query` and `encode_document`; a passage that is too long has a matrix for each window."""

    def __init__(self, folder: Path) -> None:
        """Load the model (seconds; torch stays loaded). ModelUnavailable when it cannot be loaded."""
        self.name = str(folder)
        try:
            self._model = open_multi_vector(folder)
        except Exception as error:
            line = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
            raise ModelUnavailable(f"{folder} cannot be loaded ({line}): take another model") from error
        self._tokenizer = backend_tokenizer(self._model, self.name)
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._query_room, self._room = self._rooms()
        if min(self._query_room, self._room) < _MARGIN:
            raise ModelUnavailable(f"{folder} sees too few tokens for a passage: take another model")

    def truncated(self, query: str) -> bool:
        """Return whether a query is cut off."""
        return len(self._spans(query)) > self._query_room

    def query_vectors(self, query: str) -> Embeddings:
        """Return (q, dim), not normalized; vectors that the model adds to a query are included."""
        return self._encode(self._model.encode_query, clean([query]))[0]

    def passage_vectors(self, passages: Sequence[str]) -> list[list[Embeddings]]:
        """Return for each passage the matrices (t, dim) of its windows."""
        windows = [self._windows(text) for text in clean(passages)]
        vectors = iter(self._encode(self._model.encode_document, [part for parts in windows for part in parts]))
        return [[next(vectors) for _ in parts] for parts in windows]

    def _rooms(self) -> tuple[int, int]:
        """Return how many tokens of text a query and a passage may have, without markers and special tokens."""
        transformer = self._model[0]
        whole = int(self._model.max_seq_length)
        added = self._tokenizer.num_special_tokens_to_add(is_pair=False)
        rooms = []
        for task in ("query", "document"):
            limit = getattr(transformer, f"{task}_length", None) or whole
            expansion = getattr(transformer, "query_expansion", None) or {}
            if task == "query" and expansion.get("strategy") == "fixed":
                limit = expansion["length"]
            prompt = self._model.prompts.get(task) or ""
            marker = len(self._tokenizer.encode(prompt, add_special_tokens=False).ids)
            rooms.append(min(int(limit), whole) - added - marker)
        return rooms[0], rooms[1]

    def _spans(self, text: str) -> list[tuple[int, int]]:
        return list(self._tokenizer.encode(text, add_special_tokens=False).offsets)

    def _windows(self, text: str) -> list[str]:
        spans = self._spans(text)
        if len(spans) <= self._room:
            return [text]
        return windows(text, spans, max(1, self._room - _MARGIN))

    def _encode(self, encode: Any, texts: Sequence[str]) -> list[Embeddings]:
        """Run the model; when a batch does not fit into memory, retry with half of it, down to one text."""
        import numpy as np

        if not texts:
            return []

        def run(batch: int) -> Any:
            return encode(list(texts), batch_size=batch, show_progress_bar=False)

        return [np.asarray(matrix, dtype=np.float32) for matrix in halving(run, _BATCH, self.name)]
