"""Readers that need only the bytes of a file, registered by the types and suffixes that they read.

Packages add readers by entry points of the group `semsearch.readers` (corpus/parse/plug_ins.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import NamedTuple, TypeAlias

from semsearch.types.documents import Parsed

__all__ = ["MANUAL", "NOT_LOADED", "OURS", "REGISTERED", "Read", "Registered", "load"]

Read: TypeAlias = Callable[[bytes], Parsed]
"""A reader: the bytes of a file -> its document. Raises SourceUnreadable with the reason in a few words."""

NOT_LOADED = "cannot be loaded"
"""The reason for a reader whose package is broken, which is no fault of the file; another run tries again."""
MANUAL = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "man", "mdoc")
_SUBSECTIONS = ("c", "const", "head", "ncurses", "p", "perl", "pm", "posix", "readline", "ssl", "t", "tcl", "type", "x")
"""Sections of manual pages: `.3pm`, `.1ssl`."""


class Registered(NamedTuple):
    """A reader by its name, `module:function`, imported when the first file of its type is read."""

    type: str
    target: str
    suffixes: tuple[str, ...] = ()
    """Further suffixes of files of this type, which is a suffix itself."""
    package: str = ""
    """Name and version of the package that provides it; empty for ours."""


def _ours(endings: str, target: str) -> Registered:
    kind, *more = endings.split()
    return Registered(kind, f"semsearch.corpus.readers.{target}", tuple(more))


def _manual() -> Iterator[Registered]:
    for section in MANUAL:
        more = _SUBSECTIONS if section in "12345678" else ()
        yield Registered(section, "semsearch.corpus.readers.markup.man:read", tuple(section + name for name in more))


OURS = (
    _ours("md markdown mdown mkd mkdn mdx qmd rmd", "markup.markdown:read"),
    _ours("rst rest", "markup.rst:read"),
    _ours("adoc asciidoc asc", "markup.asciidoc:read"),
    _ours("org", "markup.org:read"),
    _ours("pod", "markup.pod:read"),
    *_manual(),
    _ours("tex latex ltx", "markup.latex:read"),
    _ours("ipynb", "markup.notebook:read"),
    _ours("html htm xhtml shtml", "web.html:read"),
    _ours("epub", "web.epub:read"),
    _ours("svg", "web.svg:read"),
    _ours("srt", "speech.subtitles:read"),
    _ours("vtt", "speech.subtitles:read"),
    _ours("csv", "data.csv_tables:read"),
    _ours("tsv tab", "data.csv_tables:read"),
    _ours("jsonl ndjson", "data.json_yaml:read_lines"),
    _ours("yaml yml", "data.json_yaml:read_yaml"),
    _ours("canvas", "data.canvas:read"),
    _ours("bib", "bibliography.bibtex:read"),
    _ours("ris", "bibliography.ris:read"),
    _ours("enex", "notes.enex:read"),
    _ours("log", "text:read_records"),
)
REGISTERED = {reader.type: reader for reader in OURS}


@cache
def load(target: str) -> Read:
    """Import a reader. Raises the errors of its module, and TypeError for something that is not a function."""
    module, _, name = target.partition(":")
    item: object = import_module(module)
    for part in filter(None, name.split(".")):
        item = getattr(item, part)
    if not callable(item):
        raise TypeError(f"{target} is not a function")
    read: Read = item
    return read
