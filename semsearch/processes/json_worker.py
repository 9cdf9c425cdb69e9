"""A Python module kept running as a worker process: a line of JSON goes in, lines of JSON come out.

Crashes, hangs and leaks are confined to it; the next request starts a new process.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import threading
import time
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from semsearch.processes.run_module import start_module

__all__ = ["Worker", "WorkerLost"]


class WorkerLost(Exception):
    """The process ended, or was killed after being silent for too long; the message says which."""


class Worker:
    """One process, one request at a time; threads wait for each other.

    Every line that the module writes is a JSON object. It writes one when it is ready, and one with `end` when a
    request is done; `end` is null, or an error.
    """

    def __init__(
        self, module: str, arguments: Sequence[str], *, environment: Mapping[str, str], stall_seconds: float
    ) -> None:
        """Start nothing yet; a process that is silent for `stall_seconds` is considered hung."""
        self._module = module
        self._arguments = tuple(arguments)
        self._environment = dict(environment)
        self._stall = stall_seconds
        self._turn = threading.Lock()
        self._asking = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._finish: weakref.finalize[[subprocess.Popen[bytes]], Worker] | None = None
        self._rest = b""

    @property
    def pid(self) -> int | None:
        """The process id, while there is a process."""
        return self._process.pid if self._process is not None else None

    def start(self) -> Mapping[str, Any]:
        """Start the process if needed, and return its first message. Raises WorkerLost."""
        with self._alone():
            return self._ready()

    def ask(self, request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Send a request and yield the answers, the one with `end` last. Raises WorkerLost.

        Closing the iterator early kills the process, since its remaining answers are useless. RuntimeError when this
        thread is still reading the answers of another request.
        """
        with self._alone():
            self._ready()
            done = False
            try:
                self._asking = threading.get_ident()
                self._send(request)
                while not done:
                    answer = self._receive()
                    done = "end" in answer
                    yield answer
            finally:
                self._asking = 0
                if not done:
                    self._stop()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if self._asking == threading.get_ident():  # waiting for itself would deadlock
            raise RuntimeError("read all answers of a request, or close them, before the next request")
        with self._turn:
            yield

    def close(self) -> None:
        """Kill the process, even in the middle of this thread's own request."""
        if self._asking == threading.get_ident():
            self._stop()
            return
        with self._turn:
            self._stop()

    def _ready(self) -> Mapping[str, Any]:
        if self._process is not None and self._process.poll() is None:
            return {}
        self._stop()
        self._process = start_module(self._module, self._arguments, self._environment)
        self._finish = weakref.finalize(self, _end, self._process)
        self._rest = b""
        return self._receive()

    def _send(self, request: Mapping[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerLost("it has ended") from error

    def _receive(self) -> Mapping[str, Any]:
        """Return the next line; kill the process when none comes in time."""
        assert self._process is not None
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        until = time.monotonic() + self._stall
        while b"\n" not in self._rest:
            if not select.select([pipe], [], [], max(0.0, until - time.monotonic()))[0]:
                self._stop()
                raise WorkerLost(f"it did nothing for {self._stall:.0f} s")
            piece = os.read(pipe, 65_536)
            if not piece:
                status = self._process.wait()
                self._stop()
                raise WorkerLost(f"it was killed by signal {-status}" if status < 0 else f"it ended with {status}")
            self._rest += piece
        line, _, self._rest = self._rest.partition(b"\n")
        answer: Mapping[str, Any] = json.loads(line)
        return answer

    def _stop(self) -> None:
        if self._finish is not None:
            self._finish()
        self._process = self._finish = None


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):  # a request that was never read is still buffered and cannot be flushed
                pipe.close()
    process.wait()
