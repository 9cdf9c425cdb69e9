"""Open a compiled graph with the selected runtime; imports its library."""

from __future__ import annotations

from pathlib import Path

from semsearch.models.encoder.runtimes.base import Runtime, RuntimeName

__all__ = ["open_runtime"]


def open_runtime(name: RuntimeName, graph: Path, *, brief: bool = False) -> Runtime:
    """Open a graph with a runtime; errors of the library are passed on.

    `brief` is for a process with a single query: it opens sooner and runs a little slower.
    """
    if name.startswith("openvino"):
        from semsearch.models.encoder.runtimes.openvino_runtime import OpenVinoRuntime

        return OpenVinoRuntime(graph, name)
    if name is RuntimeName.TORCH:
        raise ValueError("torch runs a model's folder, not a graph: see TorchEncoder")
    from semsearch.models.encoder.runtimes.onnx_runtime import OnnxRuntime

    return OnnxRuntime(graph, name, brief=brief)
