"""Words in the dictionaries."""

from __future__ import annotations

import pytest

from semsearch.corpus.text.known_words import is_known


@pytest.mark.parametrize(
    ("word", "languages", "known"),
    [
        ("refrigerator", ["en"], True),
        ("acommodation", ["en"], False),
        ("kühlschrank", ["en"], False),
        ("kühlschrank", ["en", "de"], True),
        ("kühlschrnak", ["de"], False),
        ("réfrigérateur", ["fr"], True),
    ],
)
def test_words(word: str, languages: list[str], known: bool) -> None:
    assert is_known(word, languages) is known


def test_a_language_without_a_dictionary_knows_every_word() -> None:
    assert is_known("kylskåpp", ["sv"])
    assert not is_known("anything", [])
