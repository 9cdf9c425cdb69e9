"""Walk over the files of a folder that are read: those that a ripgrep user expects, in a fixed order.

Hidden entries, entries excluded by ignore files, files made by tools, symbolic links, version-control data, semsearch's
own indexes and everything that is not a regular file are skipped. Nothing is opened except ignore files and cache tags.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

from semsearch.corpus.files.ignore import IGNORE_FILES, Rule, Scope, scope_above
from semsearch.corpus.files.tool_made import MADE, SIGNS, made_beside, made_file, made_inside
from semsearch.settings import Settings
from semsearch.types.documents import Skipped

__all__ = ["IGNORE_FILES", "SIGNS", "FoundFile", "LeftOut", "Lookup", "explain_path", "folders", "walk"]

INDEX_MARK = "catalog.sqlite"
"""A folder that contains this is an index, and is never indexed itself."""
_VERSION_CONTROL = frozenset((".git", ".hg", ".svn", ".jj", ".bzr"))


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A regular file, by its absolute path; times are in nanoseconds, size in bytes."""

    path: Path
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A file or a folder that a tool made: indexed data about it, and about files below it, is obsolete."""

    path: str
    """Absolute; a folder's ends in a slash."""
    reason: str


class _Step(NamedTuple):
    """A folder to enter, with the rules above it."""

    folder: str
    scope: Scope
    wanted: bool = False
    """Whether it is read even if a tool made it: the user named it, or a rule includes it."""


def walk(root: Path, settings: Settings, *, exclude: Sequence[Path] = ()) -> Iterator[FoundFile | Skipped | LeftOut]:
    """Yield every file to read, sorted by name folder by folder, paths that could not be read, and what tools made.

    `root` may be a folder, a link to one, or a single file (read whatever its name). Folders and files in `exclude` are
    skipped. A `Skipped` path was not seen: indexed data about it, and below it, is neither confirmed nor obsolete.
    """
    base = os.path.abspath(root)  # noqa: PTH100 - `..` is resolved by name: a link's parent is the folder of the link
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
    """Yield every folder that `walk` enters, `root` first; none where `root` is not a folder."""
    base = os.path.abspath(root)  # noqa: PTH100 - as in walk
    if Path(base).is_dir():
        yield from _Walk(base, settings, exclude).folders()


class _Walk:
    """One walk below one folder, with an explicit stack: folders may be nested deeper than Python's recursion limit."""

    def __init__(self, base: str, settings: Settings, exclude: Sequence[Path]) -> None:
        self.base = base
        self.settings = settings
        real = os.path.realpath(base)
        # Nothing below the root is reached through a link, so real paths compare by replacing the root's.
        self.exclude = {base + path[len(real) :] for path in map(os.path.realpath, exclude) if path.startswith(real)}

    def folders(self) -> Iterator[str]:
        """Yield the folders that are entered."""
        stack = [self._first()]
        while stack:
            step = stack.pop()
            if step.folder not in self.exclude:
                items = list(self._folder(step))
                if not _is_left_out(step.folder, items):
                    yield step.folder
                stack += [item for item in items if isinstance(item, _Step)]

    def _first(self) -> _Step:
        return _Step(self.base, _first_scope(self.base, self.settings), wanted=True)

    def __iter__(self) -> Iterator[FoundFile | Skipped | LeftOut]:
        stack = [self._folder(self._first())]
        while stack:
            for item in stack[-1]:
                if isinstance(item, _Step):
                    stack.append(self._folder(item))
                    break
                yield item
            else:
                stack.pop()

    def _folder(self, step: _Step) -> Iterator[FoundFile | Skipped | LeftOut | _Step]:
        """Yield the entries of one folder in order, and a folder to enter as the next step."""
        folder, scope = step.folder, step.scope
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
            if not step.wanted and (tool := made_inside(folder, names)):
                yield LeftOut(_shown(folder) + "/", tool)
                return
            scope = scope.enter(folder, names)
        for entry in entries:
            item: FoundFile | Skipped | LeftOut | _Step | None
            try:
                item = self._entry(entry, scope, names)
            except OSError as error:
                item = Skipped(_shown(entry.path), _os_reason(error))
            if item is not None:
                yield item

    def _entry(self, entry: os.DirEntry[str], scope: Scope, names: set[str]) -> FoundFile | LeftOut | _Step | None:
        name, path = entry.name, entry.path
        is_folder = entry.is_dir(follow_symlinks=False)
        if not is_folder and not entry.is_file(follow_symlinks=False):
            return None
        if path in self.exclude:
            return None
        why, wanted = _exclusion(name, path, is_folder, scope, names, self.settings)
        if why is not None:
            return LeftOut(_shown(path) + "/" * is_folder, why) if isinstance(why, str) and _is_made(why) else None
        if is_folder:
            return _Step(path, scope, wanted)
        return _found(Path(path), entry.stat(follow_symlinks=False))


def _is_left_out(folder: str, items: Sequence[object]) -> bool:
    """Return whether the only item of a folder is that it is left out."""
    return bool(items) and isinstance(items[0], LeftOut) and items[0].path == _shown(folder) + "/"


def _is_made(reason: str) -> bool:
    return reason.startswith(MADE)


