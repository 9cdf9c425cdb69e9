"""An index moves to another model and back: ids stay, nothing is encoded twice, concurrent changes are included."""

from __future__ import annotations

from pathlib import Path

import pytest

import semsearch
from semsearch import Document, Index, Settings
from semsearch.stores.local.files.layout import Layout
from semsearch.types.reports import Progress
from tests.contract.hashing_encoder import HashingEncoder

OLD, NEW, WIDE, SMALL = (64, 64), (96, 64), (112, 128), (80, 24)
QUERIES = ["the otter by the river", "lynx in the snow", "a heron waits", "kestrel"]
ANIMALS = ("heron", "otter", "lynx", "badger", "kestrel")


class Named(HashingEncoder):
    """A hashing encoder with its own name."""

    @property
    def name(self) -> str:  # type: ignore[override]
        return f"hashing-{self.dim}"


def encoder(kind: tuple[int, int]) -> Named:
    return Named(*kind)


def text_of(number: int, paragraphs: int = 3) -> str:
    parts = [
        f"Paragraph {i} of note {number} tells of the {ANIMALS[(number + i) % 5]} by the river. It waits in the snow "
        f"for {number * 7 + i} hours, and then it goes away across the old bridge to the other side of the valley."
        for i in range(paragraphs)
    ]
    return f"# Note {number}\n\n" + "\n\n".join(parts) + "\n"


def documents(count: int = 12) -> list[Document]:
    return [Document(f"d{i}", text_of(i), f"Note {i}") for i in range(count)]


def made(path: Path, kind: tuple[int, int] = OLD, count: int = 12) -> Index:
    index = Index.create(path, encoder=encoder(kind))
    index.add(documents(count))
    return index


def results(index: Index) -> list[list[tuple[int, str, float, dict[str, float]]]]:
    found = index.search_many(QUERIES, floor=False)
    return [[(h.passage.id, h.passage.text, h.score, dict(h.scores)) for h in r.hits] for r in found]


def spans(index: Index) -> dict[int, tuple[str, int, int, str]]:
    return {
        p.id: (p.document_id, p.start, p.stop, str(p.anchor)) for d in index.documents() for p in index.passages(d.id)
    }


def test_a_move_keeps_passages_and_replaces_their_vectors(tmp_path: Path) -> None:
    with made(tmp_path / "index") as index:
        before = spans(index)
        new = encoder(NEW)
        done = index.models.move_to(new)
        assert (done.model, done.previous, done.split) == ("hashing-96", "hashing-64", 0)
        assert done.passages == len(before) == done.encoded
        assert done.overlap is not None
        assert 0 < done.overlap.dense <= 1
        assert done.overlap.queries > 5
        assert spans(index) == before
        assert index.status().model == "hashing-96"
        assert index.status().dim == 96
        assert index.status().rollback == "hashing-64"
        assert index.doctor().ok
        twin = made(tmp_path / "twin", NEW)
        assert [[h[1:] for h in r] for r in results(index)] == [[h[1:] for h in r] for r in results(twin)]


def test_a_rollback_without_changes_is_identical_and_encodes_nothing(tmp_path: Path) -> None:
    index = made(tmp_path / "index")
    before, where, floor = results(index), spans(index), index.status().floor
    index.models.move_to(encoder(NEW))
    moved = results(index)
    assert moved != before
    back = index.models.rollback()
    assert (back.model, back.previous, back.encoded, back.back) == ("hashing-64", "hashing-96", 0, True)
    with Index.open(tmp_path / "index", encoder=encoder(OLD)) as again:
        assert results(again) == before
        assert spans(again) == where
        assert again.status().floor == floor
        assert again.doctor().ok
        forward = again.models.rollback()
        assert forward.encoded == 0
    with Index.open(tmp_path / "index", encoder=encoder(NEW)) as again:
        assert results(again) == moved
        assert again.doctor().ok


def test_a_rollback_includes_later_changes(tmp_path: Path) -> None:
    index = made(tmp_path / "index")
    index.models.move_to(encoder(NEW))
    edited = [
        Document("d1", text_of(1) + "\nA new last paragraph about the wolverine in the hills.\n", "Note 1"),
        Document("d40", text_of(40), "Note 40"),
    ]
    index.add(edited)
    index.remove(["d3"])
    old = encoder(OLD)
    back = index.models.rollback(encoder=old)
    assert back.encoded == old.encoded
    assert 0 < back.encoded < 10
    assert index.doctor().ok
    twin = made(tmp_path / "twin")
    twin.add(edited)
    twin.remove(["d3"])
    assert [[h[1:] for h in r] for r in results(index)] == [[h[1:] for h in r] for r in results(twin)]
    assert index.add(edited).unchanged == 2
    index.compact()
    assert index.doctor().ok


