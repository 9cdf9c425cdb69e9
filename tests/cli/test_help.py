"""Help of every command, what it costs, and that every option is documented."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from semsearch.cli.config import KEYS
from semsearch.cli.main import ALIASES, COMMANDS, cli

HEAVY = {
    "numpy",
    "faiss",
    "torch",
    "transformers",
    "sentence_transformers",
    "tantivy",
    "onnxruntime",
    "tokenizers",
    "sqlite3",
    "lxml",
    "docx",
    "pypdfium2",
    "huggingface_hub",
    "tqdm",
    "zstandard",
}
DOCS = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")


def command_named(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def loaded_by(*args: str) -> tuple[str, set[str]]:
    code = (
        "import sys\n"
        "from semsearch.cli.main import main\n"
        "try:\n"
        f"    main({list(args)!r})\n"
        "except SystemExit as done:\n"
        "    assert done.code == 0, done.code\n"
        "sys.stderr.write('\\n'.join(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout, {name.split(".")[0] for name in done.stderr.split("\n")}


def test_help_loads_nothing_heavy() -> None:
    shown, modules = loaded_by("--help")
    assert "Examples:" in shown
    assert modules & HEAVY == set()
    assert "click" in modules


@pytest.mark.parametrize("name", [*COMMANDS, *ALIASES])
def test_help_of_each_command(name: str) -> None:
    shown, modules = loaded_by(name, "--help")
    assert "Usage: semsearch" in shown
    assert "Example" in shown
    assert modules & HEAVY == set()


def test_short_helps_fit_on_a_line() -> None:
    shown, _ = loaded_by("--help")
    for name in COMMANDS:
        assert re.search(rf"^  {name} +{re.escape(command_named(name).get_short_help_str(100))}$", shown, re.MULTILINE)


def section(name: str) -> str:
    found = re.search(rf"^## semsearch {name}\n(.*?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/cli.md has no section 'semsearch {name}'"
    return found.group(1)


def options_of(command: click.Command) -> set[str]:
    context = click.Context(command)
    return {o for p in command.get_params(context) if isinstance(p, click.Option) for o in (*p.opts, *p.secondary_opts)}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_is_documented(name: str) -> None:
    common = {option for option in options_of(cli) if option != "--version"}
    told = set(re.findall(r"(?<![\w-])--?[a-zA-Z0-9][a-z0-9-]*", section(name)))
    missing = options_of(command_named(name)) - common - told
    assert missing == set(), f"docs/cli.md does not tell of {sorted(missing)} in 'semsearch {name}'"


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_else_is_documented(name: str) -> None:
    table = "\n".join(line.split(" | ")[0] for line in section(name).splitlines() if line.startswith("| `-"))
    told = set(re.findall(r"(?<![\w-])--?[a-zA-Z0-9][a-z0-9-]*", table))
    assert told - options_of(command_named(name)) == set()


def test_common_options_and_aliases_are_documented() -> None:
    top = DOCS.split("\n## semsearch ")[0]
    for option in options_of(cli):
        assert f"`{option}" in top, option
    for alias, name in ALIASES.items():
        assert f"alias `semsearch {alias}`" in section(name)


def test_documented_commands_exist() -> None:
    assert re.findall(r"^## semsearch ([a-z-]+)$", DOCS, re.MULTILINE) == list(COMMANDS)


def test_every_setting_is_documented() -> None:
    for name, key in KEYS.items():
        row = f"| `{name}` | `SEMSEARCH_{name.upper()}` | {'yes' if key.project else 'no'} |"
        assert row in DOCS, row


def test_settings_stand_for_options_that_exist() -> None:
    for name, key in KEYS.items():
        for command in key.commands:
            assert name in {p.name for p in command_named(command).params}, (name, command)
