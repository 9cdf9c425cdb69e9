"""From shell prompt to hits: whole processes in turn, medians; a sentence-transformers + FAISS script beside them."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from functools import partial

from semsearch import Index
from semsearch.models.weights.resolve import model_folder
from semsearch.settings import DEFAULT_MODEL
from semsearch.types.models import Role
from tests.benchmarks.material import ROOT
from tests.benchmarks.peers.processes import Measured
from tests.benchmarks.processes import Spent, User, alternating, large_user, sample_user, store_for_script
from tests.benchmarks.report import record, table

QUERY = "how long do the batteries of the solar roof last"
SCRIPT = ROOT / "tests" / "benchmarks" / "peers" / "script.py"


def script_of(user: User) -> Callable[[], Measured]:
    """Return the run of the script on what the user's index holds."""
    folder, _ = model_folder(DEFAULT_MODEL, Role.BI_ENCODER)
    return partial(user.python, SCRIPT, "query", folder, user.home / "script", QUERY)


def script_store(user: User) -> None:
    """Give the script the very passages and vectors of the user's index."""
    with Index.open(user.home / "indexes" / "default") as index, index._opened.view() as view:
        rows = [i for (i,) in view.rows("SELECT id FROM passages ORDER BY id")]
        passages = view.fetch(rows)
        import numpy as np

        vectors = view.vectors(np.array(rows, dtype=np.int64))
    store_for_script(user, [p.document_id for p in passages], [p.text for p in passages], vectors)


def rows_of(spent: dict[str, Spent], scripts: dict[str, str]) -> list[tuple[str, ...]]:
    rows = []
    for name, one in spent.items():
        against = spent.get(scripts.get(name, ""))
        share = f"1/{against.median / one.median:.1f}" if against else ""
        memory = f"1/{against.megabytes / one.megabytes:.1f}" if against else ""
        rows.append((name, f"{one.median:.3f}", f"{min(one.seconds):.3f}", share, f"{one.megabytes:.0f}", memory))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--without-script", action="store_true", help="leave the slow one out")
    arguments = parser.parse_args()
    sample, large = sample_user(), large_user(arguments.passages)
    script_store(sample)
    big = f"{arguments.passages:,} passages"
    commands: dict[str, Callable[[], Measured]] = {
        "`python -c pass`": partial(sample.python, "-c", "pass"),
        '`python -c "import click"`': partial(sample.python, "-c", "import click"),
        "`semsearch --help`": partial(sample.run, "--help"),
        "`semsearch status`, sample corpus": partial(sample.run, "status"),
        f"`semsearch status`, {big}": partial(large.run, "status"),
        "cold query, sample corpus": partial(sample.run, "query", "--no-daemon", QUERY),
        f"cold query, {big}": partial(large.run, "query", "--no-daemon", "--no-floor", QUERY),
    }
    scripts = {}
    if not arguments.without_script:
        commands |= {"script, sample corpus": script_of(sample), f"script, {big}": script_of(large)}
        scripts = {f"cold query, {what}": f"script, {what}" for what in ("sample corpus", big)}
    spent = alternating(commands, arguments.rounds)
    header = ("process", "median s", "least s", "of the script's time", "peak RSS, MB", "of the script's")
    table(f"Whole processes, {arguments.rounds} in turn", header, rows_of(spent, scripts))
    help_over_click = spent["`semsearch --help`"].median / spent['`python -c "import click"`'].median
    print(f"\n--help takes {help_over_click:.2f} times as long as `import click`")
    figures: dict[str, float | str] = {"help_over_click": round(help_over_click, 3)}
    for cold, script in scripts.items():
        key = "sample" if "sample" in cold else "large"
        figures[f"{key}_script_over_query"] = round(spent[script].median / spent[cold].median, 2)
        figures[f"{key}_script_over_query_rss"] = round(spent[script].megabytes / spent[cold].megabytes, 2)
    record("daemon", {"help_over_click": figures["help_over_click"]})
    record("cold_query", figures)


if __name__ == "__main__":
    main()
