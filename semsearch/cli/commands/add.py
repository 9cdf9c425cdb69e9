"""`semsearch add FILE`: documents of one's own, one JSON object a line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

import click

from semsearch.cli.index_settings import settings_of
from semsearch.cli.search_options import common, json_option, languages, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.bars import IndexBar
from semsearch.cli.terminal.run_summary import tell_summary
from semsearch.cli.terminal.screen import notice
from semsearch.errors import InvalidQuery
from semsearch.types.documents import Document, Value

__all__ = ["command", "documents"]

_KEYS = frozenset(["id", "text", "title", "metadata"])


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is not a number of JSON")


def _value(name: str, value: Any) -> Value:
    if isinstance(value, list) and all(
        isinstance(one, str | int | float) and not isinstance(one, bool) for one in value
    ):
        return tuple(value)
    if value is None or isinstance(value, str | int | float):
        return value
    raise ValueError(f"metadata {name!r} must be a text, a number, true, false, null or a list of texts and numbers")


def _metadata(value: Any) -> Mapping[str, Value]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError("metadata must be an object")
    return {name: _value(name, member) for name, member in value.items()}


def _text(record: Mapping[str, Any], name: str, default: str | None = None) -> str:
    value = record.get(name, default)
    if isinstance(value, int) and not isinstance(value, bool) and name == "id":
        value = str(value)
    if not isinstance(value, str) or (name == "id" and not value):
        raise ValueError(f"{name!r} must be a text" + (" and not empty" if name == "id" else ""))
    return value


def _document(line: str) -> Document:
    record = json.loads(line, parse_constant=_refuse_constant)
    if not isinstance(record, dict):
        raise ValueError("not an object")
    unknown = sorted(set(record) - _KEYS)
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r}; what belongs to the document goes into 'metadata'")
    return Document(
        _text(record, "id"), _text(record, "text"), _text(record, "title", ""), _metadata(record.get("metadata"))
    )


def documents(stream: IO[bytes], name: str) -> Iterator[Document]:
    """Yield the documents of JSON lines as they come; InvalidQuery names the line that is not one."""
    for number, raw in enumerate(stream, 1):
        try:
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
            if line:
                yield _document(line)
        except (ValueError, RecursionError) as error:
            reason = " ".join(str(error).split())
            reported = f"{name}, line {number}: {reason}; the documents of the lines before it are kept"
            raise InvalidQuery(reported) from error


def _opened(file: str) -> AbstractContextManager[IO[bytes]]:
    if file != "-":
        return Path(file).open("rb")
    if sys.stdin is None:
        raise InvalidQuery("standard input is closed; give a file instead of -")
    return nullcontext(sys.stdin.buffer)


@click.command(
    "add",
    short_help="Add documents of your own, as JSON lines.",
    epilog="""
    \b
    Each line is an object:
      {"id": "t-17", "text": "...", "title": "...", "metadata": {"author": "Ada", "year": 1843}}

    \b
    Examples:
      semsearch add tickets.jsonl
      export-tickets | semsearch add -
      semsearch query --filter author=Ada "analytical engine"

    A document with a known id replaces the one before it.
    """,
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--language", callback=languages, metavar="CODE", help="As for index; stored with a new index.")
@wait_option
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, file: str, language: str | None, wait: float, as_json: bool) -> None:
    """Add documents from FILE, or from standard input if it is `-`: one JSON object a line.

    `id` and `text` are needed; `title` and `metadata` are not. Every field of the metadata can be filtered on; one may
    be a list.
    """
    session = ctx.ensure_object(Session)
    wanted, changed = settings_of(ctx, {"language": language})
    with session.open_or_create(wanted, changed, create=True, wait=wait) as index:
        try:
            with _opened(file) as stream, IndexBar() as bar:
                summary = index.add(documents(stream, "standard input" if file == "-" else file), progress=bar)
        except KeyboardInterrupt:
            notice("semsearch: interrupted; what is done is kept, run it again to continue")
            ctx.exit(130)
        tell_summary(summary, str(index.path), as_json=as_json, verbose=session.verbose)
