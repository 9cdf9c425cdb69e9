"""What every store does under a whole index: runs, refreshes, moves of the model, labels, saved queries, repair.

Each test is one story that is told twice, of the local store and of one in memory; nothing in it knows which.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from semsearch import Document, Index
from semsearch.errors import IndexBusy, IndexClosed, InvalidQuery, SemsearchError
from semsearch.settings import Settings
from semsearch.stores.base import Store, StoreWriter
from semsearch.stores.open import create_store, open_store
from semsearch.stores.records import Part
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_store import MemoryStore

BIRDS = "The heron stands in the shallow water.\n\nIt waits for fish, and flies up when the reeds move.\n"
BREAD = "Knead the dough for ten minutes.\n\nLet it rise under a cloth until it has doubled.\n"
_BIRDS = ("heron", "owl", "gull")
ENGINE = "Change the oil of the mower every spring.\n\nThe filter sits behind the left cover.\n"


@dataclass(frozen=True)
class Kind:
    """How a store of one kind is made, and how one of its vectors is spoilt."""

    make: Callable[[Path], Store]
    spoil: Callable[[Store], None]


def local(root: Path) -> Store:
    encoder = HashingEncoder()
    facts = {"fingerprint": encoder.fingerprint, "dim": encoder.dim, "own": True}
    settings = replace(Settings(), model="hashing")
    made = create_store(root, settings=settings, wait=1.0, precision="float32", **facts)  # type: ignore[arg-type]
    return made


def spoil_local(store: Store) -> None:
    file = next(store.root.glob("vectors-*.f16"))
    data = np.fromfile(file, dtype=np.uint8)
    data[3] ^= 64
    data.tofile(file)


def spoil_memory(store: Store) -> None:
    assert isinstance(store, MemoryStore)
    number, passage = next(iter(store.state.passages.items()))
    store.state.passages[number] = replace(passage, vector=np.full_like(passage.vector, np.nan))


KINDS = {
    "local": Kind(local, spoil_local),
    "memory": Kind(lambda root: MemoryStore(root, HashingEncoder()), spoil_memory),
}


@pytest.fixture(params=sorted(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture
def store(kind: Kind, tmp_path: Path) -> Store:
    return kind.make(tmp_path / "index")


@pytest.fixture
def encoder() -> HashingEncoder:
    return HashingEncoder()


@pytest.fixture
def index(store: Store, encoder: HashingEncoder) -> Index:
    return Index(store, encoder=encoder, wait=0.2)


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    (folder / "kitchen").mkdir(parents=True)
    (folder / "birds.md").write_text(f"# Heron\n\n{BIRDS}")
    (folder / "kitchen" / "bread.txt").write_text(BREAD)
    (folder / "mower.txt").write_text(ENGINE)
    for file in folder.rglob("*.*"):
        os.utime(file, (1_700_000_000, 1_700_000_000))
    return folder


def first(index: Index, query: str, **options: object) -> str:
    hits = index.search(query, floor=False, **options).hits  # type: ignore[arg-type]
    return Path(hits[0].passage.document_id).name if hits else ""


def names(index: Index) -> list[str]:
    return sorted(Path(info.id).name for info in index.documents())


# The indexing run.


def test_a_first_run_finds_everything(index: Index, docs: Path) -> None:
    summary = index.index([docs])
    assert (summary.files, summary.added, summary.skipped) == (3, 3, ())
    assert names(index) == ["birds.md", "bread.txt", "mower.txt"]
    assert first(index, "dough that rises under a cloth") == "bread.txt"
    assert first(index, '"behind the left cover"') == "mower.txt"
    assert first(index, "water", within=[str(docs / "kitchen")]) == "bread.txt"
    assert first(index, "anything", filters=["name=bi*"]) == "birds.md"


def test_what_is_shown_is_the_text_of_the_document(index: Index, docs: Path) -> None:
    index.index([docs])
    for info in index.documents():
        whole = index.document(info.id)
        passages = index.passages(info.id)
        assert passages
        assert all(whole.text[p.start : p.stop] == p.text for p in passages)
        assert info.passages == len(passages)
        assert info.source == str(docs)
    hit = index.search("filter", floor=False).hits[0].passage
    assert "Change the oil" in index.context(hit, 2)[0] + hit.text


def test_a_second_run_reads_and_encodes_nothing(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    index.index([docs])
    before = encoder.encoded
    summary = index.index()
    assert (summary.unchanged, summary.added, summary.changed, summary.bytes_read) == (3, 0, 0, 0)
    assert encoder.encoded == before


def test_a_changed_file_keeps_the_passages_that_did_not_change(index: Index, docs: Path) -> None:
    herons, owls, gulls = (" ".join(f"The {bird} is seen on day {n}." for n in range(6)) for bird in _BIRDS)
    (docs / "birds.md").write_text(f"{herons}\n\n{owls}\n")
    index.index([docs])
    path = str(docs / "birds.md")
    kept = {p.text: p.id for p in index.passages(path)}
    assert set(kept) == {herons, owls}
    (docs / "birds.md").write_text(f"{herons}\n\n{gulls}\n")
    assert index.index().changed == 1
    now = {p.text: p.id for p in index.passages(path)}
    assert set(now) == {herons, gulls}
    assert now[herons] == kept[herons]
    assert now[gulls] > max(kept.values())


def test_a_renamed_file_is_moved_and_encodes_no_passage(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    index.index([docs])
    ids = [p.id for p in index.passages(str(docs / "mower.txt"))]
    calls = len(encoder.calls)
    (docs / "mower.txt").rename(docs / "kitchen" / "lawn.txt")
    summary = index.index()
    assert (summary.moved, summary.added, summary.removed) == (1, 0, 0)
    assert [p.id for p in index.passages(str(docs / "kitchen" / "lawn.txt"))] == ids
    assert not any("oil" in text for side, texts in encoder.calls[calls:] for text in texts if side == "passages")
    assert first(index, "lawn") == "lawn.txt"


def test_a_file_that_is_gone_leaves(index: Index, docs: Path) -> None:
    index.index([docs])
    (docs / "mower.txt").unlink()
    assert index.index().removed == 1
    assert names(index) == ["birds.md", "bread.txt"]
    assert index.search('"left cover"').hits == ()


def test_a_root_that_is_gone_keeps_its_documents_until_it_is_pruned(index: Index, docs: Path) -> None:
    index.index([docs])
    docs.rename(docs.with_name("away"))
    assert index.index().missing_sources == (str(docs),)
    assert len(names(index)) == 3
    assert index.index(prune=True).removed == 3
    assert names(index) == []


def test_a_root_above_takes_the_ones_below_into_it(index: Index, encoder: HashingEncoder, docs: Path) -> None:
    index.index([docs / "kitchen"])
    ids = [p.id for p in index.passages(str(docs / "kitchen" / "bread.txt"))]
    index.index([docs])
    assert [info.path for info in index.sources()] == [str(docs)]
    assert [p.id for p in index.passages(str(docs / "kitchen" / "bread.txt"))] == ids
    assert len(names(index)) == 3


def test_what_cannot_be_read_is_told_again_and_not_read_again(index: Index, docs: Path) -> None:
    (docs / "broken.docx").write_bytes(b"no archive at all")
    os.utime(docs / "broken.docx", (1_700_000_000, 1_700_000_000))
    (skipped,) = index.index([docs]).skipped
    again = index.index()
    assert again.skipped == (skipped,)
    assert again.bytes_read == 0
    assert index.status().skipped == 1
    assert index.why_not("anything", docs / "broken.docx").detail.startswith("when it was last read")
    (docs / "broken.docx").unlink()
    assert index.index().skipped == ()
    assert index.status().skipped == 0


def test_documents_inside_a_file(index: Index, docs: Path) -> None:
    with zipfile.ZipFile(docs / "old.zip", "w") as archive:
        archive.writestr("letters/first.txt", "Dear aunt, the cherries are ripe.")
        archive.writestr("second.txt", "The cellar is flooded again.")
    index.index([docs])
    assert first(index, "cherries") == "first.txt"
    assert index.index().unchanged == 3 + 3
    with zipfile.ZipFile(docs / "old.zip", "w") as archive:
        archive.writestr("second.txt", "The cellar is dry.")
    index.index()
    assert first(index, "cellar dry") == "second.txt"
    assert "first.txt" not in names(index)
    (docs / "old.zip").unlink()
    index.index()
    assert len(names(index)) == 3


def test_documents_that_an_app_adds(index: Index) -> None:
    documents = [Document(f"note-{n}", f"Note {n} is about {w}.", metadata={"tag": w}) for n, w in enumerate("abc")]
    assert index.add(documents).added == 3
    assert index.add(documents).unchanged == 3
    assert index.add([replace(documents[0], text="It is about cranes.")]).changed == 1
    assert [h.passage.document_id for h in index.search("note", filters=["tag=b"], floor=False).hits] == ["note-1"]
    assert index.document("note-2").metadata["tag"] == "c"
    assert index.remove(["note-1"]) == 1
    assert sorted(info.id for info in index.documents()) == ["note-0", "note-2"]
    with pytest.raises(InvalidQuery):
        index.remove(["note-1"])


def test_numbers_are_never_given_again(index: Index) -> None:
    index.add([Document("one", "The first of all."), Document("two", "The second of all.")])
    old = {p.id for name in ("one", "two") for p in index.passages(name)}
    index.remove(["one", "two"])
    index.add([Document("three", "The third of all.")])
    assert min(p.id for p in index.passages("three")) > max(old)


def test_a_plan_counts_what_a_run_would_do(index: Index, docs: Path) -> None:
    assert index.plan([docs]).files == 3
    index.index([docs])
    (docs / "new.txt").write_text("A page about tides.")
    plan = index.plan()
    assert (plan.files, plan.unchanged) == (4, 3)


def test_status_tells_what_is_here_and_what_has_changed(index: Index, docs: Path) -> None:
    index.index([docs])
    status = index.status()
    assert (status.documents, status.fresh) == (3, True)
    assert status.passages == sum(len(index.passages(info.id)) for info in index.documents())
    (docs / "new.txt").write_text("A page about tides.")
    (docs / "birds.md").unlink()
    changed = index.status().changed
    assert (changed["new"], changed["removed"]) == (1, 1)


# One writer, whole states.


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
        Index(index._store, encoder=Full()).index()
    assert first(index, "shallow water") == "birds.md"


def test_a_closed_index_says_so(index: Index, docs: Path) -> None:
    index.index([docs])
    index.close()
    with pytest.raises(IndexClosed):
        index.search("heron")


# Another model.


def test_a_move_to_another_model_and_back(index: Index, docs: Path) -> None:
    index.index([docs])
    before = {info.id: [p.id for p in index.passages(info.id)] for info in index.documents()}
    other = HashingEncoder(dim=96)
    moved = index.move_to(other)
    assert moved.passages == sum(map(len, before.values()))
    assert moved.encoded >= moved.passages > 0
    assert index.status().dim == 96
    assert {info.id: [p.id for p in index.passages(info.id)] for info in index.documents()} == before
    assert first(index, "dough that rises") == "bread.txt"
    back = HashingEncoder()
    assert index.rollback(encoder=back).encoded == 0
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
    interrupted = index.move_to(Stopped(dim=96))
    assert not interrupted.interrupted or index.status().dim == started.dim
    assert index.move_to(HashingEncoder(dim=96)).passages == started.passages
    assert index.status().dim == 96
    with store.snapshot() as state:
        assert state.meta["fingerprint"] == HashingEncoder(dim=96).fingerprint


def test_what_has_changed_since_a_move_is_encoded_on_the_way_back(index: Index, docs: Path) -> None:
    index.index([docs])
    index.move_to(HashingEncoder(dim=96))
    (docs / "new.txt").write_text("The tide table hangs beside the door.")
    index.index()
    back = HashingEncoder()
    assert index.rollback(encoder=back).encoded >= 1
    assert first(index, "tide table") == "new.txt"


def test_a_model_that_sees_less_splits_and_the_way_back_restores(index: Index, tmp_path: Path) -> None:
    long = " ".join(f"Sentence number {n} is about the harbour." for n in range(12))
    index.add([Document("long", long), Document("short", "A word on sails.")])
    before = [(p.id, p.text) for p in index.passages("long")]
    moved = index.move_to(HashingEncoder(dim=64, max_tokens=24))
    assert moved.split >= 1
    parts = index.passages("long")
    assert len(parts) > len(before)
    assert all(long[p.start : p.stop] == p.text for p in parts)
    index.rollback(encoder=HashingEncoder())
    assert [(p.id, p.text) for p in index.passages("long")] == before


def test_there_is_nothing_to_go_back_to_after_compact(index: Index, docs: Path) -> None:
    index.index([docs])
    index.move_to(HashingEncoder(dim=96))
    index.compact()
    assert first(index, "dough that rises") == "bread.txt"
    with pytest.raises(SemsearchError):
        index.rollback(encoder=HashingEncoder())


# Labels.


@pytest.fixture
def labelled(index: Index) -> Index:
    words = {"bread": "dough flour oven crust", "boats": "sail keel harbour tide"}
    notes = [Document(f"{k}-{n}", f"{words[k]} number {n}") for k in words for n in range(9)]
    index.add(notes)
    index.learn_label("topic", {f"{k}-{n}": k for k in words for n in range(6)})
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
    (label,) = labelled.labels()
    assert (label.field, label.documents, label.stale) == ("topic", 19, False)


def test_a_head_is_learned_anew_and_removed(labelled: Index) -> None:
    labelled.learn_label("topic", {f"{k}-{n}": k.upper() for k in ("bread", "boats") for n in range(6)})
    assert set(topics(labelled).values()) == {"BREAD", "BOATS"}
    labelled.remove_label("topic")
    assert set(topics(labelled).values()) == {None}
    assert labelled.labels() == []
    with pytest.raises(InvalidQuery):
        labelled.remove_label("topic")


def test_labels_are_learned_again_after_a_move(labelled: Index) -> None:
    before = topics(labelled)
    labelled.move_to(HashingEncoder(dim=96))
    assert not labelled.labels()[0].stale
    assert topics(labelled) == before


def test_a_field_of_the_documents_own_is_no_label(index: Index) -> None:
    index.add([Document("a", "one thing", metadata={"topic": "x"}), Document("b", "another thing")])
    with pytest.raises(InvalidQuery, match="of their own"):
        index.learn_label("topic", {"a": "x", "b": "y"})


# Saved queries.


def test_a_saved_query_tells_what_has_changed(index: Index, docs: Path) -> None:
    index.index([docs])
    index.save_query("fish", "fish in the water", floor=False)
    assert [saved.name for saved in index.saved_queries()] == ["fish"]
    assert index.diff("fish").changes == ()
    (docs / "pond.txt").write_text("The fish in the water of the pond are carp.")
    index.index()
    changes = {Path(c.document_id).name: c.kind.value for c in index.diff("fish").changes}
    assert changes["pond.txt"] == "new"
    index.remove([docs / "pond.txt"])
    gone = [c for c in index.diff("fish").changes if Path(c.document_id).name == "pond.txt"]
    assert [(c.kind.value, c.detail) for c in gone] == [("gone", "it is not in the index any more")]
    index.remove_query("fish")
    assert index.saved_queries() == []


def test_new_passages_that_match_are_told_once(index: Index, docs: Path) -> None:
    index.index([docs])
    index.save_query("fish", "fish in the water", floor=False)
    found, mark = index.new_matches("fish")
    assert found == []
    (docs / "pond.txt").write_text("The fish in the water of the pond are carp.")
    index.index()
    found, mark = index.new_matches("fish")
    assert [Path(alert.passage.document_id).name for alert in found] == ["pond.txt"]
    index.seen_matches("fish", mark)
    assert index.new_matches("fish")[0] == []


# The doctor.


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


def reopened(store: Store) -> Store:
    if isinstance(store, MemoryStore):
        store._closed = False
        return store
    return open_store(store.root)


# Pieces of the protocol that no story above tells apart.


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
