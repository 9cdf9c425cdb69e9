"""The steps of a commit, each of which a test can stop at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Step", "no_step"]

Step: TypeAlias = Callable[[str], None]
"""Receives the name of each step."""


def no_step(name: str) -> None:
    """Ignore the step."""
