"""`semsearch remove TARGET...`: take documents out of the index."""

from __future__ import annotations

import click

from semsearch.cli.search_options import common, json_option, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import plural
from semsearch.cli.terminal.screen import notice
from semsearch.cli.terminal.screen import write as write_line

__all__ = ["command"]


@click.command(
    "remove",
    short_help="Take documents out of the index.",
    epilog="""
    \b
    Examples:
      semsearch remove docs/old.md
      semsearch remove ~/notes          # a source: it is not refreshed any more
      semsearch remove t-17             # the id of an added document
    """,
)
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@wait_option
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, targets: tuple[str, ...], wait: float, as_json: bool) -> None:
    """Take out files, folders, sources or added documents (by their id). The files themselves are not touched.

    A file below a source that stays comes back with the next `index`; to keep it out, name it in .semsearchignore.
    """
    session = ctx.ensure_object(Session)
    with session.open(wait=wait) as index:
        removed = index.remove(targets)
        if as_json:
            write_line(to_json({"index": str(index.path), "removed": removed}))
        else:
            notice(f"{plural(removed, 'document')} removed from {index.path}")
