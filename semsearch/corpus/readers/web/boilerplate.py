"""What of a page is not its subject and does not say so by its tag: bars of links, banners, lists of its headings.

Nothing is thrown away for its name alone: what is called navigation has to be links, and a banner has to be small.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lxml.etree import _Element

__all__ = ["furniture"]

_TAGS = (
    *("div", "ul", "ol", "table", "section", "aside", "header", "footer", "p", "span", "address", "form", "dl"),
    "details",
)
_LINKS = re.compile(
    r"(?:^|[\s_-])(?:\w*nav(?:bar|igation|header|footer|links?|menu|list)?s?|menus?|bread-?crumbs?|\w*side-?bar\w*|"
    r"pagination|pager|prev|next|related\w*|shar(?:e|ing)|social\w*|skip\w*|foot(?:er)?\w*|ft|toolbar|tabs?|sitemap|"
    r"subscribe|newsletter|promo\w*|advert\w*|ads?|sponsor\w*|languages?|archives?|tag-?cloud|banner|path)(?=$|[\s_-])"
)
"""Names of what is left out where it is links for the most part."""
_BAR = re.compile(
    r"(?:^|[\s_-])(?:\w*nav(?:bar|igation|header|footer)?|bread-?crumbs?|pagination|pager|\w*langs?)(?=$|[\s_-])"
)
"""Names of what may say where its links lead: `Previous: 1. Wells`, `Languages: en | fr`."""
_BANNER = re.compile(r"cookie|consent|gdpr|onetrust|didomi|usercentrics|\bcmp\b")
_IMPRINT = re.compile(r"(?:^|[\s_-])(?:footer|copyright|colophon|imprint|powered|page-?header|masthead)(?=$|[\s_-])")
_CONTENTS = re.compile(r"(?:^|[\s_-])(?:\w*toc\w*|table-?of-?contents|contents|outline)(?=$|[\s_-])")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MANY = 10
"""Links from which on a list that stands above every heading is a menu."""


def furniture(root: _Element) -> set[Any]:
    """Return the elements of a page that a reader leaves out: never so many that little of the page is left."""
    size = _size(root)
    found: dict[Any, int] = {}
    budget = 4 * size + 10_000  # what may be looked at: names nested in names must not cost more than the page
    above = True
    for element in root.iter(*_TAGS, *_HEADINGS):
        if element.tag in _HEADINGS:
            above = False
            continue
        name = f"{element.get('class', '')} {element.get('id', '')}".lower()
        reported = element.get("role") in ("dialog", "alertdialog") or bool(_names(name))
        if budget < 0 or not (reported or (above and element.tag in ("ul", "ol"))) or element is root:
            continue
        own = _size(element)
        budget -= own
        if _is_furniture(element, name, own, size, above=above):
            found[element] = own
    outer = {e: n for e, n in found.items() if not any(up in found for up in e.iterancestors())}
    left = size - sum(outer.values())
    return set(outer) if left * 3 > size or left > 1000 else set()


@lru_cache(4096)  # a page has few names, each many times
def _names(name: str) -> bool:
    return any(pattern.search(name) for pattern in (_LINKS, _BAR, _BANNER, _IMPRINT, _CONTENTS))


def _is_furniture(element: Any, name: str, own: int, size: int, *, above: bool) -> bool:
    small = own < 3000 and own * 3 < size
    if small and (element.get("role") in ("dialog", "alertdialog") or _asks(element, name)):
        return True
    if _IMPRINT.search(name) and own < 600 and own * 3 < size and next(element.iter(*_HEADINGS), None) is None:
        return True
    links = [link for link in element.iter("a") if link.get("href") is not None]
    linked = sum(map(_size, links))
    if _LINKS.search(name) and linked * 2 >= own and linked * 2 <= size:
        return True
    if _BAR.search(name) and own < 600 and own * 3 < size and len(links) > 1 and _leads(links, linked * 5 >= own):
        return True
    if _CONTENTS.search(name) and linked * 10 >= own * 8:
        return sum(str(link.get("href")).startswith("#") for link in links) * 10 > len(links) * 8
    return above and element.tag in ("ul", "ol") and len(links) >= _MANY and linked * 10 >= own * 9


def _leads(links: list[Any], worded: bool) -> bool:
    """Return whether enough of a bar are links: in words, or all of them arrows."""
    return worded or all(next(link.iter("img"), None) is not None for link in links)


def _asks(element: Any, name: str) -> bool:
    """Return whether this is a banner that wants an answer."""
    return bool(_BANNER.search(name)) and next(element.iter("button", "input", "a"), None) is not None


def _size(element: Any) -> int:
    """How many characters of an element are text, runs of blanks counted as one; scripts are left out."""
    size = int(_length()(element))
    for inner in element.iter("script", "style", "head", "template"):
        parent = inner.getparent()
        if parent is None or parent.tag not in ("head", "template"):
            size -= int(_length()(inner))
    return max(0, size)


@cache
def _length() -> Any:
    from lxml.etree import XPath

    return XPath("string-length(normalize-space(.))")
