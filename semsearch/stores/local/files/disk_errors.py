"""What can go wrong with the disk while an index is written, as errors that say what to do."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from semsearch.errors import IndexBusy, IndexDamaged, StorageFull
from semsearch.stores.local.files.layout import Layout

__all__ = ["SqliteErrors", "storage_errors"]


@contextmanager
def storage_errors(layout: Layout) -> Iterator[None]:
    """Turn a full disk into StorageFull, and a catalogue that SQLite cannot read into IndexDamaged."""
    full = f"no space left for {layout.root}; what was committed is safe, free some space and run the command again"
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull(full) from None
        raise
    except sqlite3.Error as error:
        if "full" in str(error):
            raise StorageFull(full) from None
        if "disk I/O" in str(error):
            message = f"no space left for {layout.root}, or its disk fails ({error}); what was committed is safe"
            raise StorageFull(message) from None
        if "locked" in str(error):
            raise IndexBusy(f"{layout.root} is locked by another program; try again") from None
        message = f"the catalogue of {layout.root} cannot be written ({error}); run `semsearch doctor`"
        raise IndexDamaged(message) from None


class SqliteErrors:
    """Raises what SQLite says of a damaged catalogue as IndexDamaged.

    A class, since a search enters it some twenty times, and a generator takes three times as long.
    """

    __slots__ = ("_layout",)

    def __init__(self, layout: Layout) -> None:
        """`layout` names the index in the message."""
        self._layout = layout

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Say what is damaged."""
        if isinstance(error, (sqlite3.DatabaseError, ValueError, KeyError, TypeError)):
            raise IndexDamaged(
                f"the catalogue of {self._layout.root} is damaged ({error}); run `semsearch doctor --repair`"
            ) from None
