"""Decompression by the first bytes of the data, not by its name."""

from __future__ import annotations

from io import BytesIO
from typing import IO, cast

__all__ = ["opened"]

_ZSTD_WINDOW = 1 << 27


def opened(data: bytes) -> IO[bytes] | None:
    """Return a file that decompresses data while it is read; None for data in no known compression."""
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
