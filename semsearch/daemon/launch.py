"""Start a daemon in the background, ask the one that runs how it is, and end it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from semsearch import settings
from semsearch.daemon import wire
from semsearch.daemon.client import converse
from semsearch.daemon.place import identity, socket_path, supported
from semsearch.errors import SemsearchError

__all__ = ["facts", "log_file", "open_log", "require_support", "start", "stop"]

_LOG_BYTES = 256_000
_START_SECONDS = 30.0
_STOP_SECONDS = 30.0
_POLL_SECONDS = 0.02
# With -P and our own sys.path the child imports what this process imports, wherever either of them stands.
_CHILD = "import sys; sys.path[:] = sys.argv.pop(1).split(chr(10)); from semsearch.__main__ import main; main()"


def require_support() -> None:
    """Refuse systems without a daemon."""
    if not supported():
        raise SemsearchError("there is no daemon on this system: it has no Unix sockets; queries run without one")


def log_file() -> Path:
    """Return the file that the daemon writes to; it never grows beyond 256 kB, and one older file is kept."""
    return settings.data_dir() / "daemon" / f"{Path(socket_path()).stem}.log"


def open_log() -> logging.Logger:
    """Return the daemon's log. No text of a query is ever written to it."""
    log_file().parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = RotatingFileHandler(log_file(), maxBytes=_LOG_BYTES, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(message)s"))
    log = logging.getLogger("semsearch.daemon")
    log.handlers[:] = [handler]
    log.propagate = False
    log.setLevel(logging.INFO)
    return log


def facts() -> dict[str, Any] | None:
    """Return what the running daemon says of itself; None when there is none. Raises SemsearchError.

    `same` tells whether it belongs to this installation: a daemon of another one answers no query.
    """
    try:
        kind, text = converse([wire.STATUS, identity().encode()])[:2]
        found = json.loads(text) if kind == wire.FACTS else None
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except (OSError, ValueError, wire.WireError) as error:
        raise SemsearchError(f"the daemon at {socket_path()} does not answer ({error}): end its process") from None
    if not isinstance(found, dict):
        raise SemsearchError(f"what listens at {socket_path()} is no daemon of semsearch: end that process")
    return {**found, "same": found.get("installation") == identity()}


def start(options: Sequence[str], *, wait: bool = True) -> dict[str, Any] | None:
    """Start a daemon in the background with the options of `daemon start`; return what it says of itself.

    Without `wait` nothing is waited for, and nothing returned. Raises SemsearchError when it does not come up.
    """
    log = log_file()
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = "\n".join(os.path.abspath(path) for path in sys.path)  # noqa: PTH100
    with log.open("ab") as out:
        size = out.tell()
        process = subprocess.Popen(
            [sys.executable, "-P", "-c", _CHILD, paths, "daemon", "start", "--foreground", *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=out,
            start_new_session=True,
        )
    if not wait:
        return None
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        over = process.poll()
        if (found := facts()) is not None:
            return found
        if over is not None:
            break
        time.sleep(_POLL_SECONDS)
    with log.open("rb") as stream:
        stream.seek(size)
        said = stream.read().decode("utf-8", "replace").strip().splitlines() or ["it said nothing"]
    raise SemsearchError(f"the daemon did not start: {said[-1].removeprefix('semsearch: error: ')} (see {log})")


def stop() -> int | None:
    """End the running daemon once its clients have their answers; return its process, None when there was none.

    Raises SemsearchError when it does not end.
    """
    try:
        kind, number = converse([wire.STOP, identity().encode()])[:2]
        pid = int(number) if kind == wire.STOPPING else 0
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except (OSError, ValueError, wire.WireError) as error:
        raise SemsearchError(f"the daemon at {socket_path()} does not answer ({error}): end its process") from None
    from filelock import FileLock, Timeout

    lock = FileLock(Path(socket_path()).with_suffix(".lock"), mode=0o600)
    try:
        with lock.acquire(timeout=_STOP_SECONDS, poll_interval=_POLL_SECONDS):
            return pid
    except Timeout:
        raise SemsearchError(f"the daemon (process {pid}) is still busy: end it with kill {pid}") from None
