"""What a server says of a query: the answer to its client, and to its log nothing that the query holds."""

from __future__ import annotations

import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from semsearch.daemon import wire
from semsearch.daemon.holdings import Elsewhere, Holdings
from semsearch.daemon.place import identity
from semsearch.daemon.request import Reply, Request
from semsearch.daemon.server import Responder, Server
from semsearch.errors import InvalidFilter


class Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, Lines]]:
    lines = Lines()
    made = logging.Logger("one that is only of this test", logging.INFO)
    made.addHandler(lines)
    yield made, lines
    lines.close()


def request(*args: str) -> bytes:
    here = Path.cwd().stat()
    stream = "utf-8 0 0 0"
    facts = [f"{here.st_dev} {here.st_ino}", "80", sys.getfilesystemencoding(), stream, stream, "0"]
    return wire.pack([wire.QUERY, identity().encode(), *map(os.fsencode, [str(Path.cwd()), *facts, *args])])


def ask(respond: Responder, log: logging.Logger) -> list[bytes]:
    near, far = socket.socketpair()
    with far, socket.socket(socket.AF_UNIX) as listener:
        server = Server(listener, respond, log, idle_seconds=60, holdings=Holdings())
        server._clients = 1
        server._places.acquire()
        thread = threading.Thread(target=server._serve, args=(near,))
        thread.start()
        far.sendall(request("query", "my diary"))
        assert wire.receive(far, wire.REQUEST_BYTES, 30) == [wire.ACCEPTED]
        reply = wire.receive(far, wire.ANSWER_BYTES, 30)
        thread.join()
        for end in (server._waker, server._woken):
            end.close()
    return reply


def fails(error: Exception) -> Responder:
    def respond(request: Request, holdings: Holdings) -> Reply:
        raise error

    return respond


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (Elsewhere("it names another model"), "it names another model"),
        (InvalidFilter("no document has a field `my diary`"), "InvalidFilter"),
        (FileNotFoundError(2, "No such file", "my diary"), "FileNotFoundError"),
        (ValueError("invalid literal: 'my diary'"), "ValueError"),
    ],
)
def test_no_error_brings_the_query_into_the_log(error: Exception, told: str, log: tuple[logging.Logger, Lines]) -> None:
    logger, lines = log
    assert ask(fails(error), logger) == [wire.DECLINED]
    (line,) = lines.texts
    assert line.startswith(f"left to the client: {told}")
    assert "diary" not in line
    assert ("respond" in line) == isinstance(error, ValueError)  # where a fault lies is told


def test_an_answer_is_recorded_in_its_order_and_within_bounds(log: tuple[logging.Logger, Lines]) -> None:
    held = []

    def respond(request: Request, holdings: Holdings) -> Reply:
        answer = Reply()
        client = answer.caller(request)
        for _ in range(1 << 20):
            client.out.write("x" * 10_000)
            client.out.flush()
            held.append(answer.size)
        return answer

    logger, lines = log
    assert ask(respond, logger) == [wire.DECLINED]
    assert lines.texts == ["left to the client: the answer is too long"]
    assert max(held) <= wire.ANSWER_BYTES
    answer = Reply()
    client = answer.caller(Request.read(wire.unpack(request("query")[8:])[2:]))
    for stream, text in ((client.out, "a"), (client.out, "b"), (client.err, "c"), (client.out, "d")):
        stream.write(text)
        stream.flush()
    assert answer.frame() == [b"0", b"\x01ab", b"\x02c", b"\x01d"]
