"""`semsearch why-not QUERY FILE`: why a file is not among the hits, or where it is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.search_options import common, json_option, search_options
from semsearch.cli.session import Session
from semsearch.cli.set_option import set_option
from semsearch.cli.terminal.hits import explanation, shown_path
from semsearch.cli.terminal.json_records import to_json, why_not_record
from semsearch.cli.terminal.screen import safe_name, screen_of, write

if TYPE_CHECKING:
    from semsearch.types.search import WhyNot

__all__ = ["command"]


@click.command(
    "why-not",
    short_help="Say why a file is not among the hits of a query.",
    epilog="""
    \b
    Examples:
      semsearch why-not "warranty period" contracts/acme.pdf
      semsearch why-not --filter type=md "release checklist" docs/release.md
    """,
)
@click.argument("query")
@click.argument("file")
@search_options
@set_option("why-not")
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, query: str, file: str, as_json: bool, **options: Any) -> None:
    """Say why FILE is not among the hits of QUERY, or at which rank it is.

    One of: not in a source, ignored (and by which rule), unreadable, empty, not indexed yet, filtered out, below the
    noise floor, or ranked, with its rank in each list. FILE may also be the id of an added document.
    """
    with ctx.ensure_object(Session).open() as index:
        answer = index.why_not(query, file, **options)
        if as_json:
            write(to_json(why_not_record(answer, query, str(index.path))))
        else:
            _tell(answer)


def _tell(answer: WhyNot) -> None:
    screen = screen_of(sys.stdout)
    write(f"{screen.path(safe_name(shown_path(answer.path, Path.cwd())))}: {screen.bold(answer.reason.value)}")
    if answer.detail:
        write(f"  {safe_name(answer.detail)}")
    reported = explanation(answer.scores, answer.ranks)
    if reported:
        write(f"  {screen.dim(reported)}")
