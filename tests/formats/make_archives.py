"""Archives and OLE files made by the tests: zip (plain, locked), tar with any kind of entry, streams of a MSG file."""

from __future__ import annotations

import itertools
import stat
import struct
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

__all__ = ["encrypted", "ole", "tarred", "zipped"]

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF


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
    """Return a compound file ([MS-CFB]) of streams, `storage/stream`; every stream lies in sectors of its own."""
    tree: dict[str, int] = {"": 0}
    entries: list[list[object]] = [["Root Entry", 5, [], b""]]
    for path, data in streams.items():
        above = ""
        *folders, name = path.split("/")
        for folder in folders:
            here = f"{above}/{folder}" if above else folder
            if here not in tree:
                tree[here] = len(entries)
                entries.append([folder, 1, [], b""])
                entries[tree[above]][2].append(tree[here])  # type: ignore[attr-defined]
            above = here
        entries[tree[above]][2].append(len(entries))  # type: ignore[attr-defined]
        entries.append([name, 2, [], data])
    sectors: list[bytes] = []
    chain: list[int] = []

    def store(data: bytes) -> int:
        first = len(sectors)
        parts = [data[at : at + _SECTOR].ljust(_SECTOR, b"\0") for at in range(0, len(data), _SECTOR)]
        sectors.extend(parts)
        chain.extend([*range(first + 1, first + len(parts)), _END] if parts else [])
        return first if parts else _END

    siblings = {child: right for _, _, children, _ in entries for child, right in _chained(children)}  # type: ignore[arg-type]
    directory = b""
    for number, (name, kind, children, data) in enumerate(entries):
        label = str(name).encode("utf-16-le") + b"\0\0"
        first = store(data) if kind == 2 else 0  # type: ignore[arg-type]
        child = children[0] if children else _NONE  # type: ignore[index]
        directory += struct.pack("<64sHBB3I", label, len(label), kind, 1, _NONE, siblings.get(number, _NONE), child)
        directory += bytes(36) + struct.pack("<IQ", first, len(data))  # type: ignore[arg-type]
    start = store(directory)
    count = next(n for n in range(1, 100) if n * 128 >= len(sectors) + n)
    chain += [_FAT] * count
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(count * _SECTOR, b"\xff")
    places = list(range(len(sectors), len(sectors) + count))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, count, start, 0, 0, _END, 0, _END, 0)
    header += struct.pack("<109I", *places, *[_FREE] * (109 - count))
    return header + b"".join(sectors) + table


def _chained(children: list[int]) -> list[tuple[int, int]]:
    return list(itertools.pairwise(children))
