"""HTML: boilerplate recognized by name and content, and content kept despite such a name."""

from __future__ import annotations

import pytest

from tests.formats.reading import read

TEXT = "The well behind the church is deeper than any other in the valley, and nobody remembers who dug it. " * 3
LINKS = "".join(f"<li><a href='/{number}'>Place number {number}</a></li>" for number in range(12))


def page(part: str, *, after: str = "") -> str:
    body = f"<h1>Wells</h1><p>{TEXT}</p><p>{TEXT}</p>"
    return f"<html><body>{part}{body}{after}</body></html>"


LEFT_OUT = {
    "bar": "<div class='top-navbar'><a href='/'>Home secret</a> | <a href='/x'>About</a></div>",
    "where from": "<p class='breadcrumbs'>Secret &gt; <a href='/'>Home</a> &gt; <a href='/a'>All the articles</a></p>",
    "previous and next": (
        "<div class='navheader'>Secret chapter of it <a href='a'>Prev</a><a href='b'>Up</a><a href='c'>Next</a></div>"
    ),
    "arrows": (
        "<div class='navheader'><table><tr><th colspan='2'>Secret chapter of it</th></tr><tr><td><a href='a'>"
        "<img src='p.png'></a></td><td><a href='c'><img src='n.png'></a></td></tr></table></div>"
    ),
    "languages": "<p class='toplang'>Secret: <a href='/de'>de</a> | <a href='/en'>en</a> | <a href='/fr'>fr</a></p>",
    "where it is": "<div id='path'><a href='/'>Secret</a> &gt; <a href='/docs/'>Documentation</a></div>",
    "whose page it is": "<div id='page-header'><p>The secret server, version 2</p><img src='feather.png'></div>",
    "sidebar": f"<div id='left-sidebar'><b>Secret</b><ul>{LINKS}</ul></div>",
    "menu without a name": f"<ul><li><a href='/s'>Secret</a></li>{LINKS}</ul>",
    "cookies": "<div class='CookieConsent__box'><p>Secret cookies are good for you.</p><button>Yes</button></div>",
    "dialog": "<section role='dialog'>Subscribe to our secret letter. <input name='mail'></section>",
    "imprint": "<div class='site-footer'>© 2024 Secret Company. All rights reserved.</div>",
    "its own headings": "<div class='toc'><a href='#a'>Secret one</a> <a href='#b'>Two of the headings</a></div>",
}


@pytest.mark.parametrize("what", LEFT_OUT)
def test_left_out(what: str) -> None:
    for html in (page(LEFT_OUT[what]), page("", after=LEFT_OUT[what])):
        if what == "menu without a name" and html.endswith("</ul></body></html>"):
            continue  # below the text it may be what the page is about
        parsed = read("a.html", html)
        assert "ecret" not in parsed.text
        assert parsed.text.count("deeper than any other") == 6


KEPT = {
    "a banner with text": f"<div id='banner'><p>Kept: {TEXT}</p></div>",
    "a path in words": "<div class='path'>Kept: from the church down to the <a href='/r'>river</a> and across it</div>",
    "a header with a heading": "<div class='page-header'><h2>Kept</h2></div>",
    "one picture": "<div class='navfooter'>Kept: <a href='/big'><img src='well.png'></a></div>",
    "a recipe": "<div class='cookie-recipe'><p>Kept: flour and sugar.</p></div>",
    "no links": f"<div class='related-work'><p>Kept: {TEXT}</p></div>",
    "contents that lead elsewhere": "<div class='toc'><a href='a.html'>Kept one</a> <a href='b.html'>Two</a></div>",
    "a list in the text": f"<p>See:</p><ul><li>Kept</li>{LINKS}</ul>",
    "a long foot": f"<div class='footer'><p>Kept: {TEXT * 3}</p></div>",
}


@pytest.mark.parametrize("what", KEPT)
def test_kept(what: str) -> None:
    assert "Kept" in read("a.html", page("", after=KEPT[what])).text


def test_a_page_of_links_is_read() -> None:
    parsed = read("a.html", f"<html><body><h1>Index</h1><div class='menu'><ul>{LINKS}</ul></div></body></html>")
    assert "Place number 11" in parsed.text
