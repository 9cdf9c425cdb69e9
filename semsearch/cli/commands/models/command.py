"""`semsearch models`: which models there are; its subcommands fetch, show, add and remove them.

A subcommand NAME is `command` of the module `NAME` beside this one, imported when it is asked for.
"""

from __future__ import annotations

from importlib import import_module

import click

from semsearch.cli.search_options import common, json_option

__all__ = ["SUBCOMMANDS", "command"]

SUBCOMMANDS = ("list", "show", "fetch", "add", "remove", "compare")


class ModelsGroup(click.Group):
    """Knows its subcommands by name only."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(SUBCOMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one subcommand."""
        if cmd_name not in SUBCOMMANDS:
            return None
        found: click.Command = import_module(f"semsearch.cli.commands.models.{cmd_name}").command
        return found


@click.group(
    "models",
    cls=ModelsGroup,
    invoke_without_command=True,
    short_help="List, fetch, add and remove models.",
    epilog="""
    \b
    Examples:
      semsearch models
      semsearch models fetch bge-small-en-v1.5-int8
      semsearch models add mine --path ~/models/my-encoder
      semsearch index --model mine ./docs
    """,
)
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, as_json: bool) -> None:
    """List the models that semsearch knows by name: what each is, what it can do, its size, and whether it is here.

    An encoder makes vectors and scores pairs, a decoder writes, an encoder-decoder turns one text (or a recording)
    into another. Parameters are counted from the weights.
    """
    if ctx.invoked_subcommand is None:
        from semsearch.cli.commands.models.list import print_models

        print_models(as_json)
