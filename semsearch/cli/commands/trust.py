"""`semsearch trust PATH`: the user's word that an index may be found and opened unasked."""

from __future__ import annotations

from pathlib import Path

import click

from semsearch import client_context as caller
from semsearch.cli.search_options import common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.screen import notice, safe_name, write
from semsearch.errors import IndexNotFound, InvalidQuery, SemsearchError

__all__ = ["command"]


@click.command(
    "trust",
    short_help="Let an index that was copied here be found unasked.",
    epilog="""
    \b
    Examples:
      semsearch trust ./indexes/main
      semsearch trust --list
      semsearch trust --forget ./indexes/main

    Exits with 1 when there is nothing to list or to forget.
    """,
)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH...]")
@click.option("--forget", is_flag=True, help="Take the trust back; the index itself is not touched.")
@click.option("--list", "listed", is_flag=True, help="Name the indexes that are trusted, or were made by you.")
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, paths: tuple[str, ...], forget: bool, listed: bool, as_json: bool) -> None:
    """Let the indexes at PATH be found by their name or their folder, as if you had made them.

    An index that you made is found again wherever its project is moved or renamed. One that was copied, cloned,
    restored from a backup or made by someone else is not opened until you say so here, or write to it by its path
    (`semsearch -i PATH index`): files of an index that came from elsewhere may have been made to do harm.
    """
    if listed == bool(paths) or (listed and forget) or ctx.ensure_object(Session).index:
        raise InvalidQuery("name the folder of an index as PATH, or give --list; see semsearch trust --help")
    if listed:
        _list(ctx, as_json)
        return
    folders, failed = [], False
    for path in paths:
        try:
            folders += _forgotten(path) if forget else [_trusted(path)]
        except SemsearchError as error:
            if len(paths) == 1:
                raise
            notice(f"semsearch: error: {error}")
            failed = True
    if as_json:
        write(to_json([str(folder) for folder in folders]))
    ctx.exit(2 if failed else 0 if folders else 1)


def _list(ctx: click.Context, as_json: bool) -> None:
    from semsearch.api import trusted_indexes

    found = trusted_indexes()
    if as_json:
        write(to_json([{"path": str(path), "present": path.is_dir()} for path in found]))
    else:
        for path in found:
            write(safe_name(str(path)) + ("" if path.is_dir() else "  (not there any more)"))
    ctx.exit(0 if found else 1)


def _absolute(path: str) -> Path:
    from semsearch.settings import user_path

    return Path(caller.absolute(str(user_path(path))))


def _trusted(path: str) -> Path:
    from semsearch.api import trust_index

    folder = _absolute(path)
    near = [p.parent for pattern in ("*/catalog.sqlite", "indexes/*/catalog.sqlite") for p in folder.glob(pattern)]
    try:
        made = trust_index(folder)
    except IndexNotFound as error:
        if near:
            raise IndexNotFound(f"{path} is not an index; there is one at {sorted(near)[0]}") from error
        raise IndexNotFound(f"no index at {path}; name the folder that holds its catalog.sqlite") from error
    notice(f"{made} is found unasked from now on")
    return made


def _forgotten(path: str) -> list[Path]:
    from semsearch.api import forget_index

    folder = _absolute(path)
    done = forget_index(folder)
    notice(f"{folder} is not opened unasked any more" if done else f"{folder} was not trusted")
    return [folder] if done else []
