"""`semsearch daemon start|stop|status`: the resident process that answers queries in milliseconds."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from semsearch.cli.search_options import Seconds, common, json_option
from semsearch.cli.session import Session
from semsearch.cli.terminal.screen import notice, safe_name, screen_of, warning, write

if TYPE_CHECKING:
    from semsearch.cli.terminal.screen import Screen
    from semsearch.daemon.holdings import Holdings

__all__ = ["command"]

_IDLE_SECONDS = 1800.0


@click.group(
    "daemon",
    short_help="Keep model and indexes in memory, for queries in milliseconds.",
    epilog="""
    \b
    Examples:
      semsearch daemon start
      semsearch query how do I undo the last migration   # asks the daemon
      semsearch daemon status
      semsearch daemon stop
    """,
)
def command() -> None:
    """Keep model and indexes in memory; `semsearch query` asks the daemon that is there, and runs alone otherwise.

    It listens on a Unix socket that only you can open, reads indexes and never writes one, and ends by itself when
    nobody has asked for a while.
    """


@command.command(
    "start",
    epilog="""
    \b
    Examples:
      semsearch daemon start
      semsearch daemon start --idle-time 28800   # for a working day
      semsearch daemon start --foreground        # for systemd or launchd
    """,
)
@click.option("--foreground", is_flag=True, help="Stay in this process instead of going to the background.")
@click.option(
    "--idle-time",
    type=Seconds(positive=True),
    default=_IDLE_SECONDS,
    show_default=True,
    metavar="SECONDS",
    help="End after so long without a query.",
)
@common
@click.pass_context
def start(ctx: click.Context, /, foreground: bool, idle_time: float) -> None:
    """Start the daemon, with the index that a query would search here. One that runs already stays."""
    from semsearch.daemon import launch

    launch.require_support()
    session = ctx.ensure_object(Session)
    located = _index(session)
    if foreground:
        _serve(located, idle_time)
        return
    found = launch.facts()
    if found is not None and not found["same"]:
        notice(f"semsearch: ending the daemon of another installation ({found.get('version')})")
        launch.stop()
        found = None
    if found is not None:
        notice(f"semsearch: the daemon is running already (process {found['pid']})")
        return
    options = ["--idle-time", str(idle_time), *(["--index", str(located)] if located is not None else [])]
    found = launch.start(options)
    assert found is not None
    notice(f"semsearch: the daemon is running (process {found['pid']}); it ends after {idle_time:g} s without a query")


def _index(session: Session) -> Path | None:
    """Return the index that a query would search here; one that is named must be there."""
    from semsearch.errors import IndexNotFound

    try:
        return session.locate().path
    except IndexNotFound:
        if session.index:
            raise
        return None


def _serve(located: Path | None, idle_seconds: float) -> None:
    """Answer queries until stopped, or until none has come for a while."""
    from semsearch.cli.commands.daemon.respond import respond
    from semsearch.daemon import launch
    from semsearch.daemon.holdings import Holdings
    from semsearch.daemon.place import PLACES, socket_path
    from semsearch.daemon.server import Server, listening

    log = launch.open_log()
    with listening() as listener:
        if listener is None:
            notice("semsearch: the daemon is running already")
            return
        if all(os.environ.get(name, "/").startswith(("/", "~")) for name in PLACES if name in os.environ):
            os.chdir("/")  # so that no disk is kept from being unmounted
        holdings = Holdings()
        server = Server(listener, respond, log, idle_seconds=idle_seconds, holdings=holdings)
        if sys.stderr.isatty():
            notice(f"semsearch: the daemon listens at {socket_path()}; Ctrl-C ends it")
        log.info("listening at %s", socket_path())
        if located is not None:
            threading.Thread(target=_warm, args=(holdings, located, log), daemon=True).start()
        server.run()


def _warm(holdings: Holdings, path: Path, log: Any) -> None:
    """Open the index and its model before the first query comes."""
    try:
        with holdings.borrow(path) as index:
            index.search("warm")
        log.info("ready")
    except Exception as error:  # noqa: BLE001 - the query that comes will tell it to its user
        log.info("not warmed: %s", error)


@command.command("stop", epilog="Example: semsearch daemon stop")
@common
def stop() -> None:
    """End the daemon once the queries that it is answering are done."""
    from semsearch.daemon import launch

    launch.require_support()
    pid = launch.stop()
    notice("semsearch: no daemon is running" if pid is None else f"semsearch: the daemon (process {pid}) has ended")


@command.command(
    "status",
    epilog="""
    Exits with 0 when a daemon is running, with 1 when none is.

    \b
    Examples:
      semsearch daemon status
      semsearch daemon status --json | jq .memory_bytes
    """,
)
@json_option
@common
@click.pass_context
def status(ctx: click.Context, /, as_json: bool) -> None:
    """Show whether a daemon is running, what it holds, how much memory it takes and how many queries it answered."""
    from semsearch.daemon import launch
    from semsearch.daemon.place import socket_path

    launch.require_support()
    found = launch.facts()
    if as_json:
        from semsearch.cli.terminal.json_records import to_json

        record = {"running": found is not None, **(found or {}), "socket": socket_path(), "log": str(launch.log_file())}
        write(to_json(record))
    elif found is None:
        notice("semsearch: no daemon is running; `semsearch daemon start` starts one")
    else:
        _show(found, screen_of(sys.stdout))
    ctx.exit(0 if found is not None else 1)


def _show(found: dict[str, Any], screen: Screen) -> None:
    if not found["same"]:
        warning(
            f"it belongs to {found.get('installation')}, so queries do not use it; `semsearch daemon start` replaces it"
        )
    write(f"{screen.good('running')}: process {found.get('pid')}, semsearch {safe_name(str(found.get('version')))}")
    age, idle = _clock(found.get("uptime_seconds")), _clock(found.get("ends_after_seconds"))
    write(f"  for {age}, ends after {idle} without a query")
    write(f"  {found.get('queries')} queries answered, {found.get('left_to_clients')} left to their own process")
    write(f"  {int(found.get('memory_bytes') or 0) / 1e6:.0f} MB of memory")
    for index in found.get("indexes", []):
        path, model = safe_name(str(index.get("path"))), safe_name(str(index.get("model")))
        write(f"  holds {screen.path(path)} ({model}), last used {_clock(index.get('unused_seconds'))} ago")


def _clock(seconds: Any) -> str:
    total = int(seconds or 0)
    hours, minutes = divmod(total // 60, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{total} s"
