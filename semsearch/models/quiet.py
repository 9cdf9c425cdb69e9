"""Keep the log lines, bars and warnings of transformers and torch away from the user's terminal."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["quiet_libraries"]


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence transformers below an error, its progress bars, and every Python warning; restored afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of libraries, also while they are imported
        from transformers.utils import logging

        verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
        logging.set_verbosity(logging.CRITICAL)
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            if bars:
                logging.enable_progress_bar()
