"""Canvases of cards (JSON Canvas, as Obsidian draws them): the cards' texts in the order in which people read them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from semsearch.corpus.readers.markup import markdown
from semsearch.corpus.text.blocks import Lines, TextBuilder
from semsearch.corpus.text.decode import clean, decode, one_line
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind, Parsed

__all__ = ["is_canvas", "parse", "read"]

_KINDS = ("text", "file", "link", "group")
_SHORT = 60
"""Characters by which the other end of a line between cards is named."""
_DEEPEST = 6
_MOST_GROUPS = 300
"""Groups in which cards are looked for: nobody draws more."""


@dataclass(slots=True)
class _Card:
    """A card: where it is, what it says, and what the lines that leave it say."""

    id: str
    kind: str
    text: str
    left: float
    top: float
    right: float
    bottom: float
    lines: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        words = " ".join(self.text.lstrip("# ").split())
        return words if len(words) <= _SHORT else words[:_SHORT].rpartition(" ")[0] + "…"

    @property
    def area(self) -> float:
        return (self.right - self.left) * (self.bottom - self.top)

    def holds(self, other: _Card) -> bool:
        """Return whether the middle of another card is in this group, which is the larger one."""
        across, down = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        inside = self.left <= across <= self.right and self.top <= down <= self.bottom
        return inside and (self.area, self.id) > (other.area, other.id)


def is_canvas(nodes: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the nodes of some graph are cards of a canvas."""
    return bool(nodes) and all(node.get("type") in _KINDS and "x" in node and "y" in node for node in nodes)


def read(data: bytes) -> Parsed:
    """Read a canvas. Raises SourceUnreadable for anything else."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse a canvas; anchors count its cards in the order of reading. Raises SourceUnreadable for anything else."""
    try:
        canvas = json.loads(text, parse_int=float)  # an int of Python takes 4,300 digits and no more
    except ValueError as error:
        raise SourceUnreadable(f"broken canvas file: {one_line(str(error), 80)}") from error
    if not isinstance(canvas, dict):
        raise SourceUnreadable("broken canvas file: it has no cards")
    cards = [card for node in _objects(canvas.get("nodes")) if (card := _card(node)) is not None]
    _draw(cards, _objects(canvas.get("edges")))
    builder = TextBuilder()
    blocks: list[Block] = []
    under = 0
    for number, (card, level) in enumerate(_in_order(cards), 1):
        anchor, depth = Anchor(AnchorKind.PARAGRAPH, number, number), min(level, _DEEPEST)
        if under >= depth and card.kind != "group":  # what stands on other cards is no heading of this one
            builder.add("", anchor, BlockKind.HEADING, level=depth, separator="")
            blocks.append(builder.blocks[-1])
        found = _blocks(builder, card, depth, anchor)
        under = max((block.level for block in found), default=0) or min(under, depth - 1)
        blocks += found
    return Parsed(builder.parsed().text, tuple(blocks))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _card(node: Mapping[str, Any]) -> _Card | None:
    kind = str(node.get("type", ""))
    said = {"file": ("file", "subpath"), "link": ("url",), "group": ("label",)}.get(kind, ("text",))
    text = "".join(value for name in said if isinstance(value := node.get(name), str))
    left, top, width, height = (_number(node.get(name)) for name in ("x", "y", "width", "height"))
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not text and kind != "group":
        return None
    return _Card(str(node.get("id", "")), kind, text, left, top, left + abs(width), top + abs(height))


def _number(value: Any) -> float:
    number = float(value) if isinstance(value, (int, float)) else 0.0
    return number if abs(number) < 1e12 else 0.0


def _draw(cards: Iterable[_Card], edges: Iterable[Mapping[str, Any]]) -> None:
    """Write the labels of lines at the cards that they leave, with the name of the card that they lead to."""
    by_id = {card.id: card for card in cards}
    for edge in edges:
        label = edge.get("label")
        card = by_id.get(str(edge.get("fromNode", ""))) or by_id.get(str(edge.get("toNode", "")))
        if card is not None and isinstance(label, str) and label.strip():
            other = by_id.get(str(edge.get("toNode", "")))
            name = f" → {other.name}" if other is not None and other is not card and other.name else ""
            card.lines.append(clean(" ".join(label.split()) + name))


def _in_order(cards: Sequence[_Card]) -> Iterator[tuple[_Card, int]]:
    """Yield cards from above and from the left, what is in a group behind its label, each with how deep it is."""
    groups = sorted((card for card in cards if card.kind == "group"), key=lambda card: card.area)[:_MOST_GROUPS]
    inside: dict[int, list[_Card]] = {}
    for card in cards:
        holder = next((group for group in groups if group is not card and group.holds(card)), None)
        inside.setdefault(id(holder) if holder is not None else 0, []).append(card)
    waiting = [(card, 1) for card in _sorted(inside.get(0, []))[::-1]]
    while waiting:
        card, level = waiting.pop()
        yield card, level
        waiting += [(one, level + 1) for one in _sorted(inside.get(id(card), []))[::-1]]


def _sorted(cards: list[_Card]) -> list[_Card]:
    """Return cards row by row: a card whose upper half is beside another one is in its row."""
    rows: list[list[_Card]] = []
    for card in sorted(cards, key=lambda card: (card.top, card.left)):
        if rows and card.top < (rows[-1][0].top + rows[-1][0].bottom) / 2:
            rows[-1].append(card)
        else:
            rows.append([card])
    return [card for row in rows for card in sorted(row, key=lambda card: (card.left, card.top))]


def _blocks(builder: TextBuilder, card: _Card, depth: int, anchor: Anchor) -> list[Block]:
    """Add a card to a text; return its blocks there. Headings on a card are below that of its group."""
    found: list[Block] = []
    if card.kind == "group":
        builder.add(card.text, anchor, BlockKind.HEADING, level=depth, separator="\n\n" if card.text else "")
        found.append(builder.blocks[-1])
    elif card.kind == "text":
        start = builder.add(card.text, anchor)
        for block in markdown.blocks(Lines(card.text)):
            deeper = min(block.level + depth - 1, 9) if block.level else 0
            moved = replace(block, start=block.start + start, stop=block.stop + start, anchor=anchor, level=deeper)
            found.append(moved)
    else:
        builder.add(card.text, anchor)
        found.append(builder.blocks[-1])
    for line in card.lines:
        builder.add(line, anchor, separator="\n")
        found.append(builder.blocks[-1])
    return found
