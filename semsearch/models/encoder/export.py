"""Build the folder that queries run on: `python -m semsearch.models.encoder.export SOURCE FOLDER JOB`.

Any sentence-transformers folder becomes one fp32 ONNX graph from token ids to unit vectors, whatever its pooling, and
is compared with `SentenceTransformer.encode` before use. The exporter, measured with torch 2.13 on MiniLM:
TorchScript with plain ("eager") attention gives the graph in which ONNX Runtime fuses most (18.8 passages a second and
core; with scaled-dot-product attention 15.5; torch.export 17.2, in four times the time and with one more package). ONNX
Runtime's own offline optimizer adds nothing at the batch size used here. Weights are in a separate file, which ONNX
Runtime memory-maps: a session opens in 43 ms instead of 130.
"""

from __future__ import annotations

import errno
import json
import shutil
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from semsearch.models.encoder.compiled_cache import MODEL, TOKENIZER, TORCH_PACKAGES, WEIGHTS, Compiled, Job, write
from semsearch.models.encoder.runtimes.probe_texts import PROBES
from semsearch.models.weights.fingerprint import read_json

__all__ = ["WillNotExport", "compile_folder", "main", "run_export", "torch_only", "write_graph"]

MIN_COSINE = 0.9999


class WillNotExport(Exception):
    """The model cannot be exported to ONNX; the message says why."""


def compile_folder(source: Path, folder: Path, job: Job) -> Compiled:
    """Write into `folder` what `OnnxEncoder` needs, or the note that only torch can run `source`; return it."""
    if job.graph is not None:
        return _ready_graph(source, folder, job)
    try:
        return _exported(source, folder, job)
    except WillNotExport as refusal:
        return torch_only(folder, job, refusal)


def torch_only(folder: Path, job: Job, refusal: WillNotExport) -> Compiled:
    """Empty the folder, and return the note that only torch can run the model."""
    for path in folder.iterdir():
        path.unlink()
    versions = {name: version(name) for name in TORCH_PACKAGES}
    return Compiled(folder, job.recipe.fingerprint, runtime="torch", reason=str(refusal), versions=versions)


def write_graph(model: Any, folder: Path, name: str, export: Callable[[Any, Path], None]) -> dict[str, str]:
    """Write the tokenizer and the export of a sentence-transformers model; return the package versions used.

    Raises WillNotExport when the exporter fails.
    """
    from semsearch.models.encoder.torch_encoder import backend_tokenizer

    backend_tokenizer(model, name).save(str(folder / TOKENIZER), pretty=False)
    whole = folder / "exported.onnx"
    try:
        export(model, whole)
    except (OSError, MemoryError):
        raise
    except Exception as error:
        raise WillNotExport(f"it does not export to ONNX: {type(error).__name__}: {error}"[:300]) from error
    _split_weights(whole, folder)
    whole.unlink()
    return {package: version(package) for package in (*TORCH_PACKAGES, "onnx", "onnxruntime")}


def _ready_graph(source: Path, folder: Path, job: Job) -> Compiled:
    assert job.graph is not None
    model = _split_weights(source / job.graph.file, folder)
    output = next(value for value in model.graph.output if value.name == job.graph.output)
    shutil.copyfile(source / TOKENIZER, folder / TOKENIZER)
    return Compiled(
        folder,
        job.recipe.fingerprint,
        dim=int(output.type.tensor_type.shape.dim[-1].dim_value),
        output=job.graph.output,
        pooling=job.graph.pooling,
        pad_id=_pad_id(source),
        versions={name: version(name) for name in ("onnx", "onnxruntime")},
    )


def _pad_id(source: Path) -> int:
    token = read_json(source / "tokenizer_config.json").get("pad_token")
    content = token.get("content") if isinstance(token, dict) else token
    added = read_json(source / TOKENIZER).get("added_tokens") or ()
    return next((int(entry["id"]) for entry in added if entry["content"] == content), 0)


