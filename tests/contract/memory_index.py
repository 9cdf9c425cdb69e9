"""A small index in memory for tests: a real Searchable of numpy cosines and BM25 over a dict of postings."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from semsearch.conditions import Condition, conditions_in
from semsearch.errors import InvalidFilter
from semsearch.filters import fulfils
from semsearch.stores.base import Keep, LexicalRanking
from semsearch.stores.local.lexical.alike import edit_distance
from semsearch.types.documents import Anchor, AnchorKind, Passage
from semsearch.types.search import Floor, Ranking

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Ids, Scores, Vector
    from semsearch.types.documents import Value
    from semsearch.types.models import BiEncoder

WORD = re.compile(r"\w+")
STOP_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or", "that", "the"}
    | {"this", "to", "was", "were", "with"}
)
K1, B = 1.2, 0.75


def words(text: str) -> list[str]:
    """Lower-cased words that are no stop words, a plural s cut off."""
    found = (w for w in WORD.findall(text.lower()) if w not in STOP_WORDS)
    return [w[:-1] if len(w) > 3 and w.endswith("s") and not w.endswith("ss") else w for w in found]


@dataclass(frozen=True, slots=True)
class Text:
    """What the index is built from: one document, its passages' texts, and its metadata."""

    id: str
    passages: tuple[str, ...]
    metadata: Mapping[str, Value] = field(default_factory=dict)
    name: str = ""
    """What its name says, recorded beside its passages."""


class Rows:
    """A Keep: a boolean for every passage."""

    def __init__(self, mask: np.ndarray) -> None:
        self.mask = mask

    def __len__(self) -> int:
        return int(self.mask.sum())


class MemorySearch:
    """A Searchable over passages with their vectors; `fields` are all fields of each document, its path as `path`."""

    def __init__(
        self,
        passages: Sequence[Passage],
        numbers: Sequence[int],
        vectors: Embeddings,
        fields: Mapping[str, Mapping[str, Value]],
        *,
        terms: Callable[[str], list[str]] = words,
        floor: Floor | None = None,
    ) -> None:
        self.floor = floor
        self._terms, self._passages, self._vectors, self._fields = terms, list(passages), vectors, fields
        self._ids = np.array([p.id for p in passages], dtype=np.int64)
        self._row_of = {p.id: row for row, p in enumerate(passages)}
        self._numbers = np.array(numbers, dtype=np.int64)
        self._index_words()

    def _index_words(self) -> None:
        counts = [Counter(self._terms(_words(p))) for p in self._passages]
        self._lengths = np.array([sum(c.values()) for c in counts], dtype=np.float64)
        mean = self._lengths.mean() if len(counts) else 1.0
        self._norms = K1 * (1 - B + B * self._lengths / max(mean, 1e-9))
        postings: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for row, count in enumerate(counts):
            for term, tf in count.items():
                postings[term].append((row, tf))
        self._postings = {t: np.array(rows, dtype=np.int64) for t, rows in postings.items()}

    def _idf(self, term: str) -> float:
        n, df = len(self._passages), len(self._postings.get(term, ()))
        return math.log(1 + (n - df + 0.5) / (df + 0.5))

    def dense(self, vector: Vector, k: int, keep: Keep | None = None, *, exact: bool = False) -> Ranking:
        return self._top(self._vectors @ vector, k, keep, np.ones(len(self._ids), dtype=bool))

    def lexical(self, text: str, k: int, keep: Keep | None = None) -> LexicalRanking:
        scores, bound = np.zeros(len(self._ids)), 0.0
        for term in set(self._terms(text)):
            idf = self._idf(term)
            bound += idf * (K1 + 1)
            if (posting := self._postings.get(term)) is not None:
                rows, tf = posting[:, 0], posting[:, 1]
                scores[rows] += idf * tf * (K1 + 1) / (tf + self._norms[rows])
        return LexicalRanking(self._top(scores, k, keep, scores > 0), bound)

    def occurrences(self, words: Sequence[str]) -> list[int | None]:
        found = [self._terms(word) for word in words]
        return [min(len(self._postings.get(t, ())) for t in terms) if terms else None for terms in found]

    def alike(self, word: str, distance: int) -> list[tuple[int, str]]:
        count = Counter(w for p in self._passages for w in {one.lower() for one in WORD.findall(p.text)})
        away = {one: edit_distance(word, one, distance) for one in count if one != word}
        near = [one for one, letters in away.items() if letters <= distance and self._terms(one)]
        return [(away[one], one) for one in sorted(near, key=lambda one: (away[one], -count[one], one))]

    def _top(self, scores: np.ndarray, k: int, keep: Keep | None, allowed: np.ndarray) -> Ranking:
        if keep is not None:
            assert isinstance(keep, Rows)
            allowed = allowed & keep.mask
        rows = np.flatnonzero(allowed)
        values = scores[rows].astype(np.float32)
        order = np.lexsort((self._ids[rows], -values))[:k]
        return Ranking(self._ids[rows[order]], values[order])

    def select(
        self, filters: Sequence[Condition], within: Sequence[str] = (), phrases: Sequence[str] = ()
    ) -> Keep | None:
        if not filters and not within and not phrases:
            return None
        known = {"path"}.union(*self._fields.values())
        for f in conditions_in(*filters):
            if f.field not in known:
                raise InvalidFilter(f"unknown field `{f.field}`; known: {', '.join(sorted(known))}")
        good = {d for d in self._fields if self._fulfils(d, filters, within)}
        mask = [p.document_id in good and all(_holds(_words(p), phrase) for phrase in phrases) for p in self._passages]
        return Rows(np.array(mask, dtype=bool))

    def _fulfils(self, document_id: str, filters: Sequence[Condition], within: Sequence[str]) -> bool:
        fields = self._fields[document_id]
        inside = not within or any(document_id == w or document_id.startswith(w.rstrip("/") + "/") for w in within)
        return inside and all(
            fulfils(f, lambda field: document_id if field == "path" else fields.get(field)) for f in filters
        )

    def _rows(self, ids: Iterable[int]) -> np.ndarray:
        return np.array([self._row_of[i] for i in np.asarray(ids, dtype=np.int64).tolist()], dtype=np.int64)

    def similarity(self, vector: Vector, ids: Ids) -> Scores:
        return (self._vectors[self._rows(ids)] @ vector).astype(np.float32)

    def vectors(self, ids: Ids) -> Embeddings:
        return self._vectors[self._rows(ids)]

    def document_numbers(self, ids: Ids) -> Ids:
        return self._numbers[self._rows(ids)]

    def document_ids(self, ids: Ids) -> list[str]:
        return [p.document_id for p in self.fetch(ids.tolist())]

    def marks(self, query: str, text: str) -> tuple[tuple[int, int], ...]:
        wanted = set(self._terms(query))
        return tuple(m.span() for m in WORD.finditer(text) if set(self._terms(m[0])) & wanted)

    def passages_of(self, document_id: str) -> Ids:
        return self._of(document_id, names=False)

    def names_of(self, document_id: str) -> Ids:
        return self._of(document_id, names=True)

    def beginnings(self, ids: Ids) -> Ids:
        records = self.fetch(ids.tolist())
        first = [self.passages_of(p.document_id)[:1].tolist() if not p.text else [] for p in records]
        return np.array([begin[0] if begin else p.id for begin, p in zip(first, records, strict=True)], dtype=np.int64)

    def _of(self, document_id: str, *, names: bool) -> Ids:
        own = [p for p in self._passages if p.document_id == document_id]
        return np.array([p.id for p in own if (p.anchor.kind is AnchorKind.NAME) == names], dtype=np.int64)

    def fetch(self, ids: Sequence[int]) -> list[Passage]:
        return [self._passages[row] for row in self._rows(ids)]

    def facts(self, document_ids: Sequence[str]) -> dict[str, tuple[str, Mapping[str, Value]]]:
        return {d: (d, {k: v for k, v in self._fields[d].items() if k != "path"}) for d in document_ids}


