"""Whose working folder, environment and streams count: this process's own, or those of a client that is being served.

A resident process answers many clients at once, each from a folder and a terminal of its own. Whatever depends on these
asks here instead of `os` and `sys`; a thread that serves a client says so with `serving`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple, TextIO

__all__ = ["Caller", "absolute", "columns", "cwd", "environ", "err", "out", "remote", "serving", "terminal_columns"]


class Caller(NamedTuple):
    """A client of a resident process. `columns` is the width of its terminal, 0 when it has none."""

    cwd: str
    environ: Mapping[str, str]
    out: TextIO
    err: TextIO
    columns: int


_remote: ContextVar[Caller | None] = ContextVar("caller", default=None)


@contextmanager
def serving(caller: Caller) -> Iterator[None]:
    """Answer for another process inside the block, in this thread only."""
    token = _remote.set(caller)
    try:
        yield
    finally:
        _remote.reset(token)


def remote() -> bool:
    """Whether this thread answers for another process."""
    return _remote.get() is not None


def cwd() -> str:
    """Return the working folder, an absolute path."""
    caller = _remote.get()
    return caller.cwd if caller is not None else os.getcwd()  # noqa: PTH109 - pathlib takes 8 ms to import


def absolute(path: str | os.PathLike[str]) -> str:
    """Return a path from the root, `.` and `..` resolved by name, as `os.path.abspath` does."""
    return os.path.normpath(os.path.join(cwd(), path))  # noqa: PTH118 - as above


def environ() -> Mapping[str, str]:
    """Return the environment variables."""
    caller = _remote.get()
    return caller.environ if caller is not None else os.environ


def out() -> TextIO:
    """Return the stream of results."""
    caller = _remote.get()
    return caller.out if caller is not None else sys.stdout


def err() -> TextIO:
    """Return the stream of everything else."""
    caller = _remote.get()
    return caller.err if caller is not None else sys.stderr


def columns(default: int = 80) -> int:
    """Return the width of the terminal: $COLUMNS, else that of standard output, else `default`."""
    caller = _remote.get()
    asked = environ().get("COLUMNS", "")
    if asked.strip().isdecimal() and int(asked) > 0:
        return int(asked)
    if caller is not None:
        return caller.columns or default
    return terminal_columns() or default


def terminal_columns() -> int:
    """Return the width of the terminal behind standard output, 0 when there is none."""
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 0
