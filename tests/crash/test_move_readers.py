"""Searching while an index moves: every search sees one model's vectors, an open object follows, nobody waits."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

import semsearch
from semsearch import Document, Index, ModelMismatch
from tests.crash.test_moves import NEW, OLD, documents, encoder

QUERIES = ["tells of the otter", "line 2 of the lynx", "document 7"]
Lists = list[list[tuple[int, float]]]


def lists(index: Index) -> Lists:
    found = index.search_many(QUERIES, floor=False, mode="dense", k=50)
    return [[(h.passage.id, h.scores["dense"]) for h in r.hits] for r in found]


def test_threads_see_the_old_state_until_the_switch_and_a_given_encoder_is_refused_after(tmp_path: Path) -> None:
    mover = Index.create(tmp_path / "index", encoder=encoder(OLD))
    mover.add(documents(0, 150))
    before = lists(mover)
    reader = Index.open(tmp_path / "index", encoder=encoder(OLD))
    moved, failures, refused = threading.Event(), [], []

    def read() -> None:
        try:
            while True:
                late = moved.is_set()
                try:
                    assert lists(reader) == before
                    assert not late
                except ModelMismatch as error:
                    refused.append(str(error))
                    return
        except BaseException as error:  # noqa: BLE001  (told to the main thread)
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert mover.models.move_to(encoder(NEW)).encoded == 150
    moved.set()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(refused) == 3
    assert all("holds vectors of" in told for told in refused)
    assert reader.search("otter", mode="lexical", floor=False).hits, "words need no encoder"
    with pytest.raises(ModelMismatch):
        reader.add([Document("late", "written with the vectors of another model", "")])
    mover.models.rollback()
    assert lists(reader) == before, "the encoder that was given fits again"
    mover.close()
    reader.close()


READER = """
import sys
from semsearch import Index
with Index.open(sys.argv[1]) as index:
    print("open", flush=True)
    for line in sys.stdin:
        hits = index.search("how long does the fridge keep bread dough", mode="dense", floor=False).hits
        print(index.settings.model, hits[0].passage.document_id, round(hits[0].scores["dense"], 4), flush=True)
"""


def test_real_models_an_open_index_of_another_process_follows(tmp_path: Path) -> None:
    """MiniLM to bge-small and back, with a process that holds the index open all the time."""
    notes = [
        Document("bread", "Dough rests in the refrigerator for two days before it is baked.", "Bread"),
        Document("garden", "Tomatoes want sun, water and a stick to lean on.", "Garden"),
        Document("bike", "The chain of a bicycle is oiled every other week.", "Bicycle"),
        Document("tax", "Receipts are kept for seven years, sorted by month.", "Papers"),
    ]
    path = tmp_path / "index"
    with Index.create(path) as index:
        index.add(notes)
    old = [h.scores for h in Index.open(path).search("keeping dough", floor=False).hits]
    run = subprocess.Popen(
        [sys.executable, "-c", READER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run.stdin is not None
    assert run.stdout is not None
    told = run.stdout

    def ask() -> tuple[str, str, str]:
        assert run.stdin is not None
        run.stdin.write("\n")
        run.stdin.flush()
        model, document, score = told.readline().split()
        return model, document, score

    try:
        assert told.readline() == "open\n"
        first = ask()
        with Index.open(path) as index:
            done = index.models.move_to("bge-small-en-v1.5-int8")
            assert (done.encoded, done.previous) == (4, "all-MiniLM-L6-v2")
            assert done.overlap is not None
            assert done.overlap.queries == 4
            assert index.doctor().ok
            second = ask()
            assert index.search("keeping dough", floor=False).hits[0].passage.document_id == "bread"
            assert index.models.rollback().encoded == 0
            third = ask()
        with Index.open(path) as index:
            assert [h.scores for h in index.search("keeping dough", floor=False).hits] == old
        with pytest.raises(ModelMismatch, match="semsearch index --model"):
            Index.open(path, encoder=encoder(NEW))
    finally:
        run.stdin.close()
        run.wait()
        run.stdout.close()
    assert first[:2] == ("all-MiniLM-L6-v2", "bread")
    assert second[:2] == ("bge-small-en-v1.5-int8", "bread")
    assert third == first
    assert second[2] != first[2]
    assert semsearch.status(path).model == "all-MiniLM-L6-v2"
