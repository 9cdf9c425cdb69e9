"""RTF: paragraphs with the levels of their styles, lists, tables, notes, comments, and the document's information.

Read by a small reader of its own: what strips RTF of its control words leaves no headings, no rows and no properties.
"""

from __future__ import annotations

import re
from copy import copy
from dataclasses import dataclass, field

from semsearch.corpus.readers.office.properties import fields_of
from semsearch.corpus.readers.office.rtf_codes import (
    CHARACTERS,
    CONTENTS,
    HANDLED,
    INFO,
    NEUTRAL,
    RUNNING,
    SKIPPED,
    TOKEN,
    code_page,
    font_page,
)
from semsearch.corpus.text.blocks import TextBuilder
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed

__all__ = ["read"]

_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo|kop|rubrik) ?([1-9])$", re.I)
_CONTENTS = re.compile(r"(?:toc|contents|verzeichnis) ?\d$", re.I)
_DEEPEST = 9
_NO_LEVEL = 0
_LEFT_OUT = -1
"""The level of an entry in a list of contents: the headings say the same, where they stand."""


@dataclass(slots=True)
class _Flow:
    """Text that belongs together: the body, a note, a header, one property."""

    kind: str
    parts: list[str] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    """Notes and comments, for after the paragraph."""
    cells: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    date: dict[bytes, int] = field(default_factory=dict)


@dataclass(slots=True)
class _State:
    """What a group takes over from the one around it."""

    flow: _Flow | None
    page: str
    unicode_skip: int = 1
    hidden: bool = False
    deleted: bool = False
    style: int = 0
    level: int = _NO_LEVEL
    in_table: bool = False
    listed: bool = False
    opened: _Flow | None = None
    """The flow that ends with this group."""
    ignorable: bool = False


def read(data: bytes) -> Parsed:
    """Read an RTF file; an anchor counts the paragraphs and tables that have text. Raises ValueError."""
    if not data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rt"):
        raise ValueError("it does not start as RTF does")
    return _Reader().read(data)


