"""Links of the documents lead somewhere, and the commands and options that they name are there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import click
import pytest

from semsearch.cli.main import ALIASES, COMMANDS, cli

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
COMMAND = re.compile(r"(?:^    |`)semsearch ([a-z][a-z-]*)([^`\n#]*)", re.MULTILINE)
OPTION = re.compile(r"(?<![\w-])--[a-z][\w-]*")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for link in LINK.findall(text):
        if link.startswith(("http://", "https://")):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), link
        if anchor:
            assert anchor in {_anchor(h) for h in HEADING.findall(target.read_text(encoding="utf-8"))}, link


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_commands_and_options_are_there(page: Path) -> None:
    for name, rest in COMMAND.findall(page.read_text(encoding="utf-8")):
        assert name in COMMANDS or name in ALIASES, f"semsearch {name}"
        unknown = set(OPTION.findall(rest)) - _options(ALIASES.get(name, name))
        assert not unknown, f"semsearch {name} {unknown}"


@cache
def _options(name: str) -> frozenset[str]:
    context = click.Context(cli)
    command = cli.get_command(context, name)
    assert command is not None
    found = {option for one in (cli, command) for parameter in one.params for option in _names(parameter)}
    if isinstance(command, click.Group):
        for child in command.list_commands(context):
            below = command.get_command(context, child)
            assert below is not None
            found |= {option for parameter in below.params for option in _names(parameter)}
    return frozenset(found | {"--help"})


def _names(parameter: click.Parameter) -> list[str]:
    return [*parameter.opts, *parameter.secondary_opts]
