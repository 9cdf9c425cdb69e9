"""`--set KEY=VALUE`: the keys of the settings on the command line."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Workplace


def test_a_limit_is_set_and_stored_with_the_index(workplace: Workplace) -> None:
    (workplace.corpus / "long.txt").write_text("The harbour pilot waits. " * 200)
    done = workplace.run("index", ".", "--set", "max-file-size=1k")
    assert done.code == 0
    assert "--set max_file_size=SIZE" in done.err
    again = workplace.run("index")
    assert "long.txt" in again.err
    assert "long.txt" not in workplace.run("index", "--set", "max_file_size = 1M").err


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("index", "--set", "max_file_size"), "'max_file_size' has no value; write max_file_size=VALUE"),
        (("index", "--set", "=5"), "there is no key ''"),
        (
            ("index", "--set", "max_file_sise=5M"),
            "there is no key 'max_file_sise'; did you mean max_file_size or max_pixels?",
        ),
        (("index", "--set", "zzz=1"), "there is no key 'zzz'; its keys are "),
        (("index", "--set", "temperature=1"), "`index` has no use for the key temperature"),
        (("index", "--set", "max_file_size=big"), "max_file_size: 'big' is not a size; write one like 500k or 20M"),
        (("index", "--set", "max_nesting=0"), "max_nesting: write a whole number from 1 to 100"),
        (("index", "--set", "recall=2"), "recall: write a number above 0, up to 1"),
        (("index", "--set", "file_seconds=0"), "file_seconds: write a number of seconds above 0"),
        (("query", "x", "--set", "temperature=hot"), "temperature: write a number from 0 to 100"),
        (("query", "x", "--set", "rerank_top=5"), "--set rerank_top goes with --rerank"),
        (("query", "x", "--set", "seed=1"), "--set seed goes with --summarize"),
        (("search", "x", "--set", "exact=perhaps"), "exact: write true or false"),
    ],
)
def test_what_cannot_be_set_is_one_line(workplace: Workplace, command: tuple[str, ...], told: str) -> None:
    done = workplace.call(*command)
    assert done.code == 2
    assert told in done.err


def test_an_option_counts_before_it(workplace: Workplace) -> None:
    (workplace.corpus / "long.txt").write_text("The harbour pilot waits. " * 200)
    done = workplace.run("index", ".", "--set", "max_file_size=1M", "--max-file-size", "1k")
    assert "long.txt" in done.err


def test_a_search_takes_the_keys_of_its_own(shared: Workplace) -> None:
    answer = shared.call("query", "--summarize", "--set", "sentences=1", "--no-rerank", "--json", "restore").json()
    assert len(answer["answer"]["sentences"]) <= 1
    assert shared.call("search", "--set", "exact=yes", "-l", "restore").code == 0


def test_watch_makes_an_index_with_the_settings_of_the_environment(workplace: Workplace) -> None:
    """Also where the environment sets what is no setting of an index, such as how long a writer waits."""
    (workplace.corpus / "long.txt").write_text("The harbour pilot waits. " * 200)
    limits = {"SEMSEARCH_MAX_FILE_SIZE": "1k", "SEMSEARCH_MAX_NESTING": "2", "SEMSEARCH_WAIT": "5"}
    done = workplace.run("watch", ".", "--once", **limits)
    assert done.code == 0, done.err
    assert "long.txt" in workplace.run("index").err
