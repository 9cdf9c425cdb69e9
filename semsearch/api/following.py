"""What `Index` has for following files and keeping queries; what does the work is loaded when it is asked for."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from semsearch.api.arguments import checked, several
from semsearch.api.checks import text
from semsearch.api.keywords import SearchKeywords
from semsearch.api.open_index import Handle

if TYPE_CHECKING:
    import threading

    from semsearch.api.saved_queries import Difference, SavedQuery, Saving
    from semsearch.types.reports import Alert, Followed, ProgressCallback
    from semsearch.types.search import Results

__all__ = ["Following"]


class Following(Handle):
    """The part of `Index` that follows files and keeps queries."""

    if TYPE_CHECKING:

        def search(self, *query: Any, **options: Any) -> Results:
            """Find documents: see `Index.search`."""

    @checked()
    def watch(
        self,
        paths: str | Path | Sequence[str | Path] = (),
        *,
        once: bool = False,
        alerts: str | Sequence[str] = (),
        rescan: float = 600.0,
        stop: threading.Event | None = None,
        progress: ProgressCallback | None = None,
    ) -> Generator[Followed, None, None]:
        """Catch up with files and folders, then follow them until `stop` is set, telling of every batch.

        Without paths it follows every source that the index knows, those that come meanwhile too; paths that are new
        become sources. A batch looks at what has changed only; every `rescan` seconds everything is looked at, for
        what the system does not tell (network disks). The writer's lock is held for a batch at a time, and waited for
        as long as another process holds it. A source that has vanished keeps its documents. With `once` it catches up
        and ends. `alerts` are names of saved queries: new passages that match them come with the batch that brought
        them, once, also those that came while nobody watched. Ctrl-C while a batch is written ends it as `index` does
        (`Summary.interrupted`). Raises what `index` raises, IndexBusy with `once` only; InvalidQuery for an alert that
        is not saved.
        """
        from semsearch.api.watch import watch

        names = several(alerts)
        for name in names:
            self._saving().check(name)
        folders = [Path(path) for path in several(paths)]
        return watch(self, folders, once=once, alerts=names, rescan=rescan, stop=stop, progress=progress)

    @checked(name=text)
    def save_query(
        self, name: str, query: str = "", *, results: Results | None = None, **options: Unpack[SearchKeywords]
    ) -> SavedQuery:
        """Keep a query with its options (those of `search`) and its hits of now; the same name replaces it.

        `results` are the hits where the caller has them already. Raises InvalidQuery for a name that is none,
        IndexBusy, and what `search` raises.
        """
        return self._saving().save(name, query, results, options)

    def saved_queries(self) -> list[SavedQuery]:
        """Return what is saved, by name. Raises IndexDamaged."""
        return self._saving().saved()

    @checked(name=text)
    def remove_query(self, name: str) -> None:
        """Forget a saved query. Raises InvalidQuery when there is none of that name, IndexBusy."""
        self._saving().remove(name)

    @checked(name=text)
    def diff(self, name: str, *, keep: bool = False) -> Difference:
        """Ask a saved query again and tell what has changed in its hits since it was saved or last looked at.

        What is found now is what the next `diff` compares with, unless `keep`. Raises InvalidQuery when there is no
        such query, IndexBusy, and what `search` raises.
        """
        return self._saving().diff(name, keep=keep)

    @checked(name=text)
    def new_matches(self, name: str, since: int | None = None) -> tuple[list[Alert], int]:
        """Return passages that are new since `since` and answer a saved query above the noise floor, and a new mark.

        Without `since` it is what `seen_matches` last kept; a passage of an edited file that has the same text as
        before is not new. Nothing is new in an index that has just moved to another model. Raises InvalidQuery when
        there is no such query, IndexBusy, and what `search` raises.
        """
        return self._saving().new_matches(name, since)

    @checked(name=text)
    def seen_matches(self, name: str, mark: int) -> None:
        """Keep a mark of `new_matches`: what is older than it is not told again. Raises InvalidQuery, IndexBusy."""
        self._saving().seen_matches(name, mark)

    def _saving(self) -> Saving:
        from semsearch.api.saved_queries import Saving

        return Saving(self)
