"""Which setting counts, and what a project's file may not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from semsearch.cli.config import KEYS, Config, load_config, parse_size
from semsearch.errors import InvalidQuery


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    file = tmp_path / "user" / "config.toml"
    file.parent.mkdir()
    monkeypatch.setenv("SEMSEARCH_CONFIG", str(file))
    return file


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "deep" / "er").mkdir(parents=True)
    return folder


def test_environment_over_project_over_user(user: Path, project: Path) -> None:
    user.write_text('top_k = 3\nmode = "dense"\nhidden = true\n')
    (project / "semsearch.toml").write_text('top_k = 4\nmode = "lexical"\n')
    config = load_config(project / "deep" / "er", {"SEMSEARCH_TOP_K": "5"})
    assert config.values == {"top_k": 5, "mode": "lexical", "hidden": True}
    assert config.origins["top_k"] == "the environment"
    assert config.origins["mode"] == str(project / "semsearch.toml")
    assert config.warnings == ()


def test_the_nearest_project_file_counts(user: Path, project: Path) -> None:
    (project / "semsearch.toml").write_text("top_k = 4")
    (project / "deep" / "semsearch.toml").write_text("context = 2")
    assert load_config(project / "deep" / "er", {}).values == {"context": 2}


@pytest.mark.parametrize("name", sorted(name for name, key in KEYS.items() if not key.project))
def test_a_project_may_not_set_what_reaches_out(user: Path, project: Path, name: str) -> None:
    (project / "semsearch.toml").write_text(f'{name} = "/etc/model"\ntop_k = 2\n')
    config = load_config(project, {})
    assert config.values == {"top_k": 2}
    assert len(config.warnings) == 1
    assert name in config.warnings[0]


def test_model_and_ignore_rules_are_not_for_projects() -> None:
    assert {"model", "ignore", "wait"} <= {name for name, key in KEYS.items() if not key.project}
    assert "index" not in KEYS


@pytest.mark.parametrize(
    "text",
    [
        'command = "rm"',
        "top_k = 0",
        "top_k = true",
        'mode = "fast"',
        'language = "../x"',
        'max_file_size = "many"',
        "hidden = 3",
        "not toml at all",
        "x = " + "[" * 5000,
        "# " + "x" * 70_000,
        "top_k = [1]",
    ],
)
def test_what_is_wrong_in_a_projects_file_is_one_warning(user: Path, project: Path, text: str) -> None:
    (project / "semsearch.toml").write_text(text)
    config = load_config(project, {})
    assert config.values == {}
    assert len(config.warnings) == 1
    assert "\n" not in config.warnings[0]


def test_a_projects_file_that_is_not_utf8(user: Path, project: Path) -> None:
    (project / "semsearch.toml").write_bytes(b"\xff\xfe")
    assert len(load_config(project, {}).warnings) == 1


def test_what_is_wrong_in_ones_own_settings_is_an_error(user: Path, project: Path) -> None:
    user.write_text("a = ")
    with pytest.raises(InvalidQuery, match=r"config\.toml"):
        load_config(project, {})


def test_a_wrong_variable_is_named(user: Path, project: Path) -> None:
    with pytest.raises(InvalidQuery, match="SEMSEARCH_TOP_K=many"):
        load_config(project, {"SEMSEARCH_TOP_K": "many"})


def test_values_reach_the_commands_that_know_them() -> None:
    tree = Config({"top_k": 3, "mode": "dense", "hidden": True}).defaults()
    assert tree["query"] == {"top_k": 3, "mode": "dense"}
    assert tree["search"] == tree["query"]
    assert tree["why-not"] == {"mode": "dense"}
    assert tree["index"] == {"hidden": True}


@pytest.mark.parametrize(
    ("text", "size"), [("500", 500), ("2k", 2000), ("50M", 50_000_000), ("1.5G", 1_500_000_000), ("1Ki", 1024)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size
    assert parse_size(f" {text}B ") == size


@pytest.mark.parametrize("text", ["", "M", "-1", "1X", "1k5", "0", "one"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)
