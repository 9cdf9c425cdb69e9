"""How hits look."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from semsearch.cli.terminal.hits import Look, render_hit
from semsearch.cli.terminal.screen import Screen
from semsearch.cli.terminal.wrap import width_of
from semsearch.types.documents import Anchor, AnchorKind, Passage
from semsearch.types.search import Hit

CWD = Path("/home/ada")
PLAIN = Look(Screen(width=80), CWD)
FANCY = Look(Screen(colour=True, links=True, width=80, terminal=True), CWD)
LINE = Anchor(AnchorKind.LINE, 12, 40)


def hit(text: str, path: str = "/home/ada/docs/a.md", anchor: Anchor = LINE, **changes: Any) -> Hit:
    passage = Passage(7, path, 0, len(text), anchor, changes.pop("heading", ()), text)
    values: dict[str, Any] = {"metadata": {}, "scores": {"dense": 0.5}, "ranks": {"dense": 3}, **changes}
    return Hit(rank=1, score=0.834, passage=passage, path=path, **values)


def lines(one: Hit, look: Look = PLAIN, context: tuple[str, str] | None = None) -> list[str]:
    return list(render_hit(one, look, context))


def test_place_score_heading_and_text() -> None:
    assert lines(hit("Some text.", heading=("Guide", "Setup"))) == [
        " 1. docs/a.md:12  0.83",
        "    Guide › Setup",
        "    Some text.",
    ]


def test_a_heading_is_not_shown_twice() -> None:
    assert lines(hit("Setup\n=====\n\nSome text.", heading=("Guide", "Setup")))[1:] == [
        "    Guide › Setup",
        "    Some text.",
    ]
    assert lines(hit("## Setup\n", heading=("Setup",)))[1:] == ["    Setup", "    ## Setup"]


def test_where_room_is_short_the_inner_headings_are_shown() -> None:
    heading = lines(hit("x", heading=("A" * 50, "B" * 50, "C")))[1]
    assert heading == f"    … › {'B' * 50} › C"


def test_a_page_and_a_file_outside() -> None:
    assert lines(hit("x", "/other/r.pdf", Anchor(AnchorKind.PAGE, 4, 4)))[0] == " 1. /other/r.pdf p.4  0.83"


def test_an_added_document_shows_its_id_and_title() -> None:
    shown = lines(hit("x", "t-17", Anchor(), metadata={"title": "A ticket"}), FANCY)
    assert "t-17" in shown[0]
    assert "file://" not in shown[0]
    assert "A ticket" in shown[1]


def test_matching_words_are_bold_and_the_path_is_a_link() -> None:
    shown = lines(hit("one two three", marks=((4, 7),)), FANCY)
    assert "\x1b]8;;file://" in shown[0]
    assert "/home/ada/docs/a.md#12\x1b\\" in shown[0]
    assert shown[1] == "    one \x1b[1mtwo\x1b[0m three"


def test_without_colour_there_is_no_escape_at_all() -> None:
    text = "".join(lines(hit("one two", marks=((0, 3),), more=(hit("x").passage,), folded=("/b",), heading=("h",))))
    assert "\x1b" not in text


def test_about_six_lines_around_the_marked_words() -> None:
    text = "\n".join(f"line number {i}" for i in range(40))
    at = text.index("line number 20")
    shown = lines(hit(text, "/home/ada/a.py", marks=((at, at + 4),)))
    assert len(shown) == 7
    assert shown[1] == "  … line number 19"
    assert "line number 20" in shown[2]
    assert shown[-1].endswith(" …")


def test_nothing_is_wider_than_the_screen() -> None:
    text = "word " * 100 + "日本" * 60 + "x" * 200 + "\n" + "        deep " * 30
    for line in lines(hit(text, heading=("h" * 100, "日" * 50))):
        assert width_of(line) <= 80


def test_escapes_of_a_document_are_shown_not_obeyed() -> None:
    evil = "\x1b]0;owned\x07 \x9b31m \u202eabc"
    for line in lines(hit(evil, f"/home/ada/{evil}.md", heading=(evil,), folded=(evil,), metadata={"title": evil})):
        assert not any(char in line for char in "\x1b\x07\x9b\u202e")


def test_other_passages_and_copies_are_named() -> None:
    more = tuple(hit("x", anchor=Anchor(AnchorKind.LINE, n, n + 2)).passage for n in (40, 88))
    shown = lines(hit("x", more=more, folded=("/home/ada/b.md", "/c.md", "/d.md", "/e.md")))
    assert shown[-2:] == ["    also L40-42, L88-90", "    same text in 4 more files: b.md, /c.md, /d.md, ..."]


def test_explain_tells_rank_and_score_of_each_list() -> None:
    one = hit("x", scores={"dense": 0.61, "lexical": 12.5}, ranks={"dense": 3, "lexical": 1})
    shown = lines(one, Look(Screen(), CWD, explain=True))
    assert shown[-1] == "    dense: rank 3, score 0.610 · lexical: rank 1, score 12.500"


def test_context_shows_the_whole_passage_between_its_neighbours() -> None:
    text = "\n".join(f"line {i}" for i in range(20))
    shown = lines(hit(text, "/home/ada/a.py"), PLAIN, ("before", "after\x1b"))
    assert shown[1] == "    before"
    assert len(shown) == 23
    assert shown[-1] == "    after␛"


def test_a_time_in_a_recording() -> None:
    anchor = Anchor(AnchorKind.TIME, 190, 205)
    said = "So we painted the boat before the winter came and the harbour froze.\nIt was white."
    one = hit(said, path="/home/ada/talk.mp3", anchor=anchor, metadata={"type": "mp3"})
    assert lines(one)[0] == " 1. talk.mp3@03:10  0.83"
    assert lines(one)[1:] == [f"    {said[:-11].replace(chr(10), ' ')}", "    was white."]
    assert "/home/ada/talk.mp3#t=190\x1b\\" in lines(one, FANCY)[0]
    late = Anchor(AnchorKind.TIME, 3690, 3700)
    assert lines(hit("x", path="/home/ada/talk.mp3", anchor=late))[0] == " 1. talk.mp3@1:01:30  0.83"
