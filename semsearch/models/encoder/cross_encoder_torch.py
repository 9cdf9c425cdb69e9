"""A cross-encoder on sentence-transformers, for a model that does not export to ONNX. Imports torch when opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.pair_tokenizer import Pairs, best
from semsearch.models.encoder.tokenizer import clean
from semsearch.models.encoder.torch_encoder import backend_tokenizer
from semsearch.models.shared.memory import halving
from semsearch.models.weights.fingerprint import Recipe

if TYPE_CHECKING:
    from semsearch.types.arrays import Scores

__all__ = ["TorchCrossEncoder", "open_cross_encoder"]

_BATCH = 8
_MARGIN = 8
"""Spare tokens in a window: a part of a text may have a few more tokens than it had inside the text."""


def open_cross_encoder(folder: Path, recipe: Recipe, **model_options: Any) -> Any:
    """Load a folder in float32 on the CPU, offline and without running code from the folder."""
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging

    logging.disable_progress_bar()  # the terminal is the user's
    options = {"model_kwargs": model_options} if model_options else {}
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True, trust_remote_code=False, **options)
    model.max_seq_length = recipe.max_seq_length
    return model.float().eval()


class TorchCrossEncoder:
    """Scores with `CrossEncoder.predict`, in float32 on the CPU, without an activation."""

    def __init__(self, folder: Path, recipe: Recipe, *, name: str) -> None:
        """Load the model (seconds; torch stays loaded). ModelUnavailable when it cannot be used."""
        self.name, self.path = name, folder
        self._model = open_cross_encoder(folder, recipe)
        prompt = len(recipe.query_prompt)  # characters: an upper bound for its tokens
        try:
            self._pairs = Pairs(backend_tokenizer(self._model, name), recipe.max_seq_length - _MARGIN - prompt)
        except ValueError as error:
            raise ModelUnavailable(f"the reranker {name} cannot be used ({error}): take another model") from error

    def truncated(self, query: str) -> bool:
        """Return whether a query is cut off."""
        return self._pairs.truncated(query)

    def fits(self, query: str, passage: str) -> bool:
        """Return whether a pair fits into one pass."""
        return not self.truncated(query) and len(self._pairs.rows(query, [passage])[0]) == 1

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 logits; a passage that is too long gets the score of its best window."""
        (query,) = clean([query])
        windows = self._pairs.windows(query, clean(passages))
        asked = query[: self._pairs.seen(query)]
        return best(windows, self._predict([(asked, text) for texts in windows for text in texts]))

    def _predict(self, pairs: list[tuple[str, str]]) -> Scores:
        """Run the model; when a batch does not fit into memory, retry with half of it, down to one pair."""
        import numpy as np
        import torch

        if not pairs:
            return np.zeros(0, dtype=np.float32)

        def run(batch: int) -> Any:
            return self._model.predict(
                pairs, batch_size=batch, activation_fn=torch.nn.Identity(), show_progress_bar=False
            )

        return np.asarray(halving(run, _BATCH, self.name), dtype=np.float32).reshape(len(pairs), -1)[:, 0]
