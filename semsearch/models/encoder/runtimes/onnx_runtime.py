"""ONNX Runtime as semsearch uses it: one thread per call, and as many concurrent calls as there are cores.

Measured on two cores with MiniLM and passages of 240 tokens: two concurrent calls on one thread each encode about a
third more than one call on two threads, since no layer waits for the other thread, and small batches stay in the cache.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.models.encoder.batching import MOST_PADDING
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.types.models import Precision

if TYPE_CHECKING:
    import onnxruntime
    from numpy.typing import NDArray

__all__ = ["OnnxRuntime", "open_session"]

BATCH_TOKENS = {RuntimeName.ONNX_FP32: 512, RuntimeName.ONNX_INT8: 0}
"""Measured best on passages. In int8 one row at a time: in a batch the last digits of a row differ, which decide how a
value is rounded; and the matrix products are so fast that the rest of a layer has to stay in the cache."""


class OnnxRuntime:
    """A graph open in ONNX Runtime; weights beside it are memory-mapped, not copied."""

    few_lengths = False

    def __init__(self, graph: Path, name: RuntimeName = RuntimeName.ONNX_FP32, *, brief: bool = False) -> None:
        """Open the session. `brief` skips weight packing and most fusions: opens in half the time, runs slower.

        An int8 graph is never opened with `brief`: one of the skipped rewrites is what makes its products exact.
        """
        self.name, self.batch_tokens, self.most_padding = name, BATCH_TOKENS[name], MOST_PADDING
        self._session = open_session(graph, brief=brief and name.precision is Precision.FLOAT32)
        self._inputs = {node.name for node in self._session.get_inputs()}

    def run(self, output: str, ids: NDArray[Any], mask: NDArray[Any]) -> NDArray[Any]:
        """Return one output of the graph for (rows, length) token ids and their mask."""
        import numpy as np

        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        values: NDArray[Any] = self._session.run([output], {k: v for k, v in feed.items() if k in self._inputs})[0]
        return values


def open_session(path: Path, *, brief: bool = False) -> onnxruntime.InferenceSession:
    """Open an ONNX graph for the CPU. Thread-safe.

    Int8 products are exact on every processor. One with AVX2 or AVX-512 but without VNNI adds the products of
    unsigned by signed bytes in pairs into 16 bits, which can overflow; there `session.x64quantprecision` makes the
    weights unsigned bytes. Elsewhere ONNX Runtime ignores the entry.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are also raised, and reported by semsearch
    options.add_session_config_entry("session.x64quantprecision", "1")
    if brief:
        options.add_session_config_entry("session.disable_prepacking", "1")
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
