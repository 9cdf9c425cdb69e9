"""Approximate dense search over the first rows of the log: RaBitQ codes, rescored exactly from the log.

RaBitQ: Gao and Long, SIGMOD 2024. Fast scan: Andre et al., VLDB 2015; both as implemented in FAISS. `ann_build` builds
these indexes and chooses nprobe for the target recall.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.errors import IndexDamaged
from semsearch.stores.local.files.layout import Layout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Ids, Vector

__all__ = ["EXACT_BELOW", "AnnIndex", "block_sums", "open_ann", "packed", "tail_limit", "wanted_rows"]

EXACT_BELOW = 20_000
"""Below this many rows search is exact: measured as fast as anything else (docs/decisions.md)."""
RESCORED = 400
"""Default number of candidates rescored exactly, for indexes older than the measurement of recall."""
RESCORED_PER_HIT = 2
"""Minimum candidates rescored for every hit requested."""
_FILTERED = 16_000
"""Minimum number of filtered rows that a search scans, if there are that many."""
_TAIL = 5_000
_SUMMED = 1 << 20
"""Bytes of a block, each of which has its own sum."""
_READ = 8
"""Blocks read at a time for summing."""


def tail_limit(rows: int) -> int:
    """Return how many of the newest rows may be scanned exactly: 5,000 or half a percent."""
    return max(_TAIL, rows // 200)


def wanted_rows(rows: int, have: int) -> int:
    """Return how many rows the approximate index should cover: 0 for none, `have` if the existing one suffices."""
    if rows < EXACT_BELOW:
        return 0
    return have if 0 <= rows - have <= tail_limit(rows) and have >= EXACT_BELOW else rows


def block_sums(path: Path) -> str:
    """Return a checksum of a file at about the cost of reading it: a hash of the 64-bit sums of its blocks.

    A flipped bit changes a sum, a missing or swapped block the hash. It detects disk errors on opening at ten times the
    speed of SHA-256 (74 MB: 7 ms); `doctor` compares the SHA-256. Raises OSError.
    """
    digest = hashlib.blake2b(digest_size=16)
    size = 0
    room = bytearray(_SUMMED * _READ)
    buffer = np.frombuffer(room, dtype=np.uint8)
    with path.open("rb") as handle:
        while count := handle.readinto(room):
            size += count
            whole = count // _SUMMED * _SUMMED
            sums = buffer[:whole].view("<u8").reshape(-1, _SUMMED // 8).sum(axis=1, dtype=np.uint64)
            digest.update(sums.tobytes())
            digest.update(buffer[whole:count].tobytes())
    digest.update(size.to_bytes(8, "little"))
    return digest.hexdigest()


def packed(keep: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return a row mask packed eight to a byte, as FAISS's selector takes it."""
    return np.packbits(keep, bitorder="little")


