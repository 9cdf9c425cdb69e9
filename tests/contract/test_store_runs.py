"""Indexing runs, refreshes and what an app adds, over every store.

Each test is one story that is told of every store; nothing in it knows which.
"""

from __future__ import annotations

import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from semsearch import Document, Index
from semsearch.errors import InvalidQuery
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.store_kinds import first, names


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
    herons, owls, gulls = (
        " ".join(f"The {bird} is seen on day {n}." for n in range(6)) for bird in ("heron", "owl", "gull")
    )
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
