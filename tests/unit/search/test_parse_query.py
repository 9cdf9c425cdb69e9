"""Phrases are extracted from a text; any text is a valid query."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.search.parse_query import Query, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain words", Query("plain words")),
        ('find "exact phrase" here', Query("find exact phrase here", ("exact phrase",))),
        ('"one" and “two three”', Query("one and two three", ("one", "two three"))),
        ('"twice" "twice"', Query("twice twice", ("twice",))),
        ('an "open quote', Query('an "open quote')),
        ("“open", Query("“open")),
        ('5" pipe and 7" pipe', Query('5" pipe and 7" pipe')),
        ('("in brackets")', Query("(in brackets)", ("in brackets",))),
        ('"" nothing', Query('"" nothing')),
        ('" ... "', Query('" ... "')),
        ('"  spaced  "', Query("spaced", ("spaced",))),
        ("it's a 'single' quote", Query("it's a 'single' quote")),
        ("", Query("")),
        ("  \n ", Query("")),
        ("a AND NOT b:(c OR d)^2 ~*", Query("a AND NOT b:(c OR d)^2 ~*")),
        ("nul\0byte", Query("nul byte")),
    ],
)
def test_quotes(text: str, expected: Query) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "pasted"),
    [
        ('"connection refused"', False),
        ('"connection refused" after the update', False),
        ('why is "connection refused" said so often here', False),
        ("a text of more than eight words in which nothing is quoted", False),
        ('Traceback:\n  File "x.py", line 3, in main\nValueError: bad', True),
        ('he writes that "the river rose" and that nobody had seen it so high since the mill was built', True),
        ('"this long quotation is nearly all there is of what somebody was looking for", said he', False),
        ('"one"\n"two"', False),
    ],
)
def test_quotes_of_a_pasted_text_are_not_required(text: str, pasted: bool) -> None:
    assert parse(text).pasted is pasted


def test_a_lone_surrogate_becomes_a_character_that_can_be_encoded() -> None:
    assert parse("caf\udce9").text.encode() == "caf�".encode()


@pytest.mark.parametrize("unit", ['"', '" ', '"a', 'a"', "“", '“"', '"a" ', "“a” “"])
def test_a_hundred_kilobytes_of_quotes_parse_quickly(unit: str) -> None:
    text = unit * (100_000 // len(unit))
    assert len(parse(text).text) <= len(text)


@given(st.text(max_size=200))
def test_any_text_is_valid_and_its_phrases_are_in_it(text: str) -> None:
    query = parse(text)
    assert all(phrase in query.text for phrase in query.phrases)
    assert parse(query.text.replace('"', " ").replace("“", " ")).phrases == ()
