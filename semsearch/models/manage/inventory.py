"""The available models and the facts of each: kind, size and location."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.catalog import CATALOG, find
from semsearch.models.weights.catalog_entry import Entry
from semsearch.models.weights.fetch import cached_folder, has_sizes, local_folders
from semsearch.models.weights.formats import count_parameters
from semsearch.models.weights.hub_repository import fetched_repositories, local_repository, read_record
from semsearch.models.weights.identify import identify
from semsearch.models.weights.user_models import Added, added_models
from semsearch.settings import cache_dir, user_path
from semsearch.types.models import Architecture, Role

__all__ = ["ModelInfo", "Where", "describe", "folder_bytes", "list_models"]


class Where(StrEnum):
    """Where a model is (the first three), or where it can be fetched from."""

    CACHE = "cache"
    HUB_CACHE = "hub cache"
    FOLDER = "folder"
    HUB = "hub"
    PACKAGE_INDEX = "package index"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as it is listed; None for facts that are unknown until it is fetched.

    `where` is its location, or where it can be fetched from.
    """

    name: str
    architecture: Architecture | None
    roles: tuple[Role, ...]
    parameters: int | None
    dimension: int | None
    context: int | None
    bytes: int | None
    licence: str
    languages: tuple[str, ...]
    where: Where
    path: Path | None
    here: bool


def list_models() -> list[ModelInfo]:
    """Return the catalogue, the added models, and the fetched hub repositories, in this order.

    No large file is read: files are compared by size only; `show_model` checks their hashes.
    """
    models = [_of_entry(entry) for entry in CATALOG.values()]
    models += [_of_added(name, added) for name, added in added_models().items()]
    known = {entry.repository for entry in CATALOG.values()}
    for repository, folder in fetched_repositories().items():
        if repository not in known:
            models.append(_of_repository(repository, folder))
    return models


def describe(name: str) -> ModelInfo:
    """Return the facts of one model by its name, folder or repository. Raises ModelUnavailable."""
    if entry := find(name):
        return _of_entry(entry)
    if added := added_models().get(name):
        return _of_added(name, added)
    folder = user_path(name)
    if name and folder.is_dir():
        return _of_folder(str(folder.resolve()), folder.resolve(), Where.FOLDER)
    if "/" in name and (path := local_repository(name)):
        return _of_repository(name, path)
    raise ModelUnavailable(f"no model {name!r}: `semsearch models` lists them")


def _of_entry(entry: Entry) -> ModelInfo:
    if not entry.files:
        return _of_hub_entry(entry)
    path = next((folder for folder in local_folders(entry) if has_sizes(folder, entry)), None)
    size = sum(file.size for file in entry.files.values())
    return _entry_info(entry, entry.parameters, size, _place_of(entry, path), path)


def _place_of(entry: Entry, path: Path | None) -> Where:
    if path is not None:
        return Where.CACHE if path == cached_folder(entry) else Where.HUB_CACHE
    return Where.PACKAGE_INDEX if entry.packages else Where.HUB


def _of_hub_entry(entry: Entry) -> ModelInfo:
    """Describe an entry without known checksums: sizes are those of the fetched files."""
    path = local_repository(entry.repository)
    if path is None:
        return _entry_info(entry, None, None, Where.HUB, None)
    return _entry_info(entry, count_parameters(path), folder_bytes(path), _cache_of(path), path)


def _entry_info(entry: Entry, parameters: int | None, size: int | None, where: Where, path: Path | None) -> ModelInfo:
    return ModelInfo(
        entry.name,
        entry.architecture,
        entry.roles,
        parameters,
        entry.dim or None,
        entry.context,
        size,
        entry.licence,
        entry.languages,
        where,
        path,
        path is not None,
    )


def _of_added(name: str, added: Added) -> ModelInfo:
    path = Path(added.path)
    here = path.is_dir()
    return ModelInfo(
        name,
        added.architecture,
        added.roles,
        added.parameters,
        added.dim,
        added.context,
        folder_bytes(path) if here else None,
        "",
        (),
        Where.FOLDER,
        path,
        here,
    )


def _of_repository(repository: str, folder: Path) -> ModelInfo:
    where = _cache_of(folder)
    try:
        return _of_folder(repository, folder, where)
    except ModelUnavailable:  # damaged, but still listed: `show` says what is wrong, `remove` deletes it
        return ModelInfo(repository, None, (), None, None, None, folder_bytes(folder), "", (), where, folder, True)


def _of_folder(name: str, folder: Path, where: Where) -> ModelInfo:
    kind = identify(folder)
    size, parameters = folder_bytes(folder), count_parameters(folder)
    return ModelInfo(
        name, kind.architecture, kind.roles, parameters, kind.dim, kind.context, size, "", (), where, folder, True
    )


def _cache_of(path: Path) -> Where:
    return Where.CACHE if path.is_relative_to(cache_dir()) else Where.HUB_CACHE


def folder_bytes(folder: Path) -> int:
    """Return the size of a folder's files in bytes, from the record if there is one."""
    record = read_record(folder)
    if record is not None:
        return sum(file.size for file in record.files.values())
    return sum(_sizes(folder))


def _sizes(folder: Path) -> Iterator[int]:
    for path in folder.rglob("*"):
        try:
            if path.is_file():
                yield path.stat().st_size
        except OSError:
            continue
