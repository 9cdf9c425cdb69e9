"""Find boilerplate of a page that its tags do not mark: link bars, banners, tables of contents.

Nothing is dropped for its name alone: navigation has to consist of links, and a banner has to be small.
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
"""Names of elements that are dropped when they consist mostly of links."""
_BAR = re.compile(
    r"(?:^|[\s_-])(?:\w*nav(?:bar|igation|header|footer)?|bread-?crumbs?|pagination|pager|\w*langs?)(?=$|[\s_-])"
)
"""Names of bars with some text beside their links: `Previous: 1. Wells`, `Languages: en | fr`."""
_BANNER = re.compile(r"cookie|consent|gdpr|onetrust|didomi|usercentrics|\bcmp\b")
_IMPRINT = re.compile(r"(?:^|[\s_-])(?:footer|copyright|colophon|imprint|powered|page-?header|masthead)(?=$|[\s_-])")
_CONTENTS = re.compile(r"(?:^|[\s_-])(?:\w*toc\w*|table-?of-?contents|contents|outline)(?=$|[\s_-])")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_MANY = 10
"""A list with at least this many links above all headings is a menu."""


def furniture(root: _Element) -> set[Any]:
    """Return the boilerplate elements of a page; none if that would leave little of the page."""
    size = _size(root)
    candidates: dict[Any, int] = {}
    budget = 4 * size + 10_000  # limits the cost of nested candidates
    above = True
    for element in root.iter(*_TAGS, *_HEADINGS):
        if element.tag in _HEADINGS:
            above = False
            continue
        name = f"{element.get('class', '')} {element.get('id', '')}".lower()
        named = element.get("role") in ("dialog", "alertdialog") or bool(_names(name))
        if budget < 0 or not (named or (above and element.tag in ("ul", "ol"))) or element is root:
            continue
        own = _size(element)
        budget -= own
        if _is_furniture(element, name, own, size, above=above):
            candidates[element] = own
    outer = {e: n for e, n in candidates.items() if not any(up in candidates for up in e.iterancestors())}
    left = size - sum(outer.values())
    return set(outer) if left * 3 > size or left > 1000 else set()


@lru_cache(4096)  # a page repeats few names many times
def _names(name: str) -> bool:
    return any(pattern.search(name) for pattern in (_LINKS, _BAR, _BANNER, _IMPRINT, _CONTENTS))


def _is_furniture(element: Any, name: str, own: int, size: int, *, above: bool) -> bool:
    small = own < 3000 and own * 3 < size
    if small and (element.get("role") in ("dialog", "alertdialog") or _is_consent(element, name)):
        return True
    if _IMPRINT.search(name) and own < 600 and own * 3 < size and next(element.iter(*_HEADINGS), None) is None:
        return True
    links = [link for link in element.iter("a") if link.get("href") is not None]
    linked = sum(map(_size, links))
    if _LINKS.search(name) and linked * 2 >= own and linked * 2 <= size:
        return True
    if _BAR.search(name) and own < 600 and own * 3 < size and len(links) > 1 and _is_link_bar(links, linked * 5 >= own):
        return True
    if _CONTENTS.search(name) and linked * 10 >= own * 8:
        return sum(str(link.get("href")).startswith("#") for link in links) * 10 > len(links) * 8
    return above and element.tag in ("ul", "ol") and len(links) >= _MANY and linked * 10 >= own * 9


def _is_link_bar(links: list[Any], worded: bool) -> bool:
    """Return whether a bar consists of links: enough of its text, or all of them arrows."""
    return worded or all(next(link.iter("img"), None) is not None for link in links)


def _is_consent(element: Any, name: str) -> bool:
    """Return whether this is a banner that asks for consent."""
    return bool(_BANNER.search(name)) and next(element.iter("button", "input", "a"), None) is not None


def _size(element: Any) -> int:
    """Return the length of an element's text, with runs of blanks counted as one, without scripts."""
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
