"""Files for extras: a one-line hint if missing, indexed once installed, kept when removed."""

from __future__ import annotations

import os
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from semsearch import Index
from semsearch.corpus.readers import extras
from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.indexing.control.indexing_run import IndexingRun, RunOptions
from semsearch.indexing.run import index_sources
from semsearch.types.reports import Summary
from tests.contract.hashing_encoder import HashingEncoder
from tests.formats.make_archives import zipped
from tests.formats.office_files import xls
from tests.unit.indexing.plain_parser import LIBRARIES, Hidden

SHEETS = 'a binary spreadsheet: pip install "semsearch[office]" makes it searchable'
MESSAGES = 'an Outlook message: pip install "semsearch[office]" makes it searchable'
RUBY = "class Heron\n  def wade\n    42\n  end\nend\n"
PLAIN = "tests.unit.indexing.plain_parser"


@contextmanager
def plain(index: Index) -> Iterator[Callable[[Path], Summary]]:
    """Hide the extras, here and in parser processes; yield a function that indexes a folder."""

    def indexed(folder: Path) -> Summary:
        with index._opened.writer() as writer:
            options = RunOptions(index.settings, parsers=1, parser_module=PLAIN)
            made = IndexingRun(writer, index._opened.encoder, options)
            return index_sources(made, [folder])

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in sys.modules if name in LIBRARIES]:
            patch.delitem(sys.modules, name)
        patch.setattr(sys, "meta_path", [Hidden(), *sys.meta_path])
        yield indexed


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.create(tmp_path / "index", encoder=HashingEncoder())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "note.md").write_text("# Note\n\nThe orchard bridge.\n")
    return folder


def book(word: str) -> bytes:
    return xls({"Birds": [["bird", "count"], [word, 3.0]]})


def reasons(summary: Summary) -> dict[str, str]:
    return {os.path.basename(s.path): s.reason for s in summary.skipped}  # noqa: PTH119 - `a.zip!/b` is no path


def found(index: Index, words: str) -> list[str]:
    return [os.path.basename(hit.path) for hit in index.search(words, floor=False).hits]  # noqa: PTH119


def test_a_spreadsheet_is_indexed_once_the_extra_is_installed(index: Index, folder: Path) -> None:
    (folder / "birds.xls").write_bytes(book("heron"))
    (folder / "named.doc").write_bytes(book("stork"))
    with plain(index) as run:
        assert reasons(run(folder)) == {"birds.xls": SHEETS, "named.doc": SHEETS}
    summary = index.index([folder])
    assert (summary.added, summary.skipped) == (2, ())
    assert found(index, "heron")[0] == "birds.xls"


def test_a_message_names_the_extra(index: Index, folder: Path) -> None:
    (folder / "letter.msg").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000))
    with plain(index) as run:
        assert reasons(run(folder)) == {"letter.msg": MESSAGES}


def test_documents_stay_when_their_extra_is_gone(index: Index, folder: Path) -> None:
    (folder / "birds.xls").write_bytes(book("heron"))
    (folder / "old.zip").write_bytes(zipped({"inner.xls": book("stork"), "note.txt": b"The old mill."}))
    index.index([folder])
    with plain(index) as run:
        assert run(folder).removed == 0
        (folder / "birds.xls").write_bytes(book("heron or crane"))
        (folder / "old.zip").write_bytes(zipped({"inner.xls": book("stork"), "note.txt": b"The new mill."}))
        summary = run(folder)
        assert (summary.removed, reasons(summary)) == (0, {"birds.xls": SHEETS, "inner.xls": SHEETS})
        assert found(index, "heron")[0] == "birds.xls"
        assert found(index, "stork")[0] == "inner.xls"
    summary = index.index([folder])
    assert (summary.removed, summary.skipped) == (0, ())
    assert found(index, "crane")[0] == "birds.xls"


def test_code_is_read_by_lines_until_its_grammar_is_installed(index: Index, folder: Path) -> None:
    (folder / "heron.rb").write_text(RUBY)
    with plain(index) as run:
        told = run(folder).remarks
        assert [(Path(one.path).name, one.text) for one in told] == [("heron.rb", extras.LINE_BY_LINE)]
    time.sleep(2.1)  # files as young as these are hashed again
    again = index.index([folder])
    assert (again.changed, again.remarks) == (1, ())
    with plain(index) as run:
        gone = run(folder)
        assert (gone.changed, gone.removed, gone.remarks) == (0, 0, ())


def test_ten_grammars_come_with_a_plain_install_and_the_others_with_the_extra() -> None:
    project = tomllib.loads((Path(__file__).parents[4] / "pyproject.toml").read_text())["project"]
    named = {grammar.package.replace("_", "-") for grammar in GRAMMARS.values()}
    plain, code = (
        {one.partition(">=")[0] for one in listed if one.startswith("tree-sitter-")}
        for listed in (project["dependencies"], project["optional-dependencies"]["code"])
    )
    assert len(plain) == 10
    assert plain | code == named
    assert not plain & code
