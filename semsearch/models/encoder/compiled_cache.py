"""The cache of compiled models: one folder per fingerprint, checked by hash, built once in a separate process.

<cache>/compiled/<fingerprint>/
  model.onnx      the graph
  weights.bin     its weights; memory-mapped, not read
  tokenizer.json
  semsearch.json  the manifest: sizes and hashes of these, how they were made, and how close to the original they are
"""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from semsearch import settings
from semsearch.errors import ModelUnavailable, StorageFull
from semsearch.models.weights.catalog_entry import File, Graph
from semsearch.models.weights.fingerprint import Hashes, Recipe, file_sha256

__all__ = [
    "MANIFEST",
    "MODEL",
    "TOKENIZER",
    "TORCH_PACKAGES",
    "WEIGHTS",
    "Compiled",
    "Job",
    "build",
    "describe_file",
    "find",
    "folder_of",
    "hasher",
    "intact",
    "write",
]

LAYOUT = 1
MODEL, WEIGHTS, TOKENIZER, MANIFEST = "model.onnx", "weights.bin", "tokenizer.json", "semsearch.json"
TORCH_PACKAGES = ("torch", "transformers", "sentence-transformers")


@dataclass(slots=True)
class Compiled:
    """The manifest of a compiled folder. `runtime` is `onnx`, or `torch` when the model does not export (`reason`)."""

    folder: Path
    fingerprint: str
    runtime: str = "onnx"
    reason: str = ""
    dim: int = 0
    output: str = ""
    pooling: str = ""
    pad_id: int = 0
    files: dict[str, File] = field(default_factory=dict)
    parity: dict[str, float] = field(default_factory=dict)
    """How many probe texts were compared with the original, and their lowest cosine."""
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Job:
    """The input of the compiling process."""

    name: str
    recipe: Recipe
    graph: Graph | None = None

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Job:
        """Build a job from the JSON of its `asdict`."""
        recipe = Recipe(**{**values["recipe"], "modules": tuple(values["recipe"]["modules"])})
        return cls(values["name"], recipe, Graph(**values["graph"]) if values["graph"] else None)


def write(compiled: Compiled) -> None:
    """Write the manifest beside the files it describes."""
    names = [path.name for path in sorted(compiled.folder.iterdir())]
    compiled.files = {name: describe_file(compiled.folder / name) for name in names}
    values = {**asdict(compiled), "layout": LAYOUT}
    del values["folder"]
    (compiled.folder / MANIFEST).write_text(json.dumps(values, indent=1, sort_keys=True), encoding="utf-8")


def describe_file(path: Path) -> File:
    """Return the hash and the size of a file."""
    return File(file_sha256(path), path.stat().st_size)


def folder_of(fingerprint: str) -> Path:
    """Return the folder for the compiled model of a fingerprint, whether or not it exists."""
    return settings.cache_dir() / "compiled" / fingerprint


def find(fingerprint: str) -> Compiled | None:
    """Return the compiled model of a fingerprint after checking sizes and small files; None when it must be built."""
    folder = folder_of(fingerprint)
    try:
        values = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if values.pop("layout") != LAYOUT or values["fingerprint"] != fingerprint:
            return None
        files = {name: File(**file) for name, file in values.pop("files").items()}
        compiled = Compiled(folder, files=files, **values)
        small = {name: file for name, file in files.items() if name != WEIGHTS}
        valid = all((folder / name).stat().st_size == file.size for name, file in files.items())
        valid = valid and all(file_sha256(folder / name) == file.sha256 for name, file in small.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return compiled if valid and not _outdated(compiled) else None


def intact(compiled: Compiled, *, remembered: bool = False) -> bool:
    """Return whether the weights match their checksum. Reads all of them.

    With `remembered` an earlier hash is trusted while the file's size, times and inode are unchanged.
    """
    weights = compiled.files.get(WEIGHTS)
    try:
        sha256 = hasher(compiled.folder, remembered=remembered)
        return weights is None or sha256(compiled.folder / WEIGHTS) == weights.sha256
    except OSError:
        return False


def hasher(folder: Path, *, remembered: bool) -> Callable[[Path], str]:
    """Return the function that hashes the files of a folder."""
    return Hashes.of(folder).sha256 if remembered else file_sha256


def _outdated(compiled: Compiled) -> bool:
    """Return whether a model that did not export may export with the libraries installed now."""
    if compiled.runtime != "torch":
        return False
    from importlib import metadata  # 15 ms, which a query should not pay

    return any(metadata.version(name) != compiled.versions.get(name) for name in TORCH_PACKAGES)


def build(job: Job, source: Path, exporter: str = "semsearch.models.encoder.export") -> Compiled:
    """Compile the model in `source` once, even under concurrent calls; replace a damaged one.

    `exporter` is the module that does it in a separate process; there is one per kind of model.

    Raises ModelUnavailable when the folder cannot be loaded at all, StorageFull when the result does not fit.
    """
    from semsearch.models.weights.atomic_folder import disk_errors, locked, staged
    from semsearch.processes.run_module import run_module

    fingerprint = job.recipe.fingerprint
    target = folder_of(fingerprint)
    with locked(target), disk_errors(target.parent):
        found = find(fingerprint)
        if found is not None and intact(found):  # another process was faster
            return found
        with staged(target) as folder:
            status, errors = run_module(
                exporter,
                [str(source), str(folder), json.dumps(asdict(job))],
                environment={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"},
            )
            if status == errno.ENOSPC:
                raise StorageFull(f"no space left for a model in {target.parent}: free some, or set SEMSEARCH_CACHE")
            if status != 0:
                reason = (errors.strip().splitlines() or [f"exit status {status}"])[-1]
                raise ModelUnavailable(
                    f"{job.name} cannot be loaded from {source} ({reason[:200]}): take another model"
                )
    found = find(fingerprint)
    if found is None:
        raise ModelUnavailable(f"{target} cannot be read back: check that disk, or set SEMSEARCH_CACHE")
    return found
