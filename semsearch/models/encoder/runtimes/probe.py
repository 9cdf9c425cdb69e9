"""Try one runtime on a compiled model: `python -m semsearch.models.encoder.runtimes.probe JOB NAME REFERENCE RESULT`.

In a separate process, so that a library that crashes on this processor harms nothing else. REFERENCE holds the vectors
of ONNX Runtime in float32, which runs first and writes them.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.onnx_encoder import OnnxEncoder, encoder_of
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.encoder.runtimes.benchmark import MeasuredRuntime
from semsearch.models.encoder.runtimes.int8_files import int8_folder, int8_graph
from semsearch.models.encoder.runtimes.probe_texts import PROBES, passages
from semsearch.models.encoder.runtimes.query_and_passage import OneRuntime
from semsearch.types.models import Precision

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings

__all__ = ["main"]

TEXTS = 8
SECONDS, ROUNDS = 0.5, 3
"""Minimal duration and number of rounds, after a first round that is not counted."""


def main(arguments: Sequence[str]) -> int:
    """Measure, and write the result as JSON."""
    import numpy as np

    job, name = compiled.Job.from_json(json.loads(arguments[0])), RuntimeName(arguments[1])
    reference, result = map(Path, arguments[2:])
    fingerprint = job.recipe.fingerprint
    found = compiled.find(fingerprint)
    if found is None:
        raise RuntimeError(f"{compiled.folder_of(fingerprint)} is missing or damaged")
    graph = found.folder / compiled.MODEL
    if name.precision is Precision.INT8:
        from semsearch.models.encoder.runtimes.quantize import quantized

        exact = encoder_of(found, job.name, job.recipe, sides=OneRuntime(RuntimeName.ONNX_FP32, graph))
        quantized(exact, found, int8_folder(fingerprint))
        graph = int8_graph(fingerprint, name)
    encoder = encoder_of(found, job.name, job.recipe, sides=OneRuntime(name, graph))
    texts = passages(lambda text: len(encoder.token_spans([text])[0]) <= encoder.max_tokens, TEXTS)
    vectors = _vectors(encoder, texts)
    if name is RuntimeName.ONNX_FP32:
        np.save(reference, vectors)
    cosines = np.sum(vectors * np.load(reference), axis=1)
    measured = MeasuredRuntime(name, _speed(encoder, texts), float(cosines.mean()), float(cosines.min()))
    result.write_text(json.dumps(asdict(measured)), encoding="utf-8")
    return 0


def _vectors(encoder: OnnxEncoder, texts: Sequence[str]) -> Embeddings:
    import numpy as np

    return np.concatenate([encoder.encode_queries(PROBES), encoder.encode_passages(texts)])


def _speed(encoder: OnnxEncoder, texts: Sequence[str]) -> float:
    """Return passages per second of processor time in the best round, so other load does not count."""
    start, costs = time.perf_counter(), list[float]()
    while len(costs) < ROUNDS or time.perf_counter() - start < SECONDS:
        before = time.process_time()
        encoder.encode_passages(texts)
        costs.append(time.process_time() - before)
    return round(len(texts) / max(min(costs), 1e-6), 2)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
