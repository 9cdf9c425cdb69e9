"""`semsearch compact`: give back the space of what was removed."""

from __future__ import annotations

import click

from semsearch.cli.search_options import common, json_option, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import size
from semsearch.cli.terminal.screen import notice, write

__all__ = ["command"]


@click.command(
    "compact",
    short_help="Give back the space of what was removed.",
    epilog="""
    \b
    Example:
      semsearch compact
    """,
)
@wait_option
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, wait: float, as_json: bool) -> None:
    """Rewrite the index without what was removed. Searches go on meanwhile; no passage gets another id."""
    session = ctx.ensure_object(Session)
    with session.open(wait=wait) as index:
        before = index.status().bytes
        index.compact()
        after = index.status().bytes
        if as_json:
            write(to_json({"index": str(index.path), "bytes_before": before, "bytes": after}))
        else:
            notice(f"compacted {index.path}: {size(before)} before, {size(after)} now")
