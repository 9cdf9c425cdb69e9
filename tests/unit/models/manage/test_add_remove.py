"""Models that a user adds under a name, and the removal of models."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import semsearch
from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.encoder.load import load_encoder
from semsearch.models.manage.add_remove import Removed
from semsearch.models.weights.atomic_folder import locked
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.fetch import fetch
from semsearch.models.weights.resolve import model_folder
from semsearch.models.weights.user_models import added_models
from semsearch.types.models import Role


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A separate data folder for the test."""
    monkeypatch.setenv("SEMSEARCH_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def folder(tiny_models: Path, tmp_path: Path) -> Path:
    return shutil.copytree(tiny_models / "prompted", tmp_path / "any name at all")


def listed(name: str) -> semsearch.ModelInfo | None:
    return next((info for info in semsearch.list_models() if info.name == name), None)


def test_an_added_model_is_found_by_its_name_everywhere(folder: Path, cache: Path) -> None:
    added = semsearch.add_model("mine", os.path.relpath(folder))
    assert added == listed("mine")
    assert (added.architecture, added.roles) == ("encoder", (Role.BI_ENCODER, Role.TOKEN_ENCODER))
    assert (added.where, added.path, added.here, added.dimension, added.context) == ("folder", folder, True, 16, 48)
    assert added.parameters is not None
    assert added.parameters > 10_000
    encoder = load_encoder("mine", offline=True)
    assert (encoder.name, encoder.dim) == ("mine", 16)
    assert encoder.fingerprint == load_encoder(str(folder)).fingerprint
    assert model_folder("mine", Role.BI_ENCODER) == (folder, None)
    with pytest.raises(ModelUnavailable, match=r"mine is a BertModel .*, not a generator"):
        model_folder("mine", Role.GENERATOR)
    assert np.allclose(semsearch.embed("a cat", model="mine"), encoder.encode_passages(["a cat"]))


def test_a_bi_encoder_that_could_not_be_loaded_is_not_added(folder: Path) -> None:
    next(path for path in folder.glob("*_Pooling/config.json")).unlink()
    with pytest.raises(ModelUnavailable, match="Pooling"):
        semsearch.add_model("mine", folder)
    assert listed("mine") is None


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("all-MiniLM-L6-v2", "is the name of a catalogue model"),
        ("flan-t5-small", "is the name of a catalogue model"),
        ("google/flan-t5-small", "is the name of a catalogue model"),
        ("a/b", "cannot be a model's name"),
        ("", "cannot be a model's name"),
        ("-m", "cannot be a model's name"),
        (".hidden", "cannot be a model's name"),
        ("with space", "cannot be a model's name"),
        ("\x1b[31m", "cannot be a model's name"),
        ("x" * 101, "cannot be a model's name"),
    ],
)
def test_invalid_names(name: str, message: str, folder: Path, own_data: Path) -> None:
    with pytest.raises(InvalidQuery, match=message):
        semsearch.add_model(name, folder)
    assert added_models() == {}


def test_a_name_that_is_taken_is_rejected_and_nothing_changes(folder: Path, tiny_models: Path) -> None:
    semsearch.add_model("mine", folder)
    before = added_models()
    with pytest.raises(InvalidQuery, match=f"^mine is already the model in {folder}: use another name, or"):
        semsearch.add_model("mine", tiny_models / "static")
    assert added_models() == before
    semsearch.add_model("mine", folder)
    semsearch.add_model("other", tiny_models / "static")
    assert list(added_models()) == ["mine", "other"]


