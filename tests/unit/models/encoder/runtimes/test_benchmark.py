"""Which runtime is selected, and what happens when one is broken, damaged, or requested by name."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.load import compiled_job, load_encoder
from semsearch.models.encoder.runtimes import benchmark as choice
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.encoder.runtimes.benchmark import measure, remembered
from semsearch.models.encoder.runtimes.int8_files import int8_folder, int8_sound
from semsearch.settings import DEFAULT_MODEL

QUERY = ["where do cats sleep?"]


@pytest.fixture
def fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The default model in a separate cache for the test."""
    ready = load_encoder(DEFAULT_MODEL).path
    shutil.copytree(ready, tmp_path / "cache" / "compiled" / ready.name)
    monkeypatch.setenv("SEMSEARCH_CACHE", str(tmp_path / "cache"))
    return ready.name


@pytest.fixture
def crashing_openvino(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An OpenVINO that was built for another processor."""
    package = tmp_path / "packages" / "openvino"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGILL)\n")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))


def test_a_runtime_that_crashes_is_not_selected_and_the_choice_is_stored_for_this_computer(
    fingerprint: str, crashing_openvino: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert remembered(fingerprint) is None
    found = measure(compiled_job(DEFAULT_MODEL))
    told = {one.name: one for one in found.measured}
    assert told["openvino-f32"].reason == told["openvino-bf16"].reason == "it was killed by signal 4"
    assert told["onnx-fp32"].passages_per_second > 0
    assert told["onnx-fp32"].least_cosine > 0.9999
    assert found.document is RuntimeName.ONNX_FP32
    assert remembered(fingerprint) == found
    monkeypatch.setenv("SEMSEARCH_THREADS", "7")
    assert remembered(fingerprint) is None, "seven threads were not measured"
    other = measure(compiled_job(DEFAULT_MODEL))
    assert remembered(fingerprint) == other
    monkeypatch.delenv("SEMSEARCH_THREADS")
    assert remembered(fingerprint) == found, "computers that share a cache do not overwrite each other's measurement"


def test_a_damaged_int8_graph_is_not_used_and_is_rebuilt(
    fingerprint: str, crashing_openvino: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = load_encoder(DEFAULT_MODEL).encode_queries(QUERY)
    measure(compiled_job(DEFAULT_MODEL))
    monkeypatch.setenv("SEMSEARCH_RUNTIME", "onnx-int8")
    rounded = load_encoder(DEFAULT_MODEL).encode_queries(QUERY)
    assert not np.array_equal(rounded, exact)
    assert np.sum(rounded * exact) > 0.99
    compiled_found = compiled.find(fingerprint)
    assert compiled_found is not None
    for name in ("weights.bin", "model.onnx", "semsearch.json"):
        file = int8_folder(fingerprint) / name
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
        assert not int8_sound(file.parent, compiled_found, remembered=True)
        with pytest.raises(ModelUnavailable, match=r"asks for onnx-int8, .* damaged"):
            load_encoder(DEFAULT_MODEL).encode_queries(QUERY)
        data[len(data) // 2] ^= 4
        file.write_bytes(data)
    (int8_folder(fingerprint) / "weights.bin").write_bytes(b"")
    measure(compiled_job(DEFAULT_MODEL))
    assert int8_sound(int8_folder(fingerprint), compiled_found)


def test_an_unreadable_choice_is_ignored(fingerprint: str) -> None:
    for text in ("", "{}", "[]", '{"layout": 1, "document": "abacus"}', "\0"):
        file = choice._file(fingerprint, choice._key())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        assert remembered(fingerprint) is None


@pytest.mark.parametrize("name", ["onnx-fp32", "onnx-int8", "openvino-f32"])
def test_a_requested_runtime_encodes_queries_and_passages(
    name: str, fingerprint: str, crashing_openvino: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "onnx-int8":
        measure(compiled_job(DEFAULT_MODEL))
    monkeypatch.setenv("SEMSEARCH_RUNTIME", name)
    encoder = load_encoder(DEFAULT_MODEL)
    assert encoder._sides.query().name is RuntimeName(name)  # type: ignore[attr-defined]
    assert encoder._sides.document(1, encoder.precision).name is RuntimeName(name)  # type: ignore[attr-defined]


def test_an_unknown_runtime_name(fingerprint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMSEARCH_RUNTIME", "abacus")
    with pytest.raises(InvalidQuery, match=r"^SEMSEARCH_RUNTIME is 'abacus': choose one of onnx-fp32, .* or unset it$"):
        load_encoder(DEFAULT_MODEL)


def test_a_requested_runtime_that_is_missing(fingerprint: str, tmp_path: Path) -> None:
    package = tmp_path / "packages" / "openvino"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('no such library')\n")
    code = """
import sys
from semsearch.errors import ModelUnavailable
from semsearch.models.encoder.load import load_encoder
try:
    load_encoder(sys.argv[1]).encode_passages(["a cat"])
except ModelUnavailable as error:
    sys.stdout.write(str(error))
"""
    environment = {**os.environ, "SEMSEARCH_RUNTIME": "openvino-f32", "PYTHONPATH": f"{package.parent}:{Path.cwd()}"}
    command = [sys.executable, "-c", code, DEFAULT_MODEL]
    said = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
    assert said == "SEMSEARCH_RUNTIME asks for openvino-f32, which does not run here (no such library): unset it"


def test_weights_that_change_under_an_encoder_never_reach_an_index(fingerprint: str) -> None:
    encoder = load_encoder(DEFAULT_MODEL)
    weights = encoder.path / compiled.WEIGHTS
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 4
    weights.write_bytes(data)
    with pytest.raises(ModelUnavailable, match="has been damaged: run the command again to rebuild it"):
        encoder.encode_passages(["a cat"])
    assert compiled.find(fingerprint) is None
