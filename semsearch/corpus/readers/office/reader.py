"""Office files: select the reader by the file's real format, or say why it cannot be read.

Names are unreliable: a `.doc` may be RTF or HTML, and an encrypted DOCX is not a ZIP archive.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from semsearch.corpus.readers import text
from semsearch.corpus.readers.external import programs
from semsearch.corpus.readers.external import reader as external
from semsearch.corpus.readers.office import docx, odf, pptx, rtf, xls, xlsx
from semsearch.corpus.readers.office.ole import OLE, streams
from semsearch.corpus.readers.office.package import BROKEN, OfficePackage, TooLarge
from semsearch.corpus.readers.web import html
from semsearch.corpus.text.decode import one_line, visible
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Parsed

__all__ = ["read"]

_Reader: TypeAlias = Callable[[bytes], Parsed]

_BY_NAME: dict[str, _Reader] = {
    **{"docx": docx.read, "pptx": pptx.read, "xlsx": xlsx.read, "xlsb": xls.read, "xls": xls.read, "rtf": rtf.read},
    **dict.fromkeys(("odt", "ods", "odp", "odg"), odf.read),
}
_BY_PART = (
    ("word/document.xml", docx.read),
    ("ppt/presentation.xml", pptx.read),
    ("xl/workbook.xml", xlsx.read),
    ("xl/workbook.bin", xls.read),
    ("content.xml", odf.read),
)
_BY_PROGRAM = {"WordDocument": ("doc", ".docx"), "PowerPoint Document": ("ppt", ".pptx")}
_OLD = {
    "VisioDocument": "old Visio format",
    "__properties_version1.0": "an Outlook message under another name",
}
_XML_OF_2003 = {
    b'progid="Word.Document"': "Word's XML format of 2003: save it as .docx",
    b'progid="Excel.Sheet"': "Excel's XML format of 2003: save it as .xlsx",
    b"urn:schemas-microsoft-com:office:spreadsheet": "Excel's XML format of 2003: save it as .xlsx",
}


def read(data: bytes, kind: str, run: programs.Run | None = None) -> Parsed:
    """Read a file with a suffix of this kind; `run` limits the program that reads an old format.

    Raises SourceUnreadable: "encrypted", "broken pptx file: ...", "old Word format: install catdoc and index again...".
    """
    try:
        parsed = _reader(data, kind, run)(data)
        if not visible(parsed.text) and data.startswith(b"PK") and _has_pictures(data):
            raise SourceUnreadable("no text: only pictures")
        return parsed
    except BROKEN as error:
        if isinstance(error, RuntimeError) and "encrypted" in str(error):
            raise SourceUnreadable("encrypted") from error
        words = one_line(str(error), 100) or type(error).__name__
        if isinstance(error, TooLarge):
            raise SourceUnreadable(f"too large: {words}") from error
        raise SourceUnreadable(f"broken {kind} file: {words[0].lower()}{words[1:]}") from error


def _reader(data: bytes, kind: str, run: programs.Run | None) -> _Reader:
    head = data[:2048].lstrip(b"\xef\xbb\xbf \t\r\n")
    if data.startswith(OLE):
        return _of_container(data, kind, run)
    if data.startswith(b"PK"):
        return _of_package(data, kind)
    if head.startswith(b"{\\rt"):
        return rtf.read
    if head.lower().startswith(b"mime-version"):
        raise SourceUnreadable("a saved web page (MHTML) under another name")
    for mark, reason in _XML_OF_2003.items():
        if mark in head:
            raise SourceUnreadable(reason)
    if b"urn:oasis:names:tc:opendocument" in head:
        return odf.read_flat
    if kind in ("doc", "xls") and head[:1] == b"<":
        return html.read
    if kind in ("doc", "xls", "rtf") and b"\0" not in data[:2048]:
        return text.read_records if kind == "xls" else text.read
    return _by_name(kind)


def _of_container(data: bytes, kind: str, run: programs.Run | None) -> _Reader:
    names = streams(data)
    if names & {"EncryptedPackage", "EncryptionInfo"}:
        raise SourceUnreadable("encrypted")
    if names & {"Workbook", "Book"}:
        return xls.read
    for name, (old, newer) in _BY_PROGRAM.items():
        if name in names:
            return _by_program(old, newer, run)
    for name, reason in _OLD.items():
        if name in names:
            raise SourceUnreadable(reason)
    raise SourceUnreadable(f"broken {kind} file: an OLE container without a document")


def _by_program(kind: str, newer: str, run: programs.Run | None) -> _Reader:
    if why := programs.why_not(kind):
        raise SourceUnreadable(f"{why}, or save it as {newer}")
    return lambda data: external.read(data, kind, run)


def _of_package(data: bytes, kind: str) -> _Reader:
    package = OfficePackage(data)
    by_name = _BY_NAME.get(kind)
    readers = [reader for part, reader in _BY_PART if part in package]
    return readers[0] if readers and by_name not in readers else by_name or _by_name(kind)


def _has_pictures(data: bytes) -> bool:
    return any("/media/" in name or name.startswith("pictures/") for name in OfficePackage(data).names())


def _by_name(kind: str) -> _Reader:
    if kind not in _BY_NAME:
        raise SourceUnreadable(f"broken {kind} file: neither an old nor a new Office file")
    return _BY_NAME[kind]
