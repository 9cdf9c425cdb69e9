"""The sample corpus is consistent: files, queries, judgements, answers and off-topic queries fit one another.

How well a search does on it is another test; this one only guards what the others rely on.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import tantivy

from semsearch.corpus.files.walk import FoundFile, walk
from semsearch.corpus.parse.read import is_recording, read
from semsearch.corpus.readers.speech import transcript as recording
from semsearch.corpus.split.passages import split
from semsearch.models.encoder_decoder.whisper import load_transcriber
from semsearch.settings import DEFAULT_TRANSCRIBER, Settings
from semsearch.types.documents import Parsed
from tests.formats.word_errors import word_error_rate
from tests.golden.make_recording import SAID, TAGS, TARGET

ROOT = Path(__file__).parents[2] / "sample_corpus"
DOCS = ROOT / "docs"
KINDS = {"md": 23, "txt": 9, "html": 9, "pdf": 7, "docx": 6, "py": 6, "ipynb": 4, "rst": 2, "ogg": 1}
QUERY_KINDS = {"paraphrase", "identifier", "keyword", "question"}

# The words of a question that say nothing about its subject.
FUNCTION_WORDS = """
a about above after again all am an and any are as at be because been before being between both but by can cannot
could did do does doing done down during each every few for from further get gets getting got had has have having
he her here him his how i if in into is it its itself just least less let like made make many may me might more most
much must my no none nor not nothing now of off ok on once one only or other our out over own same see she should so
some somebody something such than that the their them then there these they this those through to too under until up
us very was way we were what when where which while who whom whose why will with without would yes yet you your
"""


def lines(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (ROOT / name).read_text(encoding="utf-8").splitlines()]


def judgements() -> list[tuple[str, str, int]]:
    header, *rows = (ROOT / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()
    assert header == "query-id\tcorpus-id\tscore"
    return [(query, path, int(grade)) for query, path, grade in (row.split("\t") for row in rows)]


def documents(root: Path) -> list[str]:
    return [found.path.relative_to(DOCS).as_posix() for found in walk(root, Settings()) if isinstance(found, FoundFile)]


@cache
def parsed(path: str) -> Parsed:
    if is_recording(DOCS / path):
        transcriber = load_transcriber(DEFAULT_TRANSCRIBER)
        return recording.read(transcriber.transcribe(str(DOCS / path)), transcriber.facts(str(DOCS / path)))
    return read(DOCS / path, Settings())


def passages_with(path: str, quote: str) -> list[str]:
    """The heading path and text of every passage that holds the quote."""
    document = parsed(path)
    spans = split(document, None)
    found = [(span.heading, document.text[span.start : span.stop]) for span in spans]
    return [" ".join((*heading, text)) for heading, text in found if quote in text]


@cache
def analyzer(stemmed: bool) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple()).filter(tantivy.Filter.lowercase())
    return (builder.filter(tantivy.Filter.stemmer("english")) if stemmed else builder).build()


def content_stems(text: str) -> set[str]:
    words = [w for w in analyzer(False).analyze(text) if len(w) > 1 and w not in FUNCTION_WORDS.split()]
    return {stem for word in words for stem in analyzer(True).analyze(word)}


def test_documents_by_kind() -> None:
    assert Counter(Path(path).suffix[1:] for path in documents(DOCS)) == KINDS


def test_the_whole_folder_indexes_to_the_documents_alone() -> None:
    assert documents(ROOT) == documents(DOCS)
    assert (DOCS / "drafts" / "cider-notes.md").is_file(), "the example of an ignored folder is empty"


def test_small_enough_to_ship() -> None:
    assert sum(path.stat().st_size for path in ROOT.rglob("*") if path.is_file()) < 1_500_000


@pytest.mark.parametrize("path", documents(DOCS))
def test_every_document_has_text(path: str) -> None:
    fewest = 60 if is_recording(DOCS / path) else 150
    assert fewest <= len(parsed(path).text.split()) <= 3_500


def test_long_documents_are_among_them() -> None:
    assert sum(len(parsed(path).text.split()) > 2_000 for path in documents(DOCS)) >= 3


@pytest.mark.parametrize("path", [path for path in documents(DOCS) if path.endswith(".py")])
def test_programs_compile(path: str) -> None:
    code = compile((DOCS / path).read_text(encoding="utf-8"), path, "exec")
    assert code.co_consts[0], "the docstring of the module"


@pytest.mark.parametrize("path", [path for path in documents(DOCS) if path.endswith(".ipynb")])
def test_notebooks_are_executed(path: str) -> None:
    notebook = json.loads((DOCS / path).read_text(encoding="utf-8"))
    assert notebook["nbformat"] == 4
    assert any(cell.get("outputs") for cell in notebook["cells"])


def test_queries() -> None:
    queries = lines("queries.jsonl")
    assert 50 <= len(queries) <= 60
    assert len({query["_id"] for query in queries}) == len(queries)
    assert len({query["text"].casefold() for query in queries}) == len(queries)
    kinds = Counter(query["kind"] for query in queries)
    assert set(kinds) == QUERY_KINDS
    assert kinds["paraphrase"] >= 25
    assert kinds["identifier"] >= 5


def test_judgements() -> None:
    rows = judgements()
    queries = {query["_id"] for query in lines("queries.jsonl")}
    assert len({(query, path) for query, path, _ in rows}) == len(rows), "a pair is judged twice"
    assert {grade for *_, grade in rows} == {1, 2}
    assert {query for query, _, grade in rows if grade == 2} == queries
    assert {query for query, *_ in rows} <= queries
    assert {path for _, path, _ in rows} <= set(documents(DOCS))


def test_judgements_spread_over_the_corpus() -> None:
    answering = {path for _, path, grade in judgements() if grade == 2}
    assert len(answering) >= 35
    assert {path.split("/")[0] for path in answering} == {"bees", "boat", "house", "kitchen", "workshop"}


def test_one_answer_for_each_query() -> None:
    answers = [(answer["_id"], answer["path"]) for answer in lines("answers.jsonl")]
    assert [query for query, _ in answers] == [query["_id"] for query in lines("queries.jsonl")]
    assert set(answers) <= {(query, path) for query, path, grade in judgements() if grade == 2}


@pytest.mark.parametrize("answer", lines("answers.jsonl"), ids=lambda answer: answer["_id"])
def test_answers_stand_in_a_passage(answer: dict[str, str]) -> None:
    assert answer["quote"] in parsed(answer["path"]).text
    assert passages_with(answer["path"], answer["quote"])


@pytest.mark.parametrize(
    "query",
    [query for query in lines("queries.jsonl") if query["kind"] == "paraphrase"],
    ids=lambda query: query["_id"],
)
def test_paraphrases_share_no_content_word_with_their_answer(query: dict[str, str]) -> None:
    answer = next(answer for answer in lines("answers.jsonl") if answer["_id"] == query["_id"])
    asked = content_stems(query["text"])
    assert asked
    for passage in passages_with(answer["path"], answer["quote"]):
        assert not asked & content_stems(passage)


def test_off_topic_queries() -> None:
    off_topic = (ROOT / "off_topic.txt").read_text(encoding="utf-8").splitlines()
    assert len(off_topic) == len({query.casefold() for query in off_topic}) == 20
    assert all(query.strip() == query and query for query in off_topic)
    assert not set(off_topic) & {query["text"] for query in lines("queries.jsonl")}


def test_nothing_is_named_after_a_draft() -> None:
    assert not [path for _, path, _ in judgements() if path.startswith("drafts/")]


def test_the_recording_says_what_its_script_says() -> None:
    path = TARGET.relative_to(DOCS).as_posix()
    assert TARGET.stat().st_size < 150_000
    assert word_error_rate(" ".join(SAID), parsed(path).text) <= 0.2
    assert (parsed(path).title, parsed(path).metadata["author"]) == (TAGS["title"], TAGS["artist"])
