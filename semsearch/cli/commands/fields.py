"""`semsearch fields`: what documents can be filtered by."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from semsearch.cli.search_options import common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.hits import shortened
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.screen import Screen, safe_name, safe_text, screen_of, write

if TYPE_CHECKING:
    from semsearch.types.reports import FieldInfo

__all__ = ["command"]


@click.command(
    "fields",
    short_help="List the fields that filters may name.",
    epilog="""
    \b
    Examples:
      semsearch fields
      semsearch query --filter 'author=*ada*' --filter 'modified>=2025-01-01' engines
      semsearch fields --json | jq -r '.[] | select(.origin == "metadata").name'

    Exits with 1 when the index has no document.
    """,
)
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, as_json: bool) -> None:
    """List the fields of --filter: their types, how many documents have them, and examples of their values.

    A file's own facts come first (path, name, type, language, size, modified, title), then what readers found in files
    or documents were added with, and what `label learn` fills. What has the name of a fact as well is `own.NAME`.
    """
    session = ctx.ensure_object(Session)
    with session.open() as index:
        found = list(index.fields().values())
    if as_json:
        write(to_json([{**asdict(info), "filter": info.written} for info in found]))
    else:
        screen = screen_of(sys.stdout)
        for info in found if found[0].documents else ():
            write(_line(info, found, screen))
    ctx.exit(0 if found[0].documents else 1)


def _line(info: FieldInfo, found: list[FieldInfo], screen: Screen) -> str:
    width = min(24, max(len(safe_name(one.written)) for one in found))
    kinds = ", ".join(info.types)
    facts = f"{kinds:<12}  {info.documents:>9,}"
    name = safe_name(info.written)
    room = screen.width - max(width, len(name)) - len(facts) - 4
    examples = shortened(safe_text(" · ".join(info.examples)), max(room, 10))
    return f"{screen.bold(name)}{' ' * (width - len(name))}  {screen.dim(facts)}  {examples}"
