"""The indexes that this user's semsearch made, or that this user has named: only those are opened unasked.

An index is recognized by its id together with what its file system knows it by (the device and the inodes of its folder
and its catalogue): those stay when a folder is renamed or moved, and a copy or a clone has others.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from semsearch.disk import atomic_write, renumbers_files
from semsearch.errors import IndexNotFound, SemsearchError
from semsearch.settings import data_dir
from semsearch.stores.open import open_store, place_of

__all__ = ["forget_index", "trust", "trust_index", "trusted", "trusted_indexes"]

_ENTRIES = "indexes"
_BEFORE = 8
"""Entries of one path that stay beside the newest."""


@dataclass(frozen=True, slots=True)
class _Place:
    """What a file system knows an index by; the catalogue is 0 where it is lost."""

    device: int
    folder: int
    catalog: int

    @classmethod
    def of(cls, root: Path) -> _Place | None:
        found = place_of(root)
        return cls(*found) if found is not None else None


class _Known(NamedTuple):
    """An index as the register has it, by its folder; `place` is None in entries that older versions wrote."""

    path: str
    id: str
    place: _Place | None

    def to_json(self) -> dict[str, Any]:
        return {"path": self.path, "id": self.id, **(asdict(self.place) if self.place else {})}

    @classmethod
    def from_json(cls, stored: Any) -> _Known | None:
        """Read an entry; a malformed one is ignored."""
        values = stored if isinstance(stored, dict) else {}
        path, number = values.get("path"), values.get("id")
        place = [values.get(name) for name in ("device", "folder", "catalog")]
        if not isinstance(path, str) or not isinstance(number, str):
            return None
        numbers = [one for one in place if isinstance(one, int) and not isinstance(one, bool)]
        if len(numbers) == len(place):
            return cls(path, number, _Place(*numbers))
        return cls(path, number, None) if place == [None] * 3 else None

    def stays(self, place: _Place, root: Path) -> bool:
        """Whether what is at the recorded path is what was recorded. Devices get other numbers at a restart."""
        if self.place is None or renumbers_files(root):
            return True
        return self.place.folder == place.folder and place.catalog in (self.place.catalog, 0)


def _path() -> Path:
    return data_dir() / "trusted.json"


def _read() -> list[_Known]:
    """Return the entries, the newest first. Older versions kept an object of ids by path."""
    try:
        content = json.loads(_path().read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    if not isinstance(content, dict):
        return []
    entries = content.pop(_ENTRIES, [])
    found = map(_Known.from_json, entries if isinstance(entries, list) else [])
    return [known for known in found if known] + [_Known(p, n, None) for p, n in content.items() if isinstance(n, str)]


@contextmanager
def _locked() -> Iterator[None]:
    """Keep other processes of this user from changing the register, where the file system knows locks."""
    from filelock import FileLock

    lock = FileLock(f"{_path()}.lock")
    try:
        lock.acquire()
    except NotImplementedError:
        yield
        return
    try:
        yield
    finally:
        lock.release()


def _change(put: _Known | None, drop: Callable[[_Known], bool]) -> None:
    """Put an entry first and drop others. Raises OSError where the register cannot be written.

    A few entries stay that had the path before: what they tell of may have moved, and is not asked for yet.
    """
    _path().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked():
        register = _read()
        kept = [known for known in register if not drop(known)]
        if put is not None and put not in register:
            before = [k for k in kept if k.path == put.path and k.place not in (None, put.place)]
            kept = [put, *(k for k in kept if k.path != put.path or k in before[:_BEFORE])]
        if kept != register:
            with atomic_write(_path()) as out:
                out.write(json.dumps({_ENTRIES: [known.to_json() for known in kept]}, indent=1).encode())


def _key(root: Path) -> str:
    return os.fspath(root.resolve())


def _stored_id(root: Path) -> str:
    """Open the index and return the id in it. Raises SemsearchError."""
    with open_store(root).snapshot() as state:
        return str(state.meta["index_id"])


def trust(root: Path) -> None:
    """Record an index that this user's semsearch has made or written to; nothing is recorded where that cannot be."""
    with suppress(OSError, SemsearchError):
        _record(root)


def _record(root: Path) -> None:
    number, place = _stored_id(root), _Place.of(root)
    if place is None:
        raise IndexNotFound(f"the index at {root} was just removed")
    _change(_Known(_key(root), number, place), _nothing)


def _nothing(known: _Known) -> bool:
    return False


def trust_index(path: str | Path) -> Path:
    """Let the index at `path` be found and opened unasked from now on, and return its folder.

    Raises IndexNotFound, IndexIncompatible and IndexDamaged, and SemsearchError when the register cannot be written.
    """
    root = Path(path)
    try:
        _record(root)
    except OSError as error:
        raise _unwritable(error) from error
    return Path(_key(root))


def forget_index(path: str | Path) -> bool:
    """Take back the trust in the index at `path`, which need not be there; False when there was none.

    Raises SemsearchError when the register cannot be written.
    """
    key, place = _key(Path(path)), _Place.of(Path(path))

    def meant(known: _Known) -> bool:
        return known.path == key or (place is not None and known.place == place)

    if not any(map(meant, _read())):
        return False
    try:
        _change(None, meant)
    except OSError as error:
        raise _unwritable(error) from error
    return True


def _unwritable(error: OSError) -> SemsearchError:
    reason = (error.strerror or type(error).__name__).lower()
    return SemsearchError(f"{_path()} cannot be written ({reason}); SEMSEARCH_DATA names another data folder")


def trusted_indexes() -> list[Path]:
    """Return the folders of all recorded indexes, by name; some may have gone."""
    return [Path(path) for path in sorted({known.path for known in _read()})]


def trusted(root: Path) -> bool:
    """Whether this user's semsearch made the index, or its user has trusted it.

    What neither is at a recorded path nor has a recorded place in the file system is not even opened. A place that
    has moved is recorded again.
    """
    register, key, place = _read(), _key(root), _Place.of(root)
    if place is None:
        return False
    here = [known for known in register if known.path == key and known.stays(place, root)]
    moved = [known for known in register if known.path != key and known.place == place and place.catalog]
    if not here and not moved:
        return False
    try:
        number = _stored_id(root)
    except SemsearchError:
        return bool(here)  # it is damaged, which whoever opens it will tell
    known = next((known for known in (*here, *moved) if known.id == number), None)
    if known is not None and (known.path, known.place) != (key, place):
        stale = known.path == key or _Place.of(Path(known.path)) != place  # else two paths lead there
        with suppress(OSError):
            _change(_Known(key, known.id, place), lambda other: other == known and stale)
    return known is not None
