"""The folder that a decoder is loaded from; packed GGUF weights are unpacked into the cache once, atomically.

<cache>/prepared/<first 32 digits of the packed file's sha256>/
  model.safetensors, config.json, tokenizer.json, ...   what transformers loads
  semsearch.json                                        the manifest: sizes and hashes of these
"""

from __future__ import annotations

import errno
import json
from dataclasses import asdict
from pathlib import Path

from semsearch import settings
from semsearch.errors import ModelUnavailable, StorageFull
from semsearch.models.weights.atomic_folder import disk_errors, locked, staged
from semsearch.models.weights.catalog import find
from semsearch.models.weights.catalog_entry import Entry, File
from semsearch.models.weights.fetch import ProgressCallback, notice
from semsearch.models.weights.fingerprint import file_sha256
from semsearch.models.weights.resolve import model_folder
from semsearch.processes.run_module import run_module
from semsearch.types.models import Role

__all__ = ["packed_file", "prepared_folder", "prepared_path"]

LAYOUT = 1
MANIFEST = "semsearch.json"


def prepared_path(sha256: str) -> Path:
    """Return the folder for the unpacked weights of a packed file with this hash, whether or not it exists."""
    return settings.cache_dir() / "prepared" / sha256[:32]


def prepared_folder(
    name: str,
    *,
    role: Role = Role.GENERATOR,
    offline: bool | None = None,
    progress: ProgressCallback | None = None,
) -> Path:
    """Return the Hugging Face folder of a decoder: a catalogue name, a folder, or a hub repository.

    A folder that holds one GGUF file and no safetensors is unpacked into the cache: half a minute, once. Unpacked
    weights are checked by their hash every time (0.3 s for 270 MB).

    Raises ModelUnavailable when there is no such model, no source provides it, or it cannot be unpacked; StorageFull.
    """
    entry = find(name)
    if entry is not None and role in entry.roles and (packed := packed_file(entry)):
        target = prepared_path(packed.sha256)
        if _intact(target):
            return target
    folder, _ = model_folder(name, role, offline=offline, progress=progress)
    if any(folder.glob("*.safetensors")):
        return folder
    files = sorted(folder.glob("*.gguf"))
    if len(files) != 1:
        held = f"{len(files)} GGUF files: keep one of them" if files else "neither safetensors nor a GGUF file"
        raise ModelUnavailable(f"{name} cannot be loaded: {folder} holds {held}")
    return _unpacked(files[0], name, progress)


def packed_file(entry: Entry) -> File | None:
    """Return the packed weights of a catalogue entry, or None."""
    return next((file for member, file in entry.files.items() if member.endswith(".gguf")), None)


def _unpacked(file: Path, name: str, progress: ProgressCallback | None) -> Path:
    with disk_errors(file):
        sha256 = file_sha256(file)
    target = prepared_path(sha256)
    with locked(target), disk_errors(target.parent):
        if _intact(target):  # another process was faster
            return target
        notice(progress, f"preparing {name} (once)")
        with staged(target) as folder:
            _dequantize(file, folder, name)
            files = {path.name: asdict(File(file_sha256(path), path.stat().st_size)) for path in folder.iterdir()}
            manifest = json.dumps({"layout": LAYOUT, "source": sha256, "files": files}, indent=1, sort_keys=True)
            (folder / MANIFEST).write_text(manifest, encoding="utf-8")
    if not _intact(target):
        raise ModelUnavailable(f"{target} cannot be read back: check that disk, or set SEMSEARCH_CACHE")
    return target


def _dequantize(file: Path, folder: Path, name: str) -> None:
    status, errors = run_module(
        "semsearch.models.decoder.unpack_gguf",
        [str(file), str(folder)],
        environment={"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"},
    )
    if status == errno.ENOSPC:
        raise StorageFull(f"no space left for a model in {folder.parent}: free some, or set SEMSEARCH_CACHE")
    if status == -9:
        raise ModelUnavailable(f"{name} cannot be unpacked: out of memory; close other programs, or take a smaller one")
    if status != 0:
        reason = (errors.strip().splitlines() or [f"exit status {status}"])[-1]
        raise ModelUnavailable(f"{name} cannot be unpacked from {file} ({reason[:200]}): take another model")


def _intact(folder: Path) -> bool:
    """Return whether a prepared folder is complete and undamaged; reads all files."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        if manifest["layout"] != LAYOUT:
            return False
        files = {name: File(**file) for name, file in manifest["files"].items()}
        sizes = all((folder / name).stat().st_size == file.size for name, file in files.items())
        return sizes and all(file_sha256(folder / name) == file.sha256 for name, file in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False
