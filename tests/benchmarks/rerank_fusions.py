"""Ways to join a reranker's order with that of the lists, compared on the same scores: `rerank --candidates`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from semsearch.corpus.split.passages import embedded_text
from semsearch.evaluate.bootstrap import paired
from semsearch.evaluate.measures import by_query, run_of
from semsearch.search.engine import make_plan
from semsearch.search.retrieve import deep_enough
from semsearch.search.search_request import SearchRequest
from semsearch.types.models import CrossEncoder

if TYPE_CHECKING:
    from tests.benchmarks.rerank import Judged

TOP = 20


@dataclass(frozen=True, slots=True)
class Case:
    """The first documents of one query, in the order of the hybrid search, and what each list says of them (n,)."""

    documents: list[str]
    behind: list[str]
    hybrid: np.ndarray
    dense: np.ndarray
    """Ranks among all passages, 201 where the list does not hold it."""
    lexical: np.ndarray
    logits: np.ndarray


def ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks from 1, the highest value first."""
    order = np.argsort(-values, kind="stable")
    found = np.empty(len(values))
    found[order] = np.arange(1, len(values) + 1)
    return found


def cases(found: Judged, model: CrossEncoder) -> dict[str, Case]:
    made = {}
    encoder = found.index._opened.encoder()
    with found.index._opened.view() as view:
        for name, text in found.queries.items():
            lists = deep_enough(view, make_plan(view, SearchRequest(text=text, k=TOP), encoder), TOP)
            ids = lists.fused.ids[lists.best[:TOP]]
            passages = view.fetch(ids[:TOP].tolist())
            titles = [view.facts([p.document_id])[p.document_id][1].get("title") or "" for p in passages]
            texts = [embedded_text(str(t), p.heading, p.text) for t, p in zip(titles, passages, strict=True)]
            place = [{i: n for n, i in enumerate(r.ids.tolist(), 1)} for r in lists.by_name().values()]
            documents = [d.removeprefix(found.prefix) for d in view.document_ids(ids)]
            made[name] = Case(
                documents[:TOP],
                documents[TOP:],
                lists.fused.scores[lists.best[:TOP]],
                np.array([place[0].get(i, 201) for i in ids[:TOP].tolist()]),
                np.array([place[1].get(i, 201) if len(place) > 1 else 201 for i in ids[:TOP].tolist()]),
                np.asarray(model.score(text, texts)),
            )
    return made


def standard(values: np.ndarray) -> np.ndarray:
    return (values - values.mean()) / max(float(values.std()), 1e-6)


def ways() -> dict[str, Callable[[Case], np.ndarray]]:
    """Return {name: what orders the documents, highest first}."""
    made: dict[str, Callable[[Case], np.ndarray]] = {"hybrid": lambda c: c.hybrid, "replace": lambda c: c.logits}
    for k in (5, 10, 20, 60):
        made[f"RRF of hybrid and rerank, k {k}"] = lambda c, k=k: 1 / (k + ranks(c.hybrid)) + 1 / (k + ranks(c.logits))
        made[f"RRF of dense, lexical, rerank, k {k}"] = lambda c, k=k: (
            1 / (k + c.dense) + 1 / (k + c.lexical) + 1 / (k + ranks(c.logits))
        )
    for weight in (2.0, 0.5):
        made[f"RRF, k 10, rerank x {weight}"] = lambda c, w=weight: (
            1 / (10 + ranks(c.hybrid)) + w / (10 + ranks(c.logits))
        )
    for weight in (0.25, 0.5, 1.0, 2.0):
        made[f"sum: hybrid + {weight} logit"] = lambda c, w=weight: c.hybrid + w * c.logits
        made[f"standardized: hybrid + {weight} logit"] = lambda c, w=weight: standard(c.hybrid) + w * standard(c.logits)
    for weight in (2.0, 4.0, 8.0):
        made[f"sum: hybrid + {weight} sigmoid"] = lambda c, w=weight: c.hybrid + w / (1 + np.exp(-c.logits))
    return made


def compared(found: Judged, model: CrossEncoder) -> Iterator[tuple[object, ...]]:
    prepared = cases(found, model)
    before: dict[str, float] | None = None
    for name, way in ways().items():
        ranked = {
            query: [case.documents[i] for i in np.argsort(-way(case), kind="stable")] + case.behind
            for query, case in prepared.items()
        }
        after = by_query(found.qrels, run_of(ranked), ["nDCG@10"])["nDCG@10"]
        before = before or after
        gain = paired(before, after)
        mean = float(np.mean(list(after.values())))
        yield name, f"{mean:.4f}", f"{gain.mean:+.4f}", f"[{gain.low:+.4f}, {gain.high:+.4f}]"
