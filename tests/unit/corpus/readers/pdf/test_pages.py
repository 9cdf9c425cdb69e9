"""The layout of PDF pages: columns, tables, headers and footers, footnotes, the reading order."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import read_bytes
from semsearch.settings import Settings
from semsearch.types.documents import BlockKind, Parsed
from tests.formats.make_files import Text, column, pdf

LEFT = [
    "The pump in the cellar runs at night,",
    "when power is cheap, and it stops as",
    "soon as the tank is warm enough for",
    "the whole of the next day. It is the",
    "only machine in the house that makes",
    "a sound, and nobody ever hears it in",
    "the rooms above, since its pipes are",
    "wrapped in felt.",
]
RIGHT = [
    "The well behind the barn is older. A",
    "bucket hangs there on a chain, and a",
    "wheel turns when the wind blows over",
    "the yard. Its water is cold and hard",
    "and leaves white rings on the stove,",
    "which is why we only water the trees",
    "with it, and now and then the horses",
    "in the summer.",
]


def read(data: bytes, settings: Settings | None = None) -> Parsed:
    return read_bytes(Path("a.pdf"), data, settings or Settings())


def texts(parsed: Parsed) -> list[str]:
    return [parsed.text[block.start : block.stop] for block in parsed.blocks]


def words(text: str) -> str:
    return " ".join(text.split())


def side_by_side(*columns: list[str], top: float = 700, width: float = 230) -> list[Text]:
    """Return columns drawn row by row, as a printer draws them."""
    rows = zip(*columns, strict=True)
    return [
        (60 + width * at, top - 12 * row, 10, text) for row, lines in enumerate(rows) for at, text in enumerate(lines)
    ]


def test_two_columns_drawn_row_by_row_are_read_one_after_the_other() -> None:
    title = [(150, 780, 10, "A title that stands over both of the columns of this page, as they do in journals")]
    text = words(read(pdf([[*title, *side_by_side(LEFT, RIGHT)]])).text)
    assert text.endswith(words(" ".join(LEFT)) + " " + words(" ".join(RIGHT)))
    assert text.startswith("A title that stands")


def test_three_columns() -> None:
    third = [line.replace("the", "our") for line in LEFT]
    narrow = [[(x, y, 7, text) for x, y, _, text in side_by_side(LEFT, RIGHT, third, width=160)]]
    text = words(read(pdf(narrow)).text)
    assert text == " ".join(words(" ".join(lines)) for lines in (LEFT, RIGHT, third))


def test_columns_in_reading_order_stay_as_they_are() -> None:
    lines = [*column(*LEFT, top=700, left=60), *column(*RIGHT, top=700, left=290)]
    assert words(read(pdf([lines])).text) == words(" ".join(LEFT + RIGHT))


def test_lines_drawn_in_any_order_are_read_from_the_top_down() -> None:
    lines = [*column(*LEFT, top=700, left=60), *column(*RIGHT, top=600, left=60)]
    random.Random(3).shuffle(lines)
    assert words(read(pdf([lines])).text) == words(" ".join(LEFT + RIGHT))
    columns = [(60.0, 760.0, 10.0, "A line over both columns that is as long as they are together, so that it divides")]
    columns += [*column(*LEFT, top=700, left=60), *column(*RIGHT, top=700, left=290)]
    random.Random(4).shuffle(columns)
    assert words(read(pdf([columns])).text).endswith(words(" ".join(LEFT + RIGHT)))


TABLE = [
    ("Crop", "Area", "Yield"),
    ("Summer wheat", "12 ha", "48 t"),
    ("Potatoes", "3 ha", "90 t"),
    ("Clover and lucerne", "7 ha", "35 t"),
]


def table(top: float = 600) -> list[Text]:
    return [
        (70 + 150 * at, top - 14 * row, 10, cell) for row, cells in enumerate(TABLE) for at, cell in enumerate(cells)
    ]


def test_a_table_is_rows_with_their_cells() -> None:
    parsed = read(pdf([[*column(*LEFT, top=760), *table(), *column(*RIGHT, top=500)]]))
    [found] = [block for block in parsed.blocks if block.kind is BlockKind.TABLE]
    assert parsed.text[found.start : found.stop].split("\n") == [" | ".join(cells) for cells in TABLE]
    assert texts(parsed)[0] == "\n".join(LEFT)
    assert texts(parsed)[-1] == "\n".join(RIGHT)


def test_cells_of_several_lines_are_one() -> None:
    rows = [
        *[(70, 700, 10, "What"), (200, 700, 10, "Limit"), (330, 700, 10, "Why")],
        *[(70, 680, 10, "Salt"), (200, 680, 10, "2 to 5 per"), (330, 680, 10, "slows the rot, and")],
        *[(200, 668, 10, "cent"), (330, 668, 10, "spares the rest")],
        *[(70, 648, 10, "Temperature"), (200, 648, 10, "15 to 22"), (330, 648, 10, "warmer is mushy and")],
        (330, 636, 10, "quick"),
    ]
    assert texts(read(pdf([rows]))) == [
        "What | Limit | Why\nSalt | 2 to 5 per cent | slows the rot, and spares the rest\n"
        "Temperature | 15 to 22 | warmer is mushy and quick"
    ]


def test_cells_of_one_level_are_one_line() -> None:
    row = [(70, 700, 10, "200.01"), (200, 700, 10, "1"), (70, 688, 10, "400.01"), (200, 688, 10, "3")]
    assert texts(read(pdf([row]))) == ["200.01 | 1\n400.01 | 3"]


@pytest.mark.parametrize("marker", ["1.", "\x95", "(a)", "-", "2.1"])
def test_a_list_is_not_a_table(marker: str) -> None:
    lines = [
        text
        for at, line in enumerate(LEFT)
        for text in ((70, 700 - 13 * at, 10, marker), (100, 700 - 13 * at, 10, line))
    ]
    parsed = read(pdf([lines]))
    assert not [block for block in parsed.blocks if block.kind is BlockKind.TABLE]
    assert "|" not in parsed.text


def test_a_table_of_contents_is_not_a_table_and_its_dots_are_shortened() -> None:
    lines = [
        text
        for at, heading in enumerate(("Wells", "Pumps", "Wind wheels"))
        for text in ((70, 700 - 13 * at, 10, heading + " ." * 40), (400, 700 - 13 * at, 10, str(3 + 4 * at)))
    ]
    assert texts(read(pdf([lines]))) == ["Wells … 3\nPumps … 7\nWind wheels … 11"]


def pages_with(header: str, footer: str, count: int = 8) -> list[list[Text]]:
    return [
        [
            (70, 810, 8, header.format(n=n)),
            *column(*LEFT, top=600),
            *column(f"Only page {n * 7} says {chr(96 + n) * 4}.", top=400),
            (300, 30, 8, footer.format(n=n)),
        ]
        for n in range(1, count + 1)
    ]


@pytest.mark.parametrize("footer", ["{n}", "- {n} -", "Page {n}", "{n} / 8", "Page {n} of 8", "Seite {n} von 8"])
def test_page_numbers_are_left_out(footer: str) -> None:
    parsed = read(pdf(pages_with("Annual report", footer)))
    assert parsed.text.count("Annual report") == 1
    assert footer.format(n=3) not in parsed.text.split("\n")
    assert parsed.text.count("The pump") == 8
    assert "Only page 21 says cccc." in parsed.text


def test_roman_page_numbers_are_left_out() -> None:
    numbers = ["v", "vi", "vii", "viii", "ix", "x"]
    pages = [[*column(*LEFT, top=600), (300, 30, 9, number)] for number in numbers]
    assert words(read(pdf(pages)).text) == " ".join([words(" ".join(LEFT))] * 6)


def test_a_header_with_a_page_number_stays_once() -> None:
    text = read(pdf(pages_with("Chapter 4: Wells   {n}", "printed in 2024"))).text
    assert text.count("Chapter 4: Wells") == 1
    assert text.count("printed in 2024") == 1


def test_left_and_right_pages_may_have_different_headers() -> None:
    pages = pages_with("A history of wells", "{n}")
    for page in pages[1::2]:
        page[0] = (400, 810, 8, "Ida Brunner")
    text = read(pdf(pages)).text
    assert (text.count("A history of wells"), text.count("Ida Brunner")) == (1, 1)


def test_what_only_looks_like_a_header_stays() -> None:
    # The first row of a table on each page, alike but for its numbers, which do not count the pages.
    pages = [[(70, 810, 10, f"Order {37 * n * n % 91} of {n * 13 % 7} barrels"), *column(*LEFT)] for n in range(1, 7)]
    assert read(pdf(pages)).text.count("Order") == 6
    two = [[(70, 810, 10, "Minutes of the meeting"), *column(*LEFT, top=600)] for _ in range(2)]
    assert read(pdf(two)).text.count("Minutes") == 2


def test_footnotes_come_after_the_text_of_their_page_and_are_marked_in_it() -> None:
    body = [
        (60, 700, 10, "The well in the yard was dug by hand"),
        (225, 703, 6, "1"),
        (60, 688, 10, "and has been in use ever since, as the"),
    ]
    note = [*column("1 By Jakob and his sons, in", "the summer of 1911.", top=600, size=8, left=60)]
    right = [*column("oldest map of the village shows it.", *RIGHT, top=700, left=300)]
    parsed = read(pdf([[*body, *note, *right]]))
    assert texts(parsed)[-1] == "1 By Jakob and his sons, in\nthe summer of 1911."
    assert "dug by hand[1] and" in words(parsed.text)
    assert "ever since, as the oldest map of the village" in words(parsed.text)


def test_ligatures_and_letters_beyond_16_bits() -> None:
    lines = column("The A oce is at the ~ end of the e line, B.", "The line that follows it.")
    parsed = read(pdf([lines], meanings={"A": "\ufb01rst o\ufb03ce, o", "~": "\U0001d49c", "B": "\ufb02at"}))
    assert "first office, o oce is at the" in parsed.text
    assert "flat." in parsed.text
    assert "The line that follows it." in parsed.text