class MemoryIndex(MemorySearch):
    """One of texts. Passage ids are 10, 20, 30, ... in order, so that nothing works by taking a row for an id."""

    def __init__(
        self,
        texts: Sequence[Text],
        encoder: BiEncoder | None,
        *,
        vectors: Embeddings | None = None,
        terms: Callable[[str], list[str]] = words,
    ) -> None:
        passages = [p for t in texts for p in _passages(t)]
        passages = [_renumbered(p, 10 * (row + 1)) for row, p in enumerate(passages)]
        order = {t.id: n for n, t in enumerate(texts)}
        if vectors is None:
            vectors = encoder.encode_passages([_words(p) for p in passages]) if encoder else np.zeros((0, 1), "f4")
        fields = {t.id: t.metadata for t in texts}
        super().__init__(passages, [order[p.document_id] for p in passages], vectors, fields, terms=terms)


def _holds(text: str, phrase: str) -> bool:
    return " ".join(phrase.split()).casefold() in " ".join(text.split()).casefold()


def _passages(text: Text) -> list[Passage]:
    out, start = [], 0
    for line, passage in enumerate(text.passages, start=1):
        anchor = Anchor(AnchorKind.LINE, line, line)
        out.append(Passage(0, text.id, start, start + len(passage), anchor, (), passage))
        start += len(passage) + 1
    if text.name:
        out.append(Passage(0, text.id, 0, 0, Anchor(AnchorKind.NAME), (text.name,), ""))
    return out


def _words(passage: Passage) -> str:
    return passage.text or " ".join(passage.heading)


def _renumbered(p: Passage, number: int) -> Passage:
    return Passage(number, p.document_id, p.start, p.stop, p.anchor, p.heading, p.text)
