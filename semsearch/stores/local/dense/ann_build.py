"""Build and extend the approximate index: its type by size, probes and rescoring depth by the target recall."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.disk import atomic_write
from semsearch.errors import IndexDamaged
from semsearch.stores.commit_steps import Step, no_step
from semsearch.stores.local.dense.ann import RESCORED, block_sums, open_ann, wanted_rows
from semsearch.stores.local.dense.recall import HeldOut, Recall, held_out
from semsearch.stores.local.dense.vector_log import VectorLog
from semsearch.stores.local.files.layout import Layout

if TYPE_CHECKING:
    from semsearch.types.arrays import Embeddings, Ids

__all__ = ["LISTS_ABOVE", "RECALL", "brought_up_to_date", "build_ann", "extend_ann", "retuned", "wanted_recall"]

RECALL = 0.98
"""Default target recall@10 against exact search."""
LISTS_ABOVE = 150_000
"""From this many rows on the codes are in many inverted lists; below, a single list is scanned."""
_LISTS = 1.6
_DEPTHS = (RESCORED, 2 * RESCORED, 4 * RESCORED)
_GROWN = 2
"""A quantizer is used until the log has this many times the rows it was trained on."""
_FINEST = 20
"""The chosen probes exceed a number that misses the recall by at most a twentieth, or one."""
_ADDED = 8192
_SAMPLED = 4096
_TRAINED = 10_000


@dataclass(frozen=True, slots=True)
class _Choice:
    """Search parameters, and the recall measured with them."""

    probes: int
    rescored: int
    recall: Recall


def wanted_recall(meta: dict[str, Any]) -> float:
    """Return the target recall from the settings of an index."""
    return float(meta["settings"].get("recall", RECALL))


def brought_up_to_date(
    layout: Layout, generation: int, log: VectorLog, meta: dict[str, Any], step: Step = no_step
) -> dict[str, Any] | None:
    """Update the approximate index if needed; return what the catalogue is to store about it.

    The index is extended if that keeps its recall, else rebuilt. After a refusal it is retried when the log has doubled
    or the target is lower. None for a log so short that it is scanned.
    """
    target = wanted_recall(meta)
    stored: dict[str, Any] = meta.get("ann") or {}
    have = int(stored.get("rows", 0))
    wanted = wanted_rows(log.rows, have)
    if not wanted:
        return None
    refused = int(stored.get("refused", 0))
    if refused and log.rows < _GROWN * refused and target >= float(stored["target"]):
        return stored
    if wanted == have:
        if stored.get("target", target) == target:
            return stored
        facts = retuned(layout, generation, log, stored, target)
    else:
        facts = extend_ann(layout, generation, log, stored | {"target": target}, step) if have else None
    return facts or build_ann(layout, generation, log, step, target=target, taken=have)


def _lists(rows: int, lists_above: int) -> int:
    return 1 if rows < lists_above else int(rows**0.5 * _LISTS)


def _empty(log: VectorLog, lists: int, bits: int) -> Any:
    """Return a trained, empty index with one or many lists, and codes of `bits` bits per dimension.

    The centroids are plain means, not normalized as by FAISS's factory for inner products: that costs recall (.9895
    instead of .9945 at 400,000 rows). A flat RaBitQfs would need no list, but does not support selectors.
    """
    import faiss

    engine: Any = faiss
    rng = np.random.default_rng(0)
    sample = _taken(log, np.sort(rng.choice(log.rows, min(log.rows, max(20_000, 64 * lists)), replace=False)))
    coarse = engine.IndexFlatL2(log.dim) if lists > 1 else engine.IndexFlatIP(log.dim)
    if lists > 1:
        means = engine.Kmeans(log.dim, lists, niter=8, spherical=False, max_points_per_centroid=64, seed=1)
        means.train(sample)
        coarse.add(means.centroids)
    else:
        coarse.add(sample.mean(axis=0, keepdims=True))
    index = engine.IndexIVFRaBitQFastScan(coarse, log.dim, lists, faiss.METRIC_INNER_PRODUCT, 32, True, bits)
    index.own_fields = True
    coarse.this.disown()
    # Only the means are learned, and they are set already; FAISS would copy all its input (90 MB at 400,000 rows).
    index.train(sample[:: max(1, len(sample) // _TRAINED)])
    return index


def _taken(log: VectorLog, rows: Ids) -> Embeddings:
    """Return the vectors of many rows, read a few at a time so that the log is not mapped as a whole."""
    out = np.empty((len(rows), log.dim), dtype=np.float32)
    for first in range(0, len(rows), _SAMPLED):
        part = rows[first : first + _SAMPLED]
        out[first : first + len(part)] = log.take(part)
    return out


def _add(index: Any, log: VectorLog, start: int) -> None:
    for _, chunk in log.chunks(start, size=_ADDED, passing=True):
        index.add(chunk)


def build_ann(
    layout: Layout,
    generation: int,
    log: VectorLog,
    step: Step = no_step,
    *,
    target: float = RECALL,
    lists_above: int = LISTS_ABOVE,
    taken: int = 0,
) -> dict[str, Any]:
    """Build and write the index over all rows of `log`; return what the catalogue stores about it.

    The type depends on the size; if it misses the target with all lists and depths, codes of two bits are tried. If
    those miss it too, nothing is written: the facts have no rows, and the recall reached. `taken` are the rows of the
    existing file: its name is not reused while the catalogue refers to it.
    """
    started = time.perf_counter()
    rows = log.rows - 1 if log.rows == taken else log.rows
    part = log.first(rows)
    queries = held_out(part)
    lists = _lists(rows, lists_above)
    choice = None
    for bits in (1, 2):
        index = _empty(part, lists, bits)
        _add(index, part, 0)
        choice = _choose(index, queries, target)
        if choice.recall.reaches(target):
            kind = f"IVF{lists},RaBitQfs{'' if bits == 1 else bits}"
            seconds = time.perf_counter() - started
            return _written(layout, generation, index, rows, step) | _facts(kind, choice, target, rows, seconds)
        del index  # before the next one is built
    assert choice is not None
    return {"rows": 0, "refused": rows, "recall": round(choice.recall.mean, 4), "target": target}


def extend_ann(
    layout: Layout, generation: int, log: VectorLog, stored: dict[str, Any], step: Step = no_step
) -> dict[str, Any] | None:
    """Add the missing rows to a copy of the index under a new name, with its existing quantizer.

    Returns what the catalogue stores; None if the index has to be rebuilt: the quantizer is outdated, the recall
    measured afterwards misses the target, or the file is damaged.
    """
    rows, trained = log.rows, int(stored.get("trained") or 0)
    if not trained or rows > _GROWN * trained:
        return None
    try:
        opened = open_ann(layout, generation, stored)
    except IndexDamaged:
        return None
    started = time.perf_counter()
    _add(opened.index, log, int(stored["rows"]))
    target = float(stored["target"])
    choice = _choose(opened.index, held_out(log), target, opened.probes)
    if not choice.recall.reaches(target):
        return None
    facts = _facts(str(stored["kind"]), choice, target, trained, time.perf_counter() - started)
    return _written(layout, generation, opened.index, rows, step) | facts


def retuned(
    layout: Layout, generation: int, log: VectorLog, stored: dict[str, Any], target: float
) -> dict[str, Any] | None:
    """Choose probes and depth for another target recall of the same file; None when it cannot reach it."""
    try:
        opened = open_ann(layout, generation, stored)
    except IndexDamaged:
        return None
    choice = _choose(opened.index, held_out(log.first(opened.rows)), target)
    if not choice.recall.reaches(target):
        return None
    trained = int(stored.get("trained") or opened.rows)
    return stored | _facts(opened.kind, choice, target, trained, float(stored.get("seconds") or 0.0))


def _choose(index: Any, queries: HeldOut, target: float, least: int = 0) -> _Choice:
    """Return the smallest probes and candidates tried that reach the target recall, or the best of all."""
    lists = int(index.nlist)
    best = _Choice(0, 0, Recall(-1.0, 0.0))
    probes, missed = 1 if lists == 1 else max(least, lists // 64, 1), 0
    while True:
        choice = _with_probes(index, queries, target, probes)
        if choice.recall.reaches(target):
            return _fewer(index, queries, target, choice, missed)
        if choice.recall.mean > best.recall.mean:
            best = choice
        if probes >= lists:
            return best
        missed, probes = probes, min(lists, max(probes + 1, int(probes * 1.4)))


def _with_probes(index: Any, queries: HeldOut, target: float, probes: int, deepest: int = _DEPTHS[-1]) -> _Choice:
    """Return the fewest candidates that reach the target recall, or the best number of them."""
    found = _search(index, queries, probes, deepest)
    tried: list[_Choice] = []
    for depth in (d for d in _DEPTHS if d <= deepest):
        tried.append(_Choice(probes, depth, queries.recall([rows[:depth] for rows in found])))
        if tried[-1].recall.reaches(target):
            return tried[-1]
    return max(tried, key=lambda choice: choice.recall.mean)


def _fewer(index: Any, queries: HeldOut, target: float, choice: _Choice, missed: int) -> _Choice:
    """Bisect between the probes that missed (0: none did) and those chosen, down to a twentieth, at no more depth."""
    while missed and choice.probes - missed > max(1, choice.probes // _FINEST):
        between = _with_probes(index, queries, target, (missed + choice.probes) // 2, choice.rescored)
        if between.recall.reaches(target):
            choice = between
        else:
            missed = between.probes
    return choice


def _search(index: Any, queries: HeldOut, probes: int, k: int) -> Ids:
    """Return the rows of the nearest codes, (n, k), -1 where there are fewer."""
    import faiss

    engine: Any = faiss
    params = engine.SearchParametersIVF(nprobe=probes)
    found: Ids = index.search(queries.queries, min(k, int(index.ntotal)), params=params)[1]
    return found


def _written(layout: Layout, generation: int, index: Any, rows: int, step: Step) -> dict[str, Any]:
    """Write the index under its own name; return its size in rows and its checksums."""
    import faiss

    engine: Any = faiss
    path = layout.ann(generation, rows)
    with atomic_write(path) as handle:
        data = memoryview(engine.serialize_index(index))
        handle.write(data)
        digest = hashlib.sha256(data).hexdigest()
    step("ann-written")
    return {"rows": rows, "sha256": digest, "sums": block_sums(path)}


def _facts(kind: str, choice: _Choice, target: float, trained: int, seconds: float) -> dict[str, Any]:
    return {
        "kind": kind,
        "probes": choice.probes,
        "rescored": choice.rescored,
        "recall": round(choice.recall.mean, 4),
        "target": target,
        "trained": trained,
        "seconds": round(seconds, 1),
    }
