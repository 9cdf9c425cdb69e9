"""`semsearch index --model` and `--rollback`: what they say, and what `status` and `query -m` say of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

OTHER = "bge-small-en-v1.5-int8"


def test_there_and_back(workplace: Workplace) -> None:
    workplace.call("index", ".")
    refused = workplace.call("query", "-m", OTHER, "bread")
    assert refused.code == 2
    assert f"semsearch index --model {OTHER}" in refused.err
    (workplace.corpus / "new.txt").write_text("The plums are dried on racks in September.\n")

    moved = workplace.call("index", "--model", OTHER)
    assert moved.code == 0
    assert moved.err.startswith(f"moved from all-MiniLM-L6-v2 to {OTHER}")
    assert "sample queries" in moved.err
    assert "1 new" in moved.err
    status = workplace.call("status", "--json").json()
    assert (status["model"], status["rollback"], status["move"]) == (OTHER, "all-MiniLM-L6-v2", None)
    assert "--rollback" in workplace.call("status").out
    assert workplace.call("query", "dried fruit", "-l").out.splitlines()[0] == "new.txt"

    back = workplace.call("index", "--rollback", "--json").json()
    assert back["move"]["model"] == "all-MiniLM-L6-v2"
    assert back["move"]["encoded"] == 1
    assert workplace.call("query", "dried fruit", "-l").out.splitlines()[0] == "new.txt"
    assert workplace.call("doctor").code == 0
    workplace.call("compact")
    gone = workplace.call("index", "--rollback")
    assert gone.code == 2
    assert "no state to roll back to" in gone.err


def test_the_same_model_is_nothing_to_do(workplace: Workplace) -> None:
    workplace.call("index", "recipes")
    again = workplace.call("index", "-m", "all-MiniLM-L6-v2", "--json").json()
    assert again["move"]["nothing"]
    assert again["unchanged"] == 2


def test_bad_input_is_told_in_one_line(workplace: Workplace) -> None:
    workplace.call("index", "recipes")
    for args in (["--model", "no-such-model"], ["--rollback", "recipes"], ["--rollback", "-m", OTHER]):
        done = workplace.call("index", *args)
        assert done.code == 2
        assert len(done.err.strip().splitlines()) == 1
    assert workplace.call("status", "--json").json()["model"] == "all-MiniLM-L6-v2"
