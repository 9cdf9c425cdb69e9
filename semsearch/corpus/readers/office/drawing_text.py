"""Text in DrawingML, used by slides, sheets and texts: paragraphs, charts, diagrams, and descriptions of pictures.

ECMA-376 part 1, chapters 20 and 21.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from semsearch.corpus.readers.office.package import OfficePackage, Relation

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["A", "described", "labels", "paragraph_text"]

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_FILE_NAME = re.compile(r"\S+\.\w{3,4}$|https?://\S+$|(picture|image|bild|grafik|imagen|photo) ?\d*$", re.I)
_GENERATED = re.compile(r"\s*(description automatically generated|automatisch generierte beschreibung).*$", re.I | re.S)


def paragraph_text(paragraph: _Element) -> str:
    """Return the text of an `a:p` with its line breaks, without slide numbers."""
    texts: list[str] = []
    for node in paragraph.iter("{*}t", A + "br"):
        above = node.getparent()
        if node.tag == A + "br":
            texts.append("\n")
        elif not (above is not None and above.tag == A + "fld" and above.get("type") == "slidenum"):
            texts.append(node.text or "")
    lines = (" ".join(line.split()) for line in re.split("[\n\v]", "".join(texts).replace("_x000D_", "")))
    return "\n".join(filter(None, lines))


def labels(frame: _Element, package: OfficePackage, relations: Mapping[str, Relation]) -> Iterator[str]:
    """Yield the text of each chart and diagram that a frame refers to, one line per label."""
    for element in frame.iter("{*}chart", "{*}relIds"):
        target = relations.get(element.get(_R + "id") or element.get(_R + "dm") or "")
        root = package.xml_if_whole(target.part) if target else None
        if root is not None and (text := "\n".join(dict.fromkeys(_labels(root)))):
            yield text


def _labels(root: _Element) -> Iterator[str]:
    """Yield titles, points of diagrams, and the names of series and categories."""
    for paragraph in root.iter(A + "p"):
        yield from filter(None, [paragraph_text(paragraph)])
    for names in root.iter("{*}strCache"):
        yield from filter(None, (" ".join((value.text or "").split()) for value in names.iter("{*}v")))


def described(properties: _Element | None) -> str:
    """Return the alternative text of a picture, unless it is a file name."""
    text = (properties.get("descr") or "") if properties is not None else ""
    text = " ".join(_GENERATED.sub("", text).split())
    return "" if _FILE_NAME.fullmatch(text) else text
