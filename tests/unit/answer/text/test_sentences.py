"""Sentences of passages: their boundaries and lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semsearch.answer.text.sentences import anchor_of, citation, sentence_spans, sources
from semsearch.types.documents import AnchorKind
from tests.unit.answer.tiny_models import hit


def parts(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("One ends. Two follows! Three?", ["One ends.", "Two follows!", "Three?"]),
        ("Dr. Smith met J. R. Jones on Jan. 5. He left.", ["Dr. Smith met J. R. Jones on Jan. 5.", "He left."]),
        ("It costs $2.5 million, e.g. in the U.S. today.", ["It costs $2.5 million, e.g. in the U.S. today."]),
        ("See Fig. 3 and no. 7. Then stop.", ["See Fig. 3 and no. 7.", "Then stop."]),
        ('He said "Stop." Then he ran.', ['He said "Stop."', "Then he ran."]),
        ("Broken over\ntwo lines. Next.", ["Broken over\ntwo lines.", "Next."]),
        ("A note.[12] Another one.", ["A note.[12]", "Another one."]),
        ("- first item. With two.\n- second item\n  goes on", ["first item.", "With two.", "second item\n  goes on"]),
        ("# Heading\n\nThe text.", ["The text."]),
        ("Heading\n=======\n\nThe text.", ["The text."]),
        ("# Only a heading", ["Only a heading"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["| a | b |", "| 1 | 2 |"]),
        ("```python\nx = 1\ny = 2\n\nz = 3\n```", ["x = 1\ny = 2", "z = 3"]),
        ("これは文です。次の文。", ["これは文です。", "次の文。"]),
        ("Он видел А. С. Иванова в 1998 г. на съезде. Да.", ["Он видел А. С. Иванова в 1998 г. на съезде.", "Да."]),
        ("Это было в 1998 г. Потом нет.", ["Это было в 1998 г.", "Потом нет."]),
        ("« Est-ce sûr ? » dit-il. « Oui. » Puis non.", ["« Est-ce sûr ? » dit-il.", "« Oui. »", "Puis non."]),
        ("Er sagte: „Nein.“ Dann ging er.", ["Er sagte: „Nein.“", "Dann ging er."]),
        ('उसने कहा, "बंद करो।" फिर गया।', ['उसने कहा, "बंद करो।"', "फिर गया।"]),
        ("وصل د. أحمد. ثم مضى.", ["وصل د. أحمد.", "ثم مضى."]),
        ("It is . . . well, odd. Fine . . . . Next.", ["It is . . . well, odd.", "Fine . . . .", "Next."]),
        ("¿Qué? Sí. هل هذا؟ نعم.", ["¿Qué?", "Sí.", "هل هذا؟", "نعم."]),
        ("One paragraph\n\nand another", ["One paragraph", "and another"]),
        ("...\n\n---\n", []),
        ("", []),
    ],
)
def test_sentences(text: str, wanted: list[str]) -> None:
    assert parts(text) == wanted


@given(st.text(alphabet=st.sampled_from("aB1.!? \n\t-#|=`。、\"'([)]é"), max_size=300))
def test_spans_are_ordered_disjoint_and_not_empty(text: str) -> None:
    last = 0
    for start, stop in sentence_spans(text):
        assert last <= start < stop <= len(text)
        assert text[start:stop] == text[start:stop].strip()
        last = stop


def test_an_endless_sentence_is_cut_between_words() -> None:
    text = "word " * 500
    assert all(len(part) <= 600 and part.startswith("word") and part.endswith("word") for part in parts(text))
    assert sum(part.count("word") for part in parts(text)) == 500
    assert sum(map(len, parts("x" * 2_000))) == 2_000


def test_a_sentence_has_its_own_lines_where_the_passage_is_a_stretch_of_the_file() -> None:
    one = hit(1, "First.\nSecond goes\non here. Third.", first_line=10)
    lines = [(a.start, a.stop) for a in map(anchor_of, sources([one]))]
    assert lines == [(10, 10), (11, 12), (12, 12)]


def test_lines_are_those_of_the_passage_where_its_text_is_not_the_file() -> None:
    text = "First.\nSecond."
    rebuilt = hit(1, text)
    rebuilt.metadata["type"] = "html"  # type: ignore[index]
    assert {str(anchor_of(source)) for source in sources([rebuilt])} == {"L1-2"}


def test_a_citation_is_an_exact_quote() -> None:
    text = "First.\n\n  Second one\nhere.  "
    cited = [citation(source) for source in sources([hit(3, text)])]
    assert [text[c.start : c.stop] for c in cited] == [c.quote for c in cited] == ["First.", "Second one\nhere."]
    assert {c.hit for c in cited} == {3}
    assert {c.anchor.kind for c in cited} == {AnchorKind.LINE}


def test_a_long_line_of_dashes_costs_no_more_than_it_is_long() -> None:
    """A backtracking pattern would not finish here."""
    text = "Above.\n" + "- = | : " * 5_000 + "x.\n" + "-" * 40_000 + "\nBelow."
    assert [text[a:b] for a, b in sentence_spans(text)][-1] == "Below."
