"""Optional dependencies: the extras that provide them, and the reasons for files that need one."""

from __future__ import annotations

import importlib.util

from semsearch.corpus.readers.code.grammars import GRAMMARS
from semsearch.corpus.readers.registry import NOT_LOADED
from semsearch.errors import SourceUnreadable

__all__ = ["LINE_BY_LINE", "NO_MESSAGES", "NO_SHEETS", "awaits_office", "is_missing", "lacks_grammar", "need"]

_OFFICE = 'pip install "semsearch[office]"'
NO_SHEETS = f"a binary spreadsheet: {_OFFICE} makes it searchable"
NO_MESSAGES = f"an Outlook message: {_OFFICE} makes it searchable"
LINE_BY_LINE = 'definitions are found line by line: pip install "semsearch[code]" reads the language\'s syntax'
_LIBRARIES = {NO_SHEETS: ("olefile", "python_calamine"), NO_MESSAGES: ("olefile",)}
_KINDS = frozenset(("msg", "docx", "pptx", "xlsx", "xlsb", "xls", "doc", "ppt", "odt", "ods", "odp", "odg", "rtf"))
"""Types that the extra may be needed for: an office file's name says little about its format."""


def need(reason: str) -> None:
    """Raise SourceUnreadable with this reason when one of its libraries is not installed."""
    if not all(_installed(name) for name in _LIBRARIES[reason]):
        raise SourceUnreadable(reason)


def is_missing(reason: str) -> bool:
    """Return whether a reason is a missing extra or a broken package, not a fault of the file."""
    return reason in _LIBRARIES or NOT_LOADED in reason


def awaits_office(kind: str, *, holder: bool) -> bool:
    """Return whether a file of this type, or something in a `holder`, may be readable with the extra."""
    return (holder or kind in _KINDS) and not all(_installed(name) for name in _LIBRARIES[NO_SHEETS])


def lacks_grammar(kind: str) -> bool:
    """Return whether this is a language whose grammar is not installed."""
    return kind in GRAMMARS and not _installed(GRAMMARS[kind].package)


def _installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
