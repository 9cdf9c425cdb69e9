"""What indexing would cost, before anything is written: with an index that is there, or without one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from semsearch.api.argument_checks import path
from semsearch.api.arguments import checked, several
from semsearch.indexing.plan.plan import plan_run
from semsearch.settings import Settings
from semsearch.stores.open import no_store
from semsearch.types.models import BiEncoder, FetchProgress
from semsearch.types.reports import Plan

if TYPE_CHECKING:
    from semsearch.api.open_index import OpenIndex

__all__ = ["plan_index", "plan_known"]


def _place(name: str, value: Any) -> Any:
    return value if value == "" else path(name, value)


@checked(index=_place)
def plan_index(
    paths: str | Path | Sequence[str | Path],
    *,
    index: str | Path = "",
    settings: Settings | None = None,
    encoder: BiEncoder | None = None,
    max_memory: int = 0,
    offline: bool | None = None,
    fetch_progress: FetchProgress | None = None,
) -> Plan:
    """Predict what making an index of files and folders would cost; nothing is written, but a model may be fetched.

    `index` is the folder that the index would have. Raises SourceUnreadable for a path that is not there, InvalidQuery
    for too little memory, ModelUnavailable.
    """
    wanted = settings or Settings()
    if encoder is None:
        from semsearch.api.precision import KEY, as_stored, chosen_precision
        from semsearch.models.encoder.load import load_encoder

        encoder = load_encoder(wanted.model, offline=offline, progress=fetch_progress)
        encoder = as_stored(encoder, {KEY: chosen_precision(encoder)})
    known = encoder
    with no_store(Path(index)) as empty:
        return plan_run(empty, _paths(paths), wanted, lambda: known, max_memory)


def plan_known(opened: OpenIndex, paths: Sequence[str | Path], max_memory: int, **changes: Any) -> Plan:
    """Predict a run of an index that is there."""
    settings = replace(opened.settings, **changes)
    with opened.store.snapshot(pinned=False) as state:
        return plan_run(state, _paths(paths), settings, opened.encoder, max_memory)


def _paths(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    return [Path(path) for path in several(paths)]
