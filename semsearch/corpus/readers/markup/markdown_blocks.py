"""Where the top blocks of Markdown begin and end.

What most lines are can be told from the lines themselves: headings, paragraphs, fenced code, comments and plain lists.
The stretches in between go to the parser, which takes twenty times as long. The answer is the parser's either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from semsearch.types.documents import BlockKind

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

__all__ = ["Stretch", "parsed", "plain_heading", "stretches"]

Stretch: TypeAlias = tuple[int, int, BlockKind, int, str]
"""First line, end, kind, heading level, heading text."""

_KINDS = {
    "paragraph_open": BlockKind.PARAGRAPH,
    "blockquote_open": BlockKind.PARAGRAPH,
    "html_block": BlockKind.PARAGRAPH,
    "fence": BlockKind.CODE,
    "code_block": BlockKind.CODE,
    "table_open": BlockKind.TABLE,
    "list_item_open": BlockKind.LIST,
}
_WORDS = r"(?:[^\W\d_]|``?[^`|]|\*\*?[^\s*|]|_[^\s_|]|[\[(\"'!@$&%/\\.,;?{]|[^\x00-\x7f])[^|]*"
_PARAGRAPH = re.compile(_WORDS)
_GOES_ON = re.compile(rf"[ \t]*{_WORDS}")
_HEADING = re.compile(r"(#{1,6})[ \t]+([^\s#].*)")
_FENCE = re.compile(r"(`{3,})[^`]*|(~{3,}).*")
_ITEM = re.compile(r"([-+*]|\d{1,9}[.)])( {1,4})(?=[^\s])")
_RULE = re.compile(r"([-*_])(?:[ \t]*\1){2,}[ \t]*")
_LASTING = re.compile(r" {0,3}(?:```|~~~|<(?:[!?]|script|pre|style|textarea))", re.IGNORECASE)
"""What goes on over blank lines."""
_MARKER = frozenset("-+*0123456789")


def stretches(lines: list[str], first: int) -> Iterator[Stretch]:
    """Yield the top blocks of the lines from `first` on, and each item of a top list."""
    at = first
    while at < len(lines):
        line = lines[at]
        if not line.strip(" \t"):
            at += 1
            continue
        found = _known(lines, at) if line[0] not in " \t" else []
        if not found:
            found, at = list(parsed(lines, at, end := _end(lines, at))), end
        else:
            at = found[-1][1]
        yield from found


def _known(lines: list[str], at: int) -> list[Stretch]:
    """Return the block, or the items of the list, that begins on a line; nothing where the parser has to tell."""
    line = lines[at]
    if heading := _HEADING.fullmatch(line):
        if heading[2].rstrip(" \t").endswith("#"):
            return []
        return [(at, at + 1, BlockKind.HEADING, len(heading[1]), plain_heading(heading[2]))]
    if fence := _FENCE.fullmatch(line):
        return [(at, _fence_end(lines, at, fence[1] or fence[2]), BlockKind.CODE, 0, "")]
    if line.startswith("<!--"):
        end = next((number for number in range(at, len(lines)) if "-->" in lines[number]), len(lines) - 1)
        return [(at, end + 1, BlockKind.PARAGRAPH, 0, "")]
    if _PARAGRAPH.fullmatch(line):
        return _paragraph(lines, at)
    return _list(lines, at) if line[0] in _MARKER else []


def _fence_end(lines: list[str], at: int, mark: str) -> int:
    closing = re.compile(rf" {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*")
    for number in range(at + 1, len(lines)):
        if mark in lines[number] and closing.fullmatch(lines[number]):
            return number + 1
    return len(lines)


def _paragraph(lines: list[str], at: int) -> list[Stretch]:
    end = at + 1
    while end < len(lines) and _GOES_ON.fullmatch(lines[end]):
        end += 1
    if end < len(lines) and lines[end].strip(" \t"):
        after = lines[end]
        if not (_HEADING.fullmatch(after) or _FENCE.fullmatch(after) or after.startswith("<!--") or _bullet(after)):
            return []
    return [(at, end, BlockKind.PARAGRAPH, 0, "")]


def _bullet(line: str) -> bool:
    return line[0] in "-+*" and _ITEM.match(line) is not None and not _RULE.fullmatch(line)


def _list(lines: list[str], at: int) -> list[Stretch]:
    """Return the items of a list that begin in the first column, all they hold indented to their first word."""
    out: list[Stretch] = []
    kind, begin, room, blank = "", at, "", False
    number = at
    for number in range(at, len(lines)):
        line = lines[number]
        if (room and line.startswith(room)) or not line.strip(" \t"):
            blank = not line.strip(" \t")
            continue
        item = _ITEM.match(line)
        if item and not _RULE.fullmatch(line) and kind in ("", item[1][-1]):
            if kind:
                out.append((begin, number, BlockKind.LIST, 0, ""))
            kind, begin, room, blank = item[1][-1], number, " " * item.end(), False
        elif blank and line[0] not in " \t":
            break
        else:
            return []
    else:
        number = len(lines)
    return [*out, (begin, number, BlockKind.LIST, 0, "")]


def _end(lines: list[str], at: int) -> int:
    """Return where the parser may stop: after a blank line, where nothing goes on that began from line `at` on."""
    blank = False
    for number in range(at, len(lines)):
        line = lines[number]
        if blank and line and line[0] not in " \t" and line[0] not in _MARKER:
            return number
        if _LASTING.match(line):
            return len(lines)
        blank = not line.strip(" \t")
    return len(lines)


def parsed(lines: list[str], first: int, stop: int) -> Iterator[Stretch]:
    """Yield what the parser finds in lines [first, stop)."""
    tokens = _parser().parse("\n".join(lines[first:stop]))
    for at, token in enumerate(tokens):
        if token.map is None or token.level > 1:
            continue
        begin, end = token.map[0] + first, token.map[1] + first
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
