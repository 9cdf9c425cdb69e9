"""Every error that semsearch raises on purpose.

    SemsearchError
    ├─ IndexNotFound       there is no index, or the folder is not an index
    ├─ IndexDamaged        a part of the index does not match its checksum or cannot be read
    ├─ IndexIncompatible   the index has a newer format than this version knows
    ├─ IndexBusy           another process is writing; the message names it
    ├─ ModelUnavailable    the weights are not available from any source
    ├─ ModelMismatch       vectors of one model would be used with an index of another
    ├─ SourceUnreadable    a file that cannot be turned into text; the message is the reason
    ├─ IndexClosed         the index object was closed; open it again
    ├─ InvalidQuery        an invalid query or option
    │  └─ NotInIndex       a document or passage that is not in the index
    ├─ InvalidFilter       a filter that cannot be parsed, or an unknown field
    └─ StorageFull         no disk space left; everything committed before is kept

Each message is one line that says what to do. The command line prints it and exits with 2.
"""

from __future__ import annotations

__all__ = [
    "IndexBusy",
    "IndexClosed",
    "IndexDamaged",
    "IndexIncompatible",
    "IndexNotFound",
    "InvalidFilter",
    "InvalidQuery",
    "ModelMismatch",
    "ModelUnavailable",
    "NotInIndex",
    "SemsearchError",
    "SourceUnreadable",
    "StorageFull",
]


class SemsearchError(Exception):
    """Base of every error that semsearch raises on purpose."""


class IndexNotFound(SemsearchError):
    """There is no index, or the folder is not an index."""


class IndexDamaged(SemsearchError):
    """A part of the index does not match its checksum or cannot be read; `semsearch doctor` names it."""


class IndexIncompatible(SemsearchError):
    """The index was written in a format that this version does not know."""


class IndexBusy(SemsearchError):
    """Another process holds the write lock; the message names it."""


class IndexClosed(SemsearchError):
    """The index object was closed; the index itself is intact and can be opened again."""


class ModelUnavailable(SemsearchError):
    """The weights are not available from any source."""


class ModelMismatch(SemsearchError):
    """The vectors of one model would be used with an index of another."""


class SourceUnreadable(SemsearchError):
    """A file that cannot be turned into text; the message is the reason, in a few words."""


class InvalidQuery(SemsearchError):
    """An invalid query, or an invalid option of one."""


class NotInIndex(InvalidQuery):
    """A document or passage that is not in the index."""


class InvalidFilter(SemsearchError):
    """A filter that cannot be parsed, or that names an unknown field."""


class StorageFull(SemsearchError):
    """No space left on the disk of the index; everything committed before is kept."""
