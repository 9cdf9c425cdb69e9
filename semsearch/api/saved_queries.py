"""Saved queries: what has changed in their hits, and which new passages match them."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Unpack

from semsearch.api.argument_checks import text
from semsearch.api.arguments import checked, options_of, several
from semsearch.api.searching import search_with
from semsearch.client_context import absolute
from semsearch.errors import InvalidQuery
from semsearch.types.documents import Passage
from semsearch.types.reports import Alert
from semsearch.types.search import Hit, Results

if TYPE_CHECKING:
    from semsearch.api.keywords import SearchKeywords
    from semsearch.api.open_index import OpenIndex
    from semsearch.stores.base import StoreView

__all__ = ["Difference", "HitChange", "HitChangeKind", "SavedHit", "SavedQueries", "SavedQuery", "storable"]

_NAME = re.compile(r"\w[\w .-]{0,99}")
_MOST_HITS = 1000
_TEXT = 4000
"""Characters of a hit's passage that are kept, to tell another text."""
_NARROW = 2000
"""Documents with new passages up to which only these are searched; beyond, everything is, and the rest left out."""
_PASSAGES = 100
"""Passages of one document that may be reported as new."""
_FLOOR = 0.5


@dataclass(frozen=True, slots=True)
class SavedHit:
    """A hit as it was when its query was last looked at; `text` is its best passage."""

    rank: int
    score: float
    number: int
    """The document's number in the catalogue, which it keeps when its file is moved."""
    document_id: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query with its options, as arguments of `search`, and its hits when it was `looked` at (ISO times)."""

    name: str
    query: str
    options: Mapping[str, Any]
    saved: str
    looked: str
    hits: tuple[SavedHit, ...]


class HitChangeKind(StrEnum):
    """What became of a hit: the first of these that is true of it."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"
    """Its best passage has another text."""
    MOVED = "moved"
    """It has another rank, or its file another place."""


@dataclass(frozen=True, slots=True)
class HitChange:
    """One document among the hits, as it is now (`hit`) and as it was; `detail` says why it is gone or where it was."""

    kind: HitChangeKind
    document_id: str
    hit: Hit | None
    before: SavedHit | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """What has changed in the hits of a saved query since `since`: those of now in their order, then those gone."""

    name: str
    query: str
    since: str
    changes: tuple[HitChange, ...]
    results: Results


