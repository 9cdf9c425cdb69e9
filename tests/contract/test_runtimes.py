"""What every runtime of a compiled graph must do: the default model's graph in each of them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import openvino
import pytest

from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.load import compiled_job, load_encoder
from semsearch.models.encoder.onnx_encoder import OnnxEncoder, encoder_of
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.encoder.runtimes.benchmark import DOCUMENT_COSINE, INT8_COSINE
from semsearch.models.encoder.runtimes.int8_files import int8_folder, int8_graph
from semsearch.models.encoder.runtimes.probe_texts import PROBES, passages
from semsearch.models.encoder.runtimes.quantize import quantized
from semsearch.models.encoder.runtimes.query_and_passage import OneRuntime
from semsearch.settings import DEFAULT_MODEL
from semsearch.types.models import Precision

LEAST = {
    RuntimeName.ONNX_FP32: 0.9999,
    RuntimeName.ONNX_INT8: INT8_COSINE[1],
    RuntimeName.OPENVINO_F32: 0.9999,
    RuntimeName.OPENVINO_BF16: DOCUMENT_COSINE,
    RuntimeName.OPENVINO_INT8: INT8_COSINE[1],
}
BF16 = "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")
NAMES = [name for name in LEAST if BF16 or name is not RuntimeName.OPENVINO_BF16]


def opened(name: RuntimeName) -> OnnxEncoder:
    load_encoder(DEFAULT_MODEL)
    job = compiled_job(DEFAULT_MODEL)
    found = compiled.find(job.recipe.fingerprint)
    assert found is not None
    graph = found.folder / compiled.MODEL
    if name.precision is Precision.INT8:
        quantized(encoder_of(found, job.name, job.recipe), found, int8_folder(found.fingerprint))
        graph = int8_graph(found.fingerprint, name)
    return encoder_of(found, job.name, job.recipe, sides=OneRuntime(name, graph))


@pytest.fixture(scope="module")
def exact() -> OnnxEncoder:
    return opened(RuntimeName.ONNX_FP32)


@pytest.fixture(scope="module", params=NAMES)
def encoder(request: pytest.FixtureRequest) -> OnnxEncoder:
    return opened(request.param)


@pytest.fixture(scope="module")
def texts(exact: OnnxEncoder) -> list[str]:
    return list(passages(lambda text: len(exact.token_spans([text])[0]) <= exact.max_tokens, 5))


def runtime_of(encoder: OnnxEncoder) -> RuntimeName:
    return encoder._sides.query().name


@pytest.mark.parametrize("side", ["encode_queries", "encode_passages"])
def test_vectors_are_those_of_float32_within_the_limit_of_the_runtime(
    side: str, encoder: OnnxEncoder, exact: OnnxEncoder, texts: list[str]
) -> None:
    given = [*PROBES, *texts] if side == "encode_queries" else texts
    ours, theirs = getattr(encoder, side)(given), getattr(exact, side)(given)
    assert ours.dtype == np.float32
    assert np.allclose(np.linalg.norm(ours, axis=1), 1.0, atol=1e-5)
    assert np.sum(ours * theirs, axis=1).min() >= LEAST[runtime_of(encoder)]


def test_a_row_does_not_depend_on_its_batch(encoder: OnnxEncoder, texts: list[str]) -> None:
    texts = [*texts, *(f"a cat sat{' on' * more}" for more in range(12))]  # some are padded to one length
    together = encoder.encode_passages(texts)
    orders: list[Callable[[], np.ndarray]] = [
        lambda: np.concatenate([encoder.encode_passages([text]) for text in texts]),
        lambda: encoder.encode_passages(texts[::-1])[::-1],
        lambda: encoder.encode_passages([*texts, "a cat", *texts])[: len(texts)],
    ]
    for other in orders:
        found = other()
        assert np.sum(together * found, axis=1).min() >= 1 - 1e-5
        if runtime_of(encoder).precision is Precision.INT8:  # where a last digit would turn into a step of rounding
            assert np.array_equal(together, found)


def test_the_same_call_gives_the_same_bits(encoder: OnnxEncoder, texts: list[str]) -> None:
    assert np.array_equal(encoder.encode_passages(texts), encoder.encode_passages(texts))


def test_many_threads_may_use_one_runtime(encoder: OnnxEncoder, texts: list[str]) -> None:
    expected = encoder.encode_queries(texts)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(lambda _: encoder.encode_queries(texts), range(4)):
            assert np.sum(vectors * expected, axis=1).min() >= 1 - 1e-5


def test_vectors_of_tokens_come_out_of_every_runtime(encoder: OnnxEncoder, exact: OnnxEncoder) -> None:
    (ours,), (theirs,) = (one.encode_passage_tokens(["cats sleep on a mat"]) for one in (encoder, exact))
    assert ours.spans == theirs.spans
    assert np.sum(ours.vectors * theirs.vectors, axis=1).min() >= 0.98


def test_padding_is_at_most_five_percent(encoder: OnnxEncoder, texts: list[str]) -> None:
    encoder.encode_passages(texts * 2)
    assert 0 <= encoder.counted.padding <= 0.05 * encoder.counted.tokens
    assert encoder.counted.tokens > 1000
