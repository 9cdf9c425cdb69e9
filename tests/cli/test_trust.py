"""`semsearch trust`, and what is said of an index that came from elsewhere."""

from __future__ import annotations

import json
import shutil

from tests.cli.conftest import Workplace


def test_a_copied_index_is_named_and_trusted(workplace: Workplace) -> None:
    project = workplace.corpus
    assert workplace.run("-i", "./indexes/it's mine", "index", ".").code == 0
    copy = project.parent / "copy"
    shutil.copytree(project, copy)
    asked = workplace.run("query", "anything", cwd=copy)
    assert asked.code == 2
    name = """'./indexes/it'"'"'s mine'"""
    assert f"semsearch trust {name}" in asked.err
    assert workplace.run("trust", "./indexes/it's mine", cwd=copy).code == 0
    status = json.loads(workplace.run("status", "--json", cwd=copy).out)
    assert status["path"] == str(copy / "indexes" / "it's mine")
    listed = json.loads(workplace.run("trust", "--list", "--json").out)
    assert {"path": status["path"], "present": True} in listed
    assert workplace.run("trust", "--forget", status["path"]).code == 0
    assert workplace.run("trust", "--forget", status["path"]).code == 1
    assert workplace.run("status", cwd=copy).code == 2


def test_another_index_is_used_with_a_word_on_the_nearer_one(workplace: Workplace) -> None:
    assert workplace.run("-i", "./indexes/main", "index", ".").code == 0
    copy = workplace.corpus.parent / "copy"
    shutil.copytree(workplace.corpus, copy)
    done = workplace.run("index", ".", cwd=copy)
    assert done.code == 0
    assert done.err.count("semsearch trust ./indexes/main") == 1
    assert "semsearch trust" not in workplace.run("status").err


def test_a_renamed_project_is_found(workplace: Workplace) -> None:
    assert workplace.run("-i", "./indexes/main", "index", ".").code == 0
    renamed = workplace.corpus.rename(workplace.corpus.with_name("renamed"))
    done = workplace.run("status", "--json", cwd=renamed)
    assert json.loads(done.out)["path"] == str(renamed / "indexes" / "main")


def test_what_is_no_index(workplace: Workplace) -> None:
    assert workplace.run("-i", "./indexes/main", "index", ".").code == 0
    assert "there is one at" in workplace.run("trust", ".").err
    for args in (["trust"], ["trust", "--list", "x"], ["trust", "--list", "--forget"], ["trust", "x"], ["trust", ""]):
        done = workplace.run(*args)
        assert (done.code, len(done.err.splitlines())) == (2, 1), done.err
    done = workplace.run("trust", "nothing", "indexes/main")
    assert done.code == 2
    assert "no index at nothing" in done.err
    assert "indexes/main is found unasked" in done.err
