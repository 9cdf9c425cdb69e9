"""Which index a command is about, and which indexes this user has made: only those are opened unasked."""

from __future__ import annotations

import json
import os
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from semsearch import caller
from semsearch.api.arguments import checked
from semsearch.errors import SemsearchError
from semsearch.index.catalog import connect, get_meta
from semsearch.index.layout import Layout, atomic_write
from semsearch.settings import data_dir, user_path

__all__ = ["Located", "locate", "trust", "trusted"]

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Located:
    """Which index a command is about, and why."""

    path: Path
    why: str
    exists: bool


@checked()
def locate(explicit: str | None = None, *, create: bool = False, cwd: Path | None = None) -> Located:
    """Find the index: `explicit` (a name or a path), $SEMSEARCH_INDEX, the nearest trusted one upward, the default.

    A name without a slash is looked for here, in the `indexes` folders upward, and in the user's data folder, where
    `create` makes it. Only indexes that this user's semsearch has made are found so; a path is taken as it stands.
    """
    here = (cwd or Path(caller.cwd())).absolute()
    if explicit:
        return _named(explicit, here, f"--index {explicit}")
    environment = caller.environ().get("SEMSEARCH_INDEX")
    if environment:
        return _named(environment, here, f"SEMSEARCH_INDEX={environment}")
    for folder in _upward(here):
        found = [p for p in _indexes_in(folder) if trusted(Layout(p))]
        best = next((p for p in found if p.name == DEFAULT), found[0] if len(found) == 1 else None)
        if best is not None:
            return Located(best, f"the nearest indexes folder: {folder}", True)
    path = data_dir() / "indexes" / DEFAULT
    return Located(path, "your default index", Layout(path).is_index)


def _named(text: str, here: Path, why: str) -> Located:
    path = user_path(text)
    is_path = path.is_absolute() or len(path.parts) > 1 or text.startswith(".") or text.endswith("/")
    if not is_path:
        near = [here / text, *(folder / text for folder in _upward(here))]
        for candidate in near:
            if Layout(candidate).is_index and trusted(Layout(candidate)):
                return Located(candidate, why, True)
        home = data_dir() / "indexes" / text
        return Located(home, why, Layout(home).is_index)
    absolute = Path(os.path.normpath(here / path))
    if absolute.is_file():
        raise SemsearchError(f"{text} is a file, not an index folder; name a folder with --index")
    return Located(absolute, why, Layout(absolute).is_index)


def _upward(here: Path) -> list[Path]:
    return [p / "indexes" for p in (here, *here.parents) if (p / "indexes").is_dir()]


def _indexes_in(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(p for p in folder.iterdir() if Layout(p).is_index)
    return []


def _register() -> Path:
    return data_dir() / "trusted.json"


def _read_register() -> dict[str, str]:
    try:
        content = json.loads(_register().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def trust(layout: Layout) -> None:
    """Record that this user's semsearch made the index, by its path and its id."""
    from filelock import FileLock

    with closing(connect(layout, write=False)) as connection:
        number = str(get_meta(connection)["index_id"])
    key = os.fspath(layout.root.resolve())
    with suppress(OSError):
        _register().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(f"{_register()}.lock"):
            register = _read_register()
            if register.get(key) != number:
                with atomic_write(_register()) as out:
                    out.write(json.dumps(register | {key: number}, indent=1).encode())


def trusted(layout: Layout) -> bool:
    """Whether this user's semsearch made the index; a path that was never recorded is not even opened."""
    number = _read_register().get(os.fspath(layout.root.resolve()))
    if number is None:
        return False
    try:
        with closing(connect(layout, write=False)) as connection:
            return bool(get_meta(connection).get("index_id") == number)
    except SemsearchError:
        return True
