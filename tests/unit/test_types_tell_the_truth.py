"""What mypy says to who writes against the library, from another folder and of an installed copy."""

from __future__ import annotations

import ast
import importlib
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

import semsearch
from semsearch import Document, Index
from tests.contract.hashing_encoder import HashingEncoder

ROOT = Path(__file__).parents[2]
RIGHT = """
from pathlib import Path
import semsearch
from semsearch import Document, Event, Floor, Hit, Index, Operator, ProgressCallback, Remark, Skipped, Value

def told(event: semsearch.Progress) -> None: ...

callback: ProgressCallback = told
value: Value = ("a", "b")
with Index.create("x", exist_ok=True) as index:
    summary: semsearch.Summary = index.add([Document("id", "text")], progress=callback)
    tags: list[str] = ["a", "b"]
    index.add([Document("id", "text", metadata={"tags": tags, "years": [1, 2], "one": "c", "none": None})])
    hits: dict[Hit, int] = {hit: hit.rank for hit in index.search("q", k=3, filters="type=pdf", within=Path("a")).hits}
    index.configure(recall=0.9, language="de")
    semsearch.embed(["a"], side="query")
"""
WRONG = {
    "from semsearch import Nonsense": "attr-defined",
    "import semsearch; semsearch.Idnex": "attr-defined",
    "from semsearch import Document; Document('id', 'text', metadata={'nested': {'a': 1}})": "dict-item",
    "from semsearch import Index; Index('x').search_many(['q'], kk=3)": "call-arg",
    "from semsearch import Index; Index.open('x').search('q', k='3')": "arg-type",
    "from semsearch import Index; Index.open('x').configure(recal=1)": "call-arg",
    "from semsearch import Index; Index.open('x').answer('q', sentences='two')": "arg-type",
}


def test_mypy_accepts_what_is_right_and_refuses_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "right.py").write_text(RIGHT)
    for number, code in enumerate(WRONG):
        (tmp_path / f"wrong{number}.py").write_text(code.replace("; ", "\n") + "\n")
    files = ["right.py", *(f"wrong{n}.py" for n in range(len(WRONG)))]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--follow-imports=silent", *files],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"MYPYPATH": str(ROOT)},
        check=False,
    )
    lines = done.stdout.splitlines()
    assert not [line for line in lines if line.startswith("right.py")], done.stdout
    for number, (code, kind) in enumerate(WRONG.items()):
        assert any(line.startswith(f"wrong{number}.py") and kind in line for line in lines), (code, done.stdout)


def test_an_editable_install_is_found_by_mypy_from_another_folder(tmp_path: Path) -> None:
    checkout, other = tmp_path / "checkout", tmp_path / "other"
    shutil.copytree(ROOT / "semsearch", checkout / "semsearch", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, checkout / name)
    venv.create(tmp_path / "env")
    base = {"base": str(tmp_path / "env"), "platbase": str(tmp_path / "env")}
    python = Path(sysconfig.get_path("scripts", vars=base)) / Path(sys.executable).name
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MYPYPATH")}
    install = ["install", "--quiet", "--no-index", "--no-build-isolation", "--no-deps"]
    target = ["--target", sysconfig.get_path("purelib", vars=base), "--editable", str(checkout)]
    subprocess.run([sys.executable, "-m", "pip", *install, *target], check=True, env=environment, cwd=tmp_path)
    other.mkdir()
    (other / "right.py").write_text("from semsearch import Index\nIndex.open('x').search('q', k=3)\n")
    (other / "wrong.py").write_text("import semsearch\nsemsearch.Idnex\n")
    names = ("right.py", "wrong.py")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--no-error-summary", "--python-executable", str(python), *names],
        capture_output=True,
        text=True,
        cwd=other,
        env=environment,
        check=False,
    )
    assert [line.partition(": error")[0] for line in done.stdout.splitlines()] == ["wrong.py:2"], done.stdout
    assert "Idnex" in done.stdout
    assert "attr-defined" in done.stdout


def test_a_hit_is_hashable(tmp_path: Path) -> None:
    with Index.create(tmp_path / "index", encoder=HashingEncoder()) as index:
        index.add([Document("one", "The ferry leaves at noon.", metadata={"tags": ("a", "b")})])
        hits = index.search("ferry", floor=False).hits
    assert len(set(hits) | set(hits)) == len(hits) == 1


def test_all_names_are_there_and_sorted() -> None:
    assert sorted(semsearch.__all__, key=str) == list(semsearch.__all__)
    for name in ("Value", "Operator", "Skipped", "Remark", "Floor", "ProgressCallback", "Event", "Condition"):
        assert name in semsearch.__all__
        assert getattr(semsearch, name) is not None


@pytest.mark.parametrize("package", ["semsearch", "semsearch.api"])
def test_what_type_checkers_see_is_what_is_there(package: str) -> None:
    module = importlib.import_module(package)
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module != "__future__"]
    seen = {name.asname: node.module for node in imports for name in node.names if name.asname}
    assert sorted(seen) == sorted(module.__all__)
    for name, home in seen.items():
        assert getattr(module, name) is getattr(importlib.import_module(str(home)), name)
