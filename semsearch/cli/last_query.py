"""Where the hits of this user's last query are, for `semsearch open N`: one small file, readable by nobody else."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from threading import get_ident
from typing import Any, NamedTuple

from semsearch.types.documents import Anchor, AnchorKind
from semsearch.types.search import Hit

__all__ = ["Last", "OpenPlace", "recall", "remember"]

_MOST = 200
"""Hits that are kept; nobody counts further."""
_LARGEST = 1_000_000
"""Bytes that are read."""


class OpenPlace(NamedTuple):
    """Where a hit stands: the path of its document (the id of an added one), its type, and the anchor."""

    path: str
    type: str
    anchor: Anchor
    file: bool
    """Whether it came from a file."""


class Last(NamedTuple):
    """What was asked last, of which index, when (seconds since 1970), and where the hits are, of `found` in all."""

    index_path: str
    query: str
    asked: float
    places: tuple[OpenPlace, ...]
    found: int


def _file() -> str:
    from semsearch.settings import data_dir

    return os.fspath(data_dir() / "last-query.json")


def remember(index: str, query: str, hits: Sequence[Hit]) -> None:
    """Keep where the hits of a query are; the file is replaced as a whole. What cannot be kept is no error."""
    record = {
        "index": os.path.abspath(index),  # noqa: PTH100 - pathlib takes 8 ms to import
        "query": query[:1000],
        "asked": time.time(),
        "count": len(hits),
        "hits": [_record(hit) for hit in hits[:_MOST]],
    }
    file = _file()
    beside = f"{file}.{os.getpid()}-{get_ident()}.tmp"
    data = json.dumps(record).encode()
    with suppress(OSError):
        os.makedirs(os.path.dirname(file), mode=0o700, exist_ok=True)  # noqa: PTH103, PTH120 - as above
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
        try:
            with os.fdopen(descriptor, "wb") as out:
                out.write(data)
            os.replace(beside, file)  # noqa: PTH105 - as above
        except OSError:
            os.unlink(beside)  # noqa: PTH108 - as above
            raise


def _record(hit: Hit) -> dict[str, Any]:
    anchor = hit.passage.anchor
    return {
        "path": hit.path,
        "type": str(hit.metadata.get("type") or ""),
        "anchor": [anchor.kind.value, anchor.start, anchor.stop],
        "file": os.path.isabs(hit.path),  # noqa: PTH117 - as above
    }


def recall() -> Last | None:
    """Return what was asked last, None when nothing was, or it cannot be read."""
    try:
        with open(_file(), "rb") as stream:  # noqa: PTH123 - as above
            record = json.loads(stream.read(_LARGEST))
        places = tuple(map(_place, record["hits"]))
        return Last(str(record["index"]), str(record["query"]), float(record["asked"]), places, int(record["count"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _place(hit: Any) -> OpenPlace:
    kind, start, stop = hit["anchor"]
    anchor = Anchor(AnchorKind(kind), int(start), int(stop))
    return OpenPlace(str(hit["path"]), str(hit["type"]), anchor, bool(hit["file"]))
