"""One pinned state of an index with its search engines."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.conditions import Condition
from semsearch.corpus.text.terms.analysis import phrase_terms
from semsearch.corpus.text.terms.file_name_query import spelled
from semsearch.corpus.text.terms.marks import Marking
from semsearch.errors import IndexDamaged
from semsearch.stores.local import dense_search as dense
from semsearch.stores.local.catalog.label_heads import labels_of
from semsearch.stores.local.catalog.schema import unpack_path
from semsearch.stores.local.catalog.select import (
    DOCUMENT_COLUMNS,
    RowSet,
    document_facts,
    holding,
    lies_below,
    matching_documents,
    phrase_pattern,
    rows_of_documents,
)
from semsearch.stores.local.catalog.sources import read_sources
from semsearch.stores.local.catalog.texts import read_span
from semsearch.stores.local.dense.vector_log import finite
from semsearch.stores.local.files.disk_errors import SqliteErrors
from semsearch.stores.local.lexical.alike import occurrences, words_alike
from semsearch.stores.local.snapshot import LocalSnapshot
from semsearch.stores.local.state import PinnedState
from semsearch.stores.searchable import Keep, LexicalRanking
from semsearch.stores.sources import Sources
from semsearch.types.documents import Anchor, AnchorKind, Passage, Value
from semsearch.types.search import Ranking

if TYPE_CHECKING:
    from semsearch.stores.local.catalog.field_columns import Column
    from semsearch.types.arrays import Embeddings, Ids, Scores, Vector
    from semsearch.types.reports import FieldInfo

__all__ = ["View"]

_PASSAGE = "p.id, p.document, p.start, p.stop, p.anchor, p.anchor_start, p.anchor_stop, p.heading"
_WORD_ROWS = 32
"""Passages that are searched for the words of a term."""
_TERM_SET = 5_000
_TERM_SHARE = 50
"""A filter that keeps at most 5,000 rows, or a fiftieth of all, is passed to the lexical engine as a set of rows; a
wider one is applied to its ranking, which is lengthened until enough rows pass."""


class View(LocalSnapshot):
    """One pinned state of an index, for `search`. Use it from one thread, inside `Reader.view()`."""

    def __init__(self, connection: sqlite3.Connection, state: PinnedState) -> None:
        """Wrap a connection inside a read transaction and the state that belongs to it."""
        super().__init__(state.layout, connection)
        self.state = state
        self._sources = read_sources(state.layout, connection)
        self.floor = state.floor
        self._warnings: list[str] = []
        self._documents: dict[str, int] = {}
        self._marking: Marking | None = None

    @property
    def meta(self) -> dict[str, Any]:
        """Index-wide values."""
        return self.state.meta

    @property
    def sources(self) -> Sources:
        """The root folders of its documents."""
        return self._sources

    @property
    def warnings(self) -> list[str]:
        """Damaged parts that searches so far did without, one line each."""
        return [*self.state.warnings, *self._warnings]

    def fields(self) -> dict[str, FieldInfo]:
        """Return every field that a filter may name: file facts first, then the others by name."""
        from semsearch.stores.local.catalog.fields import fields

        return fields(self)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a query on the pinned snapshot. Raises IndexDamaged."""
        with SqliteErrors(self.state.layout):
            return self.connection.execute(sql, parameters).fetchall()

    def dense(self, vector: Vector, k: int, keep: Keep | None = None, *, exact: bool = False) -> Ranking:
        """Return the k nearest live passages by cosine."""
        rows, scores = dense.search(self.state, vector, k, _row_set(keep), exact=exact)
        return self._ranking(rows, scores)[0]

    def lexical(self, text: str, k: int, keep: Keep | None = None) -> LexicalRanking:
        """Return the k best live passages by BM25; any text is a valid query.

        If the lexical index is damaged, the ranking is empty and `warnings` says so.
        """
        try:
            return self._lexical(text, k, _row_set(keep))
        except IndexDamaged as error:
            self._warnings.append(f"{error}; lexical search is unavailable until then")
            return LexicalRanking(Ranking(np.zeros(0, np.int64), np.zeros(0, np.float32)), 0.0)

    def _lexical(self, text: str, k: int, allowed: RowSet | None) -> LexicalRanking:
        engine = self.state.lexical
        query = engine.prepare(text, self.state.languages)
        most = max(_TERM_SET, self.state.rows // _TERM_SHARE)
        narrow = allowed.rows if allowed is not None and len(allowed) <= most else None
        mask = self.state.live if allowed is None else allowed.mask(self.state.rows) & self.state.live
        limit = max(k + k // 4, 32)
        while True:
            rows, scores, ended = engine.search(query, limit, narrow)
            here = rows < self.state.rows
            here[here] = mask[rows[here]]
            rows, scores = rows[here], scores[here]
            if ended or len(rows) >= k:
                break
            limit *= 8
        ranking, _ = self._ranking(rows, scores)
        return LexicalRanking(Ranking(ranking.ids[:k], ranking.scores[:k]), query.bound)

    def occurrences(self, words: Sequence[str]) -> list[int | None]:
        """Return the document frequency of each word, in passages, as BM25 analyzes it; None for a stop word.

        If the lexical index is damaged, every word counts as a stop word.
        """
        try:
            return [occurrences(self.state.lexical, word, self.main_languages()) for word in words]
        except IndexDamaged:
            return [None] * len(words)

    def alike(self, word: str, distance: int) -> list[tuple[int, str]]:
        """Return (edit distance, word) for indexed words within `distance` of a lower-case word.

        The nearest first, and among these the most frequent.
        """
        return words_alike(self.state.lexical, word, distance, self.main_languages(), self._texts_with)

    def _texts_with(self, term: str) -> Iterator[str]:
        rows = self._live_first(self.state.lexical.first_rows(term, _WORD_ROWS))
        return (text for _, text in self._texts(rows))

    def _live_first(self, rows: Ids) -> Ids:
        rows = rows[rows < self.state.rows]
        return np.asarray(np.sort(rows[self.state.live[rows]]), dtype=np.int64)

    def select(
        self, filters: Sequence[Condition], within: Sequence[str] = (), phrases: Sequence[str] = ()
    ) -> Keep | None:
        """Return the passages that match filters, path prefixes and exact phrases; None for all."""
        rows: Ids | None = None
        if filters or within:
            with SqliteErrors(self.state.layout):
                key = (tuple(filters), tuple(within))
                rows = self.state.selected(key, lambda: self._selected(filters, within))
        if phrases:
            candidates = self._phrase_candidates(phrases)
            rows = candidates if rows is None else np.intersect1d(rows, candidates)
            patterns = [phrase_pattern(p) for p in phrases]
            rows = holding(self._texts(rows), patterns)
        return None if rows is None else RowSet(rows)

    def column(self, field: str) -> Column:
        """Return the values of one field of all documents. Raises IndexDamaged."""
        with SqliteErrors(self.state.layout):
            return self.state.columns.get(self.connection, self.sources, field)

    def holds_below(self, prefixes: Sequence[str]) -> bool:
        """Return whether any document is at or below one of the paths. Raises IndexDamaged."""
        with SqliteErrors(self.state.layout):
            return lies_below(self.connection, self.sources, prefixes)

    def _selected(self, filters: Sequence[Condition], within: Sequence[str]) -> Ids:
        columns = self.state.columns
        documents = matching_documents(self.connection, self.sources, filters, within, columns)
        numbers = self.state.numbers(self.connection)
        return numbers.rows_of(documents) if numbers else rows_of_documents(self.connection, documents)

    def _phrase_candidates(self, phrases: Sequence[str]) -> Ids:
        """Return the live rows that contain all terms of the phrases, as analyzed in any language of the index."""
        found: Ids | None = None
        for language in self.state.languages:
            version = self.state.lexical.analysis
            terms = {one for phrase in phrases for one in phrase_terms(phrase, language, version)}
            rows = self.state.lexical.containing(terms) if terms else np.flatnonzero(self.state.live)
            found = rows if found is None else np.union1d(found, rows)
        assert found is not None
        found = found[found < self.state.rows]
        return np.asarray(np.sort(found[self.state.live[found]]), dtype=np.int64)

    def _texts(self, rows: Ids) -> Iterator[tuple[int, str]]:
        query = (
            "SELECT p.row, p.document, p.start, p.stop, p.heading, d.title FROM passages p "
            "JOIN documents d ON d.id = p.document WHERE p.row IN (SELECT value FROM json_each(?))"
        )
        for row, document, start, stop, heading, title in self.rows(query, (json.dumps(rows.tolist()),)):
            parts = json.loads(heading)
            text = self._span(document, start, stop) if stop > start else " / ".join(map(spelled, parts))
            yield row, f"{title} / {' '.join(parts)}\n{text}"

    def _span(self, document: int, start: int, stop: int) -> str:
        try:
            with SqliteErrors(self.state.layout):
                return read_span(self.connection, document, start, stop)
        except IndexDamaged as error:
            self._warnings.append(str(error))
            return ""

    def similarity(self, vector: Vector, ids: Ids) -> Scores:
        """Return the exact cosine of each passage."""
        scores: Scores = np.einsum("ij,j->i", self.vectors(ids), vector)
        return finite(scores)

    def vectors(self, ids: Ids) -> Embeddings:
        """Return the stored vectors of passages: (n, dim) float32."""
        return self.state.log.take(self._mapped("id", "row", ids))

    def document_numbers(self, ids: Ids) -> Ids:
        """Return the document number of each passage."""
        return self._mapped("id", "document", ids)

    def document_ids(self, ids: Ids) -> list[str]:
        """Return the document id of each passage."""
        numbers = self._mapped("id", "document", ids)
        query = "SELECT id, source, path FROM documents WHERE id IN (SELECT value FROM json_each(?))"
        rows = self.rows(query, (json.dumps(sorted(set(numbers.tolist()))),))
        names = {n: self.sources.absolute(source, unpack_path(path)) for n, source, path in rows}
        return [names[n] for n in numbers.tolist()]

    def _mapped(self, key: str, value: str, wanted: Ids) -> Ids:
        """Return `value` for every `key`, in the given order; -1 where there is none."""
        with SqliteErrors(self.state.layout):
            numbers = self.state.numbers(self.connection)
        if numbers is not None:
            return numbers.look_up(key, value, wanted)
        query = f"SELECT {key}, {value} FROM passages WHERE {key} IN (SELECT value FROM json_each(?))"
        found = dict(self.rows(query, (json.dumps(wanted.tolist()),)))
        return np.fromiter((found.get(k, -1) for k in wanted.tolist()), np.int64, len(wanted))

    def _ranking(self, rows: Ids, scores: Scores) -> tuple[Ranking, Ids]:
        """Map rows to passage ids, ordered by score and id."""
        ids = self._mapped("row", "id", rows)
        known = ids >= 0
        ids, scores, rows = ids[known], scores[known], rows[known]
        order = np.lexsort((ids, -scores))
        return Ranking(ids[order], scores[order]), rows[order]

    def marks(self, query: str, text: str) -> tuple[tuple[int, int], ...]:
        """Return the character ranges of the words of `text` that are query terms."""
        if self._marking is None or self._marking.query != query:
            self._marking = Marking(query, self.main_languages())
        return self._marking.marks(text)

    def main_languages(self) -> list[str]:
        """Return the languages of at least a twentieth of the index; others would only mark noise."""
        total = sum(self.state.languages.values())
        return [name for name, rows in self.state.languages.items() if rows * 20 >= total]

    def passages_of(self, document_id: str) -> Ids:
        """Return the ids of a document's passages, in order; empty if it is not in the index."""
        number = self.document_number(document_id)
        query = "SELECT id FROM passages WHERE document = ? AND ordinal >= 0 ORDER BY ordinal"
        return np.array([i for (i,) in self.rows(query, (number,))], dtype=np.int64)

    def names_of(self, document_id: str) -> Ids:
        """Return the id of a document's name record; empty if it has none."""
        query = "SELECT id FROM passages WHERE document = ? AND ordinal < 0"
        found = self.rows(query, (self.document_number(document_id),))
        return np.array([i for (i,) in found], dtype=np.int64)

    def beginnings(self, ids: Ids) -> Ids:
        """Return the passage that represents each record: itself; for a name record the first passage, if any."""
        query = (
            "SELECT n.id, p.id FROM passages n JOIN passages p ON p.document = n.document AND p.ordinal = 0 "
            "WHERE n.ordinal < 0 AND n.id IN (SELECT value FROM json_each(?))"
        )
        first = dict(self.rows(query, (json.dumps(ids.tolist()),)))
        return np.array([first.get(i, i) for i in ids.tolist()], dtype=np.int64)

    def texts(self) -> RowSet | None:
        """Return all live passages without name records; None if there are no name records."""
        (names,) = self.rows("SELECT count(*) FROM passages WHERE ordinal < 0")[0]
        if not names:
            return None
        return RowSet(np.array([r for (r,) in self.rows("SELECT row FROM passages WHERE ordinal >= 0 ORDER BY row")]))

    def document_number(self, document_id: str) -> int | None:
        """Return the catalogue number of a document, or None."""
        if document_id in self._documents:
            return self._documents[document_id]
        with SqliteErrors(self.state.layout):
            return self.documents.number(document_id)

    def fetch(self, ids: Sequence[int]) -> list[Passage]:
        """Return passages with their texts, in the given order; unknown ids are left out."""
        query = (
            f"SELECT {_PASSAGE}, d.source, d.path FROM passages p JOIN documents d ON d.id = p.document "
            "WHERE p.id IN (SELECT value FROM json_each(?))"
        )
        found = {row[0]: self._passage(row) for row in self.rows(query, (json.dumps([int(i) for i in ids]),))}
        return [found[int(i)] for i in ids if int(i) in found]

    def _passage(self, row: tuple[Any, ...]) -> Passage:
        number, document, start, stop, kind, first, last, heading, source, path = row
        document_id = self.sources.absolute(source, unpack_path(path))
        self._documents[document_id] = document
        anchor = Anchor(AnchorKind(kind), first, last)
        text = self._span(document, start, stop)
        return Passage(number, document_id, start, stop, anchor, tuple(json.loads(heading)), text)

    def facts(self, document_ids: Sequence[str]) -> dict[str, tuple[str, Mapping[str, Value]]]:
        """Return the path and the metadata of each document."""
        numbers = {self.document_number(d): d for d in document_ids}
        query = f"SELECT {DOCUMENT_COLUMNS} FROM documents WHERE id IN (SELECT value FROM json_each(?))"
        asked = [n for n in numbers if n is not None]
        with SqliteErrors(self.state.layout):
            labels = labels_of(self.connection, asked)
        rows = self.rows(query, (json.dumps(asked),))
        return {numbers[row[0]]: document_facts(self.sources, row, labels.get(row[0])) for row in rows}


def _row_set(keep: Keep | None) -> RowSet | None:
    if keep is not None and not isinstance(keep, RowSet):
        raise TypeError("a selection belongs to the view that made it")
    return keep
