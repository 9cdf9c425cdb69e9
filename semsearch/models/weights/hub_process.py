"""Download files of one hub repository into a folder: `python -m semsearch.models.weights.hub_process`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from semsearch.types.models import Role

__all__ = ["COMMIT", "main", "wanted_files"]

CONNECT_SECONDS = 3
COMMIT = ".commit"
"""The file that names the downloaded commit."""
_BESIDE = ("*.json", "*.txt", "*.model", "*.spm", "*.jinja")
"""Configurations and tokenizers: vocab.txt, merges.txt, spiece.model, source.spm and their like."""
_NEVER = ("onnx/*.json", "openvino/*", "coreml/*", "consolidated*", "*.pkl", "*.pt")


def wanted_files(names: Sequence[str], role: str) -> list[str]:
    """Return patterns for the repository's files that a role needs, with one format of weights only.

    Transcribers need CTranslate2 (model.bin); everything else prefers safetensors. Pickles are never downloaded.
    Raises ValueError, in a few words, when no format is supported.
    """
    top = [name for name in names if "/" not in name]
    speech = role == Role.TRANSCRIBER
    if "model.bin" in top and (speech or not _ending(top, ".safetensors")):
        return [*_BESIDE, "model.bin"]
    if speech:
        raise ValueError("it has no CTranslate2 model.bin, as the repositories of Systran have")
    if _ending(top, ".safetensors"):
        return [*_BESIDE, "*.safetensors"]
    if gguf := _ending(top, ".gguf"):
        if len(gguf) > 1:
            raise ValueError(f"it has {len(gguf)} GGUF files: download one into a folder, and name that folder")
        return [*_BESIDE, gguf[0]]
    for graph in ("model.onnx", "onnx/model.onnx"):
        if graph in names:
            return [*_BESIDE, graph, f"{graph}_data", f"{graph}.data"]
    raise ValueError("it has no weights in safetensors, ONNX, GGUF or CTranslate2 files; pickles are not read")


def _ending(names: Sequence[str], suffix: str) -> list[str]:
    return [name for name in names if name.endswith(suffix) and not name.startswith("consolidated")]


def main(arguments: Sequence[str]) -> None:
    """Run with REPOSITORY REVISION FOLDER ROLE [FILE...]; an empty revision is the main branch, an empty role any."""
    from huggingface_hub import HfApi, snapshot_download

    repository, revision, folder, role, *files = arguments
    api = HfApi()
    commit = api.repo_info(repository, revision=revision or None).sha
    if not files:
        try:
            files = wanted_files(api.list_repo_files(repository, revision=commit), role)
        except ValueError as error:
            sys.exit(str(error))
    snapshot_download(
        repository,
        revision=commit,
        local_dir=folder,
        allow_patterns=list(files),
        ignore_patterns=list(_NEVER),
        etag_timeout=CONNECT_SECONDS,
    )
    Path(folder, COMMIT).write_text(str(commit), encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
