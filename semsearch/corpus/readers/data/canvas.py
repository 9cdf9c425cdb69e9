"""Canvases of cards (JSON Canvas, used by Obsidian): the cards' texts in reading order."""

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
"""Characters of a card's name in the labels of edges."""
_DEEPEST = 6
_MOST_GROUPS = 300
"""Most groups that are examined; real canvases have fewer."""


@dataclass(slots=True)
class _Card:
    """A card: its position, its text, and the labels of the edges that leave it."""

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
        """Return whether the middle of another card is inside this group, which is the larger one."""
        across, down = (other.left + other.right) / 2, (other.top + other.bottom) / 2
        inside = self.left <= across <= self.right and self.top <= down <= self.bottom
        return inside and (self.area, self.id) > (other.area, other.id)


def is_canvas(nodes: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether the nodes of a graph are cards of a canvas."""
    return bool(nodes) and all(node.get("type") in _KINDS and "x" in node and "y" in node for node in nodes)


def read(data: bytes) -> Parsed:
    """Read a canvas. Raises SourceUnreadable when it is not one."""
    return parse(decode(data))


def parse(text: str) -> Parsed:
    """Parse a canvas; anchors count its cards in reading order. Raises SourceUnreadable when it is not one."""
    try:
        canvas = json.loads(text, parse_int=float)  # int() would reject more than 4,300 digits
    except ValueError as error:
        raise SourceUnreadable(f"broken canvas file: {one_line(str(error), 80)}") from error
    if not isinstance(canvas, dict):
        raise SourceUnreadable("broken canvas file: it has no cards")
    cards = [card for node in _objects(canvas.get("nodes")) if (card := _card(node)) is not None]
    _add_labels(cards, _objects(canvas.get("edges")))
    builder = TextBuilder()
    blocks: list[Block] = []
    under = 0
    for number, (card, level) in enumerate(_in_order(cards), 1):
        anchor, depth = Anchor(AnchorKind.PARAGRAPH, number, number), min(level, _DEEPEST)
        if under >= depth and card.kind != "group":  # a heading on another card does not apply to this one
            builder.add("", anchor, BlockKind.HEADING, level=depth, separator="")
            blocks.append(builder.blocks[-1])
        added = _blocks(builder, card, depth, anchor)
        under = max((block.level for block in added), default=0) or min(under, depth - 1)
        blocks += added
    return Parsed(builder.parsed().text, tuple(blocks))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _card(node: Mapping[str, Any]) -> _Card | None:
    kind = str(node.get("type", ""))
    keys = {"file": ("file", "subpath"), "link": ("url",), "group": ("label",)}.get(kind, ("text",))
    text = "".join(value for name in keys if isinstance(value := node.get(name), str))
    left, top, width, height = (_number(node.get(name)) for name in ("x", "y", "width", "height"))
    text = clean(text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not text and kind != "group":
        return None
    return _Card(str(node.get("id", "")), kind, text, left, top, left + abs(width), top + abs(height))


def _number(value: Any) -> float:
    number = float(value) if isinstance(value, (int, float)) else 0.0
    return number if abs(number) < 1e12 else 0.0


def _add_labels(cards: Iterable[_Card], edges: Iterable[Mapping[str, Any]]) -> None:
    """Add the labels of edges to the cards that they leave, with the name of the card that they lead to."""
    by_id = {card.id: card for card in cards}
    for edge in edges:
        label = edge.get("label")
        card = by_id.get(str(edge.get("fromNode", ""))) or by_id.get(str(edge.get("toNode", "")))
        if card is not None and isinstance(label, str) and label.strip():
            other = by_id.get(str(edge.get("toNode", "")))
            name = f" → {other.name}" if other is not None and other is not card and other.name else ""
            card.lines.append(clean(" ".join(label.split()) + name))


def _in_order(cards: Sequence[_Card]) -> Iterator[tuple[_Card, int]]:
    """Yield cards top to bottom and left to right, a group's cards after its label, each with its nesting level."""
    groups = sorted((card for card in cards if card.kind == "group"), key=lambda card: card.area)[:_MOST_GROUPS]
    inside: dict[int, list[_Card]] = {}
    for card in cards:
        holder = next((group for group in groups if group is not card and group.holds(card)), None)
        inside.setdefault(id(holder) if holder is not None else 0, []).append(card)
    waiting = [(card, 1) for card in _sorted(inside.get(0, []))[::-1]]
    while waiting:
        card, level = waiting.pop()
        yield card, level
        waiting += [(inner, level + 1) for inner in _sorted(inside.get(id(card), []))[::-1]]


def _sorted(cards: list[_Card]) -> list[_Card]:
    """Return cards row by row: a card whose top is beside the upper half of another one is in its row."""
    rows: list[list[_Card]] = []
    for card in sorted(cards, key=lambda card: (card.top, card.left)):
        if rows and card.top < (rows[-1][0].top + rows[-1][0].bottom) / 2:
            rows[-1].append(card)
        else:
            rows.append([card])
    return [card for row in rows for card in sorted(row, key=lambda card: (card.left, card.top))]


def _blocks(builder: TextBuilder, card: _Card, depth: int, anchor: Anchor) -> list[Block]:
    """Add a card to the text; return its blocks. Headings on a card are below that of its group."""
    added: list[Block] = []
    if card.kind == "group":
        builder.add(card.text, anchor, BlockKind.HEADING, level=depth, separator="\n\n" if card.text else "")
        added.append(builder.blocks[-1])
    elif card.kind == "text":
        start = builder.add(card.text, anchor)
        for block in markdown.blocks(Lines(card.text)):
            deeper = min(block.level + depth - 1, 9) if block.level else 0
            moved = replace(block, start=block.start + start, stop=block.stop + start, anchor=anchor, level=deeper)
            added.append(moved)
    else:
        builder.add(card.text, anchor)
        added.append(builder.blocks[-1])
    for line in card.lines:
        builder.add(line, anchor, separator="\n")
        added.append(builder.blocks[-1])
    return added
