"""Where the top blocks of Markdown begin and end: pulldown-cmark's events, on the lines of the file."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import Any, TypeAlias

from semsearch.types.documents import BlockKind

__all__ = ["Stretch", "html_heading", "stretches"]

Stretch: TypeAlias = tuple[int, int, BlockKind, int, str]
"""First line, end, kind, heading level, heading text."""

_KINDS = {
    "Paragraph": BlockKind.PARAGRAPH,
    "BlockQuote": BlockKind.PARAGRAPH,
    "HtmlBlock": BlockKind.PARAGRAPH,
    "CodeBlock": BlockKind.CODE,
    "Table": BlockKind.TABLE,
    "Item": BlockKind.LIST,
}
_MOST_HEADING = 2000
_ATTRIBUTES = re.compile(r"\s*\{[#.][^{}]*\}\s*$")
_HTML_HEADING = re.compile(
    r"\s*(?:<(?:div|p|center|a|img)\b[^<>]*>\s*|</a>\s*)*<h([1-6])\b[^<>]*>(.*?)</h\1>", re.DOTALL | re.IGNORECASE
)
"""A heading in HTML at the top of a block, as many README files have it."""
_TAG = re.compile(r"</?[A-Za-z][^<>]*>")


def stretches(lines: list[str], first: int) -> Iterator[Stretch]:
    """Yield the top blocks of the lines from `first` on, and each item of a top list.

    What the parser knows no block for, such as a rule or the target of a link, is not in them.
    """
    raw = "\n".join(lines[first:]).encode("utf-8", "replace")
    starts = list(accumulate((len(line) + 1 for line in raw.split(b"\n")), initial=0))
    for kind, begin, stop, level, label in _blocks(raw):
        last = bisect_right(starts, max(begin, stop - 1)) - 1
        yield first + bisect_right(starts, begin) - 1, first + last + 1, kind, level, label


def _blocks(raw: bytes) -> Iterator[tuple[BlockKind, int, int, int, str]]:
    """Yield kind, bytes, level and label of each top block of a text in UTF-8."""
    depth, outer = 0, ""
    words: list[str] | None = None  # of the heading that is open
    for event, span in _events(raw.decode("utf-8")):
        if "Start" in event:
            depth += 1
            if depth > 2:
                continue
            tag = event["Start"]
            name = tag if isinstance(tag, str) else next(iter(tag))
            if depth == 1:
                outer, words = name, [] if name == "Heading" else None
            if name in _KINDS and (depth == 1 or (name == "Item" and outer == "List")):
                level, label = html_heading(raw[span["start"] : span["end"]]) if name == "HtmlBlock" else (0, "")
                yield BlockKind.HEADING if level else _KINDS[name], span["start"], span["end"], level, label
        elif "End" in event:
            depth -= 1
            if words is not None and not depth:
                level = int(event["End"]["Heading"][1])
                yield BlockKind.HEADING, span["start"], span["end"], level, _label("".join(words))
                words = None
        elif words is not None:
            words.append(" " if isinstance(event, str) else event.get("Text") or event.get("Code") or "")


def _events(text: str) -> Iterator[tuple[Any, Any]]:
    """Yield the parser's events; ValueError where it gives up, which ends a Rust thread and not this process."""
    import pyromark

    try:
        yield from pyromark.events_with_range(text, options=pyromark.Options.ENABLE_TABLES)
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # of Rust; it is no Exception, so that nobody catches it
            raise ValueError("its Markdown is beyond the parser") from error
        raise


def html_heading(block: bytes) -> tuple[int, str]:
    """Return level and words of the heading that a block of HTML begins with; level 0 without one."""
    found = _HTML_HEADING.match(block[:4000].decode("utf-8", "ignore"))
    return (int(found[1]), _label(html.unescape(_TAG.sub("", found[2])))) if found else (0, "")


def _label(words: str) -> str:
    return " ".join(_ATTRIBUTES.sub("", words[:_MOST_HEADING]).split())
