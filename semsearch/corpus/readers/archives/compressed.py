"""Single compressed files: logs, man pages, dumps; each is the document compressed in it."""

from __future__ import annotations

from pathlib import Path
from typing import IO

from semsearch.corpus.readers.archives.archive import read_tar
from semsearch.corpus.readers.archives.unpack import opened
from semsearch.corpus.readers.nested import Inside, Limited
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = ["read"]

_TAR = slice(257, 262)


def read(data: bytes, inside: Inside) -> Parsed:
    """Read the compressed file, under its name without the last suffix."""
    with _unpack(data) as file:
        if file.read(512)[_TAR] == b"ustar":
            return read_tar(data, inside)
    inside.add(Path(inside.name).stem or "unnamed", lambda: _unpack(data), packed=len(data))
    (member,) = inside.members
    if member.parsed is None:
        raise (Limited if member.limited else SourceUnreadable)(member.reason)
    return member.parsed


def _unpack(data: bytes) -> IO[bytes]:
    file = opened(data)
    if file is None:
        raise SourceUnreadable("not a known compression, despite its name")
    return file
