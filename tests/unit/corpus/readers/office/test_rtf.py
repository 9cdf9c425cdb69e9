"""RTF written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed

FONTS = rb"{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial Cyr;}{\f2\fcharset128 Mincho;}}"
HEAD = rb"{\rtf1\ansi\ansicpg1252\deff0" + FONTS


def read(body: bytes) -> Parsed:
    return read_bytes(Path("a.rtf"), HEAD + body + b"}", Settings())


def blocks(parsed: Parsed) -> list[tuple[BlockKind, int, str]]:
    return [(b.kind, b.level, parsed.text[b.start : b.stop]) for b in parsed.blocks]


def test_structure_and_information() -> None:
    parsed = read(
        rb"{\stylesheet{\s0 Normal;}{\s1\sbasedon0 heading 1;}{\s2\sbasedon1 House;}{\s9 toc 1;}}"
        rb"{\info{\title Well report}{\author Ida}{\keywords water; pumps}{\creatim\yr2024\mo3\dy5\hr9}{\*\company X}}"
        rb"{\pard\s9 Wells ...... 3\par}\pard\s1 Wells\par\pard\plain The \b well\b0  is deep.\par"
        rb"{\pard\outlinelevel1 Pumps\par}{\listtext\tab}\pard\ls1 one\par two\par\pard\s2 Valves\par"
    )
    assert blocks(parsed) == [
        (BlockKind.HEADING, 1, "Wells"),
        (BlockKind.PARAGRAPH, 0, "The well is deep."),
        (BlockKind.HEADING, 2, "Pumps"),
        (BlockKind.LIST, 0, "- one"),
        (BlockKind.LIST, 0, "- two"),
        (BlockKind.HEADING, 1, "Valves"),
    ]
    assert [str(b.anchor) for b in parsed.blocks] == ["¶1", "¶2", "¶3", "¶4", "¶5", "¶6"]
    assert parsed.title == "Well report"
    assert parsed.metadata == {"author": "Ida", "date": "2024-03-05", "tags": "water, pumps"}


def test_characters_in_every_notation() -> None:
    words = (
        rb"Gr\'f6\'dfe {\f1 \'cc\'e8\'f0} {\f2 \'93\'fa\'96\'7b} \u8364?uro {\uc2 \u960 ##pi} \u-10179?\u-8704? "
        rb"a\~b\_c\-d \emdash \ldblquote q\rdblquote  \{x\} \\"
    )
    assert read(words).text == "Größe Мир 日本 €uro πpi 😀 a b-cd —“q” {x} \\"


def test_line_breaks_and_groups_without_text() -> None:
    body = (
        rb"one\line two{\*\unknown gone}{\pict 0a0b0c}{\v hidden}{\deleted gone}"
        rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}"
        b"{\\object{\\*\\objdata 00ff}{\\result shown}}\\bin5 }}}}}\r\n end"
    )
    assert read(body).text == "one\ntwolinkshown end"


def test_tables_are_rows() -> None:
    row = rb"\trowd\cellx1\cellx2\pard\intbl %s\cell %s\cell\row"
    parsed = read(rb"before\par" + row % (b"Red", b"Green") + row % (b"1", rb"2\par and 3") + rb"\pard after\par")
    assert blocks(parsed) == [
        (BlockKind.PARAGRAPH, 0, "before"),
        (BlockKind.TABLE, 0, "Red | Green\n1 | 2 and 3"),
        (BlockKind.PARAGRAPH, 0, "after"),
    ]


def test_notes_comments_and_headers() -> None:
    parsed = read(
        rb"{\header Acme Ltd\par}{\footer \chpgn 3\par}{\headerf Acme Ltd\par}"
        rb"Text{\footnote \pard A note.}{\*\atnid 1}{\*\atnauthor Ida}{\*\annotation Sure?} on.\par Next\par"
    )
    assert [text for _, _, text in blocks(parsed)] == [
        "Text on.",
        "[1] A note.",
        "[Ida: Sure?]",
        "Next",
        "",
        "Acme Ltd",
    ]


def test_unicode_takes_precedence_over_its_replacement() -> None:
    assert read(rb"{\upr{ab?c}{\*\ud{ab\u8364?c}}}").text == "ab€c"


def test_text_in_shapes() -> None:
    assert read(rb"a {\shp{\*\shpinst{\sp{\sn x}{\sv y}}{\shptxt box}}}").text == "a box"


def test_broken_files() -> None:
    assert read_bytes(Path("a.rtf"), HEAD + rb"cut \b o", Settings()).text == "cut o"
    assert read(b"}}}} after \\").text == "after }"
    assert read(b"{" * 50_000 + b"deep").text == "deep"
    assert read(rb"\u99999999999? \uc-5 \bin-9 \'zz x").text.endswith("x")
    with pytest.raises(SourceUnreadable, match=r"^empty$"):
        read(rb"\par\par")
    with pytest.raises(SourceUnreadable, match=r"^broken rtf file: it does not start as RTF does$"):
        read_bytes(Path("a.rtf"), b"\0\1\2" * 100, Settings())


def test_time_grows_linearly_with_length() -> None:
    parsed = read(rb"\pard word\par{\footnote n}" * 20_000)
    assert len(parsed.blocks) == 40_000


def test_an_unknown_code_page_is_read_as_western() -> None:
    parsed = read_bytes(Path("a.rtf"), rb"{\rtf1\ansi\ansicpg99999 caf\'e9}", Settings())
    assert parsed.text == "café"
