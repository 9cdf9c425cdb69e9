"""The command `semsearch`: a query goes to the daemon that is there, everything else to the command line."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and leave with its exit code."""
    code = _from_daemon(sys.argv[1:]) if len(sys.argv) > 1 else None
    if code is not None:
        sys.exit(code)
    from semsearch.cli.main import main as run

    run()


def _from_daemon(args: list[str]) -> int | None:
    """Return the exit code of a query that the daemon answered, or None."""
    if sys.platform == "win32":  # no Unix sockets that tell who is there
        return None
    from semsearch.daemon.client import ask, is_query, show

    try:
        if not is_query(args) or (answered := ask(args)) is None:
            return None
        code, pieces = answered
        show(pieces)
    except BrokenPipeError:  # whoever read us has seen enough
        return 0
    except (KeyboardInterrupt, OSError) as error:
        from semsearch.cli.main import report

        return report(error)
    return code


if __name__ == "__main__":
    main()
