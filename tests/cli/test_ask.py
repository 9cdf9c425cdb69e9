"""`semsearch ask`: in the documents' own sentences, and through a generator behind a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.contract.faulty_server import DONE, Server, dropped, event, page, serving, stream

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace

RESTORE = "How do I restore files after a disk failure?"
GROUNDED = (
    "Attach the external drive, run the restore script as root, and wait until every volume has been copied back."
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as running:
        yield running


def test_a_dialogue_from_standard_input_cites_completes_and_is_saved(shared: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    lines = f"{RESTORE}\nand why?\n/sources\n"
    done = shared.call("ask", "--extractive", "--history", file, "-", stdin=lines)
    assert done.code == 0, done.err
    assert "[1] backup.md:" in done.out
    assert "searching for: and why? restore files disk failure" in done.err
    again = shared.call("ask", "--extractive", "--history", file, "-", stdin="/sources\n")
    assert "going on after 2 questions" in again.err


def test_nothing_found_exits_with_1(shared: Workplace) -> None:
    done = shared.call("ask", "--extractive", "Who won the chess olympiad in Baku?")
    assert (done.code, done.out) == (1, "Not found in these documents.\n")


def test_a_written_answer_is_streamed_and_its_sentences_are_marked(shared: Workplace, server: Server) -> None:
    words = [event(f"{word} ", logprob=-0.1) for word in GROUNDED.split()]
    server.answers = [stream(*words, event("It costs 4711 crowns."), event(finish="stop"), DONE)]
    done = shared.call("ask", "--generator", "openai:x", "--base-url", server.url, RESTORE)
    assert done.code == 0, done.err
    assert f"{GROUNDED} [1] It costs 4711 crowns. [? " in done.out
    assert "[1] backup.md:" in done.out


def test_probabilities_have_a_plain_form(shared: Workplace, server: Server) -> None:
    server.answers = [stream(event("Attach", logprob=0.0), event(" it.\x1b"), event(finish="stop"), DONE)]
    done = shared.call("ask", "--generator", "openai:x", "--base-url", server.url, "--show-probabilities", RESTORE)
    assert '1.0000\t"Attach"\n-\t" it.\\u001b"\n' in done.out
    assert "\x1b" not in done.out


def test_a_dropped_answer_is_told_and_kept_as_cut_off(shared: Workplace, server: Server, tmp_path: Path) -> None:
    server.answers = [dropped(event("Attach the "))]
    file = tmp_path / "talk.json"
    done = shared.call(
        "ask", "--generator", "openai:x", "--base-url", server.url, "--history", file, RESTORE, FORCE_COLOR=None
    )
    assert done.code == 2
    assert done.out == "Attach the\n"
    assert "broke off; 1 tokens received" in done.err
    assert "cut off: the connection" in file.read_text()


def test_the_key_is_not_shown_even_with_the_traceback(shared: Workplace, server: Server) -> None:
    key = "sk-verysecret0123456789"
    server.answers = [page(401, {"error": {"message": f"bad key {key}"}})]
    done = shared.call("ask", "-v", "--generator", "openai:x", "--base-url", server.url, RESTORE, SEMSEARCH_API_KEY=key)
    assert done.code == 2
    assert "denies access (bad key [key]): check the key" in done.err
    assert key not in done.out + done.err


def test_offline_refuses_a_remote_model(shared: Workplace) -> None:
    done = shared.call("ask", "--offline", "--generator", "openai:x", RESTORE)
    assert done.code == 2
    assert "offline mode is on" in done.err


def test_a_project_cannot_name_a_generator_or_an_endpoint(shared: Workplace, server: Server, tmp_path: Path) -> None:
    (tmp_path / "semsearch.toml").write_text(f'generator = "openai:x"\nbase_url = "{server.url}"\n')
    done = shared.call("ask", "--extractive", RESTORE, cwd=tmp_path)
    assert "'generator' may be set in your own" in done.err
    assert "'base_url' may be set in your own" in done.err
    assert server.requests == []


def test_a_damaged_history_is_one_line(shared: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "talk.json"
    file.write_text("{")
    done = shared.call("ask", "--extractive", "--history", file, RESTORE)
    assert done.code == 2
    assert "is not a saved dialogue, or is damaged" in done.err
    assert done.err.count("\n") == 1


def test_a_history_that_cannot_be_written_is_told_before_anything_is_answered(
    shared: Workplace, tmp_path: Path
) -> None:
    done = shared.call("ask", "--extractive", "--history", tmp_path / "nowhere" / "talk.json", RESTORE)
    assert (done.code, done.out) == (2, "")
    assert "cannot be written" in done.err


@pytest.mark.parametrize("given", [("--generator", "m"), ("--base-url", "http://localhost:1/v1")])
def test_extractive_takes_nothing_of_a_decoder(shared: Workplace, given: tuple[str, str]) -> None:
    done = shared.call("ask", "--extractive", *given, RESTORE)
    assert done.code == 2
    assert f"--extractive goes with no decoder: leave out {given[0]}" in done.err


def test_extractive_minds_no_decoder_of_the_users_configuration(shared: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('generator = "openai:m"\nbase_url = "http://localhost:1/v1"\n')
    done = shared.call("ask", "--extractive", RESTORE, SEMSEARCH_CONFIG=str(file))
    assert (done.code, done.err) == (0, "")
