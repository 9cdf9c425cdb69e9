"""The header of a GGUF file: its metadata and the shapes of its tensors, without the weights and without a library.

Layout: "GGUF in detail", docs/gguf.md of the ggml project, versions 2 and 3, little-endian.
"""

from __future__ import annotations

import math
import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.little_endian import read_number

__all__ = ["GgufHeader", "read_gguf_header"]

_MAGIC = b"GGUF"
_NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_TEXT, _ARRAY = 8, 9
_BLOCKS = {
    0: (1, 4),
    1: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    30: (1, 2),
}
"""Elements and bytes of a block, by the kind of quantization (F32, F16, Q4_0, ... BF16)."""
_LONGEST = 1 << 26
"""No text, list or table of a header is longer; a larger number means damage."""


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """The metadata, with only the lengths of lists, and the shape of every tensor."""

    metadata: dict[str, Any]
    tensors: dict[str, tuple[int, ...]]


def read_gguf_header(path: Path) -> GgufHeader:
    """Read the header of a GGUF file. Raises ModelUnavailable for another or a truncated file."""
    try:
        with path.open("rb") as file:
            return _read(file)
    except (OSError, ValueError, KeyError, struct.error, RecursionError) as error:
        raise ModelUnavailable(f"{path} is not a valid GGUF file ({error}): fetch it again") from error


def _read(file: BinaryIO) -> GgufHeader:
    if file.read(4) != _MAGIC:
        raise ValueError("it does not begin with GGUF")
    version, tensor_count, pair_count = read_number(file, "I"), _length(file), _length(file)
    if version not in (2, 3):
        raise ValueError(f"version {version}")
    metadata = {}
    for _ in range(pair_count):
        key = _text(file)
        metadata[key] = _value(file, read_number(file, "I"))
    tensors, end = {}, 0
    for _ in range(tensor_count):
        name = _text(file)
        tensors[name] = tuple(read_number(file, "Q") for _ in range(read_number(file, "I")))[::-1]
        kind, offset = read_number(file, "I"), read_number(file, "Q")
        block, size = _BLOCKS.get(kind, (1, 0))
        end = max(end, offset + math.prod(tensors[name]) // block * size)
    if os.fstat(file.fileno()).st_size < file.tell() + end:
        raise ValueError("it is truncated")
    return GgufHeader(metadata, tensors)


def _length(file: BinaryIO) -> int:
    length = int(read_number(file, "Q"))
    if length > _LONGEST:
        raise ValueError("a length is out of range")
    return length


def _text(file: BinaryIO) -> str:
    return file.read(_length(file)).decode("utf-8", "replace")


def _value(file: BinaryIO, kind: int) -> Any:
    if kind == _TEXT:
        return _text(file)
    if kind != _ARRAY:
        return read_number(file, _NUMBERS[kind])
    kind, length = read_number(file, "I"), _length(file)
    if kind in _NUMBERS:
        file.seek(length * struct.calcsize(f"<{_NUMBERS[kind]}"), 1)
        return length
    for _ in range(length):
        _value(file, kind)
    return length
