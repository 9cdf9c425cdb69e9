"""DOCX: headings, paragraphs, lists, tables, text boxes and notes, read from the file's own XML.

Read directly rather than through a document model, which passes over content controls, text boxes and notes. No
entity is expanded, nothing outside the file is looked at, and a part that unpacks to more than a document can hold is
refused.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from semsearch.corpus.blocks import TextBuilder, join_values
from semsearch.errors import SourceUnreadable
from semsearch.types import Anchor, AnchorKind, BlockKind, Parsed, Value

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read"]

MOST_XML = 64_000_000
"""Bytes that one part may unpack to."""
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an encrypted DOCX, or an old .doc under a new name, starts."""
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/wordprocessingml/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_UNREAD = {_W + "del", _W + "moveFrom", _W + "instrText", _W + "delText", _MC + "Fallback"}
_OTHER_PARTS = ("word/styles.xml", "docProps/core.xml", "word/footnotes.xml", "word/endnotes.xml")
_HEADING_NAME = re.compile(r"heading ([1-9])$", re.I)


def read(data: bytes) -> Parsed:
    """Read a DOCX file; an anchor counts the paragraphs and tables that have text, from 1.

    Raises SourceUnreadable: "encrypted DOCX", "broken DOCX: ...".
    """
    if data.startswith(_OLE):
        raise SourceUnreadable("encrypted DOCX, or an old .doc under another name")
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            body = _part(archive, "word/document.xml")
            styles, core, *notes = [_part_if_whole(archive, name) for name in _OTHER_PARTS]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError) as error:
        raise SourceUnreadable(_reason(error)) from error
    if body is None:
        raise SourceUnreadable("broken DOCX: it holds no document")
    reader = _Reader(_heading_levels(styles))
    reader.read(body)
    for part in notes:
        if part is not None:
            reader.read(part)
    parsed = reader.builder.parsed()
    fields = _fields(core)
    title = str(fields.pop("title", ""))
    headings = [block for block in parsed.blocks if block.kind is BlockKind.HEADING]
    if not title and headings:
        top = min(headings, key=lambda block: (block.level, block.start))
        title = parsed.text[top.start : top.stop]
    return Parsed(parsed.text, parsed.blocks, title, fields)


def _reason(error: Exception) -> str:
    encrypted = isinstance(error, RuntimeError) and "encrypted" in str(error)
    return "encrypted DOCX" if encrypted else f"broken DOCX: {str(error)[:80] or type(error).__name__}"


def _part(archive: zipfile.ZipFile, name: str) -> _Element | None:
    """Parse one part of the file; None when it has no such part."""
    from lxml import etree

    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > MOST_XML:
        raise ValueError(f"{name} unpacks to {info.file_size:,} bytes")
    with archive.open(info) as file:
        xml = file.read(MOST_XML + 1)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        return etree.fromstring(xml.replace(_STRICT[1:-1].encode(), _W[1:-1].encode()), parser)
    except etree.XMLSyntaxError as error:
        raise ValueError(f"{name}: {error.msg}") from error


def _part_if_whole(archive: zipfile.ZipFile, name: str) -> _Element | None:
    """Parse a part that the text can do without."""
    try:
        return _part(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError):
        return None


def _heading_levels(styles: _Element | None) -> dict[str, int]:
    """Return the heading level of each paragraph style that has one, its own or that of the style it is based on."""
    levels: dict[str, int] = {}
    based_on: dict[str, str] = {}
    for style in styles.iter(_W + "style") if styles is not None else ():
        identifier = style.get(_W + "styleId") or ""
        name = _value(style, "name")
        outline = style.find(f"{_W}pPr/{_W}outlineLvl")
        if found := _HEADING_NAME.match(name):
            levels[identifier] = int(found[1])
        elif name.lower() == "title":
            levels[identifier] = 1
        elif outline is not None and (outline.get(_W + "val") or "").isdecimal():
            levels[identifier] = int(outline.get(_W + "val") or 0) + 1
        based_on[identifier] = _value(style, "basedOn")
    for identifier in based_on:
        seen = {identifier}
        parent = based_on[identifier]
        while identifier not in levels and parent and parent not in seen:
            seen.add(parent)
            if parent in levels:
                levels[identifier] = levels[parent]
            parent = based_on.get(parent, "")
    return {identifier: level for identifier, level in levels.items() if level <= 9}


def _value(element: _Element, name: str) -> str:
    child = element.find(_W + name)
    return (child.get(_W + "val") or "") if child is not None else ""


