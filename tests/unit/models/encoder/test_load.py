from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import ModelUnavailable
from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.load import load_encoder
from semsearch.models.weights.catalog import CATALOG, bi_encoders
from semsearch.models.weights.fetch import fetch
from semsearch.models.weights.fingerprint import read_recipe
from semsearch.settings import DEFAULT_MODEL, cache_dir

TEXTS = ["Where do cats sleep?", "On 3 mats."]
FILES = ["model.onnx", "semsearch.json", "tokenizer.json", "weights.bin"]


@pytest.fixture(scope="session")
def graph() -> Path:
    """The folder of a model that is an ONNX graph already, so compiling it needs no torch."""
    return fetch(CATALOG["bge-small-en-v1.5-int8"], offline=False)


@pytest.fixture(scope="session")
def ready() -> Path:
    """The default model, compiled, in the shared cache of all runs."""
    return load_encoder(DEFAULT_MODEL).path


@pytest.fixture
def prompted(tiny_models: Path, cache: Path) -> Path:
    """A tiny model whose folder has prompts and a dense layer; an empty cache to compile it into."""
    return tiny_models / "prompted"


def lines_of(load: Callable[..., object]) -> list[str]:
    """Load with a progress callback; the lines meant for the user."""
    lines: list[str] = []
    load(progress=lambda label, _, total: lines.append(label) if total == 0 else None)
    return lines


def in_a_process(code: str, *arguments: str) -> str:
    """Run Python in a separate process; return its output."""
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_folder_is_compiled_once_and_encodes_as_sentence_transformers_does(
    prompted: Path, tiny_models: Path, cache: Path
) -> None:
    lines = lines_of(lambda progress: load_encoder(str(prompted), progress=progress))
    assert lines == [f"preparing {prompted} (once)"]
    folder = cache / "compiled" / read_recipe(prompted).fingerprint
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]
    manifest = json.loads((folder / "semsearch.json").read_text())
    assert manifest["parity"]["least_cosine"] >= 0.9999
    assert manifest["parity"]["texts"] > 11
    assert {"torch", "onnx", "onnxruntime"} <= set(manifest["versions"])
    encoder = load_encoder(os.path.relpath(prompted), progress=lambda *step: pytest.fail(f"{step}"))
    assert (encoder.name, encoder.path, encoder.dim, encoder.languages) == (str(prompted), folder, 16, ())
    assert encoder.max_tokens < 46, "the passage prompt takes room, special tokens aside"
    theirs = json.loads((tiny_models / "reference.json").read_text())
    assert np.allclose(encoder.encode_queries(TEXTS), theirs["query"], atol=1e-5)
    assert np.allclose(encoder.encode_passages(TEXTS), theirs["document"], atol=1e-5)
    assert not np.allclose(theirs["query"], theirs["document"], atol=1e-3)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("damage", ["flipped", "truncated", "gone"])
