"""`semsearch fields`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace


def test_fields_are_listed(shared: Workplace) -> None:
    done = shared.call("fields")
    assert done.code == 0
    names = [line.split()[0] for line in done.out.splitlines()]
    assert names[:7] == ["path", "name", "type", "language", "size", "modified", "title"]
    records = shared.call("fields", "--json").json()
    assert [record["name"] for record in records] == names
    kinds = next(record for record in records if record["name"] == "type")
    assert (kinds["documents"], kinds["origin"], kinds["types"]) == (5, "file", ["text"])
    assert kinds["examples"][0] == "txt"


def test_an_index_without_documents(workplace: Workplace) -> None:
    (workplace.root / "empty").mkdir()
    workplace.run("index", workplace.root / "empty")
    assert workplace.call("fields").code == 1
    assert workplace.call("fields", "--json").json()[0]["documents"] == 0
