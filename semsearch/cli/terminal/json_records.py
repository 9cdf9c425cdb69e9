"""What the command line prints as JSON: the contract that scripts rely on. Keys are only ever added."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from semsearch.types.documents import Anchor, AnchorKind, Passage, Value
from semsearch.types.search import Hit, Results, WhyNot, WordMatch

if TYPE_CHECKING:
    from semsearch.types.reports import Summary

__all__ = [
    "anchor_record",
    "hit_record",
    "passage_record",
    "plain",
    "results_record",
    "summary_record",
    "to_json",
    "why_not_record",
]

# Legal in JSON as they are, but able to drive a terminal, or not encodable.
_UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def to_json(value: Any, *, indent: int | None = 2) -> str:
    """Return JSON that is readable, strictly valid, and harmless on a terminal; `indent=None` puts it on one line."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=indent, allow_nan=False)
    return _UNSAFE.sub(lambda m: f"\\u{ord(m.group()):04x}", text)


def plain(value: Any) -> Any:
    """Return a copy of nested values that JSON can hold: numbers that are no number become null, the rest its text."""
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Sequence | set | frozenset):
        return [plain(v) for v in value]
    item = getattr(value, "item", None)  # a number of numpy
    return plain(item()) if callable(item) else str(value)


def anchor_record(anchor: Anchor) -> dict[str, Any]:
    """Return where something stands: the anchor for people, and its lines, page, slide, rows, chapter or time."""

    def of(kind: AnchorKind, number: int) -> int | None:
        return number if anchor.kind is kind else None

    return {
        "anchor": str(anchor),
        "line_start": of(AnchorKind.LINE, anchor.start),
        "line_end": of(AnchorKind.LINE, anchor.stop),
        "page": of(AnchorKind.PAGE, anchor.start),
        "slide": of(AnchorKind.SLIDE, anchor.start),
        "row": of(AnchorKind.ROW, anchor.start),
        "row_end": of(AnchorKind.ROW, anchor.stop),
        "chapter": of(AnchorKind.CHAPTER, anchor.start),
        "time_start": of(AnchorKind.TIME, anchor.start),
        "time_end": of(AnchorKind.TIME, anchor.stop),
    }


def passage_record(passage: Passage) -> dict[str, Any]:
    """Return one passage: where it stands and its text."""
    return {
        **anchor_record(passage.anchor),
        "heading": list(passage.heading),
        "text": passage.text,
        "document_id": passage.document_id,
        "passage_id": passage.id,
    }


def _scores(scores: Mapping[str, float]) -> dict[str, float | None]:
    return {name: round(scores[name], 6) if name in scores else None for name in ("dense", "lexical", "rerank")}


def hit_record(hit: Hit, context: tuple[str, str] | None = None) -> dict[str, Any]:
    """Return one hit; `context` is the text before and after its passage, when that was asked for."""
    record: dict[str, Any] = {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "scores": _scores(hit.scores),
        "path": hit.path,
        **passage_record(hit.passage),
        "metadata": dict(hit.metadata),
        "ranks": dict(hit.ranks),
        "marks": [list(mark) for mark in hit.marks],
        "more": [passage_record(passage) for passage in hit.more],
        "folded": list(hit.folded),
    }
    if hit.matches:
        record["word_matches"] = [_match_record(match) for match in hit.matches]
        record["token_weights"] = _weights(hit.matches)
    if context is not None:
        record["context_before"], record["context_after"] = context
    return record


def _match_record(match: WordMatch) -> dict[str, Any]:
    return {
        "query": list(match.query),
        "passage": list(match.passage),
        "similarity": round(match.similarity, 6),
        "weight": round(match.weight, 6),
    }


def _weights(matches: Sequence[WordMatch]) -> list[list[float]]:
    """Return [start, stop, weight] for each word of the passage that a word of the query is nearest to, in order."""
    most: dict[tuple[int, int], float] = {}
    for match in matches:
        most[match.passage] = max(match.weight, most.get(match.passage, 0.0))
    return [[start, stop, round(weight, 6)] for (start, stop), weight in sorted(most.items())]


def results_record(
    results: Results, index: str, contexts: Sequence[tuple[str, str] | None] | None = None
) -> dict[str, Any]:
    """Return what one query found; `index` is the folder that was searched."""
    pairs = zip(results.hits, contexts or [None] * len(results.hits), strict=True)
    record: dict[str, Any] = {
        "query": results.query,
        "index": index,
        "mode": results.mode.value,
        "hits": [hit_record(hit, context) for hit, context in pairs],
        "relevant": results.relevant,
        "warnings": list(results.warnings),
        "near_misses": [hit_record(hit) for hit in results.near_misses],
        "corrected": dict(results.corrected),
        "absent": list(results.absent),
    }
    if (cost := results.reranked) is not None:
        record["reranked"] = {"model": cost.model, "pairs": cost.pairs, "seconds": round(cost.seconds, 3)}
    return record


def why_not_record(answer: WhyNot, query: str, index: str) -> dict[str, Any]:
    """Return why a file is not among the hits of a query, or where it is."""
    return {
        "query": query,
        "index": index,
        "path": answer.path,
        "reason": answer.reason.value,
        "detail": answer.detail,
        "ranks": dict(answer.ranks),
        "scores": _scores(answer.scores),
    }


def summary_record(summary: Summary, index: str) -> dict[str, Any]:
    """Return what an indexing run did."""
    skipped: list[dict[str, Value]] = [{"path": item.path, "reason": item.reason} for item in summary.skipped]
    return {
        "index": index,
        "files": summary.files,
        "added": summary.added,
        "changed": summary.changed,
        "moved": summary.moved,
        "unchanged": summary.unchanged,
        "removed": summary.removed,
        "skipped": skipped,
        "missing_sources": list(summary.missing_sources),
        "passages": summary.passages,
        "encoded": summary.encoded,
        "reused": max(0, summary.passages - summary.encoded),
        "bytes": summary.bytes_read,
        "seconds": summary.seconds,
        "interrupted": summary.interrupted,
        "remarks": [{"path": remark.path, "remark": remark.text} for remark in summary.remarks],
    }
