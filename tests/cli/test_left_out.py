"""What the command line says of files that are left out: made by tools, or too large."""

from __future__ import annotations

import os

from tests.cli.conftest import Workplace


def test_what_tools_made_is_named_once_a_kind(workplace: Workplace) -> None:
    for name in ("one", "two", "three", "four"):
        folder = workplace.corpus / name
        (folder / "node_modules" / "dependency").mkdir(parents=True)
        (folder / "package.json").write_text("{}")
        (folder / "node_modules" / "dependency" / "readme.md").write_text("Kiwis do not fly.")
    made = workplace.run("index", ".")
    [line] = [line for line in made.err.splitlines() if "made by a tool" in line]
    assert "skipped 4 folders, made by a tool: node_modules beside package.json: four/node_modules/, " in line
    assert "and 1 more (-v names them)" in line
    assert made.err.count("--no-ignore") == 1
    told = workplace.run("why-not", "kiwis", "one/node_modules/dependency/readme.md")
    assert "ignored" in told.out
    assert "node_modules beside package.json" in told.out
    planned = workplace.run("index", "--plan")
    assert "made by a tool: node_modules beside package.json" in planned.out
    assert "made by a tool" not in workplace.run("index", "--no-ignore").err
    assert workplace.run("query", "kiwis fly", "--no-daemon").code == 0


def test_a_plan_names_the_file_that_is_too_large(workplace: Workplace) -> None:
    huge = workplace.corpus / "huge.csv"
    huge.write_text("a,b\n")
    os.truncate(huge, 5_000_000_000)
    planned = workplace.run("index", ".", "--plan")
    assert planned.code == 0
    assert "skipped 1 file, too large (5 GB, the limit is 50 MB): huge.csv" in planned.out
    assert "--set max_file_size=SIZE" in planned.out
    [item] = workplace.run("index", ".", "--plan", "--json").json()["left_out"]
    assert (item["path"], item["reason"]) == (str(huge), "too large (5 GB, the limit is 50 MB)")
