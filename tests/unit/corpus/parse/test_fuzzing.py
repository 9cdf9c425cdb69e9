"""The fuzzer of `tests.benchmarks.fuzz`: it covers every reader, is reproducible, and finds bugs."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from semsearch.corpus.parse.read import _HOLDERS, _READERS
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind, Member, Parsed
from tests.benchmarks.fuzz import Case, Fuzzer, cases
from tests.benchmarks.fuzz_judge import judged
from tests.benchmarks.fuzz_mutations import mutated
from tests.benchmarks.fuzz_seeds import rows, seeds

LINE = Anchor(AnchorKind.LINE, 1, 1)
FINE = Parsed("A well.", (Block(0, 7, BlockKind.PARAGRAPH, LINE),), "Wells", {"deep": 1.5})
BLOCK = FINE.blocks[0]


def test_every_type_with_a_reader_has_a_row_and_a_file(tmp_path: Path) -> None:
    kinds = [kind for of_row in rows().values() for kind in of_row]
    assert sorted(kinds) == sorted({*_READERS, *_HOLDERS, "txt"})
    assert seeds(tmp_path, Path(__file__).parents[4] / "sample_corpus").keys() == rows().keys()


def test_a_mutation_is_reproduced_by_its_number(tmp_path: Path) -> None:
    files = seeds(tmp_path, Path(__file__).parents[4] / "sample_corpus")
    for row in ("xlsx", "tar", "eml", "other code"):
        made = [cases(row, files[row], "1")(number) for number in (3, 4, 3)]
        assert made[0] == made[2] != made[1]
        assert cases(row, files[row], "2")(3) != made[0]
    data = files["docx"][0][1]
    assert len({mutated(data, [data], Random(number)) for number in range(20)} - {data}) > 15


@pytest.mark.parametrize(
    "found",
    [
        replace(FINE, text="A \0well"),
        replace(FINE, text="A \ud800well"),
        replace(FINE, title="x" * 201),
        replace(FINE, metadata={"deep": float("nan")}),
        replace(FINE, metadata={"\ud800": 1}),
        replace(FINE, blocks=(BLOCK, BLOCK)),
        replace(FINE, blocks=(replace(BLOCK, stop=8),)),
        replace(FINE, blocks=(replace(BLOCK, level=1),)),
        replace(FINE, blocks=(replace(BLOCK, anchor=Anchor(AnchorKind.ROW, 0, 1)),)),
        replace(FINE, blocks=(replace(BLOCK, anchor=Anchor(AnchorKind.ROW, 3, 2)),)),
        replace(FINE, members=(Member("../a", "txt", FINE),)),
        replace(FINE, members=(Member("a", "txt", FINE), Member("a", "txt", FINE))),
        replace(FINE, members=(Member("a", "txt", None, ""),)),
        replace(FINE, members=(Member("a", "txt", None, "broken: KeyError: 'x'"),)),
        SourceUnreadable("broken md file: IndexError: list index out of range"),
        SourceUnreadable("two\nlines"),
        SourceUnreadable("reading it takes longer than 10 s"),
        SourceUnreadable("reading it takes more than 400 MB of memory"),
        SourceUnreadable("its reader crashed (SIGSEGV)"),
        RuntimeError("a thread of ours"),
    ],
)
def test_forbidden_results_are_findings(found: Parsed | Exception) -> None:
    assert judged(Path("a.md"), b"x", found).kind == "finding"


def test_allowed_results_are_not_findings() -> None:
    assert judged(Path("a.md"), b"x", FINE).kind == "read"
    assert judged(Path("a.md"), b"x", FINE, "noise").kind == "finding"
    assert judged(Path("a.md"), b"x", FINE, ms=500).kind == "finding"
    assert judged(Path("a.md"), b"x" * 100_000, FINE, ms=500).kind == "read"
    assert judged(Path("a.pdf"), b"x", FINE, ms=5000).kind == "read"
    whole = replace(FINE, members=(Member("a/b.md", "md", FINE), Member("c", "txt", None, "encrypted")))
    assert judged(Path("a.zip"), b"x", whole).kind == "read"
    assert judged(Path("a.docx"), b"x", SourceUnreadable("broken docx file: file is not a zip file")).kind == "refused"
    assert judged(Path("a.pdf"), b"x", SourceUnreadable("its reader crashed (SIGSEGV)")).kind == "lost"


def test_the_product_reads_for_the_fuzzer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "")
    monkeypatch.setenv("FUZZ_NOTES", "")
    with closing(Fuzzer(1, tmp_path)) as fuzzer:
        made = {0: b"# Wells\n", 1: bytes(range(256))}
        found = list(fuzzer.run(lambda number: Case(number, Path(f"{number}.md"), made[number]), iter(made)))
        assert [case.verdict.kind for case in found] == ["read", "refused"]
        assert found[0].note["memory"] >= 0
        assert found[0].note["ms"] > 0
    assert list(tmp_path.iterdir()) == []
