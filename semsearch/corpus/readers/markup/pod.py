"""POD, in which Perl is documented: headings, items and indented code, without the letters that mark words."""

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
"""Marks with more than one angle, between which angles are text."""
_MARKED = re.compile(r"([A-Z])<([^<>]*)>", re.DOTALL)
_LEVELS = ("1", "2", "3", "4", "5", "6")
_CHARACTER = re.compile(r"[0-9]{1,7}")
_DEEPEST = 6
"""How many marks stand inside of each other, at most."""
_ENTITIES = {"lt": "\x00", "gt": "\x01", "verbar": "|", "sol": "/", "nbsp": " "}
_PUT_BACK = str.maketrans({"\x00": "<", "\x01": ">"})
"""Angles of the text itself, which are no marks while others are looked for."""


def read(data: bytes) -> Parsed:
    """Read a file of POD."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse POD; the title is what it says below the heading NAME, else its first heading. Anchors are lines."""
    return _Pod().read(Lines(text))


class _Pod:
    """One pass over the paragraphs."""

    def __init__(self) -> None:
        self.builder = TextBuilder()
        self.reported = True
        """Whether this is documentation, not code between two parts of it."""
        self.other = ""
        """The format that a part is in, of a part that is for another one than a reader."""
        self.bullet = False
        self.named = False
        self.title = self.head = ""

    def read(self, lines: Lines) -> Parsed:
        for block in lines.paragraphs():
            text = lines.text[block.start : block.stop]
            if found := _COMMAND.fullmatch(text):
                self._command(found[1].lower(), found[2].strip(), block.anchor)
            elif self.reported and not self.other:
                self._paragraph(text, block.anchor)
        return self.builder.parsed(self.title or self.head)

    def _command(self, name: str, rest: str, anchor: Anchor) -> None:
        self.reported = name != "cut"
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
    """Return a paragraph on one line, its marks taken away: `L<the page|perlpod>` shows `the page`."""
    if "<" in text:
        text = _WIDE.sub(_hidden, text)
        for _ in range(_DEEPEST):
            shown = _MARKED.sub(_shown, text)
            if shown == text:
                break
            text = shown
        text = text.translate(_PUT_BACK)
    return " ".join(text.split())


def _hidden(found: re.Match[str]) -> str:
    return str(found[found.lastgroup or 0]).replace("<", "\x00").replace(">", "\x01")


def _shown(found: re.Match[str]) -> str:
    mark, text = found[1], found[2]
    if mark == "E":
        known = _CHARACTER.fullmatch(text) and int(text) < 0x110000
        return _ENTITIES.get(text, chr(int(text)) if known else text)
    if mark == "L":
        name, _, _ = text.partition("|")
        return (name or text).removeprefix("/").strip('"')
    return "" if mark in "XZ" else text