def test_damage_in_any_part_is_detected(name: str, damage: str, ready: Path, cache: Path) -> None:
    folder = shutil.copytree(ready, cache / "compiled" / ready.name)
    found = compiled.find(folder.name)
    assert found is not None
    assert compiled.intact(found)
    data = bytearray((folder / name).read_bytes())
    data[len(data) // 2] ^= 4
    if damage == "gone":
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(data if damage == "flipped" else data[: len(data) // 2])
    found = compiled.find(folder.name)
    assert found is None or not compiled.intact(found)


@pytest.mark.parametrize("name", ["weights.bin", "tokenizer.json"])
def test_a_damaged_model_is_rebuilt(name: str, graph: Path, cache: Path) -> None:
    encoder = load_encoder(str(graph))
    data = bytearray((encoder.path / name).read_bytes())
    data[len(data) // 2] ^= 4
    (encoder.path / name).write_bytes(data)
    assert lines_of(lambda progress: load_encoder(str(graph), progress=progress)) == [f"preparing {graph} (once)"]
    again = load_encoder(str(graph), progress=pytest.fail)
    assert np.array_equal(again.encode_queries(["a cat"]), encoder.encode_queries(["a cat"]))
    assert [path.name for path in encoder.path.parent.iterdir() if path.is_dir()] == [encoder.path.name]


def test_a_kill_while_compiling_leaves_no_valid_folder(graph: Path, cache: Path) -> None:
    code = "import sys; from semsearch.models.encoder.load import load_encoder; load_encoder(sys.argv[1])"
    process = subprocess.Popen([sys.executable, "-c", code, str(graph)])
    target = cache / "compiled" / CATALOG["bge-small-en-v1.5-int8"].recipe.fingerprint
    while not list(target.parent.glob(f".{target.name}.*")):
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert not target.exists()
    load_encoder(str(graph))
    assert [path.name for path in target.parent.iterdir() if path.is_dir()] == [target.name]


def test_a_model_that_does_not_export_runs_on_torch_and_reports_that_once(tiny_models: Path, cache: Path) -> None:
    code = """
import sys, json, warnings
warnings.simplefilter("ignore")
from semsearch.models.encoder.load import load_encoder
lines = []
for _ in range(2):
    encoder = load_encoder(sys.argv[1], progress=lambda *step: lines.append(step[0]))
vectors = encoder.encode_passages(["a cat", "a dog"])
reference = encoder._model.encode(["a cat", "a dog"], normalize_embeddings=True)
cosine = float((vectors * reference).sum(axis=1).min())
sys.stdout.write(json.dumps([lines, type(encoder).__name__, vectors.shape, cosine]))
"""
    folder = tiny_models / "static"
    lines, kind, shape, cosine = json.loads(in_a_process(code, str(folder)))
    why = "it begins with a StaticEmbedding, not with a transformer"
    assert lines == [f"preparing {folder} (once)", f"{folder} runs on torch, slower to start: {why}"]
    assert (kind, shape) == ("TorchEncoder", [2, 24])
    assert cosine > 0.9999
    fingerprint = read_recipe(folder).fingerprint
    found = compiled.find(fingerprint)
    assert found is not None
    assert found.runtime == "torch"
    manifest = found.folder / "semsearch.json"
    manifest.write_text(manifest.read_text().replace(found.versions["torch"], "1.0"))
    assert compiled.find(fingerprint) is None, "another torch may export it"


def test_invalid_weights(cache: Path, prompted: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(prompted, tmp_path / "broken")
    (folder / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(ModelUnavailable, match=r"has damaged weights .*: fetch the model again") as caught:
        load_encoder(str(folder))
    assert "\n" not in str(caught.value)
    assert not (cache / "compiled").exists()


def test_a_copy_of_a_catalogue_model_is_that_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = cache_dir()
    for name in bi_encoders():
        load_encoder(name)
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    (tmp_path / "cache").mkdir()
    for name in ("models", "compiled"):
        (tmp_path / "cache" / name).symlink_to(shared / name)
    for entry in (CATALOG[name] for name in bi_encoders()):
        copy = tmp_path / "renamed"
        shutil.copytree(fetch(entry, offline=False), copy)
        known, found = load_encoder(entry.name), load_encoder(str(copy), offline=True, progress=pytest.fail)
        assert (found.fingerprint, found.languages, found.path) == (known.fingerprint, entry.languages, known.path)
        assert (known.name, found.name) == (entry.name, str(copy))
        shutil.rmtree(copy)


@pytest.mark.parametrize("name", ["no-such-model", "", "./nowhere", "/nowhere/at/all", "a/b/c"])
def test_an_unknown_name(name: str, cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"no model .* give a name \(all-MiniLM-L6-v2, "):
        load_encoder(name)


def test_a_hub_repository_where_the_hub_is_blocked(cache: Path, refused_hub: str) -> None:
    with pytest.raises(
        ModelUnavailable, match=f"^nobody/nothing could not be fetched: {refused_hub} could not be reached; "
    ):
        load_encoder("nobody/nothing")
    with pytest.raises(ModelUnavailable, match=r"^nobody/nothing is not on this computer and offline mode is on"):
        load_encoder("nobody/nothing", offline=True)


def test_offline_without_a_model(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ModelUnavailable, match="run `semsearch models fetch all-MiniLM-L6-v2` once while online"):
        load_encoder(DEFAULT_MODEL)


WITHOUT_TORCH = """
import sys

def forbid(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        raise SystemExit(f"{event} {arguments}")

sys.addaudithook(forbid)
from semsearch.models.encoder.load import load_encoder
encoder = load_encoder(sys.argv[1], offline=True)
assert encoder.encode_queries(["where do cats sleep?"]).shape == (1, encoder.dim)
assert encoder.token_spans(["a cat"])
heavy = {"torch", "transformers", "sentence_transformers", "huggingface_hub", "onnx", "scipy", "faiss", "docutils",
         "filelock", "subprocess", "socket", "urllib.request", "http.client", "zipfile"}
sys.stdout.write(" ".join(sorted(heavy & set(sys.modules))))
"""


@pytest.mark.parametrize("name", list(bi_encoders()))
def test_a_query_on_a_compiled_model_imports_no_torch_and_opens_no_socket(name: str) -> None:
    load_encoder(name)
    assert in_a_process(WITHOUT_TORCH, name) == ""


def test_importing_the_loader_imports_nothing_heavy() -> None:
    code = "import sys, semsearch.models.encoder.load; sys.stdout.write(' '.join(sys.modules))"
    assert not {"numpy", "onnxruntime", "tokenizers", "torch", "filelock"} & set(in_a_process(code).split())