def test_passages_too_long_for_the_new_model_are_split_and_restored(tmp_path: Path) -> None:
    index = made(tmp_path / "index", WIDE)
    before, where = results(index), spans(index)
    small = encoder(SMALL)
    done = index.models.move_to(small)
    assert done.split > 10
    assert done.overlap is not None
    after = spans(index)
    assert len(after) > len(where)
    assert index.doctor().ok
    for document in index.documents():
        text = index.document(document.id).text
        covered = set()
        for passage in index.passages(document.id):
            assert passage.text == text[passage.start : passage.stop]
            assert not small.truncated(passage.text)
            covered.update(range(passage.start, passage.stop))
        assert all(text[i].isspace() for i in set(range(len(text))) - covered)
        ordinals = [p.start for p in index.passages(document.id)]
        assert ordinals == sorted(ordinals)
    index.models.rollback()
    with Index.open(tmp_path / "index", encoder=encoder(WIDE)) as again:
        assert spans(again) == where
        assert results(again) == before
        assert again.doctor().ok
        again.add([Document("d2", text_of(2) + "\nAnd the wolverine as well.\n", "Note 2")])
        forward = again.models.rollback(encoder=small)
        assert 0 < forward.encoded <= 12
        assert {k: v for k, v in spans(again).items() if v[0] != "d2"} == {
            k: v for k, v in after.items() if v[0] != "d2"
        }
        assert again.doctor().ok


def test_equal_texts_get_separate_rows(tmp_path: Path) -> None:
    index = Index.create(tmp_path / "index", encoder=encoder(OLD))
    index.add([Document(f"same{i}", "The same words stand in every one of these notes.", "Same") for i in range(5)])
    before = index.search("same words", floor=False, fold=False)
    new = encoder(NEW)
    assert index.models.move_to(new).encoded == 1
    assert index.doctor().ok
    assert len(index.search("same words", floor=False, fold=False).hits) == 5
    assert index.models.rollback().encoded == 0
    with Index.open(tmp_path / "index", encoder=encoder(OLD)) as again:
        assert again.search("same words", floor=False, fold=False) == before
        assert again.doctor().ok


def stopping(after: int) -> object:
    """Return a progress callback that interrupts the run after so many passages."""

    def told(progress: Progress) -> None:
        if progress.passages_done >= after:
            raise KeyboardInterrupt

    return told


def test_an_interrupted_move_resumes_and_includes_edits(tmp_path: Path) -> None:
    index = made(tmp_path / "index", count=60)
    before = results(index)
    new = encoder(NEW)
    half = index.models.move_to(new, progress=stopping(64))  # type: ignore[arg-type]
    assert half.interrupted
    assert 0 < half.encoded < half.passages
    status = index.status()
    assert status.move is not None
    assert (status.move.model, status.move.done) == ("hashing-96", half.encoded)
    assert status.model == "hashing-64"
    assert results(index) == before
    assert index.doctor().ok
    edited = Document("d2", text_of(2) + "\nAnd the wolverine as well.\n", "Note 2")
    index.add([edited])
    index.remove(["d5"])
    index.compact()
    assert index.doctor().ok
    rest = index.models.move_to(new)
    assert not rest.interrupted
    assert rest.encoded <= half.passages - half.encoded + 2
    assert index.status().move is None
    assert index.doctor().ok
    twin = Index.create(tmp_path / "twin", encoder=encoder(NEW))
    twin.add([edited if d.id == "d2" else d for d in documents(60) if d.id != "d5"])
    # Ids apart, and the score that counts from the floor, whose sample is drawn in the order of the ids.
    assert [[(h[1], h[3]) for h in r] for r in results(index)] == [[(h[1], h[3]) for h in r] for r in results(twin)]


def test_a_second_model_replaces_the_unfinished_move_and_reports_it(tmp_path: Path) -> None:
    index = made(tmp_path / "index", count=60)
    index.models.move_to(encoder(NEW), progress=stopping(64))  # type: ignore[arg-type]
    done = index.models.move_to(encoder((72, 64)))
    assert (done.abandoned, done.forgotten) == ("hashing-96", "")
    again = index.models.move_to(encoder((88, 64)))
    assert (again.abandoned, again.forgotten) == ("", "hashing-64")
    assert index.doctor().ok
    assert index.status().rollback == "hashing-72"
    assert len(Layout(index.path).generations()) == 2


def test_moving_to_the_same_model_abandons_an_unfinished_move(tmp_path: Path) -> None:
    index = made(tmp_path / "index", count=60)
    assert index.models.move_to(encoder(OLD)).nothing
    index.models.move_to(encoder(NEW), progress=stopping(64))  # type: ignore[arg-type]
    stayed = index.models.move_to(encoder(OLD))
    assert stayed.nothing
    assert stayed.abandoned == "hashing-96"
    assert index.status().move is None
    assert len(Layout(index.path).generations()) == 1
    assert index.doctor().ok


