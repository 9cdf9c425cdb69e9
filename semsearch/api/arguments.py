"""What callers may write for a list of one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from semsearch.conditions import And, Filter, Not, Or

__all__ = ["several"]


def several(value: Any) -> Sequence[Any]:
    """Return one text, path or filter as a sequence of one; a sequence as it is."""
    return [value] if isinstance(value, (str, Path, Filter, And, Or, Not)) else value