class SavedQueries:
    """The saved queries of an index."""

    def __init__(self, opened: OpenIndex) -> None:
        """Look at nothing yet."""
        self._opened = opened

    @checked(name=text)
    def save(
        self, name: str, query: str = "", *, results: Results | None = None, **options: Unpack[SearchKeywords]
    ) -> SavedQuery:
        """Keep a query with its options (those of `Index.search`) and its hits of now; the same name replaces it.

        `results` are the hits where the caller has them already. Raises InvalidQuery for a name that is none,
        IndexBusy, and what `search` raises.
        """
        kept = storable(name, options)
        results = self._search(query, options) if results is None else results
        record = {"query": query, "options": kept, "saved": _now(), **self._seen(results)}
        with self._opened.writer() as writer:
            writer.put_saved(name, record)
            writer.commit()
        return _saved(name, record)

    def all(self) -> list[SavedQuery]:
        """Return what is saved, by name. Raises IndexDamaged."""
        with self._opened.view() as view:
            return [_saved(name, record) for name, record in view.saved_queries().items()]

    __call__ = all  # as it was called in 0.1

    @checked(name=text)
    def remove(self, name: str) -> None:
        """Forget a saved query. Raises InvalidQuery when there is none of that name, IndexBusy."""
        self.check(name)
        with self._opened.writer() as writer:
            writer.remove_saved(name)
            writer.commit()

    @checked(name=text)
    def diff(self, name: str, *, keep: bool = False) -> Difference:
        """Ask a saved query again and tell what has changed in its hits since it was saved or last looked at.

        What is found now is what the next `diff` compares with, unless `keep`. Raises InvalidQuery when there is no
        such query, IndexBusy, and what `search` raises.
        """
        record = self._record(name)
        before = _saved(name, record)
        results = self._search(before.query, before.options)
        changes = self._changes(before, results)
        if changes and not keep:
            seen = self._seen(results)
            self._update(name, {key: seen[key] for key in ("looked", "hits")})  # alerts have a mark of their own
        return Difference(name, before.query, before.looked, changes, results)

    @checked(name=text)
    def new_matches(self, name: str, since: int | None = None) -> tuple[list[Alert], int]:
        """Return passages that are new since `since` and answer a saved query above the noise floor, and a new mark.

        Without `since` it is what `mark_seen` last kept; a passage of an edited file that has the same text as before
        is not new. Nothing is new in an index that has just moved to another model. Raises InvalidQuery when there is
        no such query, IndexBusy, and what `search` raises.
        """
        record = self._record(name)
        with self._opened.view() as view:
            newest = view.passages.newest()
            mark = int(record["passage"]) if since is None else since
            moved = record["fingerprint"] != view.meta["fingerprint"]
            found = _within(record["options"], view.documents.added_since(newest if moved else mark))
        if moved:
            self.mark_seen(name, newest)
        if not found:
            return [], newest
        results = self._search(record["query"], _about(record["options"], found))
        return _alerts(name, record["query"], results, range(mark + 1, newest + 1)), newest

    @checked(name=text)
    def mark_seen(self, name: str, mark: int) -> None:
        """Keep a mark of `new_matches`: older matches are not reported again. Raises InvalidQuery, IndexBusy."""
        with self._opened.view() as view:
            fingerprint = view.meta["fingerprint"]
        self._update(name, {"passage": mark, "fingerprint": fingerprint})

    def check(self, name: str) -> None:
        """Raise InvalidQuery when there is no such query."""
        self._record(name)

    def _record(self, name: str) -> dict[str, Any]:
        with self._opened.view() as view:
            return _named(view.saved_queries(), name)

    def _update(self, name: str, changes: Mapping[str, Any]) -> None:
        """Change what is stored of a query, and nothing else of it: another process may do so too."""
        with self._opened.writer() as writer:
            record = _named(writer.snapshot.saved_queries(), name)
            writer.put_saved(name, {**record, **changes})
            writer.commit()

    def _search(self, query: str, options: Mapping[str, Any]) -> Results:
        return search_with(self._opened, [query], options_of(options))[0]

    def _seen(self, results: Results) -> dict[str, Any]:
        """Return what is stored of the hits of now, and which passages are old to alerts."""
        with self._opened.view() as view:
            hits = [_kept(view, hit) for hit in results.hits[:_MOST_HITS]]
            marks = {"passage": view.passages.newest(), "fingerprint": view.meta["fingerprint"]}
        return {"looked": _now(), "hits": hits, **marks}

    def _changes(self, before: SavedQuery, results: Results) -> tuple[HitChange, ...]:
        old = {hit.number: hit for hit in before.hits}
        by_id = {hit.document_id: hit for hit in before.hits}
        found: list[HitChange] = []
        met: set[int] = set()
        with self._opened.view() as view:
            hits = [(hit, view.document_number(hit.passage.document_id)) for hit in results.hits[:_MOST_HITS]]
            numbers = {number for _, number in hits}
            for hit, number in hits:
                was = old.get(number) if number is not None else None
                same_place = by_id.get(hit.passage.document_id)  # made again: another number
                if was is None and same_place is not None and same_place.number not in numbers:
                    was = same_place
                met |= {was.number} if was is not None else set()
                if (change := _compared(hit, was)) is not None:
                    found.append(change)
            for was in before.hits:
                if was.number not in met:
                    there = view.documents.with_number(was.number) is not None
                    detail = "it is no longer among the hits" if there else "it is not in the index any more"
                    found.append(HitChange(HitChangeKind.GONE, was.document_id, None, was, detail))
        return tuple(found)


