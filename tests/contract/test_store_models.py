"""Moves to another model, labels and saved queries, over every store.

Each test is one story that is told of every store; nothing in it knows which.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from semsearch import Document, Index
from semsearch.errors import InvalidQuery, SemsearchError
from semsearch.stores.base import Store
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.store_kinds import first


def test_a_move_to_another_model_and_back(index: Index, docs: Path) -> None:
    index.index([docs])
    before = {info.id: [p.id for p in index.passages(info.id)] for info in index.documents()}
    other = HashingEncoder(dim=96)
    moved = index.models.move_to(other)
    assert moved.passages == sum(map(len, before.values()))
    assert moved.encoded >= moved.passages > 0
    assert index.status().dim == 96
    assert {info.id: [p.id for p in index.passages(info.id)] for info in index.documents()} == before
    assert first(index, "dough that rises") == "bread.txt"
    back = HashingEncoder()
    assert index.models.rollback(encoder=back).encoded == 0
    assert index.status().dim == 64
    assert first(index, "dough that rises") == "bread.txt"


def test_a_move_goes_on_where_it_was_ended(index: Index, store: Store, docs: Path) -> None:
    index.index([docs])

    class Stopped(HashingEncoder):
        def encode_passages(self, texts: list[str]) -> np.ndarray:  # type: ignore[override]
            if self.encoded:
                raise KeyboardInterrupt
            return super().encode_passages(texts)

    started = index.status()
    interrupted = index.models.move_to(Stopped(dim=96))
    assert not interrupted.interrupted or index.status().dim == started.dim
    assert index.models.move_to(HashingEncoder(dim=96)).passages == started.passages
    assert index.status().dim == 96
    with store.snapshot() as state:
        assert state.meta["fingerprint"] == HashingEncoder(dim=96).fingerprint


def test_what_has_changed_since_a_move_is_encoded_on_the_way_back(index: Index, docs: Path) -> None:
    index.index([docs])
    index.models.move_to(HashingEncoder(dim=96))
    (docs / "new.txt").write_text("The tide table hangs beside the door.")
    index.index()
    back = HashingEncoder()
    assert index.models.rollback(encoder=back).encoded >= 1
    assert first(index, "tide table") == "new.txt"


def test_a_model_that_sees_less_splits_and_the_way_back_restores(index: Index, tmp_path: Path) -> None:
    long = " ".join(f"Sentence number {n} is about the harbour." for n in range(12))
    index.add([Document("long", long), Document("short", "A word on sails.")])
    before = [(p.id, p.text) for p in index.passages("long")]
    moved = index.models.move_to(HashingEncoder(dim=64, max_tokens=24))
    assert moved.split >= 1
    parts = index.passages("long")
    assert len(parts) > len(before)
    assert all(long[p.start : p.stop] == p.text for p in parts)
    index.models.rollback(encoder=HashingEncoder())
    assert [(p.id, p.text) for p in index.passages("long")] == before


def test_there_is_nothing_to_go_back_to_after_compact(index: Index, docs: Path) -> None:
    index.index([docs])
    index.models.move_to(HashingEncoder(dim=96))
    index.compact()
    assert first(index, "dough that rises") == "bread.txt"
    with pytest.raises(SemsearchError):
        index.models.rollback(encoder=HashingEncoder())


# Labels.


@pytest.fixture
def labelled(index: Index) -> Index:
    words = {"bread": "dough flour oven crust", "boats": "sail keel harbour tide"}
    notes = [Document(f"{k}-{n}", f"{words[k]} number {n}") for k in words for n in range(9)]
    index.add(notes)
    index.labels.learn("topic", {f"{k}-{n}": k for k in words for n in range(6)})
    return index


def topics(index: Index) -> dict[str, object]:
    return {info.id: info.metadata.get("topic") for info in index.documents()}


def test_a_head_labels_what_is_here_and_what_comes(labelled: Index) -> None:
    assert all(topic == name.partition("-")[0] for name, topic in topics(labelled).items())
    labelled.add([Document("boats-new", "the keel and the tide in the harbour")])
    assert topics(labelled)["boats-new"] == "boats"
    found = labelled.search("tide", filters=["topic=boats"], floor=False).hits
    assert found
    assert all(hit.passage.document_id.startswith("boats") for hit in found)
    (label,) = labelled.labels.all()
    assert (label.field, label.documents, label.stale) == ("topic", 19, False)


def test_a_head_is_learned_anew_and_removed(labelled: Index) -> None:
    labelled.labels.learn("topic", {f"{k}-{n}": k.upper() for k in ("bread", "boats") for n in range(6)})
    assert set(topics(labelled).values()) == {"BREAD", "BOATS"}
    labelled.labels.remove("topic")
    assert set(topics(labelled).values()) == {None}
    assert labelled.labels.all() == []
    with pytest.raises(InvalidQuery):
        labelled.labels.remove("topic")


def test_labels_are_learned_again_after_a_move(labelled: Index) -> None:
    before = topics(labelled)
    labelled.models.move_to(HashingEncoder(dim=96))
    assert not labelled.labels.all()[0].stale
    assert topics(labelled) == before


def test_a_field_of_the_documents_own_is_no_label(index: Index) -> None:
    index.add([Document("a", "one thing", metadata={"topic": "x"}), Document("b", "another thing")])
    with pytest.raises(InvalidQuery, match="of their own"):
        index.labels.learn("topic", {"a": "x", "b": "y"})


# Saved queries.


def test_a_saved_query_tells_what_has_changed(index: Index, docs: Path) -> None:
    index.index([docs])
    index.saved_queries.save("fish", "fish in the water", floor=False)
    assert [saved.name for saved in index.saved_queries.all()] == ["fish"]
    assert index.saved_queries.diff("fish").changes == ()
    (docs / "pond.txt").write_text("The fish in the water of the pond are carp.")
    index.index()
    changes = {Path(c.document_id).name: c.kind.value for c in index.saved_queries.diff("fish").changes}
    assert changes["pond.txt"] == "new"
    index.remove([docs / "pond.txt"])
    gone = [c for c in index.saved_queries.diff("fish").changes if Path(c.document_id).name == "pond.txt"]
    assert [(c.kind.value, c.detail) for c in gone] == [("gone", "it is not in the index any more")]
    index.saved_queries.remove("fish")
    assert index.saved_queries.all() == []


def test_new_passages_that_match_are_told_once(index: Index, docs: Path) -> None:
    index.index([docs])
    index.saved_queries.save("fish", "fish in the water", floor=False)
    found, mark = index.saved_queries.new_matches("fish")
    assert found == []
    (docs / "pond.txt").write_text("The fish in the water of the pond are carp.")
    index.index()
    found, mark = index.saved_queries.new_matches("fish")
    assert [Path(alert.passage.document_id).name for alert in found] == ["pond.txt"]
    index.saved_queries.mark_seen("fish", mark)
    assert index.saved_queries.new_matches("fish")[0] == []
