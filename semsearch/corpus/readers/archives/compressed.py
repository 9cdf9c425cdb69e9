"""Single files that were compressed: logs, man pages, dumps; each is the document that is packed in it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import IO, cast

from semsearch.corpus.readers.nested import Inside, Limited
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = ["opened", "read"]

_ZSTD_WINDOW = 1 << 27
_TAR = slice(257, 262)


def read(data: bytes, inside: Inside) -> Parsed:
    """Read what is packed, by the name without the last suffix."""
    from semsearch.corpus.readers.archives import archive

    with _unpacking(data) as file:
        if file.read(512)[_TAR] == b"ustar":
            return archive.read_tar(data, inside)
    inside.add(Path(inside.name).stem or "unnamed", lambda: _unpacking(data), packed=len(data))
    (member,) = inside.members
    if member.parsed is None:
        raise (Limited if member.limited else SourceUnreadable)(member.reason)
    return member.parsed


def _unpacking(data: bytes) -> IO[bytes]:
    file = opened(data)
    if file is None:
        raise SourceUnreadable("not compressed in a way that is known, whatever its name says")
    return file


def opened(data: bytes) -> IO[bytes] | None:
    """Return what compressed data unpacks to, as a file that unpacks while it is read; None for data that is not."""
    import bz2
    import gzip
    import lzma

    packed = BytesIO(data)
    if data.startswith(b"\x1f\x8b"):
        return cast("IO[bytes]", gzip.open(packed))
    if data.startswith(b"BZh"):
        return bz2.open(packed)
    if data.startswith((b"\xfd7zXZ\0", b"\x5d\0\0")):
        return lzma.open(packed)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        import zstandard

        unpacker = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        return cast("IO[bytes]", unpacker.stream_reader(packed, read_across_frames=True))
    return None
