"""Convert disk and SQLite errors to semsearch errors that say what to do."""

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
    full = f"no space left for {layout.root}; committed data is safe, free some space and run the command again"
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
            message = f"no space left for {layout.root}, or its disk is failing ({error}); committed data is safe"
            raise StorageFull(message) from None
        if "locked" in str(error):
            raise IndexBusy(f"{layout.root} is locked by another program; try again") from None
        message = f"the catalogue of {layout.root} cannot be written ({error}); run `semsearch doctor`"
        raise IndexDamaged(message) from None


class SqliteErrors:
    """Context that turns SQLite's errors about a damaged catalogue into IndexDamaged.

    A class, since a search enters it about twenty times and a generator takes three times as long.
    """

    __slots__ = ("_layout",)

    def __init__(self, layout: Layout) -> None:
        """Keep `layout` for the message."""
        self._layout = layout

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Raise IndexDamaged for an error of a damaged catalogue."""
        if isinstance(error, (sqlite3.DatabaseError, ValueError, KeyError, TypeError)):
            raise IndexDamaged(
                f"the catalogue of {self._layout.root} is damaged ({error}); run `semsearch doctor --repair`"
            ) from None
