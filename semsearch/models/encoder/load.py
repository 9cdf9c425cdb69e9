"""Load an encoder by a model's name. Importing this, and loading a compiled model, imports no torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from semsearch import settings
from semsearch.errors import ModelUnavailable
from semsearch.models.encoder import compiled_cache as compiled
from semsearch.models.encoder.runtimes.base import RuntimeName, asked_runtime
from semsearch.models.weights.catalog import CATALOG, find
from semsearch.models.weights.catalog_entry import Entry, Graph
from semsearch.models.weights.fingerprint import Recipe, read_recipe
from semsearch.types.models import BiEncoder, Precision, Role, TokenEncoder, Tokenizing

if TYPE_CHECKING:
    from semsearch.models.encoder.runtimes.query_and_passage import QueryPassageRuntimes
    from semsearch.models.weights.fetch import ProgressCallback

__all__ = ["Encoder", "compiled_job", "load_encoder"]


class Encoder(BiEncoder, TokenEncoder, Tokenizing, Protocol):
    """A bi-encoder with access to its tokens, its name and its folder."""

    @property
    def name(self) -> str:
        """The name to load it by again: from the catalogue, a hub repository, or an absolute folder."""

    @property
    def languages(self) -> tuple[str, ...]:
        """ISO 639-1 codes of the languages it was trained on; empty when unknown."""

    @property
    def path(self) -> Path:
        """The folder it runs from."""

    def truncated(self, text: str) -> bool:
        """Return whether a query is longer than the encoder sees."""


class _Model(NamedTuple):
    """A model's name, recipe and graph; `folder` fetches its files when they are needed."""

    name: str
    recipe: Recipe
    folder: Callable[[], Path]
    languages: tuple[str, ...] = ()
    graph: Graph | None = None


def load_encoder(
    name_or_path: str, *, offline: bool | None = None, progress: ProgressCallback | None = None
) -> Encoder:
    """Return the encoder of a catalogue name, an added name, a sentence-transformers folder, or a hub repository.

    The first time, weights are fetched and exported to ONNX (seconds to minutes). Later, only the compiled model is
    read, and its graph is opened by the first text: for queries by ONNX Runtime in float32, for passages by the runtime
    measured fastest here (SEMSEARCH_RUNTIME overrides both). `progress(label, done, total)` counts bytes;
    a total of 0 marks a line to show to the user. `offline` forbids connections; by default SEMSEARCH_OFFLINE decides.

    Raises ModelUnavailable, with what to do, when there is no such model or no source provides it; StorageFull.
    """
    model = _resolve(name_or_path, settings.offline() if offline is None else offline, progress)
    found = compiled.find(model.recipe.fingerprint)
    encoder = _open(model, found, progress) if found else None
    if encoder is not None:
        return encoder
    return _build_and_open(model, progress)


def compiled_job(name: str, *, offline: bool | None = None, progress: ProgressCallback | None = None) -> compiled.Job:
    """Return the job that describes a bi-encoder to the processes that compile and measure it. Raises likewise."""
    model = _resolve(name, settings.offline() if offline is None else offline, progress)
    return compiled.Job(model.name, model.recipe, model.graph)


def _resolve(name: str, offline: bool, progress: ProgressCallback | None) -> _Model:
    """Resolve a name to a model; the only place that does so."""
    entry = find(name)
    if entry is not None and entry.recipe is not None:
        return _from_entry(entry, entry.recipe, offline, progress)
    from semsearch.models.weights.resolve import model_folder, shown_name

    folder, known = model_folder(name, Role.BI_ENCODER, offline=offline, progress=progress)
    shown = shown_name(name, folder)
    if known is not None and known.recipe is not None:
        return _Model(shown, known.recipe, partial(Path, folder), known.languages, known.graph)
    return _from_folder(folder, shown)


def _from_entry(entry: Entry, recipe: Recipe, offline: bool, progress: ProgressCallback | None) -> _Model:
    def folder() -> Path:
        from semsearch.models.weights.fetch import fetch

        return fetch(entry, offline=offline, progress=progress)

    return _Model(entry.name, recipe, folder, entry.languages, entry.graph)


def _from_folder(folder: Path, name: str) -> _Model:
    """Return the model of a folder outside the catalogue, though its weights may be those of an entry."""
    from semsearch.models.encoder.graph_recipe import read_graph_recipe

    ready = read_graph_recipe(folder)
    recipe, graph = ready or (read_recipe(folder), None)
    languages = next((e.languages for e in CATALOG.values() if e.recipe and e.recipe.weights == recipe.weights), ())
    return _Model(name, recipe, partial(Path, folder), languages, graph)


def _open(model: _Model, found: compiled.Compiled, progress: ProgressCallback | None) -> Encoder | None:
    """Open a compiled model; None when it is damaged. The weights are hashed once, and again before passages."""
    asked = asked_runtime()
    if found.runtime == "torch" or asked is RuntimeName.TORCH:
        from semsearch.models.encoder.torch_encoder import TorchEncoder

        return TorchEncoder(model.folder(), model.recipe, name=model.name, languages=model.languages)
    if not compiled.intact(found, remembered=True):
        return None
    from semsearch.models.encoder.onnx_encoder import encoder_of

    sides = _runtimes(model, found, asked, progress)
    precision = asked.precision if asked else Precision.FLOAT32
    return encoder_of(found, model.name, model.recipe, languages=model.languages, sides=sides, precision=precision)


def _runtimes(
    model: _Model, found: compiled.Compiled, asked: RuntimeName | None, progress: ProgressCallback | None
) -> QueryPassageRuntimes:
    from semsearch.models.encoder.runtimes.select_runtime import sides_of

    def report(line: str) -> None:
        from semsearch.models.weights.download import notice  # 10 ms, which a query should not pay

        notice(progress, line)

    return sides_of(compiled.Job(model.name, model.recipe, model.graph), found, asked, report)


def _build_and_open(model: _Model, progress: ProgressCallback | None) -> Encoder:
    from semsearch.models.weights.fetch import notice

    source = model.folder()
    notice(progress, f"preparing {model.name} (once)")
    found = compiled.build(compiled.Job(model.name, model.recipe, model.graph), source)
    if found.runtime == "torch":
        notice(progress, f"{model.name} runs on torch, slower to start: {found.reason}")
    encoder = _open(model, found, progress)
    if encoder is None:
        raise ModelUnavailable(f"{found.folder} is damaged again: check that disk, or set SEMSEARCH_CACHE")
    return encoder
