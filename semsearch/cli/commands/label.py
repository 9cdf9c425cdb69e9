"""`semsearch label learn|apply|list|remove`: fields that a head learned from a few labelled documents fills."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.search_options import common, json_option, many, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.json_records import to_json
from semsearch.cli.terminal.run_summary import plural
from semsearch.cli.terminal.screen import Screen, notice, safe_name, screen_of, warning, write

if TYPE_CHECKING:
    from semsearch.types.reports import LabelInfo

__all__ = ["command"]

_NAMED = 5


@click.group(
    "label",
    short_help="Learn labels from a few documents and fill them in for all.",
    epilog="""
    \b
    Examples:
      semsearch label learn topics.csv          # a header such as path,topic and a line for each labelled document
      semsearch query --filter topic=physics "decay rates"
      semsearch label list
    """,
)
def command() -> None:
    """Fill a metadata field of every document from a few labelled ones, with a head learned on the index's vectors."""


@command.command(
    "learn",
    epilog="""
    \b
    FILE.csv:
      path,topic
      notes/decay.md,physics
      notes/yeast.md,biology

    \b
    Examples:
      semsearch label learn topics.csv
      semsearch label learn ratings.csv --column stars --field rating
      semsearch list --filter 'rating>=4'
      semsearch list --filter 'topic.confidence<0.5'
    """,
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False), metavar="FILE.csv")
@click.option("--column", metavar="NAME", help="Which column holds the labels, where there are several.")
@click.option("--field", metavar="NAME", help="Name of the field to fill (the column's name by default).")
@click.option(
    "--kind",
    type=click.Choice(["category", "number"]),
    help="What the labels are (numbers when all of them are, by default).",
)
@click.option("--skip-unknown", is_flag=True, help="Leave out labelled documents that are not in the index.")
@wait_option
@json_option
@common
@click.pass_context
def learn(ctx: click.Context, /, file: str, wait: float, as_json: bool, **options: Any) -> None:
    """Learn from the labelled documents in FILE.csv and fill the field for every document, new ones included.

    FILE.csv has a header with `path` (or `id`, for added documents) and a column of labels. Numbers are learned by
    ridge regression, everything else as categories by logistic regression. Accuracy or R2 is cross-validated and shown
    with its 95 % interval, beside what always saying the same would reach.
    """
    session = ctx.ensure_object(Session)
    with session.open(wait=wait) as index:
        info = index.labels.learn_file(file, **options)
    if as_json:
        write(to_json(asdict(info)))
        return
    for line in _told(info, screen_of(sys.stdout)):
        write(line)
    for text in _warnings(info):
        warning(text)


@command.command("apply", epilog="Example: semsearch label apply")
@wait_option
@json_option
@common
@click.pass_context
def apply(ctx: click.Context, /, wait: float, as_json: bool) -> None:
    """Fill in labels that are missing, and learn again what was learned on a model that the index has left.

    `index` and `add` do the same at their end.
    """
    session = ctx.ensure_object(Session)
    with session.open(wait=wait) as index:
        written = index.labels.apply()
        stale = [info.field for info in index.labels.all() if info.stale]
        if as_json:
            write(to_json({"index": str(index.path), "labels": written, "stale": stale}))
        else:
            notice(f"{plural(written, 'label')} written to {index.path}")
    for name in stale:
        warning(f"{name} was learned on another model and too few of its labelled documents are left; learn it again")


@command.command("list", epilog="Example: semsearch label list --json")
@json_option
@common
@click.pass_context
def list_(ctx: click.Context, /, as_json: bool) -> None:
    """List the fields that are filled, what they were learned from and how good they are. Exits with 1 for none."""
    session = ctx.ensure_object(Session)
    with session.open() as index:
        found = index.labels.all()
    if as_json:
        write(to_json([asdict(info) for info in found]))
    else:
        screen = screen_of(sys.stdout)
        for info in found:
            for line in _told(info, screen):
                write(line)
            for text in _warnings(info):
                write(f"  {screen.bad(safe_name(text))}")
    ctx.exit(0 if found else 1)


@command.command("remove", epilog="Example: semsearch label remove topic")
@click.argument("fields", nargs=-1, required=True, metavar="FIELD...")
@many([wait_option, common])
@click.pass_context
def remove(ctx: click.Context, /, fields: tuple[str, ...], wait: float) -> None:
    """Remove fields that were filled, from every document, and forget how they were learned."""
    session = ctx.ensure_object(Session)
    with session.open(wait=wait) as index:
        # A wrong name is reported before anything is removed.
        names = [info.field for info in index.labels.all()]
        for name in sorted(dict.fromkeys(fields), key=lambda field: field in names):
            index.labels.remove(name)
            notice(f"label {name} removed from {index.path}")


def _told(info: LabelInfo, screen: Screen) -> Iterator[str]:
    low, high = info.interval
    name = screen.bold(safe_name(info.field))
    learned = f"from {plural(info.examples, 'labelled document')}"
    if info.kind == "category":
        learned += f" in {plural(len(info.counts), 'category', 'categories')}"
        against = f"always the largest category: {info.baseline:.3f}"
    else:
        against = f"always the mean: 0; error {info.error:.3g}"
    yield f"{name}  {plural(info.documents, 'document')} labelled, {learned}"
    yield f"  {info.metric} {info.value:.3f} {screen.dim(f'{low:.3f}-{high:.3f}')}, cross-validated ({against})"


def _warnings(info: LabelInfo) -> Iterator[str]:
    if not info.better:
        yield f"{info.field}: no better than always saying the same, as far as these labels can tell; label more"
    if info.singles:
        named = ", ".join(info.singles[:_NAMED]) + (", ..." if len(info.singles) > _NAMED else "")
        yield f"{info.field}: one labelled document only of {named}; it counts as wrong, label two or more of each"
    if info.skipped:
        yield f"{info.field}: {plural(info.skipped, 'labelled document')} not in the index, left out"
    if info.stale:
        yield (
            f"{info.field}: learned on {info.model}, which the index has left; its labels stay, new documents get none "
            "until `semsearch label apply` learns it again"
        )
