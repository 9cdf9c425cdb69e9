"""A bi-encoder on ONNX Runtime and tokenizers alone; numpy and both of them are imported when a model is opened."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.models.recipe import INT8_DYNAMIC, Recipe
from semsearch.models.runtime import open_session, thread_count
from semsearch.models.tokens import Placed, Tokens
from semsearch.roles import TokenVectors

if TYPE_CHECKING:
    from semsearch.types import Embeddings

__all__ = ["OnnxEncoder", "batches"]

BATCH_TOKENS = 512
"""Tokens of a batch, padding included: measured best on passages (see runtime.py), and enough rows of short ones."""


class OnnxEncoder:
    """Encodes with `model.onnx` and `tokenizer.json` of one folder. Many threads may use one object."""

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
    ) -> None:
        """Open the session. `pooling` is `cls` for a graph that ends in token vectors, empty if it pools itself."""
        from tokenizers import Tokenizer

        if pooling not in ("", "cls"):
            raise ValueError(f"unknown pooling {pooling!r}")
        self.name, self.languages, self.path, self.recipe = name, languages, folder, recipe
        self.fingerprint = recipe.fingerprint
        self._session = open_session(folder / "model.onnx")
        self._tokens = Tokens(Tokenizer.from_file(str(folder / "tokenizer.json")), recipe)
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._output, self._pooling, self._pad_id = output, pooling, pad_id
        self._token_output = output if pooling else "token_embeddings"
        self.dim, self.max_tokens = dim, self._tokens.max_tokens
        threads = thread_count()
        self._pool = ThreadPoolExecutor(threads, "semsearch-encode") if threads > 1 else None

    def encode_queries(self, texts: Sequence[str]) -> Embeddings:
        """Encode queries: (n, dim), unit rows. A query that is too long is cut off; `truncated` tells."""
        return self._encode(self._tokens.query_ids(texts))

    def encode_passages(self, texts: Sequence[str]) -> Embeddings:
        """Encode passages: (n, dim), unit rows. ValueError for one longer than `max_tokens`."""
        return self._encode(self._tokens.passage_ids(texts))

    def encode_query_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of queries, those that the encoder sees; vectors are those before pooling, as unit rows."""
        return self._encode_tokens(self._tokens.placed_queries(texts))

    def encode_passage_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        """Encode the tokens of passages, those that the encoder sees; vectors are those before pooling."""
        return self._encode_tokens(self._tokens.placed_passages(texts))

    def token_spans(self, texts: Sequence[str]) -> list[list[tuple[int, int]]]:
        """Return for each text the (start, stop) characters of every token, in order, nothing cut off."""
        return self._tokens.spans(texts)

    def truncated(self, text: str) -> bool:
        """Tell whether a query is longer than the encoder sees."""
        return self._tokens.truncated(text)

    def _encode(self, rows: list[list[int]]) -> Embeddings:
        import numpy as np

        vectors = np.zeros((len(rows), self.dim), dtype=np.float32)

        def run(batch: list[int]) -> None:
            output: Embeddings = self._run([rows[number] for number in batch], self._output)
            vectors[batch] = _unit_rows(output[:, 0] if self._pooling == "cls" else output)

        self._in_batches(rows, run)
        return vectors

    def _encode_tokens(self, texts: list[Placed]) -> list[TokenVectors]:
        found: list[TokenVectors | None] = [None] * len(texts)

        def run(batch: list[int]) -> None:
            output = self._run([texts[number].ids for number in batch], self._token_output)
            for number, vectors in zip(batch, output, strict=True):
                found[number] = TokenVectors(_unit_rows(vectors[texts[number].rows]), texts[number].spans)

        self._in_batches([text.ids for text in texts], run)
        return [one for one in found if one is not None]

    def _in_batches(self, rows: Sequence[Sequence[int]], run: Callable[[list[int]], None]) -> None:
        """Call `run` with the numbers of the rows of each batch, on as many threads as there are cores."""
        budget = 0 if self.recipe.precision == INT8_DYNAMIC else BATCH_TOKENS
        planned = list(batches([len(row) for row in rows], budget))
        if self._pool is None or len(planned) < 2:
            for batch in planned:
                run(batch)
        else:
            for _ in self._pool.map(run, planned):
                pass

    def _run(self, rows: Sequence[Sequence[int]], output: str) -> Any:
        import numpy as np

        shape = (len(rows), len(rows[0]))  # the longest comes first
        ids, mask = np.full(shape, self._pad_id, dtype=np.int64), np.zeros(shape, dtype=np.int64)
        for number, row in enumerate(rows):
            ids[number, : len(row)] = row
            mask[number, : len(row)] = 1
        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros(shape, dtype=np.int64)}
        feed = {name: array for name, array in feed.items() if name in self._inputs}
        return self._session.run([output], feed)[0]


def _unit_rows(vectors: Embeddings) -> Embeddings:
    import numpy as np

    norms: Embeddings = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Yield the numbers of all rows, longest first, in batches of `budget` tokens, padding included, or of one row."""
    order = sorted(range(len(lengths)), key=lambda number: (-lengths[number], number))
    while order:
        rows = max(1, budget // max(1, lengths[order[0]]))
        yield list(itertools.islice(order, rows))
        order = order[rows:]
