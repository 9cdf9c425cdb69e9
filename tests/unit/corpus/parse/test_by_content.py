"""Files recognized by content: mail, canvases, notebooks and JSON under other names."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from semsearch.corpus.parse.read import known_type
from semsearch.errors import SourceUnreadable
from tests.formats.library_samples import CANVAS, MESSAGE
from tests.formats.make_files import notebook
from tests.formats.reading import outline, read


@pytest.mark.parametrize(
    "name",
    [
        "letter.txt",
        "17",
        "1709288430.M1P2.host",
        "cur/1709288430.M1P2.host:2,S",
        "cur/1709288430.M1P2.host,S=812:2,RS",
        "new/1709288430.M1P2.mail.example.pl",
        "new/1709288430.123_1.mail.example.org",
        "cur/1709288430.M1P2.host.rs;2,S",
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_messages_are_recognized_by_their_headers(name: str, newline: str) -> None:
    data = MESSAGE.replace("\n", newline).encode()
    parsed = read(name, data)
    assert (parsed.title, parsed.metadata["author"]) == ("The ladder", "Ada Holm")
    assert parsed.text.endswith("The ladder is behind the shed.")
    assert known_type(Path(name), data) == "eml"


@pytest.mark.parametrize(
    "text",
    [
        "From: the desk of Ada\n\nDear all,\n",
        "From: Ada\nTo: Bo\n\nNo date and no number.\n",
        "Date: today\nSubject: x\nFrom: me\nand then some words\n\nmore\n",
        "Title: A well\nDate: 2024-03-05\nAuthor: Ada\n\nIt is deep.\n",
        "From: Ada\nTo: Bo\nDate: today\n",
    ],
)
def test_texts_that_begin_like_mail_stay_texts(text: str) -> None:
    assert read("a.txt", text).text == text
    assert known_type(Path("a.txt"), text.encode()) == "txt"


def test_a_source_file_is_not_a_message_because_of_its_folder() -> None:
    assert known_type(Path("new/main.rs"), b"fn main() {}\n") == "rs"


def test_a_canvas_is_its_cards_in_reading_order() -> None:
    for name in ("Plan.canvas", "Plan.json", "Plan.canvas.bak"):
        parsed = read(name, CANVAS)
        assert parsed.text == (
            "House\n\n# Roof\nNew tiles\npaid by → Costs.md#2031\n\nPaint the door\n\nCosts.md#2031\n\n"
            "https://example.org/tiles"
        )
        assert [(kind, anchor, level) for kind, anchor, level, _ in outline(parsed)] == [
            ("heading", "¶1", 1),
            ("heading", "¶2", 2),
            ("paragraph", "¶2", 0),
            ("paragraph", "¶2", 0),
            ("heading", "¶3", 2),
            ("paragraph", "¶3", 0),
            ("paragraph", "¶4", 0),
            ("heading", "¶5", 1),
            ("paragraph", "¶5", 0),
        ]


@pytest.mark.parametrize("text", ["{not json", "[1, 2]", '{"nodes": 3}', '{"nodes": [{"id": 1, "type": "text"}]}'])
def test_a_broken_canvas_is_never_shown_raw(text: str) -> None:
    with pytest.raises(SourceUnreadable, match=r"broken canvas file|empty"):
        read("a.canvas", text)


def test_notebooks_under_other_names() -> None:
    data = notebook(("markdown", "# Wells\n\nDeep ones."), ("code", "x = 1"))
    for name in ("a.ipynb.bak", "a.json", "a"):
        assert outline(read(name, data))[0] == ("heading", "cell 1", 1, "Wells")


def test_json_under_other_names() -> None:
    text = "The well behind the church is deeper than any other in the valley."
    rows = json.dumps([{"id": "a", "text": text}, {"id": "b", "text": text}])
    for name in ("a.json", "a.dump", "a.txt", "rows"):
        assert [member.name for member in read(name, rows).members] == ["a", "b"]
    features = [{"type": "Feature", "properties": {"name": n, "note": text}, "geometry": {"x": [1, 2]}} for n in "ab"]
    parsed = read("a.geojson", json.dumps({"type": "FeatureCollection", "features": features}))
    assert [one.parsed.text for one in parsed.members if one.parsed] == [text, text]
    assert known_type(Path("a.webmanifest")) == "json"
    for plain in ("[section]\na = 1\n", "{{ template }}\n", "[ ] buy milk\n[x] sow\n", '{"a": 1} and more\n'):
        assert read("a.txt", plain).text == plain
        assert known_type(Path("a.txt"), plain.encode()) == "txt"
