"""Answers: extractive ones on SQuAD, refusals of what is not there, swapped facts, generated ones with citations."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from semsearch import Document, Index
from semsearch.answer.checks.support import Verifier
from semsearch.answer.text.sentences import sentence_spans, sources
from semsearch.models.decoder.generate import load_generator
from semsearch.models.encoder.cross_encoder import load_cross_encoder
from semsearch.models.encoder.load import load_encoder
from semsearch.settings import DEFAULT_GENERATOR, DEFAULT_MODEL, DEFAULT_RERANKER
from semsearch.types.answers import Answer
from semsearch.types.documents import Anchor, Passage
from semsearch.types.models import Sampling
from semsearch.types.search import Hit
from tests.benchmarks.material import ROOT, cache_folder, collection, records
from tests.benchmarks.pair_scores import StoredScores
from tests.benchmarks.remembered import RememberedTexts
from tests.benchmarks.rephrased import cases, shares
from tests.benchmarks.report import table

PARTS = ("extractive", "refused", "swapped", "generated")
SAMPLE = ROOT / "sample_corpus"
OFF_TOPIC = ("off_topic_questions", "off_topic_held_out")
"""Files of questions on subjects that are in no collection; the second one was run once, when the rule stood."""
TOKENS = 96


def index_of(name: str) -> Index:
    """Return an index of a collection, or of the sample corpus, made once."""
    index = Index.create(cache_folder() / "answers" / name, exist_ok=True)
    if not index.status().documents:
        if name == "sample":
            index.index([SAMPLE / "docs"])
        else:
            index.add(Document(r["_id"], r["text"], r.get("title", "")) for r in records(name, "corpus"))
    return index


def squad_questions(count: int = 300) -> list[dict[str, Any]]:
    """Return a fixed sample of the questions of SQuAD's dev set: `question`, `answers`, `context_id`."""
    lines = (collection("squad-dev") / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    known = {record["_id"]: record for record in map(json.loads, lines)}
    names = random.Random(0).sample([r["_id"] for r in records("squad-dev", "queries")], 1_000)  # as rerank.py does
    return [known[name] for name in names[:count]]


def sample_questions() -> list[str]:
    """Return the judged queries of the sample corpus."""
    return [json.loads(line)["text"] for line in (SAMPLE / "queries.jsonl").read_text(encoding="utf-8").splitlines()]


def reranker() -> StoredScores:
    return StoredScores(load_cross_encoder(DEFAULT_RERANKER))


def holds_gold(answer: Answer, asked: dict[str, Any]) -> bool:
    """Whether an answer quotes a gold span from the paragraph that it was annotated in."""
    quotes = [c.quote for s in answer.sentences for c in s.citations if c.document_id == asked["context_id"]]
    return any(gold in quote for gold in asked["answers"] for quote in quotes)


def sample_quotes(how: str, options: dict[str, Any]) -> tuple[object, ...]:
    """Return how often the quote that answers a judged query of the sample corpus is in the answer."""
    answers = [json.loads(line) for line in (SAMPLE / "answers.jsonl").read_text(encoding="utf-8").splitlines()]
    lines = (SAMPLE / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    texts = {record["_id"]: record["text"] for record in map(json.loads, lines)}
    right, missing = [], []
    with index_of("sample") as index:
        start = time.perf_counter()
        for one in answers:
            told = index.answer(texts[one["_id"]], **options)
            said = " ".join(" ".join(c.quote.split()) for s in told.sentences for c in s.citations)
            right.append(" ".join(one["quote"].split()) in said)
            missing.append(not told.found)
    seconds = (time.perf_counter() - start) / len(answers)
    return how, len(answers), f"{np.mean(right):.3f}", f"{np.mean(missing):.3f}", f"{seconds:.2f}"


def extractive(count: int) -> None:
    ways: dict[str, dict[str, Any]] = {"with the reranker": {"reranker": reranker()}, "encoder": {"rerank": False}}
    header = ("by", "questions", "quote in 3 sentences", "refused", "s each")
    table("Sample corpus, extractive", header, (sample_quotes(how, options) for how, options in ways.items()))
    asked = squad_questions(count)
    with index_of("squad-dev") as index:
        for name, options in {
            "with the reranker": {"reranker": reranker()},
            "encoder alone": {"rerank": False},
        }.items():
            start = time.perf_counter()
            answers = [index.answer(one["question"], **options) for one in asked]
            seconds = (time.perf_counter() - start) / len(asked)
            right = [holds_gold(answer, one) for answer, one in zip(answers, asked, strict=True)]
            row = (
                len(asked),
                f"{np.mean(right):.3f}",
                f"{np.mean([not a.found for a in answers]):.3f}",
                f"{seconds:.2f}",
            )
            table(f"SQuAD, extractive, {name}", ("questions", "gold span in 3 sentences", "refused", "s each"), [row])


def refused(count: int) -> None:
    """Print the share of refusals: questions on subjects that are not there, and answerable ones."""
    on = [one["question"] for one in squad_questions(count)]
    shared = (SAMPLE / "off_topic.txt").read_text(encoding="utf-8").splitlines()
    judge = reranker()
    rows = []
    for name, own in (("squad-dev", on), ("sample", sample_questions())):
        sets = {part: Path(__file__).with_name(f"{part}.txt").read_text("utf-8").splitlines() for part in OFF_TOPIC}
        sets |= {"sample_corpus/off_topic": shared} if name == "sample" else {}
        with index_of(name) as index:
            for how, options in {"floor": {"rerank": False}, "floor and reranker": {"reranker": judge}}.items():
                for what, asked in {**sets, "answerable": own}.items():
                    share = np.mean([not index.answer(question, **options).found for question in asked])
                    rows.append((name, how, what, len(asked), f"{share:.3f}"))
    table("Not found", ("index", "by", "questions", "n", "refused"), rows)


def near_hits() -> tuple[list[tuple[str, str, str]], dict[str, list[Hit]]]:
    """Return (document, sentence, article) of real sentences, and the hits of a document: itself and its neighbours."""
    found, hits = [], {}
    for name in ("squad-dev", "scifact"):
        articles: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in records(name, "corpus")[:: 1 if name == "squad-dev" else 3]:
            articles[record["title"] if name == "squad-dev" else record["_id"]].append(record)
        for own in articles.values():
            whole = " ".join(r["text"] for r in own)[:20_000].rsplit(". ", 1)[0]
            for at, record in enumerate(own):
                near = [record, *(r for r in own[max(0, at - 2) : at + 3] if r is not record)]
                hits[record["_id"]] = [_hit(rank, r) for rank, r in enumerate(near, start=1)]
                text = record["text"]
                found += [(record["_id"], text[a:b], whole) for a, b in sentence_spans(text)]
    return found, hits


def _hit(rank: int, record: dict[str, Any]) -> Hit:
    name, text = record["_id"], record["text"]
    passage = Passage(rank, name, 0, len(text), Anchor(), (record["title"],), text)
    return Hit(rank, 0.9, passage, name, {"title": record["title"]}, {}, {})


def swapped(count: int) -> None:
    """Print the share of rejected sentences: rephrased ones, and their copies with a fact swapped."""
    encoder, judge = load_encoder(DEFAULT_MODEL), reranker()
    found, hits = near_hits()
    rows = []
    for seed in (0, 1):
        verdicts: dict[str, list[tuple[str, bool]]] = {"supported": [], "swapped": []}
        for case in cases(found, count, seed):
            evidence = Verifier("", sources(hits[case.document]), encoder, judge)
            for form, text in (("supported", case.supported), ("swapped", case.swapped)):
                verdicts[form].append((case.kind, not evidence.check(text).supported))
        for form, judged in verdicts.items():
            by_kind = shares(judged)
            total = np.mean([rejected for _, rejected in judged])
            rows.append((f"{form}, draw {seed}", len(judged), f"{total:.3f}", *(f"{v:.3f}" for v in by_kind.values())))
    table("Rejected sentences", ("sentences", "n", "rejected", *by_kind), rows)


def generated(count: int) -> None:
    """Print how many generated answers carry a citation, and read every citation again."""
    writer = RememberedTexts(DEFAULT_GENERATOR, lambda: load_generator(DEFAULT_GENERATOR), 8192)
    judge = reranker()
    sample = sample_questions()[: count // 4]
    questions = {"sample": sample, "squad-dev": [one["question"] for one in squad_questions(count - len(sample))]}
    rows = []
    for name, asked in questions.items():
        with index_of(name) as index:
            answers = [
                index.answer(
                    question, generator=writer, reranker=judge, floor=False,
                    sampling=Sampling(max_tokens=TOKENS),
                )
                for question in asked
            ]  # fmt: skip
            rows.append((name, len(answers), *_counted(index, answers)))
    header = ("index", "answers", "with a citation", "sentences kept", "citations", "resolved")
    table("Generated answers", header, rows)


def _counted(index: Index, answers: list[Answer]) -> Iterator[str]:
    sentences = [s for a in answers for s in (*a.sentences, *a.dropped)]
    citations = [c for s in sentences for c in s.citations]
    yield f"{np.mean([any(s.supported for s in a.sentences) for a in answers]):.3f}"
    yield f"{np.mean([s.supported for s in sentences]):.3f}"
    yield str(len(citations))
    yield str(sum(resolves(index, c) for c in citations))


def resolves(index: Index, citation: Any) -> bool:
    """Whether a citation is to the letter in the indexed text, and in the lines of the file where it has some."""
    if index.document(citation.document_id).text[citation.start : citation.stop] != citation.quote:
        return False
    path, anchor = Path(citation.path), citation.anchor
    if not path.is_absolute():
        return True  # a document that was added: there is no file
    if not path.is_file():
        return False
    if anchor.kind.value != "line" or path.suffix == ".html":
        return True
    lines = path.read_text(encoding="utf-8").split("\n")[anchor.start - 1 : anchor.stop]
    return citation.quote in "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*PARTS, []], help="which parts; all of them by default")
    parser.add_argument("--count", type=int, help="fewer questions or sentences")
    arguments = parser.parse_args()
    for part in arguments.part or PARTS:
        {"extractive": extractive, "refused": refused, "swapped": swapped, "generated": generated}[part](
            arguments.count or (200 if part == "generated" else 300)
        )


if __name__ == "__main__":
    main()
