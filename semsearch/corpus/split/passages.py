"""Split documents into passages: by structure, then by the encoder's tokens, never longer than it sees."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from semsearch.corpus.split.cuts import inner_cut, line_starts, nearest, skip_blanks
from semsearch.corpus.split.headings import embedded_text, fitted
from semsearch.corpus.split.sections import joined, sections
from semsearch.corpus.split.token_count import MeasuredText, WordTokens, count
from semsearch.corpus.text.decode import visible
from semsearch.types.documents import Anchor, AnchorKind, BlockKind, Parsed, Span
from semsearch.types.models import Tokenizing

__all__ = ["BLANKS", "CHARACTERS_A_TOKEN", "embedded_text", "split"]

MOST_TOKENS = 512
"""Default limit of tokens per passage, where the encoder sees more: a page of print, which one hit can show."""
CHARACTERS_A_TOKEN = 32
"""Characters per token that a passage may have, where a tokenizer finds few tokens: blanks, one endless word."""
BLANKS = " \n\r\t"
"""Characters that every tokenizer with `joins` treats as blanks."""
MARGIN = 8
"""Passages this close to the encoder's limit are tokenized again as they will be embedded."""
_WORD = re.compile(r"\w")


def split(parsed: Parsed, tokens: Tokenizing | None, limit: int = 0) -> list[Span]:
    """Cut a document into passages, in order and without overlap, that together contain everything visible in it.

    A passage is a section, several tiny ones or a part of a long one; its embedded text has at most `limit` tokens
    (0: 512), and never more than the encoder sees. Without a tokenizer words are counted, with a margin.
    """
    if not visible(parsed.text):
        return []
    return _Splitter(parsed, tokens or WordTokens(), limit).spans()


@dataclass(slots=True)
class _Piece:
    """A future passage: a stretch of text, the headings it is stored under, and whether its size must be checked."""

    start: int
    stop: int
    heading: tuple[str, ...]
    unsure: bool


