"""SVG: the text of a drawing is read, its curves are not."""

from __future__ import annotations

import pytest

from semsearch.errors import SourceUnreadable
from tests.formats.reading import blocks, read

DRAWING = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48">
  <title>How the pump works</title>
  <style>text { fill: red }</style>
  <g><desc>Water rises</desc>
    <path d="m 10,20 3.5,7 z"/>
    <text x="1" y="2">The <tspan font-weight="bold">handle</tspan><tspan x="1" y="9">goes down</tspan></text>
  </g>
  <switch>
    <foreignObject><div>The <b>valve</b></div><div>opens</div></foreignObject>
    <text>The valve opens</text>
  </switch>
  <text> </text>
</svg>
"""


def test_words_are_read_and_curves_are_not() -> None:
    parsed = read("a.svg", DRAWING)
    assert blocks(parsed) == [
        ("paragraph", "L3", "How the pump works"),
        ("paragraph", "L5", "Water rises"),
        ("paragraph", "L7", "The handle goes down"),
        ("paragraph", "L10", "The valve opens"),
    ]
    assert parsed.title == "How the pump works"


@pytest.mark.parametrize("inside", ["<path d='m 10,20 3.5,7 z'/>", "<style>a { b: c }</style>", "<g", ""])
def test_a_drawing_without_words_has_no_text(inside: str) -> None:
    with pytest.raises(SourceUnreadable, match="no text: only a drawing"):
        read("a.svg", f"<svg xmlns='http://www.w3.org/2000/svg'>{inside}</svg>")


def test_a_broken_drawing_keeps_its_words() -> None:
    assert read("a.svg", "<svg><text>The well<tspan>behind</svg>").text == "The well behind"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("\x00", "not XML"),
        ("<svg><title>a well &#xD800;</title></svg>", "an invalid character"),
        ("<?x?><g xmlns='&#xD800;'", "an invalid character"),
    ],
)
def test_what_is_not_a_drawing_is_reported(data: str, reason: str) -> None:
    with pytest.raises(SourceUnreadable, match=f"^broken svg file: {reason}$"):
        read("a.svg", data)
