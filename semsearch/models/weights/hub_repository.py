"""Models that exist on the hub only. Their first fetch is trusted, and later files must match it.

<cache>/models/<owner>--<name>/ holds the files and `semsearch.json`: their commit, and the sha256 of each.
Later use with other bytes is an error, and so is an unreadable record, since it no longer pins the files.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from semsearch import settings
from semsearch.errors import ModelUnavailable
from semsearch.models.weights.atomic_folder import disk_errors, locked, staged
from semsearch.models.weights.catalog_entry import File
from semsearch.models.weights.download import ProgressCallback, SourceFailed, from_hub, hub_snapshots
from semsearch.models.weights.fingerprint import Hashes, file_sha256
from semsearch.models.weights.hub_process import COMMIT

__all__ = [
    "RECORD",
    "RecordedFetch",
    "fetch_repository",
    "fetched_repositories",
    "local_repository",
    "models_folder",
    "own_folder",
    "read_record",
]

RECORD = "semsearch.json"
_UNFINISHED = f".{RECORD}."
_WEIGHTS = ("*.safetensors", "*.onnx", "onnx/*.onnx", "*.gguf", "model.bin")


@dataclass(frozen=True, slots=True)
class RecordedFetch:
    """A fetched repository: `owner/name` or `owner/name@revision`, its commit (empty if unknown), and the files."""

    repository: str
    commit: str
    files: Mapping[str, File]


def models_folder() -> Path:
    """Return semsearch's cache folder for fetched models; it has a folder for each."""
    return settings.cache_dir() / "models"


def own_folder(repository: str) -> Path:
    """Return semsearch's cache folder for a repository, whether or not it exists."""
    return models_folder() / repository.replace("/", "--")


def read_record(folder: Path) -> RecordedFetch | None:
    """Return the record beside the files of a fetched repository; None without a valid one."""
    try:
        values = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files = {str(name): File(**file) for name, file in values["files"].items()}
        return RecordedFetch(str(values["repository"]), str(values["commit"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write_record(folder: Path, repository: str) -> None:
    """Record every file of a folder, atomically; the commit is read from the file that the download left."""
    mark = folder / COMMIT
    commit = mark.read_text(encoding="ascii") if mark.is_file() else ""
    mark.unlink(missing_ok=True)
    files = {
        path.relative_to(folder).as_posix(): {"sha256": file_sha256(path), "size": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != RECORD and not path.name.startswith(_UNFINISHED)
    }
    values = {"repository": repository, "commit": commit, "files": files}
    descriptor, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=folder)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps(values, indent=1))
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(folder / RECORD)
    finally:
        Path(unfinished).unlink(missing_ok=True)


def fetched_repositories() -> dict[str, Path]:
    """Return the folder of every fetched repository, by the name it was requested with."""
    folder = models_folder()
    folders = sorted(folder.iterdir()) if folder.is_dir() else []
    records = [(path, read_record(path)) for path in folders if not path.name.startswith(".")]
    return {record.repository: path for path, record in records if record is not None}


def local_repository(repository: str) -> Path | None:
    """Return the local folder of a repository: semsearch's own, else that of the Hugging Face cache."""
    name, _, revision = repository.partition("@")
    for folder in (own_folder(repository), *hub_snapshots(name, revision)):
        if any(path.is_file() for pattern in _WEIGHTS for path in folder.glob(pattern)):
            return folder
    return None


def fetch_repository(
    repository: str, *, role: str = "", offline: bool, progress: ProgressCallback | None = None
) -> Path:
    """Return a folder with the files that a role needs of a hub repository, `owner/name` or `owner/name@revision`.

    Raises ModelUnavailable when it is not on this computer and the hub does not provide it, or when its files differ
    from those of its first fetch; StorageFull.
    """
    if found := _checked(repository):
        return found
    name, _, revision = repository.partition("@")
    advice = "connect and try again, or download it elsewhere and name its folder"
    if offline:
        raise ModelUnavailable(
            f"{repository} is not on this computer and offline mode is on; only the hub has it: {advice}"
        )
    target = own_folder(repository)
    with locked(target), disk_errors(target.parent):
        if found := _checked(repository):  # another process was faster
            return found
        try:
            with staged(target) as folder:
                from_hub(name, revision, folder, progress, name=repository, role=role)
                shutil.rmtree(folder / ".cache", ignore_errors=True)
                _write_record(folder, repository)
        except SourceFailed as failure:
            raise ModelUnavailable(
                f"{repository} could not be fetched: {failure}; only the hub has it: {advice}"
            ) from failure
    return target


def _checked(repository: str) -> Path | None:
    """Return a local folder whose files match the first fetch; a folder of semsearch without a record gets one."""
    folder = local_repository(repository)
    if folder is None or folder != own_folder(repository):
        return folder
    record = read_record(folder)
    if record is None and os.path.lexists(folder / RECORD):
        raise ModelUnavailable(
            f"{folder / RECORD}, the record of the fetch, is damaged: run `semsearch models remove {repository}` and "
            "fetch it again"
        )
    if record is None:
        _write_record(folder, repository)
        return folder
    hashes = Hashes.of(folder)
    for name, file in record.files.items():
        path = folder / name
        if not path.is_file() or hashes.sha256(path) != file.sha256:
            raise ModelUnavailable(
                f"{path} differs from the fetched file: run `semsearch models remove {repository}` and fetch it again"
            )
    return folder
