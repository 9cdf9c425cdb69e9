"""`--set KEY=VALUE`: any key of the settings files, for one run of one command."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from semsearch.cli.config import KEYS

__all__ = ["asked_for", "set_option", "spelled"]

F = TypeVar("F", bound=Callable[..., Any])
_GIVEN = "semsearch.set"


def set_option(command: str) -> Callable[[F], F]:
    """Add `--set` to a command; its help lists the keys that have no other option in sight, with their defaults."""
    listed = ", ".join(
        f"{name} ({key.default})" for name, key in KEYS.items() if key.default and command in key.commands
    )
    return click.option(
        "--set",
        "assignments",
        multiple=True,
        metavar="KEY=VALUE",
        expose_value=False,
        is_eager=True,
        callback=_assign,
        shell_complete=_complete,
        help=f"Set a key of the settings, as config.toml does: {listed}.",
    )


def asked_for(ctx: click.Context, name: str) -> bool:
    """Return whether the user gave a parameter in this command line, by its option or by `--set`."""
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE or name in ctx.meta.get(_GIVEN, {})


def spelled(ctx: click.Context, name: str) -> str:
    """Return how the user gave a parameter: `--set rerank_top`, or `--rerank-top`."""
    return f"--set {name}" if name in ctx.meta.get(_GIVEN, {}) else f"--{name.replace('_', '-')}"


def _assign(ctx: click.Context, param: click.Parameter, assignments: tuple[str, ...]) -> None:
    """Check the assignments, and make their values the defaults of the command's options."""
    given: dict[str, Any] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        name = name.strip().replace("-", "_")
        if not sign:
            raise click.BadParameter(f"{assignment!r} has no value; write {name or 'KEY'}=VALUE", ctx, param)
        key = KEYS.get(name)
        if key is None or _command(ctx) not in key.commands:
            raise click.BadParameter(_unknown(ctx, name, known=key is not None), ctx, param)
        try:
            given[name] = key.check(text.strip())
        except ValueError as error:
            raise click.BadParameter(f"{name}: {error}", ctx, param) from error
    ctx.meta[_GIVEN] = given
    ctx.default_map = {**(ctx.default_map or {}), **given}


def _unknown(ctx: click.Context, name: str, *, known: bool) -> str:
    from difflib import get_close_matches

    names = _names(ctx)
    close = " or ".join(get_close_matches(name, names))
    said = f"`{_command(ctx)}` has no use for the key {name}" if known else f"there is no key {name!r}"
    return f"{said}; {f'did you mean {close}?' if close else 'its keys are ' + ', '.join(names)}"


def _names(ctx: click.Context) -> list[str]:
    return [name for name, key in KEYS.items() if _command(ctx) in key.commands]


def _command(ctx: click.Context) -> str:
    """Return the command's own name: `search` is another name of `query`."""
    return str(ctx.command.name)


def _complete(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    return [f"{name}=" for name in _names(ctx) if name.startswith(incomplete)]
