"""`semsearch import FILE`: make an index from an exported file."""

from __future__ import annotations

from pathlib import Path

import click

from semsearch.cli.search_options import common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import plural
from semsearch.cli.terminal.screen import notice, write

__all__ = ["command"]


@click.command(
    "import",
    short_help="Make an index from an exported file.",
    epilog="""
    \b
    Examples:
      semsearch import notes.semsearch
      semsearch -i work import /media/backup/work.semsearch
    """,
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, file: str, as_json: bool) -> None:
    """Make the index that --index names (or the default one) from FILE. An index that exists is never overwritten."""
    from semsearch.api import import_index

    session = ctx.ensure_object(Session)
    with import_index(Path(file), session.locate(create=True).path) as index:
        status = index.status()
        if as_json:
            record = {"index": str(index.path), "documents": status.documents, "passages": status.passages}
            write(to_json(record))
        else:
            notice(f"{plural(status.documents, 'document')} in {index.path}")
