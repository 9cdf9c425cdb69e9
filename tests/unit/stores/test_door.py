"""Storage is encapsulated: no package but `stores` has SQL or opens a search engine."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import semsearch

HOUSE = Path(semsearch.__file__).parent
ROOMS = sorted(p for p in HOUSE.rglob("*.py") if not p.is_relative_to(HOUSE / "stores" / "local"))
SQL = re.compile(
    r"^\s*(SELECT\s.+\sFROM\s|INSERT\s+(OR\s\w+\s+)?INTO\s|UPDATE\s\w+\sSET\s|DELETE\s+FROM\s|CREATE\s+TABLE)", re.S
)
ENGINES = {"sqlite3", "faiss", "tantivy"}
ALLOWED = {
    ("corpus/text/terms/analysis.py", "tantivy"): "its stemmers make the terms of every store",
}


@pytest.mark.parametrize("path", ROOMS, ids=lambda p: str(p.relative_to(HOUSE)))
def test_no_room_but_the_stores_knows_an_engine(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    assert [text for text in texts if SQL.match(text)] == []
    own = path.relative_to(HOUSE).as_posix()
    assert {name for name in _imported(tree) & ENGINES if (own, name) not in ALLOWED} == set()


def _imported(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found
