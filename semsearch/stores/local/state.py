"""One committed state of an index, opened for reading: mapped vectors, live rows, engines. Thread-safe."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.stores.local.catalog.field_columns import Columns
from semsearch.stores.local.catalog.schema import get_meta
from semsearch.stores.local.dense.ann import AnnIndex, open_ann, packed
from semsearch.stores.local.dense.vector_log import VectorLog
from semsearch.stores.local.files.layout import Layout
from semsearch.stores.local.files.lock import GenerationLock
from semsearch.stores.local.lexical.tantivy_index import LexicalIndex
from semsearch.types.search import Floor

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Ids

__all__ = ["Numbers", "PinnedState", "floor_from_meta"]

_PART = 65_536
_SPARSE = 4
"""Up to this many assigned ids per live id, ids are looked up in a table rather than by binary search."""
_SELECTIONS = 4
"""Filters whose rows are cached: 8 MB each for a million rows."""
_WARM = 20
"""Look-ups after which all numbers are cached: in about the third search, never in a single one."""


class Numbers:
    """In-memory mapping between passages, rows and documents, for a state that is searched repeatedly."""

    def __init__(self, connection: sqlite3.Connection, rows: int) -> None:
        """Read the mapping from the connection's snapshot; `rows` is the length of the log."""
        cursor = connection.execute("SELECT id, row, document FROM passages ORDER BY id")
        parts = [np.zeros((0, 3), dtype=np.int64)]
        # In parts: a million tuples at once would take 150 MB.
        while part := cursor.fetchmany(_PART):
            parts.append(np.array(part, dtype=np.int64))
        table = np.concatenate(parts)
        self._places = _places(table[:, 0])
        self._ids = np.ascontiguousarray(table[:, 0]) if self._places is None else None
        self._by_id = {"row": np.ascontiguousarray(table[:, 1]), "document": np.ascontiguousarray(table[:, 2])}
        self._id_of_row = np.full(rows, -1, dtype=np.int64)
        self._id_of_row[table[:, 1]] = table[:, 0]

    def look_up(self, key: str, value: str, wanted: Ids) -> Ids:
        """Return `value` (row, document or id) for every `key` (id or row); -1 where there is none."""
        if key == "row":
            return self._id_of_row[wanted]
        if self._places is not None:
            places = self._places[np.clip(wanted, -1, len(self._places) - 1)]
            return np.where(places >= 0, self._by_id[value][places], -1)
        if self._ids is None or not len(self._ids):
            return np.full(len(wanted), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(self._ids, wanted), len(self._ids) - 1)
        return np.where(self._ids[at] == wanted, self._by_id[value][at], -1)

    def rows_of(self, documents: Ids) -> Ids:
        """Return the sorted rows of all passages of some documents."""
        owners = self._by_id["document"]
        if not len(documents) or not len(owners):
            return np.zeros(0, np.int64)
        asked = np.zeros(max(int(owners.max()), int(documents.max())) + 1, dtype=np.bool_)
        asked[documents] = True
        kept = np.zeros(len(self._id_of_row), dtype=np.bool_)
        kept[self._by_id["row"][asked[owners]]] = True
        return np.flatnonzero(kept)  # ascending, and cheaper than sorting


def _places(ids: Ids) -> NDArray[np.int32] | None:
    """Return the position of every id among the sorted ids, -1 if missing and at the end; None if most are missing.

    Binary search of 200 ids among a million takes .14 ms, nearly all of it cache misses.
    """
    most = int(ids[-1]) + 1 if len(ids) else 0
    if not most or most > _SPARSE * len(ids) + _PART:
        return None
    places = np.full(most + 1, -1, dtype=np.int32)
    places[ids] = np.arange(len(ids), dtype=np.int32)
    return places


