"""File system events below some roots (by watchfiles), and roots that appear and disappear.

On Linux every folder that a walk enters is watched separately, so that ignored folders and link targets cost nothing.
Other systems watch a root as a whole.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from semsearch.corpus.files.walk import IGNORE_FILES, SIGNS, explain_path, folders
from semsearch.settings import Settings

__all__ = ["Changes", "Follower"]

_TOGETHER_MS = 1000
"""Maximum time for which consecutive changes are collected."""
_QUIET_MS = 100
"""Changes are reported after this long without another one."""
_WHOLE = sys.platform != "linux"
_TRIES = 5


@dataclass(slots=True)
class Changes:
    """Absolute paths that are new, changed or gone, and roots that appeared, disappeared or were replaced."""

    paths: set[str] = field(default_factory=set)
    roots: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self.paths or self.roots)

    def join(self, other: Changes) -> None:
        """Add other changes."""
        self.paths |= other.paths
        self.roots |= other.roots


class Follower:
    """Watches files and folders. A context manager; not thread-safe."""

    def __init__(self, roots: Iterable[str | Path], settings: Settings, exclude: Sequence[Path] = ()) -> None:
        """Start watching; changes below `exclude` are not reported."""
        self._settings = settings
        self._exclude = [Path(os.path.abspath(path)) for path in exclude]  # noqa: PTH100
        self._facts: dict[str, tuple[int, ...]] = {}
        self._folders: set[str] = set()
        self._system: _System | None = None
        self._late = Changes()
        self.blind = ""
        """Why the system does not report changes; then only the roots themselves are checked."""
        self.follow(roots)

    def follow(self, roots: Iterable[str | Path]) -> bool:
        """Watch these roots only from now on; return whether that differs from before."""
        wanted = {os.path.abspath(root) for root in roots}  # noqa: PTH100
        if wanted != self._facts.keys():
            self._facts = {root: self._facts[root] if root in self._facts else _facts(root) for root in sorted(wanted)}
            self._watch(self._all_folders())
            return True
        return False

    def changes(self, seconds: float, stop: Event) -> Changes:
        """Return changes, waiting up to `seconds` for one. Raises KeyboardInterrupt on Ctrl-C."""
        found, self._late = self._late, Changes()
        if self._system is not None:
            found.join(self._system.changes(0.0 if found else seconds, stop))
        elif not found:
            stop.wait(seconds)
        for root, before in self._facts.items():
            self._facts[root] = _facts(root)
            # An event on the root itself may be its removal, and a new root may have got the inode of the old one.
            if self._facts[root] != before or root in found.paths:
                found.roots.add(root)
        if found.roots:
            self._watch(self._all_folders())
        elif found.paths and not _WHOLE:
            self._extend(found)
        return found

    def missed(self) -> set[str]:
        """Return folders that should be watched and are not; may be called from another thread."""
        return self._all_folders() - self._folders

    def add(self, missed: set[str]) -> None:
        """Watch more folders."""
        if missed:
            self._watch(self._folders | missed)

    def close(self) -> None:
        """Stop watching."""
        system, self._system = self._system, None
        if system is not None:
            system.close()

    def __enter__(self) -> Follower:
        """Return the follower."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def _all_folders(self) -> set[str]:
        return {folder for root in self._facts for folder in self._below(root)}

    def _below(self, root: str) -> Iterable[str]:
        if _WHOLE:
            return [root] if Path(root).is_dir() else []
        return folders(Path(root), self._settings, exclude=self._exclude)

    def _extend(self, found: Changes) -> None:
        """Watch folders that are new or replaced, and those that an ignore file excluded so far."""
        starts = {path for path in found.paths if Path(path).is_dir()}
        split = (path.rpartition("/") for path in found.paths)
        starts |= {folder for folder, _, name in split if name in IGNORE_FILES or name in SIGNS}
        starts = {start for start in starts if self._is_walked(start)}
        new = {folder for start in starts for folder in self._below(start)}
        for _ in range(_TRIES):
            if not new:
                break
            self._watch(self._folders | new)
            new = {folder for start in starts for folder in self._below(start)} - self._folders  # created meanwhile

    def _is_walked(self, folder: str) -> bool:
        """Return whether a walk of the root enters a folder whose parent is watched."""
        if folder in self._facts:
            return True
        root = max((r for r in self._facts if folder.startswith(r.rstrip("/") + "/")), key=len, default=None)
        return root is not None and explain_path(Path(root), Path(folder), self._settings) == "a folder"

    def _watch(self, wanted: set[str]) -> None:
        """Watch these folders from now on; pending events of the previous watch are kept."""
        before, self._system = self._system, None
        self.blind = "its folders change too fast"
        for _ in range(_TRIES):
            self._folders = {folder for folder in wanted if Path(folder).is_dir()}
            try:
                self._system = _System(self._folders, self._exclude) if self._folders else None
            except FileNotFoundError:  # one has just been removed
                continue
            except OSError as error:
                self.blind = str(error)
                self._folders = set()
                break
            self.blind = ""
            break
        if before is not None:
            self._late.join(before.changes(0.0, Event()))
            before.close()


class _System:
    """A system watch on a fixed set of folders."""

    def __init__(self, watched: Iterable[str], exclude: Sequence[Path]) -> None:
        """Start. Raises FileNotFoundError, and OSError if the system has no more watches or watchers."""
        from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

        try:
            self._notify = RustNotify(sorted(watched), False, False, 300, _WHOLE, True)
        except WatchfilesRustInternalError as error:
            raise OSError(str(error)) from None
        resolved = {os.path.realpath(folder): folder for folder in watched} if _WHOLE else {}
        self._given = {real: folder for real, folder in resolved.items() if real != folder}
        """The resolved path of a root, which some systems report, and the path as given."""
        self._hidden = tuple(f"{os.path.realpath(path) if _WHOLE else path}/" for path in exclude)

    def changes(self, seconds: float, stop: Event) -> Changes:
        """Return changes, waiting up to `seconds`. Raises KeyboardInterrupt."""
        wait, together = (max(1, int(seconds * 1000)), _TOGETHER_MS) if seconds else (1, 1)
        events = self._notify.watch(together, _QUIET_MS if seconds else 1, wait, stop)
        if events == "signal":
            raise KeyboardInterrupt
        found = Changes()
        for _, path in events if isinstance(events, set) else ():
            if not path.startswith(self._hidden):
                found.paths.add(self._as_given(path))
        return found

    def _as_given(self, path: str) -> str:
        for real, folder in self._given.items():
            if path == real or path.startswith(real.rstrip("/") + "/"):
                return folder + path[len(real) :]
        return path

    def close(self) -> None:
        """Stop the watch."""
        self._notify.close()


def _facts(root: str) -> tuple[int, ...]:
    """Return facts that change when a root is replaced; empty if it does not exist."""
    try:
        status = Path(root).stat()
    except OSError:
        return ()
    own = (status.st_dev, status.st_ino)
    return own if stat.S_ISDIR(status.st_mode) else (*own, status.st_size, status.st_mtime_ns)
