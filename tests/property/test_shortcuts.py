"""What is told by a shorter way is the same: words of ASCII, whether there is anything to see, lone surrogates."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from semsearch.corpus.text.decode import clean, visible
from semsearch.corpus.text.language import _ASCII_WORD, _WORD


@given(st.text(st.characters(codec="ascii"), max_size=80))
@example("ab_c a1b\x1cc x-y")
def test_words_of_ascii(text: str) -> None:
    assert _ASCII_WORD.findall(text.lower()) == _WORD.findall(text.lower())


@given(st.text(st.one_of(st.characters(), st.sampled_from(" \t\n\x00\u00a0\u200b\u3000\ue000a")), max_size=12))
def test_anything_to_see(text: str) -> None:
    assert visible(text) == any(map(str.isprintable, "".join(text.split())))


@given(st.text(st.characters(exclude_categories=()), max_size=40))
def test_what_cannot_be_stored(text: str) -> None:
    assert clean(text) == re.sub("[\0\ud800-\udfff]", "\ufffd", text)
