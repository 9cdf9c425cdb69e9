"""`semsearch models fetch NAME...`: bring models here."""

from __future__ import annotations

import click

from semsearch.cli.commands.models.render import model_record
from semsearch.cli.search_options import common, json_option, model_names
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import size
from semsearch.cli.terminal.screen import notice, write

__all__ = ["command"]


@click.command(
    "fetch",
    short_help="Bring models to this computer.",
    epilog="""
    \b
    Examples:
      semsearch models fetch bge-small-en-v1.5-int8
      semsearch models fetch google/flan-t5-small
    """,
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=model_names)
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, names: tuple[str, ...], as_json: bool) -> None:
    """Bring models of the catalogue, or hub repositories (owner/name, owner/name@revision), to this computer.

    A catalogue model is checked by its hashes, wherever it comes from. What only the hub has is trusted at its first
    fetch and held to those bytes afterwards. A fetch that is interrupted leaves nothing behind that counts.
    """
    from semsearch.api.models import fetch_model

    loading = ctx.ensure_object(Session).loading()
    records = []
    for name in names:
        info = fetch_model(name, **loading)
        records.append(model_record(info))
        if not as_json:
            total = f" ({size(info.bytes)})" if info.bytes is not None else ""
            notice(f"{info.name} is in {info.path}{total}")
    if as_json:
        write(to_json(records))
