"""The index that follows its sources: what changes is taken up in batches, and everything is looked at now and then."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from semsearch.api.labels import refresh_labels
from semsearch.api.saved_queries import SavedQueries
from semsearch.errors import IndexBusy, IndexClosed, InvalidQuery, SemsearchError
from semsearch.settings import Settings
from semsearch.types.reports import Cause, Followed

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from semsearch.api.open_index import OpenIndex
    from semsearch.indexing.scan.watch_events import Changes, Follower
    from semsearch.types.reports import Alert, ProgressCallback, Summary

__all__ = ["watch"]

_TICK = 0.5
"""Seconds between two looks at the roots themselves, and at a lock that another process holds."""
_GRACE = 0.3
"""Seconds in which a file that has gone may come back: many an editor writes another one and renames it."""
_SOURCES_SECONDS = 5.0
_BLIND_SECONDS = 30.0


def watch(
    opened: OpenIndex,
    paths: Sequence[Path],
    *,
    once: bool,
    alerts: Sequence[str],
    rescan: float,
    stop: threading.Event | None,
    progress: ProgressCallback | None,
) -> Generator[Followed, None, None]:
    """Catch up with files and folders and follow them: see `Index.watch`."""
    saved = SavedQueries(opened)
    for name in alerts:
        saved.check(name)
    loop = _Loop(opened, list(paths), rescan, stop or threading.Event(), progress)
    loop.alerts = alerts
    return loop.once() if once else loop.run()


class _Loop:
    """What has changed and waits to be taken up."""

    def __init__(
        self,
        opened: OpenIndex,
        paths: list[Path],
        rescan: float,
        stop: threading.Event,
        progress: ProgressCallback | None,
    ) -> None:
        self._opened, self._store = opened, opened.store
        self._saved = SavedQueries(opened)
        self._paths, self._rescan, self._stop, self._progress = paths, rescan, stop, progress
        self.alerts: Sequence[str] = ()
        self._marks: dict[str, int] = {}
        """Of each alert: the newest passage that was looked at."""
        self._unkept: set[str] = set()
        self._faults: dict[str, str] = {}
        """Alerts that cannot be asked at present, with the reason that was reported."""
        self._full: Cause | None = Cause.START
        self._pending: set[str] = set()
        self._told: list[Followed] = []
        self._missing: set[str] = set()
        self._busy = self._blind = self._ended = False
        """What has been reported: another writer, no notifications; and whether Ctrl-C has ended a batch."""
        self._check: Future[tuple[bool, set[str]]] | None = None
        self._next_check = self._next_sources = 0.0

    def once(self) -> Generator[Followed, None, None]:
        """Catch up."""
        summary = self._write(Cause.START, (), None)
        yield Followed(Cause.START, summary, alerts=self._matches())
        yield from self._tell()

    def run(self) -> Generator[Followed, None, None]:
        """Catch up and follow."""
        from concurrent.futures import ThreadPoolExecutor

        from semsearch.indexing.scan.watch_events import Follower

        pool = ThreadPoolExecutor(1, "semsearch-rescan")
        try:
            # What changes while it catches up is taken up afterwards.
            with Follower(self._roots(), self._opened.settings, [self._opened.path]) as follower:
                self._later()
                while not self._over():
                    if self._full or self._pending:
                        yield from self._batch()
                        if self._over() or self._ended:
                            break
                    self._gather(follower, pool)
                    yield from self._tell()
        except IndexClosed:
            return
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            with suppress(SemsearchError, OSError):
                self._store.writer(wait=0.0, step=self._opened.step).close()  # which seals what batches left open

    def _over(self) -> bool:
        return self._stop.is_set() or self._opened.closed

    def _roots(self) -> Sequence[str | Path]:
        if self._paths:
            return self._paths
        with self._store.snapshot() as state:
            return list(state.sources.roots.values())

    def _later(self) -> None:
        self._next_check = time.monotonic() + self._rescan

    def _batch(self) -> Iterator[Followed]:
        """Take up what waits; when another process is writing, it goes on waiting."""
        cause = self._full or Cause.CHANGES
        paths = () if self._full else tuple(sorted(self._pending))
        try:
            summary = self._write(cause, paths, min(_TICK, self._opened.wait))
        except IndexBusy as error:
            if not self._busy:
                self._busy = True
                yield Followed(Cause.BUSY, paths=paths, detail=str(error))
            return
        self._busy, self._ended = False, summary.interrupted
        if not summary.interrupted:
            self._full, self._pending = None, set()
        if cause is Cause.START and not summary.interrupted:
            self._warm()
        if _did_anything(cause, summary) or summary.interrupted:
            yield Followed(cause, summary, paths, alerts=() if summary.interrupted else self._matches())
            self._keep_marks()  # what was reported and not kept is reported again rather than lost

    def _matches(self) -> tuple[Alert, ...]:
        """Return what is new. An alert that cannot be asked waits until it can: its document may come back."""
        found: list[Alert] = []
        for name in self.alerts:
            try:
                new, self._marks[name] = self._saved.new_matches(name, self._marks.get(name))
            except IndexBusy:
                continue
            except InvalidQuery as error:
                if self._faults.get(name) != str(error):
                    self._faults[name] = str(error)
                    self._told.append(Followed(Cause.FAULT, detail=f"{name}: {error}"))
                continue
            self._faults.pop(name, None)
            if new:
                self._unkept.add(name)
                found += new
        return tuple(found)

    def _keep_marks(self) -> None:
        for name in sorted(self._unkept):
            with suppress(IndexBusy, InvalidQuery):  # with the next batch; or the query has just been removed
                self._saved.mark_seen(name, self._marks[name])
                self._unkept.discard(name)

    def _write(self, cause: Cause, paths: tuple[str, ...], wait: float | None) -> Summary:
        from semsearch.indexing.control.interrupt import Interruption
        from semsearch.indexing.run import index_changes, index_sources

        with self._opened.run(self._progress, wait) as run:
            run.writer.sealing = wait is None
            run.interruption = Interruption(self._stop.is_set)
            if cause is Cause.CHANGES:
                summary = index_changes(run, paths)
            else:  # later a missing path is no error: it has been reported
                there = [path for path in self._paths if path.exists()]
                summary = index_sources(run, there if there and cause is Cause.SCAN else self._paths)
            if not summary.interrupted:
                refresh_labels(run.writer)
            return summary

    def _warm(self) -> None:
        """Open the model now: the first save should not wait for it."""
        with self._store.snapshot() as state:
            meta = state.meta
        self._opened.encoder_for(meta).encode_passages(["warm"])

    def _gather(self, follower: Follower, pool: ThreadPoolExecutor) -> None:
        found = follower.changes(_TICK, self._stop)
        if any(not os.path.lexists(path) for path in found.paths):
            found.join(follower.changes(_GRACE, self._stop))
        self._take(found)
        if follower.blind and not self._blind:
            self._told.append(Followed(Cause.BLIND, detail=follower.blind))
        self._blind = bool(follower.blind)
        now = time.monotonic()
        if now >= self._next_sources:
            self._next_sources = now + _SOURCES_SECONDS
            if not self._paths and follower.follow(self._roots()):
                self._next_check = 0.0
            if alerts := self._matches():  # of what other processes have brought
                self._told.append(Followed(Cause.CHANGES, alerts=alerts))
        if follower.blind:
            self._next_check = min(self._next_check, now + _BLIND_SECONDS)
        self._look_at_everything(now, follower, pool)

    def _take(self, found: Changes) -> None:
        """Keep of the changes what means anything to the index."""
        for root in sorted(found.roots):
            if os.path.lexists(root):
                found.paths.add(root)
                self._missing.discard(root)
            elif root not in self._missing:
                self._missing.add(root)
                self._told.append(Followed(Cause.MISSING, paths=(root,)))
        gone = [root for root in map(os.path.abspath, self._paths) if not os.path.lexists(root)]
        paths = {path for path in found.paths if not any(path == r or path.startswith(f"{r}/") for r in gone)}
        if not paths:
            return
        from semsearch.indexing.scan.changes import changed_targets

        with self._store.snapshot(pinned=False) as state:
            settings = Settings.from_dict(state.meta["settings"])
            targets = changed_targets(state, sorted(paths), settings)
            self._pending |= {os.fspath(t.root / t.below) if t.below else os.fspath(t.root) for t in targets}

    def _look_at_everything(self, now: float, follower: Follower, pool: ThreadPoolExecutor) -> None:
        """Scan now and then for changes that the system did not report."""
        if self._check is None:
            if now >= self._next_check:
                self._check = pool.submit(lambda: (self._outdated(), follower.missed()))
        elif self._check.done():
            check, self._check = self._check, None
            self._later()
            changed, missed = check.result()
            follower.add(missed)
            if changed or (missed and not follower.blind):
                self._full = Cause.SCAN

    def _outdated(self) -> bool:
        from semsearch.indexing.scan.changes import outdated

        with self._store.snapshot(pinned=False) as state:
            settings = Settings.from_dict(state.meta["settings"])
            there = [path for path in self._paths if path.exists()]
            return not (self._paths and not there) and outdated(state, there, settings)

    def _tell(self) -> Iterator[Followed]:
        reported, self._told = self._told, []
        yield from reported
        self._keep_marks()


def _did_anything(cause: Cause, summary: Summary) -> bool:
    """Whether people want to know of a run: of the first in any case."""
    done = summary.added or summary.changed or summary.moved or summary.removed
    return bool(done or cause is Cause.START or (cause is Cause.CHANGES and summary.skipped))
