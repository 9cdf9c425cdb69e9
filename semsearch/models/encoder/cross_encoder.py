"""A cross-encoder on ONNX Runtime and tokenizers, and its loading by name; torch only where needed.

A cross-encoder reads query and passage together and ends in a regression head (Nogueira and Cho, "Passage re-ranking
with BERT", 2019): more accurate than comparing two vectors, and one pass through the model for every pair.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.cross_encoder_fingerprint import read_cross_recipe, ready_graph
from semsearch.models.encoder.pair_tokenizer import PairRow, Pairs, best
from semsearch.models.encoder.runtimes.onnx_runtime import open_session
from semsearch.models.shared.memory import out_of_memory, rerank_memory
from semsearch.models.shared.threads import thread_count
from semsearch.models.weights.resolve import model_folder, shown_name
from semsearch.types.models import CrossEncoder, Role

if TYPE_CHECKING:
    from semsearch.models.weights.fetch import ProgressCallback
    from semsearch.types.arrays import Scores

__all__ = ["OnnxCrossEncoder", "load_cross_encoder"]


class OnnxCrossEncoder:
    """Scores with the graph and `tokenizer.json` of one folder. Thread-safe.

    Every window of a passage is a separate pass: with dynamic int8 a score would otherwise depend on its batch. As many
    passes run at once as there are cores.
    """

    def __init__(self, folder: Path, *, name: str, max_length: int, output: str = "logits") -> None:
        """Open the session. ModelUnavailable when the files do not match."""
        from tokenizers import Tokenizer

        self.name, self.path = name, folder
        try:
            self._session = open_session(folder / compiled.MODEL)
            self._pairs = Pairs(Tokenizer.from_file(str(folder / compiled.TOKENIZER)), max_length)
        except Exception as error:
            line = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
            raise ModelUnavailable(f"the reranker {name} cannot be opened ({line}): take another model") from error
        self._inputs = {node.name for node in self._session.get_inputs()}
        self._output = output
        threads = thread_count()
        self._pool = ThreadPoolExecutor(threads, "semsearch-rerank") if threads > 1 else None

    def truncated(self, query: str) -> bool:
        """Return whether a query is cut off: it may take half of the tokens of a pair."""
        return self._pairs.truncated(query)

    def score(self, query: str, passages: Sequence[str]) -> Scores:
        """Return (n,) float32 logits; a passage that is too long gets the score of its best window."""
        windows = self._pairs.rows(query, passages)
        flat = [row for rows in windows for row in rows]
        try:
            values = list(self._pool.map(self._run, flat) if self._pool and len(flat) > 1 else map(self._run, flat))
        except Exception as error:
            if out_of_memory(error):
                raise rerank_memory(self.name) from error
            raise
        return best(windows, values)

    def _run(self, row: PairRow) -> float:
        import numpy as np

        ids = np.array([row.ids], dtype=np.int64)
        types = np.array([row.types], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": types}
        feed = {name: array for name, array in feed.items() if name in self._inputs}
        return float(self._session.run([self._output], feed)[0].reshape(-1)[0])


def load_cross_encoder(
    name: str, *, offline: bool | None = None, progress: ProgressCallback | None = None
) -> CrossEncoder:
    """Return the cross-encoder of a catalogue name, of a model's folder, or of a hub repository `owner/name`.

    A folder is a sentence-transformers CrossEncoder or a Hugging Face model for sequence classification with one
    output; it is exported to ONNX once, and runs on torch where it does not export. A folder that holds a ready graph
    (`model.onnx` from token ids to `logits`) is used as it is.

    Raises ModelUnavailable, with what to do, when there is no such model, when it is of another kind, or when files are
    missing; StorageFull.
    """
    folder, entry = model_folder(name, Role.CROSS_ENCODER, offline=offline, progress=progress)
    if entry is not None and entry.graph is not None:
        return OnnxCrossEncoder(folder, name=entry.name, max_length=entry.context, output=entry.graph.output)
    shown = shown_name(name, folder)
    if length := ready_graph(folder):
        return OnnxCrossEncoder(folder, name=shown, max_length=length)
    job = compiled.Job(shown, read_cross_recipe(folder))
    found = compiled.find(job.recipe.fingerprint)
    if found is None or not compiled.intact(found):
        from semsearch.models.weights.fetch import notice

        notice(progress, f"preparing {shown} (once)")
        found = compiled.build(job, folder, "semsearch.models.encoder.cross_encoder_export")
        if found.runtime == "torch":
            notice(progress, f"{shown} runs on torch, slower to start: {found.reason}")
    if found.runtime == "torch":
        from semsearch.models.encoder.cross_encoder_torch import TorchCrossEncoder

        return TorchCrossEncoder(folder, job.recipe, name=shown)
    return OnnxCrossEncoder(found.folder, name=shown, max_length=job.recipe.max_seq_length)
