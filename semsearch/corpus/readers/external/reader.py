"""Old Office files, DjVu, Kindle e-books and Outlook mailboxes, by the output of installed programs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, TypeVar

from semsearch.corpus.readers import text as plain_text
from semsearch.corpus.readers.external import programs
from semsearch.corpus.readers.nested import Inside
from semsearch.corpus.readers.web import epub
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.corpus.text.decode import visible
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Parsed

__all__ = ["read", "read_mailbox"]

_SHARE = 0.4
"""The program's share of a file's time limit; the rest is for reading its output."""
_MARKS = {"djvu": (0, b"AT&TFORM"), **dict.fromkeys(("mobi", "azw3"), (60, b"BOOKMOBI"))}
_Result = TypeVar("_Result")


def read(data: bytes, kind: str, run: programs.Run | None = None) -> Parsed:
    """Read a file with the program for its type; DjVu pages are pages. Raises SourceUnreadable."""
    at, mark = _MARKS.get(kind, (0, b""))
    if not data.startswith(mark, at):
        raise SourceUnreadable(f"broken {kind} file: its first bytes are those of another one")
    return _convert(data, kind, run or programs.Run(), lambda output: _document(output, kind))


def read_mailbox(data: bytes, inside: Inside, kind: str) -> Parsed:
    """Read an Outlook mailbox: its messages are nested, under their folders. Raises SourceUnreadable."""
    if not data.startswith(b"!BDN"):
        raise SourceUnreadable(f"broken {kind} file: not an Outlook mailbox")
    limits = programs.Run(_SHARE * inside.settings.file_seconds, inside.settings.max_expanded_bytes)
    return _convert(data, kind, limits, lambda output: _messages(output, inside))


def _convert(data: bytes, kind: str, limits: programs.Run, make: Callable[[Path], _Result]) -> _Result:
    program = programs.installed(kind)
    if program is None:
        raise SourceUnreadable(programs.why_not(kind))
    with tempfile.TemporaryDirectory(prefix="semsearch-") as folder:
        return make(programs.run(program, data, kind, Path(folder), limits))


def _document(output: Path, kind: str) -> Parsed:
    if kind in ("mobi", "azw3"):
        if not output.is_file():
            raise SourceUnreadable("its program wrote nothing: copy-protected?")
        return epub.read(output.read_bytes())
    text = output.read_bytes().decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    pages = text.split("\f")
    if kind not in ("djvu", "ppt") or len(pages) < 2:
        return _paragraphs(text)
    builder = TextBuilder()
    anchors = AnchorKind.SLIDE if kind == "ppt" else AnchorKind.PAGE
    for number, page in enumerate(pages, 1):
        for block in plain_text.parse(page).blocks:
            builder.add(page[block.start : block.stop], Anchor(anchors, number, number))
    return builder.parsed()


def _paragraphs(text: str) -> Parsed:
    """Return a text without pages: its lines are paragraphs, as in Word."""
    builder = TextBuilder()
    for number, line in enumerate((line for line in text.replace("\f", "\n").split("\n") if visible(line)), 1):
        builder.add(line.strip(), Anchor(AnchorKind.PARAGRAPH, number, number))
    return builder.parsed()


def _messages(output: Path, inside: Inside) -> Parsed:
    for path in _files(output):
        name = path.relative_to(output).as_posix()
        opening = partial(_opened, path)
        inside.add(name, opening, size=path.stat().st_size, like=name if path.suffix else "message.eml")
    return Parsed("", (), members=inside.members)


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent) / name for name in sorted(names, key=lambda name: (len(name), name)))


def _opened(path: Path) -> IO[bytes]:
    return path.open("rb")
