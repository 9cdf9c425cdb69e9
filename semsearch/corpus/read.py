"""One file to one parsed document: which reader a file gets, and one short reason when it cannot be read."""

from __future__ import annotations

import os
import re
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeAlias

from semsearch.corpus.blocks import Lines
from semsearch.corpus.decode import SAMPLE, clean, looks_binary, visible
from semsearch.corpus.readers import code, docx, html, markdown, notebook, pdf, recording, rst, text
from semsearch.corpus.readers.languages import DEFINITIONS
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types import Parsed, Value

__all__ = ["document_type", "finished", "is_recording", "needs_process", "parse_document", "read", "read_bytes"]

Reader: TypeAlias = Callable[[bytes], Parsed]

LONGEST_TITLE = 200
_ALIASES = {
    **dict.fromkeys(("markdown", "mdown", "mkd", "mkdn", "mdx", "qmd", "rmd"), "md"),
    **dict.fromkeys(("htm", "xhtml", "shtml"), "html"),
    **dict.fromkeys(("rest",), "rst"),
    **dict.fromkeys(("text",), "txt"),
    **dict.fromkeys(("pyw",), "py"),
    **dict.fromkeys(("docm", "dotx"), "docx"),
}
_DATA = ("json", "yaml", "yml", "toml", "ini", "cfg", "conf", "xml", "svg", "properties", "plist", "tex", "bib")
"""Text whose lines matter, without definitions that are looked for."""
_READERS: dict[str, Reader] = {
    "md": markdown.read,
    "rst": rst.read,
    "html": html.read,
    "pdf": pdf.read,
    "docx": docx.read,
    "ipynb": notebook.read,
    **dict.fromkeys(("csv", "tsv", "jsonl", "ndjson", "log"), text.read_records),
    **{suffix: partial(code.read, suffix=suffix) for suffix in ("py", "pyi", *DEFINITIONS, *_DATA)},
}
_PACKED = {"pdf", "docx"}
"""Types whose bytes are not text, so that binary data is no reason to pass them over."""
_NATIVE = {"pdf", "docx", "html"}
"""Types that libraries in C or C++ parse: a fault of theirs ends the process."""
_LARGE = 1_000_000
"""Bytes from which on a text is worth the way to another process too, where its time and memory are bounded."""
_NOT_YET = {
    *("doc", "xls", "xlsx", "xlsb", "ppt", "pptx", "odt", "ods", "odp", "rtf", "msg", "pages", "key", "numbers"),
    *("epub", "mobi", "azw3", "djvu", "ps", "eps"),
}
"""Documents without a reader so far; most are binary, and the markup of the others is no text worth finding."""
_SUFFIX = re.compile(r"[a-z0-9_+#-]{1,12}")


def document_type(path: Path) -> str:
    """Return the type of a file by its name: `md`, `pdf`, `py`...; `txt` when the name does not tell."""
    suffix = path.suffix[1:].lower()
    return _ALIASES.get(suffix, suffix) if _SUFFIX.fullmatch(suffix) else "txt"


def is_recording(path: Path) -> bool:
    """Tell by its name whether a file is to be listened to."""
    return document_type(path) in recording.RECORDINGS


def needs_process(path: Path, data: bytes) -> bool:
    """Tell whether a file is to be parsed where a crash, a hang or a hunger for memory does no harm.

    Never on Windows: it has neither pipes with a time limit nor the limits on a process that this stands on.
    """
    if sys.platform == "win32":
        return False
    return document_type(path) in _NATIVE or data.startswith(b"%PDF-") or len(data) > _LARGE


