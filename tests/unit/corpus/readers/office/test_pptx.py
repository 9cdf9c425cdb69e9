"""Presentations made of hand-written XML."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.office.slide_order import reading_order
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats.office_files import CORE, packed, parts_of, pptx, relations, shape, tree

TITLE = 'type="title"'
DRAWING = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


def read(data: bytes) -> Parsed:
    return read_bytes(Path("a.pptx"), data, Settings())


def blocks(parsed: Parsed) -> list[tuple[str, str]]:
    return [(str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks]


def texts(*shapes: str, more: dict[str, str] | None = None) -> list[str]:
    """Return the text of one slide below its title."""
    return [text for _, text in blocks(read(pptx([tree(shape("T", holder=TITLE), *shapes)], more)))[1:]]


def test_slides_are_headings_in_presentation_order() -> None:
    first = tree(shape("body of one", holder='idx="1"'), shape("One", holder=TITLE))
    second = tree(shape("Two", holder='type="ctrTitle"'), shape("free text"))
    parsed = read(pptx([first, second], {"docProps/core.xml": CORE.replace("Well report", "")}, order=[2, 1]))
    assert blocks(parsed) == [
        ("slide 1", "Two"),
        ("slide 1", "free text"),
        ("slide 2", "One"),
        ("slide 2", "body of one"),
    ]
    assert [b.level for b in parsed.blocks if b.kind is BlockKind.HEADING] == [1, 1]
    assert parsed.title == "Two"
    assert parsed.metadata["author"] == "Ida"
    assert parsed.metadata["slides"] == 2


def test_a_slide_without_a_title_ends_the_section_before() -> None:
    parsed = read(pptx([tree(shape("One", holder=TITLE)), tree(shape("free"))]))
    assert [(b.kind, parsed.text[b.start : b.stop]) for b in parsed.blocks][1] == (BlockKind.HEADING, "")


def test_lists_are_indented_and_line_breaks_stay() -> None:
    sub = '<a:pPr lvl="1"/><a:r><a:t>below</a:t></a:r>'
    plain = "<a:pPr><a:buNone/></a:pPr><a:r><a:t>no</a:t></a:r><a:br/><a:r><a:t>dot</a:t></a:r>"
    assert texts(shape("first", sub, plain, holder='type="body" idx="1"')) == ["- first\n  - below\nno\ndot"]


def test_shapes_are_read_by_position() -> None:
    assert texts(
        shape("bottom", at=(0, 900, 100, 50)),
        shape("right", at=(500, 100, 100, 300)),
        shape("left", at=(0, 100, 100, 300)),
    ) == ["left", "right", "bottom"]


def test_columns_are_read_one_after_the_other() -> None:
    boxes = {"A": (0, 0, 40, 10), "B": (60, 0, 100, 10), "a": (0, 12, 40, 30), "b": (60, 12, 100, 30)}
    order = reading_order(list(boxes.values()))
    assert [list(boxes)[at] for at in order] == ["A", "a", "B", "b"]
    assert reading_order([None, (0, 5, 1, 6), (0, 0, 1, 1)]) == [2, 1, 0]
    assert reading_order([(0, 1, 9, 9), (0, 0, 9, 9)]) == [1, 0]
    assert sorted(reading_order([(0, at, 1, at) for at in range(1000)])) == list(range(1000))


def test_placeholders_have_the_positions_of_their_layout() -> None:
    layout = tree(
        shape(holder='type="body" idx="7"', at=(0, 800, 100, 50)),
        shape(holder='idx="8"', at=(0, 100, 100, 50)),
        root="sldLayout",
    )
    more = {
        "ppt/slides/_rels/slide1.xml.rels": relations(("l", "slideLayout", "../slideLayouts/l.xml")),
        "ppt/slideLayouts/l.xml": layout,
    }
    slide = (shape("low", holder='type="body" idx="7"'), shape("high", holder='idx="8"'))
    assert texts(*slide, more=more) == ["high", "low"]


def test_a_group_stays_together() -> None:
    inner = shape("in 2", at=(0, 50, 10, 10)) + shape("in 1", at=(0, 0, 10, 10))
    place = '<p:grpSpPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="100" cy="900"/></a:xfrm></p:grpSpPr>'
    nested = f"<p:grpSp>{place}<p:grpSp>{inner}</p:grpSp></p:grpSp>"
    assert texts(shape("beside", at=(200, 0, 50, 900)), nested) == ["in 1", "in 2", "beside"]


def test_tables_are_rows() -> None:
    def row(*cells: str) -> str:
        return (
            "<a:tr>"
            + "".join(f"<a:tc><a:txBody><a:p><a:r><a:t>{c}</a:t></a:r></a:p></a:txBody></a:tc>" for c in cells)
            + "</a:tr>"
        )

    table = "<a:tbl>" + row("Red", "Green") + row("", "") + row("1", "") + "</a:tbl>"
    frame = f"<p:graphicFrame><a:graphic><a:graphicData>{table}</a:graphicData></a:graphic></p:graphicFrame>"
    parsed = read(pptx([tree(frame)]))
    assert parsed.text.strip() == "Red | Green\n1"
    assert parsed.blocks[1].kind is BlockKind.TABLE


def test_charts_diagrams_notes_and_comments() -> None:
    inside = '<c:chart xmlns:c="urn:c" r:id="c1"/><d:relIds xmlns:d="urn:d" r:dm="d1"/>'
    frame = f"<p:graphicFrame><a:graphic>{inside}</a:graphic></p:graphicFrame>"
    more = {
        "ppt/slides/_rels/slide1.xml.rels": relations(
            *(("c1", "chart", "../charts/c.xml"), ("d1", "diagramData", "../diagrams/d.xml")),
            *(("n", "notesSlide", "../notesSlides/n.xml"), ("k", "comments", "../comments/k.xml")),
        ),
        "ppt/charts/c.xml": f'<c:c xmlns:c="urn:c" {DRAWING}><a:p><a:r><a:t>Rain</a:t></a:r></a:p><c:strCache><c:pt>'
        "<c:v>North</c:v></c:pt></c:strCache><c:numCache><c:pt><c:v>3</c:v></c:pt></c:numCache></c:c>",
        "ppt/diagrams/d.xml": f"<d {DRAWING}><a:p><a:r><a:t>Step 1</a:t></a:r></a:p></d>",
        "ppt/notesSlides/n.xml": tree(
            shape("Say hello.", holder='type="body" idx="1"'), shape("7", holder='type="sldNum"'), root="notes"
        ),
        "ppt/comments/k.xml": '<cmLst xmlns="urn:p"><cm authorId="0"><text>Too long</text></cm></cmLst>',
        "ppt/commentAuthors.xml": '<l xmlns="urn:p"><cmAuthor id="0" name="Ida"/></l>',
    }
    assert texts(frame, more=more) == ["Rain\nNorth", "Step 1", "Say hello.", "[Ida: Too long]"]


def test_pictures_have_their_alternative_texts() -> None:
    assert texts(
        shape(name="pic", said="A red pump beside a well"),
        shape(name="pic", said="image12.png"),
        shape(name="pic", said="A dog\n\nDescription automatically generated"),
    ) == ["A red pump beside a well", "A dog"]


def test_footers_come_once_and_slide_numbers_never() -> None:
    slide = tree(
        shape("T", holder=TITLE),
        shape("Acme, confidential", holder='type="ftr"'),
        shape('<a:fld type="slidenum"><a:t>7</a:t></a:fld>', holder='type="sldNum"'),
        shape('<a:r><a:t>Page </a:t></a:r><a:fld type="slidenum"><a:t>7</a:t></a:fld>'),
    )
    text = read(pptx([slide, slide])).text
    assert text.count("Acme") == 1
    assert "7" not in text


def test_of_two_versions_of_a_shape_one_is_read() -> None:
    both = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><mc:Choice>'
        f"{shape('new')}</mc:Choice><mc:Fallback>{shape('old')}</mc:Fallback></mc:AlternateContent>"
    )
    assert texts(both) == ["new"]


def test_a_broken_slide_is_reported_and_spoils_nothing_else() -> None:
    parts = parts_of(pptx([tree(shape("One", holder=TITLE)), tree(shape("Two", holder=TITLE))]))
    parsed = read(packed(parts | {"ppt/slides/slide1.xml": b"<p:sld"}))
    assert blocks(parsed) == [("slide 2", "Two")]
    assert parsed.remark == "1 of 2 slides broken"
    with pytest.raises(SourceUnreadable, match=r"^broken pptx file: no slide can be read$"):
        read(packed(parts | {"ppt/slides/slide1.xml": b"<", "ppt/slides/slide2.xml": b"<"}))


def test_slides_without_text_have_a_reason() -> None:
    with pytest.raises(SourceUnreadable, match=r"^empty$"):
        read(pptx([tree()]))
    with pytest.raises(SourceUnreadable, match=r"^no text: only pictures$"):
        read(pptx([tree()], {"ppt/media/image1.png": "x"}))
    with pytest.raises(SourceUnreadable, match=r"^broken pptx file: file is not a zip file$"):
        read(pptx([tree()])[:100])
    with pytest.raises(SourceUnreadable, match=r"^broken pptx file: it contains no presentation$"):
        read(packed({"a.xml": "<a/>"}))
