"""Map the user's paths to the roots of an index: nested roots are merged, a path below a root is a part of it."""

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
    """A root, or the part of it at `below`, to update."""

    source: int
    root: Path
    below: str
    exclude: tuple[Path, ...]
    gone: bool = False
    """Whether a walk no longer reaches it."""


def resolve_targets(writer: StoreWriter, paths: Sequence[Path], settings: Settings) -> list[ScanTarget]:
    """Return the targets to scan; new roots are added to the index at once.

    Raises SourceUnreadable for a path that does not exist and is not a known root.
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
    """Return the root whose walk reaches a path, and the path relative to it; None if there is none."""
    for number, root in roots.items():
        if path == root:
            return number, ""
    for number, root in sorted(roots.items(), key=lambda item: -len(item[1].parts)):
        if root in path.parents and path.exists() and _walks(root, path, settings):
            return number, os.path.relpath(path, root)
    return None


def _walks(root: Path, path: Path, settings: Settings) -> bool:
    """Return whether a walk of `root` reaches a file or folder."""
    return explain_path(root, path, settings) in (None, "a folder")


def _absorb(writer: StoreWriter, roots: dict[int, Path], number: int, root: Path, settings: Settings) -> None:
    """Merge roots below a new one into it, unless it would ignore them; their documents keep ids and vectors."""
    for other, inner in list(roots.items()):
        if root in inner.parents and inner.exists() and _walks(root, inner, settings):
            writer.move_source(other, number, os.path.relpath(inner, root))
            writer.set_meta(NAMES, 0)  # the folders in its documents' names have changed
            del roots[other]
    writer.commit()


def _others(roots: dict[int, Path], number: int) -> list[Path]:
    """Return the roots inside this one, which are scanned separately."""
    return [other for n, other in roots.items() if n != number and roots[number] in other.parents]
