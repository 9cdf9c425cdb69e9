"""The resident process: one thread for each client, bounded in number, size and time; it ends when nobody asks."""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from logging import Logger
from pathlib import Path
from traceback import format_tb

from semsearch.daemon import wire
from semsearch.daemon.holdings import Elsewhere, Holdings
from semsearch.daemon.place import check_folder, identity, peer_uid, socket_path
from semsearch.daemon.request import Reply, Request
from semsearch.errors import SemsearchError

__all__ = ["Responder", "Server", "listening"]

CLIENTS = 64
"""Connections at once; whoever comes then is turned away and searches without a daemon."""
REQUEST_SECONDS = 5.0
_TICK_SECONDS = 5.0
_DRAIN_SECONDS = 20.0

Responder = Callable[[Request, Holdings], Reply]
"""Answers one query; Elsewhere, or any error, leaves it to the client."""


@contextmanager
def listening() -> Iterator[socket.socket | None]:
    """Listen at this user's place, alone: None when another daemon does. The kernel frees the place of a dead one.

    Raises SemsearchError for a folder that is not this user's alone, OSError when no socket can be made there.
    """
    from filelock import FileLock, Timeout

    path = Path(socket_path())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        check_folder(str(path))
    lock = FileLock(path.with_suffix(".lock"), mode=0o600, thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield None
        return
    try:
        path.unlink(missing_ok=True)  # left by one that was killed
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            before = os.umask(0o177)
            try:
                listener.bind(str(path))
            finally:
                os.umask(before)
            listener.listen(CLIENTS)
            try:
                yield listener
            finally:
                path.unlink(missing_ok=True)
    finally:
        lock.release()


class Server:
    """Serves queries on a listening socket until it is stopped, or no query has come for a while."""

    def __init__(
        self, listener: socket.socket, respond: Responder, log: Logger, *, idle_seconds: float, holdings: Holdings
    ) -> None:
        """Bind the parts; `run` starts."""
        self._listener, self._respond, self._log, self._idle_seconds = listener, respond, log, idle_seconds
        self._holdings = holdings
        self._identity = identity()
        self._places = threading.BoundedSemaphore(CLIENTS)
        self._running = threading.BoundedSemaphore(max(2, os.cpu_count() or 1))
        self._guard = threading.Lock()
        self._clients = 0
        self._started = self._used = time.monotonic()
        self._queries = self._declined = 0
        self._waker, self._woken = socket.socketpair()
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Take no more clients; `run` returns when those that are here have their answers."""
        self._stopping.set()
        with suppress(OSError):
            self._waker.send(b"x")

    def run(self) -> None:
        """Serve. Call it from the main thread: SIGTERM and SIGINT end it."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            swept = time.monotonic()
            while not self._stopping.is_set() and (left := self._left()) > 0:
                if any(key.fileobj is self._listener for key, _ in selector.select(min(left, _TICK_SECONDS))):
                    self._welcome()
                if time.monotonic() - swept >= _TICK_SECONDS:
                    self._holdings.sweep()
                    swept = time.monotonic()
        self._log.info("ending%s", "" if self._stopping.is_set() else ": nobody has asked for a while")
        with suppress(OSError):
            os.unlink(socket_path())  # noqa: PTH108 - whoever asks now finds none and searches alone
        end = time.monotonic() + _DRAIN_SECONDS
        while self._clients and time.monotonic() < end:
            time.sleep(0.01)
        self._holdings.close()

    def _left(self) -> float:
        with self._guard:
            return self._idle_seconds if self._clients else self._used + self._idle_seconds - time.monotonic()

    def _welcome(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError as error:  # gone again, or no more files can be opened
            self._log.warning("no connection: %s", error)
            time.sleep(0.05)
            return
        if not self._places.acquire(blocking=False):
            connection.close()
            return
        with self._guard:
            self._clients += 1
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection:
                if peer_uid(connection) != os.geteuid():
                    self._log.warning("another user's process was turned away")
                    return
                self._reply(connection, wire.receive(connection, wire.REQUEST_BYTES, REQUEST_SECONDS))
        except (OSError, wire.WireError) as error:
            self._log.info("a client was dropped: %s", error)
        except Exception:  # noqa: BLE001 - one client must not end the others' daemon
            self._log.exception("a client could not be served")
        finally:
            with self._guard:
                self._clients -= 1
            self._places.release()

    def _reply(self, connection: socket.socket, fields: list[bytes]) -> None:
        if fields[0] == wire.STATUS:
            connection.sendall(wire.pack([wire.FACTS, self._facts()]))
        elif fields[0] == wire.STOP:
            connection.sendall(wire.pack([wire.STOPPING, str(os.getpid()).encode()]))
            self.stop()
        elif fields[0] != wire.QUERY:
            raise wire.WireError("an unknown request")
        elif len(fields) < 2 or fields[1] != self._identity.encode():
            connection.sendall(wire.pack([wire.OTHER, self._identity.encode()]))
        else:
            connection.sendall(wire.pack([wire.ACCEPTED]))
            reply = self._answered(Request.read(fields[2:]))
            connection.settimeout(REQUEST_SECONDS)
            connection.sendall(reply)

    def _answered(self, request: Request) -> bytes:
        """Return the reply to a query; whatever goes wrong is left to the client, who tells it in its own words.

        An error's words stay out of the log: they may quote the query.
        """
        reason = ""
        with self._running:
            try:
                reply = wire.pack([wire.ANSWER, *self._respond(request, self._holdings).frame()])
                reason = "the answer is too long" if len(reply) > wire.ANSWER_BYTES else ""
            except Elsewhere as error:
                reason = str(error)
            except (SemsearchError, OSError) as error:
                reason = type(error).__name__
            except Exception as error:  # noqa: BLE001 - as above
                reason = f"{type(error).__name__}\n{''.join(format_tb(error.__traceback__)).rstrip()}"
        with self._guard:
            self._used = time.monotonic()
            self._queries += not reason
            self._declined += bool(reason)
        if not reason:
            return reply
        self._log.info("left to the client: %s", reason)
        return wire.pack([wire.DECLINED])

    def _facts(self) -> bytes:
        from semsearch import __version__
        from semsearch.indexing.control.limits import resident

        now = time.monotonic()
        with self._guard:
            facts = {
                "pid": os.getpid(),
                "version": __version__,
                "installation": self._identity,
                "uptime_seconds": round(now - self._started, 1),
                "queries": self._queries,
                "left_to_clients": self._declined,
                "idle_seconds": round(now - self._used, 1),
                "ends_after_seconds": self._idle_seconds,
            }
        return json.dumps({**facts, "memory_bytes": resident(), **self._holdings.facts()}).encode()
