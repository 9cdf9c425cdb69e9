"""The top-level names in OLE containers, the format of old and encrypted Office files.

[MS-CFB]: Compound File Binary File Format.
"""

from __future__ import annotations

from collections.abc import Iterator
from struct import error, unpack_from

__all__ = ["OLE", "streams"]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of such a container."""
_LAST = 0xFFFFFFFA
"""Sector numbers and entries from here on are special: the end of a chain, no entry."""
_ENTRY = 128


def streams(data: bytes) -> set[str]:
    """Return the names of the streams and folders at the top of a container; empty when it is broken."""
    try:
        entries = _directory(data)
    except (error, IndexError):
        return set()
    names: set[str] = set()
    seen: set[int] = set()
    todo = [entries[0][3]] if entries else []
    while todo:
        number = todo.pop()
        if number < len(entries) and number not in seen:
            seen.add(number)
            name, left, right, _ = entries[number]
            names.add(name)
            todo += (left, right)
    return names


def _directory(data: bytes) -> list[tuple[str, int, int, int]]:
    """Return (name, left, right, child) of each directory entry."""
    size = 1 << min(unpack_from("<H", data, 0x1E)[0] if len(data) > 512 else 9, 20)
    table: list[int] = []
    for sector in unpack_from("<109I", data, 0x4C) if len(data) > 512 else ():
        if sector < _LAST:
            chunk = data[(sector + 1) * size : (sector + 2) * size]
            table += unpack_from(f"<{len(chunk) // 4}I", chunk)
    first = unpack_from("<I", data, 0x30)[0] if len(data) > 512 else _LAST
    return [entry for sector in _chain(table, first) for entry in _entries(data[(sector + 1) * size :][:size])]


def _chain(table: list[int], sector: int) -> Iterator[int]:
    seen: set[int] = set()
    while sector < _LAST and sector not in seen:
        seen.add(sector)
        yield sector
        sector = table[sector]


def _entries(sector: bytes) -> Iterator[tuple[str, int, int, int]]:
    for at in range(0, len(sector) - _ENTRY + 1, _ENTRY):
        length = unpack_from("<H", sector, at + 64)[0]
        name = sector[at : at + max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
        left, right, child = unpack_from("<3I", sector, at + 68)
        yield name, left, right, child
