"""The JSON that scripts rely on."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from semsearch.cli.terminal.json_records import results_record, to_json
from semsearch.types.documents import Anchor, AnchorKind, Passage
from semsearch.types.search import Hit, Mode, Results

CONTRACT = [
    "rank",
    "score",
    "scores",
    "path",
    "anchor",
    "line_start",
    "line_end",
    "page",
    "heading",
    "text",
    "document_id",
    "passage_id",
    "metadata",
]


def hit(anchor: Anchor, **changes: Any) -> Hit:
    passage = Passage(7, "/docs/a.md", 0, 4, anchor, ("Guide", "Setup"), "text")
    values: dict[str, Any] = {
        "rank": 1,
        "score": 0.8,
        "passage": passage,
        "path": "/docs/a.md",
        "metadata": {"type": "md"},
        "scores": {"dense": 0.5},
        "ranks": {"dense": 1},
    }
    return Hit(**{**values, **changes})


def record_of(one: Hit) -> dict[str, Any]:
    results = Results("q", Mode.HYBRID, (one,), True)
    loaded: dict[str, Any] = json.loads(to_json(results_record(results, "/index")))
    assert list(loaded)[:4] == ["query", "index", "mode", "hits"]
    found: dict[str, Any] = loaded["hits"][0]
    return found


def test_a_hit_has_every_key_of_the_contract() -> None:
    record = record_of(hit(Anchor(AnchorKind.LINE, 3, 9)))
    assert [key for key in record if key in CONTRACT] == CONTRACT
    assert record["scores"] == {"dense": 0.5, "lexical": None, "rerank": None}
    assert (record["anchor"], record["line_start"], record["line_end"], record["page"]) == ("L3-9", 3, 9, None)
    assert record["heading"] == ["Guide", "Setup"]


def test_a_page_is_not_a_line() -> None:
    record = record_of(hit(Anchor(AnchorKind.PAGE, 4, 4)))
    assert (record["anchor"], record["line_start"], record["line_end"], record["page"]) == ("p.4", None, None, 4)


def test_what_has_no_place_says_so() -> None:
    record = record_of(hit(Anchor()))
    assert (record["anchor"], record["line_start"], record["page"]) == ("", None, None)


def test_nothing_relevant() -> None:
    record = results_record(Results("q", Mode.DENSE, (), False, ("careful",)), "/index")
    assert record == {
        "query": "q",
        "index": "/index",
        "mode": "dense",
        "hits": [],
        "relevant": False,
        "warnings": ["careful"],
        "near_misses": [],
        "corrected": {},
        "absent": [],
    }


def test_numbers_that_are_none_become_null() -> None:
    record = record_of(hit(Anchor(), metadata={"a": float("nan"), "b": float("inf"), "c": 1.5}))
    assert record["metadata"] == {"a": None, "b": None, "c": 1.5}


@given(st.text(alphabet=st.characters()))
def test_any_text_survives_and_nothing_drives_a_terminal(text: str) -> None:
    written = to_json({"t": text + "\x1b\x9b\x7f\u202e\udcff"}, indent=None)
    assert json.loads(written)["t"] == text + "\x1b\x9b\x7f\u202e\udcff"
    assert written.encode("utf-8")
    assert written.isprintable() or not any(c in written for c in "\x1b\x9b\x7f\n\r\u202e")


def test_readable_where_it_is_harmless() -> None:
    assert "日本語" in to_json("日本語")


def test_a_time_in_a_recording() -> None:
    record = record_of(hit(Anchor(AnchorKind.TIME, 190, 205)))
    assert (record["anchor"], record["time_start"], record["time_end"]) == ("03:10-03:25", 190, 205)
    assert (record["line_start"], record["page"]) == (None, None)
    assert record_of(hit(Anchor(AnchorKind.PAGE, 4, 4)))["time_start"] is None


def test_slides_rows_and_chapters() -> None:
    record = record_of(hit(Anchor(AnchorKind.SLIDE, 2, 2)))
    assert (record["anchor"], record["slide"], record["page"], record["row"]) == ("slide 2", 2, None, None)
    record = record_of(hit(Anchor(AnchorKind.ROW, 3, 9)))
    assert (record["anchor"], record["row"], record["row_end"], record["slide"]) == ("row 3-9", 3, 9, None)
    record = record_of(hit(Anchor(AnchorKind.CHAPTER, 5, 5)))
    assert (record["anchor"], record["chapter"], record["line_start"]) == ("ch.5", 5, None)