def _named(known: Mapping[str, dict[str, Any]], name: str) -> dict[str, Any]:
    if name not in known:
        reported = f"saved are {', '.join(known)}" if known else "`semsearch query ... --save NAME` saves one"
        raise InvalidQuery(f"there is no saved query {name!r}; {reported}")
    return known[name]


def _compared(hit: Hit, was: SavedHit | None) -> HitChange | None:
    name = hit.passage.document_id
    if was is None:
        return HitChange(HitChangeKind.NEW, name, hit, None)
    reported = [f"it was at rank {was.rank}"] if was.rank != hit.rank else []
    reported += [f"it was {was.document_id}"] if was.document_id != name else []
    if was.text != hit.passage.text[:_TEXT]:
        return HitChange(HitChangeKind.CHANGED, name, hit, was, ", ".join(reported))
    return HitChange(HitChangeKind.MOVED, name, hit, was, ", ".join(reported)) if reported else None


def _alerts(name: str, query: str, results: Results, ids: range) -> list[Alert]:
    def new(hit: Hit) -> list[Passage]:
        shown = (hit.passage, *hit.more) if hit.score >= _FLOOR else hit.more
        return [passage for passage in shown if passage.id in ids]

    return [Alert(name, query, replace(hit, rank=0), passage) for hit in results.hits for passage in new(hit)]


def _within(options: Mapping[str, Any], documents: Sequence[str]) -> list[str]:
    """Return the documents that lie where the query looks."""
    within = [str(one).rstrip("/") for one in options.get("within", ())]
    return [d for d in documents if not within or any(d == w or d.startswith(w + "/") for w in within)]


def _about(options: Mapping[str, Any], documents: Sequence[str]) -> dict[str, Any]:
    """Return the options of a search among some documents, for every passage that matches."""
    wide = {**options, "floor": True, "fold": False, "rerank": False, "per_document": _PASSAGES}
    narrow = {"within": documents} if len(documents) <= _NARROW else {}
    return {**wide, **narrow, "k": min(len(documents), _NARROW)}


def storable(name: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as JSON holds them; paths from the root, so that they mean the same from every folder.

    Raises InvalidQuery for a name or an option that cannot be kept.
    """
    if not _NAME.fullmatch(name):
        raise InvalidQuery(f"{name!r} cannot name a query; use letters, digits, blanks, dots and dashes")
    kept: dict[str, Any] = {}
    for key, value in options.items():
        if key in ("within", "like", "unlike"):
            kept[key] = [_absolute(str(path)) for path in several(value)]
        elif key == "filters":
            kept[key] = [str(f) for f in several(value)]
        elif value is None or isinstance(value, (bool, int, float, str)):
            kept[key] = str(value) if isinstance(value, StrEnum) else value
        else:
            raise InvalidQuery(f"a query with an object for {key!r} cannot be saved; give a name")
    if int(kept.get("k", 10)) > _MOST_HITS:
        raise InvalidQuery(f"a saved query keeps {_MOST_HITS} hits at most; ask for fewer")
    return kept


def _absolute(path: str) -> str:
    """Return a path from the root; the id of an added document stays as it is."""
    full = absolute(path)
    return full if os.path.lexists(full) else path


def _kept(view: StoreView, hit: Hit) -> list[Any]:
    number = view.document_number(hit.passage.document_id)
    return [
        hit.rank,
        round(hit.score, 6),
        -1 if number is None else number,
        hit.passage.document_id,
        str(hit.passage.anchor),
        hit.passage.text[:_TEXT],
    ]


def _saved(name: str, record: Mapping[str, Any]) -> SavedQuery:
    hits = tuple(SavedHit(*hit) for hit in record["hits"])
    return SavedQuery(name, record["query"], record["options"], record["saved"], record["looked"], hits)


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
