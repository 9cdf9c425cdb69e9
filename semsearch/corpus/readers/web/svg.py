"""SVG: the text of a drawing, with its titles and descriptions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from semsearch.corpus.text.blocks import TextBuilder
from semsearch.errors import SourceUnreadable
from semsearch.types.documents import Anchor, AnchorKind, Parsed

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["read"]

_WORDS = {"text", "title", "desc", "flowRoot", "foreignObject"}
"""Elements with text. Inkscape's flowRoot and the HTML of foreignObject are text with line breaks."""
_UNREAD = {"style", "script"}
_LINES = {"tspan", "flowPara", "p", "div", "br", "li"}
"""Elements inside these whose text begins a new word."""


def read(data: bytes) -> Parsed:
    """Read a drawing; its title is that of the whole, anchors are lines of the file.

    Raises SourceUnreadable for a drawing without text, "no text: only a drawing", and for a file that is not XML.
    """
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        return _read(etree.fromstring(data, parser))
    except etree.XMLSyntaxError as error:
        raise SourceUnreadable("broken svg file: not XML") from error
    except UnicodeDecodeError as error:  # a reference to half a surrogate pair
        raise SourceUnreadable("broken svg file: an invalid character") from error


def _read(root: _Element | None) -> Parsed:
    builder = TextBuilder()
    title = ""
    for element in _with_words(root) if root is not None else ():
        words = " ".join("".join(_pieces(element)).split())
        if words:
            title = title or (words if _name(element) == "title" and element.getparent() is root else "")
            line = element.sourceline or 1
            builder.add(words, Anchor(AnchorKind.LINE, line, line), separator="\n")
    if not builder.blocks:
        raise SourceUnreadable("no text: only a drawing")
    return builder.parsed(title)


def _name(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _with_words(root: _Element) -> Iterator[_Element]:
    """Yield the outermost elements with text; of a switch only its first alternative."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if _name(element) in _WORDS:
            yield element
        elif _name(element) not in _UNREAD:
            inside = list(element.iterchildren("*"))
            waiting += inside[:1] if _name(element) == "switch" else inside[::-1]


def _pieces(element: _Element) -> Iterator[str]:
    """Yield the texts of an element, with blanks where an inner element begins a new line."""
    from lxml import etree

    walker = etree.iterwalk(element, events=("start", "end"))
    for event, inner in walker:
        if event == "end":
            yield (inner.tail or "") if inner is not element else ""
        elif _name(inner) in _UNREAD:
            walker.skip_subtree()
        else:
            yield " " if _name(inner) in _LINES else ""
            yield inner.text or ""
