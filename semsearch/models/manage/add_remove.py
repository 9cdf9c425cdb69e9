"""Adding a model of one's own by a name, and letting go of what was fetched or made of one."""

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
    """What `remove_model` did: the folders of the cache that are gone, their bytes, and the folder that stays."""

    name: str
    folders: tuple[Path, ...]
    bytes: int
    kept: Path | None = None
    """A folder that is not semsearch's to delete: the user's own, or the Hugging Face cache's."""


def add_model(name: str, path: str | Path) -> Added:
    """Keep the folder of a Hugging Face or sentence-transformers model under a name; it stays where it is.

    Raises InvalidQuery for a name that is taken or cannot be one, ModelUnavailable when the folder holds no model,
    one that has no role here, or files that do not fit together.
    """
    if find(name):
        raise InvalidQuery(f"{name} is a model of the catalogue: choose another name")
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
        read_recipe(folder)  # what cannot be read now cannot be loaded later
    return Added(str(folder), kind.what, kind.architecture, kind.roles, parameters, kind.dim, kind.context)


def remove_model(name: str) -> Removed:
    """Free what was fetched and made of a model; an added one is taken off the list, and its folder stays.

    What needs the model fetches it again. Raises ModelUnavailable when there is no such model.
    """
    if entry := find(name):
        own = cached_folder(entry) if entry.files else own_folder(entry.repository)
        elsewhere = None if entry.files else local_repository(entry.repository)
        return _free(entry.name, entry, own, elsewhere if elsewhere != own else None)
    if added := added_models().get(name):
        folder = Path(added.path)
        made = _made_of_it_alone(folder) if folder.is_dir() else []
        forget(name)
        return Removed(name, tuple(made), _delete(made), folder)
    if user_path(name).is_dir() and name:
        raise InvalidQuery(f"{name} is a folder of yours, which semsearch does not delete: give a model's name")
    if "/" in name and (found := local_repository(name)):
        own = own_folder(name)
        return _free(name, None, own, found if found != own else None)
    raise ModelUnavailable(f"no model {name!r} is known here: `semsearch models` lists them")


def _made_of_it_alone(folder: Path) -> list[Path]:
    """Return what was made of an added folder, unless it is what was made of a catalogue model too."""
    shared = {path for entry in CATALOG.values() if entry.files for path in derived_folders(entry, None)}
    return [path for path in derived_folders(None, folder) if path not in shared]


def _free(name: str, entry: Entry | None, own: Path, elsewhere: Path | None) -> Removed:
    made = derived_folders(entry, own if own.is_dir() else elsewhere)
    gone = [*([own] if own.is_dir() else []), *made]
    return Removed(name, tuple(gone), _delete(gone), elsewhere)


def _delete(folders: list[Path]) -> int:
    """Take folders of the cache away, each at once, and return how many bytes they had."""
    size = 0
    for folder in folders:
        with disk_errors(folder.parent), locked(folder):
            if not folder.is_dir():  # another process has removed it while this one waited
                continue
            size += sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
            # First out of the way: whoever comes now finds no half of it.
            aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
            folder.rename(aside / "old")
            shutil.rmtree(aside, ignore_errors=True)
    return size
