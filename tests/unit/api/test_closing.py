"""What `close` means: running things end by themselves, later ones raise IndexClosed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from semsearch import Document, Index, IndexClosed
from tests.contract.hashing_encoder import HashingEncoder


def filled(path: Path, encoder: Any = None) -> Index:
    made = Index.create(path / "index", encoder=encoder or HashingEncoder())
    (path / "files").mkdir(exist_ok=True)
    (path / "files" / "a.md").write_text("The heron stands in the river and waits for fish. It is never in a hurry.\n")
    made.index([path / "files"])
    made.add(Document(f"d{n}", f"The otter number {n} swims in the river.") for n in range(600))
    return made


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return filled(tmp_path)


CALLS: list[Callable[[Index], Any]] = [
    lambda i: i.search("heron"),
    lambda i: i.search_many(["heron"]),
    lambda i: i.rank_many(["heron"]),
    lambda i: i.why_not("heron", "d1"),
    lambda i: i.answer("heron"),
    lambda i: next(i.answer_stream("heron")),
    lambda i: list(i.documents()),
    lambda i: i.document("d1"),
    lambda i: i.passages("d1"),
    lambda i: i.fields(),
    lambda i: i.status(),
    lambda i: i.sources(),
    lambda i: i.index(),
    lambda i: i.add([Document("x", "text")]),
    lambda i: i.remove(["d1"]),
    lambda i: i.plan(),
    lambda i: i.configure(language="de"),
    lambda i: i.compact(),
    lambda i: i.doctor(),
    lambda i: i.export("nowhere/out"),
    lambda i: i.labels.all(),
    lambda i: i.labels.learn("topic", {"d1": "a", "d2": "b"}),
    lambda i: i.saved_queries.save("name", "heron"),
    lambda i: i.saved_queries.all(),
    lambda i: i.saved_queries.diff("name"),
    lambda i: i.models.move_to(HashingEncoder(dim=32)),
    lambda i: i.models.rollback(),
    lambda i: i.rewrites.summarize([]),
    lambda i: i.rewrites.translate([], "de"),
    lambda i: list(i.rewrites.questions()),
    lambda i: list(i.watch(once=True)),
    lambda i: list(i.watch()),
    lambda i: i.vectors([1]),
    lambda i: i.document_vectors(["d1"]),
    lambda i: i.near_duplicates("d1"),
    lambda i: i.evaluate({"q": "heron"}, {"q": {"d1": 1}}),
    lambda i: i.__enter__(),
]


def test_nothing_is_begun_after_close(index: Index) -> None:
    assert not index.closed
    index.close()
    index.close()
    assert index.closed
    for call in CALLS:
        with pytest.raises(IndexClosed, match=r"closed; open .*index again"):
            call(index)
    with Index.open(index.path, encoder=HashingEncoder()) as again:
        assert again.search("heron", mode="lexical").hits


def test_leaving_the_with_block_closes(index: Index) -> None:
    with index as same:
        assert same is index
        index.close()
    assert index.closed


def test_what_has_begun_ends_by_itself(index: Index) -> None:
    walk = index.documents()
    first = next(walk)
    index.close()
    assert len({first.id, *(info.id for info in walk)}) == 601
    with pytest.raises(IndexClosed):
        next(index.documents())


class Waiting(HashingEncoder):
    """Encodes a single query when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.go = threading.Event(), threading.Event()

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        if len(texts) == 1:  # and not when the noise floor is measured
            self.asked.set()
            assert self.go.wait(60)
        return super().encode_queries(texts)


def test_a_search_of_another_thread_ends_by_itself(tmp_path: Path) -> None:
    encoder = Waiting()
    index = filled(tmp_path, encoder)
    found: list[Any] = []
    thread = threading.Thread(target=lambda: found.append(index.search("otter number 7", floor=False)))
    thread.start()
    assert encoder.asked.wait(60)
    index.close()
    encoder.go.set()
    thread.join()
    assert found[0].hits[0].passage.document_id == "d7"
    with pytest.raises(IndexClosed):
        index.search("otter")


def test_a_run_of_another_thread_ends_by_itself(tmp_path: Path) -> None:
    index = filled(tmp_path)
    begun, go = threading.Event(), threading.Event()

    def documents() -> Iterator[Document]:
        begun.set()
        assert go.wait(60)
        yield Document("late", "A late text.")

    summaries: list[Any] = []
    thread = threading.Thread(target=lambda: summaries.append(index.add(documents())))
    thread.start()
    assert begun.wait(60)
    index.close()
    go.set()
    thread.join()
    assert summaries[0].added == 1
    with Index.open(index.path, encoder=HashingEncoder()) as again:
        assert again.document("late").text == "A late text."


def test_an_answer_goes_on_when_its_search_has_been_made(index: Index) -> None:
    from tests.unit.answer.tiny_models import Parrot

    events = index.answer_stream(
        "What does the heron wait for?",
        generator=Parrot("The heron waits for fish. It waits."),
        rerank=False,
        floor=False,
    )
    first = next(events)
    index.close()
    rest = list(events)
    assert rest
    assert rest[-1] is not first


def test_a_watch_ends(index: Index) -> None:
    told = index.watch()
    next(told)
    index.close()
    assert list(told) == []
