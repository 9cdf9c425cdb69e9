"""The type of a file by its name; suffixes with the same meaning map to one type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from semsearch.corpus.parse.plug_ins import PlugIns, installed_plug_ins
from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.corpus.readers.code.line_patterns import DEFINITIONS
from semsearch.corpus.readers.external import programs
from semsearch.corpus.readers.pictures.ocr import PICTURES
from semsearch.corpus.readers.registry import MANUAL, OURS, REGISTERED, Registered
from semsearch.corpus.readers.speech.transcript import RECORDINGS

__all__ = [
    "COMPRESSED",
    "DATA",
    "HOLDERS",
    "IWORK",
    "MANUAL",
    "OFFICE",
    "document_type",
    "plug_in",
    "plug_in_state",
    "plug_ins_state",
    "refused_plug_ins",
]

COMPRESSED = ("gz", "bz2", "xz", "lzma", "zst")
HOLDERS = ("zip", "tar", *COMPRESSED, "eml", "emlx", "mbox", "msg", "mht", "pst", "ost")
"""Types of files that contain other files."""
DATA = ("toml", "ini", "cfg", "conf", "xml", "properties", "plist")
"""Text in which line breaks matter, without definitions to find."""
OFFICE = ("docx", "pptx", "xlsx", "xlsb", "xls", "doc", "ppt", "odt", "ods", "odp", "odg", "rtf")
"""Whatever a file of that name contains, from RTF to an encrypted container."""
IWORK = ("pages", "numbers", "key")
_ALIASES = {
    **{suffix: reader.type for reader in OURS for suffix in reader.suffixes},
    **dict.fromkeys(("text",), "txt"),
    **dict.fromkeys(("pyw",), "py"),
    **dict.fromkeys(("jpeg", "jpe", "jfif"), "jpg"),
    "tiff": "tif",
    "mhtml": "mht",
    "mbx": "mbox",
    **dict.fromkeys(("webmanifest", "geojson", "topojson"), "json"),
    "djv": "djvu",
    **dict.fromkeys(("azw", "prc"), "mobi"),
    **dict.fromkeys(("docm", "dotx", "dotm"), "docx"),
    **dict.fromkeys(("pptm", "ppsx", "ppsm", "potx", "potm"), "pptx"),
    **dict.fromkeys(("xlsm", "xltx", "xltm"), "xlsx"),
    **{f"{first}{kind}": f"od{kind}" for kind in "tspg" for first in ("fod", "ot")},
    "pps": "ppt",
}
_TAR = re.compile(r"\.(?:tar(?:\.(?:gz|bz2|xz|lzma|zst))?|tgz|tbz2?|txz|tzst)$")
_SUFFIX = re.compile(r"[a-z0-9_+#-]{1,12}")
_OTHERS = ("pdf", "json", "chat", "txt")
_READ = {
    *REGISTERED, *_ALIASES, *HOLDERS, *DATA, *OFFICE, *IWORK, *programs.PROGRAMS, *PICTURES, *RECORDINGS,
    *DEFINITIONS, *GRAMMARS, *_OTHERS,
}  # fmt: skip
"""Suffixes with a built-in reader, for which no plug-in is used."""


def document_type(path: Path) -> str:
    """Return the type of a file by its name: `md`, `pdf`, `py`...; `txt` when the name does not tell it."""
    suffix = path.suffix[1:].lower()
    if suffix.startswith("t") or suffix in COMPRESSED:
        name = path.name.lower()
        if _TAR.search(name):
            return "tar"
        if suffix == "txt" and name.endswith((".rst.txt", ".md.txt")):  # Sphinx's copy of a page's source
            return name.split(".")[-2]
    if suffix in _READ:
        return _ALIASES.get(suffix, suffix)
    if not _SUFFIX.fullmatch(suffix):
        return "txt"
    reader = _plug_ins().by_suffix.get(suffix)
    return reader.type if reader is not None else suffix


def plug_in(kind: str) -> Registered | None:
    """Return the plug-in reader for files of this type, or None."""
    return None if kind in _READ else _plug_ins().by_suffix.get(kind)


def plug_in_state(kind: str) -> str:
    """Return the plug-in reader of files of this type as a string; when it changes, they are read again."""
    reader = plug_in(kind)
    return f"{reader.package} {reader.target}" if reader is not None else ""


def plug_ins_state() -> str:
    """Return all plug-in readers as a string: a file inside another may need any of them."""
    readers = sorted(set(_plug_ins().by_suffix.values()))
    return " ".join(f"{reader.type} {reader.package} {reader.target}" for reader in readers)


def refused_plug_ins() -> Sequence[tuple[str, str]]:
    """Return the packages whose readers are rejected, each with the reason."""
    return _plug_ins().refused


@cache
def _plug_ins() -> PlugIns:
    return installed_plug_ins(_READ, _SUFFIX)
