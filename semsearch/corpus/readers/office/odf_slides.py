"""Slides of OpenDocument presentations, and pages of drawings: shapes in reading order, notes below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from semsearch.corpus.readers.office.odf_text import DRAW, OFFICE, SVG, TABLE, TEXT, comment_text, lines_in
from semsearch.corpus.readers.office.slide_order import Box, reading_order
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read_pages"]

_PRESENTATION = "{urn:oasis:names:tc:opendocument:xmlns:presentation:1.0}"
_LENGTH = re.compile(r"(-?\d+(?:\.\d+)?)(cm|mm|in|pt|pc|px)?$")
_POINTS = {"cm": 28.35, "mm": 2.835, "in": 72.0, "pt": 1.0, "pc": 12.0, "px": 0.75}
_RUNNING = ("header", "footer", "date-time", "page-number", "page", "handout")


def read_pages(body: _Element, anchor_kind: AnchorKind) -> tuple[Parsed, int]:
    """Return the text of the slides or pages in a body, and their number."""
    builder = TextBuilder()
    number = 0
    for number, page in enumerate(body.iterchildren(DRAW + "page"), 1):
        _add_page(builder, page, Anchor(anchor_kind, number, number))
    return builder.parsed(), number


def _add_page(builder: TextBuilder, page: _Element, anchor: Anchor) -> None:
    shapes = list(_shapes(page))
    titles = [" ".join(lines_in(shape)) for shape in shapes if _class(shape) == "title"]
    builder.add(" ".join(filter(None, titles)), anchor, BlockKind.HEADING, level=1)
    for shape in shapes:
        if _class(shape) not in ("title", *_RUNNING):
            _add_shape(builder, shape, anchor)
    for notes in page.iterchildren(_PRESENTATION + "notes"):
        texts = ["\n".join(lines_in(shape)) for shape in _shapes(notes) if _class(shape) not in _RUNNING]
        for text in filter(None, texts):
            builder.add(text, anchor)
    for comment in page.iterchildren(OFFICE + "annotation"):
        if text := comment_text(comment):
            builder.add(text, anchor)


def _add_shape(builder: TextBuilder, shape: _Element, anchor: Anchor) -> None:
    lines = list(lines_in(shape))
    if shape.find(TABLE + "table") is not None:
        kind = BlockKind.TABLE
    elif len(lines) > 1 and shape.find(f".//{TEXT}list") is not None:
        kind = BlockKind.LIST
        lines = [f"- {line}" for line in lines]
    else:
        kind = BlockKind.PARAGRAPH
    if lines:
        builder.add("\n".join(lines), anchor, kind)
    descriptions = (" ".join((shape.findtext(SVG + name) or "").split()) for name in ("title", "desc"))
    for text in filter(None, descriptions):
        builder.add(text, anchor)


def _shapes(parent: _Element) -> Iterator[_Element]:
    """Yield the shapes on a page in reading order; groups stay together."""
    elements = [child for child in parent if isinstance(child.tag, str) and child.tag.startswith(DRAW)]
    for at in reading_order([_box(element) for element in elements]):
        if elements[at].tag == DRAW + "g":
            yield from _shapes(elements[at])
        else:
            yield elements[at]


def _class(shape: _Element) -> str:
    return shape.get(_PRESENTATION + "class") or ""


def _box(shape: _Element) -> Box | None:
    if shape.tag == DRAW + "g":
        boxes = [box for child in shape if isinstance(child.tag, str) and (box := _box(child)) is not None]
        if not boxes:
            return None
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)
    left, top, width, height = (_points(shape.get(SVG + name)) for name in ("x", "y", "width", "height"))
    if left is None or top is None:
        return None
    return left, top, left + (width or 0.0), top + (height or 0.0)


def _points(length: str | None) -> float | None:
    match = _LENGTH.match(length or "")
    return float(match[1]) * _POINTS.get(match[2] or "px", 1.0) if match else None
