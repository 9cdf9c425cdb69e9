"""Progress on a terminal: one calm line on standard error, gone when the work is done; nothing where nobody looks."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

from semsearch.cli.terminal.screen import notice

if TYPE_CHECKING:
    from semsearch.types.reports import Progress

__all__ = ["DownloadBar", "IndexBar"]

_PASSAGES = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} passages{postfix}, {rate_fmt}, {remaining} left"
_STAGES = {
    "scan": "looking",
    "read": "reading",
    "listen": "listening",
    "encode": "encoding",
    "move": "moving",
    "names": "naming",
    "words": "analyzing words",
}
_BYTES = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} {rate_fmt}, {remaining} left"


def _visible() -> bool:
    return sys.stderr.isatty()


class _Bar:
    """A bar that appears with the first report and never when standard error is not a terminal."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._bar: Any = None

    def __enter__(self) -> Any:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _start(self, **options: Any) -> Any:
        from tqdm import tqdm

        tqdm.monitor_interval = 0  # no thread beside ours
        self._bar = tqdm(
            file=sys.stderr, leave=False, dynamic_ncols=True, mininterval=0.1, smoothing=0.1, initial=0, **options
        )
        return self._bar

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class IndexBar(_Bar):
    """Progress of an indexing run: passages done of those expected, files, rate and remaining time."""

    def __call__(self, progress: Progress) -> None:
        """Show a report."""
        if not _visible():
            return
        bar = self._bar if self._bar is not None else self._start(total=1, unit="", bar_format=_PASSAGES)
        bar.total = max(expected_passages(progress), progress.passages_done, 1)
        bar.set_description_str(_STAGES.get(progress.stage, progress.stage), refresh=False)
        if progress.files_total:
            bar.set_postfix_str(f"{progress.files_done}/{progress.files_total} files", refresh=False)
        bar.update(progress.passages_done - bar.n)


def expected_passages(progress: Progress) -> int:
    """Return how many passages there will be: those known, scaled up while files are still unread."""
    if 0 < progress.files_done < progress.files_total:
        return round(progress.passages_total * progress.files_total / progress.files_done)
    return progress.passages_total


class DownloadBar(_Bar):
    """Progress of a model's fetch and preparation, and a line whenever another source is tried."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self._stage = ""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show a report: a stage without a size is a line, one with a size a bar."""
        if stage != self._stage:
            self.close()
            self._stage = stage
            if total <= 0:
                notice(f"semsearch: {stage}")
        if total <= 0 or not _visible():
            return
        bar = self._bar
        if bar is None:
            bar = self._start(total=total, unit="B", unit_scale=True, desc=stage, bar_format=_BYTES)
        bar.total = total
        bar.update(done - bar.n)