def test_folders_without_a_usable_model(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, message in ((tmp_path / "empty", "lacks model.safetensors"), (tmp_path / "none", "is not a folder")):
        with pytest.raises(ModelUnavailable, match=message):
            semsearch.add_model("mine", path)
    (folder / "config_sentence_transformers.json").write_text('{"model_type": "SparseEncoder"}')
    with pytest.raises(
        ModelUnavailable, match=r"is a SparseEncoder \(a kind without a role here\): give another model"
    ):
        semsearch.add_model("mine", folder)
    assert added_models() == {}


@pytest.mark.parametrize("name", ["bge-small-en-v1.5-int8", "SmolLM2-135M-Instruct", "whisper-tiny.en"])
def test_folders_of_one_format_only(name: str, tmp_path: Path) -> None:
    """Even when it is not the catalogue's, byte for byte: a file was changed."""
    entry = CATALOG[name]
    copy = shutil.copytree(fetch(entry, offline=False), tmp_path / "copy")
    for number, step in enumerate(("same", "other")):
        if step == "other":
            (copy / "README.md").write_text("a copy")
            for path in copy.glob("tokenizer_config.json"):
                path.write_text(path.read_text() + " ")
        added = semsearch.add_model(f"mine{number}", copy)
        assert (added.architecture, added.roles) == (entry.architecture, entry.roles)
        assert (added.parameters, added.context) == (entry.parameters, entry.context)


def test_a_graph_beside_its_configuration_encodes_as_the_catalogue_does(tmp_path: Path, cache: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SEMSEARCH_CACHE")
        source = fetch(CATALOG["bge-small-en-v1.5-int8"], offline=False)
    copy = shutil.copytree(source, tmp_path / "copy")
    known = load_encoder(str(copy))
    (copy / "tokenizer_config.json").write_text((copy / "tokenizer_config.json").read_text() + " ")
    (copy / "1_Pooling").mkdir()
    modules = [{"type": "a.Transformer", "path": ""}, {"type": "a.Pooling", "path": "1_Pooling"}]
    (copy / "modules.json").write_text(json.dumps(modules))
    (copy / "1_Pooling" / "config.json").write_text('{"pooling_mode_cls_token": true}')
    mine = load_encoder(str(copy))
    assert mine.recipe.precision == "int8-dynamic"  # type: ignore[attr-defined]
    assert mine.fingerprint != known.fingerprint, "it has no prompt"
    texts = ["a cat", "Cats sleep for most of the day."]
    assert np.allclose(mine.encode_passages(texts), known.encode_passages(texts), atol=1e-6)
    (copy / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}')
    mean = load_encoder(str(copy))
    vectors = mean.encode_passages(["a cat sat", "x"])
    alone = np.concatenate([mean.encode_passages(["a cat sat"]), mean.encode_passages(["x"])])
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.array_equal(vectors, alone)
    assert not np.allclose(vectors, known.encode_passages(["a cat sat", "x"]), atol=1e-2)


def test_a_missing_folder_is_reported(folder: Path) -> None:
    semsearch.add_model("mine", folder)
    folder.rename(folder.with_name("moved"))
    with pytest.raises(ModelUnavailable, match=f"^the folder of mine, {folder}, no longer exists"):
        semsearch.fetch_model("mine")
    with pytest.raises(
        ModelUnavailable, match=f"^the folder of mine, {folder}, no longer exists: restore it, or `semsearch mod"
    ):
        load_encoder("mine")
    info = listed("mine")
    assert info is not None
    assert (info.here, info.bytes, info.path) == (False, None, folder)
    assert semsearch.remove_model("mine").kept == folder
    assert listed("mine") is None


def test_a_damaged_list_is_reported_and_not_overwritten(folder: Path, own_data: Path) -> None:
    semsearch.add_model("mine", folder)
    (own_data / "models.json").write_text('{"layout": 1, "models"')
    with pytest.raises(ModelUnavailable, match=r"models.json cannot be read .*: move it away"):
        semsearch.add_model("other", folder)
    assert (own_data / "models.json").read_text() == '{"layout": 1, "models"'


def test_a_list_that_cannot_be_written_names_the_setting_that_moves_it(folder: Path, own_data: Path) -> None:
    own_data.write_text("no folder")
    with pytest.raises(
        ModelUnavailable, match=r"data cannot be written: change its permissions, or set SEMSEARCH_DATA$"
    ):
        semsearch.add_model("mine", folder)


def test_removing_an_added_model_leaves_its_folder(folder: Path, cache: Path) -> None:
    semsearch.add_model("mine", folder)
    before = sorted(path.name for path in folder.rglob("*"))
    compiled = load_encoder("mine").path
    removed = semsearch.remove_model("mine")
    assert (removed.kept, removed.folders) == (folder, (compiled,))
    assert removed.bytes > 0
    assert sorted(path.name for path in folder.rglob("*")) == before
    assert not compiled.exists()
    with pytest.raises(ModelUnavailable, match="no model 'mine'"):
        semsearch.remove_model("mine")


def test_removing_a_copy_of_a_catalogue_model_keeps_the_files_built_for_the_catalogue(
    tmp_path: Path, cache: Path
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SEMSEARCH_CACHE")
        source = fetch(CATALOG["bge-small-en-v1.5-int8"], offline=False)
    copy = shutil.copytree(source, tmp_path / "copy")
    compiled = load_encoder(str(copy)).path
    semsearch.add_model("mine", copy)
    assert semsearch.remove_model("mine").folders == ()
    assert compiled.is_dir()


def test_a_removed_model_is_fetched_again_by_the_index_that_needs_it(
    cache: Path, tmp_path: Path, refused_hub: str
) -> None:
    name = "bge-small-en-v1.5-int8"
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.txt").write_text("Bees keep warm in winter.")
    with semsearch.Index.create(tmp_path / "index", settings=semsearch.Settings(model=name)) as index:
        index.index([tmp_path / "docs"])
    removed = semsearch.remove_model(name)
    assert sorted(path.parent.name for path in removed.folders) == ["compiled", "models"]
    assert removed.bytes > 60_000_000
    assert not [path for path in (cache / "models").iterdir() if path.name.startswith((f".{name}", f"{name}/"))]
    info = listed(name)
    assert info is not None
    assert not info.here
    assert semsearch.remove_model(name).folders == ()
    with semsearch.Index.open(tmp_path / "index") as index:
        assert index.search("how do bees survive the cold?", floor=False).hits
    info = listed(name)
    assert info is not None
    assert info.here


def test_what_cannot_be_removed(folder: Path) -> None:
    with pytest.raises(InvalidQuery, match="is your own folder, which semsearch does not delete"):
        semsearch.remove_model(str(folder))
    for name in ("no-such-model", "", "nobody/nothing", "~nobody-here/model"):
        with pytest.raises(ModelUnavailable, match=r"no model .*: `semsearch models` lists them"):
            semsearch.remove_model(name)
    assert folder.is_dir()


def test_two_concurrent_removals_both_succeed(cache: Path) -> None:
    folder = cache / "models" / CATALOG["bge-small-en-v1.5-int8"].name
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"bytes")
    done: list[Removed] = []
    with locked(folder):
        removing = [threading.Thread(target=lambda: done.append(semsearch.remove_model(folder.name))) for _ in range(2)]
        for thread in removing:
            thread.start()
        time.sleep(0.5)  # both have seen the folder by now, and wait for its lock
    for thread in removing:
        thread.join()
    assert sorted(removed.bytes for removed in done) == [0, 5]
    assert [path.name for path in folder.parent.iterdir()] == [f"{folder.name}.lock"]
