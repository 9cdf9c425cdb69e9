"""`semsearch eval DIR`: how well the search ranks, measured on a judged collection."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.search_options import common, json_option, rerank_options
from semsearch.cli.session import Session
from semsearch.cli.set_option import set_option
from semsearch.cli.terminal.bars import IndexBar
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import duration, plural
from semsearch.cli.terminal.screen import Screen, notice, screen_of, write
from semsearch.types.search import Mode

if TYPE_CHECKING:
    from semsearch.api import Evaluation

__all__ = ["command"]


@click.command(
    "eval",
    short_help="Measure the search on a judged collection.",
    epilog="""
    \b
    DIR holds
      corpus.jsonl      {"_id": "d1", "title": "...", "text": "..."} a line
      queries.jsonl     {"_id": "q1", "text": "..."} a line
      qrels/test.tsv    query-id, corpus-id, score; separated by tabs, with a header

    \b
    Examples:
      semsearch eval ./scifact
      semsearch eval ./scifact --mode dense --mode hybrid --json
      semsearch eval ./scifact --mode hybrid --rerank
      semsearch eval ./scifact --run runs/scifact.trec
    """,
)
@click.argument("folder", type=click.Path(exists=True, file_okay=False), metavar="DIR")
@click.option(
    "--mode",
    "modes",
    type=click.Choice([mode.value for mode in Mode]),
    multiple=True,
    help="Measure this one only; may be given again (all by default).",
)
@click.option(
    "--run",
    type=click.Path(dir_okay=False),
    metavar="FILE",
    help="Also write the rankings in TREC format, a file a mode.",
)
@rerank_options
@set_option("eval")
@json_option
@common
@click.pass_context
def command(
    ctx: click.Context, /, folder: str, modes: tuple[str, ...], run: str | None, as_json: bool, **rerank: Any
) -> None:
    """Index the collection in DIR apart from your own indexes, search its queries, and measure the rankings.

    Prints nDCG@10, RR@10, R@10 and R@100 for each mode, with 95 % bootstrap intervals over the queries.
    --rerank measures the hybrid search with a reranker as well, as the mode `rerank`. --json prints {mode: {measure:
    value}}.
    """
    from semsearch.api import evaluate

    session = ctx.ensure_object(Session)
    model = session.chosen_model()
    chosen = tuple(Mode(mode) for mode in modes) or tuple(Mode)
    with IndexBar() as bar:
        found = evaluate(
            Path(folder),
            modes=chosen,
            model=model,
            run=Path(run) if run else None,
            progress=bar,
            **rerank,
            **session.loading(),
        )
    if as_json:
        write(to_json({str(mode): dict(measures) for mode, measures in found.modes.items()}))
        return
    for line in _table(found, screen_of(sys.stdout)):
        write(line)
    counts = f"{plural(found.documents, 'document')}, {plural(found.queries, 'query', 'queries')}"
    notice(f"{counts} in {duration(found.seconds)}")


def _table(found: Evaluation, screen: Screen) -> Iterator[str]:
    measures = list(next(iter(found.modes.values()), {}))
    yield screen.dim(f"{'':<8}" + "".join(f"  {name:<18}" for name in measures).rstrip())
    for mode, values in found.modes.items():
        cells = []
        for name in measures:
            low, high = found.intervals[mode][name]
            cells.append(f"  {values[name]:.3f} {screen.dim(f'{low:.3f}-{high:.3f}')}")
        yield f"{mode!s:<8}{''.join(cells)}"
