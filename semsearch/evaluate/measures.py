"""What a run is worth: the measures of ir-measures, by query and on average. ir_measures is imported when called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from semsearch.errors import InvalidQuery
from semsearch.types.search import Qrels, Run

__all__ = ["MEASURES", "average", "by_query", "run_of"]

MEASURES = ("nDCG@10", "RR@10", "R@10", "R@100")
"""nDCG takes the grade itself as gain (trec_eval's), not 2^grade - 1."""


def by_query(qrels: Qrels, run: Run, measures: Sequence[str] = MEASURES) -> dict[str, dict[str, float]]:
    """Return {measure: {query id: value}} for every judged query, in the order of `qrels`.

    A judged query that the run does not answer counts 0. Raises InvalidQuery for a measure that is not known.
    """
    import ir_measures

    values: dict[str, dict[str, float]] = {m: dict.fromkeys(qrels, 0.0) for m in measures}
    try:
        parsed = [ir_measures.parse_measure(m) for m in measures]
    except (NameError, ValueError, SyntaxError):
        raise InvalidQuery(f"unknown measure in {', '.join(measures)}; as in {', '.join(MEASURES)}") from None
    names = {str(p): m for p, m in zip(parsed, measures, strict=True)}
    for metric in ir_measures.iter_calc(parsed, _plain(qrels), _plain(run)):
        values[names[str(metric.measure)]][metric.query_id] = float(metric.value)
    return values


def average(values: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return {measure: mean over the queries}."""
    return {m: sum(v.values()) / len(v) if v else 0.0 for m, v in values.items()}


def run_of(ranked: Mapping[str, Sequence[str]]) -> Run:
    """Make a run of ranked document ids, best first: {query id: {document id: score}}.

    The one place where the answers of a search become documents of a run. A document that comes again (by another
    passage) keeps its first place. The score is 1 / rank, so that no measure sees a tie and orders it its own way.
    """
    run: dict[str, dict[str, float]] = {}
    for query, documents in ranked.items():
        unique = dict.fromkeys(documents)
        run[query] = {d: 1.0 / rank for rank, d in enumerate(unique, start=1)}
    return run


def _plain(table: Mapping[str, Mapping[str, float]]) -> dict[str, dict[str, float]]:
    return {q: dict(row) for q, row in table.items()}
