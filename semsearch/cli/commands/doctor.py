"""`semsearch doctor`: find damage, name it, and repair it when asked."""

from __future__ import annotations

import sys

import click

from semsearch.cli.search_options import common, json_option, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.screen import safe_name, screen_of, write

__all__ = ["command"]


@click.command(
    "doctor",
    short_help="Check every part of the index; repair what is damaged.",
    epilog="""
    \b
    Examples:
      semsearch doctor
      semsearch doctor --repair

    Exits with 0 when the index is sound (or was repaired), 1 when damage remains, 2 after an error.
    """,
)
@click.option(
    "--repair",
    is_flag=True,
    help="Rebuild derived parts, encode again just what is lost; where documents are lost, refresh the sources.",
)
@wait_option
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, repair: bool, wait: float, as_json: bool) -> None:
    """Read every part of the index and compare it with its checksums."""
    from semsearch.api import doctor

    session = ctx.ensure_object(Session)
    screen = screen_of(sys.stdout)
    path = str(session.locate().path)
    loading = session.loading()
    encoder = session.encoder("") if repair else None
    diagnosis = doctor(path, repair=repair, wait=wait, encoder=encoder, **loading)
    if as_json:
        problems = [{"part": p.part, "detail": p.detail, "repaired": p.repaired} for p in diagnosis.problems]
        write(to_json({"index": path, "ok": diagnosis.ok, "problems": problems}))
    else:
        for problem in diagnosis.problems:
            state = screen.good("repaired") if problem.repaired else screen.bad("damaged")
            write(f"{state} {safe_name(problem.part)}: {safe_name(problem.detail)}")
        if not diagnosis.problems:
            write(f"{screen.good('sound')} {safe_name(path)}")
    ctx.exit(0 if diagnosis.ok else 1)
