"""What `stores.reading` asks of the in-memory store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.conditions import Condition, conditions_in
from semsearch.errors import InvalidFilter, NotInIndex
from semsearch.filters import fulfils
from semsearch.stores.document_fields import OWN, all_fields, iso_time, named_own
from semsearch.stores.member_paths import MEMBER, holder_of, is_member
from semsearch.stores.records import ADDED, Known, Named, Sizes, Unreadable
from semsearch.stores.sources import Sources
from semsearch.types.documents import AnchorKind, Document, Passage, Value
from semsearch.types.labels import Example, Head, suffix_of
from semsearch.types.reports import DocumentInfo, FieldInfo
from semsearch.types.search import Floor
from tests.contract.memory_index import MemorySearch, Rows

if TYPE_CHECKING:
    from semsearch.types.arrays import Ids


from tests.contract.memory_state import ModelMoves, State, StoredPassage


class Snapshot:
    """See `stores.reading.Snapshot`. `state` gives the state that is looked at."""

    def __init__(self, root: Path, state: Callable[[], State]) -> None:
        self._root, self._state = root, state

    @property
    def root(self) -> Path:
        return self._root

    @property
    def meta(self) -> dict[str, Any]:
        return self._state().meta

    @property
    def sources(self) -> Sources:
        return Sources(self._state().roots)

    @property
    def documents(self) -> Documents:
        return Documents(self._state())

    @property
    def passages(self) -> Passages:
        return Passages(self._state())

    @property
    def labels(self) -> Labels:
        return Labels(self._state())

    @property
    def moves(self) -> ModelMoves:
        return ModelMoves(self._state)

    def saved_queries(self) -> dict[str, dict[str, Any]]:
        return dict(self._state().saved)

    def sizes(self) -> Sizes:
        s = self._state()
        text = sum(len(d.text) for d in s.documents.values())
        return Sizes(len(s.documents), Passages(s).count(), len(s.unread), text, text, 0)


class Documents:
    """See `stores.reading.Documents`."""

    def __init__(self, state: State) -> None:
        self._state, self._sources = state, Sources(state.roots)

    def find(self, source: int, path: str) -> Known | None:
        number = self._state.at(source, path)
        return self._state.documents[number].known if number is not None else None

    def number(self, document_id: str) -> int | None:
        places = (self._state.at(source, path) for source, path in self._sources.split(document_id))
        return next((number for number in places if number is not None), None)

    def with_number(self, number: int) -> Known | None:
        found = self._state.documents.get(number)
        return found.known if found is not None else None

    def below(self, source: int, path: str = "") -> Iterator[Known]:
        for _, document in sorted(self._state.documents.items()):
            if document.known.source == source and _within(document.known.path, path):
                yield document.known

    def members(self, source: int, path: str = "") -> Iterator[Known]:
        return (known for known in self.below(source, path) if len(known.content) == MEMBER)

    def inside(self, source: int, path: str) -> tuple[Known, ...]:
        found = (k for k in self.below(source) if is_member(k.content))
        return tuple(k for k in found if holder_of(k.path, k.content) == path)

    def count(self) -> dict[int, int]:
        counts: dict[int, int] = {}
        for document in self._state.documents.values():
            counts[document.known.source] = counts.get(document.known.source, 0) + 1
        return counts

    def languages(self) -> dict[str, int]:
        return dict(Counter(document.language for document in self._state.documents.values()))

    def added_since(self, passage: int) -> list[str]:
        numbers = sorted({p.document for i, p in self._state.passages.items() if i > passage})
        return [self.id_of(number) for number in numbers]

    def named(self, after: int, limit: int) -> list[Named]:
        return [self._named(number) for number in sorted(self._state.documents) if number > after][:limit]

    def _named(self, number: int) -> Named:
        document, known = self._state.documents[number], self._state.documents[number].known
        own = [p for _, p in self._state.passages_of(number)]
        name = next(((tuple(p.span.heading), p.hash) for p in own if p.is_name), None)
        text = any(not p.is_name for p in own)
        place = (number, known.source, known.path, document.title, document.language, known.type, known.content)
        return Named(*place, text, name)

    def unread(self, source: int, path: str = "") -> dict[str, Unreadable]:
        found = self._state.unread.items()
        return {below: one for (of, below), one in found if of == source and _within(below, path)}

    def matching(self, filters: Sequence[Condition], within: Sequence[str]) -> Ids:
        fields = {number: self.fields(number) for number in self._state.documents}
        known = {"path", "name"}.union(*fields.values()) | {f"{OWN}{n}" for one in fields.values() for n in one}
        for f in conditions_in(*filters):
            if f.field not in known:
                raise InvalidFilter(f"unknown field `{f.field}`")
        found = [n for n, own in fields.items() if _lies(str(own["path"]), within) and _passes(own, filters)]
        return np.array(sorted(found), dtype=np.int64)

    def infos(self, filters: Sequence[Condition], within: Sequence[str]) -> Iterator[DocumentInfo]:
        for number in self.matching(filters, within).tolist():
            document, facts = self._state.documents[number], self._facts(number)
            labels = self._labels(number)
            added = document.known.source == ADDED
            own = named_own(facts, {**labels, **document.metadata}, added=added)
            yield DocumentInfo(
                id=self.id_of(number),
                path=self.id_of(number),
                title=document.title,
                type=document.known.type,
                size=document.known.facts.size,
                modified=str(facts["modified"] or ""),
                language=document.language,
                passages=sum(not p.is_name for _, p in self._state.passages_of(number)),
                metadata=own,
                source="" if added else self._state.roots[document.known.source],
                labels=tuple(key for key in own if key in labels),
            )

    def own_fields(self) -> set[str]:
        return {key for document in self._state.documents.values() for key in document.metadata}

    def whole(self, document_id: str) -> Document:
        number = self.number(document_id)
        if number is None:
            raise NotInIndex(f"{document_id} is not in the index")
        document = self._state.documents[number]
        fields = {key: value for key, value in self.fields(number).items() if key not in ("path", "name")}
        return Document(document_id, document.text, document.title, fields)

    def text(self, document_id: str, start: int, stop: int) -> str:
        number = self.number(document_id)
        return self._state.documents[number].text[max(0, start) : max(0, stop)] if number is not None else ""

    # What the other parts of this store ask.

    def id_of(self, number: int) -> str:
        known = self._state.documents[number].known
        return self._sources.absolute(known.source, known.path)

    def fields(self, number: int) -> dict[str, Value]:
        """All fields of a document, its path and its name."""
        document, facts = self._state.documents[number], self._facts(number)
        own = {**self._labels(number), **document.metadata}
        found = all_fields(facts, own, added=document.known.source == ADDED)
        return {"path": facts["path"], "name": facts["name"]} | found

    def _facts(self, number: int) -> dict[str, Value]:
        document, path = self._state.documents[number], self.id_of(number)
        facts: dict[str, Value] = {"path": path, "name": path.rsplit("/", 1)[-1], "type": document.known.type}
        facts |= {"language": document.language, "size": document.known.facts.size, "title": document.title}
        return facts | {"modified": iso_time(document.known.facts.mtime_ns)}

    def _labels(self, number: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for (document, name), (value, sure) in self._state.labels.items():
            if document == number:
                found |= {name: value, name + suffix_of(self._state.heads[name].kind): round(sure, 4)}
        return found


class Passages:
    """See `stores.reading.Passages`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def count(self) -> int:
        return sum(not p.is_name for p in self._state.passages.values())

    def ids(self, every: int = 1) -> Ids:
        found = sorted(i for i, p in self._state.passages.items() if not p.is_name)
        return np.array(found[::every], dtype=np.int64)

    def newest(self) -> int:
        return self._state.given["passage"]

    def holds(self, digest: bytes) -> bool:
        return any(p.hash == digest for p in self._state.passages.values())

    def stored_size(self, text: str) -> float:
        return float(len(text.encode("utf-8", "surrogatepass")))


