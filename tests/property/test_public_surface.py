"""Every public entry, with any argument of any wrong type: one of our errors or a TypeError, and an unchanged index."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import semsearch
from semsearch import Document, Index, SearchOptions, SemsearchError, Settings
from semsearch.api import keywords
from tests.contract.hashing_encoder import HashingEncoder

WRONG: tuple[Any, ...] = (
    None,
    b"..",
    b"",
    -1,
    2.5,
    float("nan"),
    "",
    "\ud800",
    "\0",
    "no such thing",
    [],
    [None],
    {"a": None},
    (1, 2),
    object(),
    Path("/no/such/place"),
    10**30,
    True,
    print,
    np.float32("nan"),
    np.bool_(True),
    np.array([[1.5]]),
    bytearray(b".."),
    frozenset({None}),
    Fraction(1, 3),
    SearchOptions,
)
GOOD: dict[str, Any] = {
    "query": "ferry",
    "question": "when does the ferry leave?",
    "queries": ["ferry"],
    "qrels": {},
    "document_id": "one",
    "document_ids": ["one"],
    "ids": [1],
    "options": SearchOptions(),
    "documents": [],
    "targets": ["nothing of that name"],
    "texts": ["a"],
    "language": "de",
    "name": "none",
    "field": "none",
    "model": "no such model",
    "examples": {"one": "a"},
    "since": 0,
    "mark": 0,
    "file": "/no/such/folder/file",
    "passage": None,
    "results": None,
    "path": "/no/such/place",
    "paths": ["/no/such/place"],
    "folder": "/no/such/place",
    "models": ["no such model"],
}
"""What the other arguments get: valid, and without a lasting effect."""
ALLOWED = (SemsearchError, TypeError)
COMMAND = re.compile("`semsearch [^`]+`")
"""What a message names as a whole may be run by anybody; a flag by itself says nothing to a caller."""
ENDLESS = {"watch"}
"""Methods that go on for ever with arguments that are right: given only what they refuse at once."""


def methods() -> list[str]:
    names = [n for n, m in inspect.getmembers(Index, inspect.isfunction) if not n.startswith("_")]
    return sorted(set(names) - ENDLESS - {"close"})


def arguments(function: Callable[..., Any]) -> list[str]:
    """The names of its arguments; those of `**options` too."""
    names = []
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            options = inspect.unwrap(function).__annotations__[name].removeprefix("Unpack[").removesuffix("]")
            names += getattr(keywords, options).__annotations__ if hasattr(keywords, options) else ()
        elif name != "self":
            names.append(name)
    return names


def required(function: Callable[..., Any]) -> dict[str, Any]:
    found = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name != "self" and parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD:
            found[name] = GOOD.get(name)
    return found


def state(index: Index) -> tuple[Any, ...]:
    status = index.status()
    texts = {d.id: index.document(d.id).text for d in index.documents()}
    settings = hashlib.sha256(repr(index.settings).encode()).hexdigest()
    return status.documents, status.passages, status.model, texts, settings, sorted(s.path for s in index.sources())


def refusal(call: Callable[..., Any], given: dict[str, Any]) -> str | None:
    """Call it, go through what a generator yields, and return what one of our errors says: Python's own say less."""
    try:
        found = call(**given)
        if isinstance(found, Iterator):
            list(islice(found, 3))
    except SemsearchError as error:
        return str(error)
    return None


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    folder = tmp_path_factory.mktemp("surface")
    with Index.create(folder / "index", encoder=HashingEncoder(), offline=True) as made:
        made.add([Document("one", "The ferry leaves at noon."), Document("two", "A kettle boils.")])
        yield made


@pytest.mark.parametrize("method", methods())
def test_a_wrong_argument_is_refused_in_a_sentence_and_changes_nothing(
    method: str, index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMSEARCH_OFFLINE", "1")
    call = getattr(index, method)
    before = state(index)
    for name in arguments(call):
        for value in WRONG:
            if method in ("create", "open") and name in ("path", "settings"):
                continue  # what they are given is where something is made
            if method == "add" and name == "documents" and isinstance(value, (list, tuple, frozenset, np.ndarray)):
                continue  # lists of bad items: see test_given_documents.py
            given = required(call) | {name: value}
            told = refusal(call, given)
            assert told is None or len(told.split()) >= 3, (method, name, value, told)
            assert told is None or "--" not in COMMAND.sub("", told), f"flags mean nothing to a caller: {told}"
            if method == "configure":
                assert told is None or state(index) == before, (name, value)
                before = state(index)  # some of these values are right
    assert state(index) == before
    assert not list(tmp_path.iterdir()) or method in ("export", "create", "open")


@pytest.mark.parametrize("name", [n for n in semsearch.__all__ if inspect.isfunction(getattr(semsearch, n))])
def test_functions_refuse_in_a_sentence(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEMSEARCH_OFFLINE", "1")
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "data"))
    function = getattr(semsearch, name)
    for argument in arguments(function):
        for value in WRONG:
            if name in ("plan_index", "import_index") and argument in ("paths", "path", "file"):
                continue
            told = refusal(function, required(function) | {argument: value})
            assert told is None or len(told.split()) >= 3, (name, argument, value, told)


