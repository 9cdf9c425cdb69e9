"""Quantize a float32 graph to int8, in standard ONNX operators and one of ONNX Runtime's (MatMulIntegerToFloat).

Weights have one scale per column. Activations have one scale per token, taken from that token's row, so a text does
not depend on the rest of its batch. Beforehand, channels that are always large are divided by a factor by which the
weights are multiplied ("SmoothQuant", Xiao et al. 2022), measured on built-in texts. Embeddings have one scale per row.
Measured with MiniLM on abstracts: lowest cosine .9983 (without smoothing .9966; with one scale per text .993; with ONNX
Runtime's MatMulNBits in blocks of 128 .9986, but no faster than float32).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.runtimes.int8_files import OPENVINO_GRAPH, int8_sound, origin
from semsearch.models.encoder.runtimes.openvino_int8 import weight_only
from semsearch.models.encoder.runtimes.probe_texts import PROBES, passages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.models.encoder.onnx_encoder import OnnxEncoder

__all__ = ["quantized"]

_FILES = (compiled.MODEL, compiled.WEIGHTS, OPENVINO_GRAPH)
SMOOTHING = 0.6
"""The share of a channel's range that moves into the weights: 0 none, 1 all."""
MANY_ROWS = 1000
"""Smaller tables (positions, segments) are not quantized."""


def quantized(encoder: OnnxEncoder, found: compiled.Compiled, target: Path) -> Path:
    """Return the folder with a model's int8 graph, building it when missing or damaged; needs the onnx package.

    `encoder` tokenizes the texts on which the ranges of activations are measured.
    """
    from semsearch.models.weights.atomic_folder import disk_errors, locked, staged

    with locked(target), disk_errors(target.parent):
        if int8_sound(target, found):
            return target
        with staged(target) as folder:
            _write(encoder, found, folder)
            files = {name: compiled.describe_file(folder / name) for name in _FILES}
            values = {"of": origin(found), "files": {n: [f.sha256, f.size] for n, f in files.items()}}
            (folder / compiled.MANIFEST).write_text(json.dumps(values, indent=1, sort_keys=True), encoding="utf-8")
    return target


def _write(encoder: OnnxEncoder, found: compiled.Compiled, folder: Path) -> None:
    import onnx

    model = onnx.load(str(found.folder / compiled.MODEL))
    texts = [*PROBES, *passages(lambda text: len(encoder.token_spans([text])[0]) <= encoder.max_tokens, 16)]
    _Quantizer(model, _ranges(model, encoder.query_rows(texts))).run()
    onnx.save(
        model,
        str(folder / compiled.MODEL),
        save_as_external_data=True,
        location=compiled.WEIGHTS,
        size_threshold=1024,
        convert_attribute=False,
    )
    written = onnx.load(str(folder / compiled.MODEL), load_external_data=False)
    onnx.save(weight_only(written), str(folder / OPENVINO_GRAPH))


def _ranges(model: Any, rows: Sequence[Sequence[int]]) -> dict[str, NDArray[Any]]:
    """Return for each input of a multiplication by weights the largest absolute value of every channel."""
    import numpy as np
    import onnx
    import onnxruntime

    wanted = sorted({node.input[0] for node in _multiplications(model)})
    observed = onnx.ModelProto()
    observed.CopyFrom(model)
    observed.graph.output.extend(onnx.helper.make_tensor_value_info(n, onnx.TensorProto.FLOAT, None) for n in wanted)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(observed.SerializeToString(), options, providers=["CPUExecutionProvider"])
    inputs = {node.name for node in session.get_inputs()}
    ranges: dict[str, NDArray[Any]] = {}
    for row in rows:
        ids = np.array([row], dtype=np.int64)
        feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        values = session.run(wanted, {name: array for name, array in feed.items() if name in inputs})
        for name, value in zip(wanted, values, strict=True):
            most = np.abs(value.reshape(-1, value.shape[-1])).max(axis=0)
            ranges[name] = np.maximum(ranges[name], most) if name in ranges else most
    return ranges


def _multiplications(model: Any) -> list[Any]:
    """Return the nodes that multiply activations by a weight matrix."""
    flat = {tensor.name for tensor in model.graph.initializer if len(tensor.dims) == 2}
    return [node for node in model.graph.node if node.op_type == "MatMul" and node.input[1] in flat]


