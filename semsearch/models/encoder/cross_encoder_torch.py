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
"""Tokens left free in a window: cut out of its text, it may make a few more of them."""


def open_cross_encoder(folder: Path, recipe: Recipe, **model_options: Any) -> Any:
    """Load a folder in float32 on the CPU, without a connection and without running code that the folder brings."""
    from sentence_transformers import CrossEncoder
    from transformers.utils import logging

    logging.disable_progress_bar()  # the terminal is the user's
    options = {"model_kwargs": model_options} if model_options else {}
    model = CrossEncoder(str(folder), device="cpu", local_files_only=True, trust_remote_code=False, **options)
    model.max_seq_length = recipe.max_seq_length
    return model.float().eval()


class TorchCrossEncoder:
    """Scores with `CrossEncoder.predict`, in float32 on the CPU, the head's output as it is."""

    def __init__(self, folder: Path, recipe: Recipe, *, name: str) -> None:
        """Load the model: seconds, and torch stays in this process. ModelUnavailable when it cannot be used."""
        self.name, self.path = name, folder
        self._model = open_cross_encoder(folder, recipe)
        prompt = len(recipe.query_prompt)  # characters: an upper bound of its tokens
        try:
            self._pairs = Pairs(backend_tokenizer(self._model, name), recipe.max_seq_length - _MARGIN - prompt)
        except ValueError as error:
            raise ModelUnavailable(f"the reranker {name} cannot be used ({error}): take another model") from error

    def truncated(self, query: str) -> bool:
        """Return whether only the beginning of a query is seen."""
        return self._pairs.truncated(query)

    def fits(self, query: str, passage: str) -> bool:
        """Return whether a pair is seen whole in one pass."""
        return not self.truncated(query) and len(self._pairs.rows(query, [passage])[0]) == 1

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 logits; a passage that is too long has the score of its best window."""
        (query,) = clean([query])
        windows = self._pairs.windows(query, clean(passages))
        asked = query[: self._pairs.seen(query)]
        return best(windows, self._predict([(asked, text) for texts in windows for text in texts]))

    def _predict(self, pairs: list[tuple[str, str]]) -> Scores:
        """Run the model; where a batch does not fit into memory, half of it is tried, down to one pair."""
        import numpy as np
        import torch

        if not pairs:
            return np.zeros(0, dtype=np.float32)

        def run(batch: int) -> Any:
            return self._model.predict(
                pairs, batch_size=batch, activation_fn=torch.nn.Identity(), show_progress_bar=False
            )

        return np.asarray(halving(run, _BATCH, self.name), dtype=np.float32).reshape(len(pairs), -1)[:, 0]
