"""Names of files: which parts are searchable, and which say nothing."""

from __future__ import annotations

import unicodedata

import pytest

from semsearch.corpus.split.file_names import name_parts, name_span, name_text, place_of
from semsearch.corpus.split.headings import embedded_text
from semsearch.types.documents import AnchorKind

UNTELLING = (
    "1.txt", "0042.md", "3-7_12.csv", "IMG_0001.jpg", "DSC00123.JPG", "scan0007.pdf", "Untitled.ipynb",
    "DJI_0031.mov", "Anhang 2.pdf", "Neues Textdokument.txt",
    "Neues Dokument.docx", "document (3).pdf", "9f86d081884c7d65.json", "d41d8cd98f00b204e9800998ecf8427e",
    "550e8400-e29b-41d4-a716-446655440000.eml", "__init__.py", "x.c", "-.txt", "...",
)  # fmt: skip
TELLING = (
    "Greenhouse.md", "2029-11-03.md", "20291103.txt", "2029-11 minutes.md", "IMG_0001 Aunt Vera.jpg", "RFC2616.txt",
    "scan of the lease.pdf", "温室.md", "한글.txt", "Теплица.txt", "README", ".bashrc", "facade.md",
)  # fmt: skip


@pytest.mark.parametrize("name", UNTELLING)
def test_default_names_say_nothing(name: str) -> None:
    assert name_parts(name) == ()
    assert name_parts(f"Greenhouse/{name}") == ()


@pytest.mark.parametrize("name", TELLING)
def test_a_real_name_is_kept_as_it_is(name: str) -> None:
    assert name_parts(name) == (name,)


def test_the_nearest_folders_that_say_something_count() -> None:
    assert name_parts("a long/way/to the/garden/2/Greenhouse.md") == ("to the", "garden", "Greenhouse.md")
    assert name_parts("garden/IMG_0001/Greenhouse.md") == ("garden", "Greenhouse.md")


def test_an_archive_is_a_folder() -> None:
    assert name_parts("papers/estate.zip!/letters/To Vera.eml") == ("papers", "estate.zip", "letters", "To Vera.eml")
    assert name_parts("estate.zip!/inner.tar!/To Vera.eml") == ("estate.zip", "inner.tar", "To Vera.eml")


def test_a_name_is_composed_safe_and_bounded() -> None:
    apart = unicodedata.normalize("NFD", "Gewächshaus.md")
    assert apart != "Gewächshaus.md"
    assert name_parts(apart) == ("Gewächshaus.md",)
    assert name_parts("two\nlines  here.txt") == ("two lines here.txt",)
    (long,) = name_parts("greenhouse " * 40)
    assert len(long) == 100


@pytest.mark.parametrize(
    ("root", "path", "place"),
    [
        ("/home/vera/notes", "garden/Greenhouse.md", "garden/Greenhouse.md"),
        ("/home/vera/Greenhouse.md", "", "Greenhouse.md"),
        ("C:\\vera\\Greenhouse.md", "", "Greenhouse.md"),
        ("/home/vera/estate.zip", "/letters/To Vera.eml", "estate.zip!/letters/To Vera.eml"),
    ],
)
def test_a_place_is_relative_to_the_indexed_folder(root: str, path: str, place: str) -> None:
    assert place_of(root, path) == place


def test_the_record_of_a_name_has_no_text_and_its_words_are_headings() -> None:
    span = name_span(("garden", "Greenhouse.md"), "Growing under glass", text=True)
    assert span is not None
    assert (span.start, span.stop, span.anchor.kind) == (0, 0, AnchorKind.NAME)
    assert tuple(span.heading) == ("garden", "Greenhouse.md")
    assert str(span.anchor) == ""


def test_a_title_without_a_text_is_a_name() -> None:
    assert name_span((), "Growing under glass", text=True) is None
    assert name_span((), "", text=False) is None
    span = name_span((), "Growing under glass", text=False)
    assert span is not None
    assert embedded_text("Growing under glass", span.heading, "") == "Growing under glass"


@pytest.mark.parametrize(
    ("title", "parts", "text"),
    [
        ("Growing under glass", ("garden", "Greenhouse.md"), "Growing under glass > garden > Greenhouse.md"),
        ("Growing, under glass", ("growing_under-glass.md",), "growing under-glass.md"),
        ("", ("heat_pump.md",), "heat pump.md"),
        ("", ("HeatPumpNotes.md",), "Heat Pump Notes.md (HeatPumpNotes.md)"),
        ("", ("parseHTTPResponse.py",), "parse HTTP Response.py (parseHTTPResponse.py)"),
    ],
)
def test_the_embedded_text_of_a_name(title: str, parts: tuple[str, ...], text: str) -> None:
    assert name_text(title, parts) == text
    assert embedded_text(title, parts, "") == text
