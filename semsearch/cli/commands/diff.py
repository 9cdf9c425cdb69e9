"""`semsearch diff NAME`: what has changed in the hits of a saved query."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.saved_query_names import clock, query_names
from semsearch.cli.search_options import common, json_option, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.hits import Look, place, shortened, shown_path
from semsearch.cli.terminal.json_records import hit_record, to_json
from semsearch.cli.terminal.screen import notice, safe_name, safe_text, screen_of, warning, write
from semsearch.cli.terminal.wrap import unbroken

if TYPE_CHECKING:
    from semsearch.api.saved_queries import Difference, HitChange

__all__ = ["command"]

_INDENT = "    "
_SIGNS = {"new": "+", "gone": "-", "changed": "~", "moved": "↕"}


@click.command(
    "diff",
    short_help="Show what has changed in the hits of a saved query.",
    epilog="""
    \b
    Examples:
      semsearch query --save leaks "water damage" --in ~/contracts
      semsearch diff leaks
      semsearch diff leaks --keep --json | jq '.changes[] | select(.change == "new").path'
      semsearch index && semsearch diff leaks || echo "somebody should look"

    Exits with 0 when nothing has changed, with 1 when something has, 2 after an error.
    """,
)
@click.argument("name", metavar="NAME", shell_complete=query_names)
@click.option("--keep", is_flag=True, help="Do not move the mark: the next diff compares with the same hits.")
@wait_option
@json_option
@common
@click.pass_context
def command(ctx: click.Context, /, name: str, keep: bool, wait: float, as_json: bool) -> None:
    """Ask a saved query again: which hits are new, gone, at another rank, or have another text since the last look.

    The look before is when the query was saved, or the last `diff` that showed a change without --keep.
    """
    session = ctx.ensure_object(Session)
    with session.open(wait=wait) as index:
        found = index.saved_queries.diff(name, keep=keep)
        path = str(index.path)
    if as_json:
        write(to_json(_record(found, path)))
    else:
        for text in found.results.warnings:
            warning(text)
        _show(found)
    ctx.exit(1 if found.changes else 0)


def _record(found: Difference, index: str) -> dict[str, Any]:
    return {
        "name": found.name,
        "query": found.query,
        "index": index,
        "since": found.since,
        "changes": [_change_record(change) for change in found.changes],
        "hits": len(found.results.hits),
        "relevant": found.results.relevant,
        "warnings": list(found.results.warnings),
    }


def _change_record(change: HitChange) -> dict[str, Any]:
    before = change.before
    return {
        "change": change.kind.value,
        "path": change.hit.path if change.hit is not None else change.document_id,
        "rank": change.hit.rank if change.hit is not None else None,
        "rank_before": before.rank if before is not None else None,
        "text_before": before.text if before is not None else None,
        "detail": change.detail,
        "hit": hit_record(change.hit) if change.hit is not None else None,
    }


def _show(found: Difference) -> None:
    if not found.changes:
        notice(f"semsearch: nothing has changed since {clock(found.since)}")
        return
    look = Look(screen_of(sys.stdout), Path.cwd())
    for change in found.changes:
        for line in _lines(change, look):
            write(line)


def _lines(change: HitChange, look: Look) -> Iterator[str]:
    screen, hit, before = look.screen, change.hit, change.before
    sign = screen.bold(_SIGNS[change.kind])
    detail = f"  {screen.dim(safe_name(change.detail))}" if change.detail else ""
    if hit is None:
        rank = screen.dim(f"{before.rank if before is not None else 0:>2}.")
        yield f"{sign} {rank} {screen.path(safe_name(shown_path(change.document_id, look.cwd)))}{detail}"
        return
    yield f"{sign} {screen.dim(f'{hit.rank:>2}.')} {place(hit.passage.anchor, hit.path, look)}  {hit.score:.2f}{detail}"
    if change.kind == "changed" and before is not None:
        one, other = _first_difference(before.text, hit.passage.text)
        yield f"{_INDENT}- {_line(one, screen.width)}"
        yield f"{_INDENT}+ {_line(other, screen.width)}"
    elif change.kind == "new":
        yield _INDENT + _line(hit.passage.text, screen.width)


def _first_difference(one: str, other: str) -> tuple[str, str]:
    """Return both texts from a few words before the place where they part."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = one.rfind(" ", 0, max(0, same - 20)) + 1
    lead = "… " if start else ""
    return lead + one[start:], lead + other[start:]


def _line(text: str, width: int) -> str:
    """Return the beginning of a text on one line."""
    return shortened(safe_text(unbroken(text[: 4 * width])).strip(), width - len(_INDENT) - 3)
