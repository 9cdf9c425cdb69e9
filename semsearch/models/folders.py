"""Where the files of a model lie, whatever its role: a catalogue entry, a folder, or a hub repository."""

from __future__ import annotations

import re
from pathlib import Path

from semsearch import settings
from semsearch.errors import ModelUnavailable
from semsearch.models.catalog import Entry
from semsearch.models.entries import CATALOG, find
from semsearch.models.fetch import ProgressCallback, fetch, fetch_repository
from semsearch.roles import Role

__all__ = ["REPOSITORY", "model_folder"]

REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+(@[\w.-]+)?")
_WEIGHTS = {Role.TRANSCRIBER: "model.bin"}
"""Names of files with weights, where a role's models are not kept as safetensors (CTranslate2's format)."""


def model_folder(
    name: str, role: Role, *, offline: bool | None = None, progress: ProgressCallback | None = None
) -> tuple[Path, Entry | None]:
    """Return the folder of a model for a role, fetched when it is not here, and its catalogue entry if it has one.

    Raises ModelUnavailable when there is no such model, when it was trained for other roles, or when no source
    delivers it; StorageFull.
    """
    forbidden = settings.offline() if offline is None else offline
    if entry := find(name):
        if role not in entry.roles:
            raise ModelUnavailable(f"{name} is a {' and '.join(entry.roles)}, not a {role}: {_advice(role)}")
        return fetch(entry, offline=forbidden, progress=progress), entry
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return folder.resolve(), None
    if REPOSITORY.fullmatch(name) and not name.startswith("."):
        return fetch_repository(name, offline=forbidden, progress=progress, weights=_WEIGHTS.get(role)), None
    raise ModelUnavailable(f"no model {name!r}: {_advice(role)}")


def _advice(role: Role) -> str:
    known = ", ".join(entry.name for entry in CATALOG.values() if role in entry.roles)
    return (
        f"give a name ({known}), a model's folder, or a hub repository owner/name"
        if known
        else ("give a model's folder, or a hub repository owner/name")
    )
