"""`python -m semsearch` is the same as the command `semsearch`."""

from __future__ import annotations

from semsearch.cli.main import main

if __name__ == "__main__":
    main()
