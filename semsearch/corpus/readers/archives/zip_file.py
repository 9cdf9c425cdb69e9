"""Open zip archives even when names are not in the encoding that they declare."""

from __future__ import annotations

import zipfile
from io import BytesIO
from struct import unpack_from

__all__ = ["open_zip"]

_FILE, _ENTRY, _END = b"PK\3\4", b"PK\1\2", b"PK\5\6"
_UTF_8 = 0x08
"""In the second byte of flags: the name is UTF-8 (APPNOTE.TXT 4.4.4, bit 11)."""


def open_zip(data: bytes) -> zipfile.ZipFile:
    """Open an archive, even with a name that is not UTF-8 despite its flag. Raises the errors of zipfile."""
    try:
        archive = zipfile.ZipFile(BytesIO(data))
        for info in archive.infolist():
            _local_name(data, info.header_offset)
        return archive
    except UnicodeDecodeError:
        return zipfile.ZipFile(BytesIO(_without_flags(data)))


def _local_name(data: bytes, begin: int) -> str:
    """Return the name in a file's local header. Raises UnicodeDecodeError."""
    if not 0 <= begin <= len(data) - 30 or not data.startswith(_FILE, begin) or not data[begin + 7] & _UTF_8:
        return ""
    return data[begin + 30 : begin + 30 + unpack_from("<H", data, begin + 26)[0]].decode()


def _without_flags(data: bytes) -> bytes:
    """Return an archive without the UTF-8 flags of its names."""
    changed = bytearray(data)
    end = data.rfind(_END)
    size = unpack_from("<I", data, end + 12)[0] if 0 <= end <= len(data) - 16 else len(data)
    at = data.find(_ENTRY, max(0, end - size))
    while 0 <= at < len(data) - 9:
        changed[at + 9] &= ~_UTF_8
        at = data.find(_ENTRY, at + 4)
    with zipfile.ZipFile(BytesIO(changed)) as archive:  # it finds the files even after prepended data
        begins = [info.header_offset for info in archive.infolist()]
    for begin in begins:
        if 0 <= begin <= len(data) - 30 and data.startswith(_FILE, begin):
            changed[begin + 7] &= ~_UTF_8
    return bytes(changed)
