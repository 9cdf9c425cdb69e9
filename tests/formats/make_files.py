"""Small files in binary formats, made by the tests: a PDF written by hand, DOCX by python-docx, notebooks as JSON."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from io import BytesIO

Text = tuple[float, float, float, str]
"""Points from the left, points from the bottom, font size, text."""


_PICTURE = "\nq 500 0 0 700 40 40 cm BI /W 1 /H 1 /CS /G /BPC 8 ID x EI Q"


def pdf(
    pages: Sequence[Sequence[Text]],
    info: str = "",
    *,
    pictures: Collection[int] = (),
    meanings: Mapping[str, str] | None = None,
) -> bytes:
    """Return a PDF 1.4 in Helvetica; `info` is the inside of its information dictionary.

    The pages whose numbers from 1 are in `pictures` show a picture; `meanings` says which text a letter stands for.
    """
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica%s >>"
    objects = ["", "<< /Type /Catalog /Pages 2 0 R >>", "", font % ("/ToUnicode 4 0 R" if meanings else "")]
    if meanings:
        map_ = _unicode_map(meanings)
        objects.append(f"<< /Length {len(map_)} >>\nstream\n{map_}\nendstream")
    kids: list[str] = []
    for lines in pages:
        content = "\n".join(f"BT /F1 {size} Tf {x} {y} Td ({_escaped(text)}) Tj ET" for x, y, size, text in lines)
        content += _PICTURE if len(kids) + 1 in pictures else ""
        objects.append(f"<< /Length {len(content.encode('latin-1'))} >>\nstream\n{content}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(objects) - 1} 0 R"
            " /Resources << /Font << /F1 3 0 R >> >> >>"
        )
        kids.append(f"{len(objects) - 1} 0 R")
    objects[2] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    objects.append(f"<< {info} >>")
    out = BytesIO(b"%PDF-1.4\n")
    out.seek(0, 2)
    places = []
    for number, body in enumerate(objects[1:], 1):
        places.append(out.tell())
        out.write(f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1"))
    start = out.tell()
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    out.write(f"xref\n0 {len(objects)}\n0000000000 65535 f \n{table}".encode())
    trailer = (
        f"trailer\n<< /Size {len(objects)} /Root 1 0 R /Info {len(objects) - 1} 0 R >>\nstartxref\n{start}\n%%EOF\n"
    )
    out.write(trailer.encode())
    return out.getvalue()


def _unicode_map(meanings: Mapping[str, str]) -> str:
    every = {chr(code): chr(code) for code in range(32, 127)} | dict(meanings)
    rows = [f"<{ord(letter):02x}> <{text.encode('utf-16-be').hex()}>" for letter, text in every.items()]
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /M def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(rows)} beginbfchar\n"
        + "\n".join(rows)
        + "\nendbfchar endcmap end end"
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def column(*lines: str, top: float = 800, size: float = 10, left: float = 70, step: float = 12) -> list[Text]:
    """Return lines of one font size under each other."""
    return [(left, top - at * step, size, line) for at, line in enumerate(lines)]


def notebook(*cells: tuple[str, str], **metadata: object) -> bytes:
    """Return a notebook of format 4 with cells of (kind, source)."""
    made = [{"cell_type": kind, "metadata": {}, "source": source.splitlines(keepends=True)} for kind, source in cells]
    return json.dumps({"cells": made, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()
