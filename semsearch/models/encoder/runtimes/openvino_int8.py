"""A graph in 8 bits for a library that quantizes activations by itself: weights in 8 bits, the rest in float32.

It is made of the graph that quantize.py writes and shares its file of weights: the same integers, the same smoothing.
OpenVINO multiplies such a graph in 8 bits with one scale for 128 values of a token ("dynamic quantization"), and fuses
what ONNX Runtime runs as ten operators: half as long again for a passage.
"""

from __future__ import annotations

from typing import Any

__all__ = ["weight_only"]


def weight_only(model: Any) -> Any:
    """Return the graph, an onnx.ModelProto, with MatMul of DequantizeLinear in place of products of integers."""
    import onnx

    made = onnx.ModelProto()
    made.CopyFrom(model)
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
    del made.graph.node[:], made.graph.initializer[:]
    made.graph.node.extend(kept)
    made.graph.initializer.extend(tensors)
    return made


def _product(node: Any, last: Any) -> list[Any]:
    """Return what a product of integers and its scaling become; `x.q` is made of `x.smooth`, `w.q` has a scale."""
    from onnx import helper

    smooth, scale, out = f"{node.input[0].removesuffix('.q')}.smooth", node.input[3], last.output[0]
    weights = f"{out}.weights"
    return [
        helper.make_node("DequantizeLinear", [node.input[1], scale], [weights], name=f"q.{weights}", axis=1),
        helper.make_node("MatMul", [smooth, weights], [out], name=f"q.{out}"),
    ]


def _needed(nodes: list[Any], outputs: set[str]) -> list[Any]:
    """Return the nodes, in order, that an output of the graph depends on."""
    wanted, kept = set(outputs), []
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append(node)
    return kept[::-1]
