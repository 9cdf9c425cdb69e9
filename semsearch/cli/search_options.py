"""Options that several commands share, and the types of their values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from semsearch.cli.common_options import common, many, remember
from semsearch.cli.config import parse_size
from semsearch.cli.set_option import asked_for, spelled
from semsearch.types.search import Mode, RerankMode

if TYPE_CHECKING:
    from semsearch.search.options import SearchOptions

__all__ = [
    "Seconds",
    "Size",
    "common",
    "daemon_option",
    "json_option",
    "languages",
    "many",
    "model_names",
    "rerank_options",
    "search_of",
    "search_options",
    "wait_option",
    "within_options",
]

F = TypeVar("F", bound=Callable[..., Any])
_ENDLESS = 1e9
"""Seconds: some thirty years, and what timers of every system still take."""


class Size(click.ParamType[int]):
    """A number of bytes with a unit: `500k`, `20M`."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the number of bytes."""
        if isinstance(value, int):
            return value
        try:
            return parse_size(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Seconds(click.FloatRange):
    """A time in seconds. Neither endless nor `nan`, which passes every comparison with a bound."""

    name = "number of seconds"

    def __init__(self, *, positive: bool = False) -> None:
        """Take 0 as well, unless `positive`."""
        super().__init__(min=0, min_open=positive)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the number."""
        seconds = super().convert(value, param, ctx)
        if not seconds < _ENDLESS:
            self.fail(f"{value!r} is not a valid {self.name}", param, ctx)
        return seconds


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
daemon_option = click.option(
    "--no-daemon",
    is_flag=True,
    expose_value=False,
    callback=remember,
    help="Search in this process, also where a daemon is running.",
)
wait_option = click.option(
    "--wait",
    type=Seconds(),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait while another process is writing.",
)


within_options = [
    click.option("--in", "within", multiple=True, metavar="PATH", help="Only below this file or folder."),
    click.option(
        "--filter",
        "filters",
        multiple=True,
        metavar="CONDITION",
        help="Only documents that fulfil it: type=pdf, modified>=2025-01-01, 'type=md or not tags=draft'.",
    ),
]
"""What restricts a command to some documents."""


def search_options(function: F) -> F:
    """Add what shapes a ranking, the same for `query` and `why-not`."""
    options: list[Callable[[F], F]] = [
        click.option(
            "--mode",
            type=click.Choice([mode.value for mode in Mode]),
            default=Mode.HYBRID.value,
            show_default=True,
            help="Rank by meaning (dense), by words (lexical), or by both (hybrid).",
        ),
        *within_options,
        click.option(
            "--fuzzy/--no-fuzzy",
            default=True,
            help="Search a misspelled word that stands nowhere as the one that is spelled most like it (the default), "
            "or only as it is written.",
        ),
        click.option("--exact", is_flag=True, hidden=True),
    ]
    return many(options)(function)


def search_of(options: dict[str, Any]) -> SearchOptions:
    """Take what shapes a search out of a command's keyword arguments."""
    from semsearch.search.options import SearchOptions

    given = {field.name: options.pop(field.name) for field in fields(SearchOptions) if field.name in options}
    given |= {"k": options.pop("top_k")} if "top_k" in options else {}
    given |= {"mode": Mode(given["mode"])} if "mode" in given else {}
    given |= {"rerank_mode": RerankMode(given["rerank_mode"])} if "rerank_mode" in given else {}
    return SearchOptions(**given)


def _with_rerank(ctx: click.Context, param: click.Parameter, value: Any) -> Any:
    """Refuse an option that would change nothing; one from the settings waits for --rerank."""
    if asked_for(ctx, param.name or "") and not ctx.params.get("rerank") and not ctx.params.get("summarize"):
        raise click.UsageError(f"{spelled(ctx, param.name or '')} goes with --rerank", ctx)
    return value


def rerank_options(function: F) -> F:
    """Add what asks a reranker for its opinion, the same for `query` and `eval`."""
    options: list[Callable[[F], F]] = [
        click.option(
            "--rerank/--no-rerank",
            default=False,
            is_eager=True,
            help="Let a cross-encoder read the query with each of the first documents and reorder them. Costs one "
            "to four seconds a query on two cores, hence off by default.",
        ),
        click.option(
            "--rerank-mode",
            type=click.Choice([mode.value for mode in RerankMode]),
            default=RerankMode.FUSE.value,
            callback=_with_rerank,
            hidden=True,
        ),
        click.option("--rerank-top", type=click.IntRange(min=1), default=20, callback=_with_rerank, hidden=True),
        click.option(
            "--reranker",
            metavar="NAME|PATH",
            callback=_with_rerank,
            help="Which reranker: a name of the catalogue, or the folder of a cross-encoder or of a model of late "
            "interaction.",
        ),
    ]
    return many(options)(function)


def languages(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Check a language code."""
    if value is None or value == "auto" or (len(value) == 2 and value.isascii() and value.isalpha()):
        return value.lower() if value else value
    raise click.BadParameter(f"{value!r} is no language code; write auto or one like en", ctx, param)


def model_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the name of a model."""
    from semsearch.api.models import list_models

    return [info.name for info in list_models() if info.name.startswith(incomplete)]
