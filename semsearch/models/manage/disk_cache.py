"""What semsearch derives from a model's files and keeps in its cache: exported graphs and unpacked weights."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from semsearch.errors import ModelUnavailable
from semsearch.models.decoder.unpacked_gguf import prepared_path
from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.cross_encoder_fingerprint import read_cross_recipe
from semsearch.models.encoder.graph_recipe import read_graph_recipe
from semsearch.models.encoder.runtimes.int8_files import int8_folder
from semsearch.models.weights.catalog_entry import Entry
from semsearch.models.weights.fingerprint import Hashes, read_recipe
from semsearch.models.weights.formats import Format, find_weights
from semsearch.models.weights.identify import identify
from semsearch.types.models import Role

__all__ = ["compiled_of", "derived_folders"]


def derived_folders(entry: Entry | None, folder: Path | None) -> list[Path]:
    """Return the existing cache folders derived from a model.

    `entry` is its catalogue entry, `folder` the folder of its files; either may be None.
    """
    return [path for path in _paths(entry, folder) if path.is_dir()]


def compiled_of(entry: Entry | None, folder: Path | None) -> compiled.Compiled | None:
    """Return the compiled model, if there is one; sizes and small files are checked."""
    models = (compiled.find(path.name) for path in _paths(entry, folder) if path == compiled.folder_of(path.name))
    return next((model for model in models if model is not None), None)


def _paths(entry: Entry | None, folder: Path | None) -> Iterator[Path]:
    if entry is not None and entry.files:
        if entry.recipe is not None:
            yield compiled.folder_of(entry.recipe.fingerprint)
            yield int8_folder(entry.recipe.fingerprint)
        for name, file in entry.files.items():
            if name.endswith(".gguf"):
                yield prepared_path(file.sha256)
    elif folder is not None:
        try:
            for fingerprint in _fingerprints(folder):
                yield compiled.folder_of(fingerprint)
                yield int8_folder(fingerprint)
            form, files = find_weights(folder)
        except ModelUnavailable:  # files are missing, so their fingerprint is unknown
            return
        if form is Format.GGUF:
            yield prepared_path(Hashes.of(folder).sha256(files[0]))


def _fingerprints(folder: Path) -> Iterator[str]:
    roles = identify(folder).roles
    if Role.BI_ENCODER in roles:
        ready = read_graph_recipe(folder)
        yield (ready[0] if ready else read_recipe(folder)).fingerprint
    if Role.CROSS_ENCODER in roles and find_weights(folder)[0] is Format.SAFETENSORS:
        yield read_cross_recipe(folder).fingerprint
