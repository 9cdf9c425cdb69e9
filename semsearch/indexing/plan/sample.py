"""Representative parts of large files, which a plan reads so that it takes only seconds."""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BufferedReader
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type, plug_in
from semsearch.corpus.parse.pool import Parsers
from semsearch.corpus.readers.data.data_records import MOST
from semsearch.indexing.read.content import Begin, Contents
from semsearch.indexing.scan.scan import read_part
from semsearch.settings import Settings
from semsearch.stores.records import FileFacts

__all__ = ["PART", "SampledContents", "closed", "hurried", "sampled_bytes"]

PART = 1_000_000
"""Bytes read of a large file."""
_PIECES = 4
"""From the beginning, the end and between, since the beginning of a file may not be typical."""
_EXPANDED = 3_000_000
_TEXT = 4_000_000
_SECONDS = 10.0
"""Limits for a file that cannot be cut: unpacked bytes, characters and seconds."""

_HEADED = ("json", "ipynb", "html", "svg", "tex", "yaml", "mbox")
"""Types that can be read only from the beginning."""
_WHOLE = frozenset(
    {
        *("pdf", "epub", "docx", "pptx", "xlsx", "xlsb", "xls", "doc", "ppt", "odt", "ods", "odp", "odg", "rtf"),
        *("zip", "tar", "gz", "bz2", "xz", "lzma", "zst", "eml", "emlx", "msg", "mht"),
        *("png", "jpg", "tif", "webp", "bmp", "gif"),
    }
)
"""Types that cannot be read in part."""
_RECORDS = ("csv", "tsv", "jsonl", "json")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


def hurried(settings: Settings) -> Settings:
    """Return settings under which no file takes long; one that exceeds them is only partly counted."""
    return replace(
        settings,
        file_seconds=min(settings.file_seconds, _SECONDS),
        max_expanded_bytes=min(settings.max_expanded_bytes, _EXPANDED),
        max_text=min(settings.max_text, _TEXT),
    )


def _cut(path: Path) -> bool:
    kind = document_type(path)
    return kind not in _WHOLE and plug_in(kind) is None


def sampled_bytes(path: Path, size: int, settings: Settings) -> int:
    """Return how many bytes of a file its sampled part represents."""
    if _cut(path):
        return min(size, PART)
    if document_type(path) == "zip":
        expanded = min(_expanded(path), settings.max_expanded_bytes)
        return round(size * min(1.0, _EXPANDED / max(1, expanded)))
    return size


def _expanded(path: Path) -> int:
    """Return the total unpacked size of an archive from its directory; 0 if that cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(info.file_size for info in archive.infolist())
    except (OSError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return 0


class SampledContents(Contents):
    """Contents of which only a part is read if the file is large and its type allows it."""

    def __init__(self, settings: Settings, parsers: Parsers, largest: int) -> None:
        """Take no transcriber: recordings are not part of the estimate."""
        super().__init__(settings, parsers, None, lambda: None, largest)

    def _begin(self, path: Path, data: bytes) -> Begin:
        size = path.stat().st_size
        records = data.count(b"\n" if document_type(path) != "json" else b"},")
        if document_type(path) in _RECORDS and len(data) < size and records * size > MOST * len(data):
            path = path.with_suffix(".log")  # above MOST records the file is read as one document
        return super()._begin(path, data)

    def _read(self, path: Path, link: bool) -> tuple[bytes, FileFacts]:
        if not _cut(path) or path.stat().st_size <= PART:
            return super()._read(path, link)
        headed = document_type(path) in _HEADED
        return read_part(path, _head(path) if headed else _pieces, link=link)


def _head(path: Path) -> Callable[[BufferedReader, int], bytes]:
    json = document_type(path) in ("json", "ipynb")

    def look(file: BufferedReader, size: int) -> bytes:
        data = file.read(PART)
        return closed(data) if json else data[: data.rfind(b"\n") + 1 or len(data)]

    return look


def _pieces(file: BufferedReader, size: int) -> bytes:
    """Return complete lines from several places of a file."""
    length = PART // _PIECES
    found = []
    for number in range(_PIECES):
        file.seek(number * (size - length) // (_PIECES - 1), os.SEEK_SET)
        piece = file.read(length)
        start = piece.find(b"\n") + 1 if number else 0
        found.append(piece[start : piece.rfind(b"\n") + 1 or len(piece)])
    return b"".join(found)


def closed(data: bytes) -> bytes:
    """Return the beginning of a JSON text as valid JSON, cut after the last complete element."""
    brackets = bytearray()
    cut, open_then = len(data), b""
    for token in _TOKEN.finditer(data):
        first = token[0][:1]
        if first in b"[{":
            brackets += b"]" if first == b"[" else b"}"
        elif first in b"]}" and brackets:
            brackets.pop()
        elif first == b",":
            cut, open_then = token.start(), bytes(reversed(brackets))
    return data[:cut] + open_then
