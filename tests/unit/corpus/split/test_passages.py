"""How documents are cut: by structure, then by sentences, lines and words; and the headings of each passage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import parse_document, read_bytes
from semsearch.corpus.split.cuts import inner_cut
from semsearch.corpus.split.passages import embedded_text, split
from semsearch.settings import Settings
from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind, Parsed
from semsearch.types.models import Tokenizing
from tests.contract.small_tokenizers import Words


def markdown(text: str) -> Parsed:
    return read_bytes(Path("a.md"), text.encode(), Settings())


def texts(parsed: Parsed, tokens: Tokenizing | None, limit: int = 0) -> list[str]:
    return [parsed.text[span.start : span.stop] for span in split(parsed, tokens, limit)]


def words(count: int, word: str = "word") -> str:
    return " ".join([word] * count)


def test_a_short_document_is_one_passage_under_what_its_sections_share() -> None:
    text = "# Top\n\nIntro.\n\n## One\n\nText.\n\n## Two\n\nText."
    [span] = split(markdown(text), Words(64))
    assert (span.start, span.stop, span.heading, str(span.anchor)) == (0, len(text), ("Top",), "L1-11")


def test_sections_are_not_mixed_and_carry_the_headings_above_them() -> None:
    sections = [f"## Part {name}\n\n{words(20, name)}." for name in "abc"]
    parsed = markdown("# Top\n\n" + "\n\n".join(sections))
    spans = split(parsed, Words(40))
    assert [span.heading for span in spans] == [("Top", "Part a"), ("Top", "Part b"), ("Top", "Part c")]
    assert [str(span.anchor) for span in spans] == ["L1-5", "L7-9", "L11-13"]
    assert parsed.text[spans[0].start :].startswith("# Top\n\n## Part a")  # a heading alone joins what follows it


def test_tiny_sections_are_joined_but_not_into_the_chapter_that_follows() -> None:
    tiny = "\n\n".join(f"## T{at}\n\nWord." for at in range(3))
    parsed = markdown(f"# One\n\n{words(60)}.\n\n{tiny}\n\n# Two\n\nShort.\n\n## Last\n\n{words(60)}.")
    found = texts(parsed, Words(80))
    assert found[1] == tiny
    assert found[2].startswith("# Two")
    assert [span.heading for span in split(parsed, Words(80))][:3] == [("One",), ("One",), ("Two",)]


def test_blocks_are_packed_and_cut_where_a_block_starts() -> None:
    paragraphs = [words(12, name) for name in "abcdef"]
    assert texts(parse_document("\n\n".join(paragraphs)), Words(26)) == [
        "\n\n".join(paragraphs[at : at + 2]) for at in (0, 2, 4)
    ]


def test_a_long_paragraph_is_cut_between_sentences_into_parts_of_about_one_size() -> None:
    sentences = [f"Here is sentence number {at}, of Dr. No et al. and e.g. others." for at in range(9)]
    found = texts(parse_document(" ".join(sentences)), Words(60))
    assert " ".join(found) == " ".join(sentences)
    assert all(part.startswith("Here") and part.endswith("others.") for part in found)
    counts = [len(part.split()) for part in found]
    assert max(counts) <= 2 * min(counts)


def test_the_rest_of_a_text_is_not_left_alone() -> None:
    sentences = [f"{words(9, name * 4)}." for name in "ABCDEFG"]
    assert texts(parse_document(" ".join(sentences)), Words(60)) == [" ".join(sentences[:4]), " ".join(sentences[4:])]


@pytest.mark.parametrize("stop", ["e.g. ", "Dr. ", "Fig. ", "J. ", "al. ", "(cf. ", "No. ", "3.5 ", "z.B. "])
def test_a_full_stop_inside_a_sentence_does_not_end_it(stop: str) -> None:
    text = f"It runs. The pump stands {stop}Seven metres deep."
    assert inner_cut(text, 1, len(text) - 1, text.index("Seven"), BlockKind.PARAGRAPH) == text.index("The")


@pytest.mark.parametrize("end", [". ", "! ", '?" ', "…) ", ".[12] ", ".\n"])
def test_ends_of_sentences(end: str) -> None:
    text = f"The pump stands seven metres deep{end}It runs at night and never stops."
    assert inner_cut(text, 1, len(text) - 1, 10, BlockKind.PARAGRAPH) == text.index("It")


def test_sentences_of_scripts_without_blanks() -> None:
    found = texts(parse_document("井戸は深いです。ポンプは夜に動きます。水は冷たいです。" * 3), _Characters(30))
    assert all(part.endswith("。") for part in found)
    assert max(map(len, found)) <= 30


class _Characters:
    """Every character is a token."""

    def __init__(self, max_tokens: int) -> None:
        self.max_tokens = max_tokens

    def token_spans(self, texts: list[str] | tuple[str, ...]) -> list[list[tuple[int, int]]]:
        return [[(at, at + 1) for at in range(len(text))] for text in texts]


def test_an_encoder_with_a_long_context_gets_a_page_at_a_time() -> None:
    parsed = parse_document(words(3000))
    assert max(len(part.split()) for part in texts(parsed, Words(8192))) <= 512
    assert [len(parsed.text[s.start : s.stop].split()) for s in split(parsed, Words(8192), 8192)] == [3000]


def test_tables_are_cut_between_rows_and_code_between_blank_lines() -> None:
    rows = "\n".join(["| a | b |", "|---|---|", *(f"| row {at} | value {at} |" for at in range(12))])
    for part in texts(markdown(rows), Words(40)):
        assert all(line.startswith("|") and line.endswith("|") for line in part.split("\n"))
    code = "\n\n".join(f"x{at} = 1\ny{at} = 2" for at in range(12))
    for part in texts(read_bytes(Path("a.toml"), code.encode(), Settings()), Words(20)):
        assert part.startswith("x")


@pytest.mark.parametrize("longest", [10, 24, 26, 30, 36])
def test_a_row_is_cut_only_where_a_passage_cannot_hold_it(longest: int) -> None:
    lengths = [6, longest, 8, longest, 4, 4, longest - 3, 12]
    rows = [f"r{at} {words(length - 3)} end" for at, length in enumerate(lengths)]
    in_lines = markdown("\n".join(["| a |", "|---|", *(f"| {row} |" for row in rows)]))
    starts = [sum(len(row) + 1 for row in rows[:at]) for at in range(len(rows))]
    blocks = [
        Block(at, at + len(row), BlockKind.TABLE, Anchor(AnchorKind.ROW, number, number))
        for number, (at, row) in enumerate(zip(starts, rows, strict=True), 1)
    ]
    in_blocks = Parsed("\n".join(rows), tuple(blocks))
    of_lines = replace(in_blocks, text=in_blocks.text.replace(" word word", "\nword word"))  # a cell of several lines
    for parsed in (in_lines, in_blocks, of_lines):
        parts = texts(parsed, Words(40))
        assert len(parts) > 1
        for part in parts:
            assert part.startswith(("r", "|")), part
            assert part.endswith(("end", "|")), part
    [first, *rest] = texts(Parsed(words(100), (Block(0, 499, BlockKind.TABLE, Anchor()),)), Words(40))
    assert len(first.split()) <= 40
    assert rest


def test_code_keeps_the_indentation_of_its_first_line() -> None:
    body = "\n\n".join(f"    x{at} = {at}\n    y{at} = {at}" for at in range(12))
    parsed = read_bytes(Path("a.py"), f"def f():\n{body}\n".encode(), Settings())
    first, *rest = texts(parsed, Words(24))
    assert first.startswith("def f():\n    x0")
    assert rest
    assert all(part.startswith("    x") for part in rest)


def test_an_endless_word_and_endless_blanks_are_cut_by_length() -> None:
    tokens = Words(16)
    parts = texts(parse_document("x" * 100_000), tokens)
    assert "".join(parts) == "x" * 100_000
    assert max(map(len, parts)) <= 16 * 32
    assert texts(parse_document("a" + "\n" * 1_000_000 + "b"), tokens) == ["a", "b"]
    assert texts(parse_document("\u200b" * 100_000), tokens) == []
    assert texts(parse_document(""), tokens) == []


def test_lines_of_a_part_are_its_own_where_the_text_is_the_file() -> None:
    lines = [f"Line {at} has five words." for at in range(1, 31)]
    spans = split(parse_document("\n".join(lines)), Words(32))
    at = 1
    for span in spans:
        assert span.anchor.start == at
        at = span.anchor.stop + 1
    assert at == 31


def test_parts_of_reformatted_text_keep_the_anchor_of_their_block() -> None:
    html = "<p>" + "\n".join(f"This is sentence {at}." for at in range(20)) + "</p>"
    parsed = read_bytes(Path("a.html"), html.encode(), Settings())
    assert {str(span.anchor) for span in split(parsed, Words(32))} == {"L1-20"}


def test_a_passage_over_two_pages_names_both() -> None:
    text = "one one one.\n\ntwo two two."
    pages = [Block(0, 12, BlockKind.PARAGRAPH, Anchor(AnchorKind.PAGE, 1, 1))]
    pages.append(Block(14, 26, BlockKind.PARAGRAPH, Anchor(AnchorKind.PAGE, 2, 2)))
    parsed = Parsed(text, tuple(pages))
    assert [str(span.anchor) for span in split(parsed, Words(32))] == ["p.1-2"]
    assert [str(span.anchor) for span in split(parsed, Words(4))] == ["p.1", "p.2"]


def test_code_after_a_function_is_not_under_it() -> None:
    source = f"def f():\n    {words(40, 'x')}\n\nprint({words(40, 'y')})\n"
    parsed = read_bytes(Path("a.py"), source.encode(), Settings())
    spans = split(parsed, Words(50))
    assert [(span.heading, parsed.text[span.start : span.start + 5]) for span in spans] == [
        (("f",), "def f"),
        ((), "print"),
    ]


@pytest.mark.parametrize(
    ("title", "heading", "text", "expected"),
    [
        ("", (), "text", "text"),
        ("Title", (), "text", "Title\ntext"),
        ("Title", ("A", "B"), "text", "Title > A > B\ntext"),
        ("Title", ("title", "B"), "text", "title > B\ntext"),
        ("A long title", ("A long…", "B"), "text", "A long… > B\ntext"),
        ("A long title", ("…",), "text", "text"),
        ("", ("A", "B"), "## B\n\ntext", "A\n## B\n\ntext"),
        ("A", ("A", "B"), "# A\n\n## `B`\n\ntext", "# A\n\n## `B`\n\ntext"),
        ("A", (), "A\n=\n\ntext", "A\n=\n\ntext"),
        ("A", ("B",), "Because", "A > B\nBecause"),
    ],
)
def test_embedded_text(title: str, heading: tuple[str, ...], text: str, expected: str) -> None:
    assert embedded_text(title, heading, text) == expected


def test_headings_take_a_quarter_at_most() -> None:
    deep = "\n\n".join(f"{'#' * level} Heading {words(3, 'deep')} {level}" for level in range(1, 7))
    parsed = markdown(f"{deep}\n\n{words(100)}")
    tokens = Words(40)
    for span in split(parsed, tokens):
        text = parsed.text[span.start : span.stop]
        embedded = embedded_text(parsed.title, span.heading, text)
        assert len(tokens.token_spans([embedded])[0]) <= 40
        assert len(tokens.token_spans([embedded.removesuffix(text)])[0]) <= 10
    titled = parse_document(words(200), title=words(39, "title"))
    spans = split(titled, tokens)
    assert {span.heading for span in spans} == {(words(9, "title") + "…",)}
    assert embedded_text(titled.title, spans[0].heading, "x") == words(9, "title") + "…\nx"


def test_a_limit_below_what_the_encoder_sees() -> None:
    parsed = parse_document(". ".join(words(9) for _ in range(20)))
    assert max(len(part.split()) for part in texts(parsed, Words(64), limit=20)) <= 20
    assert texts(parsed, Words(64), limit=1000) == texts(parsed, Words(64))


def test_without_a_tokenizer_words_are_counted_cautiously() -> None:
    parts = texts(parse_document(". ".join(words(9, "internationalization") for _ in range(60))), None)
    assert len(parts) > 1
    assert max(len(part.split()) for part in parts) <= 256 / 5
