"""The vector log: an append-only file of float16 unit vectors; row r starts at byte r * dim * 2."""

from __future__ import annotations

import hashlib
import mmap
import os
import weakref
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from semsearch.disk import sync_file
from semsearch.errors import IndexDamaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Embeddings, Ids, Scores, Vector

__all__ = ["LogWriter", "VectorLog", "block_checksum", "finite"]

CHUNK = 1024
"""Rows converted to float32 at a time: 1.5 MB at 384 dimensions, which fits the CPU cache."""


_READ_ABOVE = 64_000_000
"""From this size in bytes on, a few rows are read from the file, not through the memory map."""
_READ_ROWS = 4096


def block_checksum(data: bytes | memoryview) -> bytes:
    """Return the 16-byte BLAKE2b of a block of the log."""
    return hashlib.blake2b(data, digest_size=16).digest()


def finite(scores: Scores) -> Scores:
    """Give rows of damaged vectors the lowest cosine, in place."""
    if not np.isfinite(scores).all():  # a tenth of the time of nan_to_num on intact scores
        np.nan_to_num(scores, copy=False, nan=-1.0, posinf=-1.0, neginf=-1.0)
    return scores


@cache
def _floats() -> NDArray[np.float32]:
    """Return a table of the float32 value of every float16 bit pattern."""
    return np.arange(1 << 16, dtype="<u2").view("<f2").astype(np.float32)


def _widened(halves: NDArray[np.float16]) -> Embeddings:
    """Return float16 values as float32 by table lookup, in half the time of computing them."""
    return _floats().take(halves.view("<u2"), mode="wrap")  # any other mode copies once more


