"""A bi-encoder from an ONNX graph and a tokenizer, on any runtime; numpy is imported by the first encoding."""

from __future__ import annotations

import copy
import threading
from array import array
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.models.encoder.batching import Counted, batches, padded_length
from semsearch.models.encoder.compiled_cache import MODEL, TOKENIZER, Compiled
from semsearch.models.encoder.runtimes.base import Runtime, RuntimeName
from semsearch.models.encoder.runtimes.query_and_passage import OneRuntime, QueryPassageRuntimes
from semsearch.models.encoder.tokenizer import Placed, Tokens
from semsearch.models.shared.threads import thread_count
from semsearch.models.weights.fingerprint import INT8_DYNAMIC, Recipe
from semsearch.types.models import Precision, Row, Tokenized, TokenVectors

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

    from semsearch.types.arrays import Embeddings

__all__ = ["OnnxEncoder", "encoder_of"]

_TOKENIZED = 512
"""Texts tokenized together: the tokenizer's result takes 30 kB per text until its ids are extracted."""


class OnnxEncoder:
    """Encodes with `model.onnx` and `tokenizer.json` of one folder. Thread-safe.

    The graph is opened by the first text; `sides` selects the runtimes for queries and for passages.
    """

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        *,
        name: str,
        dim: int,
        languages: tuple[str, ...] = (),
        output: str = "sentence_embedding",
        pooling: str = "",
        pad_id: int = 0,
        sides: QueryPassageRuntimes | None = None,
        precision: Precision = Precision.FLOAT32,
    ) -> None:
        """Open the tokenizer. `pooling` is `cls` or `mean` for a graph that ends in token vectors, else empty.

        Without `sides` ONNX Runtime runs the graph unchanged.
        """
        from tokenizers import Tokenizer

        if pooling not in ("", "cls", "mean"):
            raise ValueError(f"unknown pooling {pooling!r}")
        self.name, self.languages, self.path, self.recipe = name, languages, folder, recipe
        self.fingerprint, self.precision = recipe.fingerprint, precision
        self._sides = sides or OneRuntime(RuntimeName.ONNX_FP32, folder / MODEL)
        self._tokens = Tokens(Tokenizer.from_file(str(folder / TOKENIZER)), recipe)
        self._output, self._pooling, self._pad_id = output, pooling, pad_id
        self._token_output = output if pooling else "token_embeddings"
        self.dim, self.max_tokens, self.joins = dim, self._tokens.max_tokens, self._tokens.joins
        self.counted = Counted()
        """Tokens encoded so far, and how many of them were padding."""
        self._threads = thread_count()
        self._guard = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Encode queries: (n, dim), unit rows. A query that is too long is cut off; see `truncated`."""
        return self._encode(self._tokens.query_ids(texts), self._sides.query)

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages: (n, dim), unit rows. ValueError for one longer than `max_tokens`."""
        return self.encode_rows(self._tokens.passage_ids(texts))

    def encode_rows(self, rows: Sequence[Sequence[int]]) -> Embeddings:
        """Encode passages given by their token ids, special tokens and prompt included: (n, dim), unit rows."""
        return self._encode(rows, lambda: self._sides.document(len(rows), self.precision))

    def encode_query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of queries, as far as the encoder sees them: their vectors before pooling, as unit rows."""
        return self._encode_tokens(self._tokens.placed_queries(texts), self._sides.query)

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of passages, as far as the encoder sees them: their vectors before pooling."""
        return self._encode_tokens(
            self._tokens.placed_passages(texts), lambda: self._sides.document(len(texts), self.precision)
        )

    def passages_as(self, precision: Precision) -> OnnxEncoder:
        """Return the same encoder with passages in this precision; tokenizer and graphs are shared."""
        if precision is self.precision:
            return self
        other = copy.copy(self)
        other.precision = precision
        return other

    def fastest_precision(self) -> Precision:
        """Return the precision for a new index on this computer; measured once, in seconds."""
        return self._sides.fastest()

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the (start, stop) characters of every token, in order, without truncation."""
        return self._tokens.spans(texts)

    def tokenize(self, texts: Sequence[str]) -> list[Tokenized]:
        """Return the tokens of each text, without truncation and special tokens."""
        return self._tokens.tokenize(texts)

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        """Return the vocabulary pieces of each text, None for one that the vocabulary lacks."""
        return self._tokens.pieces(texts)

    def row(self, ids: Sequence[int]) -> Row:
        """Return the row of a passage with these tokens; only without a prompt."""
        return self._tokens.row(ids)

    def rows(self, texts: Sequence[str]) -> list[Row]:
        """Return the row of each passage. ValueError for one longer than `max_tokens`."""
        parts = (texts[first : first + _TOKENIZED] for first in range(0, len(texts), _TOKENIZED))
        return [array("i", ids) for part in parts for ids in self._tokens.passage_ids(part)]

    def truncated(self, text: str) -> bool:
        """Return whether a query is longer than the encoder sees."""
        return self._tokens.truncated(text)

    def query_rows(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of queries as the model receives them."""
        return self._tokens.query_ids(texts)

    def _encode(self, rows: Sequence[Sequence[int]], open_runtime: Callable[[], Runtime]) -> Embeddings:
        import numpy as np

        vectors = np.zeros((len(rows), self.dim), dtype=np.float32)
        if not rows:
            return vectors
        runtime = open_runtime()

        def run(batch: list[int]) -> None:
            output: Embeddings = self._run(runtime, [rows[number] for number in batch], self._output)
            vectors[batch] = _unit_rows(self._pooled(output, [len(rows[number]) for number in batch]))

        self._in_batches(rows, runtime, run)
        return vectors

    def _pooled(self, output: Any, lengths: Sequence[int]) -> Any:
        """Pool token vectors to one vector per row, where the graph does not; padding does not count."""
        import numpy as np

        if not self._pooling:
            return output
        if self._pooling == "cls":
            return output[:, 0]
        return np.stack([row[:length].mean(axis=0) for row, length in zip(output, lengths, strict=True)])

    def _encode_tokens(self, texts: list[Placed], open_runtime: Callable[[], Runtime]) -> list[TokenVectors]:
        if not texts:
            return []
        encoded: list[TokenVectors | None] = [None] * len(texts)
        runtime = open_runtime()

        def run(batch: list[int]) -> None:
            output = self._run(runtime, [texts[number].ids for number in batch], self._token_output)
            for number, vectors in zip(batch, output, strict=True):
                encoded[number] = TokenVectors(_unit_rows(vectors[texts[number].rows]), texts[number].spans)

        self._in_batches([text.ids for text in texts], runtime, run)
        return [text for text in encoded if text is not None]

    def _in_batches(self, rows: Sequence[Sequence[int]], runtime: Runtime, run: Callable[[list[int]], None]) -> None:
        """Call `run` with the row numbers of each batch, on as many threads as there are cores."""
        lengths = [len(row) for row in rows]
        padded = [self._padded(runtime, length) for length in lengths]
        budget = 0 if self.recipe.precision == INT8_DYNAMIC else runtime.batch_tokens
        planned = list(batches(padded, budget, runtime.most_padding))
        self.counted.add(lengths, padded, planned)
        if self._threads < 2 or len(planned) < 2:
            for batch in planned:
                run(batch)
        else:
            for _ in self._opened_pool().map(run, planned):
                pass

    def _opened_pool(self) -> ThreadPoolExecutor:
        """Return the thread pool, created on first use: a process with one query does not need its imports (9 ms)."""
        from concurrent.futures import ThreadPoolExecutor

        with self._guard:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._threads, "semsearch-encode")
            return self._pool

    def _padded(self, runtime: Runtime, length: int) -> int:
        return padded_length(length, self.recipe.max_seq_length) if runtime.few_lengths else length

    def _run(self, runtime: Runtime, rows: Sequence[Sequence[int]], output: str) -> Any:
        import numpy as np

        shape = (len(rows), self._padded(runtime, len(rows[0])))  # the first row is the longest
        ids, mask = np.full(shape, self._pad_id, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        return runtime.run(output, ids, mask)


def _unit_rows(vectors: Embeddings) -> Embeddings:
    import numpy as np

    norms: Embeddings = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def encoder_of(
    found: Compiled,
    name: str,
    recipe: Recipe,
    *,
    languages: tuple[str, ...] = (),
    sides: QueryPassageRuntimes | None = None,
    precision: Precision = Precision.FLOAT32,
) -> OnnxEncoder:
    """Return the encoder of a compiled model."""
    return OnnxEncoder(
        found.folder,
        recipe,
        name=name,
        languages=languages,
        dim=found.dim,
        output=found.output,
        pooling=found.pooling,
        pad_id=found.pad_id,
        sides=sides,
        precision=precision,
    )
