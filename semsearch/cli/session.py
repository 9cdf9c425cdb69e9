"""What one run of the command line knows: the options every command takes, the settings, and the index they name."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semsearch.cli.config import Config

if TYPE_CHECKING:
    from semsearch.api import Index, Located

__all__ = ["Session"]


@dataclass
class Session:
    """Filled while click parses: an option counts wherever it stands, before the command or after it."""

    index: str | None = None
    model: str | None = None
    verbose: bool = False
    offline: bool = False
    config: Config = field(default_factory=Config)

    def chosen_model(self) -> str | None:
        """Return the model asked for by the flag, else by the settings."""
        return self.model or self.config.values.get("model")

    def go_offline(self) -> None:
        """Let no part of this process, nor of one it starts, open a connection."""
        if self.offline:
            os.environ["SEMSEARCH_OFFLINE"] = "1"

    def locate(self, *, create: bool = False) -> Located:
        """Find the index that this run is about."""
        from semsearch.api import locate

        return locate(self.index, create=create)

    def open(self, **options: Any) -> Index:
        """Open the index that this run is about."""
        from semsearch.api import Index

        self.go_offline()
        return Index.open(self.locate().path, offline=True if self.offline else None, **options)
