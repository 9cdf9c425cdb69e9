"""PDFs written by hand, so that the position of every line is known."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats.make_files import column, pdf

BODY = [
    "The pump in the cellar runs at night and",
    "stops when the tank is warm enough for",
    "the morning of the next day.",
]


def read(data: bytes) -> Parsed:
    return read_bytes(Path("a.pdf"), data, Settings())


def texts(parsed: Parsed) -> list[str]:
    return [parsed.text[block.start : block.stop] for block in parsed.blocks]


def test_pages_are_anchors_and_larger_lines_are_headings() -> None:
    first = [*column("Heating", top=800, size=20), *column(*BODY, top=760), *column("Costs", top=700, size=14)]
    second = [*column("Summer", top=800, size=14), *column(*BODY, top=760)]
    parsed = read(
        pdf([[*first, *column(*BODY, top=670)], second], info="/Author (Ida) /CreationDate (D:20240305120000Z)")
    )

    headings = [b for b in parsed.blocks if b.kind is BlockKind.HEADING]
    assert [(b.label, b.level, str(b.anchor)) for b in headings] == [
        ("Heating", 1, "p.1"),
        ("Costs", 2, "p.1"),
        ("Summer", 2, "p.2"),
    ]
    assert texts(parsed)[1] == "\n".join(BODY)
    assert parsed.title == "Heating"
    assert parsed.metadata == {"pages": 2, "author": "Ida", "date": "2024-03-05", "text_quality": 1.0}
    assert parsed.remark == ""


def test_a_gap_starts_a_paragraph_and_so_does_an_indent() -> None:
    lines = [*column(*BODY, top=800), *column(*BODY, top=740)]
    indented = [
        *column("A sentence that ends here, in one line.", top=680),
        *column("Another begins.", top=668, left=90),
    ]
    parsed = read(pdf([[*lines, *column("x" * 30, "y" * 30, top=500), *indented]]))
    assert texts(parsed)[:2] == ["\n".join(BODY)] * 2
    assert texts(parsed)[-1] == "Another begins."


def test_a_raised_figure_stays_on_its_line() -> None:
    lines = [(70, 700, 10, "The area is 20 m"), (143, 703, 7, "2"), (150, 700, 10, "or a little more.")]
    assert texts(read(pdf([lines]))) == ["The area is 20 m2 or a little more."]


def test_words_hyphenated_at_a_line_end_are_joined_and_compounds_keep_their_hyphen() -> None:
    lines = ["We saw the automa-", "tic door and a well-", "known sign, which is well-known here."]
    text = " ".join(read(pdf([column(*lines)])).text.split())
    assert "automatic door" in text
    assert text.count("well-known") == 2


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Untitled document", ""),
        ("Microsoft Word - a.doc", ""),
        ("report-7_final", ""),
        ("Wells and pumps", "Wells and pumps"),
    ],
)
def test_default_titles_are_ignored(title: str, expected: str) -> None:
    assert read(pdf([column(*BODY)], info=f"/Title ({title})")).title == expected


def test_unreadable_files_have_a_reason() -> None:
    good = pdf([column(*BODY)])
    cases = {
        "no text: scanned?": pdf([[]]),
        "broken PDF": b"%PDF-1.4\nnothing more",
        "empty": b"",
    }
    for reason, data in cases.items():
        with pytest.raises(SourceUnreadable, match=f"^{reason.replace('?', '[?]')}"):
            read(data)
    lost = re.sub(rb"startxref\n\d+", b"startxref\n7", good)
    assert "pump" in read(lost).text  # PDFium builds the table of its objects again


def test_an_encrypted_pdf_is_reported() -> None:
    lock = "/Filter /Standard /V 1 /R 2 /P -4 /O <" + "11" * 32 + "> /U <" + "22" * 32 + ">"
    data = pdf([column(*BODY)]).replace(b"/Root 1 0 R", f"/Root 1 0 R /ID [<00><00>] /Encrypt << {lock} >>".encode())
    with pytest.raises(SourceUnreadable, match=r"^encrypted"):
        read(data)


def test_a_pdf_without_its_suffix_is_still_one() -> None:
    assert "pump" in read_bytes(Path("scan"), pdf([column(*BODY)]), Settings()).text