class LogWriter:
    """Appends at the physical end, rounded up to a row: what a crashed writer left is never overwritten."""

    def __init__(self, path: Path, dim: int, rows: int = 0) -> None:
        """Open a log that has at least `rows` rows. Raises IndexDamaged when it is missing or shorter."""
        self._row = dim * 2
        try:
            self._file: BinaryIO = path.open("r+b")
        except FileNotFoundError:
            raise IndexDamaged(f"{path} is missing; run `semsearch doctor --repair`") from None
        self._file.seek(0, os.SEEK_END)
        size = os.fstat(self._file.fileno()).st_size
        if size % self._row:
            self._file.write(b"\0" * (self._row - size % self._row))
            size += self._row - size % self._row
        self.end = size // self._row
        if self.end < rows:
            self._file.close()
            raise IndexDamaged(f"{path} has lost {rows - self.end} vectors; run `semsearch doctor --repair`")

    def append(self, rows: Embeddings) -> tuple[int, int, bytes]:
        """Append (n, dim) rows; return first row, one past the last, and the block's checksum."""
        data = np.ascontiguousarray(rows, dtype="<f2").tobytes()
        self._file.write(data)
        start = self.end
        self.end += len(rows)
        return start, self.end, block_checksum(data)

    def sync(self) -> None:
        """Make everything appended durable."""
        sync_file(self._file)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class VectorLog:
    """The first `rows` rows of a log, mapped. Raises IndexDamaged when the file is shorter than that."""

    def __init__(self, path: Path, dim: int, rows: int) -> None:
        """Map `rows` rows of `dim` float16 values."""
        self._path = path
        self._file: int | None = None
        self.dim = dim
        self.rows = rows
        try:
            size = path.stat().st_size
        except OSError as error:
            raise IndexDamaged(f"{path} is missing ({error.strerror}); run `semsearch doctor --repair`") from None
        here = min(rows, size // (dim * 2))
        self._pages: Any = None
        self.missing = rows - here
        """Rows in the catalogue that the file lacks."""
        self._map: NDArray[np.float16]
        if here:
            # A plain view of the mapping: np.memmap costs microseconds per access.
            mapping = np.memmap(path, dtype="<f2", mode="r", shape=(here, dim))
            self._map, self._pages = np.asarray(mapping), mapping.base
        else:
            self._map = np.zeros((0, dim), dtype="<f2")
        self._resident: tuple[int, Embeddings] | None = None
        """A start row, and a float32 copy of the rows from it on."""

    def take(self, rows: Ids) -> Embeddings:
        """Return the vectors of some rows as (n, dim) float32; rows missing in the file are zero.

        Damaged rows may have any value, NaN included.
        """
        here = rows < len(self._map)
        if here.all():
            resident = self._resident
            if resident is not None and not resident[0]:
                return np.asarray(resident[1][rows])
            return _widened(self._few(rows))
        out = np.zeros((len(rows), self.dim), dtype=np.float32)
        out[here] = self._map[rows[here]]
        return out

    def _few(self, rows: Ids) -> NDArray[np.float16]:
        """Return existing rows as stored; a few rows of a large log are read, not mapped.

        Accessing a mapped row maps hundreds of kB around it: 400 of them made a query's memory grow by 173 MB.
        """
        if len(rows) > _READ_ROWS or self._map.nbytes < _READ_ABOVE or not hasattr(os, "pread"):
            return np.asarray(self._map[rows])
        if self._file is None:
            file = os.open(self._path, os.O_RDONLY)
            weakref.finalize(self, os.close, file)  # another thread may have opened one as well
            self._file = file
        size = self.dim * 2
        file, read = self._file, os.pread
        parts = [read(file, size, at) for at in (rows * size).tolist()]
        data = b"".join(parts)
        if len(data) < len(rows) * size:  # the file was truncated meanwhile
            data = b"".join([part.ljust(size, b"\0") for part in parts])
        return np.frombuffer(data, dtype="<f2").reshape(len(rows), self.dim)

    def first(self, rows: int) -> VectorLog:
        """Return the log truncated to so many rows."""
        return self if rows >= self.rows else VectorLog(self._path, self.dim, rows)

    def chunks(
        self, start: int = 0, stop: int | None = None, *, size: int = CHUNK, passing: bool = False
    ) -> Iterator[tuple[int, Embeddings]]:
        """Yield (first row, float32 rows) over a range of the log, `size` rows at a time.

        `passing` unmaps what was read, so that the process does not grow by the size of the log.
        """
        end = len(self._map) if stop is None else min(stop, len(self._map))
        for first in range(start, end, size):
            last = min(first + size, end)
            yield first, self._map[first:last].astype(np.float32)
            if passing:
                self._unmap(first, last)

    def _unmap(self, first: int, last: int) -> None:
        """Unmap the pages of some rows, which are mapped again on access (madvise(2), MADV_DONTNEED)."""
        if hasattr(mmap, "MADV_DONTNEED"):
            start = first * self.dim * 2 // mmap.PAGESIZE * mmap.PAGESIZE
            self._pages.madvise(mmap.MADV_DONTNEED, start, last * self.dim * 2 - start)

    def scores(self, vector: Vector, start: int = 0, *, keep_resident: bool = False) -> Scores:
        """Return the cosine of every row from `start` on: (rows - start,). Missing rows score -1."""
        out = np.full(self.rows - start, -1.0, dtype=np.float32)
        if keep_resident:
            if self._resident is None or self._resident[0] != start:
                self._resident = (start, self._map[start:].astype(np.float32))
            # In chunks: a larger product wakes other threads, which costs more than it gains (docs/decisions.md).
            rows = self._resident[1]
            for first in range(0, len(rows), CHUNK):
                piece = rows[first : first + CHUNK]
                np.matmul(piece, vector, out=out[first : first + len(piece)])
        else:
            for first, chunk in self.chunks(start):
                out[first - start : first - start + len(chunk)] = chunk @ vector
        return finite(out)

    def bytes_of(self, start: int, stop: int) -> bytes:
        """Return the raw bytes of a range of rows, fewer if the file is shorter."""
        return self._map[start:stop].tobytes()

    def raw(self, rows: Ids) -> NDArray[np.float16]:
        """Return rows as stored."""
        return np.asarray(self._map[rows])
