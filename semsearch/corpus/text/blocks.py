"""Build the blocks of a document: over the lines of a file, or over text that a reader extracts piece by piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import accumulate

from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind, Parsed, Value

__all__ = ["Lines", "TextBuilder", "join_values"]


class Lines:
    """A text as the lines of the file on disk; numbers here are from 0, anchors from 1."""

    __slots__ = ("lines", "starts", "text")

    def __init__(self, text: str) -> None:
        """Split a text at `\\n` only: editors do not treat a form feed or U+2028 as a line break."""
        self.text = text
        self.lines = text.split("\n")
        self.starts = list(accumulate((len(line) + 1 for line in self.lines), initial=0))

    def __len__(self) -> int:
        """Return the number of lines; an empty last line counts."""
        return len(self.lines)

    def blank(self, number: int) -> bool:
        """Return whether a line is blank."""
        line = self.lines[number]
        return not line or line.isspace()

    def block(
        self, first: int, stop: int, kind: BlockKind = BlockKind.PARAGRAPH, level: int = 0, label: str = ""
    ) -> Block | None:
        """Return lines [first, stop) as a block, without blank lines at both ends; None when all are blank."""
        stop = min(stop, len(self.lines))
        while first < stop and self.blank(first):
            first += 1
        while stop > first and self.blank(stop - 1):
            stop -= 1
        if first >= stop:
            return None
        anchor = Anchor(AnchorKind.LINE, first + 1, stop)
        return Block(self.starts[first], self.starts[stop] - 1, kind, anchor, level, label)

    def paragraphs(self, first: int = 0, stop: int | None = None) -> Iterator[Block]:
        """Yield the paragraphs, which are separated by blank lines."""
        begin = -1
        stop = len(self.lines) if stop is None else stop
        for number in range(first, stop):
            if self.blank(number):
                if begin >= 0:
                    yield self._whole(begin, number)
                    begin = -1
            elif begin < 0:
                begin = number
        if begin >= 0:
            yield self._whole(begin, stop)

    def _whole(self, first: int, stop: int) -> Block:
        anchor = Anchor(AnchorKind.LINE, first + 1, stop)
        return Block(self.starts[first], self.starts[stop] - 1, BlockKind.PARAGRAPH, anchor)


class TextBuilder:
    """Collects extracted text and its blocks."""

    __slots__ = ("_length", "_parts", "blocks")

    def __init__(self) -> None:
        """Start empty."""
        self._parts: list[str] = []
        self._length = 0
        self.blocks: list[Block] = []

    def add(
        self,
        text: str,
        anchor: Anchor,
        kind: BlockKind = BlockKind.PARAGRAPH,
        *,
        level: int = 0,
        label: str = "",
        separator: str = "\n\n",
    ) -> int:
        """Append a block after a `separator`; return its start."""
        if self._parts:
            self._parts.append(separator)
            self._length += len(separator)
        start = self._length
        self._parts.append(text)
        self._length += len(text)
        self.blocks.append(Block(start, self._length, kind, anchor, level, label))
        return start

    def parsed(self, title: str = "", metadata: Mapping[str, Value] | None = None) -> Parsed:
        """Return the collected document."""
        return Parsed("".join(self._parts), tuple(self.blocks), title, metadata or {})


def join_values(values: list[str]) -> str:
    """Return several values of one metadata field, joined by commas."""
    return ", ".join(value.strip() for value in values if value.strip())
