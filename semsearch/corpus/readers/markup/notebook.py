"""Jupyter notebooks: the sources of Markdown and code cells; outputs are not read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from semsearch.corpus.readers.markup import markdown
from semsearch.corpus.text.blocks import Lines, TextBuilder
from semsearch.corpus.text.decode import clean, decode, one_line
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Block, BlockKind, Parsed, Value

__all__ = ["is_notebook", "read"]


def read(data: bytes) -> Parsed:
    """Read a notebook of format 3 or 4; anchors count its cells from 1.

    Raises SourceUnreadable when it is not a notebook.
    """
    try:
        notebook = json.loads(decode(data), parse_int=float)  # int() would reject more than 4,300 digits
    except ValueError as error:
        raise SourceUnreadable(f"broken ipynb file: {one_line(str(error), 80)}") from error
    cells = _cells(notebook)
    if cells is None:
        raise SourceUnreadable("broken ipynb file: it has no cells")
    builder = TextBuilder()
    blocks: list[Block] = []
    for number, cell in enumerate(cells, 1):
        source = _source(cell)
        if not source.strip():
            continue
        anchor = Anchor(AnchorKind.CELL, number, number)
        start = builder.add(source, anchor)
        if isinstance(cell, dict) and cell.get("cell_type") == "markdown":
            blocks += [
                replace(block, start=block.start + start, stop=block.stop + start, anchor=anchor)
                for block in markdown.blocks(Lines(source))
            ]
        else:
            kind = BlockKind.PARAGRAPH if isinstance(cell, dict) and cell.get("cell_type") == "raw" else BlockKind.CODE
            blocks.append(replace(builder.blocks[-1], kind=kind))
    title = next((block.label for block in blocks if block.kind is BlockKind.HEADING and block.level == 1), "")
    fields = _fields(notebook)
    return Parsed(builder.parsed().text, tuple(blocks), str(fields.pop("title", "") or title), fields)


def is_notebook(values: Mapping[str, Any], lists: Mapping[str, Any]) -> bool:
    """Return whether an object is a notebook under another file name, by its values and its lists."""
    return "nbformat" in values and ("cells" in lists or "cells" in values or "worksheets" in lists)


def _cells(notebook: Any) -> list[Any] | None:
    if not isinstance(notebook, dict):
        return None
    cells = notebook.get("cells")
    if cells is None and isinstance(sheets := notebook.get("worksheets"), list):
        lists = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for cells in lists if isinstance(cells, list) for cell in cells]
    return cells if isinstance(cells, list) else None


def _source(cell: Any) -> str:
    if not isinstance(cell, dict):
        return ""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    return clean(source.replace("\r\n", "\n").replace("\r", "\n")) if isinstance(source, str) else ""


def _fields(notebook: dict[str, Any]) -> dict[str, Value]:
    raw = notebook.get("metadata")
    metadata: dict[str, Any] = raw if isinstance(raw, dict) else {}
    fields: dict[str, Value] = {}
    if isinstance(metadata.get("title"), str):
        fields["title"] = clean(metadata["title"])
    authors = metadata.get("authors")
    if isinstance(authors, list):
        names = [a.get("name") if isinstance(a, dict) else a for a in authors]
        fields["author"] = clean(", ".join(name for name in names if isinstance(name, str))) or None
    kernel = metadata.get("kernelspec")
    if isinstance(kernel, dict) and isinstance(kernel.get("language"), str):
        fields["kernel"] = clean(kernel["language"])
    return {key: value for key, value in fields.items() if value}
