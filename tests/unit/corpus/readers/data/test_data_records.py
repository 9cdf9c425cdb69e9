"""Tables, JSON and YAML: text records become documents, anything else stays one document on its own lines."""

from __future__ import annotations

import csv
import json

import pytest

from semsearch.types.documents import Parsed
from tests.formats.reading import blocks, outline, read

LONG = "The well behind the church is deeper than any other in the valley."
OTHER = "Nobody remembers who dug it, and the water is cold all year round."


def documents(parsed: Parsed) -> list[tuple[str, str, str, str, dict[str, object]]]:
    """Return (name, title, text, anchor, metadata) of every record."""
    out = []
    for member in parsed.members:
        assert member.type == "record"
        assert member.parsed is not None
        found = member.parsed
        out.append((member.name, found.title, found.text, str(found.blocks[0].anchor), dict(found.metadata)))
    return out


def test_a_judged_collection() -> None:
    lines = [{"_id": "d7", "title": "Wells", "text": LONG}, {"_id": "d9", "title": "", "text": OTHER, "metadata": {}}]
    parsed = read("corpus.jsonl", "\n".join(map(json.dumps, lines)) + "\n")
    assert documents(parsed) == [("d7", "Wells", LONG, "L1", {}), ("d9", "", OTHER, "L2", {})]
    assert (parsed.text, parsed.blocks, parsed.metadata) == ("", (), {"records": 2})


def test_fields_without_a_name_and_text_that_looks_like_numbers() -> None:
    strange = {"": 7, "nan": float("nan"), "most": float("inf"), "a\nb\x00": 1, "\ud800": 2, "big": 10**30}
    lines = [{"id": name, "text": LONG, **strange} for name in ("a", "b")]
    parsed = read("a.jsonl", "\n".join(map(json.dumps, lines)))
    assert documents(parsed) == [
        (n, "", LONG, f"L{at}", {"a b": 1, "\ufffd": 2, "big": 10**30}) for at, n in enumerate("ab", 1)
    ]


def test_an_array_of_objects_keeps_its_lines() -> None:
    found = [
        {"id": 1, "name": "Ida", "comment": LONG, "stars": 4, "tags": ["deep", "old"], "open": True},
        {"id": 1, "name": "Ole", "comment": f"{OTHER}\n\n{LONG}", "where": {"village": "Holm"}},
    ]
    parsed = read("a.json", json.dumps(found, indent=2))
    assert documents(parsed) == [
        ("1", "Ida", LONG, "L2-12", {"id": 1, "stars": 4, "tags": "deep, old", "open": True}),
        ("2", "Ole", f"{OTHER}\n\n{LONG}", "L13-20", {"id": 1, "where": "Holm"}),
    ]


def test_records_under_a_key_and_by_name() -> None:
    rows = [{"title": "A", "abstract": LONG, "year": 2001}, {"title": "B", "abstract": OTHER, "year": 2002}]
    assert [d[:3] for d in documents(read("a.json", json.dumps({"version": 1, "articles": rows})))] == [
        ("1", "A", LONG),
        ("2", "B", OTHER),
    ]
    named = {key: {"text": LONG + key} for key in ("x", "y", "z")}
    assert [d[0] for d in documents(read("a.json", json.dumps(named)))] == ["x", "y", "z"]


def test_several_texts_are_labelled_and_nested_ones_found() -> None:
    rows = [{"question": "How deep is the well there?", "answer": LONG, "chat": [{"role": "a", "content": OTHER}]}] * 2
    assert documents(read("a.jsonl", "\n".join(map(json.dumps, rows))))[0][2] == (
        f"question: How deep is the well there?\n\nanswer: {LONG}\n\nchat: a\n\n{OTHER}"
    )


def test_yaml_lists_of_texts() -> None:
    text = f"# wells\n- slug: deep\n  title: Deep\n  text: |\n    {LONG}\n\n    {OTHER}\n  no: no\n"
    text += f"- slug: old\n  text: >-\n    {LONG}\n"
    assert documents(read("a.yaml", text)) == [
        ("deep", "Deep", f"{LONG}\n\n{OTHER}", "L2-8", {"no": "no"}),
        ("old", "", LONG, "L9-11", {}),
    ]


