"""One query as a daemon answers it: the very command, with the client's folder, environment and streams.

Nothing global changes: the client's facts are a context variable of the thread (semsearch/client_context.py), so that
many queries run at once. Whatever is not a plain answer is left to the client, which runs the same command itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import click

from semsearch import client_context as caller
from semsearch.api import Index
from semsearch.cli.config import KEYS
from semsearch.cli.main import invoke
from semsearch.cli.session import Session
from semsearch.daemon.client import names_query
from semsearch.daemon.holdings import Elsewhere, Holdings
from semsearch.daemon.place import PLACES
from semsearch.daemon.request import Reply, Request
from semsearch.errors import IndexDamaged, ModelMismatch, ModelUnavailable

__all__ = ["respond"]

_OF_THE_CALLER = {"SEMSEARCH_INDEX", "SEMSEARCH_OFFLINE", "SEMSEARCH_API_KEY", *PLACES} | {
    f"SEMSEARCH_{name.upper()}" for name in KEYS
}


class _Serving(Session):
    """A session whose indexes and models are held; it ends with Elsewhere where the client must run by itself."""

    def __init__(self, holdings: Holdings) -> None:
        super().__init__()
        self.searched = False
        self._holdings = holdings

    @contextmanager
    def searching(self, *, here: bool) -> Iterator[Index]:
        """Lend an index that is held, unless the client must search by itself, or with another model."""
        if here or self.no_daemon or self.values.get("daemon") is False:
            raise Elsewhere("it is for the client's own process")
        path = self.locate().path
        with self._holdings.borrow(path) as index:
            if self.model and self.model != index.settings.model:
                raise Elsewhere("it names another model")
            self.searched = True
            try:
                yield index
            except (IndexDamaged, ModelMismatch, ModelUnavailable):  # what is held may be the reason
                self._holdings.drop(path)
                raise

    def start_daemon(self) -> None:
        """Start nothing: it runs."""


def respond(request: Request, holdings: Holdings) -> Reply:
    """Answer a query. Raises Elsewhere, or whatever the command raises: then the client searches by itself."""
    if not request.same_world() or _settings(request.environ) != _settings(os.environ):
        raise Elsewhere("the client's files or settings are others")
    if not names_query(request.args):
        raise Elsewhere("it is another command")
    answer = Reply()
    session = _Serving(holdings)
    served = answer.caller(request)
    with caller.serving(served):
        try:
            answer.code = invoke(request.args, session)
        except click.ClickException as error:
            raise Elsewhere(f"a usage error ({type(error).__name__})") from None
        served.out.flush()
        served.err.flush()
    if not session.searched or answer.code not in (0, 1):
        raise Elsewhere("it is no plain search")
    return answer


def _settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that shape the process as a whole: these must be the daemon's own."""
    return {k: v for k, v in environ.items() if k.startswith("SEMSEARCH_") and k not in _OF_THE_CALLER}
