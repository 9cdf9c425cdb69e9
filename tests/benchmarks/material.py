"""What the benchmarks run on: two judged collections, their real embeddings, and large corpora made from both."""

from __future__ import annotations

import json
import os
import random
import re
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from semsearch.settings import DEFAULT_MODEL, cache_dir

ROOT = Path(__file__).resolve().parents[2]
COLLECTIONS = ("scifact", "squad-dev")


def cache_folder() -> Path:
    """Where unpacked collections and embeddings stay between runs."""
    folder = cache_dir() / "benchmarks"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def collection(name: str) -> Path:
    """Return the folder of a judged collection, unpacked once from `$SEMSEARCH_DATA_SETS` or ../shared/data."""
    source = Path(os.environ.get("SEMSEARCH_DATA_SETS") or ROOT.parent / "shared" / "data")
    if (source / name / "corpus.jsonl").is_file():
        return source / name
    folder = cache_folder() / name
    if not (folder / "qrels" / "test.tsv").is_file():
        archive = source / f"{name}.tar.xz"
        if not archive.is_file():
            raise SystemExit(f"{archive} is missing: set SEMSEARCH_DATA_SETS to the folder of the data sets")
        with tarfile.open(archive) as tar:
            tar.extractall(cache_folder(), filter="data")
    return folder


def records(name: str, part: str) -> list[dict[str, Any]]:
    """Return the lines of `corpus` or `queries` of a collection."""
    with (collection(name) / f"{part}.jsonl").open(encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def judgements(name: str) -> dict[str, dict[str, int]]:
    """Return {query id: {document id: grade}}."""
    qrels: dict[str, dict[str, int]] = {}
    lines = (collection(name) / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    for query, document, grade in (line.split("\t") for line in lines):
        qrels.setdefault(query, {})[document] = int(grade)
    return qrels


def documents(name: str) -> list[str]:
    """Return title and text of every document of a collection."""
    return [f"{r.get('title', '')}\n{r['text']}".strip() for r in records(name, "corpus")]


def questions() -> list[str]:
    """Return about 600 real queries: the judged claims of SciFact and as many questions of SQuAD."""
    judged = judgements("scifact")
    claims = [r["text"] for r in records("scifact", "queries") if r["_id"] in judged]
    return claims + [r["text"] for r in records("squad-dev", "queries")[::35]]


@cache
def sentences() -> tuple[str, ...]:
    """Return the sentences of both collections."""
    texts = (r["text"] for name in COLLECTIONS for r in records(name, "corpus"))
    return tuple(s for text in texts for s in re.split(r"(?<=[.!?])\s+", text) if len(s) > 20)


def recombined(count: int, words: int = 100, seed: int = 0) -> list[str]:
    """Return `count` passages of at least `words` words, each made of real sentences drawn at random."""
    chance = random.Random(seed)
    pool = sentences()
    passages = []
    for _ in range(count):
        parts: list[str] = []
        length = 0
        while length < words:
            parts.append(pool[chance.randrange(len(pool))])
            length += parts[-1].count(" ") + 1
        passages.append(" ".join(parts))
    return passages


@cache
def embeddings() -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors of 4,659 real passages and of `questions()`, encoded once by the default model (minutes)."""
    file = cache_folder() / "embeddings.npz"
    if not file.is_file():
        from semsearch.models.encoder.load import load_encoder

        encoder = load_encoder(DEFAULT_MODEL)
        texts = documents("squad-dev") + documents("scifact")[::2]
        spans = encoder.token_spans(texts)
        texts = [t[: s[: encoder.max_tokens][-1][1]] for t, s in zip(texts, spans, strict=True)]
        passages = np.vstack([encoder.encode_passages(texts[a : a + 32]) for a in range(0, len(texts), 32)])
        np.savez(file, passages=passages, questions=encoder.encode_queries(questions()))
    with np.load(file) as stored:
        return stored["passages"], stored["questions"]


def interpolated(count: int, seed: int = 0, near: int = 50) -> np.ndarray:
    """Return (count, dim) unit vectors between real passages, half of the pairs neighbours, with a little noise."""
    base, _ = embeddings()
    chance = np.random.default_rng(seed)
    neighbours = np.argpartition(-(base @ base.T), near, axis=1)[:, :near]
    first = chance.integers(0, len(base), count)
    other = np.where(
        chance.random(count) < 0.5,
        neighbours[first, chance.integers(0, near, count)],
        chance.integers(0, len(base), count),
    )
    share = chance.uniform(0.1, 0.5, (count, 1)).astype(np.float32)
    mixed = (1 - share) * base[first] + share * base[other]
    mixed += chance.normal(0, 0.01, mixed.shape).astype(np.float32)
    mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
    return np.ascontiguousarray(mixed, dtype=np.float32)
