"""A move to another model, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from semsearch.cli.terminal.run_summary import duration, plural
from semsearch.cli.terminal.screen import Screen, safe_name

if TYPE_CHECKING:
    from semsearch.types.reports import Move, Status

__all__ = ["move_record", "move_rows", "render_move", "status_record"]


def render_move(move: Move, screen: Screen) -> Iterator[str]:
    """Yield the lines about a move or a rollback."""
    name, before = safe_name(move.model), safe_name(move.previous)
    counted = f"{plural(move.passages, 'passage')}, {move.encoded:,} encoded"
    if move.nothing:
        yield screen.dim(f"the index has {name} already, nothing to move")
    elif move.interrupted:
        yield f"moving from {before} to {name}: {counted} in {duration(move.seconds)}, not whole yet"
    else:
        verb = "went back" if move.back else "moved"
        yield f"{verb} from {before} to {name} in {duration(move.seconds)}: {counted}"
    if move.split:
        yield f"  {plural(move.split, 'passage')} that {name} does not see whole: split again"
    if move.overlap is not None:
        same = move.overlap
        yield (
            f"  of the first 10 of {plural(same.queries, 'sample query', 'sample queries')} {same.hybrid:.0%} are the "
            f"same as before (by meaning alone {same.dense:.0%})"
        )
    elif move.unmeasured:
        yield screen.dim(f"  the overlap with {before} was not measured: {safe_name(move.unmeasured)}")
    if move.abandoned:
        yield f"  gave up the unfinished move to {safe_name(move.abandoned)}, and what it had encoded"
    if move.forgotten:
        yield screen.dim(f"  {safe_name(move.forgotten)}, which --rollback went back to, is dropped")
    if not move.nothing and not move.interrupted:
        yield screen.dim(
            f"  semsearch index --rollback goes back to {before}; semsearch compact gives up that and its space"
        )


def move_record(move: Move) -> dict[str, Any]:
    """Return what a move or a rollback did, for JSON."""
    same = move.overlap
    return {
        "model": move.model,
        "previous": move.previous,
        "passages": move.passages,
        "encoded": move.encoded,
        "split": move.split,
        "overlap": None if same is None else {"queries": same.queries, "hybrid": same.hybrid, "dense": same.dense},
        "unmeasured": move.unmeasured,
        "abandoned": move.abandoned or None,
        "forgotten": move.forgotten or None,
        "seconds": move.seconds,
        "rollback": move.back,
        "nothing": move.nothing,
        "interrupted": move.interrupted,
    }


def move_rows(status: Status) -> Iterator[tuple[str, str]]:
    """Yield what `status` says of an unfinished move and of the rollback that is possible: a name and a text."""
    if status.move is not None:
        model, done = safe_name(status.move.model), f"{status.move.done:,} of {plural(status.move.passages, 'passage')}"
        yield "moving", f"to {model}: {done}; semsearch index --model {model} goes on"
    if status.rollback:
        yield "rollback", f"to {safe_name(status.rollback)} with semsearch index --rollback"


def status_record(status: Status) -> dict[str, Any]:
    """Return the same for JSON."""
    move = status.move
    reported = None if move is None else {"model": move.model, "done": move.done, "passages": move.passages}
    return {"move": reported, "rollback": status.rollback or None}
