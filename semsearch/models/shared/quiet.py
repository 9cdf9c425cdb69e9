"""Keep the log lines, bars and warnings of transformers and torch away from the user's terminal."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

__all__ = ["quiet_libraries"]

# These settings are process-wide: the first thread that enters changes them, the last one restores them.
_guard = threading.Lock()
_restore = ExitStack()
_inside = 0


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence transformers below errors, its progress bars and all Python warnings; restore them afterwards."""
    global _inside
    with _guard:
        if not _inside:
            _silence()
        _inside += 1
    try:
        yield
    finally:
        with _guard:
            _inside -= 1
            if not _inside:
                _restore.close()


def _silence() -> None:
    with ExitStack() as restore:
        restore.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")  # from libraries, also while they are imported
        from transformers.utils import logging

        restore.callback(logging.set_verbosity, logging.get_verbosity())
        if logging.is_progress_bar_enabled():
            restore.callback(logging.enable_progress_bar)
        logging.set_verbosity(logging.CRITICAL)
        logging.disable_progress_bar()
        _restore.push(restore.pop_all())
