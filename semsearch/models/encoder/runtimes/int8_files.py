"""Checks that the int8 graph made by quantize.py exists, is complete, and belongs to the model."""

from __future__ import annotations

import json
from pathlib import Path

from semsearch import settings
from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.runtimes.base import RuntimeName

__all__ = ["OPENVINO_GRAPH", "int8_folder", "int8_graph", "int8_sound", "origin"]

OPENVINO_GRAPH = "openvino.onnx"
"""The graph for OpenVINO, beside that for ONNX Runtime; both read the same weights."""
LAYOUT = 2


def int8_folder(fingerprint: str) -> Path:
    """Return the folder of the int8 graphs, whether or not it exists."""
    return settings.cache_dir() / "runtimes" / f"{fingerprint}-int8-{LAYOUT}"


def int8_graph(fingerprint: str, name: RuntimeName) -> Path:
    """Return the int8 graph that a runtime opens."""
    return int8_folder(fingerprint) / (OPENVINO_GRAPH if name is RuntimeName.OPENVINO_INT8 else compiled.MODEL)


def int8_sound(folder: Path, found: compiled.Compiled, *, remembered: bool = False) -> bool:
    """Return whether a folder holds the int8 graph of exactly this model, undamaged.

    With `remembered` earlier hashes are trusted while size, times and inode are unchanged.
    """
    try:
        values = json.loads((folder / compiled.MANIFEST).read_text(encoding="utf-8"))
        if values["of"] != origin(found):
            return False
        sha256 = compiled.hasher(folder, remembered=remembered)
        return all(
            (folder / name).stat().st_size == size and sha256(folder / name) == digest
            for name, (digest, size) in values["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def origin(found: compiled.Compiled) -> list[str]:
    """Return the hashes of the graph and the weights that it was made from."""
    return [found.files[name].sha256 for name in (compiled.MODEL, compiled.WEIGHTS) if name in found.files]
