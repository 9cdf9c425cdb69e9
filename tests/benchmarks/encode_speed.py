"""How fast every runtime encodes, over SentenceTransformer.encode and over a plain matrix product of its precision.

`--quality` adds nDCG@10 on SciFact with queries, passages, or both encoded by a runtime (minutes for each).
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.load import compiled_job, load_encoder
from semsearch.models.encoder.onnx_encoder import OnnxEncoder, encoder_of
from semsearch.models.encoder.runtimes.base import RuntimeName
from semsearch.models.encoder.runtimes.benchmark import candidates
from semsearch.models.encoder.runtimes.int8_files import int8_folder, int8_graph
from semsearch.models.encoder.runtimes.quantize import quantized
from semsearch.models.encoder.runtimes.query_and_passage import OneRuntime
from semsearch.models.shared.threads import thread_count
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.fetch import fetch
from semsearch.models.weights.fingerprint import read_json
from semsearch.settings import DEFAULT_MODEL
from semsearch.types.models import Precision
from tests.benchmarks.material import documents, judgements, records
from tests.benchmarks.report import record, table


def abstracts(encoder: OnnxEncoder, count: int) -> list[str]:
    """Return the beginnings, as long as the encoder sees, of abstracts spread over SciFact."""
    texts = documents("scifact")
    return [cut(encoder, text) for text in texts[:: max(1, len(texts) // count)][:count]]


def cut(encoder: OnnxEncoder, text: str) -> str:
    return text[: encoder.token_spans([text])[0][: encoder.max_tokens][-1][1]]


def flops(folder: Path, lengths: list[int]) -> float:
    """Return the multiplications and additions of a BERT encoder: linear layers and attention, no embeddings."""
    config = read_json(folder / "config.json")
    width, inner, layers = config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"]
    linear = 2 * (4 * width * width + 2 * width * inner)
    return float(layers * sum(length * linear + 4 * length * length * width for length in lengths))


def best(run: Callable[[], Any], rounds: int) -> float:
    seconds = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def plain_product(name: RuntimeName) -> float:
    """Return operations a second of the model's largest layer alone, in the runtime's own library and precision."""
    from onnx import TensorProto, helper, numpy_helper

    rows, width, inner = 2048, 384, 1536
    chance = np.random.default_rng(0)
    eight = name.precision is Precision.INT8
    weights = chance.integers(-127, 127, (width, inner)).astype(np.int8 if eight else np.float32)
    kind = "MatMulInteger" if eight else "MatMul"
    made, given = (TensorProto.INT32, TensorProto.UINT8) if eight else (TensorProto.FLOAT, TensorProto.FLOAT)
    graph = helper.make_graph(
        [helper.make_node(kind, ["a", "b"], ["y"])],
        "product",
        [helper.make_tensor_value_info("a", given, [rows, width])],
        [helper.make_tensor_value_info("y", made, [rows, inner])],
        [numpy_helper.from_array(weights, "b")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()
    left = chance.integers(0, 127, (rows, width)).astype(np.uint8 if eight else np.float32)
    if name.startswith("openvino") and not eight:
        import openvino

        options = {"INFERENCE_PRECISION_HINT": name.rpartition("-")[2], "INFERENCE_NUM_THREADS": thread_count()}
        core = openvino.Core()
        request = core.compile_model(core.read_model(model), "CPU", options).create_infer_request()
        run: Callable[[], Any] = lambda: request.infer({"a": left})  # noqa: E731
    else:
        import onnxruntime

        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = thread_count()
        session = onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
        run = lambda: session.run(None, {"a": left})  # noqa: E731
    run()
    return 2.0 * rows * width * inner / best(run, 30)


def precision(name: RuntimeName) -> str:
    return name.rpartition("-")[2].removeprefix("fp").removeprefix("f")


def encoders() -> dict[RuntimeName, OnnxEncoder]:
    load_encoder(DEFAULT_MODEL)
    job = compiled_job(DEFAULT_MODEL)
    found = compiled.find(job.recipe.fingerprint)
    assert found is not None
    opened = {}
    for name in candidates():
        graph = found.folder / compiled.MODEL
        if name.precision is Precision.INT8:
            exact = encoder_of(found, job.name, job.recipe)
            quantized(exact, found, int8_folder(found.fingerprint))
            graph = int8_graph(found.fingerprint, name)
        encoder = encoder_of(found, job.name, job.recipe, sides=OneRuntime(name, graph))
        try:
            encoder.encode_queries(["a cat"])
        except (ImportError, RuntimeError) as error:
            print(f"{name} does not run here: {error}")
            continue
        opened[name] = encoder
    return opened


def speed(opened: dict[RuntimeName, OnnxEncoder], count: int, rounds: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch

        from semsearch.models.encoder.torch_encoder import open_sentence_transformer

        entry = CATALOG[DEFAULT_MODEL]
        folder = fetch(entry, offline=False)
        assert entry.recipe is not None
        torch.set_num_threads(thread_count())
        reference = open_sentence_transformer(folder, entry.recipe)
    exact = opened[RuntimeName.ONNX_FP32]
    texts = abstracts(exact, count)
    work = flops(folder, [len(row) for row in exact.query_rows(texts)])
    theirs = reference.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    base = best(lambda: reference.encode(texts, show_progress_bar=False), rounds)
    rows = [["SentenceTransformer.encode", f"{count / base:.1f}", "1", f"{work / base / 1e9:.0f}", "", "", "", ""]]
    products: dict[str, float] = {}
    for name in opened:  # the faster of two libraries is what the machine can do
        products[precision(name)] = max(products.get(precision(name), 0.0), plain_product(name))
    found = []
    for name, encoder in opened.items():
        ours = encoder.encode_passages(texts)
        seconds = best(lambda encoder=encoder: encoder.encode_passages(texts), rounds)
        product = products[precision(name)]
        counted = encoder.counted
        padding = counted.padding / (counted.tokens - counted.padding)
        rows.append(
            [
                name,
                f"{count / seconds:.1f}",
                f"**{base / seconds:.2f}**",
                f"{work / seconds / 1e9:.0f}",
                f"{product / 1e9:.0f}",
                f"{work / seconds / product:.0%}",
                f"{padding:.1%}",
                f"{np.sum(ours * theirs, axis=1).min():.5f}",
            ]
        )
        found.append((base / seconds, work / seconds / product, str(name)))
    speedup, share, fastest = max(found)
    record("encoding", {"speedup": speedup, "gemm_share": share, "runtime": fastest})
    header = ("runtime", "docs/s", "over it", "GFLOP/s", "of a plain product", "share", "padding", "least cosine")
    table(f"{count} abstracts of SciFact, {thread_count()} threads, best of {rounds}", header, rows)


def quality(opened: dict[RuntimeName, OnnxEncoder]) -> None:
    qrels = judgements("scifact")
    questions = [r for r in records("scifact", "queries") if r["_id"] in qrels]
    ids = [r["_id"] for r in records("scifact", "corpus")]
    exact = opened[RuntimeName.ONNX_FP32]
    texts = [cut(exact, text) for text in documents("scifact")]
    asked = {name: one.encode_queries([r["text"] for r in questions]) for name, one in opened.items()}
    held = {name: one.encode_passages(texts) for name, one in opened.items()}

    def ndcg(queries: np.ndarray, passages: np.ndarray) -> str:
        found = np.argsort(-(queries @ passages.T), axis=1)[:, :10]
        discount = 1 / np.log2(np.arange(2, 12))
        values = []
        for question, row in zip(questions, found, strict=True):
            grades = qrels[question["_id"]]
            gains = np.array([grades.get(ids[number], 0) for number in row])
            ideal = np.sort(list(grades.values()))[::-1][:10]
            values.append((gains * discount).sum() / (ideal * discount[: len(ideal)]).sum())
        return f"{np.mean(values):.4f}"

    base = RuntimeName.ONNX_FP32
    rows = [
        [name, ndcg(asked[name], held[base]), ndcg(asked[base], held[name]), ndcg(asked[name], held[name])]
        for name in opened
    ]
    header = ("runtime", "its queries", "its passages", "both")
    table("nDCG@10 on SciFact, dense; the other side in float32", header, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quality", action="store_true")
    given = parser.parse_args()
    opened = encoders()
    speed(opened, given.documents, given.rounds)
    if given.quality:
        quality(opened)


if __name__ == "__main__":
    main()
