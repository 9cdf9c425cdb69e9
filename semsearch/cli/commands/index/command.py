"""`semsearch index PATH...`: read files, or refresh what is known."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from semsearch.cli.commands.index.plan import plan_record, render_plan
from semsearch.cli.index_settings import settings_of
from semsearch.cli.search_options import Seconds, Size, common, json_option, languages, many, wait_option
from semsearch.cli.session import Session
from semsearch.cli.set_option import set_option
from semsearch.cli.terminal.bars import IndexBar
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.model_move import move_record, render_move
from semsearch.cli.terminal.run_summary import tell_summary
from semsearch.cli.terminal.screen import notice, screen_of, write
from semsearch.errors import InvalidQuery

if TYPE_CHECKING:
    from semsearch.api import Index
    from semsearch.types.reports import Move

__all__ = ["command"]

F = TypeVar("F", bound=Callable[..., Any])


def hidden_options(function: F) -> F:
    """Add the options of settings that `--set` has in its help."""
    number = click.IntRange(min=1)
    options: list[Callable[[F], F]] = [
        click.option("--max-file-size", type=Size(), hidden=True),
        click.option("--max-recording-size", type=Size(), hidden=True),
        click.option("--max-pixels", type=number, hidden=True),
        click.option("--file-seconds", type=Seconds(positive=True), hidden=True),
        click.option("--max-members", type=number, hidden=True),
        click.option("--max-expanded", type=Size(), hidden=True),
        click.option("--max-nesting", type=click.IntRange(1, 100), hidden=True),
        click.option("--max-pages", type=number, hidden=True),
        click.option("--max-text", type=number, hidden=True),
        click.option("--passage-tokens", type=click.IntRange(min=0), hidden=True),
        click.option("--recall", type=click.FloatRange(0, 1, min_open=True), hidden=True),
    ]
    return many(options)(function)


@click.command(
    "index",
    short_help="Read files and folders, or refresh what is known.",
    epilog="""
    \b
    Examples:
      semsearch index ./docs ~/notes
      semsearch index                  # refresh everything this index knows
      semsearch index ~/notes --plan   # what would it cost?
      semsearch index --prune          # and let go of sources that are no longer there
      semsearch index -i work ./src --hidden --set max_file_size=5M
      semsearch index --model bge-small-en-v1.5-int8    # move to another model
      semsearch index --rollback                        # and back to the one before

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
@click.option(
    "--transcriber",
    metavar="NAME",
    help="Which Whisper model listens to recordings: a name, folder or hub repository; none passes them over.",
)
@click.option("--ocr/--no-ocr", default=None, help="Whether text in pictures is read (yes, with the extra ocr).")
@click.option(
    "--max-memory",
    type=Size(),
    metavar="SIZE",
    help="Take no more memory than this, the processes that parse files included, such as 1G (no limit by default).",
)
@click.option("--hidden/--no-hidden", default=None, help="Whether hidden files and folders are read (no by default).")
@click.option(
    "--ignore/--no-ignore",
    default=None,
    help="Whether .gitignore, .ignore and .semsearchignore count and what tools made is left out (yes by default).",
)
@click.option(
    "--rollback",
    is_flag=True,
    help="Go back to the model that served before the last move; the same again goes forward.",
)
@click.option("--plan", "planned", is_flag=True, help="Say what it would cost, from a sample, and do nothing.")
@set_option("index")
@hidden_options
@wait_option
@json_option
@common
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    prune: bool,
    rollback: bool,
    planned: bool,
    max_memory: int | None,
    wait: float,
    as_json: bool,
    **s: Any,
) -> None:
    """Read files and folders into the index: only what is new or has changed costs anything.

    Without PATH every source that the index knows is read again. What was removed from a source leaves the index;
    a source that is gone as a whole stays until --prune. The settings (--language, --transcriber, --ocr, --hidden,
    --no-ignore, --model and --set) are stored with the index.

    An index that is there moves to another --model first: searches go on with the old vectors until all of the new ones
    are there, and the old ones are kept for --rollback until the next move or compact.
    """
    session = ctx.ensure_object(Session)
    wanted, changed = settings_of(ctx, s)
    if rollback:
        _roll_back(ctx, session, wait, as_json, alone=not (paths or prune or changed or session.model))
    if planned:
        _plan(session, paths, wanted, changed, max_memory or 0, as_json)
        return
    model, session.model = session.model, None if session.locate(create=bool(paths)).exists else session.model
    with session.open_or_create(wanted, changed, create=bool(paths), wait=wait) as index:
        moved = _move(index, model, as_json) if model and not session.model else None
        with IndexBar() as bar:
            summary = index.index(paths, prune=prune, progress=bar, max_memory=max_memory or 0)
        extra = {"move": move_record(moved)} if moved is not None else {}
        tell_summary(summary, str(index.path), as_json=as_json, verbose=session.verbose, extra=extra)
    ctx.exit(130 if summary.interrupted else 0)


def _plan(
    session: Session,
    paths: tuple[str, ...],
    wanted: dict[str, Any],
    changed: dict[str, Any],
    max_memory: int,
    as_json: bool,
) -> None:
    """Say what a run would cost; an index that is not there is not made."""
    located = session.locate(create=bool(paths))
    if located.exists:
        with session.open() as index:
            plan = index.plan(paths, max_memory=max_memory, **changed)
    else:
        from semsearch.api import plan_index
        from semsearch.settings import DEFAULT_MODEL, Settings

        settings = Settings(model=session.chosen_model() or DEFAULT_MODEL, **wanted)
        plan = plan_index(paths, index=located.path, settings=settings, max_memory=max_memory, **session.loading())
    if as_json:
        write(to_json(plan_record(plan, str(located.path))))
        return
    for line in render_plan(plan, screen_of(sys.stdout), Path.cwd(), verbose=session.verbose):
        write(line)


def _roll_back(ctx: click.Context, session: Session, wait: float, as_json: bool, *, alone: bool) -> None:
    """Go back to the model before, and leave."""
    if not alone:
        raise InvalidQuery(
            "--rollback goes back and does nothing else; give no PATH, no --model and no settings with it"
        )
    with session.open(wait=wait) as index:
        with IndexBar() as bar:
            done = index.models.rollback(progress=bar)
        _tell_move(done, str(index.path), as_json)
        if as_json:
            write(to_json({"index": str(index.path), "move": move_record(done)}))
    ctx.exit(130 if done.interrupted else 0)


def _move(index: Index, model: str, as_json: bool) -> Move:
    """Move an index to the model that `--model` names; an interrupted move ends the command."""
    with IndexBar() as bar:
        moved = index.models.move_to(model, progress=bar)
    _tell_move(moved, str(index.path), as_json)
    if moved.interrupted:
        if as_json:
            write(to_json({"index": str(index.path), "move": move_record(moved)}))
        click.get_current_context().exit(130)
    return moved


def _tell_move(moved: Move, index: str, as_json: bool) -> None:
    if not as_json:
        for line in render_move(moved, screen_of(sys.stderr)):
            sys.stderr.write(line + "\n")
    if moved.interrupted:
        notice(f"semsearch: interrupted; {index} serves {moved.previous} as before, run it again to continue")
