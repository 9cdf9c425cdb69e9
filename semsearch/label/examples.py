"""Read labelled documents from a CSV file with a column `path` or `id` and a label column."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semsearch.errors import InvalidQuery
from semsearch.types.labels import HeadKind

__all__ = ["LabelFile", "check_field", "kind_of", "read_label_file", "typed"]

_DELIMITERS = ",;\t|"
_NAMES = ("path", "id")
_LARGEST = 1e30
"""Numbers beyond this are rejected: weights are single precision."""


@dataclass(frozen=True, slots=True)
class LabelFile:
    """The contents of a label file: {document as written: value as written}, from the column `column`.

    `unlabelled` counts rows without a value; `lines` has the line of each document.
    """

    column: str
    values: Mapping[str, str]
    lines: Mapping[str, int]
    unlabelled: int


def read_label_file(file: Path, column: str | None = None) -> LabelFile:
    """Read a label file: UTF-8 (with or without a BOM), cells separated by comma, semicolon, tab or bar.

    The label column is the one beside `path` or `id`, or `column` if there are several. Raises InvalidQuery with the
    file and, where possible, the line.
    """
    rows = _rows(file)
    header = [cell.strip() for cell in rows[0][1]]
    name = next(n for n in _NAMES if n in (cell.casefold() for cell in header))
    key = [cell.casefold() for cell in header].index(name)
    label = _label_column(file, header, key, column)
    for at in (key, label):
        if [cell.casefold() for cell in header].count(header[at].casefold()) > 1:
            raise InvalidQuery(f"{file} has several columns `{header[at]}`; keep one, or rename the others")
    values: dict[str, str] = {}
    lines: dict[str, int] = {}
    unlabelled = 0
    for line, cells in rows[1:]:
        if len(cells) != len(header):
            raise InvalidQuery(f"{file}, line {line}: {len(cells)} cells, the header has {len(header)}")
        document, value = cells[key].strip(), cells[label].strip()
        if not document:
            raise InvalidQuery(f"{file}, line {line}: no {name}")
        if not value:
            unlabelled += 1
            continue
        if values.get(document, value) != value:
            both = f"{values[document]!r} on line {lines[document]}, {value!r} on line {line}"
            raise InvalidQuery(f"{file}: {document} has two labels ({both}); keep one")
        values[document] = value
        lines.setdefault(document, line)
    if not values:
        raise InvalidQuery(f"{file} has no labelled document: a header, then a document and its label on each line")
    return LabelFile(header[label], values, lines, unlabelled)


def _rows(file: Path) -> list[tuple[int, list[str]]]:
    """Return (line, cells) of every row that is not blank, the header first; the delimiter is detected."""
    text = _text(file)
    first = next((line for line in text.splitlines() if line.strip()), "")
    if not first:
        raise InvalidQuery(f"{file} is empty; it needs a header with `path` or `id`, and the name of the label")
    for delimiter in sorted(_DELIMITERS, key=lambda d: -first.count(d)):
        header = next(csv.reader([first], delimiter=delimiter), [])
        if {cell.strip().casefold() for cell in header} & set(_NAMES):
            break
    else:
        raise InvalidQuery(f"{file} has no column `path` or `id`; its first line is {first[:80]!r}")
    rows, reader = [], csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    last = 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append((last + 1, cells))
            last = reader.line_num
    except csv.Error as error:
        raise InvalidQuery(f"{file}, line {last + 1}: {error}") from None
    return rows


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidQuery(f"{file} is not UTF-8 (byte {error.start}); save it as UTF-8") from None
    except OSError as error:
        raise InvalidQuery(f"{file} cannot be read: {error.strerror}") from None


def _label_column(file: Path, header: Sequence[str], key: int, column: str | None) -> int:
    others = [i for i in range(len(header)) if i != key]
    if column is not None:
        found = [i for i in others if header[i] == column]
        if not found:
            named = ", ".join(header[i] for i in others) or "none"
            raise InvalidQuery(f"{file} has no column {column!r}; beside `{header[key]}` it has {named}")
        return found[0]
    # With both `path` and `id`, the other one is no label column either.
    others = [i for i in others if header[i].casefold() not in _NAMES]
    if len(others) != 1:
        named = f"several columns ({', '.join(header[i] for i in others)})" if others else "no column of labels"
        raise InvalidQuery(f"{file} has {named} beside `{header[key]}`; choose one with --column")
    return others[0]


def check_field(name: str) -> None:
    """Raise InvalidQuery for a name that cannot be used in a filter."""
    if not name or len(name) > 60 or not name.isprintable() or any(c in ' =!<>"' for c in name):
        raise InvalidQuery(f"{name[:60]!r} cannot name a field: no blanks, quotes or comparison operators")
    if name.endswith((".confidence", ".error")):
        raise InvalidQuery(f"{name!r} cannot name a label: the suffix is reserved for how certain a label is")


def kind_of(values: Mapping[str, str | int | float]) -> HeadKind:
    """Return the kind of values: numbers if every one of them is."""
    return HeadKind.NUMBER if all(_number(v) is not None for v in values.values()) else HeadKind.CATEGORY


def typed(values: Mapping[str, str | int | float], kind: HeadKind) -> dict[str, str | int | float]:
    """Return values as a head of this kind is trained on. Raises InvalidQuery naming a document with an invalid one."""
    if kind is HeadKind.CATEGORY:
        return {document: str(value) for document, value in values.items()}
    found: dict[str, str | int | float] = {}
    for document, value in values.items():
        number = _number(value)
        if number is None or not math.isfinite(number) or abs(number) > _LARGEST:
            why = "is not a number" if number is None else "is not a finite number within 1e30"
            raise InvalidQuery(f"{document}: {str(value)[:40]!r} {why}; correct it, or use --kind category")
        found[document] = int(number) if number.is_integer() and abs(number) < 2**53 else number
    return found


def _number(value: str | int | float) -> float | None:
    """Return a value as a number, possibly not finite; None for a text."""
    try:
        return float(value) if not (isinstance(value, str) and "_" in value) else None
    except (ValueError, OverflowError):
        return None
