"""A bi-encoder on sentence-transformers, for a model that does not export to ONNX. Imports torch when opened."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.tokenizer import Placed, Tokens, clean
from semsearch.models.weights.fingerprint import Recipe
from semsearch.types.models import TokenVectors

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["TorchEncoder", "backend_tokenizer", "fastest_device", "open_sentence_transformer"]


def fastest_device() -> tuple[str, str]:
    """Return the device and the precision for torch: a GPU in float16 if there is one, else the CPU in float32."""
    import torch

    return ("cuda", "float16") if torch.cuda.is_available() else ("cpu", "float32")


def open_sentence_transformer(folder: Path, recipe: Recipe, *, device: str = "cpu", **model_options: Any) -> Any:
    """Load a folder in float32, by default on the CPU, offline and without running code from the folder.

    The library selects the attention unless `model_options` does.
    """
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    logging.disable_progress_bar()  # the terminal is the user's
    options = {"model_kwargs": model_options} if model_options else {}
    model = SentenceTransformer(str(folder), device=device, local_files_only=True, trust_remote_code=False, **options)
    if math.isfinite(model.max_seq_length or math.inf):  # a bag of word vectors has no limit and accepts none
        model.max_seq_length = recipe.max_seq_length
    return model.float().eval()


def backend_tokenizer(model: Any, name: str) -> Any:
    """Return the `tokenizers.Tokenizer` of a loaded model; ModelUnavailable without one (no character offsets)."""
    from tokenizers import Tokenizer

    tokenizer = getattr(model.tokenizer, "backend_tokenizer", model.tokenizer)
    if not isinstance(tokenizer, Tokenizer):
        raise ModelUnavailable(
            f"{name} has no fast tokenizer, so the positions of its tokens are unknown: take another model"
        )
    return Tokenizer.from_str(tokenizer.to_str())


class TorchEncoder:
    """Encodes with `SentenceTransformer.encode`, in float32 on the CPU or in float16 on a GPU.

    Recipe and fingerprint are the same as those of the exported model.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        *,
        name: str,
        languages: tuple[str, ...] = (),
        device: str = "",
        precision: str = "",
    ) -> None:
        """Load the model (seconds; torch stays loaded), by default on the fastest device here."""
        import torch

        self.name, self.languages, self.path, self.recipe = name, languages, folder, recipe
        self.fingerprint = recipe.fingerprint
        fastest = fastest_device()
        self._device, self._precision = device or fastest[0], precision or fastest[1]
        model = open_sentence_transformer(folder, recipe, device=self._device)
        self._model = model.to(getattr(torch, self._precision))
        self._tokens = Tokens(backend_tokenizer(self._model, name), recipe)
        self.dim = int(self._model.encode([""], show_progress_bar=False).shape[1])
        self.max_tokens = self._tokens.max_tokens

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Encode queries: (n, dim), unit rows. A query that is too long is cut off; see `truncated`."""
        return self._encode(texts, self.recipe.query_prompt)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages: (n, dim), unit rows. ValueError for one longer than `max_tokens`."""
        self._tokens.passage_ids(texts)
        return self._encode(texts, self.recipe.passage_prompt)

    def encode_query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of queries, as far as the encoder sees them. ModelUnavailable where the model has none."""
        return [self._token_vectors(text) for text in self._tokens.placed_queries(texts)]

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of passages, as far as the encoder sees them. ModelUnavailable where the model has none."""
        return [self._token_vectors(text) for text in self._tokens.placed_passages(texts)]

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the (start, stop) characters of every token, in order, without truncation."""
        return self._tokens.spans(texts)

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        """Return the vocabulary pieces of each text, None for one that the vocabulary lacks."""
        return self._tokens.pieces(texts)

    def truncated(self, text: str) -> bool:
        """Return whether a query is longer than the encoder sees."""
        return self._tokens.truncated(text)

    def _encode(self, texts: Sequence[str], prompt: str) -> Embeddings:
        import numpy as np

        if not texts:
            return np.zeros((0, self.dim), dtype=np.float32)
        vectors = self._model.encode(
            clean(texts), prompt=prompt, normalize_embeddings=True, batch_size=8, show_progress_bar=False
        )
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        if self._precision != "float32":  # rounded vectors are not quite of unit length
            vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _token_vectors(self, text: Placed) -> TokenVectors:
        import torch

        if "Transformer" not in self.recipe.modules[0]:
            raise ModelUnavailable(f"{self.name} has no token vectors: take another model")
        row = torch.tensor([text.ids], device=self._device)
        with torch.no_grad():
            output = self._model({"input_ids": row, "attention_mask": torch.ones_like(row)})["token_embeddings"][0]
        vectors = torch.nn.functional.normalize(output[text.rows].float(), dim=1).cpu().numpy()
        return TokenVectors(vectors, text.spans)