class _Reader:
    """Goes through the paragraphs and tables of a part."""

    def __init__(self, levels: dict[str, int]) -> None:
        self.builder = TextBuilder()
        self.levels = levels

    def read(self, part: _Element) -> None:
        """Append the text of a part."""
        for element in _outermost(part):
            if element.tag == _W + "p":
                for text, paragraph in _paragraph(element):
                    self._add_paragraph(text, paragraph)
            else:
                rows = [row for row in map(_row, element.iterchildren(_W + "tr")) if row]
                if rows:
                    self._add("\n".join(rows), BlockKind.TABLE)

    def _add_paragraph(self, text: str, paragraph: _Element) -> None:
        properties = paragraph.find(_W + "pPr")
        level, kind = 0, BlockKind.PARAGRAPH
        if properties is not None:
            level = self.levels.get(_value(properties, "pStyle"), 0)
            outline = _value(properties, "outlineLvl")
            level = int(outline) + 1 if outline.isdecimal() and int(outline) < 9 else level
            if properties.find(_W + "numPr") is not None:
                kind, text = BlockKind.LIST, text if level else "- " + text
        self._add(text, BlockKind.HEADING if level else kind, level)

    def _add(self, text: str, kind: BlockKind, level: int = 0) -> None:
        number = len(self.builder.blocks) + 1
        before = self.builder.blocks[-1].kind if self.builder.blocks else None
        separator = "\n" if before is kind is BlockKind.LIST else "\n\n"
        self.builder.add(text, Anchor(AnchorKind.PARAGRAPH, number, number), kind, level=level, separator=separator)


def _outermost(part: _Element) -> Iterator[_Element]:
    """Yield paragraphs and tables in order, wherever they are wrapped, and not those inside of them."""
    stack = [iter(part)]
    while stack:
        for child in stack[-1]:
            if child.tag in (_W + "p", _W + "tbl"):
                yield child
            elif isinstance(child.tag, str) and child.tag not in _UNREAD:
                stack.append(iter(child))
                break
        else:
            stack.pop()


def _paragraph(element: _Element) -> Iterator[tuple[str, _Element]]:
    """Yield the text of a paragraph, then that of the paragraphs in its text boxes."""
    own: list[str] = []
    boxes: list[tuple[str, _Element]] = []
    for node in _reading_order(element, own):
        boxes.extend(_paragraph(node))
    text = "\n".join(filter(None, (" ".join(line.split()) for line in "".join(own).split("\n"))))
    if text:
        yield text, element
    yield from boxes


def _reading_order(element: _Element, own: list[str]) -> Iterator[_Element]:
    """Collect the text of a paragraph into `own`; yield the paragraphs nested in it."""
    stack = [iter(element)]
    while stack:
        for child in stack[-1]:
            tag = child.tag
            if tag == _W + "t":
                own.append(child.text or "")
            elif tag in (_W + "br", _W + "cr"):
                own.append("\n")
            elif tag == _W + "tab":
                own.append(" ")
            elif tag == _W + "noBreakHyphen":
                own.append("-")
            elif tag == _W + "p":
                yield child
            elif isinstance(tag, str) and tag not in _UNREAD:
                stack.append(iter(child))
                break
        else:
            stack.pop()


def _row(row: _Element) -> str:
    """Return the cells of a table row; tables inside a cell are part of its text."""
    cells = []
    for cell in row.iter(_W + "tc"):
        if next(cell.iterancestors(_W + "tr"), None) is row:
            texts = [" ".join(text.split()) for p in cell.iter(_W + "p") for text, _ in _own_text(p)]
            cells.append(" ".join(filter(None, texts)))
    return " | ".join(filter(None, cells))


def _own_text(paragraph: _Element) -> Iterator[tuple[str, _Element]]:
    own: list[str] = []
    for _ in _reading_order(paragraph, own):
        pass
    yield "".join(own), paragraph


_OF_TEMPLATES = {"python-docx", "generated by python-docx", "word document", "untitled", "2013-12-23"}
"""What documents say of themselves when nobody said it: the template's own title, author and date."""
_CORE = {"title": "title", "creator": "author", "created": "date", "keywords": "tags", "subject": "description"}


def _fields(core: _Element | None) -> dict[str, Value]:
    """Return the document's properties."""
    fields: dict[str, Value] = {}
    for element in core if core is not None else ():
        name = _CORE.get(str(element.tag).rpartition("}")[2])
        text = " ".join((element.text or "").split())
        if name == "date":
            text = text[:10]
        if name == "tags":
            text = join_values(re.split(r"[,;]", text))
        if name and text and text.lower() not in _OF_TEMPLATES:
            fields[name] = text
    return fields