class _Quantizer:
    """Rewrites one graph."""

    def __init__(self, model: Any, ranges: Mapping[str, NDArray[Any]]) -> None:
        self._model, self._ranges = model, ranges
        self._weights = {tensor.name: tensor for tensor in model.graph.initializer}
        self._uses = Counter(name for node in model.graph.node for name in node.input if name in self._weights)
        self._weights_of: dict[str, list[str]] = defaultdict(list)
        for node in _multiplications(model):
            self._weights_of[node.input[0]].append(node.input[1])
        self._factors: dict[str, NDArray[Any]] = {}
        self._nodes: list[Any] = []
        self._added: dict[str, Any] = {}
        self._replaced: set[str] = set()

    def run(self) -> None:
        """Rewrite the graph in place."""
        import numpy as np
        import onnx

        for name, value in (("q.one", np.float32(1)), ("q.127", np.float32(127)), ("q.1/127", np.float32(1 / 127))):
            self._add(name, value)
        self._add("q.tiny", np.float32(1e-9))
        self._add("q.zero", np.uint8(128))
        multiplications = {node.output[0] for node in _multiplications(self._model)}
        graph = self._model.graph
        for node in graph.node:
            if node.output[0] in multiplications:
                self._multiply(node)
            elif node.op_type == "Gather" and self._is_table(node.input[0]):
                self._look_up(node)
            else:
                self._nodes.append(node)
        kept = [tensor for tensor in graph.initializer if tensor.name not in self._replaced]
        nodes = [onnx.NodeProto.FromString(node.SerializeToString()) for node in self._nodes]
        del graph.node[:], graph.initializer[:]
        graph.node.extend(nodes)
        graph.initializer.extend([*kept, *self._added.values()])
        if not any(known.domain == "com.microsoft" for known in self._model.opset_import):
            self._model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))

    def _add(self, name: str, value: Any) -> None:
        from onnx import numpy_helper

        self._added[name] = numpy_helper.from_array(value, name)

    def _node(self, kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        from onnx import helper

        self._nodes.append(helper.make_node(kind, inputs, [output], name=f"q.{output}", **attributes))

    def _is_table(self, name: str) -> bool:
        table = self._weights.get(name)
        return table is not None and self._uses[name] == 1 and len(table.dims) == 2 and table.dims[0] > MANY_ROWS

    def _multiply(self, node: Any) -> None:
        """Replace a MatMul: its input quantized per token (once for all that share it), its weights per column."""
        x, weights, out = node.input[0], node.input[1], node.output[0]
        if x not in self._factors:
            self._quantize_input(x)
        if f"{weights}.q" not in self._added:
            from onnx import numpy_helper

            matrix = numpy_helper.to_array(self._weights[weights]) * self._factors[x][:, None]
            self._add_int8(weights, matrix, axis=0)
            if self._uses[weights] == sum(weights in names for names in self._weights_of.values()):
                self._replaced.add(weights)
        inputs = [f"{x}.q", f"{weights}.q", "q.one", f"{weights}.scale", "q.zero"]
        self._node("MatMulIntegerToFloat", inputs, f"{out}.unscaled", domain="com.microsoft")
        self._node("Mul", [f"{out}.unscaled", f"{x}.scale"], out)

    def _quantize_input(self, x: str) -> None:
        self._factors[x] = factors = self._smoothing(x)
        self._add(f"{x}.smoothing", (1 / factors).astype("float32"))
        self._node("Mul", [x, f"{x}.smoothing"], f"{x}.smooth")
        self._node("Abs", [f"{x}.smooth"], f"{x}.abs")
        self._node("ReduceMax", [f"{x}.abs"], f"{x}.most", axes=[-1], keepdims=1)
        self._node("Max", [f"{x}.most", "q.tiny"], f"{x}.range")
        self._node("Div", ["q.127", f"{x}.range"], f"{x}.steps")
        self._node("Mul", [f"{x}.range", "q.1/127"], f"{x}.scale")
        self._node("Mul", [f"{x}.smooth", f"{x}.steps"], f"{x}.stepped")
        self._node("QuantizeLinear", [f"{x}.stepped", "q.one", "q.zero"], f"{x}.q")

    def _smoothing(self, x: str) -> NDArray[Any]:
        """Return the divisor of each channel; 1 where the weights are also used elsewhere in the graph."""
        import numpy as np
        from onnx import numpy_helper

        matrices = [np.abs(numpy_helper.to_array(self._weights[name])).max(axis=1) for name in self._weights_of[x]]
        if any(self._uses[name] > 1 for name in self._weights_of[x]):
            return np.ones_like(matrices[0])
        weights, activations = np.maximum(np.max(matrices, axis=0), 1e-5), np.maximum(self._ranges[x], 1e-5)
        factors = activations**SMOOTHING / weights ** (1 - SMOOTHING)
        result: NDArray[Any] = (factors / np.exp(np.log(factors).mean())).astype(np.float32)
        return result

    def _look_up(self, node: Any) -> None:
        """Replace a Gather from a table: the int8 row, times its scale."""
        from onnx import TensorProto, numpy_helper

        table, ids, out = node.input[0], node.input[1], node.output[0]
        self._add_int8(table, numpy_helper.to_array(self._weights[table]), axis=1)
        self._replaced.add(table)
        self._node("Gather", [f"{table}.q", ids], f"{out}.q")
        self._node("Cast", [f"{out}.q"], f"{out}.unscaled", to=TensorProto.FLOAT)
        self._node("Gather", [f"{table}.scale", ids], f"{out}.scale")
        self._node("Mul", [f"{out}.unscaled", f"{out}.scale"], out)

    def _add_int8(self, name: str, matrix: NDArray[Any], *, axis: int) -> None:
        """Add a matrix as int8 with one scale per line along `axis`; column scales are one-dimensional."""
        import numpy as np

        scale = np.abs(matrix).max(axis=axis, keepdims=True) / 127
        scale[scale == 0] = 1
        self._add(f"{name}.q", np.rint(matrix / scale).astype(np.int8))
        self._add(f"{name}.scale", np.ascontiguousarray((scale[0] if axis == 0 else scale).astype(np.float32)))
