"""What mypy says to who writes against the library, from another folder and of an installed copy."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

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
    hits: dict[Hit, int] = {hit: hit.rank for hit in index.search("q", k=3, filters="type=pdf", within=Path("a")).hits}
    index.configure(recall=0.9, language="de")
    semsearch.embed(["a"], side="query")
"""
WRONG = {
    "from semsearch import Nonsense": "attr-defined",
    "import semsearch; semsearch.Idnex": "attr-defined",
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
