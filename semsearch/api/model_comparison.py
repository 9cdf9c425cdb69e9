"""Seeing that the choice matters: models of the three architectures, each measured in every role it can be put in."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from semsearch.api.argument_checks import optional, whole
from semsearch.api.arguments import checked
from semsearch.api.index import Index
from semsearch.api.models import fetch_model
from semsearch.errors import ModelUnavailable
from semsearch.evaluate.beir import load
from semsearch.evaluate.compare import QuerySample, Timed, judged, part_of, reranked
from semsearch.evaluate.measures import run_of
from semsearch.models.manage.inventory import describe
from semsearch.settings import DEFAULT_GENERATOR, DEFAULT_MODEL, DEFAULT_RERANKER, Settings
from semsearch.types.models import Architecture, BiEncoder, CrossEncoder, FetchProgress, Role
from semsearch.types.reports import Compared, Comparison
from semsearch.types.search import Mode

__all__ = ["COMPARED", "compare_models"]

COMPARED = (DEFAULT_MODEL, DEFAULT_RERANKER, DEFAULT_GENERATOR)
"""What is compared when nothing is named: the default of every role that has text weights."""
EMBEDDER, RERANKER, FIRST = "embedder", "reranker", "first stage"
PASSAGE_TOKENS = 224
"""Longest passage, in each model's own tokens, so that all of them see the same parts of a text."""


@dataclass(frozen=True, slots=True)
class _Loading:
    """How models are loaded."""

    offline: bool | None
    progress: FetchProgress | None

    def __call__(self, load_model: Callable[..., Any], name: str) -> Any:
        return load_model(name, offline=self.offline, progress=self.progress)


@checked(queries=optional(whole(1)), documents=optional(whole(1)))
def compare_models(
    folder: str | Path,
    models: Sequence[str] = COMPARED,
    *,
    queries: int | None = None,
    documents: int | None = None,
    depth: int = 10,
    offline: bool | None = None,
    progress: FetchProgress | None = None,
) -> Comparison:
    """Measure models on a judged collection in BEIR layout, each in every role that its architecture can be put in.

    As embedders (dense search alone): an encoder, a decoder by its last token and by the mean, the encoder of an
    encoder-decoder. As rerankers of the first `depth` documents of hybrid search with the default model, by their own
    order: a cross-encoder's score, a decoder's yes against no, an encoder-decoder's true against false. `queries` and
    `documents` take a part of the collection, the same one every time. A model that cannot fill a role has a row that
    says why. Raises SemsearchError naming what is malformed, ModelUnavailable for a model that cannot be had.
    """
    started = time.monotonic()
    part = part_of(load(Path(folder)), queries, documents)
    loading = _Loading(offline, progress)
    first, candidates = _first_stage(part, loading, max(depth, 10))
    rows = [first]
    for name in dict.fromkeys(models):
        for row in _measured(name, part, candidates, depth, loading):
            rows.append(row)
            if progress is not None:
                progress(f"{row.model}, {row.role} ({row.how})" + (f": {row.failed}" if row.failed else ""), 0, 0)
    order = {EMBEDDER: 0, FIRST: 1, RERANKER: 2}
    rows.sort(key=lambda row: order[row.role])
    return Comparison(tuple(rows), len(part.queries), len(part.documents), depth, time.monotonic() - started)


def _measured(
    name: str, part: QuerySample, candidates: dict[str, list[str]], depth: int, loading: _Loading
) -> Iterator[Compared]:
    """Yield a row for each role that a model can be put in."""
    ways = _ways(name, loading)
    facts = describe(name)
    for role, how, make in ways:
        row = Compared(name, str(facts.architecture), role, how, parameters=facts.parameters, bytes=facts.bytes)
        try:
            model = make()
            row = replace(row, parameters=getattr(model, "parameters", row.parameters))
            yield _embedded(row, part, model) if role == EMBEDDER else _reordered(row, part, candidates, depth, model)
        except ModelUnavailable as error:
            yield replace(row, failed=str(error))


_Way = tuple[str, str, Callable[[], Any]]


