"""docs/architectures.md: every example runs as it stands there, and the table has its place."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from semsearch.settings import cache_dir
from tests.benchmarks.architectures import BEGIN, END, PAGE, written
from tests.contract.relevance_t5 import trained

TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_every_role_has_an_example() -> None:
    assert len(EXAMPLES) == 7
    for name in ("bi-encoder", "cross-encoder", "token vectors", "classification", "decoder", "encoder-decoder"):
        assert name in TEXT.lower()


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_runs(number: int, tmp_path: Path) -> None:
    (tmp_path / "my-t5").symlink_to(trained(cache_dir() / "tests"))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EXAMPLES[number]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_modules_that_it_names_exist() -> None:
    for name in re.findall(r"`((?:models|label|answer)/\w+\.py)`", TEXT):
        assert (PAGE.parents[1] / "semsearch" / name).is_file(), name


def test_the_table_is_put_between_its_markers() -> None:
    page = written(f"above\n{BEGIN}\nold\n{END}\nbelow\n", ["| a |", "|---|", ""])
    assert page == f"above\n{BEGIN}\n\n| a |\n|---|\n{END}\nbelow\n"
    assert TEXT.count(BEGIN) == TEXT.count(END) == 1
