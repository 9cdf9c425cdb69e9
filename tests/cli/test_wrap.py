"""Lines of the width of a terminal, over ranges of the original text."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from semsearch.cli.terminal.wrap import WrappedLine, layout, unbroken, width_of, window

TEXTS = st.text(alphabet=st.sampled_from("ab cd,。日本語é\n\t-"), max_size=300)


def shown(text: str, width: int, *, reflow: bool = True) -> list[str]:
    return [" " * line.indent + unbroken(text[line.start : line.stop]) for line in layout(text, width, reflow=reflow)]


@given(TEXTS, st.integers(10, 60), st.booleans())
def test_every_word_is_shown_once_and_nothing_is_too_wide(text: str, width: int, reflow: bool) -> None:
    lines = layout(text, width, reflow=reflow)
    assert "".join("".join(text[line.start : line.stop] for line in lines).split()) == "".join(text.split())
    assert all(a.stop <= b.start for a, b in pairwise(lines))
    for line in lines:
        piece = unbroken(text[line.start : line.stop])
        # one wide character may need more room than there is; a closing sign may hang over
        assert line.indent + width_of(piece) <= width + 2 * piece.count("。") + piece.count(",")


def test_lines_broken_by_an_editor_are_joined() -> None:
    prose = "The quick brown fox jumps over the lazy dog and runs\naway from the bear.\n\nNew paragraph."
    assert shown(prose, 60) == [
        "The quick brown fox jumps over the lazy dog and runs away",
        "from the bear.",
        "New paragraph.",
    ]


def test_code_keeps_its_lines() -> None:
    code = "def long_function_name_that_is_quite_long_already():\n    return 1\nx = 2"
    assert shown(code, 60, reflow=False) == code.split("\n")


def test_a_list_item_hangs_below_its_text() -> None:
    item = "- one two three four five six seven eight nine ten\n  eleven twelve\n- second"
    assert shown(item, 30) == ["- one two three four five six", "  seven eight nine ten eleven", "  twelve", "- second"]


def test_wide_characters_count_two_and_break_anywhere() -> None:
    assert width_of("日本a") == 5
    assert width_of("e\u0301") == 1
    assert shown("日本語日本語", 10) == ["日本語日本", "語"]


def test_a_word_wider_than_the_screen_is_broken() -> None:
    assert shown("x" * 25, 10) == ["x" * 10, "x" * 10, "x" * 5]


def test_the_window_holds_most_different_marked_words() -> None:
    text = "\n".join(["cat cat cat cat", *["-"] * 20, "cat", "dog", *["-"] * 20])
    lines = layout(text, 40, reflow=False)
    marks = [(i, i + 3) for word in ("cat", "dog") for i in range(len(text)) if text.startswith(word, i)]
    first, last = window(text, lines, marks, 6)
    assert last - first == 6
    assert {text[line.start : line.stop] for line in lines[first:last]} >= {"cat", "dog"}
    assert text[lines[first + 1].start : lines[first + 1].stop] == "cat"  # one line leads to it


def test_without_marks_the_window_is_the_beginning() -> None:
    text = "\n".join("abcdefghij")
    assert window(text, layout(text, 40), (), 6) == (0, 6)


def test_a_short_passage_is_shown_whole() -> None:
    assert window("a", [WrappedLine(0, 1)], (), 6) == (0, 1)


def test_blank_text_has_no_lines() -> None:
    assert layout(" \n\t\n", 40) == []
