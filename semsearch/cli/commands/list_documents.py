"""`semsearch list`: the documents of the index, or its sources."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.search_options import common, json_option, many, within_options
from semsearch.cli.session import Session
from semsearch.cli.terminal.hits import shown_path
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import plural, size
from semsearch.cli.terminal.screen import safe_name, safe_text, screen_of, write, write_path

if TYPE_CHECKING:
    from semsearch.api import DocumentInfo, Index

__all__ = ["command"]


def _record(info: DocumentInfo) -> dict[str, Any]:
    return {
        "id": info.id,
        "path": info.path,
        "title": info.title,
        "type": info.type,
        "size": info.size,
        "modified": info.modified,
        "language": info.language,
        "passages": info.passages,
        "metadata": dict(info.metadata),
        "source": info.source,
    }


def _labels(info: DocumentInfo) -> str:
    """Return what heads say of a document: `  topic=physics (0.93)`."""
    reported = [(name, info.metadata[name]) for name in info.labels if name + ".confidence" in info.metadata]
    shown = [
        f"{safe_name(name)}={safe_text(str(v))} ({info.metadata[f'{name}.confidence']:.2f})" for name, v in reported
    ]
    numbers = [name for name in info.labels if name + ".error" in info.metadata]
    shown += [f"{safe_name(name)}={info.metadata[name]} (±{info.metadata[f'{name}.error']:.2g})" for name in numbers]
    return "".join(f"  {text}" for text in shown)


def _print_table(documents: Iterable[DocumentInfo]) -> int:
    screen, cwd, count = screen_of(sys.stdout), Path.cwd(), 0
    for count, info in enumerate(documents, 1):  # noqa: B007 - the last one is the number of them
        facts = f"{info.modified[:10]:10}  {size(info.size):>7}  {plural(info.passages, 'passage'):>12}"
        path = screen.link(screen.path(safe_name(shown_path(info.path, cwd))), info.path)
        write(f"{screen.dim(facts)}  {path}{screen.dim(_labels(info))}")
    return count


def _print_sources(index: Index, as_json: bool) -> int:
    sources = index.sources()
    if as_json:
        write(to_json([{"path": s.path, "documents": s.documents, "present": s.present} for s in sources]))
        return len(sources)
    screen, cwd = screen_of(sys.stdout), Path.cwd()
    for source in sources:
        gone = "" if source.present else screen.bad("  (not there now)")
        count = f"{plural(source.documents, 'document'):>16}"
        write(f"{screen.dim(count)}  {screen.path(safe_name(shown_path(source.path, cwd)))}{gone}")
    return len(sources)


@click.command(
    "list",
    short_help="List the documents of the index, or its sources.",
    epilog="""
    \b
    Examples:
      semsearch list
      semsearch list --in docs --filter 'size>1M'
      semsearch list --sources
      semsearch list --files -0 --filter type=pdf | xargs -0 ls -l

    Exits with 1 when there is nothing to list.
    """,
)
@many(within_options)
@click.option("--sources", is_flag=True, help="List the files and folders that were given to index.")
@click.option("-l", "--files", is_flag=True, help="Print the paths only, one a line.")
@click.option("-0", "--null", is_flag=True, help="With --files: end each path with a NUL.")
@json_option
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Print one JSON object a line for each document.")
@common
@click.pass_context
def command(
    ctx: click.Context, /, sources: bool, within: tuple[str, ...], filters: tuple[str, ...], **how: bool
) -> None:
    """List documents: when they were modified, how large they are, how many passages they have, and their path."""
    session = ctx.ensure_object(Session)
    if sum((how["as_json"], how["as_jsonl"], how["files"])) > 1:
        raise click.UsageError("choose one of --json, --jsonl and --files", ctx)
    with session.open() as index:
        count = _print_sources(index, how["as_json"]) if sources else _print_documents(index, within, filters, how)
    ctx.exit(0 if count else 1)


def _print_documents(index: Index, within: tuple[str, ...], filters: tuple[str, ...], how: dict[str, bool]) -> int:
    found = index.documents(filters=filters, within=within)
    if how["as_json"]:
        records = [_record(info) for info in found]
        write(to_json(records))
        return len(records)
    if not (how["files"] or how["as_jsonl"]):
        return _print_table(found)
    cwd, count = Path.cwd(), 0
    for count, info in enumerate(found, 1):  # noqa: B007 - the last one is the number of them
        if how["files"]:
            write_path(shown_path(info.path, cwd), null=how["null"])
        else:
            write(to_json(_record(info), indent=None))
    return count
