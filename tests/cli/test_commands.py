"""The other commands: what they print, as text and as JSON."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Workplace


def test_status(shared: Workplace) -> None:
    status = shared.call("status", "--json").json()
    assert status["documents"] == 5
    assert status["passages"] >= 5
    assert status["model"] == "all-MiniLM-L6-v2"
    assert status["dim"] == 384
    assert status["fresh"] is True
    assert status["sources"] == [{"path": str(shared.corpus), "documents": 5, "present": True}]
    shown = shared.call("status")
    assert shown.err == ""
    assert re.search(r"^documents +5$", shown.out, re.MULTILINE)
    assert str(status["path"]) in shown.out
    assert status["why"] in shown.out


def test_status_loads_no_numpy(shared: Workplace) -> None:
    code = (
        "import sys\nfrom semsearch.cli.main import main\n"
        "try:\n    main(['status'])\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write('\\n'.join(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=shared.environ({}), check=True
    )
    assert "documents" in done.stdout
    assert set(done.stderr.split("\n")) & {"numpy", "faiss", "torch", "onnxruntime", "tokenizers"} == set()


def test_status_tells_what_has_changed(workplace: Workplace) -> None:
    workplace.run("index", ".")
    (workplace.corpus / "new.txt").write_text("Something new about comets.")
    (workplace.corpus / "orchard.py").unlink()
    status = workplace.run("status", "--json").json()
    assert status["fresh"] is False
    assert (status["changed"]["new"], status["changed"]["removed"]) == (1, 1)
    assert "1 new" in workplace.run("status").out


def test_list(shared: Workplace) -> None:
    documents = shared.call("list", "--json").json()
    assert [Path(info["path"]).name for info in documents] == sorted(
        (Path(info["path"]).name for info in documents), key=[Path(i["path"]).name for i in documents].index
    )
    assert {Path(info["path"]).name for info in documents} == {
        "backup.md",
        "bread.txt",
        "soup.txt",
        "orchard.py",
        "bread-copy.txt",
    }
    assert all(info["passages"] >= 1 and info["size"] > 0 and info["modified"] for info in documents)
    assert [json.loads(line) for line in shared.call("list", "--jsonl").out.splitlines()] == documents
    shown = shared.call("list", "--in", "recipes").out
    assert len(shown.splitlines()) == 2
    assert "recipes/soup.txt" in shown
    assert shared.call("list", "--filter", "type=py", "-l").out == "orchard.py\n"
    assert shared.call("list", "--filter", "type=pdf").code == 1


def test_list_sources(shared: Workplace) -> None:
    assert shared.call("list", "--sources", "--json").json() == [
        {"path": str(shared.corpus), "documents": 5, "present": True}
    ]
    assert "5 documents" in shared.call("list", "--sources").out


def test_why_not(shared: Workplace) -> None:
    ranked = shared.call("why-not", "restoring a broken drive", "backup.md", "--json").json()
    assert ranked["reason"] == "ranked"
    assert ranked["ranks"]["dense"] == 1
    assert ranked["path"] == str(shared.corpus / "backup.md")
    shown = shared.call("why-not", "restoring a broken drive", "backup.md")
    assert shown.code == 0
    assert shown.out.startswith("backup.md: ranked")
    filtered = shared.call("why-not", "restoring", "backup.md", "--filter", "type=py", "--json").json()
    assert filtered["reason"] == "filtered out"
    assert shared.call("why-not", "restoring", "/etc/hostname", "--json").json()["reason"] == "not in a source"


def test_add_search_and_remove(workplace: Workplace) -> None:
    lines = [
        {"id": "t-1", "text": "The printer on the second floor is jammed again.", "metadata": {"floor": 2}},
        {"id": "t-2", "text": "The coffee machine leaks water.", "title": "Kitchen", "metadata": {"floor": 3}},
    ]
    text = "\n".join(json.dumps(line) for line in lines)
    done = workplace.run("add", "-", stdin=f"\ufeff{text}\n\n")
    assert (done.code, done.out) == (0, ""), done.err
    assert "2 new" in done.err
    found = workplace.run("query", "paper stuck", "--filter", "floor=2", "--json", "--no-floor").json()["hits"]
    assert [hit["document_id"] for hit in found] == ["t-1"]
    assert found[0]["path"] == "t-1"
    assert found[0]["line_start"] is None or found[0]["line_start"] >= 1
    again = workplace.run("add", "-", "--json", stdin=text).json()
    assert (again["added"], again["unchanged"]) == (0, 2)
    assert workplace.run("remove", "t-1", "--json").json()["removed"] == 1
    assert workplace.run("list", "-l").out == "t-2\n"
    shown = workplace.run("remove", "t-2")
    assert shown.out == ""
    assert shown.err.startswith("1 document removed")


def test_an_index_with_nothing_in_it(workplace: Workplace) -> None:
    workplace.run("add", "-")
    done = workplace.run("query", "anything")
    assert (done.code, done.out) == (1, "")
    assert done.err == "semsearch: warning: the index is empty; semsearch index PATH fills it\n"
    assert "empty" in workplace.run("status").out
    assert workplace.run("list").code == 1


def test_doctor_finds_and_repairs(workplace: Workplace) -> None:
    workplace.run("index", ".")
    sound = workplace.run("doctor", "--json")
    assert (sound.code, sound.json()["ok"], sound.json()["problems"]) == (0, True, [])
    assert workplace.run("doctor").out.startswith("sound")
    log = next(workplace.root.rglob("vectors-*.f16"))
    data = bytearray(log.read_bytes())
    data[100] ^= 0xFF
    log.write_bytes(data)
    found = workplace.run("doctor", "--json")
    assert found.code == 1
    assert found.json()["ok"] is False
    assert found.json()["problems"]
    assert workplace.run("doctor").out.startswith("damaged")
    repaired = workplace.run("doctor", "--repair")
    assert repaired.code == 0, repaired.err
    assert repaired.out.startswith("repaired")
    assert workplace.run("doctor").code == 0


def test_export_and_import(shared: Workplace, workplace: Workplace, tmp_path: Path) -> None:
    file = tmp_path / "notes.semsearch"
    exported = shared.call("export", file, "--json").json()
    assert exported["file"] == str(file)
    assert exported["bytes"] == file.stat().st_size > 0
    done = workplace.run("import", file, "--json")
    assert done.json()["documents"] == 5, done.err
    assert workplace.run("query", "carrots", "--json").json()["hits"][0]["path"].endswith("soup.txt")
    again = workplace.run("import", file)
    assert again.code == 2
    assert again.err.count("\n") == 1


def test_compact(workplace: Workplace) -> None:
    workplace.run("index", ".")
    workplace.run("remove", "backup.md")
    before = workplace.run("query", "carrots", "--json").json()["hits"]
    done = workplace.run("compact", "--json")
    assert done.code == 0, done.err
    assert done.json()["bytes"] > 0
    assert workplace.run("status", "--json").json()["tombstones"] == 0
    after = workplace.run("query", "carrots", "--json").json()["hits"]
    assert [hit["passage_id"] for hit in after] == [hit["passage_id"] for hit in before]


def test_eval(workplace: Workplace) -> None:
    folder = workplace.root / "judged"
    (folder / "qrels").mkdir(parents=True)
    texts = ["Bread is baked in an oven.", "Ships sail over the ocean.", "Stars shine at night.", "Cats chase mice."]
    corpus = [json.dumps({"_id": f"d{i}", "title": "", "text": text}) for i, text in enumerate(texts)]
    (folder / "corpus.jsonl").write_text("\n".join(corpus))
    queries = ["baking", "seafaring", "the sky after dark", "feline hunters"]
    (folder / "queries.jsonl").write_text(
        "\n".join(json.dumps({"_id": f"q{i}", "text": text}) for i, text in enumerate(queries))
    )
    judgements = "".join(f"q{i}\td{i}\t1\n" for i in range(4))
    (folder / "qrels" / "test.tsv").write_text(f"query-id\tcorpus-id\tscore\n{judgements}")
    run = workplace.root / "run.trec"
    done = workplace.run("eval", folder, "--json", "--run", run)
    assert done.code == 0, done.err
    assert set(done.json()) == {"hybrid", "dense", "lexical"}
    assert set(done.json()["dense"]) == {"nDCG@10", "RR@10", "R@10", "R@100"}
    assert done.json()["dense"]["nDCG@10"] > 0.9
    written = [file for file in workplace.root.iterdir() if file.name.startswith("run")]
    assert written
    assert "Q0" in written[0].read_text()
    shown = workplace.run("eval", folder, "--mode", "dense")
    assert "nDCG@10" in shown.out
    assert "hybrid" not in shown.out
    assert "4 documents, 4 queries" in shown.err
    assert workplace.run("status").code == 2  # apart from the user's own indexes


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_prints_a_script(shared: Workplace, shell: str) -> None:
    done = shared.call("completion", shell)
    assert done.code == 0
    assert f"_SEMSEARCH_COMPLETE={shell}_complete" in done.out


def test_completion_knows_commands_and_options(shared: Workplace) -> None:
    def complete(line: str, word: int) -> str:
        done = shared.call(_SEMSEARCH_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(word))
        assert done.code == 0, done.err
        return done.out

    assert "plain,why-not" in complete("semsearch wh", 1)
    assert "plain,--jsonl" in complete("semsearch query --json", 2)
    assert "plain,lexical" in complete("semsearch query --mode le", 3)


def test_version(shared: Workplace) -> None:
    from importlib.metadata import version

    assert shared.call("--version").out == f"semsearch {version('semsearch')}\n"


def test_module_and_script_are_the_same(shared: Workplace) -> None:
    script = Path(sys.executable).with_name("semsearch")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == shared.call("--version").out


def test_without_arguments_the_help_goes_to_standard_error(shared: Workplace) -> None:
    done = shared.call()
    assert (done.code, done.out) == (2, "")
    assert "Usage: semsearch" in done.err
