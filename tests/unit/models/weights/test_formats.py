"""Counting parameters in every format, and files that are damaged."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import gguf
import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save_file

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.fetch import fetch
from semsearch.models.weights.formats import Format, count_parameters, embedding_rows, find_weights


def write_safetensors(folder: Path) -> int:
    tensors = {
        "embeddings.word_embeddings.weight": np.zeros((7, 4), np.float16),
        "layer.weight": np.zeros((4, 4), np.float32),
        "quantized.weight": np.zeros((4, 2), np.int8),
        "quantized.weight_scale": np.zeros((4,), np.float32),
        "embeddings.position_ids": np.zeros((1, 99), np.int64),
    }
    save_file(tensors, folder / "model.safetensors")
    return 28 + 16 + 8


def write_onnx(folder: Path) -> int:
    arrays = {
        "embeddings.word_embeddings.weight_quantized": np.zeros((7, 4), np.int8),
        "embeddings.word_embeddings.weight_scale": np.zeros((), np.float32),
        "embeddings.word_embeddings.weight_zero_point": np.zeros((), np.int8),
        "bias_quantized": np.zeros((9,), np.int32),
        "dense": np.zeros((30, 40), np.float32),
        "shape": np.zeros((50,), np.int64),
    }
    graph = helper.make_graph(
        [helper.make_node("Identity", ["dense"], ["logits"])],
        "graph",
        [],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, [30, 40])],
        [numpy_helper.from_array(array, name) for name, array in arrays.items()],
    )
    onnx.save(helper.make_model(graph), str(folder / "model.onnx"), save_as_external_data=True, location="weights.data")
    (folder / "weights.data").unlink()  # the count needs no weights
    return 28 + 9 + 1200


def write_gguf(folder: Path) -> int:
    writer = gguf.GGUFWriter(str(folder / "tiny.gguf"), "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(32)
    writer.add_array("tokenizer.ggml.tokens", ["a", "b", "c"])
    writer.add_tensor("token_embd.weight", np.zeros((3, 32), np.float32))
    packed = gguf.quantize(np.zeros((5, 32), np.float32), gguf.GGMLQuantizationType.Q4_1)
    writer.add_tensor("blk.0.attn_q.weight", packed, raw_dtype=gguf.GGMLQuantizationType.Q4_1)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return 96 + 160


def write_ctranslate2(folder: Path) -> int:
    def text(value: str) -> bytes:
        return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"

    data = struct.pack("<I", 6) + text("WhisperSpec") + struct.pack("<II", 3, 3)
    data += text("decoder/embeddings/weight") + struct.pack("<BIIBI", 2, 7, 4, 0, 28) + bytes(28)
    data += text("decoder/embeddings/weight_scale") + struct.pack("<BIBI", 1, 7, 0, 28) + bytes(28)
    data += text("decoder/num_heads") + struct.pack("<BBI", 0, 1, 1) + bytes(1)
    (folder / "model.bin").write_bytes(data + struct.pack("<I", 0))
    return 28


WRITERS = {
    Format.SAFETENSORS: write_safetensors,
    Format.ONNX: write_onnx,
    Format.GGUF: write_gguf,
    Format.CTRANSLATE2: write_ctranslate2,
}


@pytest.mark.parametrize("form", WRITERS)
def test_elements_count_and_scales_do_not(form: Format, tmp_path: Path) -> None:
    expected = WRITERS[form](tmp_path)
    assert find_weights(tmp_path)[0] is form
    assert count_parameters(tmp_path) == expected
    assert embedding_rows(tmp_path) == (3 if form is Format.GGUF else 7)


@pytest.mark.parametrize("form", WRITERS)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6])
def test_a_truncated_file_is_reported_in_one_line(form: Format, share: float, tmp_path: Path) -> None:
    WRITERS[form](tmp_path)
    path = find_weights(tmp_path)[1][0]
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)] or b"nothing of the kind")
    with pytest.raises(ModelUnavailable, match=r"(is not a valid|damaged weights) .*: fetch") as caught:
        count_parameters(tmp_path)
    assert "\n" not in str(caught.value)


def test_false_headers_do_not_exhaust_the_memory(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(struct.pack("<Q", 2**62) + b"{}")
    with pytest.raises(ModelUnavailable, match="header is too long"):
        count_parameters(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    (tmp_path / "a.gguf").write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 2**60, 2**60))
    with pytest.raises(ModelUnavailable, match="out of range"):
        count_parameters(tmp_path)


def test_missing_shards_are_named(tmp_path: Path) -> None:
    write_safetensors(tmp_path)
    names = ["model.safetensors", "model-00002.safetensors"]
    (tmp_path / "model.safetensors.index.json").write_text(
        json.dumps({"weight_map": dict(zip("ab", names, strict=True))})
    )
    with pytest.raises(ModelUnavailable, match=r"lacks model-00002.safetensors: fetch the model again"):
        count_parameters(tmp_path)


def test_a_pickle_is_not_read_and_of_two_gguf_files_none_is_guessed(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"lacks model.safetensors \(or model.onnx, model.bin, a .gguf\)"):
        find_weights(tmp_path)
    (tmp_path / "pytorch_model.bin").write_bytes(b"x")
    with pytest.raises(ModelUnavailable, match=r"a pickle only \(pytorch_model.bin\), which can run code"):
        find_weights(tmp_path)
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ModelUnavailable, match="holds 2 GGUF files"):
        find_weights(tmp_path)


def test_the_library_counts_the_same_in_a_gguf_file() -> None:
    folder = fetch(CATALOG["SmolLM2-135M-Instruct"], offline=False)
    reader = gguf.GGUFReader(next(folder.glob("*.gguf")))
    assert count_parameters(folder) == sum(int(tensor.n_elements) for tensor in reader.tensors)
