"""The text of a DOCX in reading order: notes, comments and text boxes follow the paragraph they are anchored to.

Deleted, moved and hidden text is not read, and neither is a table of contents, which only repeats the headings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from semsearch.corpus.readers.numerals import whole
from semsearch.corpus.readers.office.drawing_text import described
from semsearch.corpus.readers.office.tables import LONGEST_LABEL, is_layout, table_text
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.types.documents import Anchor, AnchorKind, BlockKind

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["LEFT_OUT", "Asides", "DocxTextReader", "Styles", "W"]

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
LEFT_OUT = -1
"""The level of a paragraph in a table of contents."""
_UNREAD = {*(W + name for name in ("del", "moveFrom", "instrText", "delText", "rt")), _MC + "Fallback"}
_TEXTS = {W + "t", _M + "t"}
_CHARACTERS = {W + "br": "\n", W + "cr": "\n", W + "tab": " ", W + "ptab": " ", W + "noBreakHyphen": "-"}
_NOTES = {W + "footnoteReference": "footnotes", W + "endnoteReference": "endnotes"}
_PAGE_NUMBER = re.compile(r"\W*(?:\w{1,9}\W+)?\d+(?:\W+(?:\w{1,5}\W+)?\d+)?\W*")
"""`3`, `Page 3`, `- 3 / 12 -`, `Seite 3 von 12`."""


@dataclass(slots=True)
class Styles:
    """The heading levels and lists among paragraph styles, by id."""

    levels: dict[str, int] = field(default_factory=dict)
    lists: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Asides:
    """Content that paragraphs refer to: notes and comments by id, and the text of charts and diagrams."""

    notes: Mapping[str, dict[str, _Element]]
    comments: Mapping[str, _Element]
    labels: Callable[[_Element], Iterable[str]]


class DocxTextReader:
    """Appends the paragraphs and tables of parts to a text."""

    def __init__(self, styles: Styles, asides: Asides) -> None:
        """Start empty."""
        self.builder = TextBuilder()
        self.styles = styles
        self.asides = asides
        self.written: set[tuple[str, str]] = set()
        self.numbers = 0

    def read(self, part: _Element) -> None:
        """Append the text of a part."""
        for element in _outermost(part):
            if element.tag == W + "p":
                self._paragraph(element)
            else:
                self._table(element)

    def read_rest(self) -> None:
        """Append the notes that no paragraph refers to."""
        for kind, notes in self.asides.notes.items():
            for number in notes:
                self._note(kind, number)

    def read_running(self, parts: Iterable[_Element]) -> None:
        """Append the text of headers and footers, each line once, without page numbers."""
        lines = dict.fromkeys(line for part in parts for line in self._lines(part, []))
        kept = [line for line in lines if not _PAGE_NUMBER.fullmatch(line) and any(map(str.isalpha, line))]
        if kept and self.builder.blocks:
            self._add("", BlockKind.HEADING, 1)
        for line in kept:
            self._add(line)

    def _paragraph(self, element: _Element) -> None:
        aside: list[_Element] = []
        text = _text(element, aside)
        properties = element.find(W + "pPr")
        level, depth = (0, -1) if properties is None else self._kind(properties)
        if text and level > 0:
            self._add(text, BlockKind.HEADING, level)
        elif text and level == 0 and depth >= 0:
            self._add("  " * depth + "- " + text, BlockKind.LIST)
        elif text and level == 0:
            self._add(text)
        for node in aside:
            self._aside(node)

    def _kind(self, properties: _Element) -> tuple[int, int]:
        """Return the level of a paragraph as a heading (0: none) and as a list item (-1: none)."""
        style = _value(properties, "pStyle")
        level = self.styles.levels.get(style, 0)
        outline = _value(properties, "outlineLvl")
        if outline.isdecimal() and level != LEFT_OUT:
            level = whole(outline) + 1 if whole(outline) < 9 else 0
        numbering = properties.find(W + "numPr")
        if numbering is None:
            return level, 0 if style in self.styles.lists else -1
        if _value(numbering, "numId") == "0":
            return level, -1
        depth = _value(numbering, "ilvl")
        return level, min(whole(depth), 8)

    def _aside(self, node: _Element) -> None:
        """Append a note, comment or frame that is anchored to a paragraph."""
        identifier = node.get(W + "id") or ""
        if node.tag in _NOTES:
            self._note(_NOTES[node.tag], identifier)
        elif node.tag == W + "commentReference":
            self._comment(identifier)
        elif node.tag == _WP + "docPr":
            if text := described(node):
                self._add(text)
        elif node.tag == W + "txbxContent":
            self.read(node)
        else:
            for text in self.asides.labels(node):
                self._add(text, BlockKind.LIST)

    def _note(self, kind: str, identifier: str) -> None:
        note = self.asides.notes[kind].get(identifier)
        if note is None or (kind, identifier) in self.written:
            return
        self.written.add((kind, identifier))
        if lines := self._lines(note, []):
            self.numbers += 1
            self._add(f"[{self.numbers}] " + " ".join(lines))

    def _comment(self, identifier: str) -> None:
        comment = self.asides.comments.get(identifier)
        lines = self._lines(comment, []) if comment is not None else []
        if comment is not None and lines and ("comment", identifier) not in self.written:
            self.written.add(("comment", identifier))
            author = " ".join((comment.get(W + "author") or "").split())
            self._add(f"[{author}: {' '.join(lines)}]" if author else f"[{' '.join(lines)}]")

    def _lines(self, part: _Element, aside: list[_Element]) -> list[str]:
        """Return the paragraphs in an element as lines, including its text boxes."""
        lines: list[str] = []
        for element in _outermost(part):
            if element.tag == W + "tbl":
                for row in _rows(element):
                    cells = (" ".join(self._lines(cell, aside)) for cell in _cells(row))
                    lines.append(" | ".join(filter(None, cells)))
                continue
            inside: list[_Element] = []
            lines.append(_text(element, inside).replace("\n", " "))
            for node in inside:
                if node.tag == W + "txbxContent":
                    lines += self._lines(node, aside)
                else:
                    aside.append(node)
        return list(filter(None, lines))

    def _table(self, table: _Element) -> None:
        rows = list(_rows(table))
        aside: list[_Element] = []
        texts = [[self._lines(cell, aside) for cell in _cells(row)] for row in rows]
        if is_layout(texts):
            for row in rows:
                for cell in _cells(row):
                    self.read(cell)
            return
        headed = bool(rows) and rows[0].find(f"{W}trPr/{W}tblHeader") is not None
        grid = _grid(rows, [[" ".join(cell) for cell in row] for row in texts])
        if text := table_text(grid, headed=headed):
            self._add(text, BlockKind.TABLE)
        for node in aside:
            self._aside(node)

    def _add(self, text: str, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0) -> None:
        number = len(self.builder.blocks) + 1
        before = self.builder.blocks[-1].kind if self.builder.blocks else None
        separator = "\n" if before is kind is BlockKind.LIST else "\n\n"
        self.builder.add(text, Anchor(AnchorKind.PARAGRAPH, number, number), kind, level=level, separator=separator)


def _value(element: _Element, name: str) -> str:
    child = element.find(W + name)
    return (child.get(W + "val") or "") if child is not None else ""


def _outermost(part: _Element) -> Iterator[_Element]:
    """Yield the outermost paragraphs and tables in order, whatever wraps them."""
    stack = [iter(part)]
    while stack:
        for child in stack[-1]:
            if child.tag in (W + "p", W + "tbl"):
                yield child
            elif isinstance(child.tag, str) and child.tag not in _UNREAD and not _is_prompt(child):
                stack.append(iter(child))
                break
        else:
            stack.pop()


def _text(paragraph: _Element, aside: list[_Element]) -> str:
    """Return the text of a paragraph; notes, text boxes and the like are appended to `aside`."""
    own: list[str] = []
    stack = [iter(paragraph)]
    while stack:
        for child in stack[-1]:
            tag = child.tag
            if tag in _TEXTS:
                own.append(child.text or "")
            elif tag in _CHARACTERS:
                own.append(_CHARACTERS[tag])
            elif not isinstance(tag, str) or tag in _UNREAD or _is_prompt(child) or _is_hidden(child):
                continue
            elif _is_aside(child):
                aside.append(child)
            else:
                stack.append(iter(child))
                break
        else:
            stack.pop()
    return "\n".join(filter(None, (" ".join(line.split()) for line in "".join(own).split("\n"))))


def _is_aside(element: _Element) -> bool:
    return (
        element.tag in _NOTES
        or element.tag in (W + "txbxContent", W + "commentReference", _WP + "docPr")
        or element.tag.endswith(("}chart", "}relIds"))
    )


def _is_prompt(element: _Element) -> bool:
    """Return whether an element is an empty content control, which shows only a prompt for text."""
    return element.tag == W + "sdt" and element.find(f"{W}sdtPr/{W}showingPlcHdr") is not None


def _is_hidden(element: _Element) -> bool:
    vanish = element.find(f"{W}rPr/{W}vanish") if element.tag == W + "r" else None
    return vanish is not None and vanish.get(W + "val") not in ("0", "false", "off")


def _rows(table: _Element) -> Iterator[_Element]:
    for row in table.iter(W + "tr"):
        within = next(row.iterancestors(W + "tbl"), None)
        if within is table and row.find(f"{W}trPr/{W}del") is None:
            yield row


def _cells(row: _Element) -> Iterator[_Element]:
    for cell in row.iter(W + "tc"):
        if next(cell.iterancestors(W + "tr"), None) is row:
            yield cell


def _grid(rows: list[_Element], texts: list[list[str]]) -> list[dict[int, str]]:
    """Return the rows by column; a short cell that spans several rows is repeated in each of them."""
    grid: list[dict[int, str]] = []
    for row, cells in zip(rows, texts, strict=True):
        above, line, column = grid[-1] if grid else {}, {}, 0
        for cell, own in zip(_cells(row), cells, strict=True):
            text = own
            properties = cell.find(W + "tcPr")
            span = ""
            if properties is not None:
                span = _value(properties, "gridSpan")
                merged = properties.find(W + "vMerge")
                if merged is not None and merged.get(W + "val") != "restart" and not own:
                    label = above.get(column, "")
                    text = label if len(label) <= LONGEST_LABEL else ""
            line[column] = text
            column += max(1, whole(span))
        grid.append(line)
    return grid
