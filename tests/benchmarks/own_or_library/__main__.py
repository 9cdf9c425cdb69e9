"""Code of our own beside the library that could stand in its place: the same result, how much time, what it loads.

`python -m tests.benchmarks.own_or_library [NAME...]`; needs the extra `bench`. Times are processor seconds, the least
of three rounds of one run; a ratio is the library's over ours. What was replaced is in replaced_code.py.
"""

from __future__ import annotations

import argparse

from tests.benchmarks.own_or_library.models import bootstrap, greedy, http
from tests.benchmarks.own_or_library.readers import ignore, markdown, rtf
from tests.benchmarks.own_or_library.sentences import sentences

COMPARISONS = {one.__name__: one for one in (markdown, greedy, http, bootstrap, ignore, sentences, rtf)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(COMPARISONS)}")
    for name in parser.parse_args().names or COMPARISONS:
        COMPARISONS[name]()


if __name__ == "__main__":
    main()