class Labels:
    """See `stores.reading.Labels`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def heads(self) -> list[Head]:
        return [head for _, head in sorted(self._state.heads.items())]

    def unlabelled(self, name: str, *, anew: bool = False) -> list[int]:
        return [
            number
            for number, document in sorted(self._state.documents.items())
            if name not in document.metadata and (anew or (number, name) not in self._state.labels)
        ]

    def present(self, head: Head) -> list[Example]:
        found = []
        for example in head.examples:
            place = self._state.at(example.source, example.path)
            number = example.number if example.number in self._state.documents else place
            found += [replace(example, number=number)] if number is not None else []
        return found

    def count(self, name: str) -> int:
        return sum(field == name for _, field in self._state.labels)


class View(Snapshot, MemorySearch):
    """See `stores.reading.StoreView`."""

    warnings: Sequence[str] = ()

    def __init__(self, root: Path, state: State) -> None:
        Snapshot.__init__(self, root, lambda: state)
        documents = Documents(state)
        rows = sorted(state.passages.items())
        vectors = np.array([p.vector for _, p in rows], dtype=np.float32).reshape(len(rows), int(state.meta["dim"]))
        fields = {documents.id_of(number): documents.fields(number) for number in state.documents}
        passages = [passage(documents.id_of(p.document), state, number, p) for number, p in rows]
        floor = state.meta.get("floor")
        MemorySearch.__init__(
            self,
            passages,
            [p.document for _, p in rows],
            vectors,
            fields,
            floor=Floor(**floor) if floor else None,
        )

    floor: Floor | None

    def main_languages(self) -> list[str]:
        return ["en"]

    def fields(self) -> dict[str, FieldInfo]:
        names = sorted({name for own in self._fields.values() for name in own})
        return {
            name: FieldInfo(name, ("text",), sum(name in own for own in self._fields.values()), (), "file")
            for name in names
        }

    def texts(self) -> Rows | None:
        names = np.array([p.anchor.kind is AnchorKind.NAME for p in self._passages], dtype=bool)
        return Rows(~names) if names.any() else None

    def document_number(self, document_id: str) -> int | None:
        return self.documents.number(document_id)

    def holds_below(self, prefixes: Sequence[str]) -> bool:
        return any(_lies(name, prefixes) for name in self._fields) if prefixes else False


def passage(document_id: str, state: State, number: int, one: StoredPassage) -> Passage:
    text = state.documents[one.document].text[one.span.start : one.span.stop]
    span = one.span
    return Passage(number, document_id, span.start, span.stop, span.anchor, tuple(span.heading), text)


def _within(path: str, place: str) -> bool:
    return not place or path == place or path.startswith((place + "/", place + "!/"))


def _lies(path: str, within: Sequence[str]) -> bool:
    return not within or any(path == w or path.startswith((w.rstrip("/") + "/", w + "!/")) for w in within)


def _passes(fields: Mapping[str, Value], filters: Sequence[Condition]) -> bool:
    return all(fulfils(f, lambda name: fields.get(name.removeprefix(OWN))) for f in filters)
