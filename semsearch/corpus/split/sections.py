"""A document's sections: the text under each heading, tiny ones joined, each with the headings above it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from semsearch.types.documents import AnchorKind, Block, BlockKind, Parsed

__all__ = ["Section", "joined", "sections"]

LONGEST_LABEL = 300
"""Longest heading kept in a path, in characters."""


@dataclass(slots=True)
class Section:
    """`text[start:stop]` of a document: a heading and what follows it, up to the next heading.

    `level` is that of its heading (0 before the first one), `path` are the headings above it and its own, and `bare`
    means that it is only a heading. One that is `apart` is never joined with the one before: there is a long silence
    between them, or another sheet begins, whose rows count from 1 again.
    """

    start: int
    stop: int
    level: int
    path: tuple[str, ...]
    bare: bool
    tokens: int = 0
    apart: bool = False


def sections(parsed: Parsed) -> Iterator[Section]:
    """Yield the sections of a document; together they contain all of its text."""
    start, level, bare, apart = 0, 0, False, False
    path: list[tuple[int, str]] = []
    for block in parsed.blocks:
        if block.kind is not BlockKind.HEADING:
            bare = False
            continue
        if parsed.text[start : block.start].strip():
            yield Section(start, block.start, level, tuple(label for _, label in path), bare, apart=apart)
            start, apart = block.start, _apart(block)
        while path and path[-1][0] >= block.level:
            path.pop()
        label = _label(parsed.text, block)
        if label:
            path.append((block.level, label))
        level, bare = block.level, bool(label)
    if parsed.text[start:].strip():
        yield Section(start, len(parsed.text), level, tuple(label for _, label in path), bare, apart=apart)


def _apart(heading: Block) -> bool:
    kind = heading.anchor.kind
    return kind is AnchorKind.TIME or (kind is AnchorKind.ROW and heading.level == 1)


def _label(text: str, block: Block) -> str:
    label = block.label or text[block.start : min(block.stop, block.start + 4 * LONGEST_LABEL)]
    label = " ".join(label.split())
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"


def joined(found: list[Section], limit: int) -> list[Section]:
    """Join neighbouring sections into the units to split; no unit extends into a section above its own.

    A bare heading joins the section after it. A tiny section (an eighth of `limit` tokens) joins the one before or
    after it while both stay within half of `limit`; a document within `limit` is one unit.
    """
    whole_fits = sum(section.tokens for section in found) <= limit and not any(section.apart for section in found)
    if len(found) > 1 and whole_fits:
        whole = found[0]
        for section in found[1:]:
            whole = _join(whole, section)
        return [whole]
    out: list[Section] = []
    for section in found:
        if out and _fits(out[-1], section, limit):
            out[-1] = _join(out[-1], section)
        else:
            out.append(section)
    if len(out) > 1 and out[-1].bare and out[-2].tokens + out[-1].tokens <= limit:
        last = out.pop()
        out[-1] = _join(out[-1], last)
    return out


def _fits(before: Section, section: Section, limit: int) -> bool:
    if before.bare:
        return True
    if section.apart:
        return False
    if section.level < before.level or section.bare:
        return False
    tiny = limit // 8
    return (before.tokens < tiny or section.tokens < tiny) and before.tokens + section.tokens <= limit // 2


def _join(before: Section, section: Section) -> Section:
    """Return two neighbours as one section, under the headings that they share (a bare one is ignored)."""
    path = section.path if before.bare else before.path
    if not before.bare and not section.bare:
        shared = 0
        for own, other in zip(before.path, section.path, strict=False):
            if own != other:
                break
            shared += 1
        path = before.path[:shared]
    level = min(before.level, section.level) if before.level else 0
    tokens = before.tokens + section.tokens
    return Section(before.start, section.stop, level, path, before.bare and section.bare, tokens, before.apart)
