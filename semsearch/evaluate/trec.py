"""Run files in TREC format: `query Q0 document rank score tag`, one line per document."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from semsearch.errors import SemsearchError
from semsearch.types.search import Run

__all__ = ["read_run", "write_run"]

_BREAKS = re.compile(r"[\s%]")


def write_run(run: Run, file: Path, *, tag: str = "semsearch") -> None:
    """Write a run, best first. White space and % in an id become %XX, since white space ends a field.

    Raises SemsearchError when the file cannot be written.
    """
    try:
        with file.open("w", encoding="utf-8", errors="surrogateescape", newline="\n") as stream:
            for query, scores in run.items():
                ordered = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
                for rank, (document, score) in enumerate(ordered, start=1):
                    stream.write(f"{_escape(query)} Q0 {_escape(document)} {rank} {score!r} {_escape(tag)}\n")
    except OSError as error:
        raise SemsearchError(f"{file} cannot be written: {error.strerror}") from None


def read_run(file: Path) -> Run:
    """Read a run; scores are used, ranks ignored. Raises SemsearchError with file and line."""
    run: dict[str, dict[str, float]] = {}
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as stream:
            for number, line in enumerate(stream, start=1):
                fields = line.split()
                if not fields:
                    continue
                try:
                    query, _, document, _, score, _ = fields
                    run.setdefault(_unescape(query), {})[_unescape(document)] = float(score)
                except ValueError:
                    raise SemsearchError(f"{file}:{number}: not `query Q0 document rank score tag`") from None
    except OSError as error:
        raise SemsearchError(f"{file} cannot be read: {error.strerror}") from None
    return run


def _escape(name: str) -> str:
    return _BREAKS.sub(lambda m: "".join(f"%{byte:02X}" for byte in m[0].encode("utf-8", "surrogateescape")), name)


def _unescape(name: str) -> str:
    return unquote(name, errors="surrogateescape")
