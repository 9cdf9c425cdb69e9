"""For a script that the encoder does not know only words decide; other text is searched as usual."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from semsearch import Document, Index, Mode
from semsearch.search.readable_scripts import readable
from tests.contract.hashing_encoder import HashingEncoder

NOTES = {
    "ja": ("町内会の避難訓練は十月に行います。消火器の点検も班長が担当します。", ("避難訓練", "消火器", "班長")),
    "zh": ("供水管道每两年检修一次，费用由住户共同承担。", ("供水管道", "住户", "检修")),
    "ko": ("도서관은 매주 월요일에 문을 닫습니다. 반납은 무인 상자에 하세요.", ("도서관", "반납", "월요일")),
    "ar": ("يجتمع مجلس القرية كل شهر لمناقشة إصلاح الطريق والمدرسة", ("الطريق", "إصلاح", "القرية")),
    "he": ("ועד הבית נפגש בכל חודש כדי לדון בתיקון הגג ובגינה", ("הגג", "ובגינה", "חודש")),
    "ru": ("Собрание жильцов обсудило ремонт крыши и новую детскую площадку", ("ремонт", "крыши", "площадку")),
    "el": ("Η συνέλευση των κατοίκων αποφάσισε την επισκευή της στέγης", ("επισκευή", "στέγης", "συνέλευση")),
}
ABSENT = (
    "冷蔵庫", "飛行機の予約", "鷹", "火山爆发", "企鹅", "냉장고", "비행기 예약", "ثلاجة", "طائرة", "מקרר", "מטוס",
    "холодильник", "авиабилеты", "пингвин", "ψυγείο", "αεροπλάνο", "ตู้เย็น", "เครื่องบิน", "रेफ्रिजरेटर", "हवाई जहाज",
)  # fmt: skip
TOOLS = ("saw", "rake", "spade", "hoe", "axe", "drill", "plane", "chisel")
PLACES = ("door", "stove", "bench", "stair", "gate", "shelf", "sink", "wall")
ENGLISH = [
    f"The {tool} hangs beside the {place} and is oiled on Fridays." for tool, place in zip(TOOLS, PLACES, strict=True)
]
FOREIGN = re.compile(r"\S*[^\x00-\u036f]\S*")


class English(HashingEncoder):
    """Knows one language; every word of another script is the unknown token, as with BERT's tokenizer."""

    languages = ("en",)

    def _vector(self, text: str, row: np.ndarray) -> np.ndarray:
        return super()._vector(FOREIGN.sub("UNKNOWN", text), row)

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        return [[None if FOREIGN.fullmatch(word) else word for word in text.split()] for text in texts]


class Unlisted(English):
    languages = ()


class Multilingual(HashingEncoder):
    """Reads every script, one piece per word, and declares only some of the languages."""

    languages = ("en", "fr")

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        return [list(text.split()) for text in texts]


@pytest.fixture(scope="module", params=[English, Unlisted], ids=lambda made: made.__name__)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with built(tmp_path_factory.mktemp("scripts"), request.param()) as made:
        yield made


def built(folder: Path, encoder: HashingEncoder) -> Index:
    made = Index.create(folder / "index", encoder=encoder)
    made.add([Document(name, text) for name, (text, _) in NOTES.items()])
    made.add([Document(f"en{number}", text) for number, text in enumerate(ENGLISH)])
    return made


@pytest.mark.parametrize("mode", [Mode.HYBRID, Mode.DENSE, Mode.LEXICAL])
@pytest.mark.parametrize("text", ABSENT)
def test_a_missing_word_is_not_relevant(index: Index, text: str, mode: Mode) -> None:
    found = index.search(text, mode=mode)
    assert (found.relevant, found.hits) == (False, ())


@pytest.mark.parametrize(("name", "word"), [(name, w) for name, (_, words) in NOTES.items() for w in words])
def test_a_matching_word_comes_first(index: Index, name: str, word: str) -> None:
    found = index.search(word)
    assert found.relevant
    assert found.hits[0].path == name
    assert found.hits[0].score >= 0.5
    assert "dense" not in found.hits[0].ranks


