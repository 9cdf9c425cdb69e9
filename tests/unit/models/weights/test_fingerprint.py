from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.catalog import CATALOG, bi_encoders, find
from semsearch.models.weights.fetch import fetch
from semsearch.models.weights.fingerprint import Recipe, read_recipe

MINILM = CATALOG["all-MiniLM-L6-v2"]


def write_folder(folder: Path, **files: Any) -> Path:
    """Return a model's folder with these JSON files, by name without .json, with weights and a tokenizer."""
    defaults = {"config": {"architectures": ["BertModel"], "max_position_embeddings": 512}, "tokenizer": {}}
    for name, content in {**defaults, **files}.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder


def test_the_recipe_of_the_catalogue_is_what_its_folder_says() -> None:
    assert read_recipe(fetch(MINILM, offline=False)) == MINILM.recipe


def test_an_entry_is_found_by_its_hub_repository_too() -> None:
    assert find("sentence-transformers/all-MiniLM-L6-v2") is MINILM
    assert find("MiniLM") is None


def test_the_hashes_in_a_recipe_are_those_of_the_files() -> None:
    for entry in CATALOG.values():
        assert bool(entry.packages) == bool(entry.files)
        assert entry.packages or entry.hub
        assert entry.licence in ("Apache-2.0", "MIT", "CC-BY-4.0")
    for entry in (CATALOG[name] for name in bi_encoders()):
        assert entry.recipe.weights == {name: entry.files[name].sha256 for name in entry.recipe.weights}
        assert entry.recipe.tokenizer == entry.files["tokenizer.json"].sha256


def test_a_fingerprint_covers_everything_that_determines_a_vector() -> None:
    recipe = MINILM.recipe
    changed: list[dict[str, Any]] = [
        {"weights": {"model.safetensors": "0" * 64}},
        {"tokenizer": "0" * 64},
        {"modules": ("Transformer", "Pooling(cls)")},
        {"max_seq_length": 128},
        {"query_prompt": "query: "},
        {"passage_prompt": "passage: "},
        {"precision": "int8"},
    ]
    assert {field for change in changed for field in change} == {field.name for field in dataclasses.fields(Recipe)}
    prints = {dataclasses.replace(recipe, **change).fingerprint for change in changed}
    assert len(prints | {recipe.fingerprint}) == len(changed) + 1


def test_the_fingerprint_of_the_default_model_is_what_existing_indexes_hold() -> None:
    assert MINILM.recipe.fingerprint == "fp32-e38652b90cc6506995eae9b916c26110"
    assert CATALOG["bge-small-en-v1.5-int8"].recipe.fingerprint == "int8-dynamic-4f4574830b593bb994c601e95304a9ed"


def test_a_copy_has_the_same_fingerprint_and_changed_weights_another(cache: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "one")
    copy = shutil.copytree(folder, tmp_path / "two")
    assert read_recipe(copy) == read_recipe(folder)
    (copy / "model.safetensors").write_bytes(b"Weights")
    assert read_recipe(copy).fingerprint != read_recipe(folder).fingerprint


def test_weights_are_hashed_once_while_they_do_not_change(cache: Path, tmp_path: Path) -> None:
    recipe = read_recipe(write_folder(tmp_path / "one"))
    stamps = next((cache / "folders").iterdir())
    stamps.write_text(stamps.read_text().replace(recipe.weights["model.safetensors"], "remembered"))
    assert read_recipe(tmp_path / "one").weights == {"model.safetensors": "remembered"}
    (tmp_path / "one" / "model.safetensors").write_bytes(b"weights")
    assert read_recipe(tmp_path / "one") == recipe
    stamps.write_text("{")
    assert read_recipe(tmp_path / "one") == recipe


