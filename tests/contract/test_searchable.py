"""What any index must do for `search`: the same tests over every Searchable there is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import InvalidFilter
from semsearch.search.parse_filter import parse_filter
from semsearch.stores.base import Searchable
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.writer import Writer
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text
from tests.crash.build import new_index, put

ENCODER = HashingEncoder()
ANIMALS = ("heron", "otter", "lynx", "badger", "kestrel", "marten", "weasel")


def texts() -> list[Text]:
    made = [
        Text(
            f"docs/{a}.txt", (f"the {a} sleeps at night", f"page two about a hungry {a} number {i}", "common words end")
        )
        for i, a in enumerate(ANIMALS)
    ]
    made.append(Text("other/unique.txt", ("zyzzyva is a weevil, called ERR_4521 (really)", 'a < b and "quoted words"')))
    return [Text(t.id, t.passages, {"name": t.id}) for t in made]


@contextmanager
def in_memory(tmp_path: Path) -> Iterator[Searchable]:
    yield MemoryIndex(texts(), ENCODER)


@contextmanager
def on_disk(tmp_path: Path) -> Iterator[Searchable]:
    layout = new_index(tmp_path / "index")
    with Writer(layout) as writer:
        for text in texts():
            put(writer, text.id, "\n".join(text.passages) + "\n")
        writer.commit()
    reader = Reader(layout)
    with reader.view() as view:
        yield view
    reader.close()


BUILDERS: Sequence[Callable[[Path], AbstractContextManager[Searchable]]] = (in_memory, on_disk)


@pytest.fixture(params=BUILDERS, ids=lambda b: b.__name__)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Searchable]:
    with request.param(tmp_path) as made:
        yield made


def every_id(index: Searchable) -> np.ndarray:
    return np.concatenate([index.passages_of(t.id) for t in texts()])


def query(text: str) -> np.ndarray:
    return ENCODER.encode_queries([text])[0]


def is_ranking(ids: np.ndarray, scores: np.ndarray) -> bool:
    falling = bool((np.diff(scores) <= 0).all())
    ties = [int(a) < int(b) for a, b, s in zip(ids, ids[1:], np.diff(scores), strict=False) if s == 0]
    return (
        ids.dtype == np.int64
        and scores.dtype == np.float32
        and len(set(ids.tolist())) == len(ids)
        and falling
        and all(ties)
    )


def test_the_vector_of_a_passage_finds_it_first(index: Searchable) -> None:
    for passage_id in index.passages_of("docs/otter.txt")[:2]:
        own = index.vectors(np.array([passage_id]))[0]
        found = index.dense(own, 3)
        assert found.ids[0] == passage_id
        assert found.scores[0] == pytest.approx(1.0, abs=2e-3)


@pytest.mark.parametrize("exact", [False, True])
def test_the_dense_list_holds_every_passage_once(index: Searchable, exact: bool) -> None:
    found = index.dense(query("hungry lynx"), 1_000, exact=exact)
    assert sorted(found.ids.tolist()) == sorted(every_id(index).tolist())
    assert is_ranking(found.ids, found.scores)


def test_lists_are_prefixes_of_longer_ones(index: Searchable) -> None:
    long, short = index.dense(query("night"), 9), index.dense(query("night"), 4)
    assert short.ids.tolist() == long.ids[:4].tolist()
    long, short = index.lexical("common words night", 9).ranking, index.lexical("common words night", 4).ranking
    assert short.ids.tolist() == long.ids[:4].tolist()
    assert len(short.ids) == 4


def test_a_word_finds_the_passages_that_hold_it(index: Searchable) -> None:
    found = index.lexical("kestrel", 10)
    assert found.ranking.ids.tolist()
    assert all("kestrel" in p.text for p in index.fetch(found.ranking.ids.tolist()))
    assert is_ranking(found.ranking.ids, found.ranking.scores)


def test_no_score_passes_the_bound(index: Searchable) -> None:
    for text in ("zyzzyva", "common words end", "kestrel at night", "kestrel kestrel"):
        found = index.lexical(text, 100)
        assert 0 < found.ranking.scores[0] <= found.bound


def test_a_word_that_no_passage_holds_raises_the_bound(index: Searchable) -> None:
    known, with_unknown = index.lexical("zyzzyva", 1), index.lexical("zyzzyva qqqxy", 1)
    assert with_unknown.bound > known.bound
    assert with_unknown.ranking.scores[0] == pytest.approx(known.ranking.scores[0])


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "?!",
        '"',
        "AND OR NOT",
        "a:b^2 (c~ [d TO e}",
        "*",
        "\\",
        "\x00",
        "+-&&||!",
        "語",
        "é" * 9,
        "x " * 50_000,
    ],
)
def test_any_text_is_a_query(index: Searchable, text: str) -> None:
    found = index.lexical(text, 5)
    assert len(found.ranking.ids) <= 5
    assert found.bound >= 0


def test_in_how_many_passages_a_word_stands(index: Searchable) -> None:
    assert index.occurrences(["kestrel", "Common", "zyzzyva", "qqqxy", "the"]) == [2, 8 - 1, 1, 0, None]
    assert index.occurrences([]) == []


def test_words_that_are_spelled_alike(index: Searchable) -> None:
    assert index.alike("kestral", 1) == [(1, "kestrel")]
    assert index.alike("kesrtel", 1) == [(1, "kestrel")]
    assert index.alike("zyzyva", 1) == [(1, "zyzzyva")]
    assert index.alike("kestrals", 1) == []
    assert (2, "badger") in index.alike("badgreer", 2)
    assert index.alike("qqqxy", 2) == []


def test_nothing_of_the_query_nothing_found(index: Searchable) -> None:
    assert len(index.lexical("qqqxy", 5).ranking.ids) == 0


def test_what_is_not_kept_is_in_no_list(index: Searchable) -> None:
    keep = index.select([parse_filter("path=docs/badger.txt")])
    assert keep is not None
    own = index.passages_of("docs/badger.txt").tolist()
    assert len(keep) == len(own)
    assert sorted(index.dense(query("kestrel"), 100, keep).ids.tolist()) == sorted(own)
    assert set(index.lexical("common words badger kestrel", 100, keep).ranking.ids.tolist()) <= set(own)
    assert len(index.lexical("common words", 1, keep).ranking.ids) == 1


def test_without_a_condition_everything_is_kept(index: Searchable) -> None:
    assert index.select([]) is None


def test_folders_select_what_lies_in_them(index: Searchable) -> None:
    keep = index.select([], within=["other"])
    assert keep is not None
    assert set(index.dense(query("night"), 100, keep).ids.tolist()) == set(
        index.passages_of("other/unique.txt").tolist()
    )


@pytest.mark.parametrize(
    ("phrase", "count"),
    [("common words", 7), ("COMMON  Words", 7), ("words common", 0), ("err_4521 (really)", 1), ("a < b", 1)],
)
def test_a_phrase_selects_the_passages_that_hold_it(index: Searchable, phrase: str, count: int) -> None:
    keep = index.select([], phrases=[phrase])
    assert keep is not None
    assert len(keep) == count


def test_an_unknown_field_is_named(index: Searchable) -> None:
    with pytest.raises(InvalidFilter, match="nonsense"):
        index.select([parse_filter("nonsense=1")])


def test_similarity_and_vectors_follow_the_order_asked(index: Searchable) -> None:
    ids = every_id(index)[[5, 0, 3]]
    vectors = index.vectors(ids)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=2e-3)
    assert np.allclose(index.similarity(query("night"), ids), vectors @ query("night"), atol=1e-5)
    assert np.allclose(index.vectors(ids[::-1]), vectors[::-1])


def test_dense_scores_are_the_cosines(index: Searchable) -> None:
    found = index.dense(query("hungry weasel"), 10)
    assert np.allclose(found.scores, index.similarity(query("hungry weasel"), found.ids), atol=2e-3)


def test_passages_of_one_document_share_a_number(index: Searchable) -> None:
    numbers = [set(index.document_numbers(index.passages_of(t.id)).tolist()) for t in texts()]
    assert all(len(n) == 1 for n in numbers)
    assert len(set.union(*numbers)) == len(numbers)


def test_passages_of_a_document_come_in_order(index: Searchable) -> None:
    passages = index.fetch(index.passages_of("docs/lynx.txt").tolist())
    assert [p.text for p in passages] == list(texts()[2].passages)
    assert [p.start for p in passages] == sorted(p.start for p in passages)
    assert len(index.passages_of("no/such.txt")) == 0


def test_fetch_follows_the_order_asked(index: Searchable) -> None:
    ids = every_id(index)[[7, 2, 11]].tolist()
    assert [p.id for p in index.fetch(ids)] == ids
    assert index.fetch([]) == []


def test_no_ids_no_answer(index: Searchable) -> None:
    none = np.zeros(0, dtype=np.int64)
    assert index.vectors(none).shape[0] == 0
    assert index.similarity(query("night"), none).shape == (0,)
    assert index.document_numbers(none).shape == (0,)
    assert index.facts([]) == {}


def test_marks_are_the_words_of_the_query(index: Searchable) -> None:
    text = "The heron, and two herons."
    marked = [text[a:b] for a, b in index.marks("heron", text)]
    assert marked == ["heron", "herons"]
    assert index.marks("", text) == ()
    assert index.marks("heron", "") == ()


def test_facts_tell_path_and_metadata(index: Searchable) -> None:
    facts = index.facts(["docs/lynx.txt", "other/unique.txt"])
    assert set(facts) == {"docs/lynx.txt", "other/unique.txt"}
    path, metadata = facts["docs/lynx.txt"]
    assert path == "docs/lynx.txt"
    assert metadata["name"] == "docs/lynx.txt"