class PinnedState:
    """The files that a pinned snapshot of the catalogue refers to, opened after pinning.

    `warnings` names damaged parts that searches do without, one line each.
    """

    def __init__(self, layout: Layout, connection: sqlite3.Connection, meta: dict[str, Any] | None = None) -> None:
        """Open the files of the connection's current snapshot. Raises IndexDamaged and FileNotFoundError."""
        self.layout = layout
        self.meta = get_meta(connection) if meta is None else meta
        self.number = int(self.meta["state"])
        self.generation = int(self.meta["generation"])
        self.dim = int(self.meta["dim"])
        self.floor = floor_from_meta(self.meta)
        self.languages: dict[str, int] = dict(self.meta.get("languages") or {"en": 0})
        """Rows of the lexical index in each language."""
        self.warnings: list[str] = []
        self._uses = 0
        self._numbers: Numbers | None = None
        self.columns = Columns()
        """Cached columns of the fields that filters have used."""
        self._selections: OrderedDict[Any, Ids] = OrderedDict()
        self._guard = threading.Lock()
        self._lexical: LexicalIndex | None = None
        self._lock = GenerationLock(layout.generation_lock(self.generation))
        self._lock.share()
        self._ann: AnnIndex | None = None
        self._ann_tried = False
        self.live, self.rows = live_rows(connection)
        self.count = int(self.live.sum())
        self._live_bits: NDArray[np.uint8] | None = None
        self._log: VectorLog | None = None

    @property
    def live_bits(self) -> NDArray[np.uint8]:
        """The live rows as packed bits, computed once."""
        if self._live_bits is None:
            self._live_bits = packed(self.live)  # two threads may both compute the same value
        return self._live_bits

    @property
    def log(self) -> VectorLog:
        """The vector log."""
        with self._guard:
            if self._log is None:
                self._log = VectorLog(self.layout.vectors(self.generation), self.dim, self.rows)
                if self._log.missing:
                    self.warnings.append(f"{self._log.missing} vectors are missing; run `semsearch doctor --repair`")
            return self._log

    def selected(self, key: Any, select: Callable[[], Ids]) -> Ids:
        """Return the rows that a filter keeps; the last few filters of a state are cached."""
        with self._guard:
            if key in self._selections:
                self._selections.move_to_end(key)
                return self._selections[key]
        rows = select()
        with self._guard:
            self._selections[key] = rows
            while len(self._selections) > _SELECTIONS:
                self._selections.popitem(last=False)
        return rows

    @property
    def warm(self) -> bool:
        """Whether the state has been used often enough for caching to pay."""
        return self._uses > _WARM

    def numbers(self, connection: sqlite3.Connection) -> Numbers | None:
        """Return the in-memory mapping once the state has been used often enough for reading it to pay, else None."""
        with self._guard:
            self._uses += 1
            if self._numbers is None and self._uses > _WARM:
                self._numbers = Numbers(connection, self.rows)
            return self._numbers

    @property
    def lexical(self) -> LexicalIndex:
        """The lexical index. Raises IndexDamaged."""
        with self._guard:
            if self._lexical is None:
                self._lexical = LexicalIndex(self.layout.lexical(self.generation))
            return self._lexical

    @property
    def ann(self) -> AnnIndex | None:
        """The approximate index, or None if there is none or it is damaged: then search is exact."""
        with self._guard:
            if not self._ann_tried:
                self._ann_tried = True
                if (self.meta.get("ann") or {}).get("rows"):
                    try:
                        self._ann = open_ann(self.layout, self.generation, self.meta["ann"])
                    except IndexDamaged as error:
                        self.warnings.append(f"{error}; using exact search until then")
            return self._ann

    def close(self) -> None:
        """Release the generation."""
        if self._lexical is not None:
            self._lexical.close()
        self._lock.close()

    def __del__(self) -> None:
        """Release the generation when its last search has ended."""
        with suppress(Exception):
            self.close()


def live_rows(connection: sqlite3.Connection) -> tuple[NDArray[np.bool_], int]:
    """Return which rows of the log are live (rows,), and how many rows the log has."""
    blocks = connection.execute("SELECT start, stop FROM blocks ORDER BY start").fetchall()
    rows = blocks[-1][1] if blocks else 0
    live = np.zeros(rows, dtype=np.bool_)
    for start, stop in blocks:
        live[start:stop] = True
    dead = np.fromiter((row for (row,) in connection.execute("SELECT row FROM tombstones")), np.int64)
    if len(dead):
        live[dead[dead < rows]] = False
    return live, rows


def floor_from_meta(meta: dict[str, Any]) -> Floor | None:
    """Return the stored noise floor."""
    stored = meta.get("floor")
    try:
        return Floor(**stored) if stored else None
    except TypeError:
        return None
