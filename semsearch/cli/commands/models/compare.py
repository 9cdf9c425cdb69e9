"""`semsearch models compare DIR [MODEL...]`: models of different architectures in the same roles."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from semsearch.cli.search_options import common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import duration, plural, size
from semsearch.cli.terminal.screen import Screen, notice, safe_name, screen_of, write

if TYPE_CHECKING:
    from semsearch.types.reports import Compared, Comparison

__all__ = ["command", "markdown"]

_HEADER = ("model", "architecture", "made of it", "nDCG@10", "interval", "items/s", "parameters", "on disk")


@click.command(
    "compare",
    short_help="Measure models of different architectures in the same role.",
    epilog="""
    \b
    Examples:
      semsearch models compare ./scifact --limit-queries 30 --sample 300
      semsearch models compare ./scifact all-MiniLM-L6-v2 ./my-decoder ./my-t5 --json

    DIR is a judged collection, as for eval. Items are passages encoded, or pairs of query and document scored.
    """,
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False), metavar="DIR")
@click.argument("models", nargs=-1, metavar="[MODEL...]")
@click.option("--limit-queries", type=click.IntRange(min=1), metavar="N", help="Take N of the judged queries.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="Take N documents: those judged for the queries, and others at random.",
)
@click.option(
    "--depth",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many documents of hybrid search a reranker orders.",
)
@click.option("--markdown", "as_markdown", is_flag=True, help="Print a Markdown table.")
@json_option
@common
@click.pass_context
def command(
    ctx: click.Context,
    /,
    folder: str,
    models: tuple[str, ...],
    limit_queries: int | None,
    sample: int | None,
    depth: int,
    as_markdown: bool,
    as_json: bool,
) -> None:
    """Measure each MODEL on the collection in DIR, in every role that its architecture can be put in.

    As embedders: an encoder, a decoder by its last token and by the mean of its tokens, the encoder of an
    encoder-decoder. As rerankers: a cross-encoder's score, a decoder's yes against no, an encoder-decoder's true
    against false. MODEL is a name, a folder or a hub repository; the defaults of the roles when none is named. The
    architecture is read from the model's own files.
    """
    from semsearch.api.model_comparison import COMPARED, compare_models

    loading = ctx.ensure_object(Session).loading()
    found = compare_models(
        folder,
        models or COMPARED,
        queries=limit_queries,
        documents=sample,
        depth=depth,
        offline=loading["offline"],
        progress=loading["fetch_progress"],
    )
    if as_json:
        write(to_json(asdict(found)))
        return
    for line in markdown(found) if as_markdown else _table(found, screen_of(sys.stdout)):
        write(line)
    notice(
        f"{plural(found.queries, 'query', 'queries')}, {plural(found.documents, 'document')}, rerankers order "
        f"{found.depth}, in {duration(found.seconds)}"
    )


def _cells(row: Compared) -> tuple[str, ...]:
    if row.failed or row.ndcg is None or row.interval is None:
        measured = ("-", safe_name(row.failed), "-")
    else:
        low, high = row.interval
        rate = "-" if row.items is None else f"{row.items:.0f}" if row.items >= 10 else f"{row.items:.1f}"
        measured = (f"{row.ndcg:.3f}", f"{low:.3f}-{high:.3f}", rate)
    parameters = f"{row.parameters / 1e6:.1f} M" if row.parameters else "-"
    disk = size(row.bytes) if row.bytes else "-"
    return (safe_name(row.model), row.architecture, f"{row.role}: {row.how}", *measured, parameters, disk)


def markdown(found: Comparison) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(_HEADER)} |"
    yield "|" + "---|" * len(_HEADER)
    for row in found.rows:
        yield f"| {' | '.join(cell.replace('|', '/') for cell in _cells(row))} |"


def _table(found: Comparison, screen: Screen) -> Iterator[str]:
    rows = [_HEADER, *map(_cells, found.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADER))]
    for number, row in enumerate(rows):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        yield screen.dim(line) if number == 0 else line
