"""A query through the daemon, as a whole process, against the start of Python and the encode; and many clients."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_MODEL
from tests.benchmarks.processes import Spent, User, alternating, large_user, sample_user
from tests.benchmarks.report import record, table

QUERY = "how long do the batteries of the solar roof last"


@contextmanager
def served(user: User) -> Iterator[None]:
    """Keep a warm daemon for a user."""
    user.run("daemon", "start")
    try:
        for _ in range(5):
            user.run("query", "--no-floor", QUERY)
        yield
    finally:
        user.run("daemon", "stop")


def encode_seconds(rounds: int) -> float:
    """Return the median seconds of encoding the query in a process that is warm."""
    encoder = load_encoder(DEFAULT_MODEL)
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        encoder.encode_queries([QUERY])
        taken.append(time.perf_counter() - start)
    return Spent(taken, 0).median


def throughput(user: User, clients: int, queries: int) -> tuple[str, ...]:
    """Run whole client processes, `clients` at a time."""
    command = [sys.executable, "-m", "semsearch", "query", "--no-floor", QUERY]

    def one(_: int) -> float:
        start = time.perf_counter()
        subprocess.run(command, env=user.environ, cwd=user.home, stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - start

    start = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        spent = Spent(list(pool.map(one, range(queries))), 0)
    rate = queries / (time.perf_counter() - start)
    return str(clients), f"{rate:.0f}", f"{spent.median * 1e3:.0f} / {spent.percentile(95) * 1e3:.0f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=31)
    arguments = parser.parse_args()
    sample, large = sample_user(), large_user(arguments.passages)
    encode = encode_seconds(arguments.rounds)
    big = f"query, {arguments.passages:,} passages"
    with served(sample), served(large):
        spent = alternating(
            {
                "`python -c pass`": partial(large.python, "-c", "pass"),
                "query, sample corpus": partial(sample.run, "query", "--no-floor", QUERY),
                big: partial(large.run, "query", "--no-floor", QUERY),
                f"{big}, --files": partial(large.run, "query", "--no-floor", "-l", QUERY),
            },
            arguments.rounds,
        )
        alone = spent["`python -c pass`"].median
        table(
            f"Through the daemon; the encode takes {encode * 1e3:.1f} ms",
            ("whole process", "p50 / p95 ms", "peak RSS, MB", "(time - encode) / `python -c pass`"),
            [
                (
                    name,
                    f"{one.median * 1e3:.1f} / {one.percentile(95) * 1e3:.1f}",
                    f"{one.megabytes:.0f}",
                    f"{(one.median - encode) / alone:.2f}" if "query" in name else "",
                )
                for name, one in spent.items()
            ],
        )
        rows = (throughput(large, clients, 64) for clients in (1, 4, 8))
        table("Clients at once", ("clients", "queries/s", "p50 / p95 ms"), rows)
    over = (spent[big].median - encode) / alone
    record("daemon", {"over_pass_plus_encode": round(over, 3), "query_ms": round(spent[big].median * 1e3, 1)})


if __name__ == "__main__":
    main()
