"""The watched process with a reader that connects: to show that the watch sees it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from semsearch.corpus.parse.parse_worker import serve
from semsearch.corpus.readers.nested import Watch
from semsearch.types.documents import Parsed
from tests.formats import watched_worker


def parse(path: Path, data: bytes, watch: Watch) -> Parsed:
    with socket.socket() as connection:
        connection.connect_ex(("127.0.0.1", 9))
    return Parsed("", ())


if __name__ == "__main__":
    watched_worker.watch()
    serve(parse, lifeline=int(sys.argv[1]), memory=int(sys.argv[2]))
