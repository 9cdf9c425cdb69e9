"""What an indexing run did, as text: what was read, what was left out and why, and what it cost."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from semsearch.cli.terminal.hits import shown_path
from semsearch.cli.terminal.json_records import summary_record, to_json
from semsearch.cli.terminal.screen import Screen, notice, safe_name, screen_of, write
from semsearch.corpus.files.tool_made import MADE
from semsearch.types.documents import Skipped
from semsearch.types.reports import Summary

__all__ = ["counts", "duration", "plural", "render_summary", "size", "skipped_lines", "tell_summary"]

_NAMES = 3
_NAMES_VERBOSE = 1000
_REASONS = 30
_REMARKS = 5


def size(count: float) -> str:
    """Return a number of bytes as people say it: `812 B`, `1.4 MB` (powers of 1000)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit == "B" or count >= 99.5 else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """Return a duration: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun: `1 file`, `1,204 files`."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def counts(summary: Summary) -> str:
    """Return what became of how many files: `2 new, 1 changed`."""
    reported = {
        "new": summary.added,
        "changed": summary.changed,
        "moved": summary.moved,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
    }
    return ", ".join(f"{count:,} {name}" for name, count in reported.items() if count) or "nothing to do"


def _reused(summary: Summary) -> int:
    """Return how many passages kept a vector; an interrupted run may have encoded more than it wrote."""
    return max(0, summary.passages - summary.encoded)


def _by_reason(skipped: tuple[Skipped, ...]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for item in skipped:
        groups.setdefault(item.reason, []).append(item.path)
    return dict(sorted(groups.items(), key=lambda pair: -len(pair[1])))


def skipped_lines(skipped: tuple[Skipped, ...], screen: Screen, cwd: Path, *, verbose: bool = False) -> Iterator[str]:
    """Yield a line for each reason for which files were left out, the commonest first, up to a few dozen."""
    limit = _NAMES_VERBOSE if verbose else _NAMES
    groups = list(_by_reason(skipped).items())
    reported = groups if verbose else groups[:_REASONS]
    for reason, paths in reported:
        names = [safe_name(shown_path(path, cwd) + "/" * path.endswith("/")) for path in paths[:limit]]
        rest = f" and {len(paths) - limit:,} more (-v names them)" if len(paths) > limit else ""
        noun = "folder" if all(path.endswith("/") for path in paths) else "file"
        yield f"  skipped {plural(len(paths), noun)}, {safe_name(reason)}: {screen.dim(', '.join(names) + rest)}"
    if left := sum(len(paths) for _, paths in groups[len(reported) :]):
        yield f"  skipped {plural(left, 'more file')} for other reasons (-v tells them)"
    if any(reason.startswith("too large (") for reason, _ in groups):
        yield "  --set max_file_size=SIZE (of recordings max_recording_size) reads larger ones"
    if any(reason.startswith(MADE) for reason, _ in groups):
        yield "  --no-ignore, or a rule such as !NAME in .semsearchignore, reads what tools made"


def _remarked(summary: Summary, screen: Screen, cwd: Path, verbose: bool) -> Iterator[str]:
    """Yield a line for each thing that is to be said of files that were read, up to a few."""
    limit = _NAMES_VERBOSE if verbose else _REMARKS
    groups: dict[str, list[str]] = {}
    for remark in summary.remarks:
        groups.setdefault(remark.text, []).append(remark.path)
    for text, paths in list(groups.items())[:limit]:
        names = ", ".join(safe_name(shown_path(path, cwd)) for path in paths[:limit])
        rest = f" and {len(paths) - limit:,} more" if len(paths) > limit else ""
        yield f"  {screen.bad('note')} {safe_name(text)}: {screen.dim(names + rest)}"
    if len(groups) > limit:
        yield f"  and {plural(len(groups) - limit, 'more note')} on files that were read (-v tells them)"


def render_summary(summary: Summary, screen: Screen, cwd: Path, *, verbose: bool = False) -> Iterator[str]:
    """Yield the lines of a summary."""
    read = f", {size(summary.bytes_read)} read" if summary.bytes_read else ""
    yield f"{plural(summary.files, 'file')} in {duration(summary.seconds)}{read}: {counts(summary)}"
    if summary.passages:
        reused = _reused(summary)
        yield f"  {plural(summary.passages, 'passage')} written, {summary.encoded:,} encoded, {reused:,} reused"
    if summary.analyzed:
        yield "  the words of all documents were analyzed again, as this version does it; nothing was encoded again"
    if summary.named:
        yield f"  {plural(summary.named, 'document')} can be found by name now: this index had no names yet"
    yield from skipped_lines(summary.skipped, screen, cwd, verbose=verbose)
    yield from _remarked(summary, screen, cwd, verbose)
    for source in summary.missing_sources:
        yield f"  {screen.bad('missing')} {safe_name(source)}: its documents stay; index --prune removes them"


def tell_summary(
    summary: Summary, index: str, *, as_json: bool, verbose: bool, extra: dict[str, Any] | None = None
) -> None:
    """Print what a run did: for people to standard error, as JSON to standard output, `extra` keys included."""
    screen = screen_of(sys.stderr)
    if as_json:
        write(to_json(summary_record(summary, index) | (extra or {})))
    else:
        for line in render_summary(summary, screen, Path.cwd(), verbose=verbose):
            sys.stderr.write(line + "\n")
        sys.stderr.write(screen.dim(f"  index {safe_name(index)}") + "\n")
    if summary.interrupted:
        notice("semsearch: interrupted; what is done is kept, run it again to continue")
