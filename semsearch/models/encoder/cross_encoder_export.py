"""Build the folder that a cross-encoder runs on:
`python -m semsearch.models.encoder.cross_encoder_export SOURCE FOLDER JOB`.

One fp32 ONNX graph from the token ids of a pair to the logit of the head, checked against the library's own scores
before use; built in the same way as that of a bi-encoder (see export.py), in a separate process.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semsearch.models.encoder.compiled_cache import Compiled, Job
from semsearch.models.encoder.export import WillNotExport, run_export, torch_only, write_graph
from semsearch.models.encoder.runtimes.probe_texts import PROBES

__all__ = ["compile_folder", "main"]

QUERY = "a cat?"
TOLERANCE = 1e-3
"""Largest difference of a logit from the original, as a share of the largest logit (at least 1)."""


def compile_folder(source: Path, folder: Path, job: Job) -> Compiled:
    """Write into `folder` what `OnnxCrossEncoder` needs, or the note that only torch can run `source`."""
    try:
        return _exported(source, folder, job)
    except WillNotExport as refusal:
        return torch_only(folder, job, refusal)


def _exported(source: Path, folder: Path, job: Job) -> Compiled:
    import torch

    from semsearch.models.encoder.cross_encoder_torch import open_cross_encoder

    if job.recipe.query_prompt:
        raise WillNotExport("it puts a prompt before every pair")
    torch.manual_seed(0)
    model = open_cross_encoder(source, job.recipe, attn_implementation="eager")
    if job.recipe.modules[0] != "Transformer" or "LogitScore" in job.recipe.modules:
        raise WillNotExport("it is not an encoder with a head")
    versions = write_graph(model, folder, job.name, _export)
    found = Compiled(folder, job.recipe.fingerprint, dim=1, output="logits", versions=versions)
    del model
    found.parity = _parity(source, folder, job)
    return found


def _export(model: Any, target: Path) -> None:
    """Export from (input_ids, attention_mask[, token_type_ids]) to logits (rows, 1), batch size and length free."""
    import torch

    sample = model.tokenizer(["a cat sat", "a dog"], ["on the mat", "stood here a while"], padding=True)
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in sample]

    class Head(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, *inputs: Any) -> Any:
            return self.model(dict(zip(names, inputs, strict=True)))["scores"].reshape(-1, 1)

    free = {0: "batch", 1: "sequence"}
    with torch.no_grad():
        torch.onnx.export(
            Head().eval(),
            tuple(torch.tensor(sample[name]) for name in names),
            str(target),
            input_names=names,
            output_names=["logits"],
            dynamic_axes={**dict.fromkeys(names, free), "logits": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def _parity(source: Path, folder: Path, job: Job) -> dict[str, float]:
    """Compare with the library's own scores; WillNotExport when any score differs."""
    import numpy as np

    from semsearch.models.encoder.cross_encoder import OnnxCrossEncoder
    from semsearch.models.encoder.cross_encoder_torch import TorchCrossEncoder

    ours = OnnxCrossEncoder(folder, name=job.name, max_length=job.recipe.max_seq_length)
    theirs = TorchCrossEncoder(source, job.recipe, name=job.name)
    texts = [text for text in PROBES if theirs.fits(QUERY, text)]
    left, right = ours.score(QUERY, texts), theirs.score(QUERY, texts)
    most = float(np.abs(left - right).max())
    if not most <= TOLERANCE * max(1.0, float(np.abs(right).max())):
        raise WillNotExport(f"its export differs from the original (by {most:.5f})")
    return {"texts": len(texts), "most_difference": most}


def main(arguments: Sequence[str]) -> int:
    """Compile a cross-encoder."""
    return run_export(arguments, compile_folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
