"""Parsing filters, and what they match."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.conditions import Filter, Operator
from semsearch.errors import InvalidFilter
from semsearch.filters import matches
from semsearch.search.parse_filter import parse_filter, parse_filters
from semsearch.types.documents import Value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("type=pdf", Filter("type", Operator.EQ, "pdf")),
        ("type == pdf", Filter("type", Operator.EQ, "pdf")),
        (" modified >= 2025-01-01 ", Filter("modified", Operator.GE, "2025-01-01")),
        ("size<10k", Filter("size", Operator.LT, "10k")),
        ("size <= 1.5 MB", Filter("size", Operator.LE, "1.5 MB")),
        ("year>2020", Filter("year", Operator.GT, "2020")),
        ("path=docs/**", Filter("path", Operator.EQ, "docs/**")),
        ("author!=Smith*", Filter("author", Operator.NE, "Smith*")),
        ("title=a = b", Filter("title", Operator.EQ, "a = b")),
        ("author=", Filter("author", Operator.EQ, "")),
        ("dc.creator-2=x", Filter("dc.creator-2", Operator.EQ, "x")),
    ],
)
def test_forms(text: str, expected: Filter) -> None:
    assert parse_filter(text) == expected


@pytest.mark.parametrize("text", ["", "type", "=pdf", "two words=x", "size=>10", "size=<10", "!", "type pdf"])
def test_syntax_errors(text: str) -> None:
    with pytest.raises(InvalidFilter, match=r"FIELD OPERATOR VALUE, as in `type=pdf`"):
        parse_filter(text)


@pytest.mark.parametrize(
    "text", ["size<big", "modified>=yesterday", "modified<2025-13-01", "modified<2025-02-30", "a<"]
)
def test_an_ordering_needs_an_orderable_value(text: str) -> None:
    with pytest.raises(InvalidFilter, match=r"a number, a size \(10k\) or a date"):
        parse_filter(text)


def test_messages_are_one_line_and_short() -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_filter("no\noperator " * 100)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250


def test_a_parsed_filter_is_unchanged() -> None:
    ready = Filter("type", Operator.EQ, "md")
    assert parse_filters([ready, "type=pdf"]) == (ready, Filter("type", Operator.EQ, "pdf"))


TRUE: list[tuple[str, Value]] = [
    ('title=" a blank before"', " a blank before"),
    ("title=", "  "),
    ("message=1234567890123456789", 1234567890123456789),
    ("message>1234567890123456788", 1234567890123456789),
    ("message=1e3", 1000),
    ("type=PDF", "pdf"),
    ("title=*guide*", "The Guide to X"),
    ("title=gu?de", "guide"),
    ("title=[a-g]uide", "guide"),
    ("title=[!a-f]uide", "guide"),
    ("type={pdf,md}", "md"),
    ("title=a[b", "a[b"),
    ("title=[z-a]", "[z-a]"),
    ("title=*a/b*", "x a/b y"),
    ("author=Smith*", "Smith, John"),
    ("tags=rust", "python, rust, c"),
    ("tags!=java", "python, rust"),
    ("path=docs/**", "/home/me/docs/a/b.md"),
    ("path=docs/**", "docs/a.md"),
    ("path=docs/", "docs/x/y.md"),
    ("path=docs/*.md", "docs/a.md"),
    ("path=docs/**/*.md", "docs/a.md"),
    ("path=docs/**/*.md", "docs/a/b/c.md"),
    ("path=*.md", "docs/a/b.md"),
    ("path=./docs/*", "docs/a.md"),
    ("path=/home/**", "/home/x"),
    ("path=**/b.md", "docs/a/b.md"),
    ("size<10k", 9_999),
    ("size<=10k", 10_000),
    ("size<10Ki", 10_239),
    ("size>=1.5M", 1_500_000),
    ("size=2 kB", 2000),
    ("year>=2020", 2021),
    ("year=2021", 2021.0),
    ("year=20*", 2021),
    ("score>-1.5", -1.0),
    ("count>9", "10"),
    ("modified=2025", "2025-03-04T05:06:07"),
    ("modified=2025-03", "2025-03-04"),
    ("modified>=2025-01-01", "2025-01-01T00:00:00+00:00"),
    ("modified<=2025", "2025-12-31T23:59:59"),
    ("modified>2024", "2025-01-01"),
    ("modified<2025-03-04T06", "2025-03-04T05:59:59Z"),
    ("modified>=2025-03", "2025"),
    ("draft=true", True),
    ("draft=no", False),
    ("draft!=yes", False),
    ("author=", None),
    ("author=", ""),
    ("author!=", "x"),
    ("author!=Smith", None),
]
FALSE: list[tuple[str, Value]] = [
    ("message=1234567890123456788", 1234567890123456789),
    ("message>1234567890123456788", 1234567890123456788),
    ("type=pd", "pdf"),
    ("type!=PDF", "pdf"),
    ("title=guide", "the guide"),
    ("title=2025", "2025 plans"),
    ("path=docs/*.md", "docs/a/b.md"),
    ("path=docs/**", "mydocs/a.md"),
    ("path=/docs/**", "/home/docs/a.md"),
    ("path=a?b", "a/b"),
    ("size<10k", 10_000),
    ("size<10Ki", 10_240),
    ("size>1", None),
    ("size>1", True),
    ("size>1", "big"),
    ("modified>2025", "2025-12-31"),
    ("modified<2025", "2025-01-01"),
    ("modified=2025", "2024-12-31"),
    ("modified>2020", "no date"),
    ("draft=true", False),
    ("draft=maybe", True),
    ("author=x", None),
    ("author!=", None),
]


@pytest.mark.parametrize(("text", "value"), TRUE)
def test_true(text: str, value: Value) -> None:
    assert matches(parse_filter(text), value)


@pytest.mark.parametrize(("text", "value"), FALSE)
def test_false(text: str, value: Value) -> None:
    assert not matches(parse_filter(text), value)


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=20))


@given(st.text(max_size=20), VALUES)
def test_unequal_is_the_opposite_of_equal(wanted: str, value: Value) -> None:
    equal, unequal = Filter("f", Operator.EQ, wanted), Filter("f", Operator.NE, wanted)
    assert matches(equal, value) is not matches(unequal, value)


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_numbers_are_ordered_as_numbers(bound: int, value: int) -> None:
    for sign, expected in (("<", value < bound), ("<=", value <= bound), (">", value > bound), (">=", value >= bound)):
        assert matches(parse_filter(f"n{sign}{bound}"), value) is expected
