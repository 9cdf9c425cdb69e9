"""Numbers in the headers of model files: little-endian, one after another."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

__all__ = ["read_number"]


def read_number(file: BinaryIO, kind: str) -> Any:
    """Read the next number of a file; `kind` is a character of `struct`. ValueError when the file is truncated."""
    size = struct.calcsize(f"<{kind}")
    data = file.read(size)
    if len(data) < size:
        raise ValueError("it is truncated")
    return struct.unpack(f"<{kind}", data)[0]
