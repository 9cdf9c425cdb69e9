"""`semsearch watch [PATH...]`: the index follows its folders."""

from __future__ import annotations

import datetime
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.index_settings import settings_in_force
from semsearch.cli.saved_query_names import query_names
from semsearch.cli.search_options import Seconds, common, json_option, wait_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.bars import IndexBar
from semsearch.cli.terminal.hits import Look, render_hit, shown_path
from semsearch.cli.terminal.json_records import hit_record, summary_record, to_json
from semsearch.cli.terminal.run_summary import counts, duration, render_summary, skipped_lines
from semsearch.cli.terminal.screen import in_short, notice, safe_name, screen_of, warning, write
from semsearch.errors import SourceUnreadable

if TYPE_CHECKING:
    from semsearch.types.reports import Alert, Followed
    from semsearch.types.search import Hit

__all__ = ["command"]

_NAMED = 3
_INDENT = " " * 8
_COMMAND_SECONDS = 60.0


@click.command(
    "watch",
    short_help="Keep the index up to date while files change.",
    epilog="""
    \b
    Examples:
      semsearch watch                     # follow every source of the index
      semsearch watch ~/notes ~/papers    # read these, then follow them
      semsearch watch --once              # catch up and leave, for cron and git hooks
      semsearch watch --alert leaks       # and tell new passages that match a saved query
      semsearch watch --json | jq -r '.paths[]?'

    Ctrl-C ends it at any moment; the next one catches up first.
    """,
)
@click.argument("paths", nargs=-1, type=click.Path(), metavar="[PATH...]")
@click.option("--once", is_flag=True, help="Catch up, say what was done, and leave.")
@click.option(
    "--alert",
    "alerts",
    multiple=True,
    metavar="NAME",
    shell_complete=query_names,
    help="Print new passages that match this saved query above the noise floor; may be given again.",
)
@click.option(
    "--rescan",
    type=Seconds(positive=True),
    default=600.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look at everything, for changes that the system does not tell of, as on network disks.",
)
@wait_option
@json_option
@common
@click.pass_context
def command(
    ctx: click.Context,
    /,
    paths: tuple[str, ...],
    once: bool,
    alerts: tuple[str, ...],
    rescan: float,
    wait: float,
    as_json: bool,
) -> None:
    """Catch up with files and folders, then take up every change within a second or two, until Ctrl-C.

    Without PATH it follows every source of the index, those that come meanwhile too. Only what has changed is looked
    at. A source that vanishes keeps its documents. Other processes may write between two batches; one that takes long
    is waited for (--wait counts with --once only). The setting alert_command names a program that is run for each
    passage that --alert tells, with it as JSON on its standard input.
    """
    session = ctx.ensure_object(Session)
    _must_be_there(session, paths)
    with (
        session.open_or_create(settings_in_force(session.values), {}, create=bool(paths), wait=wait) as index,
        _ended_by_sigterm() as stop,
    ):
        teller = _Teller(str(index.path), session, as_json)
        interrupted = fault = False
        with IndexBar() as bar:
            reported = index.watch(paths, once=once, alerts=alerts, rescan=rescan, stop=stop, progress=bar)
            with closing(reported):
                for one in reported:
                    bar.close()
                    teller.tell(one)
                    interrupted = one.summary is not None and one.summary.interrupted
                    fault = fault or one.cause == "fault"
    if interrupted and not stop.is_set():
        notice("semsearch: interrupted; what is done is kept, run it again to continue")
    ctx.exit(130 if interrupted and not stop.is_set() else 2 if fault and once else 0)


def _must_be_there(session: Session, paths: tuple[str, ...]) -> None:
    """Refuse to make an index for a path that is not there; one that is known may come back."""
    missing = [path for path in paths if not Path(path).exists()]
    if missing and not session.locate(create=True).exists:
        raise SourceUnreadable(f"{missing[0]} does not exist")


