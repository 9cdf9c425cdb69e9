"""OpenVINO on the same ONNX file: one stream per core, in float32, bfloat16 or int8 (openvino_int8.py).

bfloat16 pays off where the processor multiplies it faster than float32, which its flags alone do not show (without a
matrix unit, Intel's avx512_bf16 is slower than float32); so the runtime is selected by measurement.
"""

from __future__ import annotations

import queue
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.shared.threads import thread_count

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OpenVinoRuntime"]

_PRECISIONS = {RuntimeName.OPENVINO_F32: "f32", RuntimeName.OPENVINO_BF16: "bf16", RuntimeName.OPENVINO_INT8: "f32"}
GROUP = 128
"""Values of a token that share one scale. Measured with MiniLM on two cores: 128 encodes 40 abstracts per second of
processor time at a lowest cosine of .9989, 64 38 at .9986, 32 32 at .9988, 384 36 at .996 (before smoothing)."""

_FIRST_USE = threading.Lock()


def _no_telemetry() -> None:
    """Prevent the import of openvino_telemetry, which reports to a web service when openvino is imported.

    openvino works without it; semsearch connects to nobody unasked.
    """
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


class OpenVinoRuntime:
    """A graph compiled by OpenVINO for this processor. It uses its own threads (TBB, not OpenMP)."""

    few_lengths = True

    def __init__(self, graph: Path, name: RuntimeName) -> None:
        """Read and compile: a third of a second to a few seconds. RuntimeError when the processor lacks bfloat16."""
        _no_telemetry()
        import openvino

        self.name, threads = name, thread_count()
        # In int8 the last digit of a float32 decides how a value is rounded, and padding changes that digit. Rows of
        # one padded length have the same bits alone and in a batch.
        rounds = name is RuntimeName.OPENVINO_INT8
        self.batch_tokens, self.most_padding = 512 if rounds else 2048, 0.0
        core = openvino.Core()
        capabilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        if name is RuntimeName.OPENVINO_BF16 and "BF16" not in capabilities:
            raise RuntimeError("this processor does not multiply bfloat16")
        options: dict[str, Any] = {
            "INFERENCE_PRECISION_HINT": _PRECISIONS[name],
            "NUM_STREAMS": threads,
            "INFERENCE_NUM_THREADS": threads,
            "ENABLE_CPU_PINNING": False,  # a pinned thread waits for whatever else runs on its core
        }
        if rounds:
            options["DYNAMIC_QUANTIZATION_GROUP_SIZE"] = GROUP
        self._model = core.compile_model(core.read_model(str(graph)), "CPU", options)
        self._inputs = {name for port in self._model.inputs for name in port.get_names()}
        self._requests: queue.SimpleQueue[Any] = queue.SimpleQueue()
        for _ in range(threads):
            self._requests.put(self._model.create_infer_request())
        self._use_once()

    def _use_once(self) -> None:
        """Run two tokens through the model, in one thread.

        OpenVINO's binding initializes itself at the first access to a tensor's data while it releases and retakes the
        GIL: two threads that do this at once deadlock (openvino 2026.4).
        """
        import numpy as np

        ids = np.ones((1, 2), dtype=np.int64)
        with _FIRST_USE:
            self.run(next(iter(self._model.outputs[0].get_names())), ids, ids)

    def run(self, output: str, ids: NDArray[Any], mask: NDArray[Any]) -> NDArray[Any]:
        """Return one output of the graph for (rows, length) token ids and their mask."""
        import numpy as np

        feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        request = self._requests.get()  # one request runs one call at a time
        try:
            request.infer({key: value for key, value in feed.items() if key in self._inputs})
            return np.array(request.get_tensor(output).data, dtype=np.float32)
        finally:
            self._requests.put(request)
