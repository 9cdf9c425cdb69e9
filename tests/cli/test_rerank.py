"""`query --rerank` and `--explain` by meaning, as a user meets them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Workplace

QUERY = ("how", "to", "bring", "the", "system", "back", "once", "the", "hard", "drive", "crashed")


def test_reranked_hits_tell_the_reranker_in_json(shared: Workplace) -> None:
    done = shared.call("query", "--rerank", "--json", "-k", "3", *QUERY)
    assert done.code == 0, done.err
    record = done.json()
    first = record["hits"][0]
    assert Path(first["path"]).name == "backup.md"
    assert isinstance(first["scores"]["rerank"], float)
    assert first["ranks"]["rerank"] == 1
    assert 0.5 <= first["score"] <= 1.0
    assert record["reranked"]["model"] == "ms-marco-MiniLM-L-12-v2-int8"
    assert record["reranked"]["pairs"] >= 1
    plain = shared.call("query", "--json", "-k", "10", *QUERY).json()
    assert "reranked" not in plain
    assert plain["hits"][0]["scores"]["rerank"] is None
    scores = {h["path"]: h["score"] for h in plain["hits"]}
    assert first["score"] == scores[first["path"]]


@pytest.mark.parametrize("mode", ["lexical", "dense"])
def test_one_list_alone_is_reranked_as_well(shared: Workplace, mode: str) -> None:
    done = shared.call("query", "--rerank", "--rerank-mode", "replace", "--mode", mode, "--json", "restore", "script")
    assert done.code == 0, done.err
    assert done.json()["hits"][0]["ranks"]["rerank"] == 1


def test_the_cost_is_told_where_it_is_asked_for(shared: Workplace) -> None:
    done = shared.call("query", "--rerank", "--rerank-top", "2", "-v", *QUERY)
    assert "semsearch: ms-marco-MiniLM-L-12-v2-int8 read 2 passages in " in done.err
    text = " ".join(shared.call("query", "--help").out.split())
    assert "Costs one to four seconds a query on two cores, hence off by default" in text


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--rerank-mode", "replace"), "--rerank-mode goes with --rerank"),
        (("--rerank-top", "5"), "--rerank-top goes with --rerank"),
        (("--reranker", "x"), "--reranker goes with --rerank"),
        (("--rerank", "--rerank-mode", "best"), "'best' is not one of 'fuse', 'replace'"),
        (("--rerank", "--rerank-top", "0"), "0 is not in the range"),
        (("--rerank", "--reranker", "all-MiniLM-L6-v2"), "all-MiniLM-L6-v2 is a bi-encoder"),
        (("--rerank", "--reranker", "no-such-model"), "no model 'no-such-model': give a name"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(shared: Workplace, options: tuple[str, ...], said: str) -> None:
    done = shared.call("query", *options, "a", "cat")
    assert done.code == 2
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert said in line


def test_without_words_there_is_nothing_to_rerank_by(shared: Workplace) -> None:
    done = shared.call("query", "--rerank", "--like", "backup.md")
    assert (done.code, done.out) == (2, "")
    assert "or do not rerank" in done.err


def test_the_reranker_may_be_a_setting_of_the_user_and_not_of_a_project(workplace: Workplace) -> None:
    (workplace.corpus / "semsearch.toml").write_text('reranker = "elsewhere/model"\n')
    (workplace.root / "config.toml").write_text('reranker = "no-such-model"\n')
    assert workplace.call("index", ".").code == 0
    done = workplace.call("query", *QUERY)
    assert done.code == 0
    assert "'reranker' may be set in your own" in done.err
    done = workplace.call("query", "--rerank", *QUERY)
    assert done.code == 2
    assert "no model 'no-such-model'" in done.err


def test_explain_gives_the_words_that_carry_the_match(shared: Workplace) -> None:
    done = shared.call("query", "--explain", "--json", "-k", "1", *QUERY)
    hit = done.json()["hits"][0]
    query = " ".join(QUERY)
    pairs = {query[slice(*m["query"])]: hit["text"][slice(*m["passage"])] for m in hit["word_matches"]}
    assert pairs["drive"] == "drive"
    assert pairs["crashed"] == "failure"
    for start, stop, weight in hit["token_weights"]:
        assert 0 <= start < stop <= len(hit["text"])
        assert 0 < weight <= 1
    spans = [(start, stop) for start, stop, _ in hit["token_weights"]]
    assert spans == sorted(set(spans)) == sorted({tuple(m["passage"]) for m in hit["word_matches"]})
    assert "word_matches" not in shared.call("query", "--json", *QUERY).json()["hits"][0]


def test_explain_marks_words_of_the_same_meaning_otherwise_than_those_that_are_the_same(shared: Workplace) -> None:
    coloured = shared.call("query", "--explain", "-k", "1", *QUERY, FORCE_COLOR="1").out
    assert "\x1b[4mrestore\x1b[0m" in coloured
    assert "\x1b[1mdrive\x1b[0m" in coloured
    plain = shared.call("query", "--explain", "-k", "1", *QUERY, NO_COLOR="1").out
    assert "\x1b" not in plain
    (line,) = (line for line in plain.splitlines() if "near in meaning: " in line)
    assert "crashed ~ failure 0." in line
    assert "drive ~" not in line
    assert len(line) <= 100


def test_explain_by_words_alone_needs_no_encoder(shared: Workplace) -> None:
    done = shared.call("query", "--explain", "--mode", "lexical", "--json", "restore", "script")
    assert done.code == 0
    assert "word_matches" not in done.json()["hits"][0]


def test_reranking_loads_no_torch(shared: Workplace) -> None:
    code = (
        "import sys\nfrom semsearch.cli.main import main\nheavy = {'torch', 'transformers', 'sentence_transformers'}\n"
        "try:\n    main(['query', '--rerank', '--explain', '-l', 'restore'])\n"
        "finally:\n    print(*heavy & set(sys.modules), 'loaded')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=shared.corpus, env=shared.environ({})
    )
    assert "backup.md\n" in done.stdout, done.stderr
    assert done.stdout.splitlines()[-1] == "loaded"


def test_eval_measures_reranking_as_a_mode_of_its_own(workplace: Workplace) -> None:
    folder = workplace.root / "judged"
    (folder / "qrels").mkdir(parents=True)
    texts = {"a": "Bread is baked at 230 degrees.", "b": "Soup simmers in broth.", "c": "Apples are picked in autumn."}
    lines = [json.dumps({"_id": name, "title": "", "text": text}) for name, text in texts.items()]
    (folder / "corpus.jsonl").write_text("\n".join(lines) + "\n")
    (folder / "queries.jsonl").write_text('{"_id": "q", "text": "how hot is the oven for a loaf"}\n')
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta\t1\n")
    done = workplace.call("eval", folder, "--mode", "hybrid", "--rerank", "--json", "--run", folder / "run.trec")
    assert done.code == 0, done.err
    assert set(done.json()) == {"hybrid", "rerank"}
    assert done.json()["rerank"]["nDCG@10"] == 1.0
    assert (folder / "run-rerank.trec").is_file()
    assert workplace.call("eval", folder, "--rerank-mode", "replace").code == 2
