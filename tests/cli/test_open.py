"""`semsearch open N`: where the last query's hits are kept, and with what they are opened."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from semsearch.cli.commands.open.editors import editor_command, split_member, viewer_command
from semsearch.errors import SemsearchError
from tests.cli.daemons import daemon_of

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace


def editor(place: Workplace) -> tuple[str, Path]:
    """Return a command that writes down what it was called with."""
    script, told = place.root / "my editor.py", place.root / "told.json"
    script.write_text(f"import json, pathlib, sys\npathlib.Path({str(told)!r}).write_text(json.dumps(sys.argv[1:]))\n")
    return f"{sys.executable} '{script}'", told


@pytest.fixture(scope="module")
def asked(shared: Workplace) -> Workplace:
    """The shared index; every test asks it something first."""
    return shared


def test_the_editor_gets_the_file(asked: Workplace) -> None:
    hits = asked.call("query", "restore after a disk failure", "--json").json()["hits"]
    command, told = editor(asked)
    done = asked.run("open", "1", EDITOR=command, VISUAL=None)
    assert (done.code, done.out, done.err) == (0, "", "")
    assert json.loads(told.read_text()) == [hits[0]["path"]]  # no editor that we know, so no line
    printed = asked.call("open", "1", "--print")
    assert printed.out == f"{hits[0]['path']}:{hits[0]['line_start']}\n"


def test_visual_counts_first(asked: Workplace) -> None:
    asked.call("query", "bake", "--no-floor")
    command, told = editor(asked)
    told.unlink(missing_ok=True)
    assert asked.run("open", "1", VISUAL=command, EDITOR="/nowhere/editor").code == 0
    assert told.exists()


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("vim", ["vim", "+7", "/a b.txt"]),
        ("/usr/bin/nvim -R", ["/usr/bin/nvim", "-R", "+7", "/a b.txt"]),
        ("nano", ["nano", "+7", "/a b.txt"]),
        ("emacs -nw", ["emacs", "-nw", "+7", "/a b.txt"]),
        ("kak", ["kak", "+7", "/a b.txt"]),
        ("code --wait", ["code", "--wait", "--goto", "/a b.txt:7"]),
        ("subl -w", ["subl", "-w", "/a b.txt:7"]),
        ("hx", ["hx", "/a b.txt:7"]),
        ("kate", ["kate", "--line", "7", "/a b.txt"]),
        ("'/opt/My Editor/ed it' -x", ["/opt/My Editor/ed it", "-x", "/a b.txt"]),
    ],
)
def test_how_editors_are_told_a_line(name: str, wanted: list[str]) -> None:
    assert editor_command(name, "/a b.txt", 7) == wanted


def test_a_name_with_braces_is_only_a_name() -> None:
    assert editor_command("vim", "/{line}/{file}.txt", 7) == ["vim", "+7", "/{line}/{file}.txt"]
    with pytest.raises(SemsearchError, match="cannot be understood"):
        editor_command("'vim", "/a", 1)


def test_how_viewers_are_told_a_page() -> None:
    def find(name: str) -> str | None:
        return f"/bin/{name}" if name != "okular" else None

    assert viewer_command("org.gnome.Evince.desktop", "/a.pdf", 4, find) == ["/bin/evince", "--page-index=4", "/a.pdf"]
    assert viewer_command("firefox.desktop", "/a b.pdf", 4, find) == ["/bin/firefox", "file:///a%20b.pdf#page=4"]
    assert viewer_command("org.kde.okular.desktop", "/a.pdf", 4, find) is None
    assert viewer_command("", "/a.pdf", 4, find) is None


def test_a_member_of_an_archive(tmp_path: Path) -> None:
    archive = tmp_path / "a!" / "b.zip"
    archive.parent.mkdir()
    archive.touch()
    assert split_member(f"{archive}!/c/d.md") == (str(archive), "c/d.md")
    assert split_member(f"{archive}!/x.zip!/d.md") == (str(archive), "x.zip!/d.md")
    assert split_member(str(archive)) == (str(archive), "")
    assert split_member("t-17") == ("t-17", "")


def test_what_is_wrong_is_told(workplace: Workplace) -> None:
    none = workplace.call("open", "1")
    assert none.code == 2
    assert "there is no last query" in none.err
    workplace.run("index", ".")
    hits = workplace.call("query", "bake the dough", "--json", "--no-floor", "-k", "2").json()["hits"]
    beyond = workplace.call("open", "3")
    assert beyond.code == 2
    assert "there is no hit 3" in beyond.err
    assert workplace.call("open", "0").code == 2
    no_editor = workplace.call("open", "1", EDITOR=None, VISUAL=None)
    assert no_editor.code == 2
    assert "$VISUAL or $EDITOR" in no_editor.err
    broken = workplace.run("open", "1", EDITOR="/nowhere/editor", VISUAL=None)
    assert broken.code == 2
    assert "/nowhere/editor cannot be run" in broken.err
    failing = workplace.run("open", "1", EDITOR="false", VISUAL=None)
    assert failing.code == 2
    Path(hits[0]["path"]).unlink()
    gone = workplace.call("open", "1", EDITOR="true", VISUAL=None)
    assert gone.code == 2
    assert "is not there any more" in gone.err
    workplace.call("query", "xylophone quarks", "--mode", "lexical")
    nothing = workplace.call("open", "1")
    assert nothing.code == 2
    assert "found nothing" in nothing.err
    (workplace.root / "data" / "last-query.json").write_text("{")
    assert "there is no last query" in workplace.call("open", "1").err


def test_an_added_document_is_no_file(workplace: Workplace) -> None:
    workplace.run("add", "-", stdin='{"id": "t-17", "text": "The printer is jammed again."}')
    workplace.call("query", "printer", "--no-floor")
    done = workplace.call("open", "1", EDITOR="true")
    assert done.code == 2
    assert "added document 't-17'" in done.err


def test_another_index_is_never_opened_silently(workplace: Workplace) -> None:
    workplace.run("index", "recipes", "-i", "work")
    workplace.run("index", "backup.md")
    workplace.call("query", "bake", "-i", "work", "--no-floor")
    said = workplace.call("open", "1", "--print")
    assert said.code == 0
    assert "was asked of" in said.err
    assert workplace.call("open", "1", "--print", "-i", "work").err == ""
    workplace.call("query", "copies", "--no-floor")
    for done in (
        workplace.call("open", "1", "--print", "-i", "work"),
        workplace.call("open", "1", "--print", SEMSEARCH_INDEX="work"),
    ):
        assert (done.code, done.out) == (2, "")
        assert "not of" in done.err


def test_the_file_is_the_users_alone_and_small(asked: Workplace) -> None:
    asked.call("query", "bake", "--no-floor")
    file = asked.root / "data" / "last-query.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert file.stat().st_size < 100_000
    assert [path for path in file.parent.iterdir() if path.name.endswith(".tmp")] == []
    assert "text" not in json.loads(file.read_text())["hits"][0]


def test_a_query_that_the_daemon_answers_is_remembered_too(asked: Workplace) -> None:
    with daemon_of(asked):
        first = asked.run("query", "carrots", "--json", "--no-floor").json()["hits"][0]["path"]
        assert asked.run("open", "1", "--print").out.startswith(first)
        second = asked.run("query", "bake the dough", "--json", "--no-floor").json()["hits"][0]["path"]
        assert asked.run("open", "1", "--print").out.startswith(second)
        assert first != second
