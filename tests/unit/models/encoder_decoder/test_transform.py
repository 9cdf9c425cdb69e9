"""Encoder-decoders in folders: what is rejected and reported, languages, and output on the terminal."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.encoder_decoder.tasks import for_translation, language_code
from semsearch.models.encoder_decoder.transform import load_seq2seq
from tests.contract.tiny_seq2seq import make_bart, make_decoder, make_marian, make_mbart, make_t5


@pytest.fixture(scope="module")
def bart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bart(tmp_path_factory.mktemp("model") / "bart")


@pytest.fixture
def folder(bart: Path, tmp_path: Path) -> Path:
    """A BART that a test may damage."""
    return Path(shutil.copytree(bart, tmp_path / "bart"))


def edit(file: Path, **changes: Any) -> None:
    values = json.loads(file.read_text())
    file.write_text(json.dumps({**values, **changes}))


def refusal(folder: Path) -> str:
    with pytest.raises(ModelUnavailable) as caught:
        load_seq2seq(str(folder))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_folder_without_a_configuration(folder: Path) -> None:
    (folder / "config.json").unlink()
    assert "lacks config.json" in refusal(folder)
    (folder / "config.json").write_text("{")
    assert "cannot be read" in refusal(folder)
    (folder / "config.json").write_text("[]")
    assert "is invalid" in refusal(folder)


def test_pickled_weights_are_not_opened(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps({"weights": 1}))
    assert "holds its weights as a pickle only (pytorch_model.bin), which can run code" in refusal(folder)


def test_truncated_weights(folder: Path) -> None:
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    assert "the weights of" in refusal(folder)


def test_missing_layers_are_not_initialized_at_random(folder: Path) -> None:
    edit(folder / "config.json", decoder_layers=3)
    assert "are incomplete: model.decoder.layers.2" in refusal(folder)


def test_weights_of_another_width(folder: Path) -> None:
    edit(folder / "config.json", d_model=64)
    assert "the weights of" in refusal(folder)


def test_a_missing_tokenizer(folder: Path) -> None:
    for file in folder.glob("tokenizer*"):
        file.unlink()
    assert "has no tokenizer (tokenizer.json)" in refusal(folder)


def test_a_damaged_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").write_text('{"model": 3}')
    assert "the tokenizer of" in refusal(folder)


def test_a_tokenizer_with_more_tokens_than_the_weights_have(folder: Path) -> None:
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    tokenizer["model"]["vocab"]["beyond"] = 500
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    assert "does not match its weights: token ids reach 500, but it has 27 embeddings" in refusal(folder)


def test_another_architecture_is_recognized_by_its_configuration(folder: Path, tmp_path: Path) -> None:
    make_decoder(tmp_path / "bart-t5-marian")
    told = refusal(tmp_path / "bart-t5-marian")
    assert "is a GPT2LMHeadModel (generator), not a seq2seq" in told
    edit(folder / "config.json", model_type="whisper")
    assert "is a BartForConditionalGeneration (transcriber), not a seq2seq" in refusal(folder)
    edit(folder / "config.json", model_type="unheard-of")
    assert "names no known model" in refusal(folder)


def test_a_model_without_a_start_token(folder: Path) -> None:
    for file in ("config.json", "generation_config.json"):
        edit(folder / file, decoder_start_token_id=None, bos_token_id=None)
    assert "names no decoder_start_token_id" in refusal(folder)


def test_a_model_of_the_catalogue_with_another_role() -> None:
    with pytest.raises(ModelUnavailable, match="all-MiniLM-L6-v2 is a bi-encoder and token-encoder, not a seq2seq"):
        load_seq2seq("all-MiniLM-L6-v2")


def test_an_unknown_name() -> None:
    with pytest.raises(ModelUnavailable, match="no model 'nothing here'"):
        load_seq2seq("nothing here")


def test_an_unreachable_hub_is_reported_in_one_line(cache: Path, refused_hub: str) -> None:
    with pytest.raises(ModelUnavailable) as caught:
        load_seq2seq("google/flan-t5-small")
    told = str(caught.value)
    assert told.startswith(f"google/flan-t5-small could not be fetched: {refused_hub} could not be reached; ")
    assert told.endswith("connect and try again, or download it elsewhere and name its folder")
    assert "\n" not in told


def test_offline_mode_makes_no_request(cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"offline mode is on; only the hub has it"):
        load_seq2seq("google/flan-t5-small", offline=True)


def test_libraries_print_nothing(bart: Path, capfd: pytest.CaptureFixture[str]) -> None:
    model = load_seq2seq(str(bart))
    model.count_tokens(["a box " * 2000])
    model.transform(["a box", "the red bag"], max_new_tokens=4)
    assert capfd.readouterr() == ("", "")


def test_an_output_is_not_longer_than_the_decoders_positions(bart: Path) -> None:
    model = load_seq2seq(str(bart))
    assert model._opened.most == 96
    assert len(model.transform(["the red box"], max_new_tokens=500)[0].split()) <= 96
    with pytest.raises(InvalidQuery, match="max_new_tokens is 0"):
        model.transform(["a"], max_new_tokens=0)


def test_an_output_is_at_least_as_long_as_its_task_says_but_not_longer_than_half_its_input(folder: Path) -> None:
    edit(folder / "config.json", task_specific_params={"summarization": {"min_length": 20, "prefix": "a "}})
    model = load_seq2seq(str(folder))
    model._opened.model.final_logits_bias[:, 2] = 50.0  # it would end at once
    text = "the old green box and the new blue bag holds two keys , not three coins ."
    assert model.transform([text]) == [""]
    summary = model.task("summarization")
    count = summary.count_tokens([text])[0]
    assert count == model.count_tokens([text])[0] + 1
    written = summary._run(summary._rows([text]), 100)[0]
    assert len(written) == count // 2


# Languages.


def test_languages_are_given_by_their_codes() -> None:
    assert [language_code(text) for text in ("de", "DE ", "deu", "fra")] == ["de", "de", "de", "fr"]
    with pytest.raises(InvalidQuery, match="unknown language 'klingon': give its ISO 639-1 code"):
        language_code("klingon")


def test_a_t5_translates_what_its_configuration_names(tmp_path: Path) -> None:
    make_t5(tmp_path)
    tasks = {"translation_en_to_de": {"prefix": "under : "}, "translation_en_to_fr": {"prefix": "over : "}}
    edit(tmp_path / "config.json", task_specific_params=tasks)
    model = load_seq2seq(str(tmp_path))
    assert model.translator("en", "fr").count_tokens(["a"])[0] == 4
    with pytest.raises(InvalidQuery, match="does not translate de to en: it translates en to de, en to fr"):
        model.translator("de", "en")


def test_a_model_that_names_no_language_does_not_translate(bart: Path) -> None:
    with pytest.raises(InvalidQuery, match="its files name no languages; name another model with --seq2seq"):
        load_seq2seq(str(bart)).translator("en", "de")


def test_a_marian_of_one_pair(tmp_path: Path) -> None:
    model = load_seq2seq(str(make_marian(tmp_path)))
    assert model.translator("en", "de").transform(["the box"], max_new_tokens=3) == model.transform(
        ["the box"], max_new_tokens=3
    )
    with pytest.raises(InvalidQuery, match="does not translate en to fr: it translates eng to deu"):
        model.translator("en", "fr")


def test_a_marian_of_many_languages_is_given_a_token(tmp_path: Path) -> None:
    model = load_seq2seq(str(make_marian(tmp_path, languages=(">>fra<<", ">>deu<<"))))
    french = model.translator("en", "fr")
    assert french._rows(["the box"])[0][0] == model._opened.tokenizer.get_vocab()[">>fra<<"]
    assert french.count_tokens(["the box"])[0] == model.count_tokens(["the box"])[0] + 1
    with pytest.raises(InvalidQuery, match="its vocabulary has other languages"):
        model.translator("en", "es")


def test_an_mbart_begins_with_the_language(tmp_path: Path) -> None:
    model = load_seq2seq(str(make_mbart(tmp_path)))
    vocabulary = model._opened.tokenizer.get_vocab()
    german = model.translator("en", "de")
    assert german._rules.settings["forced_bos_token_id"] == vocabulary["de_DE"]
    assert german.transform(["the box"], max_new_tokens=4)[0].startswith("de_DE")
    with pytest.raises(InvalidQuery):
        model.translator("en", "es")


def test_a_madlad_prefix_is_a_token_before_the_input() -> None:
    class Vocabulary:
        def get_vocab(self) -> dict[str, int]:
            return {"<2de>": 0}

    assert for_translation({"model_type": "t5"}, Vocabulary(), "en", "de", "model").prefix == "<2de> "


# Memory.

TOO_MUCH = """
import resource, sys
from semsearch.errors import InvalidQuery
from semsearch.models.encoder_decoder.transform import load_seq2seq
model = load_seq2seq(sys.argv[1])
model.transform(["the red box"])
taken = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 400_000_000, -1))
try:
    model.transform(["box " * 14_000])
except InvalidQuery as error:
    print(error)
model.transform(["the red box"])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the memory of a process so")
def test_an_input_that_does_not_fit_into_memory_is_reported(tmp_path: Path) -> None:
    make_t5(tmp_path)
    edit(tmp_path / "tokenizer_config.json", model_max_length=20_000)
    done = subprocess.run(
        [sys.executable, "-c", TOO_MUCH, str(tmp_path)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "14001 tokens does not fit into memory" in done.stdout, done.stderr[-500:]
    assert done.returncode == 0
