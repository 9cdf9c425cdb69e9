"""`semsearch open N`: open hit N of the last query where it stands."""

from __future__ import annotations

import os

import click

from semsearch import client_context as caller
from semsearch.cli.search_options import common
from semsearch.cli.session import Session
from semsearch.cli.terminal.screen import notice, write_path
from semsearch.errors import InvalidQuery, SemsearchError

__all__ = ["command"]


@click.command(
    "open",
    short_help="Open a hit of the last query where it stands.",
    epilog="""
    \b
    Examples:
      semsearch query "warranty period"
      semsearch open 2                 # the second hit, in $VISUAL or $EDITOR at its line
      semsearch open 2 --print         # contracts/acme.md:14
      EDITOR="code --wait" semsearch open 1
    """,
)
@click.argument("number", type=click.IntRange(min=1), metavar="N")
@click.option("-p", "--print", "printed", is_flag=True, help="Print where the hit is and open nothing.")
@common
@click.pass_context
def command(ctx: click.Context, /, number: int, printed: bool) -> None:
    """Open hit N of your last query: text in your editor at its line, everything else with the desktop's program.

    The editor is $VISUAL, else $EDITOR. A PDF is opened at its page where the viewer takes one. The last query is
    the last one that you made from anywhere; --index makes sure that it was one of this index.
    """
    from semsearch.cli.commands.open.editors import for_editor, run_editor, show_on_desktop, split_member
    from semsearch.cli.last_query import recall
    from semsearch.types.documents import AnchorKind

    last = recall()
    if last is None:
        raise InvalidQuery("there is no last query; `semsearch query TEXT` makes one")
    _same_index(ctx.ensure_object(Session), last.index_path)
    if number > len(last.places):
        raise InvalidQuery(_out_of_range(number, len(last.places), last.found, last.query))
    found = last.places[number - 1]
    file, member = split_member(found.path)
    if printed:
        line = f":{found.anchor.start}" if found.anchor.kind is AnchorKind.LINE else ""
        write_path(found.path + (line or f" {found.anchor}".rstrip()))
        return
    if not os.path.lexists(file):
        raise SemsearchError(
            f"{file} is not there any more; `semsearch index` catches up"
            if found.file
            else f"hit {number} is the added document {found.path!r}, which is no file; `semsearch query -C 5` shows it"
        )
    if for_editor(found) and not member:
        run_editor(caller.environ(), file, found.anchor.start)
        return
    page = found.anchor.start if found.anchor.kind is AnchorKind.PAGE and not member else 0
    paged = show_on_desktop(file, page)
    where = "" if paged else ", ".join(filter(None, (member, str(found.anchor))))
    if where:
        notice(f"semsearch: {file} is open; look at {where}")


def _same_index(session: Session, asked: str) -> None:
    """Make sure that the last query was asked of the index that is named, or say of which it was."""
    from semsearch.api import locate

    located = locate(session.index)
    here = os.path.realpath(located.path)
    if here == os.path.realpath(asked):
        return
    if session.index or caller.environ().get("SEMSEARCH_INDEX"):
        raise InvalidQuery(f"the last query was asked of {asked}, not of {located.path} ({located.why})")
    notice(f"semsearch: the last query was asked of {asked}")


def _out_of_range(number: int, kept: int, count: int, query: str) -> str:
    about = f"the last query ({query[:60]!r})"
    if not kept:
        return f"{about} found nothing"
    if number <= count:
        return f"{about} had {count} hits, of which the first {kept} can be opened"
    return f"there is no hit {number}: {about} had {kept}"
