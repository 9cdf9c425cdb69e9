"""Blocks of Markdown: the parser's events on the lines of the file, whatever the lines are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from semsearch.corpus.readers.markup import markdown
from semsearch.corpus.text.blocks import Lines

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
def test_every_line_with_words_is_in_one_block_and_blocks_follow_each_other(lines: list[str]) -> None:
    text = "\n".join(lines)
    stop = 0
    for block in markdown.blocks(Lines(text)):
        assert not text[stop : block.start].strip()
        assert text[block.start : block.stop].strip()
        stop = block.stop
    assert not text[stop:].strip()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("# Top\nwords\nmore\n\nlast", ["heading 1 Top", "paragraph", "paragraph"]),
        ("Set\n===\nNext\n---", ["heading 1 Set", "heading 2 Next"]),
        ("# A `[x][, y]` *b* [c](d) __e__ \\* &amp; {#id}", ["heading 1 A [x][, y] b c e * &"]),
        ("## ## closed ##", ["heading 2 ## closed"]),
        ("- one\n  in\n- two\n  - nested\n\n1. first", ["list", "list", "list"]),
        ("```py\n# no\n```\n    code\n\n    indented", ["code", "code"]),
        ("> # quoted\n> - in", ["paragraph"]),
        ("a | b\n--|--\n1 | 2\n\nafter", ["table", "paragraph"]),
        ('<div align="center"><h2>A <b>b</b></h2>\nwords</div>', ["heading 2 A b"]),
        ("<!-- # no -->\n[ref]: http://x\n***\nend", ["paragraph", "paragraph", "paragraph"]),
        ("é日 \ud800\n\n# Ü", ["paragraph", "heading 1 Ü"]),
    ],
)
def test_kinds_levels_and_labels(text: str, wanted: list[str]) -> None:
    found = markdown.blocks(Lines(text))
    assert [f"{b.kind} {b.level} {b.label}" if b.level else str(b.kind) for b in found] == wanted
