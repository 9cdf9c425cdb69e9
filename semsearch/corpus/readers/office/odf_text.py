"""Text of OpenDocument: headings, paragraphs, lists, tables; notes and comments follow what they belong to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from semsearch.corpus.readers.numerals import whole
from semsearch.corpus.readers.office.tables import LONGEST_LABEL, is_layout, table_text
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = [
    "DC",
    "DRAW",
    "OFFICE",
    "STYLE",
    "SVG",
    "TABLE",
    "TEXT",
    "OdfTextReader",
    "comment_text",
    "inline",
    "lines_in",
]

_NAMESPACES = "{urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, TABLE, DRAW = (f"{_NAMESPACES}{name}:1.0}}" for name in ("office", "text", "table", "drawing"))
STYLE, SVG = f"{_NAMESPACES}style:1.0}}", f"{_NAMESPACES}svg-compatible:1.0}}"
DC = "{http://purl.org/dc/elements/1.1/}"

_SKIPPED = {
    *(TEXT + name for name in ("tracked-changes", "sequence-decls", "variable-decls", "user-field-decls", "ruby-text")),
    *(TEXT + name for name in ("table-of-content", "illustration-index", "table-index", "object-index", "user-index")),
    *(
        TEXT + name
        for name in ("alphabetical-index", "note-citation", "page-number", "page-count", "dde-connection-decls")
    ),
    *(OFFICE + name for name in ("forms", "binary-data", "event-listeners", "annotation-end", "scripts")),
    *(TABLE + name for name in ("calculation-settings", "content-validations")),
    SVG + "title",
    SVG + "desc",
    DRAW + "object",
}
"""Elements that are not text of the document: deleted text, declarations, page numbers, and generated indexes."""
_BLOCKS = {TEXT + "p", TEXT + "h", TABLE + "table", TEXT + "list"}
_LEVELS = {"Title": 1, **{f"Heading_20_{level}": level for level in range(1, 10)}}
_DEEPEST = 9


class OdfTextReader:
    """Reads the body of a text."""

    def __init__(self, documents: Sequence[_Element | None]) -> None:
        """`documents` contain the styles, and the headers and footers of the pages."""
        self.builder = TextBuilder()
        self.styles: dict[str, str] = {}
        self.documents = [document for document in documents if document is not None]
        for document in self.documents:
            for style in document.iter(STYLE + "style"):
                self.styles[style.get(STYLE + "name") or ""] = style.get(STYLE + "parent-style-name") or ""

    def read(self, body: _Element) -> Parsed:
        """Return the text of a document: its body, then headers and footers, once."""
        self._flow(body, 0)
        running: dict[str, None] = {}
        for document in {id(document): document for document in self.documents}.values():
            for page in document.iter(STYLE + "master-page"):
                for part in page:
                    running.update(dict.fromkeys(line for line in lines_in(part) if any(map(str.isalpha, line))))
        if running and self.builder.blocks:
            self._add("", BlockKind.HEADING, 1)
            for line in running:
                self._add(line)
        return self.builder.parsed()

    def _flow(self, parent: _Element, depth: int) -> None:
        """Append the blocks in an element; `depth` is the number of lists around it."""
        for element in _blocks(parent):
            if element.tag == TABLE + "table":
                self._table(element)
            elif element.tag == TEXT + "list":
                for item in element:
                    self._flow(item, depth + 1)
            else:
                self._paragraph(element, depth)

    def _paragraph(self, element: _Element, depth: int) -> None:
        aside: list[_Element] = []
        text = inline(element, aside)
        level = self._level(element)
        if text and level:
            self._add(text, BlockKind.HEADING, level)
        elif text and depth:
            self._add("  " * (depth - 1) + "- " + text, BlockKind.LIST)
        elif text:
            self._add(text)
        for node in aside:
            self._aside(node)

    def _aside(self, node: _Element) -> None:
        """Append a note, a comment, or the content of a frame that is anchored to a paragraph."""
        if node.tag == OFFICE + "annotation":
            if text := comment_text(node):
                self._add(text)
        elif node.tag == TEXT + "note":
            mark = " ".join((node.findtext(TEXT + "note-citation") or "").split())
            if text := " ".join(lines_in(node)):
                self._add(f"[{mark}] {text}" if mark else text)
        else:
            self._flow(node, 0)
            for text in _alternative(node):
                self._add(text)

    def _table(self, table: _Element) -> None:
        rows = list(_rows(table))
        cells = [[list(lines_in(cell)) for cell in _cells(row)] for row in rows]
        if is_layout(cells):
            for row in rows:
                for cell in _cells(row):
                    self._flow(cell, 0)
            return
        headed = bool(rows) and str(getattr(rows[0].getparent(), "tag", "")) == TABLE + "table-header-rows"
        grid = _grid(rows, [[" ".join(cell) for cell in row] for row in cells])
        if text := table_text(grid, headed=headed):
            self._add(text, BlockKind.TABLE)

    def _level(self, element: _Element) -> int:
        if element.tag == TEXT + "h":
            level = element.get(TEXT + "outline-level") or "1"
            return min(whole(level, 1), _DEEPEST)
        style = element.get(TEXT + "style-name") or ""
        for _ in range(_DEEPEST):
            if style in _LEVELS:
                return _LEVELS[style]
            style = self.styles.get(style, "")
        return 0

    def _add(self, text: str, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0) -> None:
        number = len(self.builder.blocks) + 1
        before = self.builder.blocks[-1].kind if self.builder.blocks else None
        separator = "\n" if before is kind is BlockKind.LIST else "\n\n"
        self.builder.add(text, Anchor(AnchorKind.PARAGRAPH, number, number), kind, level=level, separator=separator)


def _blocks(parent: _Element | Sequence[_Element]) -> Iterator[_Element]:
    """Yield the outermost paragraphs, lists and tables in order, whatever wraps them."""
    stack = [iter(parent)]
    while stack:
        for child in stack[-1]:
            if child.tag in _BLOCKS:
                yield child
            elif isinstance(child.tag, str) and child.tag not in _SKIPPED:
                stack.append(iter(child))
                break
        else:
            stack.pop()


def _rows(table: _Element) -> Iterator[_Element]:
    for row in table.iter(TABLE + "table-row"):
        if next(row.iterancestors(TABLE + "table"), None) is table:
            yield row


def _cells(row: _Element) -> Iterator[_Element]:
    """Yield the cells of a row, including those covered by a spanning cell."""
    yield from row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell")


def _grid(rows: list[_Element], texts: list[list[str]]) -> list[dict[int, str]]:
    """Return the rows by column; a short cell that spans several rows is repeated in each of them."""
    grid: list[dict[int, str]] = []
    spanning: dict[int, tuple[int, str]] = {}
    for number, (row, cells) in enumerate(zip(rows, texts, strict=True)):
        line: dict[int, str] = {}
        column = 0
        for cell, own in zip(_cells(row), cells, strict=True):
            if cell.tag == TABLE + "covered-table-cell":
                last, label = spanning.get(column, (-1, ""))
                line[column] = label if number <= last else ""
            else:
                line[column] = own
                down = _count(cell, "rows-spanned")
                if down > 1 and len(own) <= LONGEST_LABEL:
                    spanning[column] = (number + down - 1, own)
            column += _count(cell, "columns-repeated")
        grid.append(line)
    return grid


def _count(cell: _Element, what: str) -> int:
    number = cell.get(f"{TABLE}number-{what}") or "1"
    return max(1, whole(number, 1))


def inline(paragraph: _Element, aside: list[_Element]) -> str:
    """Return the text of a paragraph; its notes, comments and frames are appended to `aside`."""
    parts: list[str] = [paragraph.text or ""]
    stack = [iter(paragraph)]
    above: list[_Element] = []
    while stack:
        for child in stack[-1]:
            if _is_separate(child, parts, aside):
                parts.append(child.tail or "")
                continue
            parts.append(child.text or "")
            above.append(child)
            stack.append(iter(child))
            break
        else:
            stack.pop()
            if above:
                parts.append(above.pop().tail or "")
    # White space in the file is one space; line breaks are elements.
    lines = (" ".join(line.split()) for line in "".join(parts).replace("\n", " ").split("\x0b"))
    return "\n".join(filter(None, lines))


def _is_separate(child: _Element, parts: list[str], aside: list[_Element]) -> bool:
    """Return whether an element inside a paragraph is not running text, after adding its replacement."""
    tag = child.tag
    if not isinstance(tag, str) or tag in _SKIPPED:
        return True
    if tag in (TEXT + "note", OFFICE + "annotation") or (tag.startswith(DRAW) and tag != DRAW + "a"):
        aside.append(child)
        return True
    if tag in (TEXT + "s", TEXT + "tab"):
        parts.append(" ")
        return True
    if tag == TEXT + "line-break":
        parts.append("\x0b")
        return True
    return False


def lines_in(parent: _Element | Sequence[_Element]) -> Iterator[str]:
    """Yield the paragraphs in an element as lines, including those of its frames, notes and comments."""
    for block in _blocks(parent):
        if block.tag == TABLE + "table":
            for row in _rows(block):
                if text := " | ".join(filter(None, (" ".join(lines_in(cell)) for cell in _cells(row)))):
                    yield text
        elif block.tag == TEXT + "list":
            for item in block:
                yield from lines_in(item)
        else:
            aside: list[_Element] = []
            if text := inline(block, aside):
                yield text.replace("\n", " ")
            for node in aside:
                yield from filter(None, [comment_text(node)]) if node.tag == OFFICE + "annotation" else lines_in(node)


def comment_text(annotation: _Element) -> str:
    """Return a comment with its author."""
    author = " ".join((annotation.findtext(DC + "creator") or "").split())
    text = " ".join(lines_in(annotation))
    return f"[{author}: {text}]" if author and text else f"[{text}]" if text else ""


def _alternative(frame: _Element) -> Iterator[str]:
    """Yield the alternative texts of pictures."""
    for name in ("title", "desc"):
        for element in frame.iter(SVG + name):
            if text := " ".join((element.text or "").split()):
                yield text
