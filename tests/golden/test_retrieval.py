"""The sample corpus through the public API with the real default model: rankings, floor, spans, answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from semsearch import Index, Mode
from semsearch.evaluate.measures import average, by_query, run_of
from semsearch.types.documents import AnchorKind

CORPUS = Path(__file__).parents[2] / "sample_corpus"
DOCS = CORPUS / "docs"
QUERIES = [json.loads(line) for line in (CORPUS / "queries.jsonl").read_text().splitlines()]
ANSWERS = [json.loads(line) for line in (CORPUS / "answers.jsonl").read_text().splitlines()]
OFF_TOPIC = (CORPUS / "off_topic.txt").read_text().splitlines()


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.create(tmp_path_factory.mktemp("golden") / "index") as made:
        summary = made.index([DOCS])
        assert summary.skipped == ()
        assert summary.added == 67
        yield made


def qrels() -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for line in (CORPUS / "qrels" / "test.tsv").read_text().splitlines()[1:]:
        query, document, grade = line.split("\t")
        found.setdefault(query, {})[document] = int(grade)
    return found


def measured(index: Index, mode: Mode) -> dict[str, float]:
    results = index.search_many([q["text"] for q in QUERIES], mode=mode, k=10, floor=False, fold=False)
    ranked = {
        q["_id"]: [Path(hit.path).relative_to(DOCS).as_posix() for hit in r.hits]
        for q, r in zip(QUERIES, results, strict=True)
    }
    return average(by_query(qrels(), run_of(ranked)))


def test_hybrid_is_above_both_of_its_lists(index: Index) -> None:
    by_mode = {mode: measured(index, mode) for mode in Mode}
    hybrid = by_mode[Mode.HYBRID]["nDCG@10"]
    assert hybrid >= 0.78, by_mode
    assert by_mode[Mode.DENSE]["nDCG@10"] >= 0.74, by_mode
    assert hybrid > by_mode[Mode.LEXICAL]["nDCG@10"], by_mode
    assert hybrid > by_mode[Mode.DENSE]["nDCG@10"], by_mode


def test_the_floor_hides_the_off_topic_and_keeps_the_answerable(index: Index) -> None:
    off = index.search_many(OFF_TOPIC)
    shown = [q for q, r in zip(OFF_TOPIC, off, strict=True) if r.relevant]
    assert len(shown) <= 2, shown
    on = index.search_many([q["text"] for q in QUERIES])
    hidden = [q["text"] for q, r in zip(QUERIES, on, strict=True) if not r.relevant]
    assert len(hidden) <= 3, hidden


@pytest.mark.parametrize("query", [q for q in QUERIES if q["kind"] == "identifier"], ids=lambda q: q["text"])
def test_an_identifier_is_found_first(index: Index, query: dict[str, str]) -> None:
    hits = index.search(query["text"], k=3).hits
    assert hits, query
    grades = qrels()[query["_id"]]
    assert grades.get(Path(hits[0].path).relative_to(DOCS).as_posix(), 0) >= 1, [h.path for h in hits]


def test_every_passage_is_a_span_of_its_document_and_points_into_its_file(index: Index) -> None:
    for info in index.documents():
        document = index.document(info.id)
        passages = list(index.passages(info.id))
        assert passages
        for passage in passages:
            assert document.text[passage.start : passage.stop] == passage.text
            assert passage.anchor.start >= (0 if passage.anchor.kind is AnchorKind.TIME else 1), (info.path, passage)
            assert passage.anchor.stop >= passage.anchor.start
        if info.type in {"md", "txt", "py", "rst"}:
            lines = Path(info.path).read_text().splitlines()
            for passage in passages:
                here = "\n".join(lines[passage.anchor.start - 1 : passage.anchor.stop])
                assert passage.text.strip() in here, (info.path, passage.anchor)


def test_no_passage_is_longer_than_the_encoder_sees(index: Index) -> None:
    from semsearch.corpus.split.passages import embedded_text
    from semsearch.models.encoder.load import load_encoder

    encoder = load_encoder(index.settings.model)
    for info in index.documents():
        texts = [embedded_text(info.title, p.heading, p.text) for p in index.passages(info.id)]
        assert max(len(spans) for spans in encoder.token_spans(texts)) <= encoder.max_tokens


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda a: a["_id"])
def test_the_answer_stands_in_the_index(index: Index, answer: dict[str, str]) -> None:
    text = " ".join(index.document(str(DOCS / answer["path"])).text.split())
    assert " ".join(answer["quote"].split()) in text
