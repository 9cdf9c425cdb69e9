"""Processes that read files: one that hangs, crashes or takes too much memory costs only the current file."""

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
"""A process that has read a larger file is ended, since it would keep the memory."""
_CHUNK = 1 << 20
_AT = b'{"at":'
_FATAL = 3
"""Files inside one that may kill or hang its process before it is given up."""


class Parsers:
    """Up to `count` processes, each started when a file waits and no other process is idle. Close it at the end."""

    def __init__(self, settings: Settings, *, count: int, memory: int, module: str = PARSER_MODULE) -> None:
        """Start nothing yet. Reading a file may use `memory` bytes; `module` is what runs, and calls `serve` there."""
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
        """Read the bytes of a file. The future raises SourceUnreadable for errors that this file causes."""
        return self._pool.submit(self._parse, path, data)

    def _parse(self, path: Path, data: bytes) -> Parsed:
        """Read a file; retry without the files inside it that kill the process.

        A process may be exhausted by earlier files, so a failure in a used one is retried in a new process.
        """
        avoid: dict[str, str] = {}
        new = False
        while True:
            try:
                return self._attempt(path, data, avoid, new=new)
            except _Exhausted:
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
            raise _Exhausted
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
                raise _Exhausted from None
            reason = SourceUnreadable(f"its reader {process.end()}{_by(path, process)}")
        except ValueError:
            reason = SourceUnreadable(f"its reader returned an invalid answer{_by(path, process)}")
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
        """Kill every process, even busy ones, and wait for the threads. A second call does nothing."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
            for process in self._all:
                process.kill()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for process in idle:
            process.dispose()


def _by(path: Path, process: _Process) -> str:
    """Return the end of a reason: the package that reads the file, or the file inside it, if it is a plug-in."""
    reader = plug_in(document_type(Path(process.at or path)))
    return f" ({reader.package})" if reader is not None else ""


class _Exhausted(Exception):
    """A process that has read other files before ran out of memory, or ended."""


class _FatalInside(Exception):
    """A file inside the file killed or hung the process."""

    def __init__(self, name: str, reason: SourceUnreadable) -> None:
        super().__init__(name)
        self.name, self.reason = name, reason


class _Process:
    """One process; every wait on its pipes has a time limit."""

    def __init__(self, module: str, arguments: list[str]) -> None:
        try:
            # One pipe per process: the kernel signals only one process per open end, so a shared pipe would not do.
            lifeline, end = os.pipe()
        except OSError as error:
            raise _start_error(error) from error
        self._lifeline = os.fdopen(end, "wb", buffering=0)
        try:
            self._process = start_module(module, [str(lifeline), *arguments], {}, pass_fds=(lifeline,))
        except OSError as error:
            self._lifeline.close()
            raise _start_error(error) from error
        finally:
            os.close(lifeline)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        self._ended = threading.Lock()
        self.at = ""
        """The file inside the file that is being read."""
        self.asked = 0
        """How many files it was given."""

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def wait_until_ready(self) -> None:
        """Wait for the first message. Raises SemsearchError, since no file is the cause."""
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
        """Wait for the end, and return how it came about."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        status = self._process.poll()
        self.kill()
        if status is None:
            return "does not respond"
        return f"crashed ({_signal_name(-status)})" if status < 0 else f"ended with status {status}"

    def kill(self) -> None:
        """Kill the process; its pipes stay open for the thread that waits on them."""
        with self._ended:
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()

    def dispose(self) -> None:
        """Kill the process and close the pipes."""
        self.kill()
        self._lifeline.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()


def _start_error(error: OSError) -> SemsearchError:
    return SemsearchError(f"no process for reading files can be started ({error.strerror})")


def _wait(pipe: int, event: int, until: float) -> None:
    """Wait until a pipe is ready. Raises TimeoutError."""
    poll = select.poll()  # unlike select(), it accepts large file descriptors
    poll.register(pipe, event)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise TimeoutError


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
