"""Add a user's model under a name, and remove what was fetched or built of a model."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.models.encoder.graph_recipe import read_graph_recipe
from semsearch.models.manage.disk_cache import derived_folders
from semsearch.models.weights.atomic_folder import disk_errors, locked
from semsearch.models.weights.catalog import CATALOG, find
from semsearch.models.weights.catalog_entry import Entry
from semsearch.models.weights.fetch import cached_folder
from semsearch.models.weights.fingerprint import read_recipe
from semsearch.models.weights.formats import count_parameters
from semsearch.models.weights.hub_repository import local_repository, own_folder
from semsearch.models.weights.identify import identify
from semsearch.models.weights.resolve import catalogue_entry_of, check_role
from semsearch.models.weights.user_models import Added, added_models, forget, register
from semsearch.settings import user_path
from semsearch.types.models import Role

__all__ = ["Removed", "add_model", "remove_model"]


@dataclass(frozen=True, slots=True)
class Removed:
    """The result of `remove_model`: the deleted cache folders, their bytes, and the folder that stays."""

    name: str
    folders: tuple[Path, ...]
    bytes: int
    kept: Path | None = None
    """A folder that semsearch must not delete: the user's own, or that of the Hugging Face cache."""


def add_model(name: str, path: str | Path) -> Added:
    """Register the folder of a Hugging Face or sentence-transformers model under a name; the folder stays where it is.

    Raises InvalidQuery for a name that is taken or invalid, ModelUnavailable when the folder holds no model, one
    without a role here, or files that do not match.
    """
    if find(name):
        raise InvalidQuery(f"{name} is the name of a catalogue model: choose another name")
    folder = user_path(path)
    if not folder.is_dir():
        raise ModelUnavailable(f"{folder} is not a folder: give the folder of a model")
    folder = folder.resolve()
    added = _read(folder)
    register(name, added)
    return added


def _read(folder: Path) -> Added:
    parameters = count_parameters(folder)
    if entry := catalogue_entry_of(folder):
        return Added(
            str(folder), entry.name, entry.architecture, entry.roles, parameters, entry.dim or None, entry.context
        )
    kind = identify(folder)
    if not kind.roles:
        raise ModelUnavailable(f"{folder} is a {kind.described}: give another model")
    check_role(str(folder), folder, kind.roles[0])
    if Role.BI_ENCODER in kind.roles and read_graph_recipe(folder) is None:
        read_recipe(folder)  # fails now rather than at loading
    return Added(str(folder), kind.what, kind.architecture, kind.roles, parameters, kind.dim, kind.context)


def remove_model(name: str) -> Removed:
    """Delete what was fetched and built of a model; an added one is removed from the list, and its folder stays.

    The model is fetched again when needed. Raises ModelUnavailable when there is no such model.
    """
    if entry := find(name):
        own = cached_folder(entry) if entry.files else own_folder(entry.repository)
        elsewhere = None if entry.files else local_repository(entry.repository)
        return _free(entry.name, entry, own, elsewhere if elsewhere != own else None)
    if added := added_models().get(name):
        folder = Path(added.path)
        derived = _derived_only(folder) if folder.is_dir() else []
        forget(name)
        return Removed(name, tuple(derived), _delete(derived), folder)
    if user_path(name).is_dir() and name:
        raise InvalidQuery(f"{name} is your own folder, which semsearch does not delete: give a model's name")
    if "/" in name and (found := local_repository(name)):
        own = own_folder(name)
        return _free(name, None, own, found if found != own else None)
    raise ModelUnavailable(f"no model {name!r}: `semsearch models` lists them")


def _derived_only(folder: Path) -> list[Path]:
    """Return what was built from an added folder, unless a catalogue model shares it."""
    shared = {path for entry in CATALOG.values() if entry.files for path in derived_folders(entry, None)}
    return [path for path in derived_folders(None, folder) if path not in shared]


def _free(name: str, entry: Entry | None, own: Path, elsewhere: Path | None) -> Removed:
    derived = derived_folders(entry, own if own.is_dir() else elsewhere)
    deleted = [*([own] if own.is_dir() else []), *derived]
    return Removed(name, tuple(deleted), _delete(deleted), elsewhere)


def _delete(folders: list[Path]) -> int:
    """Delete cache folders, each atomically, and return how many bytes they had."""
    size = 0
    for folder in folders:
        with disk_errors(folder.parent), locked(folder):
            if not folder.is_dir():  # another process removed it during the wait for the lock
                continue
            size += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            # Rename it first, so that other processes never see half of it.
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
            folder.rename(aside / "old")
            shutil.rmtree(aside, ignore_errors=True)
    return size
