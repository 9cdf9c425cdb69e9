"""Serialize a parsed document to JSON and back, between processes; unlike pickle, it cannot run code."""

from __future__ import annotations

import json
from typing import Any

from semsearch.corpus.readers.nested import Limited
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind, Member, Parsed

__all__ = ["OUT_OF_MEMORY", "packed", "unpacked"]

OUT_OF_MEMORY = "out of memory"
"""The reason for a file that exceeded the memory limit of its process."""


def packed(parsed: Parsed) -> dict[str, Any]:
    """Return a document as JSON values; blocks are rows of numbers."""
    rows = [
        [b.start, b.stop, b.kind.value, b.anchor.kind.value, b.anchor.start, b.anchor.stop, b.level, b.label]
        for b in parsed.blocks
    ]
    members = [
        [m.name, m.type, packed(m.parsed) if m.parsed is not None else None, m.reason, m.limited]
        for m in parsed.members
    ]
    values = {"text": parsed.text, "blocks": rows, "title": parsed.title, "metadata": dict(parsed.metadata)}
    return values | {"members": members, "remark": parsed.remark}


def unpacked(data: bytes) -> Parsed | SourceUnreadable:
    """Return the document in an answer, or the reason why there is none. ValueError for an invalid answer.

    Blocks must lie within the text and in order; metadata must have types that filters support.
    """
    answer = json.loads(data)
    try:
        if "unreadable" in answer:
            return (Limited if answer.get("limited") else SourceUnreadable)(str(answer["unreadable"]))
        return _parsed(answer["parsed"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"no document: {error}") from error


def _parsed(values: dict[str, Any]) -> Parsed:
    blocks = tuple(
        Block(int(start), int(stop), BlockKind(kind), Anchor(AnchorKind(at), int(first), int(last)), int(level), label)
        for start, stop, kind, at, first, last, level, label in values["blocks"]
    )
    members = tuple(
        Member(str(name), str(kind), _parsed(inner) if inner is not None else None, str(reason), bool(limited))
        for name, kind, inner, reason, limited in values["members"]
    )
    metadata = {key: tuple(v) if isinstance(v, list) else v for key, v in values["metadata"].items()}
    text, title, remark = (_text(values[name]) for name in ("text", "title", "remark"))
    at = 0
    for block in blocks:
        if not at <= block.start <= block.stop <= len(text):
            raise ValueError(f"a block at {block.start} to {block.stop}, after {at} of {len(text)} characters")
        _text(block.label)
        at = block.stop
    for key, value in metadata.items():
        if not all(isinstance(item, (str, int, float, type(None))) for item in _each(value)):
            raise ValueError(f"a value of {key} is neither text nor a number")
    return Parsed(text, blocks, title, metadata, members, remark)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, not {type(value).__name__}")
    return value


def _each(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)
