"""Turn one file into one parsed document: select its reader, or give a short reason why it cannot be read."""

from __future__ import annotations

import math
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO, Any, TypeAlias

from semsearch.corpus.parse.by_content import content_type, is_maildir
from semsearch.corpus.parse.file_types import COMPRESSED, DATA, IWORK, OFFICE, document_type, plug_in
from semsearch.corpus.parse.plug_ins import read_by_plug_in
from semsearch.corpus.parse.sealed import NOT_YET, why_sealed
from semsearch.corpus.readers import text
from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.corpus.readers.code.line_patterns import DEFINITIONS
from semsearch.corpus.readers.external import programs
from semsearch.corpus.readers.nested import Inside, Limited, Watch, sized, unique
from semsearch.corpus.readers.pictures import ocr
from semsearch.corpus.readers.registry import OURS, load
from semsearch.corpus.readers.speech import transcript as recording
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import SAMPLE, clean, looks_binary, one_line, visible
from semsearch.corpus.text.machine_data import without_machine_data
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Member, Parsed, Value

__all__ = [
    "EMPTY",
    "READERS",
    "finished",
    "is_picture",
    "is_recording",
    "known_type",
    "may_hold_pictures",
    "needs_process",
    "parse_document",
    "read",
    "read_bytes",
]

EMPTY = "empty"
"""The reason for a file without any text; its name is indexed all the same."""
READERS = 3
"""Version of the set of readers: files that an older one could not read are tried again."""
Reader: TypeAlias = Callable[..., Parsed]
"""Takes the bytes of a file; some readers take limits as well."""
HolderReader: TypeAlias = Callable[[bytes, Inside], Parsed]

LONGEST_TITLE = 200


def _lazily(module: str, name: str = "read", **options: str) -> Callable[..., Parsed]:
    """Return a reader whose module and libraries are loaded at the first call."""

    def read(*arguments: object, **more: object) -> Parsed:
        reader: Callable[..., Parsed] = getattr(import_module(f"semsearch.corpus.readers.{module}"), name)
        return reader(*arguments, **options, **more)

    return read


def _registered(target: str) -> Reader:
    return lambda data: load(target)(data)


_READERS: dict[str, Reader] = {
    **{ours.type: _registered(ours.target) for ours in OURS},
    "pdf": _lazily("pdf.reader"),
    "json": _lazily("data.json_content"),
    "chat": _lazily("chats.whatsapp"),
    **{kind: _lazily("external.iwork", kind=kind) for kind in IWORK},
    **{kind: _lazily("external.reader", kind=kind) for kind in ("djvu", "mobi", "azw3")},
    **dict.fromkeys(ocr.PICTURES, _lazily("pictures.images")),
    **{kind: _lazily("office.reader", kind=kind) for kind in OFFICE},
    **{suffix: _lazily("code.reader", suffix=suffix) for suffix in (*DEFINITIONS, *DATA)},
}
_HOLDERS: dict[str, HolderReader] = {
    "zip": _lazily("archives.archive", "read_zip"),
    "tar": _lazily("archives.archive", "read_tar"),
    **dict.fromkeys(COMPRESSED, _lazily("archives.compressed", "read")),
    "eml": _lazily("mail.eml", "read"),
    "emlx": _lazily("mail.eml", "read_emlx"),
    "mbox": _lazily("mail.eml", "read_mailbox"),
    "msg": _lazily("mail.outlook", "read"),
    "mht": _lazily("mail.mht", "read"),
    **{kind: _lazily("external.reader", "read_mailbox", kind=kind) for kind in ("pst", "ost")},
}
"""Types of files that contain other files."""
_PACKED = {"pdf", "epub", *OFFICE, *IWORK, *ocr.PICTURES, "djvu", "mobi", "azw3"}
"""Types that are not text, so that binary data is no reason to skip them."""
_NATIVE = {
    "pdf",
    *IWORK,
    *programs.PROGRAMS,
    *ocr.PICTURES,
    *OFFICE,
    "html",
    "epub",
    "enex",
    "svg",
    "yaml",
    *GRAMMARS,
}
"""Types parsed by libraries in C or C++, or by other programs: a bug in these kills the process."""
_LARGE = 1_000_000
"""Size in bytes above which text is also parsed in another process, with limits on time and memory."""
_READING_SHARE = 0.7
"""The share of a file's time limit after which OCR begins no further page."""


def known_type(path: Path, data: bytes = b"") -> str:
    """Return the type that a document is listed under: for a single compressed file, that of its content.

    With the bytes of a file, its content is examined when the name does not tell the type.
    """
    kind = _kind(path, data) if data else document_type(path)
    return document_type(path.with_suffix("")) if kind in COMPRESSED else kind


def is_recording(path: Path) -> bool:
    """Return whether a file is a recording to be transcribed, by its name."""
    return document_type(path) in recording.RECORDINGS


