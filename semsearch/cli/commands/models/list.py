"""`semsearch models list`: the table of all models."""

from __future__ import annotations

import sys

import click

from semsearch.cli.commands.models.render import model_record, render_models
from semsearch.cli.search_options import common, json_option
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.screen import screen_of, write

__all__ = ["command", "print_models"]


@click.command(
    "list",
    short_help="List the models (as `semsearch models` does).",
    epilog="""
    \b
    Examples:
      semsearch models list
      semsearch models list --json | jq -r '.[] | select(.here) | .name'
    """,
)
@json_option
@common
def command(as_json: bool) -> None:
    """List the models that semsearch knows by name."""
    print_models(as_json)


def print_models(as_json: bool) -> None:
    """Print all models."""
    from semsearch.api.models import list_models

    models = list_models()
    if as_json:
        write(to_json([model_record(info) for info in models]))
        return
    for line in render_models(models, screen_of(sys.stdout)):
        write(line)
