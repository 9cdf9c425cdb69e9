"""The kind of a folder by its configuration, and the catalogue's table checked against its files."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.catalog_entry import Entry
from semsearch.models.weights.fetch import fetch
from semsearch.models.weights.formats import count_parameters, embedding_rows
from semsearch.models.weights.identify import DECODER_FAMILIES, identify
from semsearch.models.weights.resolve import catalogue_entry_of, model_folder
from semsearch.types.models import Architecture, Role

HERE = [pytest.param(entry, id=entry.name) for entry in CATALOG.values() if entry.files]
WITHOUT_CONFIG = {"ms-marco-MiniLM-L-12-v2-int8"}


@pytest.fixture(scope="session")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folders that make_kinds.py describes."""
    folder = tmp_path_factory.mktemp("kinds")
    script = Path(__file__).with_name("make_kinds.py")
    subprocess.run([sys.executable, "-W", "ignore", str(script), str(folder)], check=True, capture_output=True)
    return folder


def described(kinds: Path) -> dict[str, Any]:
    return json.loads((kinds / "kinds.json").read_text())


@pytest.mark.parametrize("entry", HERE)
def test_the_catalogue_says_what_the_files_say(entry: Entry) -> None:
    folder = fetch(entry, offline=False)
    assert count_parameters(folder) == entry.parameters
    assert catalogue_entry_of(folder) is entry
    kind = identify(folder)
    assert (kind.architecture, kind.roles) == (entry.architecture, entry.roles)
    if entry.name not in WITHOUT_CONFIG:
        assert kind.context == entry.context
    if entry.dim:
        assert kind.dim == entry.dim


def test_an_entry_of_the_hub_has_no_uncounted_size() -> None:
    for entry in CATALOG.values():
        assert (entry.parameters > 0) == bool(entry.files), entry.name
        assert entry.files or entry.hub, entry.name


def test_every_kind_is_recognized_by_its_configuration(kinds: Path) -> None:
    assert len(described(kinds)) == 16
    for number, (name, architecture, roles, count) in described(kinds).items():
        kind = identify(kinds / number)
        assert (kind.what, kind.architecture, list(kind.roles)) == (name, architecture, roles)
        assert count_parameters(kinds / number) == count, name
        assert embedding_rows(kinds / number) in (90, 141), name


def test_a_decoder_family_has_only_causal_models(kinds: Path) -> None:
    families = json.loads((kinds / "families.json").read_text())
    assert set(families["causal"]) >= DECODER_FAMILIES
    assert not DECODER_FAMILIES & {*families["masked"], *families["seq2seq"]}


def of(kinds: Path, name: str) -> Path:
    return kinds / next(number for number, facts in described(kinds).items() if facts[0] == name)


@pytest.mark.parametrize(
    ("declared", "roles"),
    [
        ("SentenceTransformer", (Role.BI_ENCODER, Role.TOKEN_ENCODER)),
        ("CrossEncoder", (Role.CROSS_ENCODER,)),
        ("MultiVectorEncoder", (Role.TOKEN_ENCODER, Role.LATE_INTERACTION)),
        ("ColBERT", ()),
        ("SparseEncoder", ()),
    ],
)
def test_what_sentence_transformers_declares_counts_before_the_head(
    declared: str, roles: tuple[Role, ...], kinds: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(of(kinds, "BertModel"), tmp_path / "model")
    (folder / "config_sentence_transformers.json").write_text(json.dumps({"model_type": declared}))
    assert identify(folder).roles == roles
    assert identify(folder).architecture is Architecture.ENCODER


def test_a_table_of_word_vectors_has_no_token_vectors(tiny_models: Path) -> None:
    kind = identify(tiny_models / "static")
    assert kind.roles == (Role.BI_ENCODER,)
    assert kind.dim == 24
    kind = identify(tiny_models / "prompted")
    assert (kind.roles, kind.dim, kind.context) == ((Role.BI_ENCODER, Role.TOKEN_ENCODER), 16, 48)


@pytest.mark.parametrize(
    ("name", "role", "message"),
    [
        ("LlamaForCausalLM", Role.CROSS_ENCODER, r"is a LlamaForCausalLM \(generator\), not a cross-encoder"),
        ("T5ForConditionalGeneration", Role.GENERATOR, r"is a T5ForConditionalGeneration \(seq2seq\), not a generator"),
        ("BertModel", Role.SEQ2SEQ, r"is a BertModel \(bi-encoder and token-encoder\), not a seq2seq"),
        ("BertForTokenClassification", Role.BI_ENCODER, r"\(a kind without a role here\), not a bi-encoder"),
    ],
)
def test_a_folder_of_another_role_is_rejected_by_its_kind(name: str, role: Role, message: str, kinds: Path) -> None:
    with pytest.raises(ModelUnavailable, match=message) as caught:
        model_folder(str(of(kinds, name)), role)
    assert "\n" not in str(caught.value)


def test_a_copy_of_a_catalogue_model_is_that_model_in_every_role(tmp_path: Path, cache: Path) -> None:
    (tmp_path / "files").mkdir()
    entry = CATALOG["all-MiniLM-L6-v2"]
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SEMSEARCH_CACHE")
        source = fetch(entry, offline=False)
    copy = shutil.copytree(source, tmp_path / "copy")
    assert model_folder(str(copy), Role.TOKEN_ENCODER) == (copy, entry)
    with pytest.raises(ModelUnavailable, match=r"copy is all-MiniLM-L6-v2, a bi-encoder and token-encoder, not a gen"):
        model_folder(str(copy), Role.GENERATOR)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        (None, "lacks config.json, without which its kind is unknown"),
        ("{}", "lacks config.json"),
        ('{"hidden_size": 3}', "names no architecture"),
        ("[]", "is invalid"),
        ('{"architectures": 3}', "is invalid"),
        ("{", "cannot be read"),
    ],
)
def test_an_inconclusive_configuration(config: str | None, message: str, kinds: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(of(kinds, "BertModel"), tmp_path / "model")
    (folder / "config.json").unlink()
    if config is not None:
        (folder / "config.json").write_text(config)
    with pytest.raises(ModelUnavailable, match=message) as caught:
        identify(folder)
    assert "\n" not in str(caught.value)
