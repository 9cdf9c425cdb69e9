"""A tokenizer that does not match the weights beside it is reported, for both kinds of encoders."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.cross_encoder import load_cross_encoder
from semsearch.models.encoder.load import load_encoder
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.fetch import fetch
from semsearch.models.weights.tokenizer_check import check_tokenizer


def changed(path: Path, change: Callable[[Any], object]) -> None:
    values = json.loads(path.read_text())
    change(values)
    path.write_text(json.dumps(values))


def more_words(tokenizer: Any) -> None:
    tokenizer["model"]["vocab"] |= {f"word{number}": 141 + number for number in range(3)}


def without_padding(tokenizer: Any) -> None:
    for token in tokenizer["added_tokens"]:
        if token["content"] == "[PAD]":
            token["content"] = "<pad>"
    tokenizer["model"]["vocab"]["<pad>"] = tokenizer["model"]["vocab"].pop("[PAD]")


def moved_padding(tokenizer: Any) -> None:
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["[PAD]"], vocabulary["[UNK]"] = vocabulary["[UNK]"], vocabulary["[PAD]"]
    for token in tokenizer["added_tokens"]:
        token["id"] = vocabulary[token["content"]]


WRONG: dict[str, tuple[Callable[[Any], None], str]] = {
    "a larger vocabulary": (
        more_words,
        r"its vocabulary of 144 tokens is larger than the embedding matrix of 141 rows",
    ),
    "another model's special tokens": (
        without_padding,
        r"it lacks '\[PAD\]', which its own configuration names as pad_",
    ),
    "special tokens elsewhere": (moved_padding, r"its pad_token '\[PAD\]' has the id 1, the model's has 0"),
}


@pytest.fixture(params=["bi-encoder", "cross-encoder"])
def loaded(request: pytest.FixtureRequest, tiny_models: Path, tmp_path: Path) -> tuple[Path, Callable[..., object]]:
    """A tiny folder, and the function that loads it."""
    folder = shutil.copytree(tiny_models / "prompted", tmp_path / "model")
    if request.param == "bi-encoder":
        return folder, load_encoder
    for name in ("modules.json", "config_sentence_transformers.json", "sentence_bert_config.json"):
        (folder / name).unlink()

    def as_classifier(config: Any) -> None:
        config.update(architectures=["BertForSequenceClassification"], id2label={"0": "LABEL_0"})

    changed(folder / "config.json", as_classifier)
    return folder, load_cross_encoder


@pytest.mark.parametrize("wrong", WRONG)
def test_a_tokenizer_that_does_not_match(wrong: str, loaded: tuple[Path, Callable[..., object]], cache: Path) -> None:
    folder, load = loaded
    check_tokenizer(folder)
    change, message = WRONG[wrong]
    changed(folder / "tokenizer.json", change)
    with pytest.raises(
        ModelUnavailable, match=f"^the tokenizer in {folder} does not match its model: {message}"
    ) as caught:
        load(str(folder))
    assert "\n" not in str(caught.value)
    assert not (cache / "compiled").exists()


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors", "tokenizer.json"])
def test_missing_files_are_named(missing: str, loaded: tuple[Path, Callable[..., object]], cache: Path) -> None:
    folder, load = loaded
    (folder / missing).unlink()
    with pytest.raises(ModelUnavailable, match=f"lacks {missing}") as caught:
        load(str(folder))
    assert "\n" not in str(caught.value)


def test_a_chat_model_may_have_two_end_tokens(loaded: tuple[Path, Callable[..., object]]) -> None:
    folder, _ = loaded
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    changed(folder / "tokenizer_config.json", lambda config: config.update(eos_token="[SEP]"))
    changed(folder / "config.json", lambda config: config.update(eos_token_id=vocabulary["[PAD]"]))
    check_tokenizer(folder)
    changed(folder / "config.json", lambda config: config.update(eos_token_id=vocabulary["a"]))
    with pytest.raises(ModelUnavailable, match=r"its eos_token '\[SEP\]' has the id"):
        check_tokenizer(folder)


def test_a_vocabulary_of_another_size_beside_it(tmp_path: Path) -> None:
    source = fetch(CATALOG["all-MiniLM-L6-v2"], offline=False)
    folder = shutil.copytree(source, tmp_path / "model")
    check_tokenizer(folder)
    with (folder / "vocab.txt").open("a") as file:
        file.write("another\n")
    with pytest.raises(ModelUnavailable, match=r"tokenizer.json has 30,522 tokens, vocab.txt 30,523"):
        check_tokenizer(folder)


@pytest.mark.parametrize("name", [entry.name for entry in CATALOG.values() if "tokenizer.json" in entry.files])
def test_the_tokenizers_of_the_catalogue_match(name: str) -> None:
    check_tokenizer(fetch(CATALOG[name], offline=False))


@pytest.mark.parametrize("text", ["{}", "[1]", '{"model": 3}', '{"model": {"vocab": 3}}', "{"])
def test_an_invalid_tokenizer(text: str, loaded: tuple[Path, Callable[..., object]], cache: Path) -> None:
    folder, load = loaded
    (folder / "tokenizer.json").write_text(text)
    with pytest.raises(ModelUnavailable) as caught:
        load(str(folder))
    assert "\n" not in str(caught.value)
