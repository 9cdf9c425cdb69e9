"""`semsearch query` over a real index with the default model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

QUESTION = "recover my data when the drive is broken"
OFF_TOPIC = "quarterly earnings of semiconductor companies in Taiwan"


def test_hits_go_to_standard_output_and_nothing_else_does(shared: Workplace) -> None:
    done = shared.call("query", QUESTION)
    assert done.code == 0
    assert done.out.startswith(" 1. backup.md:16  0.")
    assert "Keeping copies › Restoring after a disk failure" in done.out
    assert done.err == ""


def test_search_is_an_alias_and_words_need_no_quotes(shared: Workplace) -> None:
    assert shared.call("search", *QUESTION.split()).out == shared.call("query", QUESTION).out


def test_json_contract(shared: Workplace) -> None:
    done = shared.call("query", QUESTION, "--json", "-k", "2")
    found = done.json()
    assert done.code == 0
    assert list(found)[:4] == ["query", "index", "mode", "hits"]
    assert found["query"] == QUESTION
    assert found["mode"] == "hybrid"
    assert Path(found["index"]).is_dir()
    assert found["relevant"] is True
    best = found["hits"][0]
    assert best["rank"] == 1
    assert 0.5 < best["score"] <= 1
    assert best["path"] == str(shared.corpus / "backup.md")
    assert best["scores"]["rerank"] is None
    assert best["scores"]["dense"] > 0
    assert best["page"] is None
    lines = (shared.corpus / "backup.md").read_text().split("\n")
    assert "restore script" in "\n".join(lines[best["line_start"] - 1 : best["line_end"]])
    assert best["anchor"] == f"L{best['line_start']}-{best['line_end']}"
    assert best["heading"][-1] == "Restoring after a disk failure"
    assert best["metadata"]["type"] == "md"
    assert [hit["rank"] for hit in found["hits"]] == list(range(1, len(found["hits"]) + 1))


def test_marks_are_words_of_the_query(shared: Workplace) -> None:
    best = shared.call("query", "carrots", "--json").json()["hits"][0]
    assert [best["text"][a:b] for a, b in best["marks"]] == ["carrots"]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_modes(shared: Workplace, mode: str) -> None:
    found = shared.call("query", "simmer vegetable broth", "--mode", mode, "--json").json()
    assert found["mode"] == mode
    assert found["hits"][0]["path"].endswith("soup.txt")
    seen = set(found["hits"][0]["ranks"])
    assert seen <= {"dense", "lexical"} if mode == "hybrid" else seen == {mode}


def test_nothing_relevant(shared: Workplace) -> None:
    done = shared.call("query", OFF_TOPIC)
    assert (done.code, done.out) == (1, "")
    assert done.err.count("\n") == 1
    assert "--no-floor" in done.err
    found = shared.call("query", OFF_TOPIC, "--json")
    assert (found.code, found.json()["hits"], found.json()["relevant"]) == (1, [], False)
    anyway = shared.call("query", OFF_TOPIC, "--no-floor", "--json")
    assert anyway.code == 0
    assert len(anyway.json()["hits"]) > 0


def test_nothing_relevant_is_said_with_paths_only_too(shared: Workplace) -> None:
    shown = shared.call("query", OFF_TOPIC)
    done = shared.call("query", OFF_TOPIC, "-l")
    assert (done.code, done.out, done.err) == (1, "", shown.err)
    assert shared.call("query", OFF_TOPIC, "-l", "-0").err == shown.err
    several = shared.call("query", "-", "-l", stdin=f"carrots\n{OFF_TOPIC}\n")
    assert several.code == 0
    assert several.err.count("nothing relevant") == 1
    lack = shared.call("query", "carrots", "-l", "--filter", "type=pdf").err
    assert lack == shared.call("query", "carrots", "--filter", "type=pdf").err
    assert "passes --filter" in lack
    assert "nothing relevant" not in lack


def test_files_only_each_once(shared: Workplace) -> None:
    done = shared.call("query", "bake", "-l", "--no-floor")
    paths = done.out.splitlines()
    assert len(paths) == len(set(paths)) > 0
    assert all((shared.corpus / path).is_file() for path in paths)
    several = shared.call("query", "-", "-l", "--no-floor", stdin="bake\nbread\ndough").out.splitlines()
    assert len(several) == len(set(several)) > 1
    null = shared.call("query", "bake", "-l", "-0", "--no-floor")
    assert null.out.split("\0")[:-1] == paths


def test_a_path_is_relative_only_below_the_current_folder(shared: Workplace) -> None:
    elsewhere = shared.call("query", "carrots", "-l", cwd=shared.corpus / "recipes")
    assert elsewhere.out.splitlines()[0] == "soup.txt"
    outside = shared.call("query", QUESTION, "-l", cwd=shared.corpus / "recipes")
    assert outside.out.splitlines()[0] == str(shared.corpus / "backup.md")


def test_top_k_counts_documents(shared: Workplace) -> None:
    assert len(shared.call("query", "bake", "-k", "1", "--no-floor", "--json").json()["hits"]) == 1
    assert len(shared.call("query", "bake", "-n", "1000", "--no-floor", "--json").json()["hits"]) <= 5


def test_in_and_filter(shared: Workplace) -> None:
    within = shared.call("query", "bake", "--in", "recipes", "--no-floor", "--json").json()["hits"]
    assert {Path(hit["path"]).parent.name for hit in within} == {"recipes"}
    typed = shared.call("query", "bake", "--filter", "type=py", "--no-floor", "--json").json()["hits"]
    assert [Path(hit["path"]).name for hit in typed] == ["orchard.py"]
    none = shared.call("query", "bake", "--filter", "type=pdf")
    assert (none.code, none.out) == (1, "")
    assert none.err == "semsearch: warning: no document of the index passes --filter and --in\n"
    assert shared.call("query", "bake", "--in", "recipez", "--json").json()["warnings"] == [
        "recipez: not there, and the index holds nothing below it",
        none.err[20:-1],
    ]


def test_exact_phrase(shared: Workplace) -> None:
    found = shared.call("query", '"doubled, and bake"', "--json").json()["hits"]
    assert found
    assert all("doubled, and bake" in hit["text"] for hit in found)


def test_near_copies_are_folded_and_named(shared: Workplace) -> None:
    done = shared.call("query", "knead dough")
    assert "same text in 1 more file: " in done.out


def test_context(shared: Workplace) -> None:
    best = shared.call("query", QUESTION, "-C", "2", "--json").json()["hits"][0]
    assert "context_before" in best
    assert "context_after" in best
    assert best["context_before"].endswith("the moon and is chalked on the wall.\n\n")
    assert "context_before" not in shared.call("query", QUESTION, "--json").json()["hits"][0]
    assert "chalked on the wall" in shared.call("query", QUESTION, "-C", "2").out
    assert "chalked on the wall" not in shared.call("query", QUESTION).out


def test_explain(shared: Workplace) -> None:
    assert "dense: rank 1, score 0." in shared.call("query", QUESTION, "--explain").out


def test_like_and_unlike(shared: Workplace) -> None:
    like = shared.call("query", "--like", "recipes/soup.txt", "--no-floor", "--json")
    assert like.code == 0, like.err
    names = [Path(hit["path"]).name for hit in like.json()["hits"]]
    assert names[0].startswith("bread")
    both = shared.call("query", "baking", "--unlike", "backup.md", "--json", "--no-floor")
    assert both.code == 0, both.err


def test_many_queries_from_standard_input(shared: Workplace) -> None:
    lines = f"carrots\n\n{OFF_TOPIC}\n{QUESTION}"
    found = shared.call("query", "-", "--json", stdin=lines)
    assert found.code == 0
    assert [results["query"] for results in found.json()] == ["carrots", OFF_TOPIC, QUESTION]
    assert [results["relevant"] for results in found.json()] == [True, False, True]
    each = shared.call("query", "-", "--jsonl", stdin=lines)
    assert [json.loads(line) for line in each.out.splitlines()] == found.json()
    shown = shared.call("query", "-", stdin=lines)
    assert shown.out.count("── ") == 3
    assert shown.err.count("nothing relevant") == 1


def test_a_misspelled_word_is_searched_as_the_one_that_is_meant(shared: Workplace) -> None:
    done = shared.call("query", "carrotts")
    assert done.code == 0
    assert "no 'carrotts' here; searched carrots" in done.err
    assert done.out == shared.call("query", "carrotts", "--mode", "hybrid").out
    found = shared.call("query", "carrotts", "--json").json()
    assert found["corrected"] == {"carrotts": "carrots"}
    assert found["warnings"] == ["no 'carrotts' here; searched carrots"]
    exact = shared.call("query", "carrotts", "--no-fuzzy", "--json").json()
    assert exact["corrected"] == {}


def test_an_empty_answer_names_the_words_that_stand_nowhere(shared: Workplace) -> None:
    done = shared.call("query", '"zeppelin hangar" quokka')
    assert done.code == 1
    assert "\"zeppelin hangar\" and 'quokka' occur in no document" in done.err
    assert shared.call("query", "--mode", "lexical", "the quokka", "--json").json()["absent"] == ["quokka"]


def test_a_long_query_is_never_printed_whole(shared: Workplace) -> None:
    text = "quokka wallaby zeppelin " * 200
    for done in (shared.call("query", text), shared.call("query", "-", stdin=f"{text}\n")):
        assert done.code == 1
        assert len(done.err) < 600
        assert len(done.out) < 200


def test_one_query_as_a_json_line(shared: Workplace) -> None:
    done = shared.call("query", "carrots", "--jsonl")
    assert done.out.count("\n") == 1
    assert json.loads(done.out) == shared.call("query", "carrots", "--json").json()


def test_no_queries_at_all(shared: Workplace) -> None:
    done = shared.call("query", "-", "--json", stdin="")
    assert (done.code, done.json()) == (1, [])


def test_answers_come_while_more_questions_wait(shared: Workplace) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "semsearch", "query", "-", "--jsonl"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=shared.corpus,
        env=shared.environ({}),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        for question in ("carrots", "knead"):
            process.stdin.write(question.encode() + b"\n")
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["query"] == question
        process.stdin.close()
        assert process.stdout.read() == b""
    assert process.wait(60) == 0


def test_settings_of_a_project_count_and_are_told_when_wrong(shared: Workplace, tmp_path: Path) -> None:
    (tmp_path / "semsearch.toml").write_text('top_k = 1\nmodel = "/tmp/evil"\n')
    done = shared.call("query", "bake", "--no-floor", "--json", cwd=tmp_path)
    assert len(done.json()["hits"]) == 1
    assert done.err.count("\n") == 1
    assert done.err.startswith("semsearch: warning: ")
    assert "model" in done.err
    flag = shared.call("query", "bake", "--no-floor", "--json", "-k", "2", cwd=tmp_path)
    assert len(flag.json()["hits"]) == 2
    variable = shared.call("query", "bake", "--no-floor", "--json", cwd=tmp_path, SEMSEARCH_TOP_K="3")
    assert len(variable.json()["hits"]) == 3


def test_a_query_loads_no_torch(shared: Workplace) -> None:
    code = (
        "import sys\nfrom semsearch.cli.main import main\n"
        "try:\n    main(['query', 'carrots'])\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=shared.environ({}),
        cwd=shared.corpus,
        check=True,
    )
    modules = set(done.stderr.split("\n"))
    assert "carrots" in done.stdout
    assert "onnxruntime" in modules
    assert modules & {"torch", "transformers", "sentence_transformers"} == set()
    unused = (
        "semsearch.types.reports",
        "semsearch.api.saved_queries",
        "semsearch.api.watch",
        "semsearch.indexing",
        "semsearch.corpus",
    )
    loaded = {module for module in modules if module.startswith(unused)} - {"semsearch.corpus", "semsearch.corpus.text"}
    assert not [module for module in loaded if not module.startswith("semsearch.corpus.text.terms")]


def test_options_before_the_command_count_too(shared: Workplace) -> None:
    index = shared.call("status", "--json").json()["path"]
    empty = {"SEMSEARCH_DATA": os.devnull + "-not-there"}
    for args in (
        ("-i", index, "query", "carrots"),
        ("query", "carrots", "-i", index),
        ("query", "-i", index, "carrots"),
    ):
        assert shared.call(*args, **empty).code == 0
