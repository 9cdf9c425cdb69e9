"""EPUB: the chapters in order, each read as HTML; anchors count the chapters that have text.

The table of contents is dropped, but names chapters without a heading of their own.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from semsearch.corpus.readers.archives.zip_file import open_zip
from semsearch.corpus.readers.dates import iso_date
from semsearch.corpus.readers.web import html
from semsearch.corpus.text.blocks import TextBuilder, join_values
from semsearch.corpus.text.decode import one_line
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed, Value

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["MOST_CHAPTER", "MOST_TEXT", "read"]

MOST_CHAPTER = 30_000_000
MOST_TEXT = 100_000_000
"""Most bytes that one chapter, and all text of a book, may unpack to."""
_MOST_FILES = 50_000
_FONT_ALGORITHMS = {"http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"}
"""Encryption of fonts only; any other encryption affects the text."""
_PAGES = {"application/xhtml+xml", "text/html", "text/x-oeb1-document", "application/x-dtbook+xml"}
_FIELDS = {"creator": "author", "date": "date", "language": "language", "subject": "tags", "publisher": "publisher"}
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OSError, KeyError)
_CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)([A-Za-z][\w:-]*)((?:\s[^<>]*)?)(?<!/)/>"
)
"""A self-closing XML element, which would remain open in HTML."""


def read(data: bytes) -> Parsed:
    """Read an EPUB file.

    Raises SourceUnreadable: "encrypted", "broken epub file: ...", "expands to more than 100 MB".
    """
    try:
        with open_zip(data) as archive:
            return _Book(archive).read()
    except RuntimeError as error:
        raise SourceUnreadable(
            "encrypted" if "encrypted" in str(error) else f"broken epub file: {one_line(str(error), 80)}"
        ) from error
    except _BROKEN as error:
        raise SourceUnreadable(f"broken epub file: {one_line(str(error), 80) or type(error).__name__}") from error


class _Book:
    """A book that is being read."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.left = MOST_TEXT
        if len(archive.namelist()) > _MOST_FILES:
            raise SourceUnreadable(f"broken epub file: more than {_MOST_FILES:,} files inside")

    def read(self) -> Parsed:
        """Return the chapters as one document."""
        self._check_encryption()
        path = self._package_path()
        package = _xml(self._bytes(path))
        folder = posixpath.dirname(path)
        items = {item.get("id"): item for item in _named(package, "item")}
        labels = self._labels(folder, items.values())
        builder = TextBuilder()
        chapters = missing = 0
        for path in self._spine(package, folder, items):
            parsed = self._chapter(path)
            if parsed is None:
                missing += 1
            elif parsed.text.strip():
                chapters += 1
                _add(builder, parsed, chapters, labels.get(path, ""))
        if missing and not chapters:
            raise SourceUnreadable("broken epub file: none of its chapters can be read")
        fields = _metadata(package)
        title = str(fields.pop("title", ""))
        book = builder.parsed(title, fields)
        remark = f"{missing} chapter{'s' if missing > 1 else ''} missing or broken" if missing else ""
        return Parsed(book.text, book.blocks, book.title, book.metadata, remark=remark)

    def _chapter(self, path: str) -> Parsed | None:
        """Read one chapter; None when it is missing or broken. SourceUnreadable when it is too large."""
        try:
            page = self._bytes(path)
        except (KeyError, zlib.error, zipfile.BadZipFile, EOFError, NotImplementedError):
            return None
        try:
            return html.read(_expand_closed(page))
        except SourceUnreadable:
            return None

    def _bytes(self, path: str) -> bytes:
        """Return a file of the archive. KeyError when it is missing, SourceUnreadable when it is too large."""
        info = self.archive.getinfo(path)
        most = min(MOST_CHAPTER, self.left)
        if info.file_size <= most:
            with self.archive.open(info) as file:
                data = file.read(most + 1)
            self.left -= len(data)
            if len(data) <= most:
                return data
        what = "a chapter" if most == MOST_CHAPTER else "the text"
        raise SourceUnreadable(f"{what} expands to more than {most if what == 'a chapter' else MOST_TEXT:,} bytes")

    def _check_encryption(self) -> None:
        if "META-INF/encryption.xml" not in self.archive.NameToInfo:
            return
        for method in _named(_xml(self._bytes("META-INF/encryption.xml")), "EncryptionMethod"):
            parent = method.getparent()
            hides = parent is not None and _local(parent) == "EncryptedData"
            if hides and method.get("Algorithm") not in _FONT_ALGORITHMS:
                raise SourceUnreadable("encrypted")

    def _package_path(self) -> str:
        """Return the path of the package document, which lists the parts of the book."""
        try:
            container = _xml(self._bytes("META-INF/container.xml"))
            path = next((file.get("full-path") or "" for file in _named(container, "rootfile")), "")
        except (KeyError, ValueError):
            path = ""
        known = self.archive.NameToInfo
        if path not in known:
            path = next((name for name in known if name.lower().endswith(".opf")), "")
        if not path:
            raise ValueError("it lists no parts")
        return path

    def _spine(self, package: _Element, folder: str, items: dict[Any, _Element]) -> list[str]:
        """Return the chapters in order, without tables of contents."""
        contents = {
            _joined(folder, reference.get("href") or "")
            for reference in _named(package, "reference")
            if reference.get("type") == "toc" and "#" not in (reference.get("href") or "")
        }
        paths: list[str] = []
        for reference in _named(package, "itemref"):
            item = items.get(reference.get("idref"))
            if item is None or item.get("media-type") not in _PAGES or "nav" in (item.get("properties") or "").split():
                continue
            path = _joined(folder, item.get("href") or "")
            if path not in contents:
                paths.append(path)
        return list(dict.fromkeys(paths))

    def _labels(self, folder: str, items: Any) -> dict[str, str]:
        """Return the name of each file in the table of contents: its first entry for that file."""
        labels: dict[str, str] = {}
        for item in items:
            ncx = item.get("media-type") == "application/x-dtbncx+xml"
            if not ncx and "nav" not in (item.get("properties") or "").split():
                continue
            path = _joined(folder, item.get("href") or "")
            try:
                tree = _xml(self._bytes(path))
            except (KeyError, ValueError):
                continue
            for entry in _named(tree, "navPoint" if ncx else "a"):
                target = next(_named(entry, "content"), None) if ncx else entry
                words = next(_named(entry, "navLabel"), None) if ncx else entry
                href = (target.get("src" if ncx else "href") or "") if target is not None else ""
                label = " ".join("".join(map(str, words.itertext())).split()) if words is not None else ""
                if href and label:
                    labels.setdefault(_joined(posixpath.dirname(path), href.partition("#")[0]), label)
        return labels


