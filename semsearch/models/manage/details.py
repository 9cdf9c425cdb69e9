"""Everything about one model: its sources, the state of its files, and what was built from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from semsearch.errors import InvalidQuery
from semsearch.models.encoder.compiled_cache import Compiled
from semsearch.models.encoder.compiled_cache import find as find_compiled
from semsearch.models.encoder.runtimes.benchmark import Choice, remembered
from semsearch.models.encoder.runtimes.benchmark import measure as measure_runtimes
from semsearch.models.manage.disk_cache import compiled_of, derived_folders
from semsearch.models.manage.inventory import ModelInfo, Where, describe
from semsearch.models.weights.catalog import find
from semsearch.models.weights.catalog_entry import Entry, File
from semsearch.models.weights.fingerprint import file_sha256
from semsearch.models.weights.hub_repository import read_record
from semsearch.types.models import Role

__all__ = ["FileState", "ModelDetails", "WeightsState", "show_model"]


class WeightsState(StrEnum):
    """Whether a file has the expected bytes; RECORDED is one without an expected checksum."""

    SOUND = "sound"
    DIFFERS = "differs"
    MISSING = "missing"
    RECORDED = "recorded"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file of a model and its expected sha256; for a recorded one, its actual sha256."""

    name: str
    size: int
    sha256: str
    state: WeightsState

    @property
    def good(self) -> bool:
        """Whether the file is intact, as far as that can be checked."""
        return self.state in (WeightsState.SOUND, WeightsState.RECORDED)


@dataclass(frozen=True, slots=True)
class ModelDetails:
    """A model, its sources in the order in which they are tried, its files, and what was built from it."""

    info: ModelInfo
    sources: tuple[str, ...]
    commit: str
    """Of a hub repository; empty without one, or when unknown."""
    files: tuple[FileState, ...]
    compiled: Compiled | None
    made: tuple[Path, ...]
    """Cache folders with its exported or unpacked weights."""
    choice: Choice | None = None
    """The runtimes selected on this computer and their measurements; None before the first measurement."""

    @property
    def falls_back_to(self) -> tuple[str, ...]:
        """The sources after the first, tried when it fails."""
        return self.sources[1:]


def show_model(name: str, *, measure: bool = False) -> ModelDetails:
    """Return everything about one model; reads all of its files. Raises ModelUnavailable.

    `measure` runs the benchmark of a bi-encoder's runtimes again (seconds), compiling it if needed.
    """
    info = describe(name)
    if measure:
        _measure(name, info)
    entry = find(name)
    record = read_record(info.path) if info.path else None
    commit = record.commit if record else entry.revision if entry and entry.files else ""
    compiled = compiled_of(entry, info.path)
    return ModelDetails(
        info,
        _sources(info, entry),
        commit,
        tuple(_files(info, entry)),
        compiled,
        tuple(derived_folders(entry, info.path)),
        remembered(compiled.fingerprint) if compiled else None,
    )


def _measure(name: str, info: ModelInfo) -> None:
    if Role.BI_ENCODER not in info.roles:
        raise InvalidQuery(f"{name} is not a bi-encoder: only bi-encoders can be measured")
    from semsearch.models.encoder.load import compiled_job, load_encoder
    from semsearch.models.weights.fingerprint import FP32

    load_encoder(name)
    job = compiled_job(name)
    found = find_compiled(job.recipe.fingerprint)
    if found is None or found.runtime == "torch" or job.recipe.precision != FP32:
        raise InvalidQuery(f"{name} has only one runtime here, so there is nothing to measure")
    measure_runtimes(job)


def _sources(info: ModelInfo, entry: Entry | None) -> tuple[str, ...]:
    if entry is None:
        return (f"folder {info.path}",) if info.where is Where.FOLDER else (f"hub {info.name}",)
    hub = (f"hub {entry.repository}",) if entry.hub else ()
    return (*hub, *(f"package {package.requirement}" for package in entry.packages))


def _files(info: ModelInfo, entry: Entry | None) -> list[FileState]:
    record = read_record(info.path) if info.path else None
    wanted = dict(entry.files) if entry and entry.files else dict(record.files) if record else {}
    if wanted:
        return [FileState(name, file.size, file.sha256, _state(info.path, name, file)) for name, file in wanted.items()]
    if info.path is None or not info.here:
        return []
    paths = sorted(path for path in info.path.rglob("*") if path.is_file() and not path.name.startswith("."))
    return [
        FileState(path.relative_to(info.path).as_posix(), path.stat().st_size, file_sha256(path), WeightsState.RECORDED)
        for path in paths
    ]


def _state(folder: Path | None, name: str, file: File) -> WeightsState:
    if folder is None or not (folder / name).is_file():
        return WeightsState.MISSING
    return WeightsState.SOUND if file_sha256(folder / name) == file.sha256 else WeightsState.DIFFERS
