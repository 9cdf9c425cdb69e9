"""A query says the same with a daemon and without one, but for a score's last digit; who answered can be seen."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from semsearch.models.encoder.cross_encoder import load_cross_encoder
from semsearch.settings import DEFAULT_RERANKER
from tests.cli.daemons import daemon_of, facts_of, same_output

if TYPE_CHECKING:
    from tests.cli.conftest import Done, Workplace

OFF = {"SEMSEARCH_DAEMON": "off"}


@pytest.fixture(scope="module")
def served(shared: Workplace) -> Iterator[Workplace]:
    """The shared index, with a daemon that answers for it; a client would not wait for a download."""
    load_cross_encoder(DEFAULT_RERANKER)
    with daemon_of(shared):
        yield shared


def answered(place: Workplace) -> int:
    count: int = facts_of(place)["queries"]
    return count


def both(place: Workplace, *args: str | Path, terminal: bool = False, cwd: Path | None = None, **environ: str) -> Done:
    """Run a query with the daemon and without; they agree, and the daemon has answered the first."""
    run = place.run_on_terminal if terminal else place.run
    before = answered(place)
    warm = run(*args, cwd=cwd, **environ)
    assert answered(place) == before + 1, warm
    cold = run(*args, cwd=cwd, **{**environ, **OFF})
    assert warm.code == cold.code
    assert same_output(warm.out, cold.out), (warm.out, cold.out)
    assert same_output(warm.err, cold.err), (warm.err, cold.err)
    return warm


QUERIES = [
    ("query", "bake"),
    ("search", "bake", "the", "dough"),
    ("query", "carrots", "--json"),
    ("query", "carrots", "--jsonl", "-k", "2"),
    ("query", "bake", "-l"),
    ("query", "bake", "-l", "-0", "--no-floor"),
    ("query", "bake", "--explain"),
    ("query", "bake", "--explain", "--json"),
    ("query", "restore", "-C", "3"),
    ("query", "restore", "--json", "-C", "2"),
    ("query", "apples", "--mode", "dense"),
    ("query", "apples", "--mode", "lexical"),
    ("query", "apples", "--exact", "--no-floor", "-n", "3"),
    ("query", "bake", "--filter", "type=txt"),
    ("query", "bake", "--filter", "type=pdf"),
    ("query", "bake", "--in", "recipes"),
    ("query", "--in", "./recipes/../recipes", "bake", "--json"),
    ("query", '"restore script"'),
    ("query", "carrotts", "--json"),
    ("query", "carrotts", "--json", "--no-fuzzy"),
    ("query", "quarterly earnings of semiconductor companies", "-l"),
    ("query", "--like", "recipes/bread.txt"),
    ("query", "--like", "orchard.py", "--unlike", "recipes/soup.txt", "--json"),
    ("query", "quarterly earnings of semiconductor companies in Taiwan"),
    ("-v", "query", "bake"),
    ("query", "bake", "-v", "--offline"),
    ("--model", "all-MiniLM-L6-v2", "query", "bake"),
    ("query", "--", "--json"),
    ("query", "--rerank", "--rerank-top", "2", "-l", "bake"),
    ("query", "Größe \udce9 日本"),
]


@pytest.mark.parametrize("args", QUERIES, ids=" ".join)
def test_the_same_output_either_way(served: Workplace, args: tuple[str, ...]) -> None:
    done = both(served, *args)
    assert done.code in (0, 1)


def test_a_misspelled_word_is_searched_as_typed_where_that_is_asked_for(served: Workplace) -> None:
    assert both(served, "query", "carrotts", "--json").json()["corrected"] == {"carrotts": "carrots"}
    done = both(served, "query", "carrotts", "--json", "--no-fuzzy").json()
    assert (done["corrected"], done["warnings"]) == ({}, [])


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"NO_COLOR": "1"},
        {"TERM": "dumb"},
        {"COLUMNS": "40"},
        {"SEMSEARCH_TOP_K": "1", "SEMSEARCH_CONTEXT": "2"},
    ],
)
def test_terminals_get_the_same(served: Workplace, environ: dict[str, str]) -> None:
    done = both(served, "query", "restore the copied volume", "--explain", terminal=True, **environ)
    assert done.code == 0
    assert ("\x1b[1m" in done.out) == (not environ.keys() & {"NO_COLOR", "TERM"})


@pytest.mark.parametrize(
    "environ",
    [
        {"FORCE_COLOR": "1"},
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "latin-1"},
        {"SEMSEARCH_MODE": "lexical"},
        {"SEMSEARCH_FLOOR": "no"},
    ],
)
def test_pipes_get_the_same(served: Workplace, environ: dict[str, str]) -> None:
    both(served, "query", "Größe of the carrots", **environ)


def test_the_working_folder_counts(served: Workplace) -> None:
    below = served.corpus / "recipes"
    assert both(served, "query", "bake", "-l", cwd=below).out.splitlines()[0] == "bread.txt"
    assert "recipes/soup.txt" in both(served, "query", "carrots", "--in", ".", cwd=served.corpus).out
    assert both(served, "query", "bake", "--in", "soup.txt", "-l", cwd=below).out in ("", "soup.txt\n")
    (below / "semsearch.toml").write_text("top_k = 1\nbad = 1\n", encoding="utf-8")
    done = both(served, "query", "carrots and dough", "--no-floor", "--json", cwd=below)
    (below / "semsearch.toml").unlink()
    assert len(done.json()["hits"]) == 1
    assert "unknown key 'bad'" in done.err


def test_the_index_is_found_as_without_a_daemon(served: Workplace, tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "note.txt").write_text("The lighthouse keeper counts the ships.", encoding="utf-8")
    assert served.run("index", "own", "-i", "indexes/own", cwd=tmp_path).code == 0
    done = both(served, "query", "ships", "--json", cwd=tmp_path / "own")
    assert done.json()["index"] == str(tmp_path / "indexes" / "own")
    named = both(served, "query", "ships", "-i", "../indexes/own", cwd=tmp_path / "own")
    assert named == both(served, "query", "ships", cwd=tmp_path / "own", SEMSEARCH_INDEX="../indexes/own")


ALONE: list[tuple[tuple[str, ...], dict[str, str]]] = [
    (("query", "bake", "--no-daemon"), {}),
    (("query", "-", "--jsonl"), {}),
    (("query", "--help"), {}),
    (("query", "bake", "--no-such-option"), {}),
    (("query", "bake", "--json", "--jsonl"), {}),
    (("query", "bake", "--filter", "nonsense"), {}),
    (("query", "bake", "--model", "no-such-model"), {}),
    (("query", "bake", "-i", "no-such-index"), {}),
    (("query", "--like", "no-such-file"), {}),
    (("query", ""), {}),
    (("query", "bake", "--summarize", "--no-rerank"), {}),
    (("query", "bake"), {"SEMSEARCH_TOP_K": "many"}),
    (("query", "bake"), {"SEMSEARCH_THREADS": "1"}),
    (("query", "bake"), {"SEMSEARCH_CONFIG": "other.toml"}),
]


@pytest.mark.parametrize(("args", "environ"), ALONE, ids=str)
def test_what_is_left_to_its_own_process(served: Workplace, args: tuple[str, ...], environ: dict[str, str]) -> None:
    before = answered(served)
    warm = served.run(*args, stdin="carrots\n", **environ)
    assert answered(served) == before
    assert warm == served.run(*args, stdin="carrots\n", **{**environ, **OFF})


def test_a_file_that_is_not_in_the_index_is_read_by_the_client(served: Workplace, tmp_path: Path) -> None:
    (tmp_path / "like.txt").write_text("Vegetable broth with carrots.", encoding="utf-8")
    before = answered(served)
    done = served.run("query", "--like", "like.txt", "-l", cwd=tmp_path)
    assert done.out.splitlines()[0].endswith("soup.txt")
    assert answered(served) == before


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_both_streams_in_one_pipe_keep_their_order(served: Workplace, unbuffered: str) -> None:
    runs = []
    for environ in ({"PYTHONUNBUFFERED": unbuffered}, {"PYTHONUNBUFFERED": unbuffered, **OFF}):
        done = subprocess.run(
            [sys.executable, "-m", "semsearch", "-v", "query", "carrots " * 300, "--no-floor"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=served.corpus,
            env=served.environ(environ),
            check=False,
            text=True,
        )
        runs.append((done.returncode, done.stdout))
    assert runs[0][0] == runs[1][0]
    assert same_output(runs[0][1], runs[1][1]), runs


def test_a_broken_pipe_and_a_full_disk(served: Workplace) -> None:
    read, write = os.pipe()
    os.close(read)
    before = answered(served)
    process = subprocess.run(
        [sys.executable, "-m", "semsearch", "query", "bake"],
        stdout=write,
        stderr=subprocess.PIPE,
        cwd=served.corpus,
        env=served.environ({}),
        check=False,
    )
    os.close(write)
    assert (process.returncode, process.stderr) == (0, b"")
    if Path("/dev/full").exists():
        with Path("/dev/full").open("wb") as full:
            process = subprocess.run(
                [sys.executable, "-m", "semsearch", "query", "bake"],
                stdout=full,
                stderr=subprocess.PIPE,
                cwd=served.corpus,
                env=served.environ({}),
                check=False,
            )
        assert process.returncode == 2
        assert process.stderr.startswith(b"semsearch: error: No space left")
    assert answered(served) > before


def test_the_client_imports_nothing_that_is_slow(served: Workplace) -> None:
    code = (
        "import sys\nfrom semsearch.__main__ import main\nsys.argv[1:] = ['query', 'bake']\n"
        "try:\n    main()\nexcept SystemExit as done:\n    assert done.code == 0\n"
        "sys.stderr.write('\\n'.join(sys.modules))\n"
    )
    before = answered(served)
    done = subprocess.run(
        [sys.executable, "-S", "-c", f"import sys; sys.path[:] = {sys.path!r}\n{code}"],
        capture_output=True,
        text=True,
        cwd=served.corpus,
        env=served.environ({}),
        check=True,
    )
    assert answered(served) == before + 1
    loaded = set(done.stderr.split("\n"))
    slow = {"click", "numpy", "faiss", "json", "re", "typing", "socket", "pathlib", "hashlib", "sqlite3", "dataclasses"}
    assert loaded & slow == set()
    ours = {name for name in loaded if name.startswith("semsearch.")}
    assert ours <= {
        f"semsearch.{one}" for one in ("__main__", "errors", "daemon", "daemon.client", "daemon.place", "daemon.wire")
    }


def test_many_clients_at_once(served: Workplace) -> None:
    texts = ["carrots", "bake", "apples", "restore"] * 4
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "semsearch", "query", text, "--json"],
            stdout=subprocess.PIPE,
            cwd=served.corpus,
            env=served.environ({}),
            text=True,
        )
        for text in texts
    ]
    found = [run.communicate(timeout=60)[0] for run in runs]
    alone = [served.run("query", text, "--json", **OFF).out for text in texts[:4]]
    assert all(map(same_output, found, alone * 4)), (found, alone)
