"""The way from a model's name to an encoder. Importing this, and loading a compiled model, imports no torch."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from semsearch import settings
from semsearch.errors import ModelUnavailable
from semsearch.models import compiled
from semsearch.models.catalog import Entry, Graph
from semsearch.models.entries import CATALOG, bi_encoders, find
from semsearch.models.recipe import Recipe, read_recipe
from semsearch.roles import BiEncoder, TokenEncoder, Tokenizing

if TYPE_CHECKING:
    from semsearch.models.fetch import ProgressCallback

__all__ = ["Encoder", "load_encoder"]

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")


class Encoder(BiEncoder, TokenEncoder, Tokenizing, Protocol):
    """A bi-encoder that shows its tokens, and says where it comes from."""

    @property
    def name(self) -> str:
        """The name it can be loaded by again: of the catalogue, of a hub repository, or an absolute folder."""

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it was trained on; empty when that is not known."""

    @property
    def path(self) -> Path:
        """The folder it runs from."""

    def truncated(self, text: str) -> bool:
        """Tell whether a query is longer than the encoder sees."""


@dataclass(frozen=True, slots=True)
class _Model:
    """A model by its facts; `folder` brings its files here when they are needed."""

    name: str
    recipe: Recipe
    folder: Callable[[], Path]
    languages: tuple[str, ...] = ()
    graph: Graph | None = None


def load_encoder(
    name_or_path: str, *, offline: bool | None = None, progress: ProgressCallback | None = None
) -> Encoder:
    """Return the encoder of a catalogue name, of a sentence-transformers folder, or of a hub repository `owner/name`.

    The first time, weights are fetched and exported to ONNX (seconds to minutes); later, only the compiled model is
    read. `progress(label, done, total)` counts bytes; a total of 0 marks a line to show to the user. `offline` allows
    no connection; by default SEMSEARCH_OFFLINE decides.

    Raises ModelUnavailable, with what to do, when there is no such model or no source delivers it; StorageFull.
    """
    model = _resolve(name_or_path, settings.offline() if offline is None else offline, progress)
    found = compiled.find(model.recipe.fingerprint)
    encoder = _open(model, found) if found else None
    if encoder is not None:
        return encoder
    return _build_and_open(model, progress)


def _resolve(name: str, offline: bool, progress: ProgressCallback | None) -> _Model:
    """Find out which model is meant: the one place where a name becomes one."""
    if entry := find(name):
        return _from_entry(entry, offline, progress)
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return _from_folder(folder.resolve(), str(folder.resolve()))
    if REPOSITORY.fullmatch(name) and not name.startswith("."):
        from semsearch.models.fetch import fetch_repository

        return _from_folder(fetch_repository(name, offline=offline, progress=progress), name)
    known = ", ".join(bi_encoders())
    raise ModelUnavailable(
        f"no model {name!r}: give a name ({known}), a model's folder, or a hub repository owner/name"
    )


def _from_entry(entry: Entry, offline: bool, progress: ProgressCallback | None) -> _Model:
    if entry.recipe is None:
        roles = " and ".join(entry.roles)
        raise ModelUnavailable(f"{entry.name} is a {roles}, not a bi-encoder: choose from {', '.join(bi_encoders())}")

    def folder() -> Path:
        from semsearch.models.fetch import fetch

        return fetch(entry, offline=offline, progress=progress)

    return _Model(entry.name, entry.recipe, folder, entry.languages, entry.graph)


def _from_folder(folder: Path, name: str) -> _Model:
    """Describe a folder; files of a catalogue entry are that entry, whatever the folder is called."""
    for entry in CATALOG.values():
        if entry.recipe and entry.graph and _same_files(folder, entry):
            return _Model(name, entry.recipe, partial(Path, folder), entry.languages, entry.graph)
    recipe = read_recipe(folder)
    languages = next((e.languages for e in CATALOG.values() if e.recipe and e.recipe.weights == recipe.weights), ())
    return _Model(name, recipe, partial(Path, folder), languages)


def _same_files(folder: Path, entry: Entry) -> bool:
    from semsearch.models.fetch import holds

    return holds(folder, entry)


def _open(model: _Model, found: compiled.Compiled) -> Encoder | None:
    """Open a compiled model while its weights are hashed on another core; None when they are damaged."""
    if found.runtime == "torch":
        from semsearch.models.torch_encoder import TorchEncoder

        return TorchEncoder(model.folder(), model.recipe, name=model.name, languages=model.languages)
    from concurrent.futures import ThreadPoolExecutor

    from semsearch.models.encoder import OnnxEncoder

    with ThreadPoolExecutor(1) as pool:
        sound = pool.submit(compiled.intact, found)
        encoder = OnnxEncoder(
            found.folder,
            model.recipe,
            name=model.name,
            languages=model.languages,
            dim=found.dim,
            output=found.output,
            pooling=found.pooling,
            pad_id=found.pad_id,
        )
        return encoder if sound.result() else None


def _build_and_open(model: _Model, progress: ProgressCallback | None) -> Encoder:
    from semsearch.models.fetch import notice

    source = model.folder()
    notice(progress, f"preparing {model.name} (once)")
    found = compiled.build(compiled.Job(model.name, model.recipe, model.graph), source)
    if found.runtime == "torch":
        notice(progress, f"{model.name} runs on torch, slower to start: {found.reason}")
    encoder = _open(model, found)
    if encoder is None:
        raise ModelUnavailable(f"{found.folder} is damaged again: check that disk, or set SEMSEARCH_CACHE")
    return encoder
