"""Tables inside documents as lines, one per row; tables used only for layout are recognized."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

__all__ = ["LONGEST_LABEL", "is_layout", "table_text"]

LONG = 12
"""Tables with at least this many rows are likely to be cut, so their rows name their columns."""
LONGEST_LABEL = 80
"""Longest cell that is repeated, in the rows that it spans or as the name of a column."""
_LONGEST_CELL = 1000
"""A longer cell is a text of its own."""


def table_text(rows: Iterable[Mapping[int, str]], *, headed: bool = False) -> str:
    """Return rows of (column: text) as lines; `headed` means that the first row names the columns."""
    rows = [row for row in rows if any(row.values())]
    if headed and len(rows) > LONG and max(map(len, rows[0].values())) <= LONGEST_LABEL:
        names = rows[0]
        named = (
            {at: f"{names[at]}: {text}" if text and names.get(at) else text for at, text in r.items()} for r in rows[1:]
        )
        rows = [names, *named]
    return "\n".join(" | ".join(filter(None, row.values())) for row in rows)


def _named(row: Mapping[int, str], names: Mapping[int, str]) -> dict[int, str]:
    return {at: f"{names[at]}: {text}" if text and names.get(at) else text for at, text in row.items()}


def is_layout(rows: Sequence[Sequence[Sequence[str]]]) -> bool:
    """Return whether a table is used only for layout, by the paragraphs of its cells.

    It has one row or one column with several paragraphs per cell, or a cell that is a text of its own.
    """
    cells = [cell for row in rows for cell in row if cell]
    narrow = len(rows) < 2 or max(map(len, rows)) < 2
    return any(sum(map(len, cell)) > _LONGEST_CELL for cell in cells) or (
        narrow and any(len(cell) > 1 for cell in cells)
    )
