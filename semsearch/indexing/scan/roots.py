"""From the paths a user names to the roots an index keeps: nested roots become one, a part of a root stays a part."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from semsearch.corpus.files.walk import explain_path
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.stores.base import StoreWriter
from semsearch.stores.records import NAMES

__all__ = ["ScanTarget", "resolve_targets"]


@dataclass(frozen=True, slots=True)
class ScanTarget:
    """A root, or the part of it at `below`, to be brought up to date."""

    source: int
    root: Path
    below: str
    exclude: tuple[Path, ...]
    gone: bool = False
    """Whether no walk comes to it any more."""


def resolve_targets(writer: StoreWriter, paths: Sequence[Path], settings: Settings) -> list[ScanTarget]:
    """Return what to walk; roots that are new are added to the index at once.

    Raises SourceUnreadable for a path that is neither there nor a known root.
    """
    roots = {n: Path(r) for n, r in writer.snapshot.sources.roots.items()}
    wanted: list[tuple[int, str]] = []
    for path in paths:
        absolute = Path(os.path.abspath(path))  # noqa: PTH100  (a link that is a root stays a link)
        found = _inside(roots, absolute, settings)
        if found is None:
            if not absolute.exists():
                raise SourceUnreadable(f"{path} does not exist")
            number = writer.add_source(absolute)
            _absorb(writer, roots, number, absolute, settings)
            roots[number] = absolute
            found = (number, "")
        if found not in wanted:
            wanted.append(found)
    if not paths:
        wanted = [(number, "") for number in roots]
    whole = {number for number, below in wanted if not below}
    wanted = [(number, below) for number, below in wanted if not below or number not in whole]
    own = Path(os.path.abspath(writer.snapshot.root))  # noqa: PTH100
    return [ScanTarget(n, roots[n], below, (own, *_others(roots, n))) for n, below in wanted if n in roots]


def _inside(roots: dict[int, Path], path: Path, settings: Settings) -> tuple[int, str] | None:
    """Return the root that holds a path and would walk it, and where below it."""
    for number, root in roots.items():
        if path == root:
            return number, ""
    for number, root in sorted(roots.items(), key=lambda item: -len(item[1].parts)):
        if root in path.parents and path.exists() and _walks(root, path, settings):
            return number, os.path.relpath(path, root)
    return None


def _walks(root: Path, path: Path, settings: Settings) -> bool:
    """Whether a walk of `root` comes to a file, or into a folder."""
    return explain_path(root, path, settings) in (None, "a folder")


def _absorb(writer: StoreWriter, roots: dict[int, Path], number: int, root: Path, settings: Settings) -> None:
    """Take roots below a new one into it, unless it would ignore them; their documents keep ids and vectors."""
    for other, inner in list(roots.items()):
        if root in inner.parents and inner.exists() and _walks(root, inner, settings):
            writer.move_source(other, number, os.path.relpath(inner, root))
            writer.set_meta(NAMES, 0)  # the folders of its documents are others now
            del roots[other]
    writer.commit()


def _others(roots: dict[int, Path], number: int) -> list[Path]:
    """Return roots inside this one: each is walked on its own."""
    return [other for n, other in roots.items() if n != number and roots[number] in other.parents]
