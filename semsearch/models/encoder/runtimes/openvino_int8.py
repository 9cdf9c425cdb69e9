"""An int8 graph for a library that quantizes activations by itself: int8 weights, the rest in float32.

It is derived from the graph of quantize.py and shares its weights file: the same integers, the same smoothing.
OpenVINO multiplies such a graph in int8 with one scale per 128 values of a token ("dynamic quantization"), and fuses
what ONNX Runtime runs as ten operators: half as long again for a passage.
"""

from __future__ import annotations

from typing import Any

__all__ = ["weight_only"]


def weight_only(model: Any) -> Any:
    """Return the graph, an onnx.ModelProto, with MatMul of DequantizeLinear instead of integer products."""
    import onnx

    result = onnx.ModelProto()
    result.CopyFrom(model)
    scaled = {node.input[0]: node for node in model.graph.node if node.op_type == "Mul"}
    nodes: list[Any] = []
    done: set[str] = set()
    for node in model.graph.node:
        if node.op_type == "MatMulIntegerToFloat":
            last = scaled[node.output[0]]
            nodes.extend(_product(node, last))
            done.add(last.output[0])
        elif node.output[0] not in done:
            nodes.append(node)
    outputs = {output.name for output in model.graph.output}
    kept = _needed(nodes, outputs)
    used = {name for node in kept for name in node.input}
    tensors = [tensor for tensor in model.graph.initializer if tensor.name in used]
    del result.graph.node[:], result.graph.initializer[:]
    result.graph.node.extend(kept)
    result.graph.initializer.extend(tensors)
    return result


def _product(node: Any, last: Any) -> list[Any]:
    """Return the replacement of an integer product and its scaling; `x.q` is made of `x.smooth`, `w.q` has a scale."""
    from onnx import helper

    smooth, scale, out = f"{node.input[0].removesuffix('.q')}.smooth", node.input[3], last.output[0]
    weights = f"{out}.weights"
    return [
        helper.make_node("DequantizeLinear", [node.input[1], scale], [weights], name=f"q.{weights}", axis=1),
        helper.make_node("MatMul", [smooth, weights], [out], name=f"q.{out}"),
    ]


def _needed(nodes: list[Any], outputs: set[str]) -> list[Any]:
    """Return the nodes that an output of the graph depends on, in order."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]
