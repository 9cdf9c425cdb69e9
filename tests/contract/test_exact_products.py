"""Products of 8 bits are exact on every processor, in every form that graphs in 8 bits have.

A processor with AVX2 or AVX-512 and without VNNI adds products of unsigned by signed bytes in pairs into 16 bits, and
twice 255 * 127 is more than these hold.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.encoder.runtimes.onnx_runtime import OnnxRuntime, open_session

DEPTH, WIDTH = 64, 32
RANDOM = np.random.default_rng(7)
LARGE = RANDOM.choice(np.array([127, 126, -127], np.int8), (DEPTH, WIDTH), p=[0.6, 0.3, 0.1])
"""Weights whose products with large activations overflow 16 bits in pairs."""


def saved(path: Path, nodes: list[onnx.NodeProto], kind: int, weights: NDArray[np.int8]) -> Path:
    tensors = {"w": weights, "one": np.float32(1), "zero": np.uint8(0), "scale": np.ones(WIDTH, np.float32)}
    graph = helper.make_graph(
        nodes,
        "products",
        [helper.make_tensor_value_info("input_ids", kind, ["rows", DEPTH])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["rows", WIDTH])],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in tensors.items()],
    )
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=8), path)
    return path


def own_form() -> list[onnx.NodeProto]:
    """As quantize.py writes it."""
    return [
        helper.make_node("Cast", ["input_ids"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("QuantizeLinear", ["x", "one", "zero"], ["q"]),
        helper.make_node("MatMulIntegerToFloat", ["q", "w", "one", "scale", "zero"], ["y"], domain="com.microsoft"),
    ]


def dynamic_form() -> list[onnx.NodeProto]:
    """As ONNX Runtime's own tool writes it, and packages carry it: the scale is taken while it runs."""
    return [
        helper.make_node("Cast", ["input_ids"], ["x"], to=TensorProto.FLOAT),
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "q.scale", "q.zero"]),
        helper.make_node("MatMulInteger", ["q", "w", "q.zero"], ["sums"]),
        helper.make_node("Cast", ["sums"], ["whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["whole", "q.scale"], ["y"]),
    ]


@pytest.mark.parametrize("form", [own_form, dynamic_form])
@pytest.mark.parametrize("rows", [1, 3, 40])
def test_products_of_8_bits_are_exact(form: object, rows: int, tmp_path: Path) -> None:
    graph = saved(tmp_path / "model.onnx", form(), TensorProto.INT64, LARGE)  # type: ignore[operator]
    values = RANDOM.integers(250, 256, (rows, DEPTH))
    values[:, 0] = 255  # so that a step is 1 where the scale is taken from the values
    values[:, 1] = 0
    expected = values.astype(np.float32) @ LARGE.astype(np.float32)
    found = open_session(graph).run(["y"], {"input_ids": values})[0]
    assert np.array_equal(found, expected)


def test_a_runtime_in_8_bits_is_exact_for_a_single_query_as_well(tmp_path: Path) -> None:
    graph = saved(tmp_path / "model.onnx", own_form(), TensorProto.INT64, LARGE)
    values = RANDOM.integers(250, 256, (1, DEPTH))
    runtime = OnnxRuntime(graph, RuntimeName.ONNX_INT8, brief=True)
    assert np.array_equal(runtime.run("y", values, np.ones_like(values)), values.astype(np.float32) @ LARGE)
