"""Offline means not one connection: every socket is forbidden, and what needs none works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.models.encoder.load import load_encoder
from semsearch.models.weights.catalog import CATALOG
from semsearch.settings import DEFAULT_MODEL
from tests.cli.conftest import Workplace

FORBID = """
import sys

def forbid(event, arguments):
    if event.startswith("socket.") and event != "socket.gethostname":
        sys.stderr.write(f"CONNECTION {event} {arguments}\\n")
        raise SystemExit(99)
    if event == "subprocess.Popen" and "pip" in arguments[1]:
        sys.stderr.write(f"CONNECTION {arguments[1]}\\n")
        raise SystemExit(99)

sys.addaudithook(forbid)
from semsearch.cli.main import main
main(sys.argv[1:])
"""
VARIABLES = ("SEMSEARCH_OFFLINE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")


def offline(place: Workplace, *args: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process that may open no socket."""
    return subprocess.run(
        [sys.executable, "-c", FORBID, *map(str, args)],
        capture_output=True,
        text=True,
        check=False,
        cwd=place.corpus,
        env={**place.environ(dict(environ)), "PYTHONPATH": str(Path.cwd())},
    )


def test_with_the_model_at_hand_everything_works(workplace: Workplace) -> None:
    load_encoder(DEFAULT_MODEL)
    folder = json.loads(offline(workplace, "models", "show", DEFAULT_MODEL, "--json", "--offline").stdout)["path"]
    for args in (
        ("models", "--offline"),
        ("models", "list", "--json", "--offline"),
        ("models", "show", DEFAULT_MODEL, "--offline"),
        ("models", "fetch", DEFAULT_MODEL, "--offline"),
        ("models", "add", "mine", "--path", folder, "--offline"),
        ("embed", "--tokens", "a cat", "--offline"),
        ("index", ".", "--offline"),
        ("query", "bake bread", "--offline"),
        ("models", "remove", "mine", "--offline"),
    ):
        done = offline(workplace, *args)
        assert done.returncode == 0, (args, done.stderr)
        assert "CONNECTION" not in done.stderr


@pytest.mark.parametrize("variable", [*VARIABLES, "--offline"])
def test_without_models_each_command_says_so(workplace: Workplace, variable: str) -> None:
    flag = [variable] if variable == "--offline" else []
    environ = {} if flag else {variable: "1"}
    environ |= {"SEMSEARCH_CACHE": str(workplace.root / "cache"), "HF_HOME": str(workplace.root / "hugging-face")}
    for args, name in (
        (("models", "fetch", DEFAULT_MODEL), DEFAULT_MODEL),
        (("models", "fetch", "flan-t5-small"), "google/flan-t5-small"),
        (("models", "fetch", "nobody/nothing"), "nobody/nothing"),
        (("embed", "a cat"), DEFAULT_MODEL),
        (("embed", "-m", "nobody/nothing", "a cat"), "nobody/nothing"),
        (("index", "."), DEFAULT_MODEL),
    ):
        done = offline(workplace, *args, *flag, **environ)
        assert done.returncode == 2, (args, done.stderr)
        assert f"{name} is not on this computer and offline mode is on" in done.stderr
        assert len([line for line in done.stderr.splitlines() if line]) == 1
    shown = offline(workplace, "models", "--json", *flag, **environ)
    assert [record["name"] for record in json.loads(shown.stdout)] == list(CATALOG)
    removed = offline(workplace, "models", "remove", DEFAULT_MODEL, *flag, **environ)
    assert (removed.returncode, removed.stderr) == (0, f"{DEFAULT_MODEL}: nothing of it was here\n")


def test_the_ban_is_real(workplace: Workplace) -> None:
    environ = {"SEMSEARCH_CACHE": str(workplace.root / "cache"), "HF_HOME": str(workplace.root / "hugging-face")}
    assert os.environ.get("SEMSEARCH_OFFLINE") is None
    done = offline(workplace, "models", "fetch", DEFAULT_MODEL, **environ)
    assert done.returncode == 99
    assert "CONNECTION" in done.stderr
