"""8 bits where bytes are added in pairs into 16 bits (AVX2, AVX-512 without VNNI): three ways to keep products exact.

Elsewhere every way but that of seven bits gives the same vectors, and the entry changes nothing.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.load import compiled_job, load_encoder
from semsearch.models.encoder.onnx_encoder import OnnxEncoder, encoder_of
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.encoder.runtimes.int8_files import int8_folder
from semsearch.models.encoder.runtimes.onnx_runtime import OnnxRuntime
from semsearch.models.encoder.runtimes.probe_texts import PROBES, passages
from semsearch.models.encoder.runtimes.quantize import quantized
from semsearch.models.encoder.runtimes.query_and_passage import OneRuntime
from semsearch.settings import DEFAULT_MODEL
from tests.benchmarks.report import table

TEXTS, ROUNDS = 12, 6


class Opened(OnnxRuntime):
    """ONNX Runtime with or without the entry that makes products exact."""

    def __init__(self, graph: Path, name: RuntimeName, *, exact: bool) -> None:
        super().__init__(graph, name)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.x64quantprecision", str(int(exact)))
        self._session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])


class Given:
    """One open runtime for both sides."""

    def __init__(self, runtime: OnnxRuntime) -> None:
        self._runtime = runtime

    def query(self) -> OnnxRuntime:
        return self._runtime

    def document(self, *_: Any) -> OnnxRuntime:
        return self._runtime


def seven_bits(graph: Path, folder: Path) -> Path:
    """Write the graph with weights of -63 to 63: no pair of products leaves 16 bits."""
    model = onnx.load(str(graph))
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    for node in model.graph.node:
        if node.op_type == "MatMulIntegerToFloat":
            weights, scales = tensors[node.input[1]], tensors[node.input[3]]
            matrix = numpy_helper.to_array(weights) * numpy_helper.to_array(scales)
            scale = np.maximum(np.abs(matrix).max(axis=0) / 63, 1e-12).astype(np.float32)
            weights.CopyFrom(numpy_helper.from_array(np.rint(matrix / scale).astype(np.int8), weights.name))
            scales.CopyFrom(numpy_helper.from_array(scale, scales.name))
    path = folder / "seven.onnx"
    onnx.save(model, str(path))
    return path


def main() -> None:
    load_encoder(DEFAULT_MODEL)
    job = compiled_job(DEFAULT_MODEL)
    found = compiled.find(job.recipe.fingerprint)
    assert found is not None
    graph = found.folder / compiled.MODEL
    exact = encoder_of(found, job.name, job.recipe, sides=OneRuntime(RuntimeName.ONNX_FP32, graph))
    rounded = quantized(exact, found, int8_folder(found.fingerprint)) / compiled.MODEL
    texts = list(passages(lambda text: len(exact.token_spans([text])[0]) <= exact.max_tokens, TEXTS))
    expected = exact.encode_queries([*PROBES, *texts])
    with tempfile.TemporaryDirectory() as work:
        ways = {
            "float32": Opened(graph, RuntimeName.ONNX_FP32, exact=True),
            "8 bits, pairs may overflow": Opened(rounded, RuntimeName.ONNX_INT8, exact=False),
            "8 bits, weights as unsigned bytes": Opened(rounded, RuntimeName.ONNX_INT8, exact=True),
            "weights in 7 bits": Opened(seven_bits(rounded, Path(work)), RuntimeName.ONNX_INT8, exact=False),
        }
        encoders = {
            name: encoder_of(found, job.name, job.recipe, sides=Given(runtime))  # type: ignore[arg-type]
            for name, runtime in ways.items()
        }
        rows = [row(name, encoder, texts, expected) for name, encoder in encoders.items()]
        table("MiniLM, one core", ("way", "passages/s of a core", "mean cosine", "least"), rows)


def row(name: str, encoder: OnnxEncoder, texts: list[str], expected: Any) -> tuple[object, ...]:
    cosines = np.sum(encoder.encode_queries([*PROBES, *texts]) * expected, axis=1)
    costs = []
    for _ in range(ROUNDS):
        start = time.process_time()
        encoder.encode_passages(texts)
        costs.append(time.process_time() - start)
    return name, f"{len(texts) / min(costs):.1f}", f"{cosines.mean():.5f}", f"{cosines.min():.5f}"


if __name__ == "__main__":
    main()
