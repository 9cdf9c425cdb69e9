"""Map changed paths to the files and folders that an index has to scan again, and to those that are gone."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from semsearch.corpus.files.walk import IGNORE_FILES, SIGNS, FoundFile, Lookup, walk
from semsearch.indexing.plan.plan import scans_of
from semsearch.indexing.scan.roots import ScanTarget
from semsearch.indexing.scan.scan import vanished
from semsearch.settings import Settings
from semsearch.stores.base import Snapshot

__all__ = ["changed_targets", "outdated"]


def changed_targets(state: Snapshot, paths: Sequence[str], settings: Settings) -> Iterator[ScanTarget]:
    """Yield the targets to scan after changes at some absolute paths, each once.

    A changed ignore file, or a marker of generated files, means its whole folder; a folder means everything below it.
    What is gone or newly ignored is a target if it is indexed; but a root that is gone or empty keeps its documents, as
    it may be an unmounted disk.
    """
    changes = _Changes(state, settings)
    covered: list[str] = []
    for path in sorted({_scope(path) for path in paths}, key=lambda path: path.split("/")):
        if not any(path == folder or path.startswith(folder + "/") for folder in covered[-1:]):
            target, all_of_it = changes.target(path)
            covered += [path] * all_of_it
            if target is not None:
                yield target


def outdated(state: Snapshot, paths: Sequence[Path], settings: Settings) -> bool:
    """Return whether a run over `paths`, or over every known source, would have anything to do; writes nothing."""
    for found in scans_of(state, paths, settings, 0):
        if found.work or found.unread_gone or (found.vanished and found.files):
            return True
    return False


def _scope(path: str) -> str:
    folder, _, name = path.rpartition("/")
    return folder if name in IGNORE_FILES or name in SIGNS else path


class _Changes:
    """Maps paths to targets for one state of an index and its sources; caches look-ups."""

    def __init__(self, state: Snapshot, settings: Settings) -> None:
        self._documents = state.documents
        self._settings = settings
        self._own = Path(os.path.abspath(state.root))  # noqa: PTH100
        self._roots: Mapping[int, str] = dict(sorted(state.sources.roots.items(), key=lambda item: -len(item[1])))
        self._lookups: dict[int, Lookup] = {}
        self._holding: dict[int, bool] = {}

    def target(self, path: str) -> tuple[ScanTarget | None, bool]:
        """Return the target of a path, and whether it covers everything below it."""
        for number, root in self._roots.items():
            if path == root or path.startswith(root.rstrip("/") + "/"):
                below = "" if path == root else path[len(root.rstrip("/")) + 1 :]
                return self._within(number, root, path, below)
        return None, False

    def _within(self, number: int, root: str, path: str, below: str) -> tuple[ScanTarget | None, bool]:
        lookup = self._lookups.setdefault(number, Lookup(Path(root), self._settings))
        reason = lookup.reason(path)
        exclude = (self._own, *(Path(r) for r in self._roots.values() if r.startswith(root.rstrip("/") + "/")))
        if reason in (None, "a folder"):
            return ScanTarget(number, Path(root), below, exclude), reason is not None
        target = ScanTarget(number, Path(root), below, exclude, gone=True)
        if not below or not self._known(number, below) or not self._holds(target):
            return None, False
        return target, True

    def _known(self, number: int, below: str) -> bool:
        found = vanished(self._documents, number, below)
        return bool(found.vanished or found.unread_gone)

    def _holds(self, target: ScanTarget) -> bool:
        """Return whether a root exists and contains any file."""
        if target.source not in self._holding:
            entries = walk(target.root, self._settings, exclude=target.exclude)
            self._holding[target.source] = any(isinstance(entry, FoundFile) for entry in entries)
        return self._holding[target.source]
