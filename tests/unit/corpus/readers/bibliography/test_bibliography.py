"""BibTeX, RIS and CSL-JSON: each entry a decoded document; a broken entry spoils no other."""

from __future__ import annotations

import json

import pytest

from semsearch.types.documents import Parsed
from tests.formats.library_samples import BIBTEX, CSL, RIS
from tests.formats.reading import read


def entries(parsed: Parsed) -> dict[str, Parsed]:
    assert all(member.type == "record" for member in parsed.members)
    return {member.name: member.parsed for member in parsed.members if member.parsed is not None}


def test_bibtex_entries_are_decoded_documents() -> None:
    parsed = read("a.bib", BIBTEX)
    found = entries(parsed)
    assert (list(found), parsed.text, parsed.remark) == (["novak2029", "oren2031", "days31"], "", "")
    one = found["novak2029"]
    assert one.title == "Deep wells – a survey of α-emitters"
    assert one.text == (
        "Deep wells – a survey of α-emitters\n\n"
        "Petra Novák, Bjørn Åström, Society of Wells (2029-03). Journal of Groundwater, pp. 3–14\n"
        "novak2029 10.1000/abc_1\n\nMost wells in the valley are deeper than they look."
    )
    assert str(one.blocks[0].anchor) == "L5-10"
    wanted = {"author": ("Petra Novák", "Bjørn Åström", "Society of Wells"), "year": 2029, "key": "novak2029"}
    assert wanted.items() <= dict(one.metadata).items()
    assert one.metadata["date"] == "2029-03"


def test_bibtex_cross_references_supply_missing_fields() -> None:
    found = entries(read("a.bib", BIBTEX))["oren2031"]
    assert (found.title, found.metadata["booktitle"], found.metadata["year"]) == ("Pumps", "Days of Water", 2031)
    looping = "@misc{a, title={A}, crossref={b}}\n@misc{b, title={B}, crossref={a}}\n"
    assert list(entries(read("a.bib", looping))) == ["a", "b"]


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (r"M{\"u}ller", "Müller"),
        (r"M\"uller", "Müller"),
        (r"M{\"{u}}ller", "Müller"),
        (r"Dvo{\v r}{\'a}k", "Dvořák"),
        (r"Dvo\v{r}\'ak", "Dvořák"),
        (r"{\O}deg{\aa}rd", "Ødegård"),
        (r"\O degaard", "Ødegaard"),
        (r"Stra{\ss}e", "Straße"),
        (r"Garc{\'\i}a", "García"),
        (r"Garc{\'{\i}}a", "García"),
        (r"Fran\c{c}ois {\c C}elik", "François Çelik"),
        (r"\L{}ukasz", "Łukasz"),
        (r"a -- b --- c", "a – b — c"),
        (r"{{The {RNA} World}}", "The RNA World"),
        (r"``quoted'' \& 5\%", "“quoted” & 5%"),
        (r"H$_2$O and $10^{-3}$", "H2O and 10^-3"),
        (r"\emph{very} \textbf{bold}~words", "very bold words"),
    ],
)
def test_latex_in_fields(written: str, printed: str) -> None:
    assert entries(read("a.bib", f"@misc{{k, title = {{{written}}}, year = 2000}}"))["k"].title == printed


def test_a_broken_entry_spoils_no_other() -> None:
    text = "@article{a, title={One}}\n\n@article{b, title={Two {x}, year=2001\n\n"
    text += '@article(c, title="Three" year=2002)\n@article{d, title="Four}\n\n@misc{a, title={Again}}\n'
    parsed = read("a.bib", text + "@misc{e, title={last")
    found = entries(parsed)
    assert list(found) == ["a", "b", "c", "d", "a (2)", "e"]
    assert parsed.remark == "broken entries, kept as they are: b, d, e"
    assert found["b"].text == "@article{b, title={Two {x}, year=2001"
    assert (found["c"].title, found["c"].metadata["year"]) == ("Three", 2002)
    assert found["a (2)"].title == "Again"


def test_a_file_without_entries_stays_a_text() -> None:
    assert read("a.bib", "% nothing yet\n@string{x = {y}}\n").text.startswith("% nothing yet")
    assert read("a.ris", "nothing at all\n").text == "nothing at all\n"


def test_ris_references_are_documents() -> None:
    found = entries(read("a.ris", RIS))
    assert list(found) == ["lind2028", "2"]
    one = found["lind2028"]
    assert one.text == (
        "Frost in pipes\n\nÅsa Lindström, Pim van Dijk (2028-11-03). Cold Science, vol. 4, pp. 10–19\nlind2028\n\n"
        "Pipes freeze from the outside.\n\nKeywords: frost; pipes"
    )
    assert (one.title, one.metadata["author"], one.metadata["year"]) == (
        "Frost in pipes",
        ("Åsa Lindström", "Pim van Dijk"),
        2028,
    )
    assert found["2"].title == "Ice"


def test_csl_items_are_documents_under_any_name() -> None:
    for name in ("a.json", "a.json.bak", "library"):
        found = entries(read(name, CSL))
        assert list(found) == ["kova2030", "x2"]
        assert found["kova2030"].title == "On moss"
        assert found["kova2030"].metadata["author"] == ("Ida Kovács", "Moss Society")
        assert found["kova2030"].text == "On moss\n\nIda Kovács, Moss Society (2030-04). Bog Letters, pp. 1-2\nkova2030"
        assert found["x2"].metadata["author"] == "van Beek"
    assert "entry" not in dict(read("a.json", json.dumps([{"type": "book", "id": 1}])).metadata)


def test_libraries_are_recognized_by_their_content() -> None:
    assert "oren2031" in entries(read("export", BIBTEX))
    assert "novak2029" in entries(read("export.txt", BIBTEX[BIBTEX.index("@article{n") :]))
    assert "lind2028" in entries(read("export.txt", RIS))
    assert read("a.txt", "@ada{home} wrote: {x}\n").members == ()
