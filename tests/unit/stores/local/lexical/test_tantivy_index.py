"""BM25: several languages, CJK, weights, bounds and result limits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from semsearch.corpus.text.terms.analysis import analyze, index_terms, words
from semsearch.errors import IndexDamaged
from semsearch.stores.local.lexical.tantivy_index import MAX_TERMS, LexicalIndex, LexicalWriter

ENGLISH = [
    "The states of the union were united by games and television.",
    "A television set stands in the corner of the room.",
    "She plays chess by post and writes long letters.",
    "Running shoes wear out sooner on wet roads.",
]
SPANISH = ["Los estados unidos juegan en la televisión the games of the states."]


def build(folder: Path, texts: list[tuple[str, str]]) -> LexicalIndex:
    writer = LexicalWriter(folder, create=True)
    for row, (text, language) in enumerate(texts):
        writer.add(row, text, language)
    writer.commit()
    writer.close()
    return LexicalIndex(folder)


def ranking(index: LexicalIndex, query: str, languages: dict[str, int]) -> list[int]:
    rows, _, _ = index.search(index.prepare(query, languages), 10)
    return [int(r) for r in rows]


def test_another_language_does_not_change_the_ranking(tmp_path: Path) -> None:
    """Spanish stems of an English query must match Spanish terms only, with the IDF among these."""
    english = build(tmp_path / "en", [(t, "en") for t in ENGLISH])
    both = build(tmp_path / "both", [(t, "en") for t in ENGLISH] + [(t, "es") for t in SPANISH])
    for query in ("the games of the united states", "television", "running on the roads", "plays"):
        alone = ranking(english, query, {"en": 4})
        beside = [r for r in ranking(both, query, {"en": 4, "es": 1}) if r < 4]
        assert beside == alone, query
        assert ranking(both, query, {"en": 4, "es": 1})[0] < 4, query


def test_a_query_in_its_own_language_is_found(tmp_path: Path) -> None:
    both = build(tmp_path / "both", [(t, "en") for t in ENGLISH] + [(t, "es") for t in SPANISH])
    assert ranking(both, "televisión de los estados", {"en": 4, "es": 1})[0] == 4


def test_the_bound_is_tight(tmp_path: Path) -> None:
    index = build(tmp_path / "en", [(t, "en") for t in ENGLISH * 20])
    query = index.prepare("chess by post", {"en": 80})
    _, scores, _ = index.search(query, 5)
    assert 0.3 * query.bound < scores[0] <= query.bound


@pytest.mark.parametrize("text", ["", "the of and", "\0", "?!", "x" * 5000])
def test_a_query_without_terms_matches_nothing(tmp_path: Path, text: str) -> None:
    index = build(tmp_path / "en", [(t, "en") for t in ENGLISH])
    assert ranking(index, text, {"en": 4}) == []


def test_a_long_query_uses_its_rare_terms(tmp_path: Path) -> None:
    index = build(tmp_path / "en", [(t, "en") for t in ENGLISH])
    long = " ".join(f"unknown{i}" for i in range(2 * MAX_TERMS)) + " chess"
    assert index.prepare(long, {"en": 4}).bound > 0
    assert ranking(index, "chess " * 5000, {"en": 4}) == [2]


def test_rows_restrict_the_search(tmp_path: Path) -> None:
    index = build(tmp_path / "en", [(t, "en") for t in ENGLISH])
    rows, scores, ended = index.search(index.prepare("television", {"en": 4}), 10, np.array([1, 3]))
    whole = dict(zip(*[x.tolist() for x in index.search(index.prepare("television", {"en": 4}), 10)[:2]], strict=True))
    assert rows.tolist() == [1]
    assert scores[0] == pytest.approx(whole[1])
    assert ended


def test_an_empty_or_missing_folder_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged):
        LexicalIndex(tmp_path / "nothing")


def test_terms() -> None:
    assert analyze("The Running of the Bulls", "en") == ["run", "bull"]
    assert index_terms("die Häuser", "de") == ["de:haus"]
    assert analyze("検索", "en") == ["検索"]
    assert words("a 検索x b_c") == [(0, 1), (2, 3), (2, 4), (3, 4), (4, 5), (6, 7), (8, 9)]