class _Reader:
    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.body = _Flow("body")
        self.state = _State(self.body, "cp1252")
        self.stack: list[_State] = []
        self.bytes = bytearray()
        self.skip = 0
        self.usual = "cp1252"
        self.fonts: dict[int, str] = {}
        self.font = self.default_font = 0
        self.levels: dict[int, int] = {}
        self.based_on: dict[int, int] = {}
        self.author = ""
        self.notes = 0
        self.running: dict[str, None] = {}
        self.properties: list[tuple[str, str]] = []

    def read(self, data: bytes) -> Parsed:
        """Go through the tokens of a file; where it is cut off, what came before is kept."""
        at = 0
        while found := TOKEN.match(data, at):
            at = found.end()
            kind = found.lastgroup
            if kind == "text":
                self._bytes(found[0])
            elif kind in ("word", "number"):
                word = found["word"]
                if word in HANDLED or self.skip or self.state.ignorable:
                    number = int(found["number"]) if found["number"] else None
                    at += max(0, number or 0) if word == b"bin" else self._word(word, number)
            elif kind == "hex":
                self._bytes(bytes([int(found["hex"], 16)]))
            elif kind == "brace":
                self._brace(found[0])
            elif kind == "symbol":
                self._symbol(found["symbol"])
        self._paragraph()
        self._end_table(self.body)
        return self._parsed()

    def _parsed(self) -> Parsed:
        if self.running and self.builder.blocks:
            self._add("", BlockKind.HEADING, 1)
            for line in self.running:
                self._add(line)
        fields = fields_of(self.properties)
        title = str(fields.pop("title", ""))
        parsed = self.builder.parsed()
        headings = [block for block in parsed.blocks if block.kind is BlockKind.HEADING and block.stop > block.start]
        if not title and headings:
            top = min(headings, key=lambda block: (block.level, block.start))
            title = parsed.text[top.start : top.stop]
        return Parsed(parsed.text, parsed.blocks, title, fields)

    # Characters

    def _bytes(self, data: bytes) -> None:
        if self.skip:
            self.skip, data = max(0, self.skip - len(data)), data[self.skip :]
        if self.state.flow is not None and not (self.state.hidden or self.state.deleted):
            self.bytes += data

    def _flush(self) -> None:
        """Decode the bytes so far: a character may have two of them, each written in its own way."""
        if self.bytes and self.state.flow is not None:
            self.state.flow.parts.append(self.bytes.decode(self.state.page, "replace"))
        self.bytes.clear()

    def _character(self, text: str) -> None:
        self._flush()
        if self.state.flow is not None and not (self.state.hidden or self.state.deleted):
            self.state.flow.parts.append(text)

    def _symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self.state.ignorable = True
        elif symbol in (b"\n", b"\r"):
            self._paragraph()
        elif self.skip:
            self.skip -= 1
        elif symbol in CHARACTERS:
            self._character(CHARACTERS[symbol])

    def _brace(self, brace: bytes) -> None:
        self._flush()
        self.skip = 0
        if brace == b"{":
            self.stack.append(self.state)
            self.state = copy(self.state)
            self.state.opened, self.state.ignorable = None, False
        elif self.stack:
            ended = self.state
            self.state = self.stack.pop()
            if ended.opened is not None:
                self._end_flow(ended.opened)
            elif ended.flow is not None and ended.flow.kind == "stylesheet":
                self._define_style(ended, self._text(ended.flow).rstrip("; "))

    # Control words

    def _word(self, word: bytes, number: int | None) -> int:
        """Follow a control word; return 0, how many bytes after it are to be skipped."""
        if word == b"u" and number is not None:
            self._character(chr(number % 65536))
            self.skip = self.state.unicode_skip
        elif self.skip:
            self.skip -= 1
        elif word in CHARACTERS:
            self._character(CHARACTERS[word])
        else:
            self._flush()
            if not (self._destination(word) or self._paragraph_word(word, number) or self._coding(word, number)):
                self._setting(word, number)
        return 0

    def _destination(self, word: bytes) -> bool:
        """Start a group of its own kind; tell whether the word does."""
        state = self.state
        ignorable, state.ignorable = state.ignorable, False
        if word in CONTENTS or (word in INFO and self._within("info")):
            self._open(word.decode())
        elif word in RUNNING:
            self._open("running")
        elif word == b"upr":
            state.flow = None  # the same text again, in Unicode, follows in a group of its own
        elif word == b"ud":
            state.flow = next((above.flow for above in reversed(self.stack) if above.flow is not None), None)
        elif word in SKIPPED or (ignorable and word not in NEUTRAL):
            if word in (b"listtext", b"pntext") and self.stack:
                self.stack[-1].listed = True
            state.flow = None
        else:
            return False
        return True

    def _open(self, kind: str) -> None:
        self.state.flow = self.state.opened = _Flow(kind)
        self.state.hidden = self.state.deleted = False

    def _within(self, kind: str) -> bool:
        return self.state.flow is not None and self.state.flow.kind == kind

    def _paragraph_word(self, word: bytes, number: int | None) -> bool:
        """Follow what says something of paragraphs; tell whether the word does."""
        state = self.state
        if word in (b"par", b"sect", b"page"):
            self._paragraph()
        elif word == b"cell":
            self._cell()
        elif word == b"row":
            self._row()
        elif word == b"pard":
            state.style, state.level, state.in_table, state.listed = 0, _NO_LEVEL, False, False
        elif word == b"s":
            state.style = number or 0
        elif word == b"outlinelevel":
            state.level = (number or 0) + 1 if (number or 0) < _DEEPEST else _NO_LEVEL
        elif word == b"intbl":
            state.in_table = True
        elif word == b"ls":
            state.listed = (number or 0) > 0
        else:
            return False
        return True

    def _coding(self, word: bytes, number: int | None) -> bool:
        """Follow what says how bytes are characters; tell whether the word does."""
        state = self.state
        if word == b"f":
            self.font = number or 0
            state.page = self.fonts.get(self.font, self.usual)
        elif word == b"fcharset" and self._within("fonttbl"):
            self.fonts[self.font] = font_page(number or 0, self.usual)
        elif word in (b"ansicpg", b"mac", b"pc", b"pca"):
            self.usual = state.page = code_page(number or {b"mac": 10000, b"pc": 437, b"pca": 850}.get(word, 1252))
        elif word == b"uc":
            state.unicode_skip = max(0, min(number if number is not None else 1, 16))
        elif word == b"deff":
            self.default_font = number or 0
        else:
            return False
        return True

    def _setting(self, word: bytes, number: int | None) -> None:
        state = self.state
        if word == b"v":
            state.hidden = number != 0
        elif word == b"deleted":
            state.deleted = number != 0
        elif word == b"plain":
            state.hidden = state.deleted = False
            state.page = self.fonts.get(self.default_font, self.usual)
        elif word == b"sbasedon":
            self.based_on[state.style] = number or 0
        elif word in (b"yr", b"mo", b"dy") and state.flow is not None:
            state.flow.date[word] = number or 0

    # Paragraphs

    def _text(self, flow: _Flow) -> str:
        """Take what a flow holds, on lines without needless blanks; two halves of a character become one."""
        text = "".join(flow.parts).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        flow.parts.clear()
        return "\n".join(filter(None, (" ".join(line.replace("\0", "").split()) for line in text.split("\n"))))

    def _paragraph(self) -> None:
        self._flush()
        flow = self.state.flow
        if flow is None or flow.kind != "body":
            if flow is not None:
                flow.parts.append("\n")
            return
        if self.state.in_table:
            flow.parts.append("\n")
            return
        self._end_table(flow)
        text = self._text(flow)
        level = self.state.level or self._style_level()
        if text and level > _NO_LEVEL:
            self._add(text, BlockKind.HEADING, level)
        elif text and level == _NO_LEVEL:
            self._add("- " + text if self.state.listed else text, BlockKind.LIST if self.state.listed else None)
        self._add_aside(flow)

    def _cell(self) -> None:
        flow = self.state.flow
        if flow is not None:
            flow.cells.append(self._text(flow).replace("\n", " "))

    def _row(self) -> None:
        flow = self.state.flow
        if flow is not None:
            row = " | ".join(filter(None, flow.cells))
            flow.cells.clear()
            if row:
                flow.rows.append(row)

    def _end_table(self, flow: _Flow) -> None:
        left = " | ".join(filter(None, flow.cells))
        rows = [*flow.rows, left] if left else flow.rows
        if rows:
            self._add("\n".join(rows), BlockKind.TABLE)
            flow.rows.clear()
            flow.cells.clear()
            self._add_aside(flow)

    def _add_aside(self, flow: _Flow) -> None:
        for text in flow.aside:
            self._add(text)
        flow.aside.clear()

    def _style_level(self) -> int:
        style = self.state.style
        for _ in range(_DEEPEST):
            if style in self.levels:
                return self.levels[style]
            style = self.based_on.get(style, 0)
        return _NO_LEVEL

    def _add(self, text: str, kind: BlockKind | None = None, level: int = 0) -> None:
        kind = kind or BlockKind.PARAGRAPH
        number = len(self.builder.blocks) + 1
        before = self.builder.blocks[-1].kind if self.builder.blocks else None
        separator = "\n" if before is kind is BlockKind.LIST else "\n\n"
        self.builder.add(text, Anchor(AnchorKind.PARAGRAPH, number, number), kind, level=level, separator=separator)

    # What ends with a group

    def _define_style(self, state: _State, name: str) -> None:
        found = _HEADING.match(name)
        if found or name.lower() == "title":
            self.levels[state.style] = int(found[1]) if found else 1
        elif _CONTENTS.match(name):
            self.levels[state.style] = _LEFT_OUT
        elif state.level:
            self.levels[state.style] = state.level

    def _end_flow(self, flow: _Flow) -> None:
        above = self.state.flow
        text = self._text(flow)
        if flow.kind == "footnote" and text and above is not None:
            self.notes += 1
            above.aside.append(f"[{self.notes}] " + text.replace("\n", " "))
        elif flow.kind == "atnauthor":
            self.author = text
        elif flow.kind == "annotation" and text and above is not None:
            said = text.replace("\n", " ")
            above.aside.append(f"[{self.author}: {said}]" if self.author else f"[{said}]")
        elif flow.kind == "running":
            self.running.update(dict.fromkeys(line for line in text.split("\n") if any(map(str.isalpha, line))))
        elif flow.kind.encode() in INFO:
            self._property(flow, text)

    def _property(self, flow: _Flow, text: str) -> None:
        names = {"creatim": "created", "revtim": "modified", "doccomm": "description"}
        if flow.date:
            year, month, day = (flow.date.get(word, 1) for word in (b"yr", b"mo", b"dy"))
            text = f"{year:04d}-{month:02d}-{day:02d}"
        self.properties.append((names.get(flow.kind, flow.kind), text))
