"""tantivy against SQLite FTS5 on 100,000 passages, and BM25's analyzers on SciFact. See docs/decisions.md."""

from __future__ import annotations

import argparse
import math
import random
import re
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import tantivy
from tantivy import Filter, Occur, Query, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from tests.benchmarks.material import judgements, questions, recombined, records
from tests.benchmarks.report import table, timed

STOP = (
    "a an and are as at be but by did do does for from had has have how if in into is it no not of on or such that the"
)
STOP += " their then there these they this to was were what when where which who will with"
STOP_WORDS = frozenset(STOP.split())
LONGER = """
i me my we our you your he him his she her its them whom am been being having doing because until while about
against between through during before after above below up down out off over under again further once here why
all any both each few more most other some nor only own same so than too very can just should now would could
may might
"""


def analyzer(*filters: Filter) -> TextAnalyzer:
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for each in filters:
        builder = builder.filter(each)
    return builder.build()


ENGLISH = (Filter.lowercase(), Filter.stopword("english"), Filter.stemmer("english"))


def schema(option: str) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", indexed=True, fast=True)
    builder.add_text_field("body", tokenizer_name="whitespace", index_option=option)
    builder.add_text_field("title", tokenizer_name="whitespace", index_option=option)
    return builder.build()


def document(row: int, **texts: str) -> tantivy.Document:
    made = tantivy.Document()
    made.add_unsigned("row", row)
    for field, text in texts.items():
        made.add_text(field, text)
    return made


def build_tantivy(folder: str, passages: Sequence[str], batch: int, option: str) -> tuple[float, list[float]]:
    """Return all seconds (analysis and merges included) and the seconds of every commit."""
    analyze = analyzer(*ENGLISH).analyze
    start = time.perf_counter()
    writer = tantivy.Index(schema(option), folder).writer(64_000_000, 1)
    commits = []
    for row, text in enumerate(passages):
        writer.add_document(document(row, body=" ".join(analyze(text))))
        if (row + 1) % batch == 0 or row + 1 == len(passages):
            before = time.perf_counter()
            writer.commit()
            commits.append(time.perf_counter() - before)
    writer.wait_merging_threads()
    return time.perf_counter() - start, commits


def terms(query: str) -> list[str]:
    return list(dict.fromkeys(analyzer(*ENGLISH).analyze(query)))


class Tantivy:
    """A tantivy folder opened for reading."""

    def __init__(self, folder: str) -> None:
        index = tantivy.Index.open(folder)
        self.schema = index.schema
        self.searcher = index.searcher()

    def any_of(self, words: Sequence[str]) -> Query:
        return Query.boolean_query([(Occur.Should, Query.term_query(self.schema, "body", w, "freq")) for w in words])

    def rows(self, query: Query, limit: int) -> list[int]:
        hits = self.searcher.search(query, limit, False).hits
        return self.searcher.fast_field_values("row", [address for _, address in hits])

    def among(self, words: Sequence[str], kept: list[int], limit: int) -> list[int]:
        within = Query.const_score_query(Query.term_set_query(self.schema, "row", kept), 0.0)
        return self.rows(Query.boolean_query([(Occur.Must, self.any_of(words)), (Occur.Must, within)]), limit)


def size(folder: str) -> str:
    return f"{sum(p.stat().st_size for p in Path(folder).rglob('*') if p.is_file()) / 1e6:.0f} MB"


def build_fts5(file: str, passages: Sequence[str], detail: str) -> tuple[float, sqlite3.Connection]:
    start = time.perf_counter()
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        f"CREATE VIRTUAL TABLE f USING fts5(body, content='', tokenize='porter unicode61', detail={detail})"
    )
    connection.executemany("INSERT INTO f(rowid, body) VALUES (?, ?)", enumerate(passages))
    connection.execute("INSERT INTO f(f) VALUES ('optimize')")
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return time.perf_counter() - start, connection


def match(query: str) -> str:
    words = dict.fromkeys(re.findall(r"\w+", query.lower()))
    return " OR ".join(f'"{w}"' for w in words if w not in STOP_WORDS)


def building(folder: str, passages: Sequence[str]) -> Iterator[tuple[object, ...]]:
    for name, batch, option in (
        ("tantivy, frequencies, one commit", len(passages), "freq"),
        ("tantivy, positions, one commit", len(passages), "position"),
        ("tantivy, frequencies, a commit every 500", 500, "freq"),
    ):
        place = Path(folder) / f"{option}-{batch}"
        place.mkdir()
        seconds, commits = build_tantivy(str(place), passages, batch, option)
        yield name, f"{seconds:.1f}", size(str(place)), f"{np.median(commits) * 1e3:.0f}"
    for detail in ("full", "column"):
        file = Path(folder) / f"{detail}.sqlite"
        seconds, connection = build_fts5(str(file), passages, detail)
        connection.close()
        yield f"FTS5, porter, detail={detail}", f"{seconds:.1f}", f"{file.stat().st_size / 1e6:.0f} MB", ""


