"""Processes that read files: one that hangs, crashes or takes too much memory costs the file at hand and no other."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from semsearch.corpus.parse.file_types import document_type, plug_in
from semsearch.corpus.parse.parsed_json import OUT_OF_MEMORY, unpacked
from semsearch.corpus.readers.nested import Limited
from semsearch.errors import SemsearchError, SourceUnreadable
from semsearch.processes.run_module import start_module
from semsearch.settings import Settings
from semsearch.types.documents import Parsed

__all__ = ["PARSER_MODULE", "Parsers"]

PARSER_MODULE = "semsearch.corpus.parse.parse_worker"
_START_SECONDS = 60.0
_RECYCLE = 5_000_000
"""A process that has read a larger file ends: what it took does not go back to the system otherwise."""
_CHUNK = 1 << 20
_AT = b'{"at":'
_FATAL = 3
"""Files inside one that may end its process, or make it wait, before it is given up."""


class Parsers:
    """Up to `count` processes, each started when a file waits and no other one is idle. Close it in the end."""

    def __init__(self, settings: Settings, *, count: int, memory: int, module: str = PARSER_MODULE) -> None:
        """Start nothing yet. Reading a file may take `memory` bytes; `module` is what runs, and calls `serve` there."""
        self.count = count
        self._seconds = settings.file_seconds
        self._memory = memory
        self._module = module
        self._settings = json.dumps(settings.to_dict())
        self._pool = ThreadPoolExecutor(count, "semsearch-parse")
        self._guard = threading.Lock()
        self._idle: list[_Process] = []
        self._all: set[_Process] = set()
        self._closed = False

    def submit(self, path: Path, data: bytes) -> Future[Parsed]:
        """Read the bytes of a file. The future raises SourceUnreadable for faults of this file."""
        return self._pool.submit(self._parse, path, data)

    def _parse(self, path: Path, data: bytes) -> Parsed:
        """Read a file; what is inside and ends the process is left out at another try.

        What files before it left of a process's memory is no fault of this one: it has another try in a new process.
        """
        avoid: dict[str, str] = {}
        new = False
        while True:
            try:
                return self._attempt(path, data, avoid, new=new)
            except _Worn:
                new = True
            except _FatalInside as error:
                if len(avoid) >= _FATAL:
                    raise error.reason from None
                avoid[error.name] = str(error.reason)

    def _attempt(self, path: Path, data: bytes, avoid: Mapping[str, str], *, new: bool) -> Parsed:
        process = self._take(new=new)
        keep = False
        try:
            answer = self._answer(process, path, data, avoid)
            exhausted = isinstance(answer, SourceUnreadable) and str(answer) == OUT_OF_MEMORY
            keep = len(data) < _RECYCLE and not exhausted
        finally:
            self._give_back(process, keep=keep)
        if exhausted and process.asked > 1:
            raise _Worn
        if exhausted:
            raise Limited(f"reading it takes more than {self._memory / 1e6:.0f} MB of memory{_by(path, process)}")
        if isinstance(answer, SourceUnreadable):
            raise answer
        return answer

    def _answer(
        self, process: _Process, path: Path, data: bytes, avoid: Mapping[str, str]
    ) -> Parsed | SourceUnreadable:
        head = {"path": os.fspath(path), "size": len(data), "seconds": self._seconds, "avoid": avoid}
        reason: SourceUnreadable
        try:
            return unpacked(process.ask(json.dumps(head).encode("ascii") + b"\n", data, self._seconds))
        except TimeoutError:
            reason = Limited(f"reading it takes longer than {self._seconds:g} s{_by(path, process)}")
        except EOFError:
            if process.asked > 1 and not self._closed:
                raise _Worn from None
            reason = SourceUnreadable(f"its reader {process.end()}{_by(path, process)}")
        except ValueError:
            reason = SourceUnreadable(f"its reader gave an answer that is invalid{_by(path, process)}")
        if process.at and process.at not in avoid and not self._closed:
            raise _FatalInside(process.at, reason)
        raise reason

    def _take(self, *, new: bool) -> _Process:
        with self._guard:
            while self._idle and not new:
                process = self._idle.pop()
                if process.alive:
                    return process
                self._all.discard(process)
                process.dispose()
            if self._closed:
                raise SourceUnreadable("the run has ended")
            process = _Process(self._module, [str(self._memory), self._settings])
            self._all.add(process)
        try:
            process.wait_until_ready()
        except SemsearchError:
            self._give_back(process, keep=False)
            raise
        return process

    def _give_back(self, process: _Process, *, keep: bool) -> None:
        with self._guard:
            if keep and not self._closed:
                self._idle.append(process)
                return
            self._all.discard(process)
        process.dispose()

    def close(self) -> None:
        """End every process, also one that is at work, and wait for the threads. Once more does nothing."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
            for process in self._all:
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for process in idle:
            process.dispose()


