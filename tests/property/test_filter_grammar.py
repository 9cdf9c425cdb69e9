"""Filters: what is written is what is read, and joined conditions pass what testing every document passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.conditions import DEEPEST, And, Condition, Filter, Not, Operator, Or
from semsearch.errors import InvalidFilter
from semsearch.filters import matches
from semsearch.search.parse_filter import parse_filter, parse_filters
from semsearch.stores.base import Searchable
from semsearch.stores.local.index_reader import Reader
from semsearch.stores.local.writer import Writer
from semsearch.types.documents import Value
from tests.contract.memory_index import MemoryIndex, Text
from tests.crash.build import ENCODER, new_index, record

WORDS = st.sampled_from(
    ["and", "or", "not", "type=pdf", "(", ")", '"', "\\", "=", "<", " ", "a", "x y", "\n", "ü", "this"]
)
ANYTHING = st.one_of(st.text(max_size=12), st.lists(WORDS, max_size=6).map("".join))
ORDERED = st.sampled_from([Operator.LT, Operator.LE, Operator.GT, Operator.GE])
LEAVES = st.one_of(
    st.builds(Filter, ANYTHING, st.sampled_from([Operator.EQ, Operator.NE]), ANYTHING),
    st.builds(Filter, ANYTHING, ORDERED, st.sampled_from(["1", "-2.5", "10k", "2025-01-31"])),
)


def joined(leaves: st.SearchStrategy[Filter]) -> st.SearchStrategy[Condition]:
    def wider(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
        several = st.lists(parts, min_size=2, max_size=3).map(tuple)
        return st.one_of(st.builds(Not, parts), st.builds(And, several), st.builds(Or, several))

    return st.recursive(leaves, wider, max_leaves=6)


@given(joined(LEAVES))
@settings(max_examples=1000)
def test_what_is_written_is_read(condition: Condition) -> None:
    assert parse_filter(str(condition)) == condition
    assert parse_filters([condition]) == (condition,)


@given(st.one_of(st.text(max_size=40), st.lists(WORDS, max_size=12).map(" ".join)))
@settings(max_examples=1000)
def test_any_text_is_a_filter_or_none(text: str) -> None:
    try:
        found = parse_filter(text)
    except InvalidFilter:
        return
    assert parse_filter(str(found)) == found


@given(st.text(alphabet=st.characters(exclude_characters='"'), max_size=20))
def test_a_single_condition_means_what_it_always_did(value: str) -> None:
    """Where no word of the value joins another condition, all of it is the value."""
    if "=" not in value and "<" not in value and ">" not in value:
        assert parse_filter(f"title={value}") == Filter("title", Operator.EQ, value.strip())


FIELDS = ("colour", "my key", "a=b", "year")
VALUES: Sequence[Value] = (None, "red", "blue", "red or blue", 7, 2021, True, ("red", "green"), (1, 5), "2024-05-01")
DOCUMENTS: Mapping[str, Mapping[str, Value]] = {
    f"d{n}": {
        name: VALUES[(n * step + shift) % len(VALUES)]
        for shift, (name, step) in enumerate(zip(FIELDS, (1, 3, 7, 9), strict=True))
    }
    for n in range(20)
} | {"bare": {}}
ASKED = st.one_of(
    st.builds(
        Filter,
        st.sampled_from(FIELDS),
        st.sampled_from([Operator.EQ, Operator.NE]),
        st.sampled_from(["red", "r*", "", "7", "true", "green", "red or blue", "2024"]),
    ),
    st.builds(Filter, st.sampled_from(FIELDS), ORDERED, st.sampled_from(["2", "5", "2022", "2024-01-01"])),
)


@contextmanager
def in_memory(folder: Path) -> Iterator[Searchable]:
    yield MemoryIndex([Text(name, (f"the text {name}",), fields) for name, fields in DOCUMENTS.items()], None)


@contextmanager
def on_disk(folder: Path) -> Iterator[Searchable]:
    layout = new_index(folder / "index")
    with Writer(layout) as writer:
        for name, fields in DOCUMENTS.items():
            made, embedded = record(name, f"the text {name}\n")
            vectors = dict(enumerate(ENCODER.encode_passages(embedded)))
            writer.put(made._replace(metadata=fields), embedded, vectors, {})
        writer.commit()
    reader = Reader(layout)
    with reader.view() as view:
        yield view
    reader.close()


@pytest.fixture(scope="module", params=[in_memory, on_disk], ids=lambda b: b.__name__)
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searchable]:
    with request.param(tmp_path_factory.mktemp("filters")) as made:
        yield made


def fulfilled(condition: Condition, fields: Mapping[str, Value]) -> bool:
    """The truth by the definition of each word."""
    if isinstance(condition, Filter):
        return matches(condition, fields.get(condition.field))
    if isinstance(condition, Not):
        return not fulfilled(condition.condition, fields)
    truths = [fulfilled(one, fields) for one in condition.conditions]
    return all(truths) if isinstance(condition, And) else any(truths)


@given(st.lists(joined(ASKED), min_size=1, max_size=2))
@settings(max_examples=300)
def test_joined_conditions_pass_what_testing_every_document_passes(index: Searchable, filters: list[Condition]) -> None:
    keep = index.select(filters)
    assert keep is not None
    wanted = {name for name, fields in DOCUMENTS.items() if all(fulfilled(one, fields) for one in filters)}
    assert len(keep) == len(wanted)
    found = {name for name in DOCUMENTS if passes(index, name, filters)}
    assert found == wanted


def passes(index: Searchable, name: str, filters: list[Condition]) -> bool:
    keep = index.select([*filters, Filter("path", Operator.EQ, name)])
    return keep is not None and len(keep) == 1


def test_nesting_has_an_end() -> None:
    deep = "(" * (DEEPEST + 5) + "a=1" + ")" * (DEEPEST + 5)
    with pytest.raises(InvalidFilter, match="nested more than"):
        parse_filter(deep)
    with pytest.raises(InvalidFilter, match="nested more than"):
        parse_filter("not " * 5000 + "a=1")
    made: Condition = Filter("a", Operator.EQ, "1")
    for _ in range(5000):
        made = ~made
    with pytest.raises(InvalidFilter, match="nested more than"):
        parse_filters([made])


def test_many_joined_conditions_are_not_deep() -> None:
    many = Filter("n", Operator.EQ, "0") | Filter("n", Operator.EQ, "1")
    for n in range(2, 2000):
        many = many | Filter("n", Operator.EQ, str(n))
    assert parse_filter(str(many)) == many
