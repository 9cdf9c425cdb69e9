"""Words in every form, with and without accents, in code, and in scripts without spaces: what finds what, and where."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch import Document, Index, Mode
from semsearch.corpus.text.terms.analysis import analyze, asked_words, index_terms, words
from semsearch.corpus.text.terms.folding import folded
from semsearch.corpus.text.terms.identifiers import humps
from semsearch.corpus.text.terms.marks import Marking
from semsearch.corpus.text.terms.scripts import unit_spans
from tests.contract.hashing_encoder import HashingEncoder


def found(texts: list[str], query: str, language: str = "en") -> list[int]:
    """Return the texts that a query finds by its words: those with a term of the query."""
    wanted = asked_words(query, language).terms()
    return [n for n, text in enumerate(texts) if wanted & set(index_terms(text, language))]


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("Überweisung", nfd("Die Überweisung kam an."), "de"),
        (nfd("crème"), "La crème est froide.", "fr"),
        ("XYZ-77", "型番はＸＹＺ－７７です", "ja"),
        ("office", "the oﬃce is closed", "en"),
        ("ギター", "ｷﾞﾀｰを弾く", "ja"),
        ("hyphenation", "hyphen\u00adation", "en"),
        ("zero", "ze\u200bro", "en"),
        ("chateau", "Le château est vieux.", "fr"),
        ("Goteborg", "Vi bor i Göteborg.", "sv"),
        ("Goteborg", "We live in Göteborg.", "en"),
        ("cafe", "a small café", "en"),
        ("Strasse", "Die Straße ist lang.", "de"),
        ("Muenchen", "Wir fahren nach München.", "de"),
        ("Munchen", "Wir fahren nach München.", "de"),
        ("informacion", "La información es clara.", "es"),
        ("coracao", "O coração bate.", "pt"),
        ("citta", "La città dorme.", "it"),
        ("loadUserPrefs", "def load_user_prefs():", "en"),
        ("load_user_prefs", "call loadUserPrefs()", "en"),
        ("load user prefs", "LoadUserPrefs(x)", "en"),
        ("load-user-prefs", "loadUserPrefs", "en"),
        ("http response", "parseHTTPResponse()", "en"),
        ("md5 digest", "md5Digest(data)", "en"),
        ("path", "os.path.join(a)", "en"),
        ("狐", "狐は走る", "ja"),
        ("川", "この川は広い", "ja"),
        ("แมว", "ฉันมีแมวสองตัว", "th"),
        ("ឆ្មា", "ខ្ញុំមានឆ្មាពីរ", "km"),
        ("ແມວ", "ຂ້ອຍມີແມວ", "lo"),
        ("ကြောင်", "ကျွန်တော့်မှာကြောင်ရှိသည်", "my"),
        ("고양이", "나는 고양이를 좋아한다", "ko"),
    ],
)
def test_a_word_is_found_however_it_is_written(query: str, text: str, language: str) -> None:
    assert found(["something else", text], query, language) == [1]


@pytest.mark.parametrize(
    ("query", "text", "language"),
    [
        ("ano", "Feliz año a todos", "es"),  # ñ is a letter of its own
        ("rom", "hela rum och röm", "sv"),
        ("が", "かき", "ja"),
        ("render", "surrender", "en"),
    ],
)
def test_other_letters_are_other_words(query: str, text: str, language: str) -> None:
    assert found([text], query, language) == []


def test_function_words_do_not_come_back_without_their_accents() -> None:
    assert found(["à la maison, où es-tu"], "a ou", "fr") == []


def test_parts_of_names() -> None:
    assert humps("parseHTTPResponse") == [("parse", "HTTP", "Response")]
    assert humps("sha256Sum of a plain WORD") == [("sha256", "Sum")]
    assert humps("aGVsbG8gd29ybGQhIGFCY0Q") == []


def test_an_accent_is_left_out_where_readers_do_that() -> None:
    assert folded("chaudière", "fr") == ("chaudiere",)
    assert set(folded("Größe", "de")) == {"grosse", "groesse"}
    assert folded("niño", "es") == ()
    assert "malmo" in folded("Malmö", "sv")
    assert folded("plain", "en") == ()


def test_letters_with_their_marks_are_one_unit() -> None:
    run = "กำลังเดิน"
    spans = unit_spans(run)
    assert [stop for _, stop in spans[:-1]] == [start for start, _ in spans[1:]]
    assert (spans[0][0], spans[-1][1]) == (0, len(run))
    assert all(not unicodedata.combining(run[start]) for start, _ in spans)


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60) | st.lists(
    st.sampled_from(
        ["Ünïcode", "naïve", "ｆｕｌｌ", "ﬁsh", "renderCustomer", "東京都", "ภาษาไทย", "हिन्दी", "العَرَبية", "a_b", "x"]
    )
).map(" ".join)


@given(TEXTS)
def test_the_same_words_in_both_forms_of_unicode(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert sorted(analyze(composed, "en")) == sorted(analyze(unicodedata.normalize("NFD", composed), "en"))


@given(TEXTS, TEXTS)
def test_marks_are_within_the_text_in_order_and_cover_whole_letters(query: str, text: str) -> None:
    last = 0
    for start, stop in Marking(query, ["en"]).marks(text):
        assert last <= start < stop <= len(text)
        assert stop == len(text) or not unicodedata.combining(text[stop])
        last = stop


@given(TEXTS)
def test_every_word_is_found_by_itself(text: str) -> None:
    for start, stop in words(text):
        word = text[start:stop]
        if analyze(word, "en"):
            assert asked_words(word, "en").terms() & set(index_terms(word, "en"))


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as made:
        made.add(
            [
                Document("exact", "The resume of the meeting."),
                Document("accented", "The résumé of the applicant."),
                Document("camel", "call renderInvoice(total)"),
                Document("snake", "call render_invoice(total)"),
                Document("words", "they render the invoice"),
                Document("wide", "コードはＡＢＣ－９です"),
                Document("cat", "三毛猫が寝ている"),
            ]
        )
        yield made


def first(index: Index, query: str) -> list[str]:
    return [h.passage.document_id for h in index.search(query, mode=Mode.LEXICAL, floor=False).hits]


def test_the_exact_spelling_comes_first(index: Index) -> None:
    assert first(index, "resume") == ["exact", "accented"]
    assert first(index, "résumé")[0] == "accented"
    assert first(index, "renderInvoice")[0] == "camel"
    assert first(index, "render_invoice")[0] == "snake"
    assert set(first(index, "render invoice")) == {"camel", "snake", "words"}


def test_quoted_words_in_other_forms(index: Index) -> None:
    assert first(index, '"ABC-9"') == ["wide"]
    assert first(index, '"猫"') == ["cat"]
    assert first(index, '"resume of the applicant"') == ["accented"]
    assert first(index, '"résumé of the meeting"') == []


def test_marks_are_those_of_the_original(index: Index) -> None:
    hit = index.search("resume", mode=Mode.LEXICAL, floor=False).hits[1]
    (span,) = hit.marks
    assert hit.passage.text[slice(*span)] == "résumé"
    assert index.document("accented").text[hit.passage.start : hit.passage.stop] == hit.passage.text


def test_names_are_looked_up_in_any_form_and_stay_as_they_are(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / nfd("Müll")).mkdir(parents=True)
    (folder / nfd("Müll") / nfd("Gelber Säck.md")).write_text("Plastic goes here.")
    (folder / "Glas.md").write_text("Glass goes there.")
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.index([folder])
        (name,) = [d.id for d in index.documents(filters=["name=Gelber Säck.md"])]
        assert nfd("Gelber Säck.md") in name
        assert [d.id for d in index.documents(within=[folder / "Müll"])] == [name]
        assert index.document(str(folder / "Müll" / "Gelber Säck.md")).text.startswith("Plastic")
        assert [h.path for h in index.search("goes", within=[folder / "Müll"], floor=False).hits] == [name]
