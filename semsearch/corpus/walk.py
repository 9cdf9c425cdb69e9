"""Which files below a folder are read: the folders and files that a ripgrep user expects, in a fixed order.

Hidden entries, entries that an ignore file leaves out, symbolic links, version-control data, semsearch's own indexes
and everything that is not a regular file are passed over. Nothing is opened except ignore files.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from semsearch.corpus.ignore import IGNORE_FILES, Rule, Scope, scope_above
from semsearch.settings import Settings
from semsearch.types import Skipped

__all__ = ["IGNORE_FILES", "Found", "Lookup", "explain_path", "folders", "walk"]

INDEX_MARK = "catalog.sqlite"
"""A folder that holds this is an index, and is never indexed itself."""
_VERSION_CONTROL = frozenset((".git", ".hg", ".svn", ".jj", ".bzr"))


@dataclass(frozen=True, slots=True)
class Found:
    """A regular file, by its absolute path; times are in nanoseconds, size in bytes."""

    path: Path
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


def walk(root: Path, settings: Settings, *, exclude: Sequence[Path] = ()) -> Iterator[Found | Skipped]:
    """Yield every file to read, sorted by name folder by folder, and what could not be looked at.

    `root` may be a folder, a link to one, or a single file (taken whatever its name). Folders and files in `exclude`
    are passed over. A `Skipped` path was not seen: what is known about it, and below it, is neither confirmed nor gone.
    """
    base = os.path.abspath(root)  # noqa: PTH100 - `..` is resolved by name: a link's parent is where the link lies
    try:
        status = Path(base).stat()
    except OSError as error:
        yield Skipped(_shown(base), _os_reason(error))
        return
    if stat.S_ISDIR(status.st_mode):
        yield from _Walk(base, settings, exclude)
    elif stat.S_ISREG(status.st_mode):
        yield _found(Path(base), status)
    else:
        yield Skipped(_shown(base), "not a regular file")


def folders(root: Path, settings: Settings, *, exclude: Sequence[Path] = ()) -> Iterator[str]:
    """Yield every folder that `walk` looks into, `root` first; none where `root` is no folder."""
    base = os.path.abspath(root)  # noqa: PTH100 - as in walk
    if Path(base).is_dir():
        yield from _Walk(base, settings, exclude).folders()


class _Walk:
    """One walk below one folder, with an explicit stack: folders may be nested deeper than Python may recurse."""

    def __init__(self, base: str, settings: Settings, exclude: Sequence[Path]) -> None:
        self.base = base
        self.settings = settings
        real = os.path.realpath(base)
        # Nothing below the root is reached through a link, so real paths compare by replacing the root's.
        self.exclude = {base + path[len(real) :] for path in map(os.path.realpath, exclude) if path.startswith(real)}

    def folders(self) -> Iterator[str]:
        """Yield the folders that are gone into."""
        stack = [(self.base, _first_scope(self.base, self.settings))]
        while stack:
            folder, scope = stack.pop()
            if folder not in self.exclude:
                yield folder
                stack += [item for item in self._folder(folder, scope) if isinstance(item, tuple)]

    def __iter__(self) -> Iterator[Found | Skipped]:
        stack = [self._folder(self.base, _first_scope(self.base, self.settings))]
        while stack:
            for item in stack[-1]:
                if isinstance(item, tuple):
                    stack.append(self._folder(*item))
                    break
                yield item
            else:
                stack.pop()

    def _folder(self, folder: str, scope: Scope) -> Iterator[Found | Skipped | tuple[str, Scope]]:
        """Yield the entries of one folder in order; a folder to go into comes as (path, rules above it)."""
        if folder in self.exclude:
            return
        try:
            with os.scandir(folder) as listing:
                entries = sorted(listing, key=_name)
        except OSError as error:
            yield Skipped(_shown(folder), _os_reason(error))
            return
        names = {entry.name for entry in entries}
        if INDEX_MARK in names:
            return
        if self.settings.ignore_files:
            scope = scope.enter(folder, names)
        for entry in entries:
            try:
                item = self._entry(entry, scope)
            except OSError as error:
                item = Skipped(_shown(entry.path), _os_reason(error))
            if item is not None:
                yield item

    def _entry(self, entry: os.DirEntry[str], scope: Scope) -> Found | Skipped | tuple[str, Scope] | None:
        name, path = entry.name, entry.path
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and not entry.is_file(follow_symlinks=False):
            return None
        if path in self.exclude or _leaves_out(name, path, is_folder, scope, self.settings) is not None:
            return None
        if is_folder:
            return path, scope
        return _found(Path(path), entry.stat(follow_symlinks=False))


def _leaves_out(name: str, path: str, is_folder: bool, scope: Scope, settings: Settings) -> Rule | str | None:
    """Return the rule or the reason that leaves an entry out, None when it is taken."""
    if name in _VERSION_CONTROL:
        return "version control"
    rule = scope.rule(path + "/", name + "/") if is_folder else scope.rule(path, name)
    if rule is not None:
        return None if rule.negated else rule
    return "hidden" if name.startswith(".") and not settings.hidden else None


def _first_scope(base: str, settings: Settings) -> Scope:
    return scope_above(base) if settings.ignore_files else Scope()


def explain_path(root: Path, path: Path, settings: Settings) -> str | None:
    """Tell why `walk(root, settings)` does not yield the file `path`; None when it does.

    For example "ignored by docs/.gitignore:3 `*.log`", "hidden: .cache" or "symbolic link: latest".
    """
    return Lookup(root, settings).reason(path)


class Lookup:
    """Tells of many paths why `walk` passes them over; a folder is listed once, so the object is for one moment."""

    def __init__(self, root: Path, settings: Settings) -> None:
        """Look at nothing yet."""
        self._base = os.path.abspath(root)  # noqa: PTH100 - as in walk
        self._settings = settings
        self._inside: dict[str, Scope | str] = {}
        """By folder: the rules in force inside, or why it is not gone into."""

    def reason(self, path: Path | str) -> str | None:
        """Tell why the walk does not yield a file: as `explain_path`."""
        base, target = self._base, os.path.abspath(path)  # noqa: PTH100 - as in walk
        if not os.path.lexists(target):
            return "does not exist"
        if target == base:
            return None if Path(base).is_file() else "a folder"
        if not target.startswith(base.rstrip("/") + "/"):
            return f"not below {_shown(base)}"
        parts = target[len(base.rstrip("/")) + 1 :].split("/")
        folder, scope = base, self._enter(base, lambda: _first_scope(base, self._settings))
        for at, name in enumerate(parts):
            if isinstance(scope, str):
                return scope
            folder = f"{folder.rstrip('/')}/{name}"
            if at == len(parts) - 1:
                return self._entry(name, folder, True, scope)
            scope = self._enter(folder, partial(self._below, name, folder, scope))
        return None

    def _enter(self, folder: str, above: Callable[[], Scope | str]) -> Scope | str:
        """Return the rules inside a folder, or why nothing in it is taken; `above` tells what the folders above say."""
        if folder not in self._inside:
            scope = above()
            self._inside[folder] = scope if isinstance(scope, str) else self._listed(folder, scope)
        return self._inside[folder]

    def _listed(self, folder: str, scope: Scope) -> Scope | str:
        try:
            names = set(os.listdir(folder))  # noqa: PTH208 - names as walk sees them
        except OSError as error:
            return f"{_shown(folder)}: {_os_reason(error)}"
        if INDEX_MARK in names:
            return f"part of an index: {_shown(folder)}"
        return scope.enter(folder, names) if self._settings.ignore_files else scope

    def _below(self, name: str, folder: str, scope: Scope) -> Scope | str:
        return self._entry(name, folder, False, scope) or scope

    def _entry(self, name: str, path: str, last: bool, scope: Scope) -> str | None:
        try:
            return _explain_entry(name, path, last, scope, self._settings)
        except OSError as error:  # it has just gone
            return _os_reason(error)


def _explain_entry(name: str, path: str, last: bool, scope: Scope, settings: Settings) -> str | None:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return f"symbolic link: {_shown(name)}"
    is_folder = stat.S_ISDIR(mode)
    if not is_folder and not stat.S_ISREG(mode):
        return "not a regular file"
    why = _leaves_out(name, path, is_folder, scope, settings)
    if isinstance(why, Rule):
        return f"ignored by {_shown(why.source)}:{why.line} `{_shown(why.pattern)}`"
    if why:
        return f"{why}: {_shown(name)}"
    return "a folder" if is_folder and last else None


def _found(path: Path, status: os.stat_result) -> Found:
    return Found(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _shown(path: str) -> str:
    """Return a path that can be printed and stored, whatever bytes it holds."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _os_reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
