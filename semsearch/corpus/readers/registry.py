"""Readers that need nothing but the bytes of a file, each registered by the type and the endings that it reads.

A package adds one for its own format by an entry point of the group `semsearch.readers` (corpus/parse/plug_ins.py).
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
"""What is said of a reader whose package is broken: it is no file's fault, and another run tries again."""
MANUAL = ("1", "2", "3", "4", "5", "6", "7", "8", "9", "man", "mdoc")
_SUBSECTIONS = ("c", "const", "head", "ncurses", "p", "perl", "pm", "posix", "readline", "ssl", "t", "tcl", "type", "x")
"""Of manual pages: `.3pm`, `.1ssl`."""


class Registered(NamedTuple):
    """A reader by its name: `module:function`, imported when a file of its type is met."""

    type: str
    target: str
    suffixes: tuple[str, ...] = ()
    """Further endings of files of this type, which is an ending itself."""
    package: str = ""
    """Name and version of the package that brings it; empty for ours."""


def _ours(endings: str, target: str) -> Registered:
    kind, *more = endings.split()
    return Registered(kind, f"semsearch.corpus.readers.{target}", tuple(more))


def _manual() -> Iterator[Registered]:
    for section in MANUAL:
        more = _SUBSECTIONS if section in "12345678" else ()
        yield Registered(section, "semsearch.corpus.readers.markup.man:read", tuple(section + one for one in more))


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
REGISTERED = {one.type: one for one in OURS}


@cache
def load(target: str) -> Read:
    """Import a reader. Raises whatever its module raises, and TypeError for what cannot be called."""
    module, _, name = target.partition(":")
    found: object = import_module(module)
    for part in filter(None, name.split(".")):
        found = getattr(found, part)
    if not callable(found):
        raise TypeError(f"{target} is not a function")
    read: Read = found
    return read
