"""The extent of XLS and XLSB sheets, from their records alone.

calamine stores a sheet as one rectangle, 32 bytes per cell: two cells at opposite corners would need 500 GB. Sources:
[MS-XLS] 2.4 and [MS-XLSB] 2.1.4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from io import BytesIO
from struct import unpack_from

from semsearch.corpus.readers.office.package import BROKEN, OfficePackage
from semsearch.corpus.text.decode import one_line

__all__ = ["MOST_CELLS", "check"]

MOST_CELLS = 10_000_000
"""Most cells of the rectangle around a sheet: calamine uses 320 MB for these."""
_OLD_CELLS = frozenset((0x06, 0xBD, 0xD6, 0xFD, 0x203, 0x204, 0x205, 0x27E))
"""FORMULA, MULRK, RSTRING, LABELSST, NUMBER, LABEL, BOOLERR, RK: each begins with its row and its column."""
_MANY = 0xBD
"""MULRK: its last column is at its end."""
_SHEET, _END = 0x85, 0x0A
_ROW, _NO_CELL = 0, 12
"""Records of XLSB sheets: the kinds between these are cells."""
_SHEETS = "xl/worksheets/"


def check(data: bytes) -> None:
    """Raise ValueError when a sheet of a workbook is too large for calamine, or its container is broken."""
    for box in _packed(data) if data.startswith(b"PK") else _old(data):
        if box.cells > MOST_CELLS:
            raise ValueError(f"cells of a sheet are too far apart: {box.rows:,} rows, {box.columns:,} columns")


class _Box:
    """The bounding rectangle of cells."""

    def __init__(self) -> None:
        self.top = self.left = 1 << 32
        self.bottom = self.right = -1

    def add(self, row: int, first: int, last: int) -> None:
        self.top, self.bottom = min(self.top, row), max(self.bottom, row)
        self.left, self.right = min(self.left, first), max(self.right, last)

    @property
    def rows(self) -> int:
        return max(0, self.bottom - self.top + 1)

    @property
    def columns(self) -> int:
        return max(0, self.right - self.left + 1)

    @property
    def cells(self) -> int:
        return self.rows * self.columns


def _old(data: bytes) -> Iterator[_Box]:
    """Yield the rectangles of the sheets of an XLS file, at the offsets in its list of sheets."""
    stream = _stream(data)
    starts = {unpack_from("<I", stream, at)[0] for at, kind, size in _records(stream, 0) if kind == _SHEET and size > 3}
    for start in starts:
        box = _Box()
        for at, kind, size in _records(stream, start):
            if kind in _OLD_CELLS and size >= 4:
                row, column = unpack_from("<2H", stream, at)
                last = unpack_from("<H", stream, at + size - 2)[0] if kind == _MANY else column
                box.add(row, column, last)
        yield box


def _stream(data: bytes) -> bytes:
    """Return the workbook stream of an OLE container, empty without one. ValueError for a broken container.

    calamine would follow a circular chain of sectors until memory runs out.
    """
    import olefile

    try:
        with olefile.OleFileIO(BytesIO(data)) as ole:
            name = next((name for name in ("Workbook", "Book") if ole.exists(name)), "")
            if not name:
                return b""
            entry = ole.direntries[ole._find(name)]
            ole.loadminifat()
            starts = (entry.isectStart, ole.root.isectStart, ole.first_dir_sector, ole.first_mini_fat_sector)
            if _is_circular(ole.minifat, entry.isectStart) or any(_is_circular(ole.fat, start) for start in starts):
                raise ValueError("its chain of sectors is circular")
            return bytes(ole.openstream(name).read())
    except Exception as error:
        raise ValueError(one_line(str(error), 80)) from error


def _is_circular(table: Sequence[int], sector: int) -> bool:
    """Return whether a chain of sectors is circular."""
    for _ in range(len(table) + 1):
        if not 0 <= sector < len(table):
            return False
        sector = table[sector]
    return True


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield (position, kind, size) of each record up to the end of its sheet."""
    while at + 4 <= len(stream):
        kind, size = unpack_from("<2H", stream, at)
        if kind == _END or at + 4 + size > len(stream):
            return
        yield at + 4, kind, size
        at += 4 + size


def _packed(data: bytes) -> Iterator[_Box]:
    """Yield the rectangles of the sheets of an XLSB file."""
    package = OfficePackage(data)
    for name in package.names():
        if name.endswith(".bin") and name.startswith(_SHEETS):
            with suppress(*BROKEN):
                yield _of_part(package.raw(name))


def _of_part(part: bytes) -> _Box:
    """Return the rectangle of a sheet of an XLSB file: a row is a record, followed by those of its cells."""
    box = _Box()
    at, row, new = 0, 0, True
    left, right = box.left, box.right
    with suppress(IndexError):  # truncated inside a record
        while at < len(part):
            kind, size, at = part[at], part[at + 1], at + 2
            if kind > 127 or size > 127:
                kind, at = _variable(part, at - 2, 2)
                size, at = _variable(part, at, 4)
            if 0 < kind < _NO_CELL:
                column = int.from_bytes(part[at : at + 4], "little")
                if new or column > right or column < left:
                    left, right, new = min(left, column), max(right, column), False
                    box.add(row, left, right)
            elif kind == _ROW:
                row, new = int.from_bytes(part[at : at + 4], "little"), True
            at += size
    return box


def _variable(part: bytes, at: int, most: int) -> tuple[int, int]:
    """Return a number of up to `most` bytes with seven bits each, and its end."""
    number = part[at]
    if number < 128:
        return number, at + 1
    number &= 0x7F
    for shift in range(7, 7 * most, 7):
        at += 1
        number |= (part[at] & 0x7F) << shift
        if part[at] < 128:
            break
    return number, at + 1
