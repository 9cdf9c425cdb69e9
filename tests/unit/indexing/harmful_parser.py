"""A test parser that does what a file says: hang, crash, print, use memory, or read it as text."""

from __future__ import annotations

import ctypes
import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from semsearch.corpus.parse.parse_worker import serve
from semsearch.corpus.parse.read import read_bytes
from semsearch.corpus.readers.archives.archive import read_zip
from semsearch.corpus.readers.nested import Inside, Watch
from semsearch.settings import Settings
from semsearch.types.documents import Parsed

_HOARD: list[bytearray] = []


def parse(path: Path, data: bytes, watch: Watch) -> Parsed:
    if path.suffix == ".zip":
        return read_zip(data, Inside(path.name, Settings(), _inside, watch=watch))
    return harmed(path, data)


def _inside(path: Path, file: IO[bytes], inside: Inside) -> tuple[str, Parsed]:
    return "txt", harmed(path, file.read())


def harmed(path: Path, data: bytes) -> Parsed:
    wish = data.split(b"\n", 1)[0].decode()
    if wish == "hang":
        time.sleep(600)
    if wish == "hang in a pattern":
        re.fullmatch(r"(a+)+b", "a" * 60)  # holds the interpreter: no thread of it can help
    if wish == "crash":
        ctypes.string_at(0)
    if wish == "exit":
        os._exit(3)
    if wish == "killed":
        os.kill(os.getpid(), 9)
    if wish == "memory":
        bytearray(2_000_000_000)  # which the system has, and the limit does not allow
    if wish == "hoard":
        _HOARD.append(bytearray(300_000_000))
    if wish == "hoard to death" and _HOARD:
        os.abort()
    if wish == "print":
        sys.stdout.write("noise on standard output\n")
        sys.stdout.flush()
        os.write(1, b"more of it\n")
        subprocess.run(["echo", "and from a child"], check=True)
    return read_bytes(path.with_suffix(".txt"), data, Settings())


if __name__ == "__main__":
    json.loads(sys.argv[3])
    serve(parse, lifeline=int(sys.argv[1]), memory=int(sys.argv[2]))
