"""`query --save`, `diff` and `queries`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace


@pytest.fixture
def indexed(workplace: Workplace) -> Workplace:
    assert workplace.run("index", ".").code == 0
    return workplace


def test_nothing_has_changed_and_then_something(indexed: Workplace) -> None:
    saved = indexed.call("query", "--save", "bread", "bake the dough", "--in", "recipes", "--no-floor")
    assert saved.code == 0
    assert "semsearch diff bread" in saved.err
    same = indexed.call("diff", "bread")
    assert (same.code, same.out) == (0, "")
    assert "nothing has changed since" in same.err
    assert same.err.endswith(" UTC\n")
    (indexed.corpus / "recipes" / "rolls.txt").write_text("Shape the dough into rolls and bake them.")
    (indexed.corpus / "recipes" / "soup.txt").unlink()
    indexed.run("index")
    shown = indexed.call("diff", "bread", "--keep")
    assert shown.code == 1
    assert any(line.startswith("+") and "rolls.txt" in line for line in shown.out.splitlines())
    assert any(line.startswith("-") and "soup.txt" in line for line in shown.out.splitlines())
    record = indexed.call("diff", "bread", "--json")
    assert record.code == 1
    kinds = {change["path"].rsplit("/", 1)[1]: change["change"] for change in record.json()["changes"]}
    assert (kinds["rolls.txt"], kinds["soup.txt"]) == ("new", "gone")
    new = next(change for change in record.json()["changes"] if change["change"] == "new")
    assert new["hit"]["text"].startswith("Shape the dough")
    assert (new["rank"], new["rank_before"], new["text_before"]) == (new["hit"]["rank"], None, None)
    assert indexed.call("diff", "bread").code == 0


def test_another_text_is_shown_beside_the_old_one(indexed: Workplace) -> None:
    indexed.call("query", "--save", "soup", "carrots and leek", "-k", "1", "--no-floor")
    (indexed.corpus / "recipes" / "soup.txt").write_text(
        "Cut the carrots and the leek, fry them in oil, and let them simmer in beef broth.\n"
    )
    indexed.run("index")
    shown = indexed.call("diff", "soup")
    assert shown.code == 1
    assert [line.strip()[:1] for line in shown.out.splitlines()] == ["~", "-", "+"]
    assert "in butter" in shown.out
    assert "in oil" in shown.out


def test_queries_are_listed_and_removed(indexed: Workplace) -> None:
    empty = indexed.call("queries", "list")
    assert (empty.code, empty.out) == (1, "")
    indexed.call("query", "--save", "one", "bake", "--filter", "type=txt", "--no-floor")
    indexed.call("query", "--save", "two", "carrots", "--no-floor")
    shown = indexed.call("queries", "list")
    assert shown.code == 0
    assert [line.split()[0] for line in shown.out.splitlines()] == ["one", "two"]
    assert "filters=type=txt" in shown.out
    records = indexed.call("queries", "list", "--json").json()
    assert [(record["name"], record["query"]) for record in records] == [("one", "bake"), ("two", "carrots")]
    assert records[0]["hits"][0]["rank"] == 1
    wrong = indexed.call("queries", "remove", "one", "three")
    assert wrong.code == 2
    assert "there is no saved query 'three'; saved are one, two" in wrong.err
    assert indexed.call("queries", "remove", "one", "two").code == 0
    assert indexed.call("queries", "list").code == 1


def test_what_cannot_be_saved(indexed: Workplace) -> None:
    for name in ("x/y", "", " "):
        wrong = indexed.call("query", "--save", name, "bake", "--no-floor")
        assert (wrong.code, wrong.out) == (2, "")
        assert "cannot name a query" in wrong.err
    several = indexed.call("query", "--save", "many", "-", stdin="one\ntwo\n")
    assert several.code == 2
    assert "--save keeps one query" in several.err
    missing = indexed.call("diff", "never")
    assert missing.code == 2
    assert "semsearch query ... --save NAME" in missing.err