def searching(folder: str, passages: int) -> Iterator[tuple[object, ...]]:
    queries = questions()
    engine = Tantivy(str(Path(folder) / f"freq-{passages}"))
    for limit in (100, 1000, 10_000, passages):
        spent, _ = timed(lambda q, n=limit: engine.rows(engine.any_of(terms(q)), n), queries)
        yield f"tantivy, best {limit:,} with their rows", spent
    for count in (10, 1000, 5000, 10_000):
        kept = sorted(random.Random(3).sample(range(passages), min(count, passages)))
        spent, _ = timed(lambda q, rows=kept: engine.among(terms(q), rows, 100), queries)
        yield f"tantivy, best 100 among {count:,} given rows", spent
    opened, _ = timed(lambda _: Tantivy(str(Path(folder) / f"freq-{passages}")), range(50))
    yield "tantivy, open", opened
    for detail in ("full", "column"):
        connection = sqlite3.connect(Path(folder) / f"{detail}.sqlite")
        sql = "SELECT rowid, rank FROM f WHERE f MATCH ? ORDER BY rank LIMIT 100"
        spent, _ = timed(lambda q, c=connection, s=sql: c.execute(s, (match(q),)).fetchall(), queries)
        connection.close()
        yield f"FTS5 detail={detail}, best 100", spent


def ndcg(run: dict[str, list[str]], qrels: dict[str, dict[str, int]], k: int = 10) -> float:
    values = []
    for query, grades in qrels.items():
        gain = sum(grades.get(d, 0) / math.log2(n + 2) for n, d in enumerate(run[query][:k]))
        ideal = sum(g / math.log2(n + 2) for n, g in enumerate(sorted(grades.values(), reverse=True)[:k]))
        values.append(gain / ideal)
    return float(np.mean(values))


def quality(analyze: TextAnalyzer, layout: str, title_weight: float = 0.0) -> tuple[str, str]:
    """Return nDCG@10 and R@100 of BM25 on SciFact; `layout` says where the title goes."""
    corpus, qrels = records("scifact", "corpus"), judgements("scifact")
    with tempfile.TemporaryDirectory() as folder:
        writer = tantivy.Index(schema("freq"), folder).writer(64_000_000, 1)
        for row, entry in enumerate(corpus):
            title, text = (" ".join(analyze.analyze(entry.get(part, ""))) for part in ("title", "text"))
            body = {"joined": f"{title} {text}", "twice": f"{title} {title} {text}"}.get(layout, text)
            writer.add_document(document(row, body=body, title=title))
        writer.commit()
        writer.wait_merging_threads()
        engine = Tantivy(folder)
        run = {}
        for entry in records("scifact", "queries"):
            if entry["_id"] in qrels:
                words = Counter(analyze.analyze(entry["text"]))
                run[entry["_id"]] = [corpus[r]["_id"] for r in engine.rows(weighted(engine, words, title_weight), 100)]
    recall = np.mean([len(set(run[q]) & set(grades)) / len(grades) for q, grades in qrels.items()])
    return f"{ndcg(run, qrels):.4f}", f"{recall:.4f}"


def weighted(engine: Tantivy, words: Counter[str], title_weight: float) -> Query:
    clauses = [(Occur.Should, Query.term_query(engine.schema, "body", w, "freq")) for w in words]
    for word in words if title_weight else ():
        query = Query.term_query(engine.schema, "title", word, "freq")
        clauses.append((Occur.Should, Query.boost_query(query, title_weight)))
    return Query.boolean_query(clauses)


def analyzers() -> Iterator[tuple[object, ...]]:
    english = analyzer(*ENGLISH)
    longer = Filter.custom_stopword([*STOP_WORDS, *LONGER.split()])
    yield "lower case", *quality(analyzer(Filter.lowercase()), "joined")
    yield "+ stop words", *quality(analyzer(*ENGLISH[:2]), "joined")
    yield "+ stems", *quality(analyzer(ENGLISH[0], ENGLISH[2]), "joined")
    yield "+ stop words + stems", *quality(english, "joined")
    yield "... accents folded", *quality(analyzer(ENGLISH[0], Filter.ascii_fold(), *ENGLISH[1:]), "joined")
    yield "... a longer stop list", *quality(analyzer(ENGLISH[0], longer, ENGLISH[2]), "joined")
    yield "... without the title", *quality(english, "text only")
    yield "... title twice", *quality(english, "twice")
    for weight in (0.5, 1.0):
        yield f"... title as a field of its own, weight {weight}", *quality(english, "apart", weight)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    arguments = parser.parse_args()
    passages = recombined(arguments.passages)
    with tempfile.TemporaryDirectory() as folder:
        table(
            f"Building over {len(passages):,} passages of about 114 words",
            ("engine", "seconds", "size", "a commit, ms"),
            building(folder, passages),
        )
        table("Searching, any of the query's terms", ("search", "p50 / p95 ms"), searching(folder, len(passages)))
    table("BM25 on SciFact (k1 1.2, b .75: fixed in tantivy)", ("analysis", "nDCG@10", "R@100"), analyzers())


if __name__ == "__main__":
    main()
