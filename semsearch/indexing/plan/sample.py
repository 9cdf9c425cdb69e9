"""Parts of large files that stand for the whole of them: what a plan reads, so that it answers in seconds."""

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
"""Bytes of a large file that are read."""
_PIECES = 4
"""From the beginning, the end and between, since a file may begin otherwise than it goes on."""
_EXPANDED = 3_000_000
_TEXT = 4_000_000
_SECONDS = 10.0
"""What a file that cannot be cut may take: unpacked bytes, characters and time."""

_HEADED = ("json", "ipynb", "html", "svg", "tex", "yaml", "mbox")
"""Types that make sense from their beginning only."""
_WHOLE = frozenset(
    {
        *("pdf", "epub", "docx", "pptx", "xlsx", "xlsb", "xls", "doc", "ppt", "odt", "ods", "odp", "odg", "rtf"),
        *("zip", "tar", "gz", "bz2", "xz", "lzma", "zst", "eml", "emlx", "msg", "mht"),
        *("png", "jpg", "tif", "webp", "bmp", "gif"),
    }
)
"""Types whose files say nothing in part."""
_RECORDS = ("csv", "tsv", "jsonl", "json")
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{},]', re.DOTALL)


def hurried(settings: Settings) -> Settings:
    """Return settings under which no file takes long; one that meets these limits is counted in part."""
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
    """Return for how many bytes of a file what is read of it stands."""
    if _cut(path):
        return min(size, PART)
    if document_type(path) == "zip":
        expanded = min(_expanded(path), settings.max_expanded_bytes)
        return round(size * min(1.0, _EXPANDED / max(1, expanded)))
    return size


def _expanded(path: Path) -> int:
    """Return how large the files of an archive are together, as its directory has it; 0 where it cannot be read."""
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(info.file_size for info in archive.infolist())
    except (OSError, ValueError, NotImplementedError, RuntimeError, zipfile.BadZipFile):
        return 0


class SampledContents(Contents):
    """Files of which no more than a part is read, where they are large and a part makes sense."""

    def __init__(self, settings: Settings, parsers: Parsers, largest: int) -> None:
        """Listen to nothing: recordings are not planned."""
        super().__init__(settings, parsers, None, lambda: None, largest)

    def _begin(self, path: Path, data: bytes) -> Begin:
        size = path.stat().st_size
        records = data.count(b"\n" if document_type(path) != "json" else b"},")
        if document_type(path) in _RECORDS and len(data) < size and records * size > MOST * len(data):
            path = path.with_suffix(".log")  # so many records are rows of one document
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
    """Return whole lines from several places of a file."""
    length = PART // _PIECES
    found = []
    for number in range(_PIECES):
        file.seek(number * (size - length) // (_PIECES - 1), os.SEEK_SET)
        piece = file.read(length)
        start = piece.find(b"\n") + 1 if number else 0
        found.append(piece[start : piece.rfind(b"\n") + 1 or len(piece)])
    return b"".join(found)


def closed(data: bytes) -> bytes:
    """Return the beginning of a JSON text as a whole one: cut after the last element that is complete."""
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
