"""PPTX: the slides in order, each under its title, with tables, diagrams, charts, notes and comments.

Parsed from the file's XML: shapes in reading order, groups kept together, footers only once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semsearch.corpus.readers.numerals import whole
from semsearch.corpus.readers.office.drawing_text import described, labels, paragraph_text
from semsearch.corpus.readers.office.package import OfficePackage
from semsearch.corpus.readers.office.properties import xml_fields
from semsearch.corpus.readers.office.slide_shapes import Positions, Shape, shapes_of
from semsearch.corpus.readers.office.tables import table_text
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read"]

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_PROPERTIES = f"./*/{_P}cNvPr"
_TITLES = ("title", "ctrTitle")
_RUNNING = ("ftr", "dt", "hdr")
"""Placeholders with the same text on every slide."""
_LISTS = ("", "body", "obj", "half", "quarter")


def read(data: bytes) -> Parsed:
    """Read a presentation; an anchor is the number of a slide. Raises one of BROKEN."""
    package = OfficePackage(data)
    main = package.main_part("ppt/presentation.xml")
    root = package.xml(main)
    if root is None:
        raise ValueError("it contains no presentation")
    relations = package.relations(main)
    reader = _Reader(package)
    for kind in ("commentAuthors", "authors"):
        for relation in relations.values():
            if relation.kind == kind:
                reader.learn_authors(package.xml_if_whole(relation.part))
    listed = [relations.get(entry.get(_R + "id") or "") for entry in root.iter(_P + "sldId")]
    slides = [relation.part for relation in listed if relation is not None and relation.part in package]
    unread = 0
    for number, part in enumerate(slides, 1):
        slide = package.xml_if_whole(part)
        unread += slide is None
        if slide is not None:
            reader.read_slide(number, part, slide)
    if unread and not reader.builder.blocks:
        raise ValueError("no slide can be read")
    fields = xml_fields(package.xml_if_whole("docProps/core.xml"))
    title = str(fields.pop("title", "")) or reader.first_title
    parsed = reader.builder.parsed(title, {**fields, "slides": len(slides)})
    remark = f"{unread} of {len(slides)} slides broken" if unread else ""
    return Parsed(parsed.text, parsed.blocks, parsed.title, parsed.metadata, remark=remark)


@dataclass(slots=True)
class _Reader:
    """Appends slides to a text."""

    package: OfficePackage
    builder: TextBuilder = field(default_factory=TextBuilder)
    first_title: str = ""
    authors: dict[str, str] = field(default_factory=dict)
    written: set[str] = field(default_factory=set)
    positions: Positions = field(init=False)

    def __post_init__(self) -> None:
        self.positions = Positions(self.package)

    def learn_authors(self, root: _Element | None) -> None:
        for author in root if root is not None else ():
            self.authors[author.get("id") or ""] = author.get("name") or ""

    def read_slide(self, number: int, part: str, slide: _Element) -> None:
        """Append a slide: its title, its shapes, its notes and comments."""
        anchor = Anchor(AnchorKind.SLIDE, number, number)
        relations = self.package.relations(part)
        layout = next((relation.part for relation in relations.values() if relation.kind == "slideLayout"), "")
        shapes = list(shapes_of(slide, self.positions.of_layout(layout)))
        title = " ".join(" ".join(self._lines(s)) for s in shapes if s.placeholder in _TITLES)
        self.builder.add(title, anchor, BlockKind.HEADING, level=1)
        self.first_title = self.first_title or (title if number == 1 else "")
        for shape in shapes:
            if shape.placeholder not in _TITLES:
                self._add(shape, anchor, part)
        for relation in relations.values():
            if relation.kind == "notesSlide":
                self._add_notes(relation.part, anchor)
            elif relation.kind == "comments":
                for comment in self._comments(relation.part):
                    self.builder.add(comment, anchor)

    def _add(self, shape: Shape, anchor: Anchor, part: str) -> None:
        if shape.element.tag == _P + "graphicFrame":
            for text, kind in self._frame(shape.element, part):
                self.builder.add(text, anchor, kind)
            return
        lines = self._lines(shape)
        if shape.placeholder in _RUNNING:
            lines = [line for line in lines if line not in self.written]
            self.written.update(lines)
        if len(lines) > 1 and shape.placeholder in _LISTS and shape.is_placeholder:
            self.builder.add("\n".join(_bulleted(shape.element)), anchor, BlockKind.LIST)
        elif lines:
            self.builder.add("\n".join(lines), anchor)
        if text := described(shape.element.find(_PROPERTIES)):
            self.builder.add(text, anchor)

    def _lines(self, shape: Shape) -> list[str]:
        return [text for paragraph in shape.element.iter(_A + "p") if (text := paragraph_text(paragraph))]

    def _frame(self, frame: _Element, part: str) -> Iterator[tuple[str, BlockKind]]:
        """Yield the content of a frame: a table, a chart or a diagram."""
        for table in frame.iter(_A + "tbl"):
            headed = table.find(f"{_A}tblPr[@firstRow='1']") is not None
            if text := table_text(map(_cells, table.iterchildren(_A + "tr")), headed=headed):
                yield text, BlockKind.TABLE
        for text in labels(frame, self.package, self.package.relations(part)):
            yield text, BlockKind.LIST
        if text := described(frame.find(_PROPERTIES)):
            yield text, BlockKind.PARAGRAPH

    def _add_notes(self, part: str, anchor: Anchor) -> None:
        notes = self.package.xml_if_whole(part)
        for shape in shapes_of(notes, {}) if notes is not None else ():
            lines = self._lines(shape)
            if lines and shape.placeholder not in ("sldNum", "sldImg", *_RUNNING):
                self.builder.add("\n".join(lines), anchor)

    def _comments(self, part: str) -> Iterator[str]:
        """Yield comments, in the format of 2007 (`p:text`) or 2021 (`p188:txBody`, with replies)."""
        root = self.package.xml_if_whole(part)
        for comment in root.iter("{*}cm", "{*}reply") if root is not None else ():
            bodies = [child for child in comment if str(child.tag).endswith(("}text", "}txBody"))]
            texts = [body.text or "" for body in bodies if body.tag.endswith("}text")]
            texts += [paragraph_text(paragraph) for body in bodies for paragraph in body.iter(_A + "p")]
            text = " ".join(" ".join(texts).split())
            author = self.authors.get(comment.get("authorId") or "", "")
            if text:
                yield f"[{author}: {text}]" if author else f"[{text}]"


def _bulleted(shape: _Element) -> Iterator[str]:
    """Yield the paragraphs of a list, each indented by its level."""
    for paragraph in shape.iter(_A + "p"):
        if text := paragraph_text(paragraph):
            properties = paragraph.find(_A + "pPr")
            level = properties.get("lvl") if properties is not None else None
            plain = properties is not None and properties.find(_A + "buNone") is not None
            indent = "  " * min(whole(level), 8)
            yield text if plain else f"{indent}- {text}"


def _cells(row: _Element) -> dict[int, str]:
    """Return the cells of a row by column; one that is merged into another is empty."""
    cells: dict[int, str] = {}
    for column, cell in enumerate(row.iterchildren(_A + "tc")):
        lines = [paragraph_text(paragraph).replace("\n", " ") for paragraph in cell.iter(_A + "p")]
        cells[column] = " ".join(filter(None, lines))
    return cells
