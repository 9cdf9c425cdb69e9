"""What an indexing run would cost, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from semsearch.cli.terminal.hits import shown_path
from semsearch.cli.terminal.run_summary import duration, plural, size, skipped_lines
from semsearch.cli.terminal.screen import Screen, safe_name
from semsearch.types.reports import Plan

__all__ = ["plan_record", "render_plan"]

_NAMES = 3


def plan_record(plan: Plan, index: str) -> dict[str, Any]:
    """Return a plan for JSON."""
    return {"index": index, **asdict(plan), "reused": plan.passages - plan.encoded}


def render_plan(plan: Plan, screen: Screen, cwd: Path, *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of a plan."""
    known = f", {plan.unchanged:,} unchanged" if plan.unchanged else ""
    yield f"{plural(plan.files, 'file')}{known}, {size(plan.bytes)} to read: about {plural(plan.passages, 'passage')}"
    reused = f", {plan.passages - plan.encoded:,} have a vector already" if plan.passages > plan.encoded else ""
    yield f"  {plan.encoded:,} to encode{reused}"
    room = f"{size(plan.disk_bytes)} on disk, {size(plan.memory_bytes)} of memory at the peak"
    yield f"  about {duration(plan.seconds)}, {room}"
    if plan.skipped:
        yield f"  about {plural(plan.skipped, 'file')} left out" + (", among them" if plan.left_out else "")
        yield from skipped_lines(plan.left_out, screen, cwd, verbose=verbose)
    if plan.partial:
        names = ", ".join(safe_name(shown_path(path, cwd)) for path in plan.partial[: None if verbose else _NAMES])
        more = ", ..." if len(plan.partial) > _NAMES and not verbose else ""
        yield f"  at least, since these take too long to look into as a whole: {names}{more}"
    if plan.recordings:
        yield f"  {plural(plan.recordings, 'recording')} to listen to, not counted here"
    if plan.pictures:
        yield f"  {plural(plan.pictures, 'picture')} to look at for text, counted in; --no-ocr skips them"
    yield f"  from {plural(plan.sampled_files, 'file')} read in {duration(plan.took)}; nothing was written"
