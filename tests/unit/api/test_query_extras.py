"""What a query is shown with: computed by `complete`, and by nobody who prints."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch import Document, Index, Mode, SearchOptions
from semsearch.api.query_extras import CompletedQuery, Extras, complete
from semsearch.errors import InvalidQuery
from semsearch.types.models import Token
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.tiny_generators import EchoingGenerator

LINES = "The heron waits in the reeds.\nIt flies up when a boat comes.\nThe boat is red.\n"


@pytest.fixture
def index(tmp_path: Path) -> Index:
    made = Index.create(tmp_path / "index", encoder=HashingEncoder())
    made.add([Document("birds", LINES, metadata={"kind": "note"}), Document("bread", "Knead the dough twice.")])
    return made


def completed(index: Index, query: str, options: SearchOptions | None = None, **extras: object) -> CompletedQuery:
    asked = options or SearchOptions(floor=False)
    (results,) = index.search_with([query], asked)
    (*_, last) = complete(index, results, asked, Extras(**extras))  # type: ignore[arg-type]
    assert isinstance(last, CompletedQuery)
    return last


def test_hits_alone_cost_nothing_more(index: Index) -> None:
    query = completed(index, "heron reeds")
    assert query.found
    assert (query.answer, query.contexts, query.translations, query.lack) == (None, (), (), "")


def test_everything_that_is_wanted_comes_with_each_hit(index: Index) -> None:
    query = completed(index, "heron reeds", explain=True, context=1, answer={"rerank": False})
    assert len(query.contexts) == len(query.results.hits) > 0
    assert query.results.hits[0].matches
    assert query.answer is not None
    assert query.answer.found
    assert query.found


@pytest.mark.parametrize(
    ("filters", "lack"),
    [(("kind=poem",), "no document of the index passes --filter and --in"), (("kind=note",), "")],
)
def test_why_no_query_can_have_a_hit(index: Index, filters: tuple[str, ...], lack: str) -> None:
    options = SearchOptions(filters=filters, mode=Mode.LEXICAL)
    query = completed(index, "zyzzyva", options)
    assert query.lack == lack
    assert not query.found
    assert (lack in query.results.warnings) == bool(lack)


def test_an_empty_index_says_so(tmp_path: Path) -> None:
    with Index.create(tmp_path / "none", encoder=HashingEncoder()) as index:
        assert completed(index, "heron").lack == "the index is empty; semsearch index PATH fills it"


def test_tokens_come_before_the_whole(index: Index) -> None:
    (results,) = index.search_with(["where does the heron wait"], SearchOptions(floor=False))
    answer = {"generator": EchoingGenerator(), "rerank": False}
    *tokens, last = complete(index, results, SearchOptions(), Extras(answer))
    assert tokens
    assert all(isinstance(token, Token) for token in tokens)
    assert isinstance(last, CompletedQuery)
    assert last.answer is not None
    assert last.answer.method == "echoing"


def test_a_search_with_one_object_is_that_with_its_keywords(index: Index) -> None:
    options = SearchOptions(k=1, filters=["kind=note"], floor=False)
    (one,) = index.search_with(["boat"], options)
    assert [hit.passage.id for hit in one.hits] == [
        hit.passage.id for hit in index.search("boat", **options.keywords()).hits
    ]
    with pytest.raises(InvalidQuery, match="options"):
        index.search_with(["boat"], {"k": 1})  # type: ignore[arg-type]
