"""`python -m semsearch` and the command `semsearch`."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    from semsearch.cli.main import main as run

    run()


if __name__ == "__main__":
    main()
