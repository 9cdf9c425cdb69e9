"""The recipe of a bi-encoder's folder that holds a ready ONNX graph instead of weights, and its output."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.catalog_entry import Graph
from semsearch.models.weights.fingerprint import FP32, INT8_DYNAMIC, Hashes, Recipe, read_recipe
from semsearch.models.weights.formats import Format, find_weights, read_graph

__all__ = ["read_graph_recipe"]

_TOKENS = ("token_embeddings", "last_hidden_state")
_SENTENCE = "sentence_embedding"
_POOLINGS = {"Pooling(mean)": "mean", "Pooling(cls)": "cls"}


def read_graph_recipe(folder: Path) -> tuple[Recipe, Graph] | None:
    """Return the recipe and the graph of a folder with a ready ONNX graph; None when it holds other weights.

    Raises ModelUnavailable when the graph is damaged, or has no output from which vectors can be computed.
    """
    form, (path, *_) = find_weights(folder)
    if form is not Format.ONNX:
        return None
    graph = read_graph(path)
    hashes = Hashes.of(folder)
    files = (path, *(path.parent / name for name in sorted(_outside(graph))))
    recipe = read_recipe(folder, {file.relative_to(folder).as_posix(): hashes.sha256(file) for file in files})
    quantized = any(node.op_type == "DynamicQuantizeLinear" for node in graph.node)
    output, pooling = _output(folder, [value.name for value in graph.output], recipe)
    recipe = replace(recipe, precision=INT8_DYNAMIC if quantized else FP32)
    return recipe, Graph(path.relative_to(folder).as_posix(), output, pooling)


def _outside(graph: Any) -> set[str]:
    """Return the names of the files beside a graph that hold its weights."""
    return {
        pair.value for tensor in graph.initializer for pair in tensor.external_data if pair.key == "location"
    }  # ONNX, "External Data"


def _output(folder: Path, names: list[str], recipe: Recipe) -> tuple[str, str]:
    """Return the output to use and its pooling: token vectors if the modules after them are known, else sentences."""
    pooling = _POOLINGS.get(recipe.modules[1]) if len(recipe.modules) == 2 else None
    tokens = next((name for name in _TOKENS if name in names), None)
    if tokens and pooling:
        return tokens, pooling
    if _SENTENCE in names:
        return _SENTENCE, ""
    raise ModelUnavailable(
        f"the graph in {folder} returns {', '.join(names)}, not the input of {', '.join(recipe.modules[1:])}: "
        "give a folder with model.safetensors"
    )
