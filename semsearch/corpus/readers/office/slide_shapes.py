"""The shapes of a slide: their placeholders and positions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from semsearch.corpus.readers.office.package import OfficePackage
from semsearch.corpus.readers.office.slide_order import Box, reading_order

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["Positions", "Shape", "shapes_of"]

_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HOLDER = f"./*/{_P}nvPr/{_P}ph"
_SHAPES = (_P + "sp", _P + "pic", _P + "graphicFrame", _P + "cxnSp")
_GROUP = _P + "grpSp"

Places: TypeAlias = Mapping[tuple[str, str], Box]
"""The positions of a layout's placeholders, by (type, index); either may be empty for any."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A shape; `placeholder` is the type of the placeholder that it fills, empty for a plain shape."""

    element: _Element
    placeholder: str
    is_placeholder: bool


def shapes_of(slide: _Element, places: Places) -> Iterator[Shape]:
    """Yield the shapes of a slide in reading order, without slide numbers."""
    tree = slide.find(f"{_P}cSld/{_P}spTree")
    if tree is not None:
        yield from _in_group(tree, places)


def _in_group(group: _Element, places: Places) -> Iterator[Shape]:
    elements = list(_members(group))
    for at in reading_order([_box(element, places) for element in elements]):
        element = elements[at]
        if element.tag == _GROUP:
            yield from _in_group(element, places)
            continue
        holder = element.find(_HOLDER)
        kind = (holder.get("type") or "") if holder is not None else ""
        if kind != "sldNum":
            yield Shape(element, kind, holder is not None)


def _members(group: _Element) -> Iterator[_Element]:
    """Yield the shapes and groups in a group; of alternative versions, the one for newer programs."""
    for child in group:
        if child.tag in _SHAPES or child.tag == _GROUP:
            yield child
        elif child.tag == _MC + "AlternateContent":
            versions = (list(_members(version)) for version in child)
            yield from next(filter(None, versions), [])


def _box(element: _Element, places: Places) -> Box | None:
    """Return the position of a shape: its own, else that in its layout."""
    for path in (f"{_P}spPr/{_A}xfrm", f"{_P}xfrm", f"{_P}grpSpPr/{_A}xfrm"):
        if (box := _own_box(element.find(path))) is not None:
            return box
    holder = element.find(_HOLDER)
    if holder is None:
        return None
    kind, index = holder.get("type") or "", holder.get("idx") or ""
    return places.get((kind, index)) or places.get(("", index)) or places.get((kind, ""))


def _own_box(transform: _Element | None) -> Box | None:
    offset = transform.find(_A + "off") if transform is not None else None
    extent = transform.find(_A + "ext") if transform is not None else None
    if offset is None or extent is None:
        return None
    try:
        left, top = float(offset.get("x", "")), float(offset.get("y", ""))
        return left, top, left + float(extent.get("cx", "")), top + float(extent.get("cy", ""))
    except ValueError:
        return None


class Positions:
    """The placeholder positions in the layouts of a presentation."""

    def __init__(self, package: OfficePackage) -> None:
        """Read nothing yet."""
        self._package = package
        self._known: dict[str, Places] = {}

    def of_layout(self, part: str) -> Places:
        """Return the positions in a layout, with those of its master as defaults."""
        if part not in self._known:
            masters = [
                relation for relation in self._package.relations(part).values() if relation.kind == "slideMaster"
            ]
            places: dict[tuple[str, str], Box] = {}
            for name in [*(master.part for master in masters), part]:
                places.update(self._places(name))
            self._known[part] = places
        return self._known[part]

    def _places(self, part: str) -> Iterator[tuple[tuple[str, str], Box]]:
        root = self._package.xml_if_whole(part) if part else None
        for shape in root.iter(_P + "sp") if root is not None else ():
            holder, box = shape.find(_HOLDER), _own_box(shape.find(f"{_P}spPr/{_A}xfrm"))
            if holder is not None and box is not None:
                kind, index = holder.get("type") or "", holder.get("idx") or ""
                yield from (((kind, index), box), (("", index), box), ((kind, ""), box))
