"""Models that only the hub has. Their hashes are not published, so the first fetch is trusted and held to ever after.

<cache>/models/<owner>--<name>/ holds the files and `semsearch.json`: the commit they are of, and each one's sha256.
A later use with other bytes is an error, and so is a record that cannot be read: it says no more what they were.
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
    """What was fetched: `owner/name` or `owner/name@revision`, its commit (empty if not known), and the files."""

    repository: str
    commit: str
    files: Mapping[str, File]


def models_folder() -> Path:
    """Return where semsearch keeps the files of models that it has fetched, a folder for each."""
    return settings.cache_dir() / "models"


def own_folder(repository: str) -> Path:
    """Return where semsearch keeps the files of a repository, whether they are there or not."""
    return models_folder() / repository.replace("/", "--")


def read_record(folder: Path) -> RecordedFetch | None:
    """Return what is written beside the files of a fetched repository; None where there is no sound record."""
    try:
        values = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        files = {str(name): File(**file) for name, file in values["files"].items()}
        return RecordedFetch(str(values["repository"]), str(values["commit"]), files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _write_record(folder: Path, repository: str) -> None:
    """Describe every file of a folder, at once or not at all; the commit is taken from where the download left it."""
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
    """Return the folder of every repository that was fetched, by the name it was asked for."""
    folder = models_folder()
    found = sorted(folder.iterdir()) if folder.is_dir() else []
    records = [(path, read_record(path)) for path in found if not path.name.startswith(".")]
    return {record.repository: path for path, record in records if record is not None}


def local_repository(repository: str) -> Path | None:
    """Return the folder on this computer that holds a repository: semsearch's own, else the Hugging Face cache's."""
    name, _, revision = repository.partition("@")
    for folder in (own_folder(repository), *hub_snapshots(name, revision)):
        if any(path.is_file() for pattern in _WEIGHTS for path in folder.glob(pattern)):
            return folder
    return None


def fetch_repository(
    repository: str, *, role: str = "", offline: bool, progress: ProgressCallback | None = None
) -> Path:
    """Return a folder with the files of a hub repository, `owner/name` or `owner/name@revision`, that a role needs.

    Raises ModelUnavailable when it is not on this computer and the hub does not deliver it, or when its files are not
    those of its first fetch; StorageFull.
    """
    if found := _checked(repository):
        return found
    name, _, revision = repository.partition("@")
    advice = "connect and try again, or download it elsewhere and name its folder"
    if offline:
        raise ModelUnavailable(
            f"{repository} is not on this computer and connections are switched off; only the hub has it: {advice}"
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
    """Return a local folder whose files are those of the first fetch; a folder of ours without a record gets one."""
    folder = local_repository(repository)
    if folder is None or folder != own_folder(repository):
        return folder
    record = read_record(folder)
    if record is None and os.path.lexists(folder / RECORD):
        raise ModelUnavailable(
            f"{folder / RECORD}, which says what was fetched, is damaged: `semsearch models remove {repository}` and "
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
                f"{path} is not the file that was fetched: `semsearch models remove {repository}` and fetch it again"
            )
    return folder
