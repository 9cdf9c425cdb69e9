"""HTML: the visible text with its headings, lists, tables and code, without scripts, navigation and boilerplate.

Anchors are lines of the file on disk: those of the tags, plus the line breaks in the text between them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from semsearch.corpus.readers import text as plain_text
from semsearch.corpus.readers.web.boilerplate import furniture
from semsearch.corpus.text.blocks import TextBuilder, join_values
from semsearch.corpus.text.decode import decode, visible
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed, Value

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["parse", "read"]

_DECLARED = re.compile(
    rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)|<\?xml[^>]{0,100}?encoding=[\"']([\w.:-]+)", re.I
)
_BREAK = "\0"
"""Placeholder for `<br>` among the texts of a block; it occurs in no text."""
_UNREAD = {"script", "style", "head", "template", "iframe", "object", "embed", "canvas", "audio", "video", "map"}
_FURNITURE = {"noscript", "svg", "select", "datalist", "button", "input", "textarea", "nav"}
_ROLES = {"navigation", "search", "contentinfo", "menu", "menubar", "toolbar"}
_HIDING = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = {
    *(
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dialog",
        "dir",
        "div",
    ),
    *("dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "header", "hgroup", "hr", "html", "legend"),
    *("main", "menu", "ol", "p", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
}
_PERMALINKS = {"¶", "#", "§", "🔗", "[docs]", "[source]"}
"""Texts of generated links at headings and functions: to themselves, their documentation, or their code."""
_MAIN = (".//main", ".//*[@role='main']")
_LITTLE = 40
"""Fewest characters of the main part of a page."""
_FIRST = 20
"""Headings among which the title of a page is looked for."""
_META = {
    "author": "author",
    "article:author": "author",
    "dc.creator": "author",
    "citation_author": "author",
    "date": "date",
    "article:published_time": "date",
    "dc.date": "date",
    "citation_date": "date",
    "keywords": "tags",
    "article:tag": "tags",
    "description": "description",
    "og:description": "description",
}


def read(data: bytes) -> Parsed:
    """Read an HTML file in any encoding."""
    declared = _DECLARED.search(data[:4096])
    return parse(decode(data, (declared[1] or declared[2]).decode() if declared else ""))


def parse(text: str) -> Parsed:
    """Parse HTML; the title is the page's own, or its first heading when that title only adds the site's name."""
    from lxml import etree

    parser = etree.HTMLParser(encoding="utf-8", no_network=True, remove_pis=True, huge_tree=True)
    root = etree.fromstring(text.replace("\0", " ").encode("utf-8", "replace"), parser)
    if root is None or any("Excessive depth" in str(entry.message) for entry in parser.error_log):
        return _without_tags(text)
    parsed = _Page(_main(root), strict=True).read()
    if not visible(parsed.text):
        parsed = _Page(root, strict=False).read()
    return replace(parsed, title=_title(root, parsed), metadata=_metadata(root))


def _without_tags(text: str) -> Parsed:
    """Return the text between the tags of a page that is nested too deeply to parse, on the same lines."""

    def newlines(match: re.Match[str]) -> str:
        return "\n" * match[0].count("\n") or " "

    for pattern in (
        r"<(script|style)\b[^<]*+(?:<(?!/\1)[^<]*+)*+",
        r"<!--[^-]*+(?:-(?!->)[^-]*+)*+(?:-->)?",
        r"<[^<>]*+>",
    ):
        text = re.sub(pattern, newlines, text, flags=re.I)
    return plain_text.parse(text)


def _main(root: _Element) -> _Element:
    """Return the element declared as the main one, if it is the only one and plausible.

    It must contain much of the page, or its heading: a short page may have a long menu beside it.
    """
    for path in (*_MAIN, ".//article"):
        elements = root.findall(path)
        if len(elements) == 1:
            inner = sum(map(len, elements[0].itertext()))
            enough = inner > 2000 or inner * 4 > sum(map(len, root.itertext()))
            return elements[0] if enough or (inner > _LITTLE and path in _MAIN and _is_titled(elements[0])) else root
    return root


def _is_titled(main: _Element) -> bool:
    return next(main.iter("h1"), None) is not None


class _Page:
    """One pass over the elements of a page, in document order and without recursion."""

    def __init__(self, root: _Element, *, strict: bool) -> None:
        self.root = root
        self.strict = strict
        self.furniture = furniture(root) if strict else set()
        self.builder = TextBuilder()
        self.line = self.first = self.last = 1
        self.parts: list[str] = []
        self.kind, self.level = BlockKind.PARAGRAPH, 0
        self.pre = 0
        self.tables: list[list[str] | None] = []
        """The open tables: the cells of the row so far, None for a layout table."""

    def read(self) -> Parsed:
        """Return the text of the page and its blocks."""
        from lxml import etree

        walker = etree.iterwalk(self.root, events=("start", "end", "comment"))
        skipped: Any = None
        for event, element in walker:
            if event == "start":
                self.line = max(self.line, element.sourceline or 0)
                if self._skips(element):
                    skipped = element
                    self.line += sum(part.count("\n") for part in element.itertext())
                    walker.skip_subtree()
                else:
                    self._start(element)
                    self._text(element.text)
                continue
            if event == "comment":
                self.line += (element.text or "").count("\n")
            elif element is not skipped:
                self._end(element.tag)
            if element is not self.root:
                self._text(element.tail)
        self._flush()
        return self.builder.parsed()

    def _skips(self, element: _Element) -> bool:
        tag, attributes = element.tag, element.attrib
        if tag in _UNREAD:
            return True
        if not self.strict or element is self.root:
            return False
        if tag == "a":
            return _shown(element) in _PERMALINKS
        if tag == "footer":
            return next(element.iterancestors("article", "main"), None) is None
        return tag in _FURNITURE or element in self.furniture or (bool(attributes) and _hides(attributes))

    def _start(self, element: _Element) -> None:
        tag = element.tag
        if tag == "br":
            self._break()
        elif tag == "table":
            self._boundary()
            self.tables.append([] if _holds_data(element) else None)
        elif self._in_cells():
            self._boundary()
        elif tag in _HEADINGS:
            self._flush()
            self.kind, self.level = BlockKind.HEADING, _HEADINGS[tag]
        elif tag == "pre":
            self._flush()
            self.pre += 1
            self.kind = BlockKind.CODE
        elif tag == "li":
            self._flush()
            self.kind = BlockKind.LIST
        elif tag in _BLOCKS:
            self._boundary()

    def _end(self, tag: str) -> None:
        if tag == "table":
            self._row()
            self.tables.pop()
        elif self._in_cells():
            if tag in ("td", "th"):
                self._cell()
            elif tag == "tr":
                self._row()
            elif tag == "caption":
                self._flush()
        elif tag in _HEADINGS or tag in ("pre", "li"):
            self._flush()
            self.pre -= tag == "pre"
            self.kind = BlockKind.CODE if self.pre else BlockKind.PARAGRAPH
        elif tag in _BLOCKS:
            self._boundary()

    def _in_cells(self) -> bool:
        return bool(self.tables) and self.tables[-1] is not None

    def _boundary(self) -> None:
        """End a block; inside a heading or a data table only separate words."""
        if self.kind is BlockKind.HEADING or self._in_cells():
            self.parts.append(" ")
        else:
            self._flush()

    def _break(self) -> None:
        """Handle a `<br>`; two in a row end a paragraph, as on pages without `<p>`."""
        again = next((part == _BREAK for part in reversed(self.parts) if not part.isspace()), False)
        if again and not self.pre and self.kind is BlockKind.PARAGRAPH:
            self._boundary()
        else:
            self.parts.append(_BREAK)

    def _text(self, text: str | None) -> None:
        if not text:
            return
        breaks = text.count("\n")
        body = text.strip()
        if body:
            if not self._started():
                self.first = self.line + text[: text.index(body[0])].count("\n")
            self.last = self.line + breaks - text[len(text.rstrip()) :].count("\n")
        self.parts.append(text)
        self.line += breaks

    def _started(self) -> bool:
        row = self.tables[-1] if self.tables else None
        return bool(row) or any(part != _BREAK and not part.isspace() for part in self.parts)

    def _cell(self) -> None:
        row = self.tables[-1] if self.tables else None
        if row is not None:
            row.append(_collapsed(self.parts).replace("\n", " "))
            self.parts = []

    def _row(self) -> None:
        row = self.tables[-1]
        if row is None:
            self._flush()
        elif row:
            text = " | ".join(filter(None, row))
            row.clear()
            if text:
                self._add(text, BlockKind.TABLE)

    def _flush(self) -> None:
        text = _preserved(self.parts) if self.pre else _collapsed(self.parts)
        self.parts = []
        if text:
            self._add("- " + text if self.kind is BlockKind.LIST else text, self.kind, self.level)
        if text or self.kind is not BlockKind.LIST:  # the item's text may follow in a nested block
            self.kind, self.level = BlockKind.CODE if self.pre else BlockKind.PARAGRAPH, 0

    def _add(self, text: str, kind: BlockKind, level: int = 0) -> None:
        anchor = Anchor(AnchorKind.LINE, self.first, max(self.first, self.last))
        before = self.builder.blocks[-1].kind if self.builder.blocks else None
        close = kind is before and kind in (BlockKind.LIST, BlockKind.TABLE)
        self.builder.add(text, anchor, kind, level=level, separator="\n" if close else "\n\n")


def _shown(link: _Element) -> str:
    """Return the text of a link if it is only a sign or one word, possibly inside other elements."""
    while len(link) == 1 and not (link.text or "").strip() and not (link[0].tail or "").strip():
        link = link[0]
    return (link.text or "").strip()


def _holds_data(table: _Element) -> bool:
    """Return whether a table holds data and not layout: no nested table, no heading, and more than one cell."""
    cells = 0
    for element in table.iterdescendants("td", "th", "table", *_HEADINGS):
        if element.tag not in ("td", "th"):
            return False
        cells += 1
    return cells > 1


def _hides(attributes: Any) -> bool:
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in _ROLES
        or bool(_HIDING.search(attributes.get("style") or ""))
    )


def _collapsed(parts: list[str]) -> str:
    """Return text as a browser shows it: runs of white space as one space, line breaks only for `<br>`."""
    lines = (" ".join(line.split()) for line in "".join(parts).split(_BREAK))
    return "\n".join(line for line in lines if line)


def _preserved(parts: list[str]) -> str:
    text = "".join(parts).replace(_BREAK, "\n").strip("\n").rstrip()
    return text if text.strip() else ""


def _title(root: _Element, parsed: Parsed) -> str:
    """Return the page's title, or the heading that it contains: the one that it starts with, else the last one.

    The first of several level-1 headings may be that of the site, whose name often ends the title.
    """
    element = root.find(".//title")
    title = " ".join("".join(element.itertext()).split()) if element is not None else ""
    heads = [block for block in parsed.blocks if block.kind is BlockKind.HEADING]
    heads = [block for block in heads if block.level == 1] or heads[:1]
    tops = [parsed.text[block.start : block.stop] for block in heads]
    if not title:
        return tops[0] if tops else ""
    lowered = title.lower()
    named = [top for top in tops[:_FIRST] if top.lower() in lowered]
    if first := next((top for top in named if lowered.startswith(top.lower())), ""):
        return first
    site = len(tops) > 1 and named == tops[:1]
    return named[-1] if named and not site else title


def _metadata(root: _Element) -> dict[str, Value]:
    fields: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        key = _META.get((meta.get("name") or meta.get("property") or "").lower())
        content = " ".join((meta.get("content") or "").split())
        if key and content and content not in fields.setdefault(key, []):
            fields[key].append(content)
    return {key: values[0] if key in ("date", "description") else join_values(values) for key, values in fields.items()}
