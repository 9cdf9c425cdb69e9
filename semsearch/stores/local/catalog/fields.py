"""The fields that a filter may name: file facts, metadata of readers and callers, and labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from semsearch.filters import is_number, is_orderable
from semsearch.stores.document_fields import FACTS, OWN, iso_time, reserved
from semsearch.stores.local.catalog.label_heads import label_fields, label_values
from semsearch.stores.local.catalog.schema import unpack_path
from semsearch.stores.sources import Sources
from semsearch.types.documents import Value
from semsearch.types.reports import FieldInfo

if TYPE_CHECKING:
    import sqlite3

    from semsearch.stores.local.catalog.field_columns import Column

__all__ = ["fields"]

_EXAMPLES = 3
_TYPES = {"true": "truth", "false": "truth", "integer": "number", "real": "number", "text": "text"}
_LONGEST = 80
"""Maximum characters of an example."""


class CatalogState(Protocol):
    """One pinned state of a catalogue, to run queries on."""

    @property
    def connection(self) -> sqlite3.Connection:
        """The catalogue."""

    @property
    def sources(self) -> Sources:
        """The root folders of its documents."""

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Run a query."""

    def column(self, field: str) -> Column:
        """Return the column of a field."""


def fields(state: CatalogState) -> dict[str, FieldInfo]:
    """Return every field by its name: file facts first, then the others by name.

    An own field named like a fact is listed as `own.NAME`; the plain name describes what a filter finds by it.
    """
    found = {info.name: info for info in _facts(state)}
    others = {info.name: info for info in (*_labels(state), *_metadata(state))}
    for name in FACTS.keys() & {name.removeprefix(OWN) for name in others}:
        found[name] = _short_name(state, name)
    return found | {name: others[name] for name in sorted(others)}


def _facts(state: CatalogState) -> Iterator[FieldInfo]:
    (count,) = state.rows("SELECT count(*) FROM documents")[0]
    query = "SELECT min(id) FROM documents UNION SELECT max(id) FROM documents"
    ends = state.rows(f"SELECT source, path FROM documents WHERE id IN ({query}) ORDER BY id")
    paths = [state.sources.absolute(source, unpack_path(path)) for source, path in ends]
    yield _info("path", ["text"], count, paths)
    yield _info("name", ["text"], count, [path.rsplit("/", 1)[-1] for path in paths])
    for column in ("type", "language"):
        yield _grouped(state, column)
    (low, high) = state.rows("SELECT min(size), max(size) FROM documents")[0]
    yield _info("size", ["number"], count, [low, high])
    query = "SELECT count(*), min(mtime_ns), max(mtime_ns) FROM documents WHERE mtime_ns > 0"
    (dated, low, high) = state.rows(query)[0]
    yield _info("modified", ["date"], dated, [iso_time(low or 0), iso_time(high or 0)])
    query = "SELECT count(*), min(title), max(title) FROM documents WHERE title != ''"
    (titled, low, high) = state.rows(query)[0]
    yield _info("title", ["text"], titled, [low, high])


def _grouped(state: CatalogState, column: str) -> FieldInfo:
    """Describe a column with few distinct values by its most frequent ones."""
    query = f"SELECT {column}, count(*) FROM documents WHERE {column} != '' GROUP BY 1 ORDER BY 2 DESC, 1"
    rows = state.rows(query)
    return _info(column, ["text"], sum(count for _, count in rows), [value for value, _ in rows])


def _short_name(state: CatalogState, name: str) -> FieldInfo:
    """Describe what a filter finds by the name of a fact that is also an own field of some documents."""
    column = state.column(name)
    present = [n for n, value in enumerate(column.values) if value not in (None, "", ())]
    documents = sum(int((column.codes == n).sum()) for n in present)
    values = [item for n in present for item in _members(column.values[n])]
    kinds = ["date"] if name == "modified" and _dates(map(str, values)) == "date" else sorted(set(map(_kind, values)))
    return _info(name, kinds, documents, values)


def _members(value: Value) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else (value,)


def _kind(value: Value) -> str:
    return "truth" if isinstance(value, bool) else "number" if isinstance(value, (int, float)) else "text"


def _metadata(state: CatalogState) -> Iterator[FieldInfo]:
    """Describe the metadata fields of documents: single values, and the items of lists."""
    query = (
        "SELECT f.key, f.type, count(*), min(f.value), max(f.value) FROM documents d, json_each(d.metadata) f "
        "WHERE f.type IN ('true', 'false', 'integer', 'real', 'text') GROUP BY 1, 2 ORDER BY 1, 3 DESC"
    )
    listed = (
        "SELECT f.key, m.type, min(m.value), max(m.value) "
        "FROM documents d, json_each(d.metadata) f, json_each(f.value) m WHERE f.type = 'array' GROUP BY 1, 2"
    )
    counts = (
        "SELECT f.key, count(*) FROM documents d, json_each(d.metadata) f "
        "WHERE f.type = 'array' AND f.value != '[]' GROUP BY 1"
    )
    found: dict[str, list[tuple[str, list[Any]]]] = {}
    documents: dict[str, int] = {str(key): count for key, count in state.rows(counts)}
    for key, kind, count, low, high in state.rows(query):
        found.setdefault(str(key), []).append((_TYPES[kind], [kind] if kind in ("true", "false") else [low, high]))
        documents[str(key)] = documents.get(str(key), 0) + count
    for key, kind, low, high in state.rows(listed):
        found.setdefault(str(key), []).append((_TYPES[kind], [low, high]))
    for name, parts in found.items():
        kinds = [_dates(values) if kind == "text" else kind for kind, values in parts]
        examples = [value for _, values in parts for value in values]
        shown = OWN + name if name in FACTS or reserved(name) else name
        yield _info(shown, kinds, documents[name], examples, "metadata")


def _labels(state: CatalogState) -> Iterator[FieldInfo]:
    for name in label_fields(state.connection):
        values = label_values(state.connection, name)
        kinds = {"text" if isinstance(value, str) else "number" for value in values.values()}
        examples = sorted(set(values.values()), key=str)
        yield _info(name, sorted(kinds), len(values), examples, "label")


def _dates(values: Iterable[Any]) -> str:
    """Return `date` if all texts are dates, which filters compare as such, else `text`."""
    texts = [str(value) for value in values]
    dated = all(is_orderable(text) and not is_number(text) for text in texts)
    return "date" if texts and dated else "text"


def _info(name: str, kinds: Iterable[str], documents: int, values: Iterable[Any], origin: str = "file") -> FieldInfo:
    shown = dict.fromkeys(_shortened(str(value)) for value in values if value not in (None, ""))
    return FieldInfo(name, tuple(dict.fromkeys(kinds)), int(documents), tuple(shown)[:_EXAMPLES], origin)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1].rstrip() + "…"