@dataclass(slots=True)
class AnnIndex:
    """An approximate index over rows below `rows`; `probes` and `rescored` were chosen for the target recall."""

    rows: int
    kind: str
    index: Any
    probes: int
    rescored: int
    _lists: NDArray[np.int32] | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def candidates(self, k: int) -> int:
        """Return how many candidates by code to rescore for k hits."""
        return max(self.rescored, RESCORED_PER_HIT * k)

    def search(
        self,
        vector: Vector,
        k: int,
        keep: NDArray[np.bool_] | None,
        *,
        narrow: bool = False,
        bits: NDArray[np.uint8] | None = None,
    ) -> Ids:
        """Return the k nearest rows by their codes, among those that `keep` (rows,) allows.

        `narrow` is for a filter: lists without any of its rows are skipped and more of the others are scanned, since
        the rows kept are spread out. `bits` is `packed(keep)`, if the caller has it already.
        """
        import faiss

        engine: Any = faiss
        options: dict[str, Any] = {"nprobe": self.probes}
        if keep is not None:
            options["sel"] = engine.IDSelectorBitmap(packed(keep[: self.rows]) if bits is None else bits)
        chosen = self._chosen(vector, keep[: self.rows]) if narrow and keep is not None else None
        if chosen is not None:
            options["nprobe"] = chosen[0].shape[1]
        params = engine.SearchParametersIVF(**options)
        query, k = vector[None, :], min(k, self.rows)
        # A second thread spins for milliseconds on a busy machine, and one is enough for the codes (decisions.md).
        threads = engine.omp_get_max_threads()
        engine.omp_set_num_threads(1)
        try:
            if chosen is None:
                _, ids = self.index.search(query, k, params=params)
            elif options["nprobe"]:
                ids = _search_lists(self.index, query, k, *chosen, params)
            else:
                return np.zeros(0, np.int64)
        finally:
            engine.omp_set_num_threads(threads)
        found: Ids = ids[0]
        return found[(found >= 0) & (found < self.rows)]

    def _chosen(self, vector: Vector, keep: NDArray[np.bool_]) -> tuple[Ids, NDArray[np.float32]] | None:
        """Return the lists to scan, (1, n), with their distances; None if there is only one list.

        The nearest lists until they contain enough kept rows: the number an unfiltered search scans, times the square
        root of the share kept, and at least 16,000. A filter may keep a cluster far from the query, where the order of
        lists says little: one folder of 15,600 among a million had a recall of .93 by the root alone.
        """
        if int(self.index.nlist) == 1:
            return None
        held = np.bincount(self._list_of_row()[keep], minlength=int(self.index.nlist))
        kept = int(held.sum())
        distances, lists = self.index.quantizer.search(vector[None, :], int(self.index.nlist))
        nonempty = held[lists[0]] > 0
        lists, distances = lists[:, nonempty], distances[:, nonempty]
        scanned = self.probes / int(self.index.nlist) * self.rows
        wanted = max(scanned * (kept / self.rows) ** 0.5, _FILTERED)
        enough = int(np.searchsorted(np.cumsum(held[lists[0]]), wanted)) + 1
        return np.ascontiguousarray(lists[:, :enough]), np.ascontiguousarray(distances[:, :enough])

    def _list_of_row(self) -> NDArray[np.int32]:
        """Return the list of each row, read once."""
        import faiss

        engine: Any = faiss
        with self._guard:
            if self._lists is None:
                self._lists = np.zeros(self.rows, dtype=np.int32)
                lists = self.index.invlists
                for number in range(int(self.index.nlist)):
                    if size := lists.list_size(number):
                        ids = engine.rev_swig_ptr(lists.get_ids(number), size)
                        self._lists[ids[(ids >= 0) & (ids < self.rows)]] = number
            return self._lists


def _search_lists(
    index: Any, query: NDArray[np.float32], k: int, lists: Ids, distances: NDArray[np.float32], params: Any
) -> Ids:
    """Search given lists only; FAISS's own wrapper of this call takes no parameters, hence no selector."""
    import faiss

    engine: Any = faiss
    query = np.ascontiguousarray(query, dtype=np.float32)
    scores, ids = np.empty((1, k), dtype=np.float32), np.empty((1, k), dtype=np.int64)
    places = [engine.swig_ptr(array) for array in (lists, distances, scores, ids)]
    index.search_preassigned_c(1, engine.swig_ptr(query), k, *places, False, params)
    return ids


def open_ann(layout: Layout, generation: int, stored: dict[str, Any]) -> AnnIndex:
    """Open the approximate index after verifying its checksum. Raises IndexDamaged."""
    import faiss

    engine: Any = faiss
    path = layout.ann(generation, int(stored["rows"]))
    try:
        sums = stored.get("sums")
        intact = block_sums(path) == sums if sums else _digest(path) == stored["sha256"]
        index = engine.read_index(str(path)) if intact else None
    except OSError as error:
        raise IndexDamaged(f"{path} cannot be read ({error.strerror}); run `semsearch doctor --repair`") from None
    except (RuntimeError, MemoryError) as error:
        raise IndexDamaged(f"{path} cannot be read ({str(error)[:80]!r}); run `semsearch doctor --repair`") from None
    if index is None:
        raise IndexDamaged(f"{path} does not match its checksum; run `semsearch doctor --repair`")
    lists = int(index.nlist)
    probes = int(stored.get("probes") or max(64, lists // 8))
    return AnnIndex(
        int(stored["rows"]), str(stored["kind"]), index, min(lists, probes), int(stored.get("rescored") or RESCORED)
    )


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
