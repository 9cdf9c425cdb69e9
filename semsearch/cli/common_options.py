"""Options that every command takes; only click is needed for them, so that `--help` stays fast."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

__all__ = ["common", "many", "remember"]

F = TypeVar("F", bound=Callable[..., Any])


def many(decorators: Sequence[Callable[[F], F]]) -> Callable[[F], F]:
    """Apply decorators so that their options are listed in the order given."""

    def apply(function: F) -> F:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return apply


def remember(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    """Keep the value of an option in the session."""
    if value and param.name is not None:
        from semsearch.cli.session import Session

        setattr(ctx.ensure_object(Session), param.name, value)


def _shared(*names: str, **options: Any) -> Callable[[F], F]:
    return click.option(*names, expose_value=False, callback=remember, **options)


def common(function: F) -> F:
    """Add what every command takes, before its name or after it; the values go to the session."""
    options: list[Callable[[F], F]] = [
        _shared("-i", "--index", metavar="NAME|PATH", help="Which index: its name or its folder."),
        _shared("-m", "--model", metavar="NAME|PATH", help="Which encoder: a name `models` lists, or a folder."),
        _shared("--offline", is_flag=True, help="Open no connection, not even for a model's weights."),
        _shared("-v", "--verbose", is_flag=True, help="Say more; show the traceback of an error."),
    ]
    return many(options)(function)