CONFIGURATION = {
    "a.yaml": "# head\nservices:\n  web:\n    image: x\n\n    ports: [1]\n# about volumes\nvolumes:\n- a\n- b\n",
    "b.yml": "- name: Install\n  apt: {name: git}\n- name: Copy\n  copy: {src: a}\n",
    "c.json": '{\n  "name": "x",\n  "scripts": {\n    "test": "y"\n  },\n  "files": [{"a": 1}, {"a": 2}]\n}\n',
    "d.json": '[\n  {"id": 1, "x": 2},\n  {"id": 2, "x": 3}\n]\n',
    "e.json": '{"broken": [1, 2\n',
    "f.jsonl": '{"ts": 1, "level": "info", "message": "the server has started on its port now"}\n' * 3,
    "g.yaml": f"- &a text: {LONG}\n- *a\n- text: {OTHER}\n",
    "h.json": "[" * 5000,
    "i.jsonl": "no json\nat all\n",
}


@pytest.mark.parametrize("name", CONFIGURATION)
def test_configuration_stays_text_on_its_lines(name: str) -> None:
    parsed = read(name, CONFIGURATION[name])
    assert (parsed.text, parsed.members) == (CONFIGURATION[name], ())
    for block in parsed.blocks:
        lines = parsed.text[: block.start].count("\n") + 1
        assert (block.anchor.start, block.anchor.stop) == (
            lines,
            lines + parsed.text.count("\n", block.start, block.stop),
        )


def test_entries_are_blocks() -> None:
    assert [a for _, a, _ in blocks(read("a.yaml", CONFIGURATION["a.yaml"]))] == ["L1-6", "L7-10"]
    assert [a for _, a, _ in blocks(read("b.yml", CONFIGURATION["b.yml"]))] == ["L1-2", "L3-4"]
    assert [a for _, a, _ in blocks(read("c.json", CONFIGURATION["c.json"]))] == ["L1", "L2", "L3-5", "L6-7"]


def test_json_on_one_line_is_split_into_lines() -> None:
    parsed = read("a.json", json.dumps({"numbers": list(range(1000))}))
    assert parsed.text.count("\n") > 1000
    assert [str(block.anchor) for block in parsed.blocks] == ["L1"]


def test_a_table_of_numbers_has_its_columns_above_every_row() -> None:
    text = 'depth;age;"where, then"\n12;80;"north\nside"\n13;81;south\n'
    parsed = read("a.csv", text)
    assert parsed.text == text
    assert outline(parsed) == [
        ("heading", "L1", 1, "depth | age | where, then"),
        ("table", "L2-3", 0, ""),
        ("table", "L4", 0, ""),
    ]
    assert outline(read("a.tsv", "1\t2\n3\t4\n")) == [("table", "L1-2", 0, "")]


def test_a_table_with_a_column_of_sentences() -> None:
    text = f'id,title,review,stars\nw1,Well,"{LONG}\nIt is ""deep"".",4\nw2,Pump,"{OTHER}",5\n'
    assert documents(read("a.csv", text)) == [
        ("w1", "Well", f'{LONG}\nIt is "deep".', "L2-3", {"stars": 4}),
        ("w2", "Pump", OTHER, "L4", {"stars": 5}),
    ]
    assert [d[2] for d in documents(read("a.csv", f"text\n{LONG}\n{OTHER.replace(',', '')}\n"))] == [
        LONG,
        OTHER.replace(",", ""),
    ]


def test_odd_tables() -> None:
    cell = "word " * 60_000
    parsed = read("a.csv", f"id,text\n1,{cell}\n2,{LONG}\n")
    assert len(documents(parsed)[0][2]) == len(cell.strip())
    quoted = 'a,b\n1,"never closed\n' + "2,3\n" * 2000
    assert read("a.csv", quoted).blocks[-1].anchor.stop == 2002
    assert documents(read("a.csv", f"text,note\r{LONG.replace(',', '')},x\r{OTHER.split(',')[0]} and more of that,y\r"))
    assert read("a.csv", "just a line\n").text == "just a line\n"
    ragged = documents(read("b.csv", f"id,text\n1,{LONG}\n2,{OTHER}\n"))
    assert [(name, text) for name, _, text, _, _ in ragged] == [("1", LONG), ("2", OTHER)]
    assert [m.reason for m in read("a.csv", f"id,text\n1,{LONG}\n2,{LONG}\n3\n").members] == ["", "", "empty"]


def test_a_cell_of_any_length_is_read_and_the_process_limit_is_restored() -> None:
    limit = csv.field_size_limit()
    parsed = read("a.csv", f"name,remark\nIda,{'long ' * 40_000}\n")
    assert len(parsed.text) > 200_000
    assert csv.field_size_limit() == limit
