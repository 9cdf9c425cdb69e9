"""`semsearch models show NAME`: everything about one model."""

from __future__ import annotations

import sys

import click

from semsearch.cli.commands.models.render import details_record, render_details
from semsearch.cli.search_options import common, json_option, model_names
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.screen import screen_of, write

__all__ = ["command"]


@click.command(
    "show",
    short_help="Show everything about a model.",
    epilog="""
    \b
    Examples:
      semsearch models show all-MiniLM-L6-v2
      semsearch models show all-MiniLM-L6-v2 --measure
      semsearch models show ./my-model --json
    """,
)
@click.argument("name", metavar="NAME", shell_complete=model_names)
@click.option("--measure", is_flag=True, help="Compare the runtimes of a bi-encoder again: some seconds.")
@json_option
@common
def command(name: str, measure: bool, as_json: bool) -> None:
    """Show the sources of a model, its files and whether they are the right bytes, and how it runs.

    NAME is one that `semsearch models` lists, a folder, or a hub repository that is here.
    """
    from semsearch.api.models import show_model

    details = show_model(name, measure=measure)
    if as_json:
        write(to_json(details_record(details)))
        return
    for line in render_details(details, screen_of(sys.stdout)):
        write(line)
