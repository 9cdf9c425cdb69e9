"""`python -m semsearch.corpus.parse.parse_worker`: read files in a process that may hang or crash.

A request is a line of JSON (path, size, seconds, avoid) and the bytes of the file; an answer is its length and JSON.
numpy is not imported, so that it starts in a tenth of a second.
"""

from __future__ import annotations

import fcntl
import json
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from semsearch.corpus.parse.parsed_json import OUT_OF_MEMORY, packed
from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.nested import Limited, Watch
from semsearch.errors import SourceUnreadable
from semsearch.settings import Settings
from semsearch.types.documents import Parsed

__all__ = ["main", "serve"]

GRACE = 5.0
"""Seconds after its time limit at which a process whose parent died ends by itself."""


def main() -> None:
    """Serve the readers of this package; arguments: lifeline (a file descriptor), memory limit in bytes, settings."""
    settings = Settings.from_dict(json.loads(sys.argv[3]))
    serve(partial(_parse, settings), lifeline=int(sys.argv[1]), memory=int(sys.argv[2]))


def _parse(settings: Settings, path: Path, data: bytes, watch: Watch) -> Parsed:
    return read_bytes(path, data, settings, watch)


def serve(parse: Callable[[Path, bytes, Watch], Parsed], *, lifeline: int, memory: int) -> None:
    """Answer requests until standard input ends; the output of `parse` is discarded.

    Before an answer come the names of the files inside the file, each when it is begun.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    requests, answers = _own_pipes()
    _end_with(lifeline)
    _limit(memory)
    _send(answers, {"ready": True})
    while line := requests.readline():
        request = json.loads(line)
        data = requests.read(int(request["size"]))
        # The default action of SIGALRM ends the process, even where an endless regex match blocks the interpreter.
        signal.setitimer(signal.ITIMER_REAL, float(request["seconds"]) + GRACE)
        watch = Watch(lambda name: _send(answers, {"at": name}), request["avoid"])
        _send(answers, _answer(partial(parse, Path(request["path"]), data, watch)))
        signal.setitimer(signal.ITIMER_REAL, 0.0)


def _answer(parse: Callable[[], Parsed]) -> dict[str, Any]:
    try:
        return {"parsed": packed(parse())}
    except SourceUnreadable as error:
        reason = OUT_OF_MEMORY if isinstance(error.__cause__, MemoryError) else str(error)
        return {"unreadable": reason, "limited": isinstance(error, Limited)}
    except MemoryError:
        return {"unreadable": OUT_OF_MEMORY}


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Take over the pipes of standard input and output, so that nothing else reads or writes there."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    return requests, answers


def _end_with(lifeline: int) -> None:
    """End with the parent, however it ends: the kernel signals the closing of a pipe that only the parent can write to.

    macOS ignores SIGIO; there an idle process ends with its standard input, a busy one after its time limit.
    """
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def _limit(memory: int) -> None:
    """Limit the growth of the address space to `memory` bytes (Linux; macOS ignores it), and disable core dumps."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + memory,) * 2)


def _send(answers: BinaryIO, answer: dict[str, Any]) -> None:
    try:
        data = json.dumps(answer).encode("ascii")
    except MemoryError:
        data = json.dumps({"unreadable": OUT_OF_MEMORY}).encode("ascii")
    answers.write(len(data).to_bytes(8, "little") + data)
    answers.flush()


if __name__ == "__main__":
    main()
