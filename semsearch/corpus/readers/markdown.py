"""Markdown: CommonMark and tables; headings make sections, and front matter makes metadata."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

from semsearch.corpus.blocks import Lines
from semsearch.corpus.decode import decode
from semsearch.corpus.readers.front_matter import front_matter
from semsearch.types import Block, BlockKind, Parsed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = ["blocks", "parse", "plain_heading", "read"]

MOST_LINES = 200_000
"""A file of more lines is data rather than a page; it is read as plain paragraphs, in a twentieth of the memory."""
_KINDS = {
    "paragraph_open": BlockKind.PARAGRAPH,
    "blockquote_open": BlockKind.PARAGRAPH,
    "html_block": BlockKind.PARAGRAPH,
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
    "table_open": BlockKind.TABLE,
    "list_item_open": BlockKind.LIST,
}


def read(data: bytes) -> Parsed:
    """Read a Markdown file."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse Markdown; the title is the front matter's, else the first top heading."""
    lines = Lines(text)
    skipped, fields = front_matter(lines.lines)
    found = [block for block in (lines.block(0, skipped),) if block]
    found += blocks(lines, skipped)
    title = fields.pop("title", None)
    return Parsed(text, tuple(found), str(title) if title else _first_heading(found), fields)


def _first_heading(found: list[Block]) -> str:
    """Return the first heading of level 1, or the first heading that nothing but front matter precedes."""
    headings = [block for block in found if block.kind is BlockKind.HEADING]
    top = next((block.label for block in headings if block.level == 1), "")
    if top or not headings:
        return top
    return headings[0].label if headings[0] in found[:2] else ""


def blocks(lines: Lines, first: int = 0) -> list[Block]:
    """Return the blocks of the Markdown in lines [first, end); every line that is not blank is in one."""
    if len(lines) - first > MOST_LINES:
        return list(lines.paragraphs(first))
    tokens = _parser().parse("\n".join(lines.lines[first:]))
    out: list[Block] = []
    covered = first
    for begin, end, kind, level, label in _stretches(tokens):
        begin, end = max(begin + first, covered), end + first
        out.extend(lines.paragraphs(covered, begin))
        block = lines.block(begin, end, kind, level, label)
        if block:
            out.append(block)
        covered = max(covered, end)
    out.extend(lines.paragraphs(covered, len(lines)))
    return out


def _stretches(tokens: list[Token]) -> Iterable[tuple[int, int, BlockKind, int, str]]:
    """Yield (first line, end, kind, heading level, heading text) of the top blocks, and of each item of a top list."""
    for at, token in enumerate(tokens):
        if token.map is None or token.level > 1:
            continue
        begin, end = token.map
        if token.level == 1:
            if token.type == "list_item_open":
                yield begin, end, BlockKind.LIST, 0, ""
        elif token.type == "heading_open":
            yield begin, end, BlockKind.HEADING, int(token.tag[1:]), plain_heading(tokens[at + 1].content)
        elif token.type == "html_block" and (found := _HTML_HEADING.match(token.content[:4000])):
            yield begin, end, BlockKind.HEADING, int(found[1]), plain_heading(found[2])
        elif token.type in _KINDS:
            yield begin, end, _KINDS[token.type], 0, ""


@cache
def _parser() -> MarkdownIt:
    """Return the parser, for blocks alone: what lines are, not how words look."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table").disable("reference")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


_HTML_HEADING = re.compile(
    r"\s*(?:<(?:div|p|center|a|img)\b[^<>]*>\s*|</a>\s*)*<h([1-6])\b[^<>]*>(.*?)</h\1>", re.DOTALL | re.IGNORECASE
)
"""A heading in HTML at the top of a block, as many README files have it."""
_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_MARKUP = re.compile(r"\s*\{[#.][^{}]*\}\s*$|</?[A-Za-z][^<>]*>|`+|\*+|~~|(?<!\w)_+|_+(?!\w)")


def plain_heading(text: str) -> str:
    """Return the words of a heading without its inline markup."""
    text = _MARKUP.sub("", _LINK.sub(r"\1", text[:2000]))
    return " ".join(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text).split())
