"""`semsearch completion SHELL`: the script that lets a shell complete commands and options."""

from __future__ import annotations

import click

from semsearch.cli.terminal.screen import write

__all__ = ["command"]


@click.command(
    "completion",
    short_help="Print the completion script of a shell.",
    epilog="""
    \b
    Examples:
      semsearch completion bash > ~/.local/share/bash-completion/completions/semsearch
      semsearch completion zsh > ~/.zfunc/_semsearch
      semsearch completion fish > ~/.config/fish/completions/semsearch.fish
    """,
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def command(ctx: click.Context, /, shell: str) -> None:
    """Print the script that completes commands, options and files in SHELL."""
    from click.shell_completion import get_completion_class

    make = get_completion_class(shell)
    if make is None:  # a version of click that lost a shell
        raise click.UsageError(f"this version of click cannot complete in {shell}", ctx)
    write(make(ctx.find_root().command, {}, "semsearch", "_SEMSEARCH_COMPLETE").source())
