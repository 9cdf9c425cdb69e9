"""The command `semsearch`: commands that load only when they run, one line for every error, and the exit codes.

0: hits, or done; 1: none; 2: error; 130: interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from semsearch import __version__
from semsearch import client_context as caller
from semsearch.cli.common_options import common
from semsearch.cli.session import Session
from semsearch.cli.terminal.screen import prepare_streams, safe_name, screen_of, warning
from semsearch.errors import SemsearchError

__all__ = ["cli", "invoke", "main", "report"]

# In the order in which they are met, each with its line of the help, so that showing it imports none of them; a
# command's module has its name and is imported when the command is asked for.
COMMANDS = {
    "index": "Read files and folders, or refresh what is known.",
    "watch": "Keep the index up to date while files change.",
    "query": "Search the index (also: search).",
    "ask": "Ask the index questions, in a dialogue.",
    "open": "Open a hit of the last query where it stands.",
    "diff": "Show what has changed in the hits of a saved query.",
    "queries": "List and remove saved queries.",
    "why-not": "Say why a file is not among the hits of a query.",
    "add": "Add documents of your own, as JSON lines.",
    "list": "List the documents of the index, or its sources.",
    "fields": "List the fields that filters may name.",
    "remove": "Take documents out of the index.",
    "label": "Learn labels from a few documents and fill them in for all.",
    "status": "Show which index is used and whether it is up to date.",
    "doctor": "Check every part of the index; repair what is damaged.",
    "compact": "Give back the space of what was removed.",
    "export": "Write the whole index to one file.",
    "import": "Make an index from an exported file.",
    "trust": "Let an index that was copied here be found unasked.",
    "eval": "Measure the search on a judged collection.",
    "embed": "Show the vector of a text, or of each of its tokens.",
    "daemon": "Keep model and indexes in memory, for queries in milliseconds.",
    "models": "List, fetch, add and remove models.",
    "completion": "Print the completion script of a shell.",
}
MODULES = {name: f"{name}.command" for name in ("ask", "daemon", "index", "models", "open", "query")} | {
    "list": "list_documents",
    "export": "export_index",
    "import": "import_index",
}
"""Where a command is, unless its module has its name."""
ALIASES = {"search": "query"}
_MAX_WIDTH = 100
_COMPLETE = "_SEMSEARCH_COMPLETE"


class LazyGroup(click.Group):
    """Knows its commands by name only, so that `--help` and completion stay fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the help."""
        return list(COMMANDS)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lines of the help without importing a command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        module = import_module(f"semsearch.cli.commands.{MODULES.get(name) or name.replace('-', '_')}")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find a command. For an unknown one, suggest close matches."""
        name = args[0]
        if not name.startswith("-") and name not in ALIASES and name not in COMMANDS and not ctx.resilient_parsing:
            from difflib import get_close_matches

            near = get_close_matches(name, [*COMMANDS, *ALIASES])
            hint = f"did you mean {' or '.join(near)}?" if near else "to search, write: semsearch query TEXT"
            raise click.UsageError(f"there is no command {name!r}; {hint}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": _MAX_WIDTH},
    epilog="""
    \b
    Examples:
      semsearch index ./docs
      semsearch query "how do I undo the last migration"
      semsearch query --filter type=pdf -k 3 --json "warranty period"

    Exit codes: 0 hits, 1 none, 2 error, 130 interrupted. `semsearch COMMAND --help` shows examples of each command.
    """,
)
@common
@click.version_option(__version__, message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Search your own files by meaning and by words, on your own machine."""
    if ctx.invoked_subcommand == "completion":
        return
    from semsearch.cli.config import load_config

    session = ctx.ensure_object(Session)
    config = load_config()
    session.values = config.values
    ctx.default_map = config.defaults()
    for text in config.warnings:
        warning(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _error(text: str) -> int:
    screen = screen_of(caller.err())
    caller.err().write(f"{screen.bad('semsearch: error:')} {safe_name(_one_line(text))}\n")
    return 2


def _usage_error(error: click.ClickException) -> int:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        sys.stderr.write(error.format_message() + "\n")
        return 2
    message = error.format_message().rstrip(".")
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return _error(f"{message} (see {ctx.command_path} --help)" if ctx is not None else message)


def _failure(error: BaseException, verbose: bool) -> int:
    """Tell an error in one line; `-v` shows where it came from."""
    if verbose:
        import traceback

        for line in "".join(traceback.format_exception(error)).splitlines():
            sys.stderr.write(safe_name(line) + "\n")
    if isinstance(error, click.ClickException):
        return _usage_error(error)
    if isinstance(error, SemsearchError):
        return _error(str(error))
    if isinstance(error, OSError) and error.strerror:
        where = f": {os.fsdecode(error.filename)}" if error.filename else ""
        return _error(f"{error.strerror}{where}")
    hint = "" if verbose else " (this is a fault of semsearch; -v shows the traceback)"
    return _error(f"{type(error).__name__}: {error}{hint}")


def invoke(args: Sequence[str], session: Session) -> int:
    """Run one command line for this process, or for the client that it serves, and return the exit code."""
    try:
        width = max(min(caller.columns(), _MAX_WIDTH) - 2, 50)  # as click has it, without importing shutil
        with cli.make_context("semsearch", list(args), obj=session, terminal_width=width) as ctx:
            cli.invoke(ctx)
    except click.exceptions.Exit as done:
        return done.exit_code
    return 0


def _silence() -> None:
    """Let what cannot be written any more go nowhere, so that leaving is quiet as well."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:  # started with the stream closed
                stream.flush()
        except OSError:  # nobody reads any more, or the disk is full
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _guarded(args: Sequence[str], session: Session) -> int:
    if _COMPLETE in os.environ:
        cli.main(list(args), prog_name="semsearch", complete_var=_COMPLETE)
    try:
        code = invoke(args, session)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read us has seen enough
        _silence()
        return 0
    except (KeyboardInterrupt, Exception) as error:  # noqa: BLE001 - the last place where it can be reported in one line
        return report(error, verbose=session.verbose)
    return code


def report(error: BaseException, *, verbose: bool = False) -> int:
    """Report what ended a run in one line; return the exit code."""
    _silence()
    prepare_streams()
    if isinstance(error, KeyboardInterrupt | click.Abort):
        sys.stderr.write("\n" * sys.stderr.isatty() + "semsearch: interrupted\n")  # the terminal has shown ^C
        return 130
    return _failure(error, verbose)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    prepare_streams()
    session = Session()
    if not sys.warnoptions:
        import warnings

        warnings.simplefilter("ignore")  # what libraries say to programmers is no message for users
    sys.exit(_guarded(sys.argv[1:] if args is None else args, session))
