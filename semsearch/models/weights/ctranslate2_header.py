"""The header of a CTranslate2 `model.bin`: its specification and the shapes of its variables.

Layout: `ModelSpec._serialize` of CTranslate2 (python/ctranslate2/specs/model_spec.py), binary versions 5 and 6.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.little_endian import read_number

__all__ = ["CTranslate2Header", "read_ctranslate2_header"]

_VERSIONS = (5, 6)
_MOST_VARIABLES = 1 << 20
_MOST_DIMENSIONS = 8


@dataclass(frozen=True, slots=True)
class CTranslate2Header:
    """The name of the specification, such as `WhisperSpec`, and the shape of every variable that is a tensor."""

    spec: str
    tensors: dict[str, tuple[int, ...]]


def read_ctranslate2_header(path: Path) -> CTranslate2Header:
    """Read the header of a `model.bin`, skipping the weights. Raises ModelUnavailable for another kind of file."""
    try:
        with path.open("rb") as file:
            return _read(file, path.stat().st_size)
    except (OSError, ValueError, struct.error) as error:
        raise ModelUnavailable(f"{path} is not a valid CTranslate2 model ({error}): fetch it again") from error


def _read(file: BinaryIO, size: int) -> CTranslate2Header:
    version = read_number(file, "I")
    if version not in _VERSIONS:
        raise ValueError("it has an unknown version")
    spec = _text(file)
    file.seek(4, os.SEEK_CUR)  # the revision of the specification
    count = read_number(file, "I")
    if count > _MOST_VARIABLES:
        raise ValueError("a length is out of range")
    tensors: dict[str, tuple[int, ...]] = {}
    for _ in range(count):
        name, rank = _text(file), read_number(file, "B")
        if rank > _MOST_DIMENSIONS:
            raise ValueError("a shape is out of range")
        shape = tuple(read_number(file, "I") for _ in range(rank))
        file.seek(1, os.SEEK_CUR)  # the type of its numbers
        file.seek(read_number(file, "I"), os.SEEK_CUR)
        if rank:
            tensors[name] = shape
    if file.tell() > size:
        raise ValueError("it is truncated")
    return CTranslate2Header(spec, tensors)


def _text(file: BinaryIO) -> str:
    return file.read(read_number(file, "H")).rstrip(b"\0").decode("utf-8")
