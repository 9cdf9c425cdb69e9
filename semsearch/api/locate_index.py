"""Which index a command is about: one that is named, or one near here that this user has made or trusted."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from semsearch import client_context as caller
from semsearch.api.arguments import checked
from semsearch.api.trust import trusted
from semsearch.errors import SemsearchError
from semsearch.settings import data_dir, user_path
from semsearch.stores.open import is_index

__all__ = ["Located", "locate"]

DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Located:
    """Which index a command is about, and why."""

    path: Path
    why: str
    exists: bool
    passed_over: tuple[Path, ...] = ()
    """Indexes that lie nearer, and were neither made nor trusted by this user."""


@checked()
def locate(explicit: str | None = None, *, create: bool = False, cwd: str | Path | None = None) -> Located:
    """Find the index: `explicit` (a name or a path), $SEMSEARCH_INDEX, the nearest trusted one upward, the default.

    A name without a slash is looked for here, in the `indexes` folders upward, and in the user's data folder, where
    `create` makes it. Only indexes that this user's semsearch has made, or that were trusted, are found so; a path is
    taken as it stands.
    """
    here = Path(cwd or caller.cwd()).absolute()
    if explicit:
        return _named(explicit, here, f"--index {explicit}")
    environment = caller.environ().get("SEMSEARCH_INDEX")
    if environment:
        return _named(environment, here, f"SEMSEARCH_INDEX={environment}")
    foreign: list[Path] = []
    for folder in _upward(here):
        there = _indexes_in(folder)
        found = [p for p in there if trusted(p)]
        best = next((p for p in found if p.name == DEFAULT), found[0] if len(found) == 1 else None)
        if best is not None:
            return Located(best, f"the nearest indexes folder: {folder}", True, tuple(foreign))
        foreign += sorted((p for p in there if p not in found), key=lambda p: (p.name != DEFAULT, p.name))
    path = data_dir() / "indexes" / DEFAULT
    foreign = [p for p in foreign if p != path]
    return Located(path, "your default index", is_index(path), tuple(foreign))


def _named(text: str, here: Path, why: str) -> Located:
    path = user_path(text)
    is_path = path.is_absolute() or len(path.parts) > 1 or text.startswith(".") or text.endswith("/")
    if not is_path:
        foreign: list[Path] = []
        for candidate in (here / text, *(folder / text for folder in _upward(here))):
            if is_index(candidate):
                if trusted(candidate):
                    return Located(candidate, why, True, tuple(foreign))
                foreign.append(candidate)
        home = data_dir() / "indexes" / text
        return Located(home, why, is_index(home), tuple(p for p in foreign if p != home))
    absolute = Path(os.path.normpath(here / path))
    if absolute.is_file():
        raise SemsearchError(f"{text} is a file, not an index folder; name a folder with --index")
    return Located(absolute, why, is_index(absolute))


def _upward(here: Path) -> list[Path]:
    return [p / "indexes" for p in (here, *here.parents) if (p / "indexes").is_dir()]


def _indexes_in(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(p for p in folder.iterdir() if is_index(p))
    return []
