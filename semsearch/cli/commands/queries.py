"""`semsearch queries list|remove`: the saved queries of the index."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.saved_query_names import clock, query_names
from semsearch.cli.search_options import common, json_option, many, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import plural
from semsearch.cli.terminal.screen import Screen, in_short, notice, safe_name, screen_of, write

if TYPE_CHECKING:
    from semsearch.api.saved_queries import SavedQuery

__all__ = ["command"]

_QUERY = 120
"""Characters of a query that are shown in a list."""
_TOLD = ("mode", "within", "filters", "like", "unlike", "rerank", "k")
_USUAL = {"mode": "hybrid", "k": 10}


@click.group(
    "queries",
    short_help="List and remove saved queries.",
    epilog="""
    \b
    Examples:
      semsearch query --save leaks "water damage" --in ~/contracts
      semsearch queries list
      semsearch queries remove leaks
    """,
)
def command() -> None:
    """Look after the queries that `semsearch query --save NAME` keeps; `diff NAME` tells what changes in their hits."""


@command.command("list", epilog="Example: semsearch queries list --json")
@json_option
@common
@click.pass_context
def list_(ctx: click.Context, /, as_json: bool) -> None:
    """List the saved queries, their options, and when they were last looked at. Exits with 1 when there is none."""
    session = ctx.ensure_object(Session)
    with session.open() as index:
        found = index.saved_queries.all()
    if as_json:
        write(to_json([_record(saved) for saved in found]))
    else:
        screen = screen_of(sys.stdout)
        for saved in found:
            write(_line(saved, screen))
    ctx.exit(0 if found else 1)


@command.command("remove", epilog="Example: semsearch queries remove leaks")
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=query_names)
@many([wait_option, common])
@click.pass_context
def remove(ctx: click.Context, /, names: tuple[str, ...], wait: float) -> None:
    """Forget saved queries."""
    session = ctx.ensure_object(Session)
    with session.open(wait=wait) as index:
        known = [saved.name for saved in index.saved_queries.all()]
        for name in sorted(dict.fromkeys(names), key=lambda one: one in known):  # a wrong one before any is removed
            index.saved_queries.remove(name)
            notice(f"saved query {name} removed from {index.path}")


def _record(saved: SavedQuery) -> dict[str, Any]:
    hits = [
        {"rank": h.rank, "score": h.score, "document_id": h.document_id, "anchor": h.anchor, "text": h.text}
        for h in saved.hits
    ]
    return {
        "name": saved.name,
        "query": saved.query,
        "options": dict(saved.options),
        "saved": saved.saved,
        "looked": saved.looked,
        "hits": hits,
    }


def _line(saved: SavedQuery, screen: Screen) -> str:
    options = {name: saved.options.get(name) for name in _TOLD}
    reported = [
        f"{name}={', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in options.items()
        if value and value != _USUAL.get(name)
    ]
    extra = f"  {safe_name('; '.join(reported))}" if reported else ""
    facts = f"{plural(len(saved.hits), 'hit')}, looked at {clock(saved.looked)}"
    return f"{screen.bold(safe_name(saved.name))}  {in_short(saved.query, _QUERY)}{screen.dim(f'{extra}  {facts}')}"
