"""The sentences of passages, with their exact places: what an answer quotes, and what a generated one is held against.

All offsets are of characters, so that a quote is `document.text[start:stop]` to the letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from semsearch.types.answers import Citation
from semsearch.types.documents import Anchor, AnchorKind, Passage
from semsearch.types.search import Hit

__all__ = ["Source", "anchor_of", "citation", "plain", "sentence_spans", "sources"]

_LONGEST = 600
"""Characters of one sentence; what goes on without a full stop is cut between lines, then between words."""
_END = re.compile(
    r"(?:(?:\. ){1,3}\.|[.!?…]+)(?:[\"'”’»)\]*_“]|[ \u00a0\u202f]»|\[\d{1,4}\])*(?=\s)|[。！？｡]+[」』”’）]*|"
    r"[؟۔।॥]+[\"'”’»)]*(?=\s)"
)
_NEXT = re.compile(r"\s+[\"'“‘«(\[–—]*\s*(\w)")
_ABBREVIATION = re.compile(
    r"(?<![^\s(\[\"“])(?:[A-Za-zÀ-ÿ]|(?:[A-Za-z]\.)+[A-Za-z]|[Dd]rs?|[Mm]rs?|[Mm]s|[Pp]rof|[Rr]ev|[Gg]en|[Cc]apt|[Cc]ol|[Ll]t|[Ss]gt|"
    r"[Gg]ov|[Ss]en|[Rr]ep|[Ss]t|[Mm]t|[Nn]os?|[Nn]r|[Ff]igs?|[Ee]qs?|[Rr]efs?|[Ss]ecs?|[Cc]h|[Vv]ol|[Pp]{1,2}|[Ee]ds?|[Cc]f|[Vv]s|[Aa]l|"
    r"[Aa]pprox|[Cc]irca|[Bb]zw|[Cc]a|[Mm]ax|[Mm]in|[Tt]emp|[Dd]ept|[Ii]ncl|[Jj]r|[Ss]r|[Cc]o|[Cc]orp|[Ii]nc|[Ll]td|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Str|Hr|Fr|Abb|Abs|Art|Nr|Tel)\.[\"'”’»)\]]*$"
)
_INITIAL = re.compile(r"(?<!\w)([^\W\d_])\Z")
_BULLET = re.compile(r"[ \t]*(?:[-*+•‣–]|\(?\d{1,3}[.)]|\(?[a-z]\))[ \t]+(?=\S)|[ \t]*>[ \t]*")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]+")
_FENCE = re.compile(r"[ \t]*(?:```|~~~)")
_ROW = re.compile(r"[ \t]*\|.*\|[ \t]*$")
_WORD = re.compile(r"\w")
_REBUILT = frozenset({"htm", "html", "xhtml"})
"""Kinds of files with line numbers whose text is not the file's own: lines are those of the passage's blocks."""


class Source(NamedTuple):
    """One sentence of a hit: `passage.text[start:stop]`, and what stands before it in its passage."""

    hit: Hit
    passage: Passage
    start: int
    stop: int
    number: int
    """Its place among the sentences of its passage, from 0."""

    @property
    def text(self) -> str:
        """The sentence on one line."""
        return plain(self.quote)

    @property
    def quote(self) -> str:
        """The sentence to the letter."""
        return self.passage.text[self.start : self.stop]

    @property
    def context(self) -> str:
        """Title and headings of its passage on one line."""
        title = self.hit.metadata.get("title")
        heading = self.passage.heading
        parts = [title] if isinstance(title, str) and title and title not in heading[:1] else []
        return " > ".join([*parts, *heading])


def plain(text: str) -> str:
    """Return a text on one line, with single blanks."""
    return " ".join(text.split())


def sources(hits: Sequence[Hit], *, more: bool = False) -> list[Source]:
    """Return the sentences of the hits' best passages (and of their further ones), in the order of rank and reading."""
    found = []
    for hit in hits:
        for passage in (hit.passage, *(hit.more if more else ())):
            spans = sentence_spans(passage.text)
            found += [Source(hit, passage, a, b, n) for n, (a, b) in enumerate(spans)]
    return found


def citation(source: Source) -> Citation:
    """Return where a sentence comes from."""
    passage = source.passage
    return Citation(
        hit=source.hit.rank,
        path=source.hit.path,
        document_id=passage.document_id,
        passage_id=passage.id,
        anchor=anchor_of(source),
        start=passage.start + source.start,
        stop=passage.start + source.stop,
        quote=source.quote,
    )


