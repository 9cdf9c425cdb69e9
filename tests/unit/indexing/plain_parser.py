"""The parser process of a plain install: without the libraries of extras."""

from __future__ import annotations

import importlib.abc
import sys
from collections.abc import Sequence
from types import ModuleType

from semsearch.corpus.parse.parse_worker import main

__all__ = ["LIBRARIES", "Hidden"]

LIBRARIES = ("olefile", "python_calamine", "tree_sitter_ruby")


class Hidden(importlib.abc.MetaPathFinder):
    """Hides libraries as if they were not installed."""

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        if name in LIBRARIES:
            raise ModuleNotFoundError(name)


if __name__ == "__main__":
    sys.meta_path.insert(0, Hidden())
    main()