def test_a_whole_word_comes_before_its_parts(index: Index) -> None:
    index.add([Document("parts", "避難。訓練。避難。訓練。避難。訓練。")])
    try:
        hits = index.search("避難訓練").hits
        assert [hit.path for hit in hits[:2]] == ["ja", "parts"]
        assert hits[1].ranks["lexical"] < hits[0].ranks["lexical"]
    finally:
        index.remove(["parts"])


def test_half_of_a_question_is_enough_to_match(index: Index) -> None:
    assert index.search("避難訓練の日程").hits[0].path == "ja"
    assert index.search("ремонт крыши дома").hits[0].path == "ru"
    assert not index.search("避難所の場所と連絡先").relevant
    assert not index.search("ремонт холодильника и телевизора").relevant


def test_separate_characters_do_not_match_a_word(index: Index) -> None:
    """消 and 月 are in the Japanese note, but not as one word, in any mode."""
    for mode in (Mode.HYBRID, Mode.LEXICAL):
        assert not index.search("消月", mode=mode).relevant


def test_the_readable_part_is_searched_too(index: Index) -> None:
    found = index.search("the rake is oiled 冷蔵庫")
    assert found.hits[0].path == "en1"
    assert "dense" in found.hits[0].ranks
    assert not index.search("zeppelin 冷蔵庫").relevant


def test_the_floor_can_be_switched_off(index: Index) -> None:
    found = index.search("冷蔵庫", mode=Mode.DENSE, floor=False)
    assert found.hits
    assert not found.relevant
    assert all(hit.score < 0.5 for hit in found.hits)
    assert index.search("避難訓練", floor=False).hits[0].path == "ja"


def test_an_example_document_works_beside_an_unknown_script(index: Index) -> None:
    found = index.search("冷蔵庫", like=["en3"])
    assert found.relevant
    assert all("dense" in hit.scores for hit in found.hits)


def test_the_warning_says_that_words_decide(index: Index) -> None:
    (warning,) = index.search("冷蔵庫").warnings
    assert "Japanese" in warning or "Chinese" in warning
    assert "only its words" in warning


@pytest.mark.parametrize("text", ["避難訓練", "холодильник", "rake and spade"])
def test_a_multilingual_encoder_is_used_as_usual(tmp_path: Path, text: str) -> None:
    encoder = Multilingual()
    with built(tmp_path, encoder) as made:
        calls = len(encoder.calls)
        found = made.search(text, floor=False)
        assert encoder.calls[calls:] == [("queries", [text])]
        assert all("dense" in hit.scores for hit in found.hits)
        assert not any("only its words" in warning for warning in found.warnings)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("β-catenin in the αβ T cells", "β-catenin in the αβ T cells"),
        ("IL-1β and µ-opioid", "IL-1β and µ-opioid"),
        ("Dvořák, Müller and Łódź naïve", "Dvořák, Müller and Łódź naïve"),
        ("party 🎉 tonight", "party 🎉 tonight"),
        ("iPhone 冷蔵庫", "iPhone"),
        ("find the Москва office", "find the  office"),
        ("冷蔵庫 A", ""),
        ("холодильник", ""),
        ("", ""),
        ("12 %", "12 %"),
    ],
)
def test_the_encoded_part_of_a_query(text: str, part: str) -> None:
    assert readable(text, English()) == part
    assert readable(text, Multilingual()) == text


class Spelling(English):
    """Spells unknown words letter by letter, except those of two letters, which are the unknown token."""

    def pieces(self, texts: Sequence[str]) -> list[list[str | None]]:
        return [[None] if len(text) == 2 else list(unicodedata.normalize("NFD", text)) for text in texts]


@pytest.mark.parametrize("text", ["비행기 예약", "холодильник на кухне", "冷蔵庫 鷹"])
def test_a_script_that_is_only_spelled_is_unreadable(text: str) -> None:
    assert readable(text, Spelling()) == ""


def test_without_a_vocabulary_the_languages_decide() -> None:
    plain = HashingEncoder()
    assert readable("холодильник", plain) == "холодильник"
    plain.languages = ("en",)
    assert readable("холодильник", plain) == ""
    plain.languages = ("en", "ru")
    assert readable("холодильник", plain) == "холодильник"
