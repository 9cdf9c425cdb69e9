"""Whether the graph in 8 bits that quantize.py made of a model is there, whole, and of that model."""

from __future__ import annotations

import json
from pathlib import Path

from semsearch.models import compiled

__all__ = ["int8_sound", "origin"]


def int8_sound(folder: Path, found: compiled.Compiled, *, remembered: bool = False) -> bool:
    """Tell whether a folder holds the graph in 8 bits of exactly this model, with every byte that was written.

    With `remembered` hashes of an earlier look are believed while size, times and inode are the same.
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
    """Return the hashes of what it is made of."""
    return [found.files[name].sha256 for name in (compiled.MODEL, compiled.WEIGHTS) if name in found.files]
