"""POD, Perl's documentation format: headings, items and indented code, without formatting codes."""

from __future__ import annotations

import re

from semsearch.corpus.text.blocks import Lines, TextBuilder
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Anchor, BlockKind, Parsed

__all__ = ["parse", "read"]

_COMMAND = re.compile(r"=([a-zA-Z]\w*)[ \t]*(.*)", re.DOTALL)
_BULLET = re.compile(r"[*o-]|\d{1,3}[.)]?|")
_WIDE = re.compile(
    "[A-Z](?:{})".format(
        "|".join(rf"{'<' * wide}\s+(?P<in{wide}>.{{0,200}}?)\s+{'>' * wide}(?!>)" for wide in (4, 3, 2))
    ),
    re.DOTALL,
)
"""Formatting codes with several angle brackets, inside which single ones are text."""
_MARKED = re.compile(r"([A-Z])<([^<>]*)>", re.DOTALL)
_LEVELS = ("1", "2", "3", "4", "5", "6")
_CHARACTER = re.compile(r"[0-9]{1,7}")
_DEEPEST = 6
"""Deepest nesting of formatting codes."""
_ENTITIES = {"lt": "\x00", "gt": "\x01", "verbar": "|", "sol": "/", "nbsp": " "}
_PUT_BACK = str.maketrans({"\x00": "<", "\x01": ">"})
"""Placeholders for literal angle brackets while formatting codes are replaced."""


def read(data: bytes) -> Parsed:
    """Read a POD file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse POD; the title is the text below the heading NAME, else the first heading. Anchors are lines."""
    return _Pod().read(Lines(text))


class _Pod:
    """One pass over the paragraphs."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.in_pod = True
        """Whether this is documentation, not code between two parts of it."""
        self.other = ""
        """The output format of a part that is not for readers."""
        self.bullet = False
        self.named = False
        self.title = self.head = ""

    def read(self, lines: Lines) -> Parsed:
        for block in lines.paragraphs():
            text = lines.text[block.start : block.stop]
            if command := _COMMAND.fullmatch(text):
                self._command(command[1].lower(), command[2].strip(), block.anchor)
            elif self.in_pod and not self.other:
                self._paragraph(text, block.anchor)
        return self.builder.parsed(self.title or self.head)

    def _command(self, name: str, rest: str, anchor: Anchor) -> None:
        self.in_pod = name != "cut"
        words = _plain(rest)
        if name in ("begin", "end"):
            self.other = rest if name == "begin" and not rest.startswith(":") else ""
        elif self.other:
            return
        elif name.startswith("head") and words:
            self.builder.add(words, anchor, BlockKind.HEADING, level=int(name[4:]) if name[4:] in _LEVELS else 1)
            self.named, self.head = words.upper() == "NAME", self.head or words
            self.bullet = False
        elif name == "item":
            self.bullet = bool(_BULLET.fullmatch(words))
            if not self.bullet:
                self._add("- " + words, anchor, BlockKind.LIST)

    def _paragraph(self, text: str, anchor: Anchor) -> None:
        if text[0].isspace():
            self._add(text, anchor, BlockKind.CODE)
            return
        words = _plain(text)
        if self.named and not self.title:
            self.title = words
        if words:
            kind = BlockKind.LIST if self.bullet else BlockKind.PARAGRAPH
            self._add(f"- {words}" if self.bullet else words, anchor, kind)
        self.bullet = False

    def _add(self, text: str, anchor: Anchor, kind: BlockKind) -> None:
        before = self.builder.blocks[-1].kind if self.builder.blocks else None
        self.builder.add(text, anchor, kind, separator="\n" if kind is before is BlockKind.LIST else "\n\n")


def _plain(text: str) -> str:
    """Return a paragraph on one line without formatting codes: `L<the page|perlpod>` becomes `the page`."""
    if "<" in text:
        text = _WIDE.sub(_hidden, text)
        for _ in range(_DEEPEST):
            shown = _MARKED.sub(_shown, text)
            if shown == text:
                break
            text = shown
        text = text.translate(_PUT_BACK)
    return " ".join(text.split())


def _hidden(match: re.Match[str]) -> str:
    return str(match[match.lastgroup or 0]).replace("<", "\x00").replace(">", "\x01")


def _shown(match: re.Match[str]) -> str:
    mark, text = match[1], match[2]
    if mark == "E":
        known = _CHARACTER.fullmatch(text) and int(text) < 0x110000
        return _ENTITIES.get(text, chr(int(text)) if known else text)
    if mark == "L":
        name, _, _ = text.partition("|")
        return (name or text).removeprefix("/").strip('"')
    return "" if mark in "XZ" else text
