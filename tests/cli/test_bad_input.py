"""Bad input: one line that says what to do, exit code 2, no traceback, nothing lost."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from semsearch.cli.commands.add import documents
from semsearch.errors import InvalidQuery
from semsearch.types.documents import Document

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Workplace


def is_one_error(done: Done, *words: str) -> None:
    assert done.code == 2, (done.out, done.err)
    assert done.out == ""
    assert done.err.startswith("semsearch: error: "), done.err
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    for word in words:
        assert word in done.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("query",), ("empty",)),
        (("query", ""), ("empty",)),
        (("query", "  \n "), ("empty",)),
        (("query", "x", "-k", "0"), ("-k", "0")),
        (("query", "x", "-k", "-3"), ("-3",)),
        (("query", "x", "-k", "many"), ("many",)),
        (("query", "x", "--filter", "colour=red"), ("colour",)),
        (("query", "x", "--filter", "modified>=yesterday"), ("yesterday",)),
        (("query", "x", "--filter", "type"), ("type",)),
        (("query", "x", "--filter", ""), ()),
        (("query", "x", "--mode", "fast"), ("fast",)),
        (("query", "x", "--frobnicate"), ("--frobnicate",)),
        (("query", "x", "--json", "-l"), ("--json",)),
        (("query", "x", "-0"), ("--files",)),
        (("query", "x", "--like", "not-there.txt"), ("not-there.txt",)),
        (("query", "x", "-C", "-1"), ("-1",)),
        (("qurey", "x"), ("query",)),
        (("how do I bake",), ("semsearch query",)),
        (("index", "not-there"), ("not-there",)),
        (("index", ".", "--max-file-size", "big"), ("big",)),
        (("index", ".", "--language", "klingon"), ("klingon",)),
        (("index", ".", "--wait", "-1"), ("-1",)),
        (("index", ".", "--wait", "nan"), ("--wait", "nan", "number of seconds")),
        (("index", ".", "--file-seconds", "nan"), ("--file-seconds", "nan", "number of seconds")),
        (("index", ".", "--file-seconds", "soon"), ("--file-seconds", "soon", "number of seconds")),
        (("daemon", "start", "--idle-time", "inf"), ("--idle-time", "inf", "number of seconds")),
        (("daemon", "start", "--idle-time", "nan"), ("--idle-time", "nan", "number of seconds")),
        (("add", "not-there.jsonl"), ("not-there.jsonl",)),
        (("remove", "not-there"), ("not-there",)),
        (("remove",), ("TARGET",)),
        (("list", "--filter", "colour=red"), ("colour",)),
        (("why-not", "", "backup.md"), ("empty",)),
        (("why-not", "x"), ("FILE",)),
        (("eval", "recipes"), ("corpus.jsonl",)),
        (("export", "no/such/folder/x"), ("no/such/folder",)),
        (("import", "-i", "other", "backup.md"), ("backup.md",)),
        (("completion", "csh"), ("csh",)),
        (("status", "-i", "recipes"), ("recipes",)),
        (("query", "x", "-i", "/not/there"), ("/not/there",)),
        (("query", "x", "-i", "backup.md"), ("backup.md",)),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, tuple) else None,
)
def test_one_line_that_names_what_is_wrong(shared: Workplace, args: tuple[str, ...], words: tuple[str, ...]) -> None:
    is_one_error(shared.call(*args), *words)


@pytest.mark.parametrize(
    "text",
    [
        'bread AND (NOT "unclosed',
        "title:bread^2 ~3 *?[]{}\\",
        "'; DROP TABLE documents; --",
        '""""',
        '+bread -dough NEAR/3 "a b"~2',
        "\0\x1b[31m",
        "日本語 🍞",
        "a" * 500,
        "bread " * 17_000,
    ],
    ids=["boolean", "fields", "sql", "quotes", "near", "controls", "unicode", "long word", "100 kB"],
)
def test_any_text_is_a_query(shared: Workplace, text: str) -> None:
    done = shared.call("query", "-", "--jsonl", stdin=text.replace("\n", " "))
    assert done.code in (0, 1), done.err
    assert "Traceback" not in done.err


def test_a_text_that_begins_with_a_dash(shared: Workplace) -> None:
    is_one_error(shared.call("query", "-bread"), "query --help")
    assert shared.call("query", "--no-floor", "--", "-bread").code == 0


def test_without_an_index(workplace: Workplace) -> None:
    for command in (("query", "x"), ("status",), ("list",), ("doctor",), ("remove", "x"), ("compact",), ("index",)):
        is_one_error(workplace.call(*command), "semsearch index")
    is_one_error(workplace.call("export", "file"), "semsearch index")
    assert not (workplace.root / "data").exists()


def test_a_mistyped_path_makes_no_index(workplace: Workplace) -> None:
    is_one_error(workplace.call("index", "docz"), "docz")
    assert not (workplace.root / "data").exists()


def test_a_wrong_setting_of_the_user_is_named(shared: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("top_k = ")
    is_one_error(shared.call("query", "x", SEMSEARCH_CONFIG=str(file)), "config.toml")
    is_one_error(shared.call("query", "x", SEMSEARCH_MODE="fast"), "SEMSEARCH_MODE=fast")


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("{", "line 2"),
        ("[]", "object"),
        ('{"text": "x"}', "id"),
        ('{"id": "", "text": "x"}', "id"),
        ('{"id": "a"}', "text"),
        ('{"id": "a", "text": 3}', "text"),
        ('{"id": "a", "text": "x", "metadata": []}', "metadata"),
        ('{"id": "a", "text": "x", "metadata": {"a": {}}}', "a"),
        ('{"id": "a", "text": "x", "metadata": {"a": NaN}}', "NaN"),
        ('{"id": "a", "text": "x", "author": "Ada"}', "author"),
        ("[" * 100_000, "line 2"),
    ],
)
def test_a_line_that_is_no_document(line: str, word: str) -> None:
    stream = documents(io.BytesIO(f'{{"id": "good", "text": "x"}}\n{line}\n'.encode()), "the file")
    assert next(stream) == Document("good", "x")
    with pytest.raises(InvalidQuery, match=r"^the file, line 2: ") as raised:
        next(stream)
    assert word in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_wrong_line_is_one_error(workplace: Workplace) -> None:
    is_one_error(workplace.call("add", "-", stdin='{"id": "a", "text": "x"}\n{\n'), "standard input, line 2")
    is_one_error(workplace.call("add", "-", stdin=b'{"id": "a", "text": "\xff"}\n'), "standard input, line 1")


def test_no_model_to_be_had(workplace: Workplace, tmp_path: Path) -> None:
    is_one_error(workplace.run("index", ".", "--offline", SEMSEARCH_CACHE=str(tmp_path)), "all-MiniLM-L6-v2")
    is_one_error(workplace.run("index", ".", "-m", "no-such-model"), "no-such-model")
    assert not (workplace.root / "data").exists()


def test_verbose_shows_where_an_error_comes_from(shared: Workplace) -> None:
    done = shared.call("query", "-v", "x", "--filter", "colour=red")
    assert done.code == 2
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("semsearch: error: ")


def test_a_fault_of_our_own_is_one_line_with_a_hint(shared: Workplace, tmp_path: Path) -> None:
    # a model that cannot be what it says: whatever happens inside, the user sees one line
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("[]")
    is_one_error(shared.call("query", "x", "-m", str(tmp_path / "model")))
