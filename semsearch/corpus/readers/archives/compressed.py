"""Single files that were compressed: logs, man pages, dumps; each is the document that is packed in it."""

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
    """Read what is packed, by the name without the last suffix."""
    with _unpacking(data) as file:
        if file.read(512)[_TAR] == b"ustar":
            return read_tar(data, inside)
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
