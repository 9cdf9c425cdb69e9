"""SVG: the words of a drawing, its titles and descriptions, not the numbers of its curves."""

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
"""Elements whose text is shown or read out. Inkscape's flowRoot and HTML in foreignObject are text with line breaks."""
_UNREAD = {"style", "script"}
_LINES = {"tspan", "flowPara", "p", "div", "br", "li"}
"""Elements inside those that begin a word of their own."""


def read(data: bytes) -> Parsed:
    """Read a drawing; its title is that of the whole, anchors are lines of the file.

    Raises SourceUnreadable where it has no word, "no text: only a drawing", and for malformed XML.
    """
    from lxml import etree

    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        return _read(etree.fromstring(data, parser))
    except etree.XMLSyntaxError as error:
        raise SourceUnreadable("broken svg file: no XML") from error
    except UnicodeDecodeError as error:  # a reference to half a character
        raise SourceUnreadable("broken svg file: a character that there is not") from error


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
    """Yield the elements that hold words, none inside of another; of a switch its first alternative."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        if _name(element) in _WORDS:
            yield element
        elif _name(element) not in _UNREAD:
            inside = list(element.iterchildren("*"))
            waiting += inside[:1] if _name(element) == "switch" else inside[::-1]


def _pieces(element: _Element) -> Iterator[str]:
    """Yield the texts of an element, and blanks where others begin on a line of their own."""
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
