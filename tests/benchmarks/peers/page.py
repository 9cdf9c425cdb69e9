"""The generated part of docs/benchmarks.md: tables and plots of what has been measured on this machine."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.benchmarks.peers import tables, targets
from tests.benchmarks.peers.columns import Bench
from tests.benchmarks.peers.systems import ROOT
from tests.benchmarks.report import write_whole

PAGE = ROOT / "docs" / "benchmarks.md"
PLOTS = ROOT / "docs" / "plots"
BEGIN, END = "<!-- peers: begin -->", "<!-- peers: end -->"


def write_page(bench: Bench, page: Path = PAGE, plots: Path = PLOTS) -> None:
    """Draw the plots, put everything between the markers of the page, and print it."""
    drawn = _draw(bench, plots)
    text = "\n".join(_lines(bench, [file.relative_to(page.parent).as_posix() for file in drawn]))
    known = page.read_text(encoding="utf-8") if page.is_file() else ""
    write_whole(page, between(known, text))
    print(text, flush=True)


def between(page: str, text: str) -> str:
    """Return a page with `text` between its markers; a page without them gets them at its end.

    Raises SystemExit when there is one of them, or they stand in the wrong order: nothing of the page may be lost.
    """
    begins, ends = page.count(BEGIN), page.count(END)
    if not begins and not ends:
        return f"{page.rstrip()}\n\n{BEGIN}\n{text}\n{END}\n".lstrip("\n")
    if (begins, ends) != (1, 1) or page.index(BEGIN) > page.index(END):
        raise SystemExit(f"the page must have {BEGIN} and {END} once each, in this order: put them right")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return the lines of a table."""
    line = [f"| {' | '.join(row)} |" for row in (header, *rows)]
    return [line[0], f"|{'---|' * len(header)}", *line[1:]]


def _lines(bench: Bench, plots: Sequence[str]) -> Iterator[str]:
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    yield "## Against peers: `python -m tests.benchmarks.peers`\n"
    yield f"{bench.machine}; written {today}. {tables.HOW}\n"
    for made in tables.all_tables(bench):
        if made.rows:
            yield f"**{made.title}**\n"
            yield from markdown(made.header, made.rows)
            yield f"\n{made.note}\n" if made.note else ""
    yield "**Where a peer is ahead**: " + ("; ".join(tables.behind(bench)) or "nowhere in what was measured") + ".\n"
    yield from (f"- {why}" for why in tables.reasons(bench))
    yield ""
    if bench.failures:
        told = (f"{name}, {column} ({size}): {why}" for (name, column, size), why in bench.failures.items())
        yield "**What failed**: " + "; ".join(told) + ".\n"
    if plots:
        yield from (f"![{Path(plot).stem.replace('-', ' ')}]({plot})" for plot in plots)
        yield ""
    yield "**What was to be reached**\n"
    yield from markdown(("figure", "to reach", "reached", ""), targets.rows(bench))


def _draw(bench: Bench, folder: Path) -> list[Path]:
    try:
        from tests.benchmarks.peers import plots
    except ImportError:
        print("no plots: matplotlib is not installed (pip install -e '.[bench]')", flush=True)
        return sorted(folder.glob("*.svg"))
    return plots.draw(bench, folder)
