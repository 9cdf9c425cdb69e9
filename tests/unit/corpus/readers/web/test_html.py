"""HTML: which text is read or left out, and that anchors are lines of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed

PAGE = """<!DOCTYPE html>
<html><head>
<title>Wells | Village site</title>
<meta name="author" content="Ida"><meta name="keywords" content="water, wells">
<style>p { color: red }</style>
</head>
<body>
<nav><a href="/">Home</a></nav>
<script>
  var hidden = "<p>never</p>";
</script>
<!-- a comment
over two lines -->
<h1>Wells <a class="headerlink" href="#w">¶</a></h1>
<p>The well is
   <b>very</b> deep&nbsp;indeed.</p>
<ul>
  <li>first
    <ul><li>nested</li></ul>
  <li><p>second</p>
</ul>
<table><tr><th>Depth</th><th>Age</th></tr>
<tr><td>12 m</td><td>80 <i>years</i></td></tr></table>
<pre>a
  b</pre>
<div style="display: none">secret</div>
<h2>Pumps</h2>
one<br>two<br><br>three
<footer>Imprint</footer>
</body></html>
"""


def read(text: str | bytes) -> Parsed:
    return read_bytes(Path("a.html"), text.encode() if isinstance(text, str) else text, Settings())


def test_text_structure_and_lines() -> None:
    parsed = read(PAGE)
    assert [(b.kind, str(b.anchor), parsed.text[b.start : b.stop]) for b in parsed.blocks] == [
        (BlockKind.HEADING, "L14", "Wells"),
        (BlockKind.PARAGRAPH, "L15-16", "The well is very deep indeed."),
        (BlockKind.LIST, "L18", "- first"),
        (BlockKind.LIST, "L19", "- nested"),
        (BlockKind.LIST, "L20", "- second"),
        (BlockKind.TABLE, "L22", "Depth | Age"),
        (BlockKind.TABLE, "L23", "12 m | 80 years"),
        (BlockKind.CODE, "L24-25", "a\n  b"),
        (BlockKind.HEADING, "L27", "Pumps"),
        (BlockKind.PARAGRAPH, "L28", "one\ntwo"),
        (BlockKind.PARAGRAPH, "L28", "three"),
    ]
    assert parsed.title == "Wells"  # the page's title only adds the site to it
    assert parsed.metadata == {"author": "Ida", "tags": "water, wells"}


@pytest.mark.parametrize(
    ("title", "headings", "told"),
    [
        ("Pumps — The village", ["The village", "Pumps"], "Pumps"),
        ("The village: Pumps", ["The village", "Pumps"], "The village"),
        ("Docs | The village | Pumps", ["The village", "Pumps"], "Pumps"),
        ("The village | Pumps", ["Pumps"], "Pumps"),
        ("a.b — The village", ["The village", "Source code for the pump"], "a.b — The village"),
        ("Pumps", ["The village"], "Pumps"),
        ("", ["The village", "Pumps"], "The village"),
    ],
)
def test_the_title_is_the_heading_in_the_title_of_the_page(title: str, headings: list[str], told: str) -> None:
    body = "".join(f"<h1>{heading}</h1><p>Text below it.</p>" for heading in headings)
    assert read(f"<html><head><title>{title}</title></head><body>{body}</body></html>").title == told


def test_links_to_code_and_to_the_heading_itself_are_not_text() -> None:
    source = '<a href="c.html"><span class="link"><span>[source]</span></span></a>'
    parsed = read(f"<html><body><dl><dt>pump(){source}<a href='#p'>¶</a></dt><dd>It pumps.</dd></dl></body></html>")
    assert parsed.text == "pump()\n\nIt pumps."


@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_lines_are_those_of_an_editor(newline: str) -> None:
    assert read(PAGE.replace("\n", newline)).blocks == read(PAGE).blocks


def test_lines_beyond_what_the_parser_counts() -> None:
    parsed = read("<p>first</p>" + "\n" * 70_000 + "<p>last</p>\n<p>one more</p>")
    assert [str(block.anchor) for block in parsed.blocks] == ["L1", "L70001", "L70002"]


def test_only_the_main_part_is_read_where_there_is_one() -> None:
    long = "Water is pumped at night. " * 20
    parsed = read(f"<body><p>Menu and more</p><main><footer>signed</footer><p>{long}</p></main><p>Links</p></body>")
    assert parsed.text == "signed\n\n" + long.strip()


@pytest.mark.parametrize("main", ["<main>{}</main>", "<div role='main'>{}</div>"])
def test_a_short_page_beside_a_long_menu_is_recognized_by_its_heading(main: str) -> None:
    menu = "".join(f"<li><a href='{n}'>Chapter {n} of the village book</a></li>" for n in range(60))
    inside = "<h1>Pumps</h1><p>This chapter tells of two pumps.</p><ul><li><a href='a'>One pump</a></li></ul>"
    page = f"<body><div><ul>{menu}</ul></div>{main}<p>Built with a theme</p></body>"
    assert read(page.format(inside)).text == "Pumps\n\nThis chapter tells of two pumps.\n\n- One pump"
    assert "theme" in read(page.format(inside.replace("h1", "p"))).text
    assert "theme" in read(page.format("<h1>Pumps</h1>")).text


def test_layout_tables_are_not_data() -> None:
    parsed = read(
        "<table><tr><td><h1>Title</h1><p>one</p><p>two</p></td><td><table><tr><td>a</td><td>b</td></tr></table></td></tr></table>"
    )
    assert [b.kind for b in parsed.blocks] == [BlockKind.HEADING, *[BlockKind.PARAGRAPH] * 2, BlockKind.TABLE]


def test_a_multilingual_page_without_a_declared_encoding_is_decoded_as_browsers_do() -> None:
    said = "Die schöne Frau kostete 15,50 €. L'été était très chaud. El niño comió ñoquis. Hon åt köttbullar."
    assert read(f"<html><body><p>{said}</p></body></html>".encode("cp1252")).text == said


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "utf-8-sig"])
def test_encodings(encoding: str) -> None:
    page = f'<html><head><meta charset="{encoding}"></head><body><p>schön für Ärzte</p></body></html>'
    assert read(page.encode(encoding)).text == "schön für Ärzte"


def test_a_page_that_is_all_boilerplate_is_read_completely() -> None:
    assert read("<nav><p>Home</p></nav>").text == "Home"


def test_deep_nesting_keeps_text_and_lines() -> None:
    parsed = read("<p>before</p>\n" + "<div>" * 5000 + "\ndeep" + "</div>" * 5000 + "\n<script>x</script><p>after</p>")
    lines = [line.split() for line in parsed.text.split("\n")]
    assert lines == [["before"], [], ["deep"], ["after"]]


@pytest.mark.parametrize("page", ["<script>x</script>", "<!-- x -->", "   ", "<p>\u200b</p>", "&nbsp;"])
def test_nothing_to_read(page: str) -> None:
    with pytest.raises(SourceUnreadable, match=r"^empty$"):
        read(page)
