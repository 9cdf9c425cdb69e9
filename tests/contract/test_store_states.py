"""Committed states, repair, and pieces of the protocol, over every store.

Each test is one story that is told of every store; nothing in it knows which.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from semsearch import Document, Index
from semsearch.errors import IndexBusy, IndexClosed
from semsearch.stores.base import Store, StoreWriter
from semsearch.stores.records import Part
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.store_kinds import Kind, first, names, reopened


def test_one_writer_at_a_time(index: Index, store: Store, docs: Path) -> None:
    index.index([docs])
    with store.writer(wait=0.0), pytest.raises(IndexBusy):
        index.add([Document("late", "Too late.")])
    assert index.add([Document("late", "Just in time.")]).added == 1


def test_what_is_not_committed_is_dropped(index: Index, store: Store, docs: Path) -> None:
    index.index([docs])
    with store.writer() as writer:
        writer.delete([known.number for known in writer.snapshot.documents.below(1)])
    assert len(names(index)) == 3


def test_a_view_keeps_its_state_while_others_write(index: Index, store: Store, docs: Path) -> None:
    index.index([docs])
    with store.view() as view, store.snapshot() as pinned, store.snapshot(pinned=False) as newest:
        before = view.passages.count()
        index.remove([docs / "birds.md"])
        assert view.passages.count() == pinned.passages.count() == before
        assert newest.passages.count() < before
        assert view.passages_of(str(docs / "birds.md")).size


def test_a_step_that_fails_leaves_what_was_committed(index: Index, docs: Path) -> None:
    index.index([docs])
    (docs / "birds.md").write_text("Nothing that anybody keeps.")

    class Full(HashingEncoder):
        def encode_passages(self, texts: object) -> np.ndarray:
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        Index(index._opened._store, encoder=Full()).index()
    assert first(index, "shallow water") == "birds.md"


def test_a_closed_index_says_so(index: Index, docs: Path) -> None:
    index.index([docs])
    index.close()
    with pytest.raises(IndexClosed):
        index.search("heron")


def test_a_sound_store_has_no_problem(index: Index, store: Store, docs: Path) -> None:
    index.index([docs])
    assert store.check() == []
    assert index.doctor().ok


def test_a_spoilt_vector_is_found_and_encoded_again(kind: Kind, index: Index, store: Store, docs: Path) -> None:
    index.index([docs])
    before = {info.id: index.vectors([p.id for p in index.passages(info.id)]) for info in index.documents()}
    index.close()
    kind.spoil(store)
    again = Index(reopened(store), encoder=HashingEncoder())
    diagnosis = again.doctor()
    assert not diagnosis.ok
    assert {problem.part for problem in diagnosis.problems} == {Part.VECTORS.value}
    assert again.doctor(repair=True).ok
    for name, vectors in before.items():
        assert np.allclose(again.vectors([p.id for p in again.passages(name)]), vectors, atol=2e-3)


def test_an_edit_may_be_made_twice(store: Store, index: Index, docs: Path) -> None:
    index.index([docs])
    for _ in range(2):
        with store.writer() as writer:
            edit(writer)
            writer.commit()
    with store.snapshot() as state:
        assert state.meta["mark"] == 7
        assert state.documents.unread(1) == {}
        assert list(state.saved_queries()) == ["q"]
        assert state.documents.find(1, "mower.txt") is None


def edit(writer: StoreWriter) -> None:
    documents = writer.snapshot.documents
    known = documents.find(1, "mower.txt")
    writer.delete([known.number] if known is not None else [99])
    writer.set_meta("mark", 7)
    writer.put_saved("q", {"query": "x"})
    writer.remove_saved("none")
    writer.remove_head("none")
    writer.forget_unread(1, "none.txt")
    writer.forget_unread_inside(1, "none.zip")


def test_the_newest_passage_counts_what_is_gone(store: Store, index: Index) -> None:
    index.add([Document("one", "The first of all.")])
    with store.snapshot() as state:
        newest = state.passages.newest()
    index.remove(["one"])
    with store.snapshot() as state:
        assert state.passages.newest() == newest > 0
        assert state.passages.count() == 0
        assert state.passages.ids().size == 0