@contextmanager
def _ended_by_sigterm() -> Iterator[threading.Event]:
    """Give an event that SIGTERM sets: systemd and launchd end a process so."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        yield stop
    finally:
        signal.signal(signal.SIGTERM, before)


class _Teller:
    """Tells what the index does: a line each for people, JSON lines for programs."""

    def __init__(self, index: str, session: Session, as_json: bool) -> None:
        self._index, self._verbose, self._as_json = index, session.verbose, as_json
        self._screen, self._cwd = screen_of(sys.stderr), Path.cwd()
        self._look = Look(screen_of(sys.stdout), self._cwd)
        self._alert_command: list[str] = session.values.get("alert_command") or []

    def tell(self, one: Followed) -> None:
        """Tell one thing."""
        if not self._as_json:
            for line in self._lines(one):
                sys.stderr.write(line + "\n")
            sys.stderr.flush()
        elif one.summary is not None or not one.alerts:
            write(to_json(_record(one, self._index), indent=None))
        for number, alert in enumerate(one.alerts, 1):
            record = _alert_record(alert, self._index)
            if self._as_json:
                write(to_json(record, indent=None))
            else:
                write(self._look.screen.bold(f"{safe_name(alert.name)}: {in_short(alert.query)}"))
                for line in render_hit(_shown(alert, number), self._look):
                    write(line)
            if self._alert_command:
                _run(self._alert_command, record)
        sys.stdout.flush()

    def _lines(self, one: Followed) -> Iterator[str]:
        if one.cause == "start" and one.summary is not None:
            yield from render_summary(one.summary, self._screen, self._cwd, verbose=self._verbose)
            yield self._screen.dim(f"  index {safe_name(self._index)}")
            return
        clock = self._screen.dim(f"{datetime.datetime.now():%H:%M:%S}")
        if one.cause == "busy":
            yield f"{clock}  waiting: {safe_name(one.detail.partition(';')[0])}"
        elif one.cause == "blind":
            yield f"{clock}  {self._screen.bad('no notifications')} ({safe_name(one.detail)}): looking at everything"
        elif one.cause == "fault":
            yield f"{clock}  {self._screen.bad('no alert')} {safe_name(one.detail)}"
        elif one.cause == "missing":
            yield f"{clock}  {self._screen.bad('missing')} {self._names(one.paths)}: its documents stay"
        elif one.summary is not None:
            names = f"  {self._names(one.paths)}" if one.paths else ""
            yield f"{clock}  {counts(one.summary)}{names}  {self._screen.dim(duration(one.summary.seconds))}"
            if one.cause == "changes":
                for line in skipped_lines(one.summary.skipped, self._screen, self._cwd, verbose=self._verbose):
                    yield _INDENT + line

    def _names(self, paths: tuple[str, ...]) -> str:
        shown = [safe_name(shown_path(path, self._cwd)) for path in paths[:_NAMED]]
        rest = f" and {len(paths) - _NAMED:,} more" if len(paths) > _NAMED else ""
        return self._screen.path(", ".join(shown)) + rest


def _shown(alert: Alert, number: int) -> Hit:
    """Return the hit whose passage is the new one."""
    marks = alert.hit.marks if alert.passage.id == alert.hit.passage.id else ()
    return replace(alert.hit, rank=number, passage=alert.passage, marks=marks, more=(), folded=())


def _alert_record(alert: Alert, index: str) -> dict[str, Any]:
    reported = {"event": "alert", "time": _now(), "index": index, "name": alert.name, "query": alert.query}
    hit = hit_record(_shown(alert, 0))
    return reported | {key: value for key, value in hit.items() if key not in ("rank", "ranks", "more", "folded")}


def _run(command: list[str], record: dict[str, Any]) -> None:
    """Run the user's own command, without a shell, with a passage on its standard input."""
    try:
        done = subprocess.run(
            command, input=to_json(record).encode(), stdout=sys.stderr, timeout=_COMMAND_SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError) as error:
        warning(f"alert_command {command[0]}: {getattr(error, 'strerror', None) or error}")
        return
    if done.returncode:
        warning(f"alert_command {command[0]} ended with {done.returncode}")


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds")


def _record(one: Followed, index: str) -> dict[str, Any]:
    reported: dict[str, Any] = {"event": one.cause.value, "time": _now(), "index": index, "paths": list(one.paths)}
    if one.detail:
        reported["detail"] = one.detail
    return reported | (summary_record(one.summary, index) if one.summary is not None else {})
