"""Files inside files as a user meets them: indexed, shown, listed, searched in, explained, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.conftest import BREAD, SOUP
from tests.formats.make_archives import zipped

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

PUMPKIN = "Peel the pumpkin, roast it, and only then put it into the pot.\n"


def put(workplace: Workplace) -> None:
    files = {"notes/pumpkin.md": f"# Pumpkin\n\n{PUMPKIN}", "notes/bread.txt": f"{BREAD}!\n", "data.bin": bytes(300)}
    (workplace.corpus / "archive.zip").write_bytes(zipped(files))


def test_a_hit_inside_an_archive(workplace: Workplace) -> None:
    put(workplace)
    done = workplace.run("index", ".")
    assert done.code == 0
    assert "8 new" in done.err
    assert "skipped 1 file, binary: archive.zip!/data.bin" in done.err
    shown = workplace.run("query", "roast a pumpkin").out
    assert "archive.zip!/notes/pumpkin.md:1" in shown.splitlines()[0]
    assert "Peel the pumpkin" in shown
    assert workplace.run("query", "pumpkin", "-l").out.splitlines()[0] == "archive.zip!/notes/pumpkin.md"
    hit = workplace.run("query", "pumpkin", "--json").json()["hits"][0]
    assert hit["path"] == str(workplace.corpus / "archive.zip!/notes/pumpkin.md")
    assert (hit["line_start"], hit["metadata"]["type"]) == (1, "md")
    assert "pot" in workplace.run("query", "pumpkin", "-C", "2").out


def test_searching_inside_one_archive(workplace: Workplace) -> None:
    put(workplace)
    workplace.run("index", ".")
    found = workplace.run("query", "knead the dough", "--in", "archive.zip", "-l", "--no-floor").out.splitlines()
    assert found == ["archive.zip!/notes/bread.txt", "archive.zip!/notes/pumpkin.md", "archive.zip"]
    found = workplace.run("query", SOUP, "--in", "archive.zip!/notes/pumpkin.md", "-l", "--no-floor").out.splitlines()
    assert found == ["archive.zip!/notes/pumpkin.md"]
    listed = workplace.run("list", "--json").json()
    names = {d["path"].removeprefix(f"{workplace.corpus}/") for d in listed}
    assert {"archive.zip", "archive.zip!/notes/bread.txt", "archive.zip!/notes/pumpkin.md"} <= names
    assert "archive.zip!/notes/pumpkin.md" in workplace.run("list").out


def test_why_not_status_and_remove(workplace: Workplace) -> None:
    put(workplace)
    workplace.run("index", ".")
    assert "binary" in workplace.run("why-not", "pumpkin", "archive.zip!/data.bin").out
    assert "archive.zip" in workplace.run("why-not", "pumpkin", "archive.zip!/no.md").out
    assert workplace.run("status", "--json").json()["documents"] == 8
    assert workplace.run("remove", "archive.zip").code == 0
    assert workplace.run("status", "--json").json()["documents"] == 5


def test_limits_are_options_and_settings(workplace: Workplace) -> None:
    put(workplace)
    done = workplace.run("index", ".", "--max-members", "1")
    assert "more than 1 files inside: this and 1 more are left out: archive.zip!/notes/bread.txt" in done.err
    assert "left out: archive.zip!/notes/bread.txt" in workplace.run("index").err
    told = workplace.run("why-not", "pumpkin", "archive.zip!/data.bin")
    assert "it may be among what was left out" in told.out
    assert "more than 1 files inside" in told.out
    done = workplace.run("index", "--max-members", "100")
    assert "1 new" in done.err
    assert "left out" not in done.err
    assert workplace.run("index", "--max-expanded", "1k", "--max-nesting", "2").code == 0


def test_what_is_to_be_said_of_a_file_that_was_read(workplace: Workplace) -> None:
    head = "From: Ada <ada@example.org>\nSubject: The secret\nContent-Type: multipart/encrypted; boundary=x\n\n"
    (workplace.corpus / "secret.eml").write_text(head + "--x\nContent-Type: application/octet-stream\n\nzzz\n--x--\n")
    done = workplace.run("index", ".")
    assert "note encrypted: only its headers are read: secret.eml" in done.err
    assert "note" not in workplace.run("index").err
    (workplace.corpus / "secret.eml").write_text(head + "--x\nContent-Type: application/octet-stream\n\nyy\n--x--\n")
    told = workplace.run("index", "--json").json()["remarks"]
    assert told == [{"path": str(workplace.corpus / "secret.eml"), "remark": "encrypted: only its headers are read"}]
    assert workplace.run("query", "secret", "-l", "--filter", "remark=encrypted*").out.strip() == "secret.eml"
