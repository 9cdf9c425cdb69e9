"""Plug-in readers: found by their entry points, kept within limits, reported when they fail."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.formats.make_archives import zipped

Indexed: TypeAlias = Callable[..., dict[str, Any]]
ROOT = Path(__file__).parents[4]
CALENDAR = (
    "BEGIN:VCALENDAR\n"
    "BEGIN:VEVENT\nSUMMARY:Pump inspection\nLOCATION:Well house\nDESCRIPTION:Bring the long ladder\nEND:VEVENT\n"
    "BEGIN:VEVENT\nSUMMARY:Kiln firing\nDTSTART:20260412\nEND:VEVENT\n"
    "END:VCALENDAR\n"
)


def documented() -> str:
    """Return the reader in docs/library.md."""
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(# semsearch_ics\.py\n.*?)```", page, re.DOTALL)
    return str(code)


def install(packages: Path, code: str, points: str = "ics = semsearch_ics:read", version: str = "1.0") -> None:
    """Install a package of one module, as pip would."""
    (packages / "semsearch_ics.py").write_text(textwrap.dedent(code), encoding="utf-8")
    for old in packages.glob("semsearch_ics-*"):
        for file in old.iterdir():
            file.unlink()
        old.rmdir()
    info = packages / f"semsearch_ics-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: semsearch-ics\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[semsearch.readers]\n{points}\n")


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    folder = tmp_path / "packages"
    folder.mkdir()
    return folder


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.ics").write_text(CALENDAR)
    (folder / "b.md").write_text("# Pump\n\nThe pump is serviced in May.\n")
    return folder


@pytest.fixture
def indexed(tmp_path: Path, packages: Path, docs: Path) -> Indexed:
    def run(*queries: str, index: str = "index") -> dict[str, Any]:
        path = os.pathsep.join([str(ROOT), str(packages)])
        command = [sys.executable, "-m", "tests.unit.corpus.indexing_process", str(tmp_path / index), str(docs)]
        done = subprocess.run(
            [*command, *queries], env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, cwd=ROOT
        )
        assert done.returncode == 0, done.stderr
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    return run


def test_the_reader_of_the_documentation_reads_calendars(packages: Path, docs: Path, indexed: Indexed) -> None:
    install(packages, documented(), "ics.ical = semsearch_ics:read")
    (docs / "c.ical").write_text("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Buy a spare pump\nEND:VEVENT\n")
    told = indexed("ladder")
    types = {name: kind for name, (kind, *_) in told["documents"].items()}
    assert types == {"a.ics": "ics", "b.md": "md", "c.ical": "ics"}
    best = told["hits"]["ladder"][0]
    assert best["text"].startswith("Pump inspection\n\nWell house\n\nBring the long ladder")
    assert best["anchor"] == {"kind": "paragraph", "start": 1, "stop": 2}
    assert told["documents"]["a.ics"][2] == {"events": 2}
    assert sorted(told["of_type"]) == ["a.ics", "c.ical"]
    assert indexed()["unchanged"] == 3


def test_files_are_read_again_when_a_reader_appears_changes_and_goes(
    packages: Path, docs: Path, indexed: Indexed
) -> None:
    (docs / "d.ics.gz").write_bytes(gzip.compress(CALENDAR.encode()))
    (docs / "e.zip").write_bytes(zipped({"deep/f.ics": CALENDAR.encode(), "g.txt": b"A pump without a date."}))
    (docs / "h.ics").write_bytes(bytes(range(256)) * 8)
    plain = indexed()
    assert plain["documents"]["e.zip!/deep/f.ics"][1] == ""
    assert plain["skipped"] == {"h.ics": "binary"}
    titled = "import semsearch\ndef read(data):\n    return semsearch.Parsed('words of a calendar', (), title={!r})\n"
    install(packages, titled.format("First"))
    first = indexed()
    titles = {name: title for name, (_, title, _) in first["documents"].items()}
    assert titles == {
        **{name: "First" for name in ("a.ics", "d.ics.gz", "e.zip!/deep/f.ics", "h.ics")},
        **{"b.md": "Pump", "e.zip": titles["e.zip"], "e.zip!/g.txt": ""},
    }
    assert indexed()["unchanged"] == first["added"] + first["changed"] + first["unchanged"] == 7
    install(packages, titled.format("Second"), version="1.1")
    second = indexed()
    assert second["documents"]["e.zip!/deep/f.ics"][1] == second["documents"]["a.ics"][1] == "Second"
    (packages / "semsearch_ics-1.1.dist-info" / "entry_points.txt").unlink()
    gone = indexed()
    assert gone["documents"]["a.ics"][1] == gone["documents"]["e.zip!/deep/f.ics"][1] == ""
    assert gone["skipped"] == {"h.ics": "binary"}


FAULTS = {
    "raise ValueError('no\\n colon')": "semsearch-ics 1.0 cannot read it: ValueError: no colon",
    "raise semsearch.SourceUnreadable('locked')": "locked (semsearch-ics 1.0)",
    "raise SystemExit(3)": "semsearch-ics 1.0 cannot read it: SystemExit: 3",
    "return 'words'": "semsearch-ics 1.0 returned no semsearch.Parsed: str",
    "return semsearch.Parsed(7, ())": "semsearch-ics 1.0 returned a broken document: expected text, not int",
    "return semsearch.Parsed('a', (semsearch.Block(0, 9, semsearch.BlockKind.CODE, semsearch.Anchor()),))": (
        "semsearch-ics 1.0 returned a broken document: a block at 0 to 9, after 0 of 1 characters"
    ),
    "return semsearch.Parsed('a', (), metadata={'k': {'b': 1}})": (
        "semsearch-ics 1.0 returned a broken document: a value of k is neither text nor a number"
    ),
    "import os; os._exit(4)": "its reader ended with status 4 (semsearch-ics 1.0)",
    "while True: pass": "reading it takes longer than 3 s (semsearch-ics 1.0)",
    "return 'x' * 10**13": "semsearch-ics 1.0",
}


def test_an_error_in_a_plug_in_costs_one_file_and_names_the_package(
    packages: Path, docs: Path, indexed: Indexed
) -> None:
    (docs / "a.ics").unlink()
    code = ["import semsearch", "def read(data):", "    fault = int(data)"]
    for number, (fault, _) in enumerate(FAULTS.items()):
        code += [f"    if fault == {number}:", f"        {fault}"]
        (docs / f"{number}.ics").write_text(str(number))
    install(packages, "\n".join(code) + "\n")
    told = indexed("pump")
    assert list(told["documents"]) == ["b.md"]
    for number, wanted in enumerate(FAULTS.values()):
        said = told["skipped"][f"{number}.ics"]
        assert wanted in said if number == len(FAULTS) - 1 else said == wanted
        assert told["why_not"][f"{number}.ics"].endswith(said)


def test_a_broken_plug_in_package_loses_nothing_and_is_tried_again(
    packages: Path, docs: Path, indexed: Indexed
) -> None:
    install(packages, documented())
    before = indexed()
    install(packages, "import a_module_that_is_not_here\n", version="1.1")
    (docs / "new.ics").write_text(CALENDAR)
    broken = indexed("ladder")
    reason = "semsearch-ics 1.1 cannot be loaded: ModuleNotFoundError: No module named 'a_module_that_is_not_here'"
    assert broken["skipped"] == {"a.ics": reason, "new.ics": reason}
    assert broken["documents"] == before["documents"]
    assert broken["hits"]["ladder"]
    (packages / "a_module_that_is_not_here.py").write_text("def read(data): ...\n")
    install(packages, documented(), version="1.1")
    again = indexed()
    assert not again["skipped"]
    assert set(again["documents"]) == {"a.ics", "b.md", "new.ics"}


def test_plug_ins_cannot_replace_built_in_readers(packages: Path, indexed: Indexed) -> None:
    install(packages, "def read(data): raise ValueError\n", "md.ics = semsearch_ics:read\nICS = semsearch_ics:read\n")
    told = indexed()
    assert told["documents"]["b.md"][0] == "md"
    assert told["documents"]["a.ics"][0] == "ics"
    assert not told["skipped"]
    assert told["remarks"] == [
        ["semsearch-ics 1.0", "a reader of a package is not used, 'ICS' is not a file suffix in lower case"],
        ["semsearch-ics 1.0", "a reader of a package is not used, semsearch reads .md files itself"],
    ]


def test_the_result_of_a_plug_in_is_kept_within_the_limits(packages: Path, indexed: Indexed) -> None:
    code = """
        from semsearch import Member, Parsed
        def read(data):
            event = Parsed("one event of the pump", (), title="Event", metadata={"when": ("May", 2026)})
            return Parsed("pump " * 50_000, (), members=tuple(Member("e", "event", event) for _ in range(50)))
    """
    install(packages, code)
    told = indexed()
    names = [name for name in told["documents"] if name.startswith("a.ics!/")]
    assert len(names) == 20
    assert told["documents"][names[0]] == ["event", "Event", {"when": ["May", 2026]}]
    assert told["skipped"] == {"e (21)": "more than 20 files inside: this and 29 more are left out"}
    assert told["remarks"][0][1] == "text beyond 50,000 characters left out"


def test_a_query_does_not_look_for_plug_ins(packages: Path, indexed: Indexed, tmp_path: Path) -> None:
    install(packages, documented())
    indexed()
    code = (
        "import sys; from semsearch import Index; from tests.contract.hashing_encoder import HashingEncoder\n"
        f"assert Index.open({str(tmp_path / 'index')!r}, encoder=HashingEncoder()).search('ladder').hits\n"
        "print(*{'importlib.metadata', 'semsearch.corpus.parse.plug_ins', 'semsearch_ics'} & set(sys.modules))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(packages)])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, cwd=ROOT)
    assert (done.stdout.strip(), done.returncode) == ("", 0), done.stderr
