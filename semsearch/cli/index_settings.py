"""The settings of an index, as options, `--set` and the settings files give them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import click

from semsearch.cli.config import KEYS
from semsearch.cli.set_option import asked_for
from semsearch.settings import Settings

__all__ = ["settings_in_force", "settings_of"]

_NAMES = {
    "max_file_size": "max_file_bytes",
    "max_recording_size": "max_recording_bytes",
    "max_expanded": "max_expanded_bytes",
    "ignore": "ignore_files",
}
_STORED = [name for name in KEYS if _NAMES.get(name, name) in {field.name for field in fields(Settings)} - {"model"}]
"""The keys that are settings of an index; the model is chosen apart from them."""


def settings_of(ctx: click.Context, options: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the settings for a new index, and those that flags ask for: an index that is there gets these."""
    names = _NAMES
    given = {name: value for name, value in options.items() if value is not None}
    wanted = {names.get(name, name): value for name, value in given.items()}
    return wanted, {names.get(name, name): given[name] for name in given if asked_for(ctx, name)}


def settings_in_force(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings for a new index that no flag gives."""
    return {_NAMES.get(name, name): values[name] for name in _STORED if name in values}
