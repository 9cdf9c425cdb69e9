"""The rank of one document for a query, and why it is not shown."""

from __future__ import annotations

import pytest

from semsearch.search.engine import SearchRequest, search
from semsearch.search.explain import rank_of
from semsearch.search.parse_filter import parse_filter
from semsearch.types.search import Absence, Mode, WhyNot
from tests.contract.hashing_encoder import HashingEncoder
from tests.contract.memory_index import MemoryIndex, Text
from tests.unit.search.test_engine import index


def why(document: str, text: str, **options: object) -> WhyNot:
    return rank_of(index(), SearchRequest(text, **options), HashingEncoder(), document)  # type: ignore[arg-type]


def test_a_hit_has_the_rank_of_the_search() -> None:
    hits = search(index(), SearchRequest("repair a violin"), HashingEncoder()).hits
    for hit in hits:
        found = why(hit.passage.document_id, "repair a violin")
        assert found.reason is Absence.RANKED
        assert found.ranks == {"fused": hit.rank, **hit.ranks}
        assert found.scores["score"] == pytest.approx(hit.score)
        assert found.scores["dense"] == pytest.approx(hit.scores["dense"])
        assert found.detail == f"it is hit {hit.rank}"
        assert found.path == hit.path


def test_a_document_below_k() -> None:
    found = why("quarry/sell.txt", "repair a violin", k=3)
    assert found.reason is Absence.RANKED
    assert found.ranks["fused"] > 3
    assert found.detail == f"it is document {found.ranks['fused']} in the ranking; 3 are shown"


def test_a_document_below_the_search_depth() -> None:
    texts = [Text(f"d{i}", (f"apple pie {i}",)) for i in range(1_500)]
    world = MemoryIndex([*texts, Text("last", ("granite bridge",))], HashingEncoder())
    found = rank_of(world, SearchRequest("apple pie", mode=Mode.DENSE), HashingEncoder(), "last")
    assert found.ranks["fused"] == found.ranks["dense"] > 1_000


def test_below_the_floor() -> None:
    found = why("violin/repair.txt", "who was the first emperor of Rome")
    assert found.reason is Absence.BELOW_FLOOR
    assert found.ranks["dense"] >= 1
    assert why("violin/repair.txt", "who was the first emperor of Rome", floor=False).reason is Absence.RANKED


def test_filtered_out() -> None:
    by_filter = (parse_filter("subject=quarry"),)
    assert why("violin/repair.txt", "repair", filters=by_filter).reason is Absence.FILTERED
    assert why("violin/repair.txt", "repair", within=("quarry",)).reason is Absence.FILTERED
    assert why("violin/repair.txt", "repair", phrases=("no such phrase",)).reason is Absence.FILTERED
    assert why("violin/repair.txt", "repair", exclude=("violin/repair.txt",)).reason is Absence.FILTERED
    assert why("quarry/repair.txt", "repair", filters=by_filter).reason is Absence.RANKED


def test_no_word_of_the_query() -> None:
    found = why("quarry/sell.txt", "violin", mode=Mode.LEXICAL)
    assert found.ranks == {}
    assert "no word" in found.detail


def test_folded_under_another() -> None:
    copies = [Text(name, ("the very same apple text",)) for name in ("first", "second")]
    world = MemoryIndex(copies, HashingEncoder())
    found = rank_of(world, SearchRequest("apple text"), HashingEncoder(), "second")
    assert found.detail == "a near duplicate of hit 1, first, and folded under it"


def test_without_text() -> None:
    world = MemoryIndex([Text("empty", ()), Text("full", ("apple",))], HashingEncoder())
    assert rank_of(world, SearchRequest("apple"), HashingEncoder(), "empty").reason is Absence.EMPTY


def test_a_document_put_first_for_its_identifier() -> None:
    text = "what does ERR_4521 mean to me, when is it seen and who can help?"
    found = why("log.txt", text)
    assert (found.reason, found.ranks["fused"], found.detail) == (Absence.RANKED, 1, "it is hit 1")


def test_ranks_are_reported_beyond_the_search_depth() -> None:
    texts = [Text(f"d{i}", (f"apple pie {i}", "granite")) for i in range(400)]
    world = MemoryIndex(
        [*texts, Text("last", ("granite bridge over apple water and a long way to go",))], HashingEncoder()
    )
    found = rank_of(world, SearchRequest("apple pie granite"), HashingEncoder(), "last")
    assert found.ranks["lexical"] > 200
    assert set(found.ranks) == {"fused", "dense", "lexical"}
