"""Single files that were compressed: logs, man pages, dumps; each is the document that is packed in it."""

from __future__ import annotations

import bz2
import gzip
import lzma
from io import BytesIO
from pathlib import Path
from typing import IO

from semsearch.corpus.inside import Inside, Limited
from semsearch.errors import SourceUnreadable
from semsearch.types import Parsed

__all__ = ["SUFFIXES", "opened", "read"]

SUFFIXES = ("gz", "bz2", "xz", "lzma", "zst")
_ZSTD_WINDOW = 1 << 27


def read(data: bytes, inside: Inside) -> Parsed:
    """Read what is packed, by the name without the last suffix."""
    from semsearch.corpus.readers import archive

    name = Path(inside.name).stem or "unnamed"
    file = opened(data)
    if file is None:
        raise SourceUnreadable("not compressed in a way that is known, whatever its name says")
    with file:
        head = file.read(512)
        if head[257:262] == b"ustar":
            return archive.read_tar(data, inside)
    inside.add(name, lambda: _unpacking(data), packed=len(data))
    (member,) = inside.members
    if member.parsed is None:
        raise (Limited if member.limited else SourceUnreadable)(member.reason)
    return member.parsed


def _unpacking(data: bytes) -> IO[bytes]:
    file = opened(data)
    assert file is not None
    return file


def opened(data: bytes) -> IO[bytes] | None:
    """Return what compressed data unpacks to, as a file that unpacks while it is read; None for data that is not."""
    if data.startswith(b"\x1f\x8b"):
        return gzip.open(BytesIO(data))
    if data.startswith(b"BZh"):
        return bz2.open(BytesIO(data))
    if data.startswith((b"\xfd7zXZ\0", b"\x5d\0\0")):
        return lzma.open(BytesIO(data))
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        file: IO[bytes] = unpacker.stream_reader(BytesIO(data), read_across_frames=True)
        return file
    return None
