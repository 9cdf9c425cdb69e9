"""Annotations of PDF pages: fields, boxes, stamps, comments, and attached files."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf.generic import ArrayObject, NullObject, NumberObject, TextStringObject

from semsearch.corpus.parse.read import read_bytes
from semsearch.errors import SourceUnreadable
from semsearch.search.near_copies import same_text
from semsearch.settings import Settings
from semsearch.types.documents import AnchorKind, Parsed
from tests.formats.make_archives import zipped
from tests.formats.make_forms import COMBO, HIDDEN, MULTILINE, NO_VIEW, PASSWORD, Form

LABELS = ((50.0, 450.0, "Name:"), (50.0, 420.0, "Town:"), (50.0, 380.0, "Signed in ink."))
NAME, TOWN, BELOW = (100.0, 445.0, 300.0, 465.0), (100.0, 415.0, 300.0, 435.0), (100.0, 300.0, 300.0, 320.0)
ICON = (350.0, 450.0, 370.0, 470.0)


def read(form: Form | bytes, settings: Settings | None = None) -> Parsed:
    return read_bytes(Path("a.pdf"), form if isinstance(form, bytes) else form.bytes, settings or Settings())


def lines(form: Form | bytes) -> list[str]:
    return [line for line in read(form).text.splitlines() if line]


@pytest.mark.parametrize("seen", [None, "Anna Lindqvist"], ids=["no appearance", "appearance"])
def test_a_filled_field_follows_its_label(seen: str | None) -> None:
    form = Form(*LABELS)
    form.field(NAME, "Anna Lindqvist", seen=seen)
    form.field(TOWN, "Visby", seen=seen and "Visby")
    assert lines(form) == ["Name: Anna Lindqvist", "Town: Visby", "Signed in ink."]


def test_the_visible_value_counts_and_not_the_stored_one() -> None:
    form = Form(*LABELS)
    form.field(TOWN, "Old value", seen="Visby")
    assert "Town: Visby" in lines(form)
    assert "Old" not in read(form).text


def test_when_a_form_needs_new_appearances_the_value_is_visible() -> None:
    form = Form(*LABELS)
    form.field(TOWN, "Visby", seen="Stale look")
    form.needed = True
    assert "Town: Visby" in lines(form)
    assert "Stale" not in read(form).text


def test_two_forms_that_differ_only_in_their_values() -> None:
    texts = []
    for name in ("Anna Lindqvist", "Bengt Olsson"):
        form = Form(*LABELS)
        form.field(NAME, name)
        texts.append(read(form).text)
    assert texts[0] != texts[1]
    assert not same_text(*texts)


def test_rows_choices_and_invisible_fields() -> None:
    form = Form(*LABELS)
    form.field(BELOW, "First row\rSecond row", Ff=MULTILINE)
    pairs = (("a", "Apple"), ("b", "Pear"))
    options = ArrayObject([ArrayObject([TextStringObject(key), TextStringObject(shown)]) for key, shown in pairs])
    form.field((100, 250, 300, 270), "b", kind="Ch", Opt=options, Ff=COMBO)
    form.field((100, 200, 300, 220), "sesame77", Ff=PASSWORD)
    form.field((100, 170, 300, 190), "for the office", F=HIDDEN)
    form.field((100, 140, 300, 160), "for the printer", seen="for the printer", F=NO_VIEW)
    form.field((100, 110, 300, 130))
    assert lines(form)[2:] == ["Signed in ink.", "First row", "Second row", "Pear"]


def test_checked_boxes() -> None:
    texts = []
    for first, second in (("Off", "Yes"), ("Yes", "Off")):
        form = Form((70, 300, "smoker"), (70, 280, "sleeps badly"))
        form.check((50, 298, 62, 310), first)
        form.check((50, 278, 62, 290), second)
        form.check((50, 258, 62, 270), "Vegetarian")
        texts.append(read(form).text)
    assert texts[0].splitlines() == ["smoker", "[x] sleeps badly", "[x] Vegetarian"]
    assert texts[1].splitlines() == ["[x] smoker", "sleeps badly", "[x] Vegetarian"]
    assert not same_text(*texts)


@pytest.mark.parametrize("seen", [None, "The key is under the mat"], ids=["no appearance", "appearance"])
def test_a_text_box_is_text_once(seen: str | None) -> None:
    form = Form((50, 450, "House rules"))
    form.annotate("FreeText", (50, 400, 300, 420), "The key is under the mat", seen=seen, DA="/F 12 Tf 0 g")
    assert read(form).text.count("The key is under the mat") == 1
    assert "comment" not in read(form).text


def test_a_stamp_is_read_by_its_appearance_and_keeps_its_comment() -> None:
    form = Form((50, 450, "Invoice 7"))
    form.annotate("Stamp", (50, 400, 300, 420), "two weeks late", seen="PAID IN FULL", T="Ida")
    assert lines(form) == ["Invoice 7", "PAID IN FULL", "Ida: two weeks late"]


def test_comments_follow_the_text_of_their_page_with_their_author() -> None:
    form = Form((50, 450, "The rent is due in May."))
    note = form.annotate("Text", ICON, "The deposit must be halved", T="Anna")
    form.annotate("Popup", ICON, "The deposit must be halved", Parent=note)
    form.annotate("Text", ICON, "Halved it is", T="Bengt", IRT=note)
    form.annotate("Text", ICON, "Accepted set by Bengt", T="Bengt", IRT=note, StateModel="Review", State="Accepted")
    form.annotate("Highlight", (50, 448, 150, 462), "which year?", QuadPoints=ArrayObject())
    form.annotate("Underline", (50, 448, 150, 462), RC="<body><p>ask &amp; tell</p></body>", T="Cy")
    form.annotate("Text", ICON, "for nobody", F=HIDDEN)
    form.annotate("Link", ICON, "a link's title")
    parsed = read(form)
    told = [parsed.text[block.start : block.stop] for block in parsed.blocks]
    assert told == [
        "The rent is due in May.",
        "Anna: The deposit must be halved",
        "Bengt: Halved it is",
        "which year?",
        "Cy: ask & tell",
    ]
    assert {(block.anchor.kind, block.anchor.start) for block in parsed.blocks} == {(AnchorKind.PAGE, 1)}


def test_a_short_note_is_kept_whatever_the_page_says() -> None:
    form = Form((50, 450, "Yesterday the rent of 1500 was paid: yes."))
    form.annotate("Text", ICON, "yes", T="Anna")
    form.annotate("Highlight", (50, 448, 150, 462), "500", T="Bo")
    assert lines(form)[1:] == ["Anna: yes", "Bo: 500"]


def test_a_comment_may_be_long() -> None:
    form = Form((50, 450, "Notes"))
    form.annotate("Text", ICON, "a long remark " * 20_000 + "ends here")
    assert lines(form)[-1].endswith("ends here")


def test_the_chosen_options_of_a_list() -> None:
    shown = ArrayObject([TextStringObject(name) for name in ("Apple", "Pear", "Plum")])
    texts = []
    for chosen in ("Pear", "Plum"):
        form = Form((50, 300, "Fruit:"))
        form.field((100, 250, 200, 315), chosen, kind="Ch", Opt=shown)
        texts.append(read(form).text)
        assert f"[x] {chosen}" in texts[-1]
    assert not same_text(*texts)


def test_a_comb_is_one_word_and_a_password_is_dropped() -> None:
    form = Form((50, 450, "Code:"))
    form.field(NAME, "ABC123", Ff=1 << 24, MaxLen=6)
    form.field(TOWN, "sesame77", seen="sesame77", Ff=PASSWORD)
    assert lines(form) == ["Code: ABC123"]


def test_letters_missing_in_all_fonts_are_read_from_the_value() -> None:
    form = Form((50, 450, "Name:"))
    form.field(NAME, "\u0645\u0631\u062d\u0628\u0627 \U00012000")
    assert "\u0645\u0631\u062d\u0628\u0627" in read(form).text or "\u0627\u0628\u062d\u0631\u0645" in read(form).text


def test_a_page_of_many_fields() -> None:
    form = Form((50, 480, "Register"))
    for number in range(3_000):
        x, y = 10 + number % 30 * 12, 470 - number // 30 * 4
        form.field((x, y, x + 10, y + 4), f"v{number}", seen=f"v{number}")
    text = read(form).text
    assert "v0" in text
    assert "v2999" in text


def test_a_comment_that_quotes_the_page_is_not_repeated() -> None:
    form = Form((50, 450, "The rent is due in May."))
    form.annotate("Highlight", (50, 448, 150, 462), "The rent  is due in May.")
    assert lines(form) == ["The rent is due in May."]


def test_letters_of_any_script() -> None:
    form = Form((50, 450, "Notes"))
    form.annotate("Text", ICON, "Προκαταβολή 敷金 🏠", T="Ελένη")
    assert lines(form)[-1] == "Ελένη: Προκαταβολή 敷金 🏠"


def test_a_page_of_comments_alone() -> None:
    form = Form()
    form.annotate("Text", ICON, "Nothing is printed here", T="Anna")
    assert lines(form) == ["Anna: Nothing is printed here"]


def test_many_comments_and_broken_ones() -> None:
    form = Form((50, 450, "Notes"))
    for number in range(800):
        form.annotate("Text", ICON, f"remark number {number}")
    form.annotations.extend([NullObject(), NumberObject(7), TextStringObject("none"), ArrayObject()])
    assert len(read(form).blocks) == 801


# Attachments.


def attached(*files: tuple[str, bytes]) -> bytes:
    form = Form((50, 450, "See the attachments."))
    for name, content in files:
        form.writer.add_attachment(name, content)
    return form.bytes


def test_attachments_are_nested_documents() -> None:
    inner = Form((50, 450, "An inner page."))
    inner.writer.add_attachment("deepest.txt", b"At the bottom.")
    data = attached(
        ("tools.txt", b"three lathes and a drill"),
        ("inner.pdf", inner.bytes),
        ("old.zip", zipped({"letter.txt": b"Dear aunt"})),
        ("photo.bin", bytes(range(256)) * 9),
    )
    parsed = read(data)
    found = {member.name: member for member in parsed.members}
    assert set(found) == {"inner.pdf", "old.zip", "photo.bin", "tools.txt"}
    assert found["tools.txt"].parsed is not None
    assert found["tools.txt"].parsed.text == "three lathes and a drill"
    inner_parsed = found["inner.pdf"].parsed
    assert inner_parsed is not None
    assert [member.name for member in inner_parsed.members] == ["deepest.txt"]
    assert found["old.zip"].parsed is not None
    assert [member.name for member in found["old.zip"].parsed.members] == ["letter.txt"]
    assert (found["photo.bin"].parsed, found["photo.bin"].reason) == (None, "binary")
    assert parsed.text == "See the attachments."


def test_a_file_attached_to_the_document_and_a_page_comes_once() -> None:
    form = Form((50, 450, "See the attachments."))
    form.attach("plan.txt", b"the plan of the cellar", ICON)
    form.attach("C:\\tmp\\../plan.txt", b"another plan", ICON)
    form.writer.add_attachment("plan.txt", b"the plan of the cellar")
    members = read(form).members
    assert [(member.name, member.parsed and member.parsed.text) for member in members] == [
        ("plan.txt", "the plan of the cellar"),
        ("plan (2).txt", "another plan"),
    ]


def test_limits_on_attachments_leave_out_only_the_rest() -> None:
    form = Form((50, 450, "See the attachments."))
    for name, content in (("a.txt", b"the first"), ("b.txt", b"x " * 50_000), ("c.txt", b"the third")):
        form.attach(name, content, ICON)
    few = read(form, Settings(max_members=1)).members
    assert [(member.name, member.parsed is not None, member.limited) for member in few] == [
        ("a.txt", True, False),
        ("b.txt", False, True),
    ]
    assert few[-1].reason.endswith("this and 1 more are left out")
    for settings, reason in (
        (Settings(max_file_bytes=99_999), "too large"),
        (Settings(max_expanded_bytes=200), "the attachments are larger than"),
    ):
        found = {member.name: member for member in read(form, settings).members}
        assert [found[name].parsed is not None for name in ("a.txt", "b.txt", "c.txt")] == [True, False, True]
        assert found["b.txt"].limited
        assert found["b.txt"].reason.startswith(reason)


def test_a_page_without_text_and_an_attachment() -> None:
    form = Form()
    form.writer.add_attachment("tools.txt", b"three lathes")
    parsed = read(form)
    assert parsed.text == ""
    assert [member.name for member in parsed.members] == ["tools.txt"]


def test_a_form_that_no_page_shows_has_a_remark() -> None:
    form = Form((50, 450, "Please wait..."))
    form.field(NAME, "Anna")
    form.dynamic = True
    assert read(form).remark == "its form (XFA) is shown by Adobe's programs only: left out"


def test_an_encrypted_pdf_with_fields_is_reported() -> None:
    form = Form((50, 450, "Secret"))
    form.annotate("Text", ICON, "a note")
    form.writer.encrypt("sesame", algorithm="RC4-128")
    with pytest.raises(SourceUnreadable, match="encrypted"):
        read(form)