def is_picture(path: Path) -> bool:
    """Return whether a file is a picture for OCR, by its name."""
    return document_type(path) in ocr.PICTURES


def may_hold_pictures(path: Path) -> bool:
    """Return whether the text of a file depends on OCR."""
    kind = document_type(path)
    return kind in ocr.PICTURES or kind == "pdf" or kind in _HOLDERS


def needs_process(path: Path, data: bytes) -> bool:
    """Return whether a file is to be parsed in a separate process, where a crash, a hang or a memory leak does no harm.

    Never on Windows, which lacks pipes with time limits and the process limits that this needs.
    """
    if sys.platform == "win32":
        return False
    kind = _kind(path, data)
    return kind in _NATIVE or kind in _HOLDERS or len(data) > _LARGE or plug_in(kind) is not None


def read(path: Path, settings: Settings) -> Parsed:
    """Read one file.

    Raises SourceUnreadable with the reason in a few words: "empty", "binary", "too large (120 MB > 50 MB)",
    "permission denied", and those of the readers.
    """
    try:
        with open(path, "rb", opener=_at_once) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SourceUnreadable("not a regular file")
            _check_size(status.st_size, settings)
            head = file.read(SAMPLE)
            _check_head(document_type(path), head)
            data = head + file.read(settings.max_file_bytes + 1 - len(head))
    except OSError as error:
        raise SourceUnreadable((error.strerror or type(error).__name__).lower()) from error
    return read_bytes(path, data, settings)


