"""`query --summarize`: the answer above the hits, for people and for programs, and every refusal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

QUESTION = "recover my data when the drive is broken"
OFF_TOPIC = "quarterly earnings of semiconductor companies in Taiwan"
FAST = ("--summarize", "--no-rerank")


def test_the_answer_stands_above_the_hits_with_numbers_that_lead_to_lines(shared: Workplace) -> None:
    done = shared.call("query", *FAST, QUESTION)
    answer, hits = done.out.split("────\n", 1)
    assert done.code == 0
    assert "Attach the external drive, run the restore script as root" in " ".join(answer.split())
    assert re.search(r"^\[1\] backup\.md:\d+$", answer, re.MULTILINE)
    assert "[1]\n" in answer
    assert hits == shared.call("query", QUESTION).out
    assert done.err == ""


def test_json_contract_of_an_answer(shared: Workplace) -> None:
    found = shared.call("query", *FAST, QUESTION, "--json", "--sentences", "2").json()
    answer = found["answer"]
    assert list(answer) == ["found", "method", "text", "sentences", "dropped"]
    assert (answer["found"], answer["method"], answer["dropped"]) == (True, "extractive", [])
    assert answer["text"] == " ".join(sentence["text"] for sentence in answer["sentences"])
    assert 1 <= len(answer["sentences"]) <= 2
    for sentence in answer["sentences"]:
        assert (sentence["supported"], sentence["doubt"]) == (True, None)
        for cited in sentence["citations"]:
            hit = found["hits"][cited["hit"] - 1]
            assert cited["path"] == hit["path"]
            text = (shared.corpus / cited["path"]).read_text(encoding="utf-8")
            assert text[cited["start"] : cited["stop"]] == cited["quote"]
            lines = text.split("\n")[cited["line_start"] - 1 : cited["line_end"]]
            assert cited["quote"] in "\n".join(lines)
            assert cited["page"] is None
            assert {"anchor", "document_id", "passage_id"} <= set(cited)
    assert "answer" not in shared.call("query", QUESTION, "--json").json()


def test_a_bare_option_never_takes_the_query(shared: Workplace) -> None:
    queries = [
        ("--summarize", "carrots", "--no-rerank"),
        ("carrots", "--no-rerank", "--summarize"),
        ("--summarize=extractive", "--no-rerank", "carrots"),
        ("--no-rerank", "--summarize", "--", "carrots"),
    ]
    outputs = [shared.call("query", *arguments) for arguments in queries]
    assert {done.code for done in outputs} == {0}
    assert len({done.out for done in outputs}) == 1
    literal = shared.call("query", "--no-floor", "--json", "--", "--summarize").json()
    assert literal["query"] == "--summarize"


def test_not_found_is_exit_1(shared: Workplace) -> None:
    done = shared.call("query", *FAST, OFF_TOPIC)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("semsearch: not found in these documents")
    assert done.err.count("\n") == 1
    found = shared.call("query", *FAST, OFF_TOPIC, "--json")
    assert found.code == 1
    assert found.json()["answer"] == {
        "found": False, "method": "extractive", "text": "", "sentences": [], "dropped": []
    }  # fmt: skip


def test_the_reranker_reads_unless_it_is_told_not_to(shared: Workplace) -> None:
    read = shared.call("query", "--summarize", "what is cut for the soup?", "--json", "-k", "2")
    assert read.code == 0, read.err
    assert read.json()["hits"][0]["scores"]["rerank"] is not None
    assert "carrots" in read.json()["answer"]["text"]
    unread = shared.call("query", *FAST, "what is cut for the soup?", "--json", "-k", "2").json()
    assert unread["hits"][0]["scores"]["rerank"] is None


def test_many_questions_from_standard_input(shared: Workplace) -> None:
    done = shared.call("query", *FAST, "--jsonl", "-", stdin=f"carrots\n{OFF_TOPIC}\n")
    answers = [json.loads(line)["answer"] for line in done.out.splitlines()]
    assert [answer["found"] for answer in answers] == [True, False]
    assert done.code == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--summarize=poem", "x"), "'poem' is not one of"),
        (("--summarize", "-l", "x"), "--files prints paths only"),
        (("--summarize", "--like", "backup.md"), "--like asks no question"),
        (("--strict", "x"), "--strict goes with --summarize"),
        (("--generator", "m", "x"), "--generator goes with --summarize"),
        (("--summarize=extractive", "--generator", "m", "x"), "not with extractive"),
        (("--summarize", "--strict", "x"), "an extractive one is made of quotes"),
        (("--summarize", "--sentences", "0", "x"), "--sentences"),
    ],
)
def test_refusals_are_one_line(shared: Workplace, arguments: tuple[str, ...], told: str) -> None:
    done = shared.call("query", *arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1


def test_a_named_generator_makes_a_bare_option_generate(shared: Workplace) -> None:
    done = shared.call("query", "--summarize", "--no-rerank", "--generator", "/no/such/model", "carrots", "--offline")
    assert done.code == 2
    assert "/no/such/model" in done.err


def test_escapes_in_documents_reach_no_terminal_through_an_answer(workplace: Workplace) -> None:
    text = "The gate of the \x1b[31mgarden\x1b[0m is locked at dusk\x07 by \u202eKarl.\n"
    (workplace.corpus / "gate.txt").write_text(text, encoding="utf-8")
    assert workplace.call("index", ".").code == 0
    for more in ((), ("--json",)):
        done = workplace.call("query", *FAST, "--no-floor", "when is the gate of the garden locked", *more)
        assert done.code == 0, done.err
        assert "locked at dusk" in done.out
        assert not set(done.out) & {"\x1b", "\x07", "\u202e"}


def test_citations_are_links_on_a_terminal(shared: Workplace) -> None:
    done = shared.run_on_terminal("query", *FAST, QUESTION)
    answer = done.out.split("────", 1)[0]
    assert re.search(r"\x1b\]8;;file://[^\x1b]*backup\.md#\d+\x1b\\", answer)


def test_an_empty_index_says_so(workplace: Workplace) -> None:
    workplace.call("add", "-", "-i", "hollow", stdin="")
    done = workplace.call("query", "--summarize", "what is a bee", "-i", "hollow")
    assert done.code == 1
    assert "the index is empty" in done.err
