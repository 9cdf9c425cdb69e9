"""The write lock, which records its holder, and the shared locks that keep a generation alive for its readers."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from semsearch.errors import IndexBusy
from semsearch.stores.local.files.layout import Layout

__all__ = ["GenerationLock", "WriterLock"]


class WriterLock:
    """The write lock; the kernel releases it when its holder dies."""

    def __init__(self, layout: Layout, wait: float = 10.0) -> None:
        """Create the lock of `layout`, which waits `wait` seconds for another writer."""
        from filelock import FileLock

        self._layout = layout
        self._wait = wait
        self._lock = FileLock(str(layout.lock), thread_local=False)

    def take_back(self) -> None:
        """Take the lock again, without a timeout."""
        self._acquire(-1)

    def acquire(self) -> None:
        """Take the lock. Raises IndexBusy, which names the process that holds it."""
        self._acquire(max(self._wait, 0.0))

    def _acquire(self, timeout: float) -> None:
        from filelock import Timeout

        try:
            self._lock.acquire(timeout=timeout)
        except Timeout:
            raise IndexBusy(
                f"{self._layout.root} is being written by {self._holder()}; try again, or wait longer"
            ) from None
        import socket  # an import of 7 ms, which readers do not need

        facts = {"pid": os.getpid(), "host": socket.gethostname(), "command": _command(), "since": time.time()}
        with suppress(OSError):
            self._layout.holder.write_text(json.dumps(facts), encoding="utf-8")

    def release(self) -> None:
        """Release the lock."""
        with suppress(OSError):
            self._layout.holder.unlink(missing_ok=True)
        self._lock.release()

    def _holder(self) -> str:
        try:
            facts = json.loads(self._layout.holder.read_text(encoding="utf-8"))
            seconds = max(0, int(time.time() - float(facts["since"])))
            return f"process {facts['pid']} on {facts['host']} (`{facts['command']}`, for {seconds} s)"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"

    def __enter__(self) -> WriterLock:
        """Take the lock."""
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the lock."""
        self.release()


def _command() -> str:
    name = Path(sys.argv[0]).name if sys.argv and sys.argv[0] else "python"
    return " ".join([name, *sys.argv[1:3]])[:80]


class GenerationLock:
    """A shared lock on the files of one generation; holding it exclusively proves that nobody reads them."""

    def __init__(self, path: Path) -> None:
        """Open the lock file, which the writer created. Raises FileNotFoundError when the generation is gone."""
        self._fd: int | None = os.open(path, os.O_RDONLY)

    def share(self) -> None:
        """Lock it as a reader. Raises FileNotFoundError when the generation is being or was removed."""
        assert self._fd is not None
        try:
            self._flock(exclusive=False)
        except BlockingIOError:
            raise FileNotFoundError("the generation is being removed") from None
        if not os.fstat(self._fd).st_nlink:
            raise FileNotFoundError("the generation was removed")

    def try_exclusive(self) -> bool:
        """Lock it exclusively; return whether that succeeded, so no reader holds it."""
        try:
            self._flock(exclusive=True)
        except OSError:
            return False
        return True

    def _flock(self, *, exclusive: bool) -> None:
        if sys.platform == "win32":
            return
        import fcntl

        assert self._fd is not None
        fcntl.flock(self._fd, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)

    def close(self) -> None:
        """Release the lock."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
