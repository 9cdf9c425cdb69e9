"""No module imports one that imports it in turn, not for its types and not inside a function either."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import semsearch

PACKAGE = Path(semsearch.__file__).parent


def modules() -> dict[str, str]:
    """Return the source of every module by its name."""
    files = {path: path.relative_to(PACKAGE.parent).with_suffix("").parts for path in PACKAGE.rglob("*.py")}
    return {".".join(parts).removesuffix(".__init__"): path.read_text("utf-8") for path, parts in files.items()}


def imported(source: str, known: Mapping[str, object]) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in known else str(node.module)


def check(sources: Mapping[str, str]) -> None:
    """Raise CycleError that names a circle. The package itself only lists the names that others define."""
    graph = {name: set(imported(source, sources)) for name, source in sources.items() if name != "semsearch"}
    TopologicalSorter(graph).prepare()


def test_no_import_closes_a_circle() -> None:
    check(modules())


def test_a_circle_inside_a_function_is_found() -> None:
    sources = {"a": "import b\n", "b": "def f():\n    from a import g\n"}
    with pytest.raises(CycleError):
        check(sources)