def _exported(source: Path, folder: Path, job: Job) -> Compiled:
    if not job.recipe.modules[0].startswith("Transformer"):
        raise WillNotExport(f"it begins with a {job.recipe.modules[0]}, not with a transformer")
    import torch

    from semsearch.models.encoder.torch_encoder import open_sentence_transformer

    torch.manual_seed(0)
    model = open_sentence_transformer(source, job.recipe, attn_implementation="eager")
    versions = write_graph(model, folder, job.name, _export)
    found = Compiled(
        folder,
        job.recipe.fingerprint,
        dim=int(model.encode([""], show_progress_bar=False).shape[1]),
        output="sentence_embedding",
        pad_id=int(getattr(model.tokenizer, "pad_token_id", 0) or 0),
        versions=versions,
    )
    del model
    found.parity = _parity(source, found, job)
    return found


def _export(model: Any, target: Path) -> None:
    """Export from (input_ids, attention_mask) to (token_embeddings, sentence_embedding), both axes free."""
    import torch

    class Encoder(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, input_ids: Any, attention_mask: Any) -> tuple[Any, Any]:
            features = self.model({"input_ids": input_ids, "attention_mask": attention_mask})
            sentence = torch.nn.functional.normalize(features["sentence_embedding"], dim=1)
            return features["token_embeddings"], sentence

    sample = model.tokenizer(["a cat sat", "some more words stand here"], padding=True, return_tensors="pt")
    free = {0: "batch", 1: "sequence"}
    with torch.no_grad():
        torch.onnx.export(
            Encoder().eval(),
            (sample["input_ids"], sample["attention_mask"]),
            str(target),
            input_names=["input_ids", "attention_mask"],
            output_names=["token_embeddings", "sentence_embedding"],
            dynamic_axes={
                "input_ids": free,
                "attention_mask": free,
                "token_embeddings": free,
                "sentence_embedding": {0: "batch"},
            },
            opset_version=17,
            dynamo=False,
        )


def _split_weights(graph: Path, folder: Path) -> Any:
    """Write the graph again with its weights in a separate file; return the onnx.ModelProto."""
    import onnx

    model = onnx.load(str(graph))
    onnx.save(
        model,
        str(folder / MODEL),
        save_as_external_data=True,
        location=WEIGHTS,
        size_threshold=1024,
        convert_attribute=False,
    )
    return model


def _parity(source: Path, found: Compiled, job: Job) -> dict[str, float]:
    """Compare with sentence-transformers; WillNotExport when any vector differs."""
    import numpy as np

    from semsearch.models.encoder.onnx_encoder import encoder_of
    from semsearch.models.encoder.torch_encoder import open_sentence_transformer

    encoder = encoder_of(found, job.name, job.recipe)
    reference = open_sentence_transformer(source, job.recipe)
    short = [text for text in PROBES if len(encoder.token_spans([text])[0]) <= encoder.max_tokens]
    pairs = (
        (encoder.encode_queries(PROBES), PROBES, job.recipe.query_prompt),
        (encoder.encode_passages(short), short, job.recipe.passage_prompt),
    )
    least = 1.0
    for ours, texts, prompt in pairs:
        theirs = reference.encode(list(texts), prompt=prompt, normalize_embeddings=True, show_progress_bar=False)
        least = min(least, float(np.sum(ours * theirs, axis=1).min()))
    if not least >= MIN_COSINE:
        raise WillNotExport(f"its export differs from the original (cosine {least:.5f})")
    return {"texts": len(PROBES) + len(short), "least_cosine": least}


def run_export(arguments: Sequence[str], compile_: Callable[[Path, Path, Job], Compiled]) -> int:
    """Run with SOURCE FOLDER JOB (JSON); return the exit status, ENOSPC when the disk is full."""
    source, folder, job = arguments
    try:
        write(compile_(Path(source), Path(folder), Job.from_json(json.loads(job))))
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return errno.ENOSPC
        raise
    return 0


def main(arguments: Sequence[str]) -> int:
    """Compile a bi-encoder."""
    return run_export(arguments, compile_folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
