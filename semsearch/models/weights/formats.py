"""The format of a folder's weights and their number of parameters, counted tensor by tensor.

A quantized tensor counts by its elements; its scales and zero points are not parameters, nor are positions, masks and
shapes stored as integers. Only headers are read, so a file of gigabytes costs milliseconds (ONNX graphs that contain
their weights are read whole).
"""

from __future__ import annotations

import json
import math
import re
import struct
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.ctranslate2_header import read_ctranslate2_header
from semsearch.models.weights.gguf_header import read_gguf_header

__all__ = ["Format", "Tensor", "count_parameters", "embedding_rows", "find_weights", "read_graph", "tensors"]

_HEADER_LIMIT = 100_000_000
_SAFETENSORS_NUMBERS = {"F64", "F32", "F16", "BF16", "F8_E4M3", "F8_E5M2", "I8", "U8"}
_NO_PARAMETERS = re.compile(
    r"(?:_scale|_zero_point|_zero|\.scales|\.zeros|\.absmax|\.qzeros|\.SCB|\.weight_format|final_logits_bias)$"
)
_VOCABULARY = re.compile(
    r"(?:word_embeddings|embed_tokens|wte|shared|tok_embeddings|token_embd|embed_in|embedding"
    r"|decoder/embeddings)[./]weight(?:_quantized)?$"
)


class Format(StrEnum):
    """Formats of weights. Pickles are excluded: reading one runs its code."""

    SAFETENSORS = "safetensors"
    ONNX = "ONNX"
    GGUF = "GGUF"
    CTRANSLATE2 = "CTranslate2"


class Tensor(NamedTuple):
    """The name and the shape of a parameter tensor."""

    name: str
    shape: tuple[int, ...]


def find_weights(folder: Path) -> tuple[Format, list[Path]]:
    """Return the format of a folder's weights and their files; of several formats the first of these four.

    Raises ModelUnavailable when there are none, when shards are missing, or when there are only pickles.
    """
    own = list(folder.glob("*.safetensors"))
    modules = list(folder.glob("[0-9]*_*/*.safetensors"))
    _check_shards(folder)
    if own or (modules and not (folder / "config.json").is_file()):  # a dense layer alone is not a model
        return Format.SAFETENSORS, sorted([*own, *modules])
    for graph in (folder / "model.onnx", folder / "onnx" / "model.onnx"):
        if graph.is_file():
            return Format.ONNX, [graph]
    if (folder / "model.bin").is_file():
        return Format.CTRANSLATE2, [folder / "model.bin"]
    gguf = sorted(folder.glob("*.gguf"))
    if len(gguf) > 1:
        raise ModelUnavailable(f"{folder} holds {len(gguf)} GGUF files: move the one to use into a folder of its own")
    if gguf:
        return Format.GGUF, gguf
    pickles = [path.name for pattern in ("pytorch_model*.bin", "*.pt", "*.pkl") for path in folder.glob(pattern)]
    if pickles:
        raise ModelUnavailable(
            f"{folder} holds its weights as a pickle only ({pickles[0]}), which can run code and is not read: "
            "take a revision that has model.safetensors"
        )
    raise ModelUnavailable(f"{folder} lacks model.safetensors (or model.onnx, model.bin, a .gguf): fetch it again")


def _check_shards(folder: Path) -> None:
    """Raise ModelUnavailable, naming them, when shards of the index are missing."""
    try:
        index = json.loads((folder / "model.safetensors.index.json").read_text(encoding="utf-8"))
        missing = sorted({str(name) for name in index["weight_map"].values() if not (folder / str(name)).is_file()})
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise ModelUnavailable(f"{folder}/model.safetensors.index.json is invalid: fetch the model again") from error
    if missing:
        raise ModelUnavailable(f"{folder} lacks {' and '.join(missing[:3])}: fetch the model again")


def tensors(folder: Path) -> list[Tensor]:
    """Return the parameter tensors of a folder's weights. Raises ModelUnavailable for damaged files."""
    form, files = find_weights(folder)
    if form is Format.SAFETENSORS:
        return [tensor for path in files for tensor in _safetensors(path)]
    if form is Format.ONNX:
        return list(_onnx(files[0]))
    shapes = read_gguf_header if form is Format.GGUF else read_ctranslate2_header
    return [Tensor(*pair) for pair in shapes(files[0]).tensors.items() if not _NO_PARAMETERS.search(pair[0])]


def count_parameters(folder: Path) -> int:
    """Return the number of parameters in the weights of a folder."""
    return sum(math.prod(tensor.shape) for tensor in tensors(folder))


def embedding_rows(folder: Path) -> int | None:
    """Return the rows of the embedding matrix, one per token id; None when no tensor is recognized as it."""
    shapes = [tensor.shape for tensor in tensors(folder) if _VOCABULARY.search(tensor.name) and len(tensor.shape) == 2]
    return max((shape[0] for shape in shapes), default=None)


def _safetensors(path: Path) -> Iterator[Tensor]:
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _HEADER_LIMIT:
                raise ValueError("its header is too long")
            header = json.loads(file.read(length))
        last = max((value["data_offsets"][1] for name, value in header.items() if name != "__metadata__"), default=0)
        if path.stat().st_size < 8 + length + last:
            raise ValueError("it is truncated")
        parameters = [
            Tensor(name, tuple(value["shape"]))
            for name, value in header.items()
            if name != "__metadata__" and value["dtype"] in _SAFETENSORS_NUMBERS and not _NO_PARAMETERS.search(name)
        ]
    except (OSError, ValueError, struct.error, KeyError, TypeError, AttributeError) as error:
        raise ModelUnavailable(f"{path} has damaged weights ({error}): fetch the model again") from error
    yield from parameters


def read_graph(path: Path) -> Any:
    """Return the onnx.GraphProto of a file, without external weights; ModelUnavailable when damaged."""
    import onnx

    try:
        return onnx.load(str(path), load_external_data=False).graph
    except Exception as error:
        raise ModelUnavailable(f"{path} is not a valid ONNX graph: fetch the model again") from error


def _onnx(path: Path) -> Iterator[Tensor]:
    import onnx

    kind = onnx.TensorProto
    numbers = {kind.FLOAT, kind.FLOAT16, kind.BFLOAT16, kind.DOUBLE, kind.INT8, kind.UINT8}
    for tensor in read_graph(path).initializer:
        quantized = tensor.name.endswith("_quantized")  # a bias: int32, as long as the original
        if (tensor.data_type in numbers or quantized) and not _NO_PARAMETERS.search(tensor.name):
            yield Tensor(tensor.name, tuple(tensor.dims))
