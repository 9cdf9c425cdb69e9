"""Label files as users write them, and every kind of invalid one."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.errors import InvalidQuery
from semsearch.label.examples import check_field, kind_of, read_label_file, typed
from semsearch.types.labels import HeadKind


def read(tmp_path: Path, text: str | bytes, column: str | None = None):  # type: ignore[no-untyped-def]
    file = tmp_path / "labels.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_label_file(file, column)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str, mark: str, end: str) -> None:
    lines = [["path", "topic"], ["a b.md", "physics"], [" ", " "], ["c.md", "biology"], ["d.md", ""]]
    found = read(tmp_path, mark + end.join(delimiter.join(cells) for cells in lines) + end)
    assert found.column == "topic"
    assert found.values == {"a b.md": "physics", "c.md": "biology"}
    assert found.lines == {"a b.md": 2, "c.md": 4}
    assert found.unlabelled == 1


def test_quoted_cells_and_a_chosen_column(tmp_path: Path) -> None:
    text = 'note,ID,stars\n"first, and\nlast",t-1,3\nx,"t,2",4\n'
    found = read(tmp_path, text, "stars")
    assert found.values == {"t-1": "3", "t,2": "4"}
    assert found.lines == {"t-1": 2, "t,2": 4}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("file,topic\na,b\n", "no column `path` or `id`"),
        ("path\na\n", "no column of labels"),
        ("path,a,b\nx,1,2\n", "several columns"),
        ("path,topic,PATH\na,x,b\n", "several columns `path`"),
        ("path,topic,topic\na,x,y\n", "several columns"),
        ("path,topic\n", "no labelled document"),
        ("path,topic\na\n", "line 2: 1 cells"),
        ("path,topic\n,physics\n", "line 2: no path"),
        ("path,topic\na,x\nb,y\na,y\n", "a has two labels"),
        (b"path,topic\na,caf\xe9\n", "not UTF-8"),
        ('path,topic\na,"' + "x" * 140_000 + '"\n', "line 2: field larger"),
    ],
)  # fmt: skip
def test_an_invalid_file_is_a_one_line_error(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(InvalidQuery, match=message) as caught:
        read(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_column(tmp_path: Path) -> None:
    with pytest.raises(InvalidQuery, match="no column 'stars'; beside `path` it has topic"):
        read(tmp_path, "path,topic\na,b\n", "stars")
    with pytest.raises(InvalidQuery, match="several columns `topic`"):
        read(tmp_path, "path,topic,topic\na,b,c\n", "topic")
    with pytest.raises(InvalidQuery, match="cannot be read"):
        read_label_file(tmp_path / "none.csv")


def test_numbers_and_categories_are_distinguished() -> None:
    assert kind_of({"a": "1", "b": "-2.5e3"}) is HeadKind.NUMBER
    assert kind_of({"a": "1", "b": "high"}) is HeadKind.CATEGORY
    assert kind_of({"a": "1_000", "b": "2"}) is HeadKind.CATEGORY
    assert typed({"a": "1", "b": "2.5"}, HeadKind.NUMBER) == {"a": 1, "b": 2.5}
    assert typed({"a": 1, "b": 2}, HeadKind.CATEGORY) == {"a": "1", "b": "2"}


@pytest.mark.parametrize("value", ["nan", "inf", "-Infinity", "1e300", "high"])
def test_an_invalid_number_is_named(value: str) -> None:
    with pytest.raises(InvalidQuery, match="b: "):
        typed({"a": "1", "b": value}, HeadKind.NUMBER)


@pytest.mark.parametrize("name", ["", "two words", "a=b", 'a"b', "a>b", "x\n", "y" * 61, "topic.confidence", "n.error"])
def test_names_that_no_filter_could_use(name: str) -> None:
    with pytest.raises(InvalidQuery, match="cannot name"):
        check_field(name)
