"""Document texts, stored once in zstd-compressed blocks of characters; a passage is a span of its document."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import zstandard

from semsearch.errors import IndexDamaged

__all__ = ["BLOCK", "compress", "read_span", "store_text"]

BLOCK = 16384
"""Characters of a block: large enough to compress, small enough to read one passage quickly."""


_own = threading.local()
"""A compressor and a decompressor for each thread: they are not thread-safe."""


def compress(text: str) -> bytes:
    """Compress one block; the frame carries its own checksum."""
    if not hasattr(_own, "compressor"):
        _own.compressor = zstandard.ZstdCompressor(level=3, write_checksum=True)
    data: bytes = _own.compressor.compress(text.encode("utf-8", "surrogatepass"))
    return data


def store_text(connection: sqlite3.Connection, document: int, text: str) -> None:
    """Write all blocks of a document inside the caller's transaction."""
    connection.executemany(
        "INSERT INTO texts VALUES (?, ?, ?, ?)",
        ((document, n, at, compress(text[at : at + BLOCK])) for n, at in enumerate(range(0, len(text), BLOCK))),
    )


def blocks(connection: sqlite3.Connection, document: int) -> Iterator[tuple[int, str]]:
    """Yield (first character, text) of every block of a document. Raises IndexDamaged."""
    query = "SELECT block, start, data FROM texts WHERE document = ? ORDER BY block"
    for _, start, data in connection.execute(query, (document,)):
        yield start, _decompress(data)


def read_span(connection: sqlite3.Connection, document: int, start: int, stop: int) -> str:
    """Return `text[start:stop]` of a document, reading only the blocks it touches. Raises IndexDamaged."""
    if stop <= start:
        return ""
    query = "SELECT start, data FROM texts WHERE document = ? AND block BETWEEN ? AND ? ORDER BY block"
    parts = [
        _decompress(data) for _, data in connection.execute(query, (document, start // BLOCK, (stop - 1) // BLOCK))
    ]
    offset = start - start // BLOCK * BLOCK
    text = "".join(parts)[offset : offset + stop - start]
    if len(text) != stop - start:
        raise IndexDamaged("the text of a document is incomplete; run `semsearch doctor --repair`")
    return text


def _decompress(data: bytes) -> str:
    if not hasattr(_own, "decompressor"):
        _own.decompressor = zstandard.ZstdDecompressor()  # creating one takes ten times as long as using it
    try:
        found: bytes = _own.decompressor.decompress(data, max_output_size=BLOCK * 4)
        return found.decode("utf-8", "surrogatepass")
    except (zstandard.ZstdError, UnicodeDecodeError, TypeError) as error:
        raise IndexDamaged(f"a block of text is damaged ({error}); run `semsearch doctor --repair`") from None
