"""What a commit of the in-memory store does to a state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from semsearch.stores.records import Known, Record, Renamed
from semsearch.types.labels import Head
from tests.contract.memory_state import State, StoredDocument, StoredPassage

if TYPE_CHECKING:
    from semsearch.types.arrays import Vector


def after(state: State, edits: Sequence[Callable[[State], object]]) -> State:
    state = state.copy()
    for edit in edits:
        edit(state)
    state.meta["state"] += 1
    return state


def put(state: State, record: Record | Renamed, vectors: Sequence[Vector]) -> None:
    if isinstance(record, Renamed):
        number = record.number
        if record.place is not None:
            source, path, facts = record.place
            state.unread.pop((source, path), None)
            change(state, number, source=source, path=path, facts=facts)
    else:
        number = put_document(state, record)
    old: dict[bytes, list[int]] = {}
    for i, p in state.passages_of(number):
        if p.is_name or not isinstance(record, Renamed):
            old.setdefault(p.hash, []).append(i)
            del state.passages[i]
    for span, digest, vector in zip(record.spans, record.hashes, vectors, strict=True):
        i = old[digest].pop() if old.get(digest) else state.next("passage")
        state.passages[i] = StoredPassage(number, span, digest, vector)


def put_document(state: State, record: Record) -> int:
    at = state.at(record.source, record.path)
    number = state.next("document") if at is None else at
    known = Known(number, record.source, record.path, record.facts, record.content, record.splitter, record.type)
    state.documents[number] = StoredDocument(known, record.title, record.language, record.metadata, record.text)
    state.unread.pop((record.source, record.path), None)
    state.labels = {key: value for key, value in state.labels.items() if key[0] != number}
    return number


def change(state: State, number: int, **changes: Any) -> None:
    document = state.documents[number]
    state.documents[number] = replace(document, known=document.known._replace(**changes))


def delete(state: State, numbers: Sequence[int]) -> None:
    gone = set(numbers)
    state.documents = {n: d for n, d in state.documents.items() if n not in gone}
    state.passages = {i: p for i, p in state.passages.items() if p.document not in gone}
    state.labels = {key: value for key, value in state.labels.items() if key[0] not in gone}


def forget_unread(state: State, source: int, gone: Callable[[str], bool]) -> None:
    state.unread = {key: one for key, one in state.unread.items() if key[0] != source or not gone(key[1])}


def remove_source(state: State, number: int) -> None:
    delete(state, [n for n, d in state.documents.items() if d.known.source == number])
    forget_unread(state, number, lambda _: True)
    state.roots.pop(number, None)


def move_source(state: State, number: int, into: int, below: str) -> None:
    for n, document in list(state.documents.items()):
        if document.known.source == number:
            path = document.known.path
            inside = below + ("!/" if path.startswith("/") else "/")
            change(state, n, source=into, path=inside + path.removeprefix("/") if path else below)
    forget_unread(state, number, lambda _: True)
    state.roots.pop(number)


def put_head(state: State, head: Head) -> None:
    remove_head(state, head.field)
    state.heads[head.field] = head


def remove_head(state: State, field: str) -> None:
    state.heads.pop(field, None)
    state.labels = {key: value for key, value in state.labels.items() if key[1] != field}