def _ways(name: str, loading: _Loading) -> list[_Way]:
    """Return (role, how, what makes it) for a model, by the architecture and the roles that its own files name.

    They are fetched first where they are not here.
    """
    facts = fetch_model(name, offline=loading.offline, fetch_progress=loading.progress)
    if facts.architecture is Architecture.DECODER:
        return _decoder_ways(name, loading)
    if Role.SEQ2SEQ in facts.roles:
        return _seq2seq_ways(name, loading)
    if Role.CROSS_ENCODER in facts.roles:
        from semsearch.models.encoder.cross_encoder import load_cross_encoder

        return [(RERANKER, "score of its head", lambda: loading(load_cross_encoder, name))]
    if Role.BI_ENCODER in facts.roles:
        from semsearch.models.encoder.load import load_encoder

        return [(EMBEDDER, "as it was trained", lambda: loading(load_encoder, name))]
    raise ModelUnavailable(
        f"{name} is a {' and '.join(facts.roles) or facts.architecture}: it has no role in searching"
    )


def _decoder_ways(name: str, loading: _Loading) -> list[_Way]:
    from semsearch.models.decoder.embedder import DecoderEmbedder
    from semsearch.models.decoder.generate import Decoder, load_generator
    from semsearch.models.decoder.reranker import DecoderReranker
    from semsearch.models.shared.pooling import Pooling

    decoder = loading(load_generator, name)
    if not isinstance(decoder, Decoder):
        raise ModelUnavailable(f"{name} is not on this machine: its states and probabilities cannot be seen")
    return [
        (EMBEDDER, "last token", lambda: DecoderEmbedder(decoder, Pooling.LAST)),
        (EMBEDDER, "mean", lambda: DecoderEmbedder(decoder, Pooling.MEAN)),
        (RERANKER, "yes against no", lambda: DecoderReranker(decoder)),
    ]


def _seq2seq_ways(name: str, loading: _Loading) -> list[_Way]:
    from semsearch.models.encoder_decoder.embedder import Seq2SeqEmbedder
    from semsearch.models.encoder_decoder.folder import open_folder
    from semsearch.models.encoder_decoder.reranker import Seq2SeqReranker
    from semsearch.models.weights.resolve import model_folder

    folder, _ = model_folder(name, Role.SEQ2SEQ, offline=loading.offline, progress=loading.progress)
    opened = open_folder(folder, name)
    return [
        (EMBEDDER, "mean of its encoder", lambda: Seq2SeqEmbedder(opened, name, folder)),
        (RERANKER, "true against false", lambda: Seq2SeqReranker(opened, name)),
    ]


def _first_stage(part: QuerySample, loading: _Loading, k: int) -> tuple[Compared, dict[str, list[str]]]:
    """Return the row of hybrid search with the default model, and its first documents for each query."""
    from semsearch.models.encoder.load import load_encoder

    encoder = loading(load_encoder, DEFAULT_MODEL)
    ranked = _ranked(part, encoder, Mode.HYBRID, k)
    ndcg, bounds = judged(part, run_of(ranked))
    row = Compared(DEFAULT_MODEL, str(Architecture.ENCODER), FIRST, "hybrid, not reranked", ndcg, bounds)
    return row, ranked


def _embedded(row: Compared, part: QuerySample, encoder: BiEncoder) -> Compared:
    timed = Timed(encoder)
    ndcg, bounds = judged(part, run_of(_ranked(part, timed, Mode.DENSE, 10)))
    return replace(row, ndcg=ndcg, interval=bounds, items=timed.rate)


def _reordered(
    row: Compared, part: QuerySample, candidates: dict[str, list[str]], depth: int, reranker: CrossEncoder
) -> Compared:
    run, rate = reranked(part, candidates, reranker, depth)
    ndcg, bounds = judged(part, run)
    return replace(row, ndcg=ndcg, interval=bounds, items=rate)


def _ranked(part: QuerySample, encoder: BiEncoder, mode: Mode, k: int) -> dict[str, list[str]]:
    """Index the documents apart from everything else and search; nothing of it is kept."""
    with tempfile.TemporaryDirectory(prefix="semsearch-compare-") as folder:
        settings = Settings(passage_tokens=min(PASSAGE_TOKENS, int(getattr(encoder, "max_tokens", PASSAGE_TOKENS))))
        with Index.create(Path(folder) / "index", settings=settings, encoder=encoder) as index:
            index.add(part.documents)
            found = index.rank_many(list(part.queries.values()), k=k, mode=mode)
    return dict(zip(part.queries, found, strict=True))
