"""Small EPUB files, made by the tests."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
NCX = '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/"><navMap>{}</navMap></ncx>'


def page(body: str) -> str:
    return f'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>{body}</body></html>'


def epub(
    chapters: Sequence[tuple[str, str]],
    *,
    labels: Mapping[str, str] | None = None,
    metadata: str = "",
    extra: Mapping[str, str | bytes] | None = None,
    items: str = "",
    guide: str = "",
) -> bytes:
    """Return a book of chapters (file name, body); `labels` is what the contents call them, `items` more parts."""
    manifest = "".join(
        f'<item id="c{number}" href="{name.replace(" ", "%20")}" media-type="application/xhtml+xml"/>'
        for number, (name, _) in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<metadata>{metadata}</metadata><manifest>{manifest}{items}"
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest>'
        f'<spine toc="ncx">{spine}<itemref idref="nav"/><itemref idref="none"/></spine><guide>{guide}</guide></package>'
    )
    points = "".join(
        f"<navPoint><navLabel><text>{label}</text></navLabel><content src='{name}#x'/></navPoint>"
        for name, label in (labels or {}).items()
    )
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip")
        archive.writestr("META-INF/container.xml", CONTAINER)
        archive.writestr("OPS/book.opf", package)
        archive.writestr("OPS/toc.ncx", NCX.format(points))
        for name, body in chapters:
            if body:
                archive.writestr(f"OPS/{name}", page(body))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return out.getvalue()
