"""What callers may write: one for a list of one, and paths from where they are."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.caller import absolute
from semsearch.conditions import And, Filter, Not, Or

if TYPE_CHECKING:
    from semsearch.index.reader import View

__all__ = ["lost_paths", "prefixes", "several"]


def several(value: Any) -> Sequence[Any]:
    """Return one text, path or filter as a sequence of one; a sequence as it is."""
    return [value] if isinstance(value, (str, Path, Filter, And, Or, Not)) else value


def prefixes(path: str | Path) -> tuple[str, str]:
    """Return what a path of `within` may mean: a path from here, or the beginning of the caller's own ids."""
    return absolute(path), str(path)


def lost_paths(view: View, within: Sequence[str | Path]) -> list[tuple[str, bool]]:
    """Return the paths of `within` below which the index holds nothing, each with whether it is on the disk."""
    return [(str(p), os.path.lexists(absolute(p))) for p in within if not view.holds_below(prefixes(p))]