def _at_once(path: str, flags: int) -> int:
    """Open a file without waiting: O_NONBLOCK matters when a FIFO has replaced the file since the walk."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def read_bytes(path: Path, data: bytes, settings: Settings, watch: Watch | None = None) -> Parsed:
    """Read a file from its bytes; `path` gives its type. Raises SourceUnreadable as `read` does."""
    _check_size(len(data), settings)
    return _parse(path, data, Inside(path.name, settings, _parse_inside, watch=watch))[1]


def _parse(path: Path, data: bytes, inside: Inside) -> tuple[str, Parsed]:
    kind = _kind(path, data)
    if not data or data.isspace():
        raise SourceUnreadable(EMPTY)
    _check_sealed(kind, data)
    try:
        holder = _HOLDERS.get(kind)
        parsed = holder(data, inside) if holder is not None else _reader(kind, path, inside)(data)
    except SourceUnreadable:
        raise
    except RecursionError as error:
        raise SourceUnreadable(f"broken {kind} file: nested too deep") from error
    except Exception as error:  # a parser's bug costs one file, never the run
        raise SourceUnreadable(f"broken {kind} file: {type(error).__name__}: {one_line(str(error), 80)}") from error
    cleaned = without_machine_data(parsed)
    if not parsed.members and not visible(cleaned.text) and not (parsed.title and kind != "pdf"):
        if visible(parsed.text):
            raise SourceUnreadable("no text: only encoded data")
        raise SourceUnreadable("no text: scanned?" if kind == "pdf" else EMPTY)
    return known_type(path) if kind in COMPRESSED else kind, finished(_bounded(cleaned, inside.settings.max_text))


def _reader(kind: str, path: Path, inside: Inside) -> Reader:
    settings = inside.settings
    if (installed := plug_in(kind)) is not None:
        return partial(read_by_plug_in, installed, settings=settings)
    reader = _READERS.get(kind, text.read)
    seconds = _READING_SHARE * settings.file_seconds
    if kind in IWORK:
        return partial(reader, pdf=_reader("pdf", path, inside))
    if kind in OFFICE or kind in programs.PROGRAMS:
        return partial(reader, run=programs.Run(seconds, settings.max_expanded_bytes))
    if kind == "json":
        return partial(reader, path=path, beside=inside.beside)
    if kind == "chat":
        return partial(reader, path=path)
    if kind == "pdf":
        most = {"max_pages": settings.max_pages, "max_characters": settings.max_text}
        return partial(reader, **most, **_ocr_options(settings), inside=inside)
    if kind in ocr.PICTURES:
        if why := ocr.why_not(settings):
            raise SourceUnreadable(why)
        return partial(reader, max_pages=settings.max_pages, max_pixels=settings.max_pixels, seconds=seconds)
    return reader


def _ocr_options(settings: Settings) -> dict[str, Any]:
    """Return what the PDF reader needs for OCR, where that is enabled."""
    if not ocr.switched_on(settings):
        return {}
    return {"recognize": ocr.recognizer(), "seconds": _READING_SHARE * settings.file_seconds}


def _bounded(parsed: Parsed, most: int) -> Parsed:
    """Return a document with at most this many characters; the block that exceeds it is cut."""
    if len(parsed.text) <= most:
        return parsed
    blocks = tuple(replace(block, stop=min(block.stop, most)) for block in parsed.blocks if block.start < most)
    remark = f"text beyond {most:,} characters left out"
    return replace(
        parsed, text=parsed.text[:most], blocks=blocks, remark="; ".join(filter(None, (parsed.remark, remark)))
    )


def _parse_inside(path: Path, file: IO[bytes], inside: Inside) -> tuple[str, Parsed]:
    """Read a file inside a file, but only its first bytes when these show that it is not readable."""
    if is_recording(path):
        raise SourceUnreadable("a recording inside another file")
    try:
        head = file.read(SAMPLE)
        _check_head(document_type(path), head)
        data = inside.take(file, head)
    except (SourceUnreadable, MemoryError):
        raise
    except Exception as error:  # a broken archive raises anything
        raise SourceUnreadable(f"broken: {type(error).__name__}: {one_line(str(error), 80)}") from error
    if is_picture(path):
        with inside.picture():
            return _parse(path, data, inside)
    return _parse(path, data, inside)


def _kind(path: Path, data: bytes) -> str:
    """Return the type of a file by its name or, when that does not tell it, by its first bytes."""
    kind = document_type(path)
    if is_maildir(path) and content_type(path, data) == "eml":
        return "eml"
    if kind in _READERS or kind in _HOLDERS or kind in NOT_YET or plug_in(kind) is not None:
        return kind
    return content_type(path, data) or kind


def finished(parsed: Parsed) -> Parsed:
    """Return a document that can be stored: cleaned, without machine data, its members with unique names."""
    parsed = without_machine_data(parsed)
    dirty = any(block.label and clean(block.label) != block.label for block in parsed.blocks)
    return replace(
        parsed,
        text=clean(parsed.text),
        blocks=tuple(replace(b, label=clean(b.label)) for b in parsed.blocks) if dirty else parsed.blocks,
        title=_short(clean(parsed.title), LONGEST_TITLE),
        metadata=_storable(parsed.metadata),
        members=tuple(_named(parsed.members)),
        remark=_short(clean(parsed.remark), LONGEST_TITLE),
    )


def _named(members: Sequence[Member]) -> Iterator[Member]:
    names: dict[str, int] = {}
    for member in members:
        name = unique(member.name, names)
        yield replace(member, name=name, parsed=finished(member.parsed) if member.parsed is not None else None)


def parse_document(body: str, title: str = "") -> Parsed:
    """Return a text with its paragraphs, between blank lines, as blocks; the text stays as it is.

    Only NUL and lone surrogates, which cannot be stored, become U+FFFD.
    """
    body = clean(body)
    return Parsed(body, tuple(Lines(body).paragraphs()), _short(clean(title), LONGEST_TITLE))


def _check_size(size: int, settings: Settings) -> None:
    if size > settings.max_file_bytes:
        raise Limited(f"too large ({sized(size)} > {sized(settings.max_file_bytes)})")


def _check_head(kind: str, head: bytes) -> None:
    """Skip a file by its first bytes, before the rest is read; not what may be UTF-16 or a PDF."""
    if head:
        _check_sealed(kind, head)
    if plug_in(kind) is not None:
        return
    if head and kind in recording.RECORDINGS:
        raise SourceUnreadable("a recording: only `semsearch index` transcribes it")
    if kind in _PACKED or kind in _HOLDERS or head.startswith(b"%PDF-") or not looks_binary(head):
        return
    if not 0.3 * len(head) < head.count(0) < 0.7 * len(head):
        raise SourceUnreadable("binary")


def _check_sealed(kind: str, data: bytes) -> None:
    """Skip a file without a reader, by its type or its first bytes."""
    if plug_in(kind) is not None:
        return
    if reason := why_sealed(kind, data) or ("" if kind in OFFICE else programs.why_not(kind)):
        raise SourceUnreadable(reason)


def _storable(metadata: Mapping[str, Value]) -> dict[str, Value]:
    """Return the non-empty fields, under names on one line; the catalogue's JSON has no infinity and no NaN."""
    fields = ((_short(clean(key.replace("\0", "")), LONGEST_TITLE), _storable_one(v)) for key, v in metadata.items())
    return {key: value for key, value in fields if key and value not in (None, "", ())}


def _storable_one(value: Value) -> Value:
    """Return a value as it can be stored; None for an empty one."""
    if isinstance(value, tuple):
        items = map(_storable_one, value)
        return tuple(item for item in items if isinstance(item, (str, int, float)) and item != "")
    if isinstance(value, str):
        return _short(clean(value), 2000)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _short(words: str, longest: int) -> str:
    """Return words on one line, cut at a word boundary when too long."""
    words = " ".join(words[: 4 * longest].split())
    if len(words) <= longest:
        return words
    cut = words[: longest - 1]
    return (cut.rpartition(" ")[0] if " " in cut[longest // 2 :] else cut).rstrip() + "…"
