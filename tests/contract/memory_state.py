"""One state of the in-memory store: plain dictionaries, and vectors of another model beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semsearch.stores.records import Kept, Known, Stored, Unreadable
from semsearch.types.documents import AnchorKind, EmbeddedText, Span, Value
from semsearch.types.labels import Head

if TYPE_CHECKING:
    from semsearch.types.arrays import Vector


@dataclass(frozen=True)
class StoredDocument:
    known: Known
    title: str
    language: str
    metadata: Mapping[str, Value]
    text: str


@dataclass(frozen=True)
class StoredPassage:
    document: int
    span: Span
    hash: bytes
    vector: Vector

    @property
    def is_name(self) -> bool:
        return self.span.anchor.kind is AnchorKind.NAME


@dataclass
class Beside:
    """Vectors of another model by the hash of their text, and passages that were split or made whole since."""

    vectors: dict[bytes, Vector] = field(default_factory=dict)
    passages: dict[int, tuple[bytes, int, list[tuple[int, Span, bytes]]]] = field(default_factory=dict)
    """By document: its content and splitter when these were its passages, and those."""


@dataclass
class State:
    """Everything; a commit makes a new one. Numbers are counted up and never given again."""

    meta: dict[str, Any]
    roots: dict[int, str] = field(default_factory=dict)
    documents: dict[int, StoredDocument] = field(default_factory=dict)
    passages: dict[int, StoredPassage] = field(default_factory=dict)
    unread: dict[tuple[int, str], Unreadable] = field(default_factory=dict)
    heads: dict[str, Head] = field(default_factory=dict)
    labels: dict[tuple[int, str], tuple[str | int | float, float]] = field(default_factory=dict)
    saved: dict[str, dict[str, Any]] = field(default_factory=dict)
    beside: dict[int, Beside] = field(default_factory=dict)
    given: dict[str, int] = field(default_factory=lambda: {"source": 0, "document": 0, "passage": 0, "generation": 0})

    def copy(self) -> State:
        own = {name: dict(value) for name, value in vars(self).items()}
        own["beside"] = {g: Beside(dict(b.vectors), dict(b.passages)) for g, b in self.beside.items()}
        return State(**own)

    def next(self, what: str) -> int:
        self.given[what] += 1
        return self.given[what]

    def at(self, source: int, path: str) -> int | None:
        places = ((n, d.known) for n, d in self.documents.items())
        return next((n for n, known in places if (known.source, known.path) == (source, path)), None)

    def passages_of(self, document: int) -> list[tuple[int, StoredPassage]]:
        own = [(i, p) for i, p in self.passages.items() if p.document == document]
        return sorted(own, key=lambda one: (one[1].is_name, one[1].span.start, one[1].span.stop, one[0]))


class ModelMoves:
    """See `stores.reading.ModelMoves`."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def known(self, one: Kept, hashes: Iterable[bytes]) -> set[bytes]:
        beside = self._state().beside.get(one.generation, Beside())
        return set(hashes) & beside.vectors.keys()

    def counts(self, one: Kept) -> tuple[int, int]:
        here = [p.hash for p in self._state().passages.values() if not p.is_name]
        known = self.known(one, here)
        return len(here), sum(digest in known for digest in here)

    def missing(self, one: Kept, after: int, limit: int, skip: Sequence[int] = ()) -> list[Stored]:
        state = self._state()
        found = []
        for number, p in sorted(state.passages.items()):
            wanted = number > after and not self.known(one, [p.hash]) and (p.is_name or p.document not in skip)
            found += [stored(state, number, p)] if wanted else []
        return found[:limit]

    def restorable(self, one: Kept, embedded_text: EmbeddedText, digest: Callable[[str], bytes]) -> list[int]:
        state = self._state()
        found = []
        for number, (content, splitter, passages) in state.beside.get(one.generation, Beside()).passages.items():
            document = state.documents.get(number)
            if document is None or (document.known.content, document.known.splitter) != (content, splitter):
                continue
            texts = [embedded_text(document.title, s.heading, document.text[s.start : s.stop]) for _, s, _ in passages]
            same = all(digest(text) == told for text, (_, _, told) in zip(texts, passages, strict=True))
            if same and len(self.known(one, [told for _, _, told in passages])) == len({t for *_, t in passages}):
                found.append(number)
        return found


def stored(state: State, number: int, one: StoredPassage) -> Stored:
    document, span = state.documents[one.document], one.span
    return Stored(number, one.document, span, one.hash, document.title, document.text[span.start : span.stop])
