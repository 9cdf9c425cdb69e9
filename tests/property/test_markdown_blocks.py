"""What is told of Markdown by its lines is what the parser says."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.corpus.readers.markup import markdown_blocks

LINES = [
    *(
        "",
        "",
        "",
        " ",
        "    ",
        "words",
        "more words",
        "a | b",
        "|---|---|",
        "---|---",
        "---",
        "===",
        "- - -",
        "***",
        "___",
    ),
    *("# Top", "## Closed ##", "#none", "# ", "```", "```py", "``` a`b", "~~~~", "~~~", "````", "  ```", "    code"),
    *(
        "- item",
        "-item",
        "- ",
        "-",
        "* star",
        "+ plus",
        "1. one",
        "2) two",
        "12. twelve",
        "-     deep",
        "- # top",
        "- ```",
    ),
    *(
        "  in",
        "   in",
        "      deeper",
        "  - nested",
        "  * nested",
        "> quoted",
        "> - in",
        ">",
        "> ```",
        "<!-- a",
        "b -->",
    ),
    *("<!-- all -->", "<div>", "</div>", "<h1>Head</h1>", "<script>", "</script>", "<details>", "<b>bold</b>", "<?php"),
    *(
        "**bold** x",
        "*em* x",
        "_em_",
        "`code` x",
        "[ref]: http://x",
        "[link](y)",
        "(a",
        "\ttab",
        "- \ttab",
        "1986 was",
        "é",
    ),
    *(
        "\N{NO-BREAK SPACE}",
        "\f",
        "\x1c",
        "- a\x85b",
        "3 x",
        "-- x",
        "_ _ _",
        "* * *",
        "*",
        "1.",
        "$x$",
        "\\# no",
        "=",
        "+",
    ),
]


@settings(max_examples=400)
@given(st.lists(st.sampled_from(LINES), min_size=1, max_size=14))
def test_lines_say_what_the_parser_says(lines: list[str]) -> None:
    told = list(markdown_blocks.stretches(lines, 0))
    parsed = list(markdown_blocks.parsed(lines, 0, len(lines)))
    assert [_trimmed(lines, one) for one in told] == [_trimmed(lines, one) for one in parsed]


def _trimmed(lines: list[str], found: markdown_blocks.Stretch) -> markdown_blocks.Stretch:
    begin, end, *rest = found
    while end > begin and not lines[end - 1].strip():
        end -= 1
    return begin, end, *rest  # type: ignore[return-value]
