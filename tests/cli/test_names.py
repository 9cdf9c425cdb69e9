"""Files whose names drive a terminal, break lines or are no UTF-8: shown safely, handed on as they are."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

NAMES = {
    "newline": b"kiln\nfake.txt",
    "escape": b"kiln\x1b[31m\x1b]0;owned\x07.txt",
    "bidi": "kiln\u202etxt.exe\u2066.txt".encode(),
    "c1": "kiln\x9b31m.txt".encode(),
    "not utf-8": b"kiln-caf\xe9.txt",
    "quotes": b"kiln'\"`$(id) .txt",
    "dash": b"-kiln.txt",
    "long": "kiln-é".encode() * 30 + b".txt",
    "as long as a name may be": b"kiln" + b"n" * 247 + b".txt",
}
UNSAFE = set("\x1b\x07\x9b\u202e\u2066")


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest, workplace: Workplace) -> str:
    """A file of that name, indexed."""
    raw = NAMES[request.param]
    path = os.fsencode(workplace.corpus) + b"/" + raw
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - a path of bytes
            file.write(b"The kiln in the old brickyard is fired twice a year with beech wood.\n")
    except OSError:
        pytest.skip("this file system does not take that name")
    assert workplace.call("index", ".").code == 0
    return os.fsdecode(raw)


def test_list_and_query_hand_names_on_as_they_are(name: str, workplace: Workplace) -> None:
    listed = [record["path"] for record in json.loads(workplace.call("list", "--json").out)]
    assert str(workplace.corpus / name) in listed
    found = workplace.call("query", "brickyard kiln", "--json").json()["hits"]
    assert found[0]["path"] == str(workplace.corpus / name)
    assert Path(found[0]["path"]).read_text().startswith("The kiln")


def test_names_drive_no_terminal(name: str, workplace: Workplace) -> None:
    for command in (("index", "."), ("query", "brickyard kiln"), ("query", "brickyard kiln", "-l"), ("list",)):
        done = workplace.call(*command)
        assert done.code == 0
        for text in (done.out, done.err):
            assert not UNSAFE & set(text), (command, text)
            assert "\nfake.txt" not in text, (command, text)


def test_a_path_longer_than_a_name_may_be(workplace: Workplace) -> None:
    folder = workplace.corpus.joinpath(*["a folder with a rather long name " * 6] * 4)
    folder.mkdir(parents=True)
    path = folder / ("kiln " * 40 + ".txt")
    path.write_text("The kiln in the old brickyard is fired twice a year with beech wood.\n")
    assert len(os.fsencode(path)) > 1000
    assert workplace.call("index", ".").code == 0
    found = workplace.call("query", "brickyard kiln", "--json").json()["hits"]
    assert found[0]["path"] == str(path)


def test_every_command_takes_names_that_are_no_utf8(workplace: Workplace) -> None:
    names = [os.fsdecode(b"kiln-caf\xe9.txt"), os.fsdecode(b"caf\xe9/kiln.md")]
    (workplace.corpus / os.fsdecode(b"caf\xe9")).mkdir()
    for name in names:
        (workplace.corpus / name).write_text(f"The kiln {len(name)} in the old brickyard is fired with beech wood.\n")
    assert workplace.call("index", ".").code == 0
    assert workplace.call("index", ".", "--json").json()["unchanged"] >= len(names)
    assert workplace.call("doctor").code == 0
    told = workplace.call("why-not", "brickyard kiln", names[0], "--json")
    assert told.json()["path"] == str(workplace.corpus / names[0]), told
    found = workplace.call("query", "brickyard kiln", "--in", str(workplace.corpus / os.fsdecode(b"caf\xe9")), "--json")
    assert [hit["path"] for hit in found.json()["hits"]] == [str(workplace.corpus / names[1])]
    (workplace.corpus / names[0]).rename(workplace.corpus / os.fsdecode(b"moved-\xff.txt"))
    assert workplace.call("index", "--json").json()["moved"] == 1
    (workplace.corpus / names[1]).unlink()
    assert workplace.call("index", "--json").json()["removed"] == 1
