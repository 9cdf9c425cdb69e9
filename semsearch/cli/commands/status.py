"""`semsearch status`: which index this is and why, what is in it, and whether it is up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.search_options import common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.model_move import move_rows, status_record
from semsearch.cli.terminal.run_summary import plural, size
from semsearch.cli.terminal.screen import Screen, safe_name, screen_of, write

if TYPE_CHECKING:
    from semsearch.api import Status

__all__ = ["command"]


def _record(status: Status, why: str) -> dict[str, Any]:
    return {
        "path": str(status.path),
        "why": why,
        "index_id": status.index_id,
        "format": status.format,
        "model": status.model,
        "dim": status.dim,
        "precision": status.precision,
        "documents": status.documents,
        "passages": status.passages,
        "sources": [{"path": s.path, "documents": s.documents, "present": s.present} for s in status.sources],
        "skipped": status.skipped,
        "bytes": status.bytes,
        "bytes_text": status.bytes_text,
        "fresh": status.fresh,
        "changed": dict(status.changed),
        "last_indexed": status.last_indexed,
        "search": status.search,
        "recall": status.recall,
        "generation": status.generation,
        "tombstones": status.tombstones,
        "settings": status.settings.to_dict(),
        **status_record(status),
    }


@click.command(
    "status",
    short_help="Show which index is used and whether it is up to date.",
    epilog="""
    \b
    Examples:
      semsearch status
      semsearch status --json | jq .documents
      semsearch status -i work
    """,
)
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, as_json: bool) -> None:
    """Show which index is used and why, its sources and counts, its model, and what has changed since it was made.

    Freshness is found by looking at the files: their sizes and times are compared with what was read.
    """
    from semsearch.api import status

    located = ctx.ensure_object(Session).locate()
    found = status(located.path)
    if as_json:
        write(to_json(_record(found, located.why)))
        return
    for line in _render(found, located.why, screen_of(sys.stdout)):
        write(line)


def _freshness(status: Status, screen: Screen) -> str:
    reported = ", ".join(f"{count:,} {name}" for name, count in status.changed.items() if count)
    if not status.sources and not status.documents:
        return "empty; semsearch index PATH fills it"
    if status.fresh:
        return screen.good("up to date")
    return f"{screen.bad('behind')}: {reported or 'a source is not there'}; semsearch index brings it up to date"


def _render(status: Status, why: str, screen: Screen) -> Iterator[str]:
    def row(name: str, text: str) -> str:
        return f"{screen.dim(f'{name:<10}')}{text}"

    yield row("index", f"{screen.path(safe_name(str(status.path)))} {screen.dim(f'({safe_name(why)})')}")
    yield row("documents", f"{status.documents:,}")
    yield row("passages", f"{status.passages:,}")
    for number, source in enumerate(status.sources):
        gone = "" if source.present else f" {screen.bad('(not there now)')}"
        count = screen.dim(f"({plural(source.documents, 'document')})")
        yield row("" if number else "sources", f"{safe_name(source.path)} {count}{gone}")
    if status.skipped:
        yield row("unread", f"{plural(status.skipped, 'file')}; semsearch why-not says why of each")
    yield row("fresh", _freshness(status, screen))
    yield row("indexed", status.last_indexed.replace("T", " ").replace("+00:00", " UTC") or "never")
    yield row("model", f"{safe_name(status.model)}, {status.dim} dimensions, passages in {safe_name(status.precision)}")
    for name, text in move_rows(status):
        yield row(name, text)
    recall = f", recall {status.recall:.3f}" if status.recall is not None else ""
    yield row("search", f"{status.search}{recall}")
    yield row("size", f"{size(status.bytes)}; the text is {size(status.bytes_text)}")
    if status.tombstones:
        yield row("removed", f"{plural(status.tombstones, 'passage')} waiting for semsearch compact")
