"""The kind of reranker in a folder, read from its configuration and never from its name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.fingerprint import TOKENIZER_FILES, Recipe, file_sha256, read_json, sight, weight_files

__all__ = ["HEAD", "is_multi_vector", "read_cross_recipe", "ready_graph"]

HEAD = "Head(1)"
_ADVICE = "give the folder of a cross-encoder, or a name that `semsearch models` lists as one"
_CONFIG = "config_sentence_transformers.json"


def is_multi_vector(folder: Path) -> bool:
    """Return whether a folder holds a late-interaction model (sentence-transformers' MultiVectorEncoder)."""
    return bool(read_json(folder / _CONFIG).get("model_type") == "MultiVectorEncoder")


def ready_graph(folder: Path) -> int:
    """Return the tokens that a folder's own `model.onnx` sees; 0 when the folder has no ready graph."""
    if list(folder.glob("*.safetensors")) or not (folder / "model.onnx").is_file():
        return 0
    if not (folder / "tokenizer.json").is_file():
        raise ModelUnavailable(f"{folder} lacks tokenizer.json: {_ADVICE}")
    import onnx

    try:
        graph = onnx.load(str(folder / "model.onnx"), load_external_data=False).graph
    except Exception as error:
        raise ModelUnavailable(f"{folder / 'model.onnx'} is not an ONNX graph: fetch the model again") from error
    outputs = {value.name: value.type.tensor_type.shape.dim for value in graph.output}
    if "logits" not in outputs or outputs["logits"][-1].dim_value > 1:
        raise ModelUnavailable(f"the graph in {folder} returns {', '.join(outputs)}, not one score: {_ADVICE}")
    return sight(folder, read_json(folder / "config.json"))


def read_cross_recipe(folder: Path) -> Recipe:
    """Return the recipe of a cross-encoder's folder; ModelUnavailable for another kind or missing files."""
    try:
        return _read(folder)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        advice = "fetch the model again"
        raise ModelUnavailable(f"the configuration in {folder} is invalid ({error}): {advice}") from error


def _read(folder: Path) -> Recipe:
    library, config = read_json(folder / _CONFIG), read_json(folder / "config.json")
    _check_labels(folder, config)
    weights = weight_files(folder)
    tokenizer = next((folder / name for name in TOKENIZER_FILES if (folder / name).is_file()), None)
    wanted = {"config.json": config, "model.safetensors": weights, "tokenizer.json": tokenizer}
    if missing := [name for name, found in wanted.items() if not found]:
        raise ModelUnavailable(f"{folder} lacks {' and '.join(missing)}: {_ADVICE}")
    assert tokenizer is not None
    prompts = library.get("prompts") or {}
    modules = [str(module["type"]).rpartition(".")[2] for module in read_json(folder / "modules.json") or ()]
    return Recipe(
        weights=weights,
        tokenizer=file_sha256(tokenizer),
        modules=(*(modules or ["Transformer"]), HEAD),
        max_seq_length=sight(folder, config),
        query_prompt=prompts.get(library.get("default_prompt_name")) or "",
    )


def _check_labels(folder: Path, config: Mapping[str, Any]) -> None:
    """Reject a head with several outputs, even where sentence-transformers calls it a cross-encoder."""
    architecture = next(iter(config.get("architectures") or ()), "")
    labels = len(config.get("id2label") or {}) or int(config.get("num_labels") or 2)
    if architecture.endswith("ForSequenceClassification") and labels != 1:
        raise ModelUnavailable(f"{folder} is a classifier of {labels} classes, not a model with one score: {_ADVICE}")