EXAMPLES: list[Callable[[Index], Any]] = [
    lambda i: i.configure(recall=7),
    lambda i: i.configure(language="klingon"),
    lambda i: i.configure(max_pages=-1),
    lambda i: i.configure(nonsense=1),  # type: ignore[call-arg]
    lambda i: i.index([""]),
    lambda i: i.index([b".."]),  # type: ignore[list-item]
    lambda i: i.search(None),  # type: ignore[arg-type]
    lambda i: i.search(b"ferry"),  # type: ignore[arg-type]
    lambda i: i.search(Path("ferry")),  # type: ignore[arg-type]
    lambda i: i.search("ferry", k="5"),  # type: ignore[arg-type]
    lambda i: i.search("ferry", k=2.5),  # type: ignore[arg-type]
    lambda i: i.search("ferry", k=float("nan")),  # type: ignore[arg-type]
    lambda i: i.search("ferry", filters=None),  # type: ignore[arg-type]
    lambda i: i.search_many("rake"),
    lambda i: i.answer(None),  # type: ignore[arg-type]
    lambda i: i.near_duplicates(None),  # type: ignore[arg-type]
    lambda i: i.vectors("1"),  # type: ignore[arg-type]
    lambda i: i.search(),
    lambda i: i.evaluate({"q": "ferry"}, {"q": {"one": 10**30}}),
    lambda i: i.evaluate({"q": "ferry"}, {"q": {"one": 1}}, modes=[]),
    lambda i: i.evaluate({"q": "ferry"}, {"q": {"one": 1}}, measures=[]),
    lambda i: i.evaluate({"q": "ferry"}, {"q": {"one": 1}}, measures=[1]),  # type: ignore[list-item]
    lambda i: i.document_vectors(None),  # type: ignore[arg-type]
    lambda i: i.near_duplicates("one", "x"),  # type: ignore[arg-type]
]


@pytest.mark.parametrize("call", EXAMPLES, ids=range(len(EXAMPLES)))
def test_each_of_these_is_refused(
    call: Callable[[Index], Any], index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here.txt").write_text("A file of the current folder.")
    monkeypatch.chdir(tmp_path)
    before = state(index)
    with pytest.raises(ALLOWED) as told:
        call(index)
    assert "--" not in str(told.value), "a command's flags mean nothing to a caller"
    assert state(index) == before


@pytest.mark.parametrize("option", [field.name for field in fields(SearchOptions)])
def test_options_in_one_object_are_refused_as_they_are_one_by_one(option: str, index: Index) -> None:
    for value in WRONG:
        told = refusal(index.search_with, {"queries": ["ferry"], "options": SearchOptions(**{option: value})})
        alone = refusal(index.search, {"query": "ferry", option: value}) if option != "literal" else told
        assert told == alone, (option, value)


def test_options_in_one_object_mean_what_they_mean_one_by_one(index: Index) -> None:
    options = SearchOptions(mode="lexical", within="one", filters="not type=pdf")  # type: ignore[arg-type]
    (found,) = index.search_with(["ferry"], options)
    assert found == index.search("ferry", mode="lexical", within="one", filters="not type=pdf")
    assert [hit.path for hit in found.hits] == ["one"]


def test_numbers_of_numpy_are_numbers(index: Index) -> None:
    found = index.evaluate({"q": "ferry"}, {"q": {"one": np.int64(1)}}, modes="lexical")  # type: ignore[dict-item]
    assert found.modes["lexical"]["RR@10"] == 1
    assert index.near_duplicates("one", np.float32(0.5)) == index.near_duplicates("one", 0.5)  # type: ignore[arg-type]
    assert len(index.document_vectors(name for name in ("one", "two"))) == 2  # type: ignore[arg-type]


def test_an_encoder_that_returns_no_vectors_is_told_by_what_it_returned(tmp_path: Path) -> None:
    class Lists(HashingEncoder):
        def encode_queries(self, texts: Any) -> Any:
            return super().encode_queries(texts).tolist()

    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as made:
        made.add([Document("one", "The ferry leaves at noon.")])
    with (
        Index.open(tmp_path / "index", encoder=Lists()) as opened,
        pytest.raises(SemsearchError, match="returned an object of type list; expected a numpy array of float32"),
    ):
        opened.search("ferry")


def test_settings_are_checked_where_an_index_is_made(tmp_path: Path) -> None:
    with pytest.raises(SemsearchError, match="recall"):
        Index.create(tmp_path / "index", settings=Settings(recall=7), encoder=HashingEncoder())
    assert not list(tmp_path.iterdir())
