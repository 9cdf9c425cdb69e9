"""OpenDocument: texts, presentations, spreadsheets and drawings, zipped or as one flat XML file.

OASIS Open Document Format for Office Applications (OpenDocument) 1.3, part 3.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from semsearch.corpus.readers.office.odf_sheets import read_sheets
from semsearch.corpus.readers.office.odf_slides import read_pages
from semsearch.corpus.readers.office.odf_text import OdfTextReader
from semsearch.corpus.readers.office.package import OfficePackage, flat_xml
from semsearch.corpus.readers.office.properties import xml_fields
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import AnchorKind, BlockKind, Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read", "read_flat"]

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"


def read(data: bytes) -> Parsed:
    """Read a zipped file. Raises SourceUnreadable, one of BROKEN.

    Anchors count slides, rows of a sheet, or the paragraphs and tables of a text that are not empty.
    """
    package = OfficePackage(data)
    manifest = package.raw("META-INF/manifest.xml")
    if b"encryption-data" in manifest or "encrypted-package" in package:
        raise SourceUnreadable("encrypted")
    content = package.xml("content.xml")
    if content is None:
        raise ValueError("it contains no content")
    return _parsed(content, package.xml_if_whole("styles.xml"), package.xml_if_whole("meta.xml"))


def read_flat(data: bytes) -> Parsed:
    """Read a file whose parts are all in one XML document (`.fodt`, `.fods`, `.fodp`)."""
    root = flat_xml(data, "document")
    return _parsed(root, root, root)


def _parsed(content: _Element, styles: _Element | None, meta: _Element | None) -> Parsed:
    body = content.find(_OFFICE + "body")
    fields = xml_fields(meta.find(_OFFICE + "meta") if meta is not None else None)
    title = str(fields.pop("title", ""))
    for part in body if body is not None else ():
        kind = str(part.tag).rpartition("}")[2]
        if kind == "spreadsheet":
            return read_sheets(part, content, {**fields, "title": title})
        if kind in ("presentation", "drawing"):
            anchor = AnchorKind.SLIDE if kind == "presentation" else AnchorKind.PAGE
            parsed, pages = read_pages(part, anchor)
            fields["slides" if kind == "presentation" else "pages"] = pages
        elif kind == "text":
            parsed = OdfTextReader([content, styles]).read(part)
        else:
            continue
        headings = [block for block in parsed.blocks if block.kind is BlockKind.HEADING and block.stop > block.start]
        if not title and headings:
            top = min(headings, key=lambda block: (block.level, block.start))
            title = parsed.text[top.start : top.stop]
        return Parsed(parsed.text, parsed.blocks, title, fields)
    raise ValueError("it contains no text, sheets or slides")
