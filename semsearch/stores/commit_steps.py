"""Hooks into the steps of a commit, so that tests can interrupt it at any of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Step", "no_step"]

Step: TypeAlias = Callable[[str], None]
"""Receives the name of each step."""


def no_step(name: str) -> None:
    """Do nothing at a step."""
