"""`semsearch index PATH...`: read files, or refresh what is known."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from semsearch.cli.bars import IndexBar
from semsearch.cli.options import Size, common, json_option, languages, wait_option
from semsearch.cli.output import notice, safe_name, screen_of, write
from semsearch.cli.records import summary_record, to_json
from semsearch.cli.session import Session
from semsearch.cli.summary import render_summary

if TYPE_CHECKING:
    from semsearch.reports import Summary

__all__ = ["command", "settings_of", "tell_summary"]


def tell_summary(summary: Summary, index: str, session: Session, as_json: bool) -> None:
    """Print what a run did: for people to standard error, as JSON to standard output."""
    screen = screen_of(sys.stderr)
    if as_json:
        write(to_json(summary_record(summary, index)))
    else:
        for line in render_summary(summary, screen, Path.cwd(), verbose=session.verbose):
            sys.stderr.write(line + "\n")
        sys.stderr.write(screen.dim(f"  index {safe_name(index)}") + "\n")
    if summary.interrupted:
        notice("semsearch: interrupted; what is done is kept, run it again to continue")


@click.command(
    "index",
    short_help="Read files and folders, or refresh what is known.",
    epilog="""
    \b
    Examples:
      semsearch index ./docs ~/notes
      semsearch index                  # refresh everything this index knows
      semsearch index --prune          # and let go of sources that are no longer there
      semsearch index -i work ./src --hidden --max-file-size 5M

    Ctrl-C keeps what is done; run the same command again and it continues.
    """,
)
@click.argument("paths", nargs=-1, type=click.Path(exists=True), metavar="[PATH...]")
@click.option("--prune", is_flag=True, help="Also remove the documents of sources that have vanished.")
@click.option(
    "--language",
    callback=languages,
    metavar="CODE",
    help="Language of the files, for stemming and stop words: en, de, ...; auto detects it for each (the default).",
)
@click.option("--max-file-size", type=Size(), metavar="SIZE", help="Leave out larger files (50M by default).")
@click.option(
    "--transcriber",
    metavar="NAME",
    help="Which Whisper model listens to recordings: a name, folder or hub repository; none passes them over.",
)
@click.option("--max-recording-size", type=Size(), metavar="SIZE", help="Leave out larger recordings (2G by default).")
@click.option("--hidden/--no-hidden", default=None, help="Whether hidden files and folders are read (no by default).")
@click.option(
    "--ignore/--no-ignore",
    default=None,
    help="Whether .gitignore, .ignore and .semsearchignore are honoured (yes by default).",
)
@wait_option
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], prune: bool, wait: float, as_json: bool, **s: Any) -> None:
    """Read files and folders into the index: only what is new or has changed costs anything.

    Without PATH every source that the index knows is read again. What was removed from a source leaves the index;
    a source that is gone as a whole stays until --prune. The settings (--language, --max-file-size,
    --transcriber, --max-recording-size, --hidden, --no-ignore, --model) are stored with the index.
    """
    session = ctx.ensure_object(Session)
    wanted, changed = settings_of(ctx, s)
    with session.open_or_create(wanted, changed, create=bool(paths), wait=wait) as index:
        with IndexBar() as bar:
            summary = index.index(paths, prune=prune, progress=bar)
        tell_summary(summary, str(index.path), session, as_json)
    ctx.exit(130 if summary.interrupted else 0)


def settings_of(ctx: click.Context, options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings for a new index, and those that flags ask for: an index that is there gets these."""
    names = {
        "max_file_size": "max_file_bytes",
        "max_recording_size": "max_recording_bytes",
        "ignore": "ignore_files",
    }
    given = {name: value for name, value in options.items() if value is not None}
    flags = {name for name in given if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    wanted = {names.get(name, name): value for name, value in given.items()}
    return wanted, {names.get(name, name): given[name] for name in flags}