class _Splitter:
    def __init__(self, parsed: Parsed, tokens: Tokenizing, limit: int) -> None:
        self.parsed = parsed
        self.text = parsed.text
        self.tokens = tokens
        self.budget = max(1, min(limit if limit > 0 else MOST_TOKENS, tokens.max_tokens))
        self.longest = self.budget * CHARACTERS_A_TOKEN
        self.joins = bool(getattr(tokens, "joins", False))
        self.measured = MeasuredText(parsed.text, tokens)
        self.block_starts = [block.start for block in parsed.blocks]

    def spans(self) -> list[Span]:
        anchors = _Anchors(self.parsed)
        return [Span(p.start, p.stop, anchors.of(p.start, p.stop), p.heading) for p in self._checked(self._pieces())]

    def _pieces(self) -> list[_Piece]:
        title = self.parsed.title
        parts = list(sections(self.parsed))
        for section in parts:
            section.tokens = self.measured.count(section.start, section.stop)
        paths = fitted(title, [(), *(section.path for section in parts)], self.tokens, self.budget)
        units = joined(parts, self.budget - paths[()][1])
        missing = [unit.path for unit in units if unit.path not in paths]
        if missing:
            paths |= fitted(title, missing, self.tokens, self.budget)
        out: list[_Piece] = []
        for unit in units:
            heading, taken = paths[unit.path]
            out += self._cut(unit.start, unit.stop, heading, max(1, self.budget - taken), self.longest)
        return out

    def _cut(self, start: int, stop: int, heading: tuple[str, ...], cap: int, longest: int) -> Iterator[_Piece]:
        """Yield parts of similar size, at most `cap` tokens and `longest` characters, without the blanks between."""
        while (start := skip_blanks(self.text, start, stop)) < stop:
            left = self.measured.count(start, stop)
            parts = max(ceil(left / cap), ceil((stop - start) / longest))
            at = stop
            if parts > 1:
                high = min(self.measured.after(start, cap, stop), start + longest)
                target = min(self.measured.after(start, ceil(left / parts), stop), high)
                low = min(self.measured.after(start, cap * 2 // 5, stop), start + longest * 2 // 5, high - 1)
                at = self._place(start, low, target, high, cap)
            end = start + len(self.text[start:at].rstrip())
            if _WORD.search(self.text, start, end) or visible(self.text[start:end]):
                held = self.measured.count(start, end)
                yield _Piece(start, end, heading, self._unsure(start, end, held, cap))
            start = at

    def _place(self, start: int, low: int, target: int, high: int, cap: int) -> int:
        """Return where in (low, high] to cut: where a block starts, else the best place inside the block.

        A table row that would be cut there moves to the next part whole, if a part of `cap` tokens can hold it.
        """
        first, last = bisect_right(self.block_starts, low), bisect_right(self.block_starts, high)
        at = nearest(self.block_starts[first:last], target)
        kind = self.parsed.blocks[first - 1].kind if first else BlockKind.PARAGRAPH
        if at is None and kind is BlockKind.TABLE:
            at = self._between_rows(first - 1, start, low, target, high, cap)
        if at is None:
            at = inner_cut(self.text, low, high, target, kind)
        return high if at is None else at

    def _between_rows(self, number: int, start: int, low: int, target: int, high: int, cap: int) -> int | None:
        """Return where to cut inside a table block, whose rows are its lines unless it is a row itself."""
        block = self.parsed.blocks[number]
        lines = [] if self._is_row(number) else list(line_starts(self.text, max(start, block.start), high))
        at = nearest((line for line in lines if line > low), target)
        if at is not None:
            return at
        at = max((row for row in (block.start, *lines) if start < row <= low), default=None)
        if at is None:
            return None
        end = block.stop if not lines else self.text.find("\n", at, block.stop)
        return at if self.measured.count(at, end if end >= 0 else block.stop) <= cap else None

    def _is_row(self, number: int) -> bool:
        """Return whether a table block directly follows or precedes another one: then the blocks are rows."""
        near = self.parsed.blocks[max(number - 1, 0) : number + 2]
        return any(
            block.kind is after.kind and self.text[block.stop : after.start] == "\n" for block, after in pairwise(near)
        )

    def _unsure(self, start: int, end: int, held: int, cap: int) -> bool:
        """Return whether a part may have more than its `held` tokens when embedded alone, below its headings.

        Never when it is cut at blanks and the tokenizer tokenizes words independently.
        """
        if self.joins and held <= cap and self._at_blank(start, start - 1) and self._at_blank(end, end):
            return False
        return held + MARGIN > cap or self._within_word(start) or self._within_word(end)

    def _at_blank(self, edge: int, beside: int) -> bool:
        return edge in (0, len(self.text)) or self.text[beside] in BLANKS

    def _within_word(self, at: int) -> bool:
        return 0 < at < len(self.text) and self.text[at - 1].isalnum() and self.text[at].isalnum()

    def _checked(self, pieces: list[_Piece]) -> list[_Piece]:
        """Return the pieces; those whose embedded text is too long are cut again until they fit."""
        done: dict[int, _Piece] = {}
        while pieces:
            unsure = [piece for piece in pieces if piece.unsure]
            done |= {piece.start: piece for piece in pieces if not piece.unsure}
            pieces = []
            for piece, size in zip(unsure, self._sizes(unsure), strict=True):
                if size <= self.budget or piece.stop - piece.start <= 1:
                    done[piece.start] = piece
                else:
                    pieces += self._smaller(piece, size)
        return [done[start] for start in sorted(done)]

    def _sizes(self, pieces: list[_Piece]) -> Iterator[int]:
        for at in range(0, len(pieces), 256):
            batch = pieces[at : at + 256]
            yield from count(
                self.tokens, [embedded_text(self.parsed.title, p.heading, self.text[p.start : p.stop]) for p in batch]
            )

    def _smaller(self, piece: _Piece, size: int) -> list[_Piece]:
        """Cut a piece of `size` tokens into two or more."""
        held = self.measured.count(piece.start, piece.stop)
        cap = max(1, held // 2, held - (size - self.budget) - 1)
        parts = list(self._cut(piece.start, piece.stop, piece.heading, cap, self.longest))
        if len(parts) < 2:
            parts = list(self._cut(piece.start, piece.stop, piece.heading, cap, (piece.stop - piece.start) // 2))
        return [_Piece(part.start, part.stop, part.heading, unsure=True) for part in parts]


class _Anchors:
    """Anchors of spans, requested in the order of the text."""

    def __init__(self, parsed: Parsed) -> None:
        self.text = parsed.text
        self.blocks = parsed.blocks
        self.starts = [block.start for block in parsed.blocks]
        self.block = -1
        self.at = self.line = 0
        self.exact = False

    def of(self, start: int, stop: int) -> Anchor:
        """Return the anchor of `text[start:stop]`: its own lines, or the lines, pages, cells... of its blocks."""
        if not self.blocks:
            return Anchor()
        kind, first, _ = self._number(start)
        _, _, last = self._number(stop - 1)
        return Anchor(kind, first, max(first, last))

    def _number(self, at: int) -> tuple[AnchorKind, int, int]:
        """Return the kind of the anchor at a position, and its numbers as a beginning and as an end.

        A block with as many lines as its anchor says is a stretch of the file itself, whose lines are counted.
        """
        index = max(0, bisect_right(self.starts, at) - 1)
        block = self.blocks[index]
        if index != self.block or at < self.at:
            self.block, self.at, self.line = index, block.start, block.anchor.start
            breaks = self.text.count("\n", block.start, block.stop)
            self.exact = block.anchor.kind is AnchorKind.LINE and block.anchor.stop - block.anchor.start == breaks
        if not self.exact:
            return block.anchor.kind, block.anchor.start, block.anchor.stop
        if at < block.start:  # before the first block: nothing visible, or lines outside blocks
            line = max(1, block.anchor.start - self.text.count("\n", at, block.start))
            return block.anchor.kind, line, line
        self.line += self.text.count("\n", self.at, at)
        self.at = at
        return block.anchor.kind, self.line, self.line
