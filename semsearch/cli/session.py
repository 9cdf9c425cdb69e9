"""What one run of the command line knows: the options every command takes, the settings, and the index they name."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.terminal.screen import notice
from semsearch.errors import SemsearchError

if TYPE_CHECKING:
    from semsearch.api import Index, Located
    from semsearch.types.models import BiEncoder

__all__ = ["Session", "untrusted"]


def untrusted(located: Located) -> str:
    """Return what to say of an index that is nearer and is not opened unasked; nothing where there is none."""
    if not located.passed_over:
        return ""
    from shlex import quote

    from semsearch import client_context as caller

    nearest = located.passed_over[0]
    here = Path(caller.cwd())
    name = quote(f"./{nearest.relative_to(here)}" if here in nearest.parents else str(nearest))
    remedy = f"`semsearch trust {name}` has it used from now on, -i {name} asks it once"
    return f"{name} was copied or made by someone else: {remedy}"


class Session:
    """Filled while click parses: an option counts wherever it stands, before the command or after it."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.index: str | None = None
        self.model: str | None = None
        self.verbose = False
        self.offline = False
        self.values: Mapping[str, Any] = {}
        """The settings in force that no flag gave."""
        self.no_daemon = False
        self._noticed = False

    @contextmanager
    def searching(self, *, here: bool) -> Iterator[Index]:
        """Open the index that this run searches; `here` where no other process may do it. Raises as `open`."""
        with self.open() as index:
            yield index

    def chosen_model(self) -> str | None:
        """Return the model asked for by the flag, else by the settings."""
        return self.model or self.values.get("model")

    def locate(self, *, create: bool = False) -> Located:
        """Find the index that this run is about. Raises IndexNotFound, unless it may be created."""
        from semsearch.api import locate
        from semsearch.errors import IndexNotFound

        located = locate(self.index, create=create)
        if not located.exists and not create:
            hint = untrusted(located) or "`semsearch index PATH` makes one, -i names another"
            raise IndexNotFound(f"no index at {located.path} ({located.why}); {hint}")
        if not self._noticed and (near := untrusted(located)):
            notice(f"semsearch: using {located.path} ({located.why}); {near}")
            self._noticed = True
        if self.verbose:
            notice(f"semsearch: the index is {located.path} ({located.why})")
        return located

    def loading(self) -> dict[str, Any]:
        """Return how models are loaded in this run, as keyword arguments of the API."""
        from semsearch.cli.terminal.bars import DownloadBar

        if self.offline:
            os.environ["SEMSEARCH_OFFLINE"] = "1"  # for the processes that this one starts as well
        bar = DownloadBar()
        click.get_current_context().call_on_close(bar.close)
        return {"offline": True if self.offline else None, "fetch_progress": bar}

    def encoder(self, stored: str) -> BiEncoder | None:
        """Return the encoder that `--model` names, or None when the index names the same itself."""
        if not self.model or self.model == stored:
            return None
        from semsearch.api import load_encoder

        loading = self.loading()
        return load_encoder(self.model, offline=loading["offline"], progress=loading["fetch_progress"])

    def open(self, *, wait: float = 10.0) -> Index:
        """Open the index that this run is about. Raises ModelMismatch when `--model` names another one than it has."""
        from semsearch.api import Index

        index = Index.open(self.locate().path, wait=wait, **self.loading())
        encoder = self.encoder(index.settings.model)
        return index if encoder is None else Index.open(index.path, wait=wait, encoder=encoder)

    def open_or_create(
        self, wanted: Mapping[str, Any], changed: Mapping[str, Any], *, create: bool, wait: float
    ) -> Index:
        """Open the index that this run is about and change its settings to `changed`, or create it with `wanted`."""
        located = self.locate(create=create)
        if located.exists:
            index = self.open(wait=wait)
            index.configure(**changed)
            return index
        from semsearch.api import Index
        from semsearch.settings import DEFAULT_MODEL, Settings

        settings = Settings(model=self.chosen_model() or DEFAULT_MODEL, **wanted)
        return Index.create(located.path, settings=settings, wait=wait, **self.loading())

    def start_daemon(self) -> None:
        """Start a daemon in the background for the queries to come, where the settings ask for one."""
        if self.values.get("daemon") is not True or self.no_daemon:
            return
        from semsearch.api import locate
        from semsearch.daemon.place import supported

        if not supported():
            return
        from semsearch.daemon.client import ACCEPT_SECONDS, connect

        with suppress(SemsearchError):  # the query has its answer; `daemon start` tells what is wrong
            try:
                connect(ACCEPT_SECONDS).close()  # one is there, and this query was not for it
            except OSError:
                from semsearch.daemon import launch

                with suppress(OSError):
                    launch.start(["--index", str(locate(self.index).path)], wait=False)
