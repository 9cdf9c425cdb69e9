"""Hub repositories: the files that a role needs, and the pinning to the first fetch."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from semsearch.errors import ModelUnavailable
from semsearch.models.manage.add_remove import remove_model
from semsearch.models.weights.hub_process import wanted_files
from semsearch.models.weights.hub_repository import fetch_repository, fetched_repositories, read_record
from semsearch.types.models import Role
from tests.unit.models.weights.test_fetch import FILES, Hub, hub, kept

__all__ = ["hub"]

TRANSFORMER = ("config.json", "tokenizer.json", "model.safetensors", "pytorch_model.bin", "onnx/model.onnx")
MARIAN = ("config.json", "source.spm", "target.spm", "vocab.json", "model.safetensors", "rust_model.ot")
WHISPER = ("config.json", "model.bin", "tokenizer.json", "vocabulary.txt")
PACKED = ("README.md", "small.gguf")


def chosen(names: Sequence[str], role: str) -> list[str]:
    from fnmatch import fnmatch

    return [name for name in names if any(fnmatch(name, pattern) for pattern in wanted_files(names, role))]


@pytest.mark.parametrize(
    ("names", "role", "files"),
    [
        (TRANSFORMER, "", ["config.json", "tokenizer.json", "model.safetensors"]),
        (TRANSFORMER, Role.CROSS_ENCODER, ["config.json", "tokenizer.json", "model.safetensors"]),
        (MARIAN, Role.SEQ2SEQ, ["config.json", "source.spm", "target.spm", "vocab.json", "model.safetensors"]),
        (WHISPER, Role.TRANSCRIBER, list(WHISPER)),
        (WHISPER, "", list(WHISPER)),
        ((*WHISPER, "model.safetensors"), Role.TRANSCRIBER, list(WHISPER)),
        (PACKED, Role.GENERATOR, ["small.gguf"]),
        (("config.json", "onnx/model.onnx", "onnx/model.onnx_data"), "", ["config.json", "onnx/model.onnx"]),
    ],
)
def test_one_format_of_weights_and_all_that_belongs_to_it(names: Sequence[str], role: str, files: list[str]) -> None:
    assert [name for name in chosen(names, role) if name != "onnx/model.onnx_data"] == files


@pytest.mark.parametrize(
    ("names", "role", "message"),
    [
        (("config.json", "pytorch_model.bin"), "", "pickles are not read"),
        (TRANSFORMER, Role.TRANSCRIBER, "no CTranslate2 model.bin"),
        (("a.gguf", "b.gguf"), "", "has 2 GGUF files"),
        ((), "", "has no weights"),
    ],
)
def test_a_repository_that_has_nothing_for_a_role(names: Sequence[str], role: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        wanted_files(names, role)


def test_later_files_must_match_the_recorded_first_fetch(cache: Path, hub: str) -> None:
    folder = fetch_repository("nobody/tiny", offline=False)
    record = read_record(folder)
    assert record is not None
    assert (record.repository, record.commit) == ("nobody/tiny", Hub.commit)
    assert sorted(record.files) == sorted(FILES)
    assert fetched_repositories() == {"nobody/tiny": folder}
    assert fetch_repository("nobody/tiny", offline=True) == folder
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes().replace(b"w", b"W", 1))
    for offline in (True, False):
        with pytest.raises(
            ModelUnavailable, match=r"differs from the fetched file: run `semsearch models remove nobody"
        ):
            fetch_repository("nobody/tiny", offline=offline)
    (folder / "config.json").unlink()
    with pytest.raises(ModelUnavailable, match="differs from the fetched file"):
        fetch_repository("nobody/tiny", offline=True)


def test_a_folder_of_an_earlier_version_gets_its_record(cache: Path) -> None:
    folder = cache / "models" / "nobody--tiny"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    assert fetch_repository("nobody/tiny", offline=True) == folder
    (folder / "model.safetensors").write_bytes(b"others!")
    with pytest.raises(ModelUnavailable, match="differs from the fetched file"):
        fetch_repository("nobody/tiny", offline=True)


@pytest.mark.parametrize("content", ["", '{"files": 3}', '{"repository": "nobody/tiny", "comm', "[]"])
def test_a_damaged_record_is_reported_and_never_rewritten(cache: Path, hub: str, content: str) -> None:
    folder = fetch_repository("nobody/tiny", offline=False)
    (folder / "semsearch.json").write_text(content)
    (folder / "model.safetensors").write_bytes(b"others!")
    message = "semsearch.json, the record of the fetch, is damaged: run `semsearch models remove nobody/tiny` and fetch"
    for offline in (True, False):
        with pytest.raises(ModelUnavailable, match=message):
            fetch_repository("nobody/tiny", offline=offline)
    assert (folder / "semsearch.json").read_text() == content
    assert remove_model("nobody/tiny").folders == (folder,)
    assert read_record(fetch_repository("nobody/tiny", offline=False)) is not None


def test_a_record_is_written_atomically(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "full")

    folder = cache / "models" / "nobody--tiny"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="full"):
            fetch_repository("nobody/tiny", offline=True)
    assert [path.name for path in folder.iterdir()] == ["model.safetensors"]
    assert fetch_repository("nobody/tiny", offline=True) == folder
    record = read_record(folder)
    assert record is not None
    assert list(record.files) == ["model.safetensors"]


def test_a_repository_without_weights_is_reported_in_one_line(
    cache: Path, hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hub, "files", {"config.json": b"{}", "pytorch_model.bin": b"x"})
    message = f"^nobody/tiny could not be fetched: {hub} could not provide nobody/tiny (it has no weights in "
    with pytest.raises(ModelUnavailable, match=re.escape(message[1:])) as caught:
        fetch_repository("nobody/tiny", offline=False)
    assert "only the hub has it: connect and try again, or download it elsewhere and name its folder" in str(
        caught.value
    )
    assert "\n" not in str(caught.value)
    assert kept(cache) == []
