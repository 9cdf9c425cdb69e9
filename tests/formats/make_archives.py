"""Archives and OLE files made by the tests: zip (plain, locked), tar with any kind of entry, streams of a MSG file."""

from __future__ import annotations

import itertools
import stat
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

__all__ = ["encrypted", "ole", "tarred", "zipped"]

_SECTOR, _SMALL, _CUTOFF = 512, 64, 4096
_NONE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def zipped(files: Mapping[str, str | bytes], *, links: Mapping[str, str] | None = None) -> bytes:
    """Return a zip archive, always the same for the same files; `links` are symbolic links as Unix stores them."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        for name, target in (links or {}).items():
            info = zipfile.ZipInfo(name)
            info.create_system = 3
            info.external_attr = (stat.S_IFLNK | 0o777) << 16
            archive.writestr(info, target)
    return out.getvalue()


def encrypted(archive: bytes, name: str) -> bytes:
    """Return a zip archive in which a file says that it is encrypted."""
    data = bytearray(archive)
    for mark, flags, at_name in ((b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)):
        at = data.find(mark)
        while at >= 0:
            if data[at + at_name : at + at_name + len(name)] == name.encode():
                data[at + flags] |= 1
            at = data.find(mark, at + 4)
    return bytes(data)


def tarred(files: Mapping[str, bytes], mode: str = "w", entries: Sequence[tarfile.TarInfo] = ()) -> bytes:
    """Return a tar archive of files and of further entries without content (links, devices)."""
    out = BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for entry in entries:
            archive.addfile(entry)
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, BytesIO(content))
    return out.getvalue()


def ole(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file ([MS-CFB]) of streams, `storage/stream`; siblings hang on each other in a row."""
    entries: list[_Entry] = [_Entry("Root Entry", 5)]
    for path, data in streams.items():
        above = entries[0]
        *folders, name = path.split("/")
        for folder in folders:
            known = next((entries[n] for n in above.children if entries[n].name == folder), None)
            above = known or _added(entries, above, _Entry(folder, 1))
        _added(entries, above, _Entry(name, 2, data))
    disk, small = _Chains(_SECTOR), _Chains(_SMALL)
    for entry in entries:
        entry.first = (small if len(entry.data) < _CUTOFF else disk).store(entry.data)
    entries[0].data = b"".join(small.sectors)
    entries[0].first = disk.store(entries[0].data)
    tables = -(-len(small.chain) * 4 // _SECTOR)
    small_table = disk.store(_table(small.chain, tables))
    start = disk.store(b"".join(map(_packed, entries, [_next(entries, n) for n in range(len(entries))])))
    count = next(n for n in range(1, 100) if n * 128 >= len(disk.sectors) + n)
    places = [len(disk.sectors) + n for n in range(count)]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, count, start, 0, _CUTOFF, small_table, tables, _END, 0)
    header += struct.pack("<109I", *places, *[_NONE] * (109 - count))
    return header + b"".join(disk.sectors) + _table([*disk.chain, *[_FAT] * count], count)


def _table(chain: Sequence[int], sectors: int) -> bytes:
    return struct.pack(f"<{len(chain)}I", *chain).ljust(sectors * _SECTOR, b"\xff")


@dataclass
class _Entry:
    name: str
    kind: int
    data: bytes = b""
    first: int = _END
    children: list[int] = field(default_factory=list)


class _Chains:
    """Sectors of one size, and which follows which."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.sectors: list[bytes] = []
        self.chain: list[int] = []

    def store(self, data: bytes) -> int:
        """Store a stream and return its first sector."""
        first = len(self.sectors)
        parts = [data[at : at + self.size].ljust(self.size, b"\0") for at in range(0, len(data), self.size)]
        self.sectors += parts
        self.chain += [*range(first + 1, first + len(parts)), _END] if parts else []
        return first if parts else _END


def _added(entries: list[_Entry], above: _Entry, entry: _Entry) -> _Entry:
    above.children.append(len(entries))
    entries.append(entry)
    return entry


def _next(entries: list[_Entry], number: int) -> int:
    """Return the sibling after an entry."""
    pairs = itertools.chain.from_iterable(itertools.pairwise(entry.children) for entry in entries)
    return dict(pairs).get(number, _NONE)


def _packed(entry: _Entry, sibling: int) -> bytes:
    label = entry.name.encode("utf-16-le") + b"\0\0"
    child = entry.children[0] if entry.children else _NONE
    head = struct.pack("<64sHBB3I", label, len(label), entry.kind, 1, _NONE, sibling, child)
    return head + bytes(36) + struct.pack("<IQ", entry.first, len(entry.data))
