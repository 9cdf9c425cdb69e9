"""The libraries' log settings are process-wide: threads that silence them together restore them."""

from __future__ import annotations

import warnings

from transformers.utils import logging

from semsearch.models.shared.quiet import quiet_libraries


def voices() -> tuple[object, ...]:
    return list(warnings.filters), logging.get_verbosity(), logging.is_progress_bar_enabled()


def test_overlapping_silencing_restores_everything() -> None:
    before = voices()
    first, second = quiet_libraries(), quiet_libraries()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert logging.get_verbosity() == logging.CRITICAL, "the second is still inside"
    second.__exit__(None, None, None)
    assert voices() == before