@pytest.mark.parametrize(
    ("config", "name"),
    [
        ({"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}, "Pooling(mean)"),
        ({"pooling_mode": "mean", "include_prompt": True}, "Pooling(mean)"),
        ({"pooling_mode_cls_token": True}, "Pooling(cls)"),
        ({"pooling_mode": ["mean", "max"]}, "Pooling(max+mean)"),
        ({"pooling_mode": "mean", "include_prompt": False}, "Pooling(mean, without the prompt)"),
    ],
)
def test_pooling_is_named_alike_in_old_and_new_folders(
    config: dict[str, Any], name: str, cache: Path, tmp_path: Path
) -> None:
    modules = [
        {"type": "a.Transformer", "path": ""},
        {"type": "a.Pooling", "path": "1_Pooling"},
        {"type": "a.Normalize"},
    ]
    folder = write_folder(tmp_path / "model", modules=modules, **{"1_Pooling/config": config})
    assert read_recipe(folder).modules == ("Transformer", name)


def test_a_pooling_that_is_missing_is_not_guessed(cache: Path, tmp_path: Path) -> None:
    modules = [{"type": "a.Transformer", "path": ""}, {"type": "a.Pooling", "path": "1_Pooling"}]
    folder = write_folder(tmp_path / "model", modules=modules)
    with pytest.raises(ModelUnavailable, match=r"lacks 1_Pooling/config\.json"):
        read_recipe(folder)


def test_prompts_lengths_and_further_modules_are_read(cache: Path, tmp_path: Path) -> None:
    folder = write_folder(
        tmp_path / "model",
        modules=[{"type": "Transformer", "path": ""}, {"type": "Dense", "path": "1_Dense"}],
        sentence_bert_config={"max_seq_length": 99, "do_lower_case": True},
        config_sentence_transformers={"prompts": {"query": "query: ", "passage": "passage: "}},
        **{"1_Dense/config": {"out": 3}},
    )
    (folder / "1_Dense" / "model.safetensors").write_bytes(b"dense")
    recipe = read_recipe(folder)
    assert recipe.modules == ("Transformer(lower case)", 'Dense({"out": 3})')
    assert (recipe.query_prompt, recipe.passage_prompt, recipe.max_seq_length) == ("query: ", "passage: ", 99)
    assert sorted(recipe.weights) == ["1_Dense/model.safetensors", "model.safetensors"]


@pytest.mark.parametrize(
    ("config", "length"),
    [
        ({"max_position_embeddings": 512}, 512),
        ({"max_position_embeddings": 514, "model_type": "roberta", "pad_token_id": 1}, 512),
        ({"model_type": "bert"}, 512),
    ],
)
def test_the_length_comes_from_the_positions_when_nothing_else_is_said(
    config: dict[str, Any], length: int, cache: Path, tmp_path: Path
) -> None:
    assert read_recipe(write_folder(tmp_path / "model", config=config)).max_seq_length == length


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_missing_file_is_named(missing: str, cache: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    (folder / missing).unlink()
    with pytest.raises(ModelUnavailable, match=f"lacks {missing}: give the folder"):
        read_recipe(folder)


def test_weights_in_a_pickle_do_not_count(cache: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelUnavailable, match=r"lacks model.safetensors"):
        read_recipe(folder)


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"config": {"architectures": ["BertForSequenceClassification"]}}, "is a BertForSequenceClassification, not a"),
        ({"config_sentence_transformers": {"model_type": "CrossEncoder"}}, "is a CrossEncoder, not a bi-encoder"),
        ({"modules": {"type": "Transformer"}}, "is invalid"),
        ({"modules": [{"type": "Transformer", "path": 3}]}, "is invalid"),
    ],
)
def test_another_kind_of_model_is_rejected_by_its_configuration(
    files: dict[str, Any], reason: str, cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(ModelUnavailable, match=reason):
        read_recipe(write_folder(tmp_path / "model", **files))


def test_a_configuration_that_is_not_json(cache: Path, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    (folder / "config.json").write_text("{")
    with pytest.raises(ModelUnavailable, match=r"config.json cannot be read"):
        read_recipe(folder)
    with pytest.raises(ModelUnavailable, match="is not a folder"):
        read_recipe(folder / "config.json")
