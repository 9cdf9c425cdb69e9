"""Every error that semsearch raises on purpose.

    SemsearchError
    ├─ IndexNotFound       no index there, or the folder is not an index
    ├─ IndexDamaged        a part of the index does not match its checksum or cannot be read
    ├─ IndexIncompatible   the index has a newer format than this version knows
    ├─ IndexBusy           another process is writing; the message names it
    ├─ ModelUnavailable    the weights could not be fetched from any source
    ├─ ModelMismatch       vectors of one model meet an index of another
    ├─ SourceUnreadable    a file that cannot be turned into text; the message is the reason
    ├─ IndexClosed         this object was closed; open the index again
    ├─ InvalidQuery        a query or an option that cannot mean anything
    │  └─ NotInIndex       a document or a passage that the index does not hold
    ├─ InvalidFilter       a filter that cannot be understood, or an unknown field
    └─ StorageFull         no space left; what was committed before stays

The message of each is one line that says what to do. The command line prints it and exits with 2.
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
    """No index there, or the folder is not an index."""


class IndexDamaged(SemsearchError):
    """A part of the index does not match its checksum or cannot be read; `semsearch doctor` names it."""


class IndexIncompatible(SemsearchError):
    """The index was written in a format that this version does not know."""


class IndexBusy(SemsearchError):
    """Another process holds the writer's lock; the message names it."""


class IndexClosed(SemsearchError):
    """The object was closed; the index itself is well, and can be opened again."""


class ModelUnavailable(SemsearchError):
    """The weights could not be fetched from any source."""


class ModelMismatch(SemsearchError):
    """The vectors of one model would meet an index of another."""


class SourceUnreadable(SemsearchError):
    """A file that cannot be turned into text; the message is the reason, in a few words."""


class InvalidQuery(SemsearchError):
    """A query, or an option of one, that cannot mean anything."""


class NotInIndex(InvalidQuery):
    """A document or a passage that the index does not hold."""


class InvalidFilter(SemsearchError):
    """A filter that cannot be understood, or that names an unknown field."""


class StorageFull(SemsearchError):
    """No space left on the disk of the index; everything committed before stays."""
