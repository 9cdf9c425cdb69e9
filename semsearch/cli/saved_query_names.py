"""Saved queries on the command line: completing their names, and when they were last looked at."""

from __future__ import annotations

from contextlib import suppress

import click

from semsearch.cli.session import Session
from semsearch.errors import SemsearchError

__all__ = ["clock", "query_names"]


def clock(moment: str) -> str:
    """Return when a saved query was looked at, as people read it."""
    return f"{moment[:16].replace('T', ' ')} UTC"


def query_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a saved query."""
    session = ctx.ensure_object(Session)
    with suppress(SemsearchError), session.open() as index:
        return [saved.name for saved in index.saved_queries.all() if saved.name.startswith(incomplete)]
    return []