def read(path: Path, settings: Settings) -> Parsed:
    """Read one file.

    Raises SourceUnreadable with the reason in a few words: "empty", "binary", "too large (120 MB > 50 MB)",
    "permission denied", and those of the readers.
    """
    try:
        # Without O_NONBLOCK, opening a FIFO that took the file's place since the walk would wait for ever.
        with open(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as file:  # noqa: PTH123
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SourceUnreadable("not a regular file")
            _check_size(status.st_size, settings)
            head = file.read(SAMPLE)
            _refuse(document_type(path), head)
            data = head + file.read(settings.max_file_bytes + 1 - len(head))
    except OSError as error:
        raise SourceUnreadable((error.strerror or type(error).__name__).lower()) from error
    return read_bytes(path, data, settings)


def read_bytes(path: Path, data: bytes, settings: Settings) -> Parsed:
    """Read a file whose bytes are at hand; `path` gives its type. Raises SourceUnreadable as `read` does."""
    _check_size(len(data), settings)
    kind = document_type(path)
    if not data or data.isspace():
        raise SourceUnreadable("empty")
    if kind in _NOT_YET:
        raise SourceUnreadable(_no_reader(kind))
    if kind not in _READERS and data.startswith(b"%PDF-"):
        kind = "pdf"
    try:
        parsed = _reader(kind, settings)(data)
    except SourceUnreadable:
        raise
    except Exception as error:  # a fault of a parser costs one file, never the run
        raise SourceUnreadable(f"broken {kind} file: {type(error).__name__}: {_short(str(error), 80)}") from error
    if not visible(parsed.text):
        raise SourceUnreadable("no text: scanned?" if kind == "pdf" else "empty")
    return finished(_bounded(parsed, settings.max_text))


def _reader(kind: str, settings: Settings) -> Reader:
    if kind == "pdf":
        return partial(pdf.read, max_pages=settings.max_pages, max_characters=settings.max_text)
    return _READERS.get(kind, text.read)


def _bounded(parsed: Parsed, most: int) -> Parsed:
    """Return a document with no more text than this; the block that goes beyond it is cut."""
    if len(parsed.text) <= most:
        return parsed
    blocks = tuple(replace(block, stop=min(block.stop, most)) for block in parsed.blocks if block.start < most)
    told = f"text beyond {most:,} characters left out"
    return replace(
        parsed, text=parsed.text[:most], blocks=blocks, remark="; ".join(filter(None, (parsed.remark, told)))
    )


def finished(parsed: Parsed) -> Parsed:
    """Return a document whose title and metadata are clean and not too long."""
    return replace(
        parsed,
        title=_short(clean(parsed.title), LONGEST_TITLE),
        metadata={key: _plain(value) for key, value in parsed.metadata.items() if value not in (None, "")},
    )


def parse_document(body: str, title: str = "") -> Parsed:
    """Return the structure of a text that its caller made: paragraphs between blank lines; the text stays as it is.

    Only lone surrogates, which cannot be stored, become U+FFFD.
    """
    body = clean(body)
    return Parsed(body, tuple(Lines(body).paragraphs()), _short(clean(title), LONGEST_TITLE))


def _check_size(size: int, settings: Settings) -> None:
    if size > settings.max_file_bytes:
        raise SourceUnreadable(f"too large ({_megabytes(size)} > {_megabytes(settings.max_file_bytes)})")


def _refuse(kind: str, head: bytes) -> None:
    """Pass over a file by its first bytes, before the rest is read; what may be UTF-16 or a PDF gets its chance."""
    if head and kind in _NOT_YET:
        raise SourceUnreadable(_no_reader(kind))
    if head and kind in recording.RECORDINGS:
        raise SourceUnreadable("a recording: only `semsearch index` listens to it")
    if kind in _PACKED or head.startswith(b"%PDF-") or not looks_binary(head):
        return
    if not 0.3 * len(head) < head.count(0) < 0.7 * len(head):
        raise SourceUnreadable("binary")


def _no_reader(kind: str) -> str:
    return f"no reader for {kind} files yet"


def _megabytes(size: int) -> str:
    if size < 1_000_000:
        return f"{max(size / 1000, 0.1):.3g} kB"
    return f"{size / 1_000_000:.3g} MB"


def _plain(value: Value) -> Value:
    return _short(clean(value), 2000) if isinstance(value, str) else value


def _short(words: str, longest: int) -> str:
    """Return words on one line, cut at a word's end when they are too long."""
    words = " ".join(words[: 4 * longest].split())
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    return (cut.rpartition(" ")[0] if " " in cut[longest // 2 :] else cut).rstrip() + "…"
