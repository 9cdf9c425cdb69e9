"""The type of a file by its name: one name for each of the endings that mean the same."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["COMPRESSED", "MANUAL", "document_type"]

MANUAL = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "man", "mdoc")
_SUBSECTIONS = ("c", "const", "head", "ncurses", "p", "perl", "pm", "posix", "readline", "ssl", "t", "tcl", "type", "x")
"""Of manual pages: `.3pm`, `.1ssl`."""
_ALIASES = {
    **dict.fromkeys(("markdown", "mdown", "mkd", "mkdn", "mdx", "qmd", "rmd"), "md"),
    **dict.fromkeys(("htm", "xhtml", "shtml"), "html"),
    **dict.fromkeys(("rest",), "rst"),
    **dict.fromkeys(("text",), "txt"),
    **dict.fromkeys(("pyw",), "py"),
    **dict.fromkeys(("jpeg", "jpe", "jfif"), "jpg"),
    "tiff": "tif",
    "mhtml": "mht",
    "mbx": "mbox",
    **dict.fromkeys(("asciidoc", "asc"), "adoc"),
    **dict.fromkeys(("latex", "ltx"), "tex"),
    **{f"{number}{letters}": number for number in "12345678" for letters in _SUBSECTIONS},
    "ndjson": "jsonl",
    **dict.fromkeys(("webmanifest", "geojson", "topojson"), "json"),
    "djv": "djvu",
    **dict.fromkeys(("azw", "prc"), "mobi"),
    "tab": "tsv",
    "yml": "yaml",
    **dict.fromkeys(("docm", "dotx", "dotm"), "docx"),
    **dict.fromkeys(("pptm", "ppsx", "ppsm", "potx", "potm"), "pptx"),
    **dict.fromkeys(("xlsm", "xltx", "xltm"), "xlsx"),
    **{f"{first}{kind}": f"od{kind}" for kind in "tspg" for first in ("fod", "ot")},
    "pps": "ppt",
}
COMPRESSED = ("gz", "bz2", "xz", "lzma", "zst")
_TAR = re.compile(r"\.(?:tar(?:\.(?:gz|bz2|xz|lzma|zst))?|tgz|tbz2?|txz|tzst)$")
_SUFFIX = re.compile(r"[a-z0-9_+#-]{1,12}")


def document_type(path: Path) -> str:
    """Return the type of a file by its name: `md`, `pdf`, `py`...; `txt` when the name does not tell."""
    suffix = path.suffix[1:].lower()
    if suffix.startswith("t") or suffix in COMPRESSED:
        name = path.name.lower()
        if _TAR.search(name):
            return "tar"
        if suffix == "txt" and name.endswith((".rst.txt", ".md.txt")):  # what Sphinx keeps of a page's source
            return name.split(".")[-2]
    return _ALIASES.get(suffix, suffix) if _SUFFIX.fullmatch(suffix) else "txt"
