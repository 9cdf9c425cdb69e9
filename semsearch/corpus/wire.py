"""A parsed document as JSON and back: how the process that reads a file hands it over; it cannot run anything."""

from __future__ import annotations

import json
from typing import Any

from semsearch.types import Anchor, AnchorKind, Block, BlockKind, Parsed

__all__ = ["OUT_OF_MEMORY", "packed", "unpacked"]

OUT_OF_MEMORY = "out of memory"
"""What is said of a file that needed more than its process may have."""


def packed(parsed: Parsed) -> dict[str, Any]:
    """Return a document as JSON can hold it: blocks are rows of numbers."""
    rows = [
        [b.start, b.stop, b.kind.value, b.anchor.kind.value, b.anchor.start, b.anchor.stop, b.level, b.label]
        for b in parsed.blocks
    ]
    return {"text": parsed.text, "blocks": rows, "title": parsed.title, "metadata": dict(parsed.metadata)}


def unpacked(data: bytes) -> Parsed | str:
    """Return the document in an answer, or the reason why there is none. ValueError for what is no answer."""
    answer = json.loads(data)
    try:
        if "unreadable" in answer:
            return str(answer["unreadable"])
        found = answer["parsed"]
        blocks = tuple(
            Block(int(start), int(stop), BlockKind(kind), Anchor(AnchorKind(unit), int(first), int(last)), level, label)
            for start, stop, kind, unit, first, last, level, label in found["blocks"]
        )
        return Parsed(str(found["text"]), blocks, str(found["title"]), dict(found["metadata"]))
    except (KeyError, TypeError) as error:
        raise ValueError(f"no document: {error}") from error
