"""`semsearch export FILE`: a whole index as one file."""

from __future__ import annotations

from pathlib import Path

import click

from semsearch.cli.search_options import common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import size
from semsearch.cli.terminal.screen import notice, write

__all__ = ["command"]


@click.command(
    "export",
    short_help="Write the whole index to one file.",
    epilog="""
    \b
    Examples:
      semsearch export notes.semsearch
      semsearch -i work export /media/backup/work.semsearch
    """,
)
@click.argument("file", type=click.Path(dir_okay=False))
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, file: str, as_json: bool) -> None:
    """Write the whole index to FILE, to be read on this or another machine by `semsearch import`."""
    session = ctx.ensure_object(Session)
    with session.open() as index:
        written = index.export(Path(file))
        if as_json:
            write(to_json({"index": str(index.path), "file": str(Path(file).absolute()), "bytes": written}))
        else:
            notice(f"{index.path} written to {file} ({size(written)})")