def _add(builder: TextBuilder, chapter: Parsed, number: int, label: str) -> None:
    anchor = Anchor(AnchorKind.CHAPTER, number, number)
    if label and not any(block.kind is BlockKind.HEADING for block in chapter.blocks):
        builder.add(label, anchor, BlockKind.HEADING, level=1)
    before = 0
    for at, block in enumerate(chapter.blocks):
        separator = "\n\n" if at == 0 else chapter.text[before : block.start]
        before = block.stop
        text = chapter.text[block.start : block.stop]
        builder.add(text, anchor, block.kind, level=block.level, label=block.label, separator=separator)


def _expand_closed(page: bytes) -> bytes:
    """Return a page with closing tags for self-closing XML elements, as HTML needs them."""
    if b"/>" not in page or page[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return page
    return _CLOSED.sub(r"<\1\2></\1>", page.decode("latin-1")).encode("latin-1")


def _metadata(package: _Element) -> dict[str, Value]:
    fields: dict[str, list[str]] = {}
    for element in package.iter("{http://purl.org/dc/elements/1.1/}*"):
        name = _local(element)
        value = " ".join("".join(map(str, element.itertext())).split())
        if not value:
            continue
        if name == "date":
            value = iso_date(value.split("+")[0].partition(".")[0]) or iso_date(value[:10])
        if name in ("title", "description"):
            fields.setdefault(name, [value])
        elif name in _FIELDS and value and value not in fields.setdefault(_FIELDS[name], []):
            fields[_FIELDS[name]].append(value)
    dates = fields.pop("date", [])
    metadata: dict[str, Value] = {name: join_values(values) for name, values in fields.items()}
    return metadata | ({"date": dates[0]} if dates else {})


def _xml(data: bytes) -> _Element:
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=True, remove_pis=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError:  # empty
        root = None
    if root is None:
        raise ValueError("a part of it is not XML")
    return root


def _named(root: _Element, name: str) -> Any:
    """Return an iterator over the elements of a name, in any namespace, without comments."""
    return root.iter(f"{{*}}{name}")


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _joined(folder: str, href: str) -> str:
    return posixpath.normpath(posixpath.join(folder, unquote(href)))