def test_moving_back_to_the_model_before_is_a_rollback(tmp_path: Path) -> None:
    index = made(tmp_path / "index")
    before = results(index)
    index.models.move_to(encoder(NEW))
    old = encoder(OLD)
    back = index.models.move_to(old)
    assert back.back
    assert back.encoded == 0
    assert results(index) == before


def test_compact_drops_what_a_rollback_needs(tmp_path: Path) -> None:
    index = made(tmp_path / "index")
    index.models.move_to(encoder(NEW))
    moved = results(index)
    index.compact()
    assert results(index) == moved
    assert index.status().rollback == ""
    with pytest.raises(semsearch.SemsearchError, match="no state to roll back to"):
        index.models.rollback()
    index.close()
    with Index.open(index.path, encoder=encoder(NEW)) as again:
        again.remove(["d1"])
    assert len(Layout(index.path).generations()) == 1


def test_an_exported_index_leaves_both_behind(tmp_path: Path) -> None:
    index = made(tmp_path / "index", count=60)
    index.models.move_to(encoder(NEW))
    index.models.move_to(encoder((72, 64)), progress=stopping(64))  # type: ignore[arg-type]
    moved = results(index)
    index.export(tmp_path / "file")
    semsearch.import_index(tmp_path / "file", tmp_path / "other").close()
    with Index.open(tmp_path / "other", encoder=encoder(NEW)) as other:
        assert results(other) == moved
        assert other.status().move is None
        assert other.status().rollback == ""
        assert other.doctor().ok
        assert other.models.move_to(encoder(OLD)).encoded == len(spans(other))


def test_an_empty_index_moves(tmp_path: Path) -> None:
    index = Index.create(tmp_path / "index", encoder=encoder(OLD))
    done = index.models.move_to(encoder(NEW))
    assert done.overlap is None
    assert "empty" in done.unmeasured
    index.add(documents(3))
    assert index.search("otter", floor=False).hits
    assert index.doctor().ok


def test_a_model_with_too_small_a_limit_is_refused_and_nothing_is_lost(tmp_path: Path) -> None:
    class Blind(Named):
        def token_spans(self, texts: list[str]) -> list[list[tuple[int, int]]]:  # type: ignore[override]
            return [[(0, len(t))] * 5 for t in texts]

    index = made(tmp_path / "index")
    before = results(index)
    with pytest.raises(semsearch.ModelMismatch, match="reads 3 tokens"):
        index.models.move_to(Blind(48, 3))
    assert results(index) == before
    assert index.doctor().ok


def test_a_passage_limit_above_that_of_the_new_model(tmp_path: Path) -> None:
    index = Index.create(tmp_path / "index", encoder=encoder(WIDE), settings=Settings(passage_tokens=100))
    index.add(documents())
    assert index.models.move_to(encoder(SMALL)).split
    assert index.doctor().ok


def test_a_rollback_with_new_text_needs_the_callers_encoder(tmp_path: Path) -> None:
    index = made(tmp_path / "index")
    index.models.move_to(encoder(NEW))
    index.add([Document("new", "Something about the pine marten.", "")])
    with pytest.raises(semsearch.ModelMismatch, match="encoder="):
        index.models.rollback()
    with pytest.raises(semsearch.ModelMismatch, match="not to the encoder"):
        index.models.rollback(encoder=encoder(SMALL))
    assert index.status().model == "hashing-96"
    assert index.models.rollback(encoder=encoder(OLD)).encoded == 1
    assert index.doctor().ok


def test_a_rollback_to_fewer_documents_needs_no_encoder(tmp_path: Path) -> None:
    index = made(tmp_path / "index", count=24)
    index.models.move_to(encoder(NEW))
    index.remove([f"d{i}" for i in range(16)])
    back = index.models.rollback()
    assert (back.model, back.encoded) == ("hashing-64", 0)
    assert index.doctor().ok
    with Index.open(tmp_path / "index", encoder=encoder(OLD)) as again:
        assert again.search("the otter by the river", floor=False).hits


def test_a_rollback_uses_the_encoder_of_the_open_index(tmp_path: Path) -> None:
    opened = made(tmp_path / "index")
    with Index.open(tmp_path / "index", encoder=encoder(OLD)) as other:
        other.models.move_to(encoder(NEW))
        other.add([Document("new", "Something about the pine marten.", "")])
    assert opened.models.rollback().encoded == 1
    assert opened.search("the otter by the river", floor=False).hits
    assert opened.add(documents(13)).added == 1