def _by(path: Path, process: _Process) -> str:
    """Return which package reads a file, or what is inside of it, where it is not ours: the end of a reason."""
    found = plug_in(document_type(Path(process.at or path)))
    return f" ({found.package})" if found is not None else ""


class _Worn(Exception):
    """A process that has read other files before ran out of memory, or ended."""


class _FatalInside(Exception):
    """What ended a process, or made it wait, is inside of the file."""

    def __init__(self, name: str, reason: SourceUnreadable) -> None:
        super().__init__(name)
        self.name, self.reason = name, reason


class _Process:
    """One process with pipes that are never waited on without a limit."""

    def __init__(self, module: str, arguments: list[str]) -> None:
        try:
            # One each: who gets the signal for a closed pipe is kept with the open end, which a shared one has once.
            lifeline, end = os.pipe()
        except OSError as error:
            raise _not_started(error) from error
        self._lifeline = os.fdopen(end, "wb", buffering=0)
        try:
            self._process = start_module(module, [str(lifeline), *arguments], {}, pass_fds=(lifeline,))
        except OSError as error:
            self._lifeline.close()
            raise _not_started(error) from error
        finally:
            os.close(lifeline)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._ended = threading.Lock()
        self.at = ""
        """What inside the file is being read."""
        self.asked = 0
        """How many files it was given."""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait for the first word. Raises SemsearchError, which is no fault of a file."""
        try:
            json.loads(self._receive(time.monotonic() + _START_SECONDS))
        except (EOFError, TimeoutError, ValueError):
            how = self.end()
            raise SemsearchError(f"a process for reading files does not start: it {how}") from None

    def ask(self, head: bytes, data: bytes, seconds: float) -> bytes:
        """Return the answer. Raises TimeoutError, and EOFError when the process has ended."""
        until = time.monotonic() + seconds
        self.at = ""
        self.asked += 1
        self._send(head, until)
        self._send(data, until)
        while (answer := self._receive(until)).startswith(_AT):
            self.at = str(json.loads(answer)["at"])
        return answer

    def _send(self, data: bytes, until: float) -> None:
        rest = memoryview(data)
        while rest:
            _wait(self._in, select.POLLOUT, until)
            try:
                rest = rest[os.write(self._in, rest[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError:
                raise EOFError from None

    def _receive(self, until: float) -> bytes:
        size = int.from_bytes(self._read(8, until), "little")
        return self._read(size, until)

    def _read(self, size: int, until: float) -> bytes:
        parts, missing = [], size
        while missing:
            _wait(self._out, select.POLLIN, until)
            part = os.read(self._out, min(missing, _CHUNK))
            if not part:
                raise EOFError
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def end(self) -> str:
        """Wait for the end, and tell how it came."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        status = self._process.poll()
        self.kill()
        if status is None:
            return "says nothing"
        return f"crashed ({_signal_name(-status)})" if status < 0 else f"ended with status {status}"

    def kill(self) -> None:
        """End the process; its pipes stay open for the thread that waits on them."""
        with self._ended:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()

    def dispose(self) -> None:
        """End the process and close the pipes."""
        self.kill()
        self._lifeline.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _not_started(error: OSError) -> SemsearchError:
    return SemsearchError(f"no process for reading files can be started ({error.strerror})")


def _wait(pipe: int, event: int, until: float) -> None:
    """Wait until a pipe can be used. Raises TimeoutError."""
    poll = select.poll()  # unlike select() it takes any number of a file
    poll.register(pipe, event)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise TimeoutError


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