def anchor_of(source: Source) -> Anchor:
    """Return a sentence's own lines where its passage is a stretch of the file itself; else the passage's anchor.

    A passage that has as many lines as its anchor says is such a stretch, and lines are counted from its first.
    """
    passage, anchor = source.passage, source.passage.anchor
    kind = str(source.hit.metadata.get("type", "")).lower()
    exact = anchor.stop - anchor.start == passage.text.count("\n")
    if anchor.kind is not AnchorKind.LINE or not exact or kind in _REBUILT:
        return anchor
    first = anchor.start + passage.text.count("\n", 0, source.start)
    return Anchor(AnchorKind.LINE, first, first + source.quote.count("\n"))


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Return the (start, stop) characters of every sentence; a list item and a row of a table are their own.

    Headings and rules are left out, unless there is nothing else; so are the signs before a list item.
    """
    units = list(_units(text))
    chosen = [unit for unit in units if not unit.heading] or units
    found = []
    for unit in chosen:
        for start, stop in _ends(text, unit.start, unit.stop):
            found += [span for span in _pieces(text, start, stop) if _WORD.search(text, *span)]
    return found


@dataclass(slots=True)
class _Unit:
    start: int
    stop: int
    heading: bool = False
    single: bool = False
    """Whether it is one line that nothing is added to: a row, a heading, a line of code."""


def _units(text: str) -> Iterator[_Unit]:
    """Yield paragraphs, list items, rows, headings and stretches of code."""
    unit: _Unit | None = None
    code = False
    at = 0
    for line in text.split("\n"):
        start, stop = at, at + len(line)
        at = stop + 1
        if _FENCE.match(line):
            code = not code
        if not line.strip() or _FENCE.match(line) or (not code and _is_rule(line)):
            if unit is not None:
                unit.heading = unit.heading or _underlines(text, unit, line)
                yield unit
            unit = None
            continue
        opened = None if code else _opened(line, start, stop)
        if opened is None and unit is not None and not unit.single:
            unit.stop = stop
            continue
        if unit is not None:
            yield unit
        unit = opened or _Unit(start, stop)
    if unit is not None:
        yield unit


def _underlines(text: str, unit: _Unit, line: str) -> bool:
    """Whether a line is the rule below a heading of one line."""
    above = text[unit.start : unit.stop]
    return (
        bool(line.strip())
        and "\n" not in above
        and line.strip()[0] in '=-~^"*+#'
        and len(line.strip()) >= 3
        and "|" not in line
    )


def _is_rule(line: str) -> bool:
    """Whether a line is drawn with one mark, and with those of a table's frame. Linear, whatever its length."""
    marks = line.strip()
    return marks[0] in '=-~^"*+#_`|:' and set(marks) <= {marks[0], *"-=:| "}


def _opened(line: str, start: int, stop: int) -> _Unit | None:
    """Return the unit that a line begins by its own look, or None for a line that goes on."""
    if heading := _HEADING.match(line):
        return _Unit(start + heading.end(), stop, heading=True, single=True)
    if _ROW.match(line):
        return _Unit(start, stop, single=True)
    if bullet := _BULLET.match(line):
        return _Unit(start + bullet.end(), stop)
    return None


def _ends(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Cut one unit at the ends of its sentences."""
    begin = start
    for found in _END.finditer(text, start, stop):
        end = found.end()
        if _goes_on(text, begin, found.start(), end, stop):
            continue
        yield _stripped(text, begin, end)
        begin = end
    yield _stripped(text, begin, stop)


def _goes_on(text: str, begin: int, dot: int, end: int, stop: int) -> bool:
    """Whether a full stop is not the end of a sentence: an abbreviation, an initial, a small letter after it."""
    if text[dot] in "。！？｡؟۔।॥":
        return False
    following = _NEXT.match(text, end, stop)
    if following and following[1].islower():
        return True
    if text[dot] != ".":
        return False
    initial = _INITIAL.search(text, max(begin, dot - 2), dot)
    if initial and not initial[1].islower():  # a capital, or a letter of a script without them
        return True
    return _ABBREVIATION.search(text, max(begin, dot - 12), end) is not None


def _stripped(text: str, start: int, stop: int) -> tuple[int, int]:
    part = text[start:stop]
    return start + len(part) - len(part.lstrip()), start + len(part.rstrip())


def _pieces(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Cut what is too long to be a sentence: before the last line that fits, else before the last word."""
    while stop - start > _LONGEST:
        at = text.rfind("\n", start + 1, start + _LONGEST)
        at = at if at > start else text.rfind(" ", start + 1, start + _LONGEST)
        at = at if at > start else start + _LONGEST
        yield _stripped(text, start, at)
        start, _ = _stripped(text, at, stop)
    if start < stop:
        yield start, stop
