"""Resolve a model of any role to its folder: a catalogue entry, an added model, a folder, or a hub repository."""

from __future__ import annotations

import re
from pathlib import Path

from semsearch import settings
from semsearch.errors import ModelUnavailable
from semsearch.models.weights.catalog import CATALOG, find
from semsearch.models.weights.catalog_entry import Entry
from semsearch.models.weights.fetch import ProgressCallback, fetch, has_sizes
from semsearch.models.weights.fingerprint import Hashes
from semsearch.models.weights.hub_repository import fetch_repository
from semsearch.models.weights.identify import Kind, identify
from semsearch.models.weights.tokenizer_check import check_tokenizer
from semsearch.models.weights.user_models import Added, added_models
from semsearch.types.models import Role

__all__ = [
    "REPOSITORY",
    "added_folder",
    "catalogue_entry_of",
    "check_role",
    "fetch_named_repository",
    "model_folder",
    "shown_name",
]

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+(/[\w.-]+)*)?")
_OWN_TOKENIZING = (Role.BI_ENCODER, Role.TOKEN_ENCODER, Role.LATE_INTERACTION, Role.CROSS_ENCODER)


def model_folder(
    name: str,
    role: Role,
    *,
    or_role: Role | None = None,
    offline: bool | None = None,
    progress: ProgressCallback | None = None,
) -> tuple[Path, Entry | None]:
    """Return the folder of a model for a role (or for `or_role`), and its catalogue entry if it has one.

    It is fetched when it is not on this computer. A folder with exactly the files of a catalogue entry counts as that
    entry. Any other is identified by its configuration, and its tokenizer is checked against its weights.

    Raises ModelUnavailable when there is no such model, when it was trained for other roles, when files are missing or
    do not match, or when no source provides it; StorageFull.
    """
    forbidden = settings.offline() if offline is None else offline
    roles = {role, or_role or role}
    if entry := find(name):
        if not roles & set(entry.roles):
            raise ModelUnavailable(f"{name} is a {' and '.join(entry.roles)}, not a {role}: {_advice(role)}")
        folder = fetch(entry, offline=forbidden, progress=progress)
        if not entry.files:
            check_role(name, folder, role, or_role)
        return folder, entry
    folder = _folder_of(name, role, forbidden, progress)
    if known := catalogue_entry_of(folder):
        if not roles & set(known.roles):
            raise ModelUnavailable(f"{name} is {known.name}, a {' and '.join(known.roles)}, not a {role}")
        return folder, known
    check_role(name, folder, role, or_role)
    return folder, None


def _folder_of(name: str, role: Role, offline: bool, progress: ProgressCallback | None) -> Path:
    if added := added_models().get(name):
        return added_folder(name, added)
    folder = settings.user_path(name)
    if name and folder.is_dir():
        return folder.resolve()
    if _is_repository(name):
        return fetch_repository(name, role=role, offline=offline, progress=progress)
    raise ModelUnavailable(f"no model {name!r}: {_advice(role)}")


def _is_repository(name: str) -> bool:
    return REPOSITORY.fullmatch(name) is not None and not name.startswith(".")


def fetch_named_repository(name: str, *, offline: bool, progress: ProgressCallback | None = None) -> Path:
    """Return the folder of a hub repository, whatever its role. Raises ModelUnavailable for another kind of name."""
    if not _is_repository(name):
        raise ModelUnavailable(f"no model {name!r}: `semsearch models` lists them; a hub repository is owner/name")
    folder = fetch_repository(name, offline=offline, progress=progress)
    identify(folder)
    return folder


def added_folder(name: str, added: Added) -> Path:
    """Return the folder of an added model. Raises ModelUnavailable when it no longer exists."""
    folder = Path(added.path)
    if not folder.is_dir():
        raise ModelUnavailable(
            f"the folder of {name}, {folder}, no longer exists: restore it, or `semsearch models remove {name}`"
        )
    return folder


def shown_name(name: str, folder: Path) -> str:
    """Return a name that finds the model from everywhere: a relative path becomes absolute."""
    if find(name) or name in added_models() or not settings.user_path(name).is_dir():
        return name
    return str(folder)


def catalogue_entry_of(folder: Path) -> Entry | None:
    """Return the catalogue entry whose files a folder holds, byte for byte; sizes are compared first."""
    hashes: Hashes | None = None
    for entry in CATALOG.values():
        if entry.files and has_sizes(folder, entry):
            hashes = hashes or Hashes.of(folder)
            if all(hashes.sha256(folder / name) == file.sha256 for name, file in entry.files.items()):
                return entry
    return None


def check_role(name: str, folder: Path, role: Role, or_role: Role | None = None) -> Kind:
    """Return a folder's kind. Raises ModelUnavailable when it has another role or its files do not match."""
    kind = identify(folder)
    if role not in kind.roles and or_role not in kind.roles:
        raise ModelUnavailable(f"{name} is a {kind.described}, not a {role}: {_advice(role)}")
    if role in _OWN_TOKENIZING:
        check_tokenizer(folder)
    return kind


def _advice(role: Role) -> str:
    known = ", ".join(entry.name for entry in CATALOG.values() if role in entry.roles)
    return (
        f"give a name ({known}), a model's folder, or a hub repository owner/name"
        if known
        else "give a model's folder, or a hub repository owner/name"
    )
