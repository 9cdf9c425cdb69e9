"""Markdown: CommonMark and tables; headings form sections, and front matter is metadata."""

from __future__ import annotations

from semsearch.corpus.readers.markup.front_matter import front_matter
from semsearch.corpus.readers.markup.markdown_blocks import stretches
from semsearch.corpus.text.blocks import Lines
from semsearch.corpus.text.decode import decode
from semsearch.types.documents import Block, BlockKind, Parsed

__all__ = ["blocks", "parse", "read"]

MOST_LINES = 200_000
"""A file with more lines is data, not a page; it is read as plain paragraphs, in a twentieth of the memory."""


def read(data: bytes) -> Parsed:
    """Read a Markdown file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse Markdown; the title is that of the front matter, else the first heading of level 1."""
    lines = Lines(text)
    skipped, fields = front_matter(lines.lines)
    found = [block for block in (lines.block(0, skipped),) if block]
    found += blocks(lines, skipped)
    title = fields.pop("title", None)
    if isinstance(title, tuple):
        title = ", ".join(map(str, title))
    return Parsed(text, tuple(found), str(title) if title else _first_heading(found), fields)


def _first_heading(found: list[Block]) -> str:
    """Return the first heading of level 1, or the first heading preceded by nothing but front matter."""
    headings = [block for block in found if block.kind is BlockKind.HEADING]
    top = next((block.label for block in headings if block.level == 1), "")
    if top or not headings:
        return top
    return headings[0].label if headings[0] in found[:2] else ""


def blocks(lines: Lines, first: int = 0) -> list[Block]:
    """Return the blocks of the Markdown in lines [first, end); every line that is not blank is in one."""
    if len(lines) - first > MOST_LINES:
        return list(lines.paragraphs(first))
    out: list[Block] = []
    covered = first
    for begin, end, kind, level, label in stretches(lines.lines, first):
        begin = max(begin, covered)
        out.extend(lines.paragraphs(covered, begin))
        block = lines.block(begin, end, kind, level, label)
        if block:
            out.append(block)
        covered = max(covered, end)
    out.extend(lines.paragraphs(covered, len(lines)))
    return out
