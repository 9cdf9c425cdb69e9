"""Misspelled words by the library: the option, and words of languages that nothing here can tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch import Document, Index
from tests.contract.hashing_encoder import HashingEncoder

ENGLISH = "The gardener keeps the lighthouse lanterns in the old boathouse by the river."
OTHERS = {
    "cs": "Na zahradě u řeky rostou stromy, pod kterými sedávají rybáři, když je jejich loďka opravena.",
    "pl": "W ogrodzie nad rzeką rosną drzewa, pod którymi siadają rybacy, gdy ich łódka jest naprawiana.",
}


def index_of(folder: Path, text: str, language: str) -> Index:
    index = Index.create(folder, encoder=HashingEncoder())
    index.configure(language=language)
    index.add([Document("one", text)])
    return index


def test_a_misspelled_word_is_searched_as_typed_where_that_is_asked_for(tmp_path: Path) -> None:
    with index_of(tmp_path / "index", ENGLISH, "en") as index:
        assert index.search("lightouse", mode="lexical").corrected == (("lightouse", "lighthouse"),)
        exact = index.search("lightouse", mode="lexical", fuzzy=False)
        assert (exact.corrected, exact.hits) == ((), ())
        (many,) = index.search_many(["lightouse"], mode="lexical", fuzzy=False)
        assert many.corrected == ()


@pytest.mark.parametrize(
    ("language", "word"), [("cs", "rybářů"), ("cs", "stromky"), ("pl", "drzewo"), ("pl", "rybaka")]
)
def test_a_word_of_a_language_that_has_neither_stemmer_nor_dictionary_stays(
    tmp_path: Path, language: str, word: str
) -> None:
    with index_of(tmp_path / "index", OTHERS[language], language) as index:
        assert index.search(word, mode="lexical").corrected == ()


def test_and_a_few_documents_of_such_a_language_leave_the_others_as_they_are(tmp_path: Path) -> None:
    with index_of(tmp_path / "index", ENGLISH, "en") as index:
        index.add([Document(str(number), f"{ENGLISH} {number}") for number in range(30)])
        index.configure(language="cs")
        index.add([Document("cs", OTHERS["cs"])])
        assert dict(index.search("lightouse", mode="lexical").corrected) == {"lightouse": "lighthouse"}
