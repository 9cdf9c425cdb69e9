"""Approximate dense search over the first rows of the log: RaBitQ codes, rescored exactly from the log.

RaBitQ: Gao and Long, SIGMOD 2024. Fast scan: Andre et al., VLDB 2015; both as implemented in FAISS.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.index.layout import Layout, Step, atomic_write, no_step
from semsearch.index.vectors import VectorLog

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types import Ids, Vector

__all__ = ["EXACT_BELOW", "AnnIndex", "build_ann", "open_ann", "wanted_rows"]

EXACT_BELOW = 20_000
"""Up to here every row is scored: measured as fast as anything else (docs/decisions.md)."""
LISTS_ABOVE = 400_000
"""From here on the codes lie in many inverted lists; up to here one list is scanned whole."""
RESCORED = 400
"""Candidates rescored exactly, at least: recall@10 .999 at 100k (docs/decisions.md)."""
RESCORED_PER_HIT = 8
"""Candidates rescored for every hit wanted: recall@100 .993 at 100k."""
_TAIL = 5_000


def wanted_rows(rows: int, have: int) -> int:
    """Return how many rows the approximate index should cover: 0 for none, `have` when what there is will do."""
    if rows < EXACT_BELOW:
        return 0
    tail = max(_TAIL, rows // 200)
    return have if 0 <= rows - have <= tail and have >= EXACT_BELOW else rows


def _lists(rows: int, lists_above: int) -> int:
    return 1 if rows < lists_above else int(rows**0.5 * 1.6)


def _empty(log: VectorLog, lists: int) -> Any:
    """Return a trained, empty index over one list or many.

    The centroids are plain means, not normalised as FAISS's factory would have them for an inner product: that costs
    recall (.9895 instead of .9945 at 400,000 rows). A flat RaBitQfs would do without a list, but refuses selectors.
    """
    import faiss

    engine: Any = faiss
    chance = np.random.default_rng(0)
    sample = log.take(np.sort(chance.choice(log.rows, min(log.rows, max(20_000, 64 * lists)), replace=False)))
    coarse = engine.IndexFlatL2(log.dim) if lists > 1 else engine.IndexFlatIP(log.dim)
    if lists > 1:
        means = engine.Kmeans(log.dim, lists, niter=8, spherical=False, max_points_per_centroid=64, seed=1)
        means.train(sample)
        coarse.add(means.centroids)
    else:
        coarse.add(sample.mean(axis=0, keepdims=True))
    index = engine.IndexIVFRaBitQFastScan(coarse, log.dim, lists, faiss.METRIC_INNER_PRODUCT)
    index.own_fields = True
    coarse.this.disown()
    index.train(sample)
    return index


def build_ann(
    layout: Layout, generation: int, log: VectorLog, step: Step = no_step, *, lists_above: int = LISTS_ABOVE
) -> dict[str, Any]:
    """Build the index over all rows of `log` and write it; return what the catalogue stores about it."""
    import faiss

    rows = log.rows
    lists = _lists(rows, lists_above)
    index = _empty(log, lists)
    for _, chunk in log.chunks():
        index.add(chunk)
    data = faiss.serialize_index(index).tobytes()
    path = layout.ann(generation, rows)
    with atomic_write(path) as handle:
        handle.write(data)
    step("ann-written")
    return {"rows": rows, "kind": f"IVF{lists},RaBitQfs", "sha256": hashlib.sha256(data).hexdigest()}


@dataclass(slots=True)
class AnnIndex:
    """An approximate index over rows below `rows`."""

    rows: int
    kind: str
    index: Any

    def search(self, vector: Vector, k: int, keep: NDArray[np.bool_] | None) -> Ids:
        """Return the rows of the k nearest by the compressed codes; `keep` (rows,) says which may be returned."""
        import faiss

        engine: Any = faiss
        options: dict[str, Any] = {}
        if keep is not None:
            options["sel"] = engine.IDSelectorBitmap(np.packbits(keep[: self.rows], bitorder="little"))
        options["nprobe"] = min(int(self.index.nlist), max(64, int(self.index.nlist) // 8))
        params = engine.SearchParametersIVF(**options)
        # A second thread spins for milliseconds on a busy machine, and the codes of one list need one (decisions.md).
        threads = engine.omp_get_max_threads()
        engine.omp_set_num_threads(1)
        try:
            _, ids = self.index.search(vector[None, :], min(k, self.rows), params=params)
        finally:
            engine.omp_set_num_threads(threads)
        found: Ids = ids[0]
        return found[found >= 0]


def open_ann(layout: Layout, generation: int, stored: dict[str, Any]) -> AnnIndex:
    """Open the approximate index after checking its bytes. Raises IndexDamaged."""
    import faiss

    path = layout.ann(generation, int(stored["rows"]))
    try:
        data = path.read_bytes()
    except OSError as error:
        raise IndexDamaged(f"{path} cannot be read ({error.strerror}); run `semsearch doctor --repair`") from None
    if hashlib.sha256(data).hexdigest() != stored["sha256"]:
        raise IndexDamaged(f"{path} does not match its checksum; run `semsearch doctor --repair`")
    index = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
    return AnnIndex(int(stored["rows"]), str(stored["kind"]), index)
