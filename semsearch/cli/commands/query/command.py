"""`semsearch query TEXT`: search, and show the hits to people or to programs."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from semsearch.api.query_extras import complete
from semsearch.cli.commands.query.printer import Answers, QueryCommand
from semsearch.cli.commands.query.summarize import SummarizingCommand, summarize_options
from semsearch.cli.commands.query.translate import rewriting_options
from semsearch.cli.generation_options import generation_options
from semsearch.cli.last_query import remember
from semsearch.cli.search_options import common, daemon_option, json_option, many, rerank_options, search_options
from semsearch.cli.session import Session
from semsearch.cli.set_option import set_option
from semsearch.cli.terminal.screen import notice
from semsearch.errors import InvalidQuery

if TYPE_CHECKING:
    from semsearch.api import Index
    from semsearch.search.options import SearchOptions
    from semsearch.types.search import Results

__all__ = ["command"]

_READ_BYTES = 65_536


def _batches(stream: BinaryIO) -> Iterator[list[str]]:
    """Yield the lines of a stream as they come: all that is there at once, so that many are encoded together."""
    rest = b""
    while chunk := stream.read1(_READ_BYTES):  # type: ignore[attr-defined]
        *lines, rest = (rest + chunk).split(b"\n")
        yield [text for line in lines if (text := line.decode("utf-8", "replace").strip())]
    last = rest.decode("utf-8", "replace").strip()
    yield [last] if last else []


def _search_lines(index: Index, asked: QueryCommand, answers: Answers) -> bool:
    """Search every line of standard input; one that cannot be searched is named and passed. False if there was one."""
    if sys.stdin is None:
        raise InvalidQuery("standard input is closed; give a text instead of -")
    clean = True
    for batch in _batches(sys.stdin.buffer):
        for results in _search_batch(index, asked.search, batch):
            if isinstance(results, InvalidQuery):
                notice(f"semsearch: error: {results}")
                clean = False
            else:
                answers.take(complete(index, results, asked.search, asked.extras))
    return clean


def _search_batch(index: Index, options: SearchOptions, batch: Sequence[str]) -> Iterator[Results | InvalidQuery]:
    if not batch:
        return
    try:
        yield from index.search_with(batch, options)
    except InvalidQuery:  # one of them is wrong: find out which
        for text in batch:
            try:
                yield from index.search_with([text], options)
            except InvalidQuery as error:
                yield error


_TOP_K = click.option(
    "-k",
    "-n",
    "--top-k",
    "top_k",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many documents, each with its best passages.",
)
_OWN_OPTIONS: list[Callable[..., Any]] = [
    click.option("--like", multiple=True, metavar="FILE", help="Search for what resembles this file (or document id)."),
    click.option("--unlike", multiple=True, metavar="FILE", help="Move away from what resembles this one."),
    click.option(
        "--floor/--no-floor",
        default=True,
        help="Leave out what is no better than noise on this index (the default), or show it anyway.",
    ),
    click.option(
        "-C",
        "--context",
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Show the whole passage, and N lines of its document before and after it.",
    ),
    click.option(
        "--explain", is_flag=True, help="Show each hit's rank and score in each list, and its words nearest in meaning."
    ),
    click.option("-l", "--files", is_flag=True, help="Print the paths only, one a line, each once."),
    click.option("-0", "--null", is_flag=True, help="With --files: end each path with a NUL, as xargs -0 takes it."),
    click.option(
        "--save", metavar="NAME", help="Keep the query and its hits, for `diff NAME` and `watch --alert NAME`."
    ),
    set_option("query"),
    daemon_option,
    json_option,
    click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line for each query."),
]


@click.command(
    "query",
    cls=SummarizingCommand,
    short_help="Search the index (also: search).",
    epilog="""
    \b
    Examples:
      semsearch query how do I undo the last migration
      semsearch query '"connection refused" after the update' --in docs
      semsearch query --filter type=pdf --filter 'modified>=2025-01-01' warranty
      semsearch query --filter 'type=pdf or (type=docx and not language=de)' warranty
      semsearch query --like notes/idea.md --unlike archive/old.md
      semsearch query --rerank --explain why does the pump lose pressure
      semsearch query --summarize how often are the batteries checked
      semsearch query --summarize=generate --strict what does the warranty cover
      semsearch query --json -k 3 backups | jq '.hits[].path'
      semsearch query --files -0 invoices | xargs -0 ls -l
      semsearch query --jsonl - < questions.txt
      semsearch query --save leaks "water damage" --in ~/contracts     # then: semsearch diff leaks

    Exits with 0 when there are hits, 1 when nothing relevant was found, 2 after an error.
    """,
)
@click.argument("text", nargs=-1, metavar="[TEXT...]")
@_TOP_K
@search_options
@summarize_options
@rerank_options
@rewriting_options
@generation_options
@many(_OWN_OPTIONS)
@common
@click.pass_context
def command(ctx: click.Context, /, text: tuple[str, ...], **options: Any) -> None:
    """Search by meaning and by words; TEXT `-` reads one query a line from standard input.

    Words in "double quotes" must stand in the passage exactly so. Without TEXT, --like says what to look for.
    """
    asked = QueryCommand.take(ctx, options)
    if asked.extras.answer is not None and not text and asked.search.like:
        raise click.UsageError(
            "there is nothing to answer with --summarize: --like asks no question; give some TEXT", ctx
        )
    session = ctx.ensure_object(Session)
    several = text == ("-",)
    if several and asked.save is not None:
        raise click.UsageError("--save keeps one query: give a text instead of -", ctx)
    if asked.save is not None:
        from semsearch.api.saved_queries import storable

        storable(asked.save, asked.search.keywords())  # before anything is printed
    query = " ".join(text)
    with session.searching(here=several or not asked.plain) as index:
        answers = Answers(str(index.path), asked, several)
        clean = True
        if several:
            clean = _search_lines(index, asked, answers)
        else:
            (results,) = index.search_with([query], asked.search)
            answers.take(complete(index, results, asked.search, asked.extras))
        answers.finish()
        if answers.last is not None:
            remember(str(index.path), answers.last.query if several else query, answers.last.hits)
        if asked.save is not None and answers.last is not None:
            index.saved_queries.save(asked.save, query, results=answers.last, **asked.search.keywords())
            notice(f"semsearch: saved; `semsearch diff {asked.save}` tells what changes in its hits")
    session.start_daemon()
    ctx.exit(2 if not clean else 0 if answers.found else 1)
