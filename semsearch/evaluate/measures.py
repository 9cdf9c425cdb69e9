"""Evaluate a run with ir-measures, by query and on average. ir_measures is imported on use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from semsearch.errors import InvalidQuery
from semsearch.types.search import Qrels, Run

__all__ = ["MEASURES", "average", "by_query", "run_of"]

MEASURES = ("nDCG@10", "RR@10", "R@10", "R@100")
"""nDCG uses the grade as gain, as trec_eval does, not 2^grade - 1."""


def by_query(qrels: Qrels, run: Run, measures: Sequence[str] = MEASURES) -> dict[str, dict[str, float]]:
    """Return {measure: {query id: value}} for every judged query, in the order of `qrels`.

    A judged query without results in the run counts as 0. Raises InvalidQuery for an unknown measure.
    """
    import ir_measures

    values: dict[str, dict[str, float]] = {m: dict.fromkeys(qrels, 0.0) for m in measures}
    try:
        parsed = [ir_measures.parse_measure(m) for m in measures]
    except (NameError, ValueError, SyntaxError):
        raise InvalidQuery(f"unknown measure in {', '.join(measures)}; known are {', '.join(MEASURES)}, ...") from None
    names = {str(p): m for p, m in zip(parsed, measures, strict=True)}
    for metric in ir_measures.iter_calc(parsed, _plain(qrels), _plain(run)):
        values[names[str(metric.measure)]][metric.query_id] = float(metric.value)
    return values


def average(values: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return {measure: mean over the queries}."""
    return {m: sum(v.values()) / len(v) if v else 0.0 for m, v in values.items()}


def run_of(ranked: Mapping[str, Sequence[str]]) -> Run:
    """Return a run from ranked document ids, best first: {query id: {document id: score}}.

    The only place where search results become a run. A repeated document (by another passage) keeps its first rank. The
    score is 1 / rank, so that there are no ties for a measure to break.
    """
    run: dict[str, dict[str, float]] = {}
    for query, documents in ranked.items():
        unique = dict.fromkeys(documents)
        run[query] = {d: 1.0 / rank for rank, d in enumerate(unique, start=1)}
    return run


def _plain(table: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {q: dict(row) for q, row in table.items()}