def _exclusion(
    name: str, path: str, is_folder: bool, scope: Scope, names: Collection[str], settings: Settings
) -> tuple[Rule | str | None, bool]:
    """Return the rule or the reason that excludes an entry, None when it is included, and whether a rule includes it.

    `names` are the entries of its folder.
    """
    if name in _VERSION_CONTROL:
        return "version control", False
    rule = scope.rule(path + "/", name + "/") if is_folder else scope.rule(path, name)
    if rule is not None:
        return (None, True) if rule.negated else (rule, False)
    if name.startswith(".") and not settings.hidden:
        return "hidden", False
    if not settings.ignore_files:
        return None, False
    return made_beside(name, path, names) if is_folder else made_file(name), False


def _first_scope(base: str, settings: Settings) -> Scope:
    return scope_above(base) if settings.ignore_files else Scope()


def explain_path(root: Path, path: Path, settings: Settings) -> str | None:
    """Return why `walk(root, settings)` does not yield the file `path`; None when it does.

    For example "ignored by docs/.gitignore:3 `*.log`", "hidden: .cache" or "symbolic link: latest".
    """
    return Lookup(root, settings).reason(path)


class Lookup:
    """Explains for many paths why `walk` skips them; folder listings are cached, so use an object only briefly."""

    def __init__(self, root: Path, settings: Settings) -> None:
        """List nothing yet."""
        self._base = os.path.abspath(root)  # noqa: PTH100 - as in walk
        self._settings = settings
        self._inside: dict[str, _Inside | str] = {}
        """By folder: its rules and entries, or why it is not entered."""

    def reason(self, path: Path | str) -> str | None:
        """Return why the walk does not yield a file: as `explain_path`."""
        base, target = self._base, os.path.abspath(path)  # noqa: PTH100 - as in walk
        if not os.path.lexists(target):
            return "does not exist"
        if target == base:
            return None if Path(base).is_file() else "a folder"
        if not target.startswith(base.rstrip("/") + "/"):
            return f"not below {_shown(base)}"
        parts = target[len(base.rstrip("/")) + 1 :].split("/")
        first = _Step(base, _first_scope(base, self._settings), wanted=True)
        inside = self._enter(first.folder, lambda: first)
        folder = base
        for at, name in enumerate(parts):
            if isinstance(inside, str):
                return inside
            folder = f"{folder.rstrip('/')}/{name}"
            below = partial(self._entry, name, folder, inside)
            if at == len(parts) - 1:
                return self._last(folder, below())
            inside = self._enter(folder, below)
        return None

    def _last(self, folder: str, entry: _Step | str | None) -> str | None:
        """Return why an entry is not yielded; for a folder that is entered, that it is a folder."""
        if not isinstance(entry, _Step):
            return entry
        inside = self._enter(folder, lambda: entry)
        return inside if isinstance(inside, str) and _is_made(inside) else "a folder"

    def _enter(self, folder: str, above: Callable[[], _Step | str | None]) -> _Inside | str:
        """Return the rules and entries of a folder, or why it is not entered; `above` returns the step into it."""
        if folder not in self._inside:
            step = above()
            self._inside[folder] = self._list(step) if isinstance(step, _Step) else step or "not a folder"
        return self._inside[folder]

    def _list(self, step: _Step) -> _Inside | str:
        try:
            names = set(os.listdir(step.folder))  # noqa: PTH208 - names as walk sees them
        except OSError as error:
            return f"{_shown(step.folder)}: {_os_reason(error)}"
        if INDEX_MARK in names:
            return f"part of an index: {_shown(step.folder)}"
        if not self._settings.ignore_files:
            return _Inside(step.scope, names)
        if not step.wanted and (tool := made_inside(step.folder, names)):
            return f"{tool}: {_shown(os.path.relpath(step.folder, self._base))}"
        return _Inside(step.scope.enter(step.folder, names), names)

    def _entry(self, name: str, path: str, inside: _Inside) -> _Step | str | None:
        """Return the step into a folder, None for a file that is yielded, or why it is not."""
        try:
            return _explain_entry(name, path, inside, self._settings)
        except OSError as error:  # it was just deleted
            return _os_reason(error)


class _Inside(NamedTuple):
    """The rules in force in a folder, and its entries."""

    scope: Scope
    names: set[str]


def _explain_entry(name: str, path: str, inside: _Inside, settings: Settings) -> _Step | str | None:
    mode = os.lstat(path).st_mode
    if stat.S_ISLNK(mode):
        return f"symbolic link: {_shown(name)}"
    is_folder = stat.S_ISDIR(mode)
    if not is_folder and not stat.S_ISREG(mode):
        return "not a regular file"
    why, wanted = _exclusion(name, path, is_folder, *inside, settings)
    if isinstance(why, Rule):
        return f"ignored by {_shown(why.source)}:{why.line} `{_shown(why.pattern)}`"
    if why is not None:
        return why if _is_made(why) and is_folder else f"{why}: {_shown(name)}"
    return _Step(path, inside.scope, wanted) if is_folder else None


def _found(path: Path, status: os.stat_result) -> FoundFile:
    return FoundFile(path, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino)


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _shown(path: str) -> str:
    """Return a path that can be printed and stored, whatever its bytes."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _os_reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
