"""`semsearch models remove NAME...`: free what was fetched of a model and made of it."""

from __future__ import annotations

import click

from semsearch.cli.search_options import common, json_option, model_names
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import size
from semsearch.cli.terminal.screen import notice, write

__all__ = ["command"]


@click.command(
    "remove",
    short_help="Free the files of models.",
    epilog="""
    \b
    Examples:
      semsearch models remove bge-small-en-v1.5-int8
      semsearch models remove mine          # the folder of an added model stays
    """,
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...", shell_complete=model_names)
@json_option
@common
def command(names: tuple[str, ...], as_json: bool) -> None:
    """Free what was fetched of a model and what was made of it. An index that needs it fetches it again.

    A model that was added is taken off the list; its folder is never touched.
    """
    from semsearch.api.models import remove_model

    records = []
    for name in names:
        removed = remove_model(name)
        kept = str(removed.kept) if removed.kept else None
        folders = [str(folder) for folder in removed.folders]
        records.append({"name": removed.name, "bytes": removed.bytes, "folders": folders, "kept": kept})
        if not as_json:
            freed = f"{size(removed.bytes)} freed" if folders else "nothing of it was here"
            stays = f"; {kept} stays" if kept else ""
            notice(f"{removed.name}: {freed if folders or not kept else 'taken off the list'}{stays}")
    if as_json:
        write(to_json(records))
