"""DOCX: its parts, styles and properties; the text itself is read by `docx_text`.

Parsed from the file's XML rather than through a document model, which would skip content controls, text boxes and
notes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from semsearch.corpus.readers.numerals import whole
from semsearch.corpus.readers.office.docx_text import LEFT_OUT, Asides, DocxTextReader, Styles, W
from semsearch.corpus.readers.office.drawing_text import labels
from semsearch.corpus.readers.office.package import OfficePackage
from semsearch.corpus.readers.office.properties import xml_fields
from semsearch.types.documents import BlockKind, Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read"]

_HEADING_NAME = re.compile(r"heading ([1-9])$", re.I)
_CONTENTS_NAME = re.compile(r"toc [1-9]$|table of figures$", re.I)


def read(data: bytes) -> Parsed:
    """Read a DOCX file; an anchor counts the paragraphs and tables that have text, from 1. Raises one of BROKEN."""
    package = OfficePackage(data)
    main = package.main_part("word/document.xml")
    body = package.xml(main)
    if body is None:
        raise ValueError("it contains no document")
    relations = package.relations(main)
    parts: dict[str, list[str]] = {}
    for relation in relations.values():
        parts.setdefault(relation.kind, []).append(relation.part)

    def side(kind: str, usual: str) -> _Element | None:
        return package.xml_if_whole(parts.get(kind, [usual])[0])

    styles = _styles(side("styles", "word/styles.xml"))
    asides = Asides(
        notes={kind: _by_id(side(kind, f"word/{kind}.xml"), kind[:-1]) for kind in ("footnotes", "endnotes")},
        comments=_by_id(side("comments", "word/comments.xml"), "comment"),
        labels=lambda frame: labels(frame, package, relations),
    )
    reader = DocxTextReader(styles, asides)
    reader.read(body)
    reader.read_rest()
    headers_footers = [package.xml_if_whole(name) for kind in ("header", "footer") for name in parts.get(kind, ())]
    reader.read_running([part for part in headers_footers if part is not None])
    parsed = reader.builder.parsed()
    fields = xml_fields(package.xml_if_whole("docProps/core.xml"))
    title = str(fields.pop("title", ""))
    headings = [block for block in parsed.blocks if block.kind is BlockKind.HEADING and block.stop > block.start]
    if not title and headings:
        top = min(headings, key=lambda block: (block.level, block.start))
        title = parsed.text[top.start : top.stop]
    return Parsed(parsed.text, parsed.blocks, title, fields)


def _by_id(part: _Element | None, name: str) -> dict[str, _Element]:
    """Return notes or comments by id, without the separator lines of notes."""
    elements = part.iterchildren(W + name) if part is not None else ()
    return {
        element.get(W + "id") or f"{name} {number}": element
        for number, element in enumerate(elements)
        if element.get(W + "type") in (None, "normal")
    }


def _styles(part: _Element | None) -> Styles:
    """Return the heading levels of paragraph styles, and which styles are lists.

    A style inherits from the one that it is based on.
    """
    styles = Styles()
    based_on: dict[str, str] = {}
    for style in part.iter(W + "style") if part is not None else ():
        identifier = style.get(W + "styleId") or ""
        name = _value(style, "name")
        outline = style.find(f"{W}pPr/{W}outlineLvl")
        if match := _HEADING_NAME.match(name):
            styles.levels[identifier] = int(match[1])
        elif name.lower() == "title":
            styles.levels[identifier] = 1
        elif _CONTENTS_NAME.match(name):
            styles.levels[identifier] = LEFT_OUT
        elif outline is not None and whole(outline.get(W + "val"), -1) >= 0:
            styles.levels[identifier] = min(whole(outline.get(W + "val")), 8) + 1
        if style.find(f"{W}pPr/{W}numPr") is not None:
            styles.lists.add(identifier)
        based_on[identifier] = _value(style, "basedOn")
    for identifier in based_on:
        seen = {identifier}
        parent = based_on[identifier]
        while identifier not in styles.levels and parent and parent not in seen:
            seen.add(parent)
            if parent in styles.levels:
                styles.levels[identifier] = styles.levels[parent]
            parent = based_on.get(parent, "")
    styles.levels = {identifier: level for identifier, level in styles.levels.items() if level <= 9}
    return styles


def _value(element: _Element, name: str) -> str:
    child = element.find(W + name)
    return (child.get(W + "val") or "") if child is not None else ""
