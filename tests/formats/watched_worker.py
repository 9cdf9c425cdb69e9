"""The process that reads files, ended where a reader connects to anything or runs another program."""

from __future__ import annotations

import os
import sys

from semsearch.corpus.parse.parse_worker import main

__all__ = ["watch"]

_TOLD = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.", "http.", "ftplib.")


def watch() -> None:
    """From now on end this process, with what it was about to do in a report, where it does what no reader may."""
    report = os.open(os.environ["WATCHED_REPORT"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def told(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(_TOLD):
            os.write(report, f"{event} {arguments}\n".encode("utf-8", "backslashreplace"))
            os._exit(17)

    sys.addaudithook(told)


if __name__ == "__main__":
    watch()
    main()
