"""A small real HTTP server that speaks the chat protocol of OpenAI, and fails in the way that a test asks for."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Server:
    """Answers the n-th request with the n-th of `answers`, and every further one with the last."""

    url: str
    answers: list[Answer] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)


def event(text: str = "", *, logprob: float | None = None, finish: str | None = None) -> bytes:
    choice: dict[str, Any] = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    if logprob is not None:
        choice["logprobs"] = {"content": [{"token": text, "logprob": logprob}]}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


def stream(
    *events: bytes,
    pause: float = 0.0,
    between: Callable[[], object] = lambda: None,
    kind: str = "text/event-stream; charset=utf-8",
) -> Answer:
    """Send events in chunks, `between` called after each, and end the stream as HTTP wants it."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, kind)
        for part in events:
            _chunk(handler, part)
            time.sleep(pause)
            between()
        handler.wfile.write(b"0\r\n\r\n")

    return answer


def dropped(*events: bytes) -> Answer:
    """Send events and hang up in the middle of a chunk."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _begin(handler, "text/event-stream")
        for part in events:
            _chunk(handler, part)
        handler.wfile.write(b"ff\r\ndata: {")

    return answer


def page(status: int, body: Any = "", kind: str = "application/json", **headers: str) -> Answer:
    """Send one body with a status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        handler.send_response(status)
        handler.send_header("Content-Type", kind)
        handler.send_header("Content-Length", str(len(data)))
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def _begin(handler: BaseHTTPRequestHandler, kind: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", kind)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()


def _chunk(handler: BaseHTTPRequestHandler, data: bytes) -> None:
    handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
    handler.wfile.flush()


@contextmanager
def serving() -> Iterator[Server]:
    """Serve on a free port of the loopback interface."""
    server: Server

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.headers.append(dict(self.headers.items()))
            server.requests.append({"path": self.path, **json.loads(body)})
            self.close_connection = True
            with contextlib.suppress(OSError):  # the client has gone
                server.answers[min(len(server.requests), len(server.answers)) - 1](self)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server = Server(f"http://127.0.0.1:{http.server_port}/v1")
    thread = threading.Thread(target=http.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        http.server_close()
        thread.join()
