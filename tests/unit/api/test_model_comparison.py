"""Models of the three architectures on a judged collection, through the API and the command."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from semsearch.api.model_comparison import _Loading, _ways, compare_models
from semsearch.cli.commands.models.compare import command, markdown
from semsearch.cli.session import Session
from semsearch.errors import ModelUnavailable, SemsearchError
from semsearch.evaluate.beir import load
from semsearch.evaluate.compare import part_of
from semsearch.settings import DEFAULT_MODEL, cache_dir
from semsearch.types.reports import Compared, Comparison
from tests.contract import relevance_t5, tiny_decoder
from tests.unit.models.conftest import cache
from tests.unit.models.weights.test_fetch import Hub, hub

__all__ = ["cache", "hub"]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every box of the small T5's world; a query asks for one of them."""
    folder = tmp_path_factory.mktemp("collection")
    pairs = [(colour, box) for colour in relevance_t5.COLOURS for box in relevance_t5.BOXES]
    chance = random.Random(0)
    lines = [{"_id": f"{c}-{b}", "title": "", "text": relevance_t5.passage_about(c, b, chance)} for c, b in pairs]
    (folder / "corpus.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    queries = [{"_id": f"q-{c}-{b}", "text": f"{c} {b}"} for c, b in pairs[::3]]
    (folder / "queries.jsonl").write_text("".join(json.dumps(line) + "\n" for line in queries))
    (folder / "qrels").mkdir()
    judgements = "".join(f"q-{c}-{b}\t{c}-{b}\t1\n" for c, b in pairs[::3])
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n" + judgements)
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return {
        "decoder": str(tiny_decoder.make(tmp_path_factory.mktemp("tiny"))),
        "t5": str(relevance_t5.trained(cache_dir() / "tests")),
    }


def test_each_model_is_measured_in_each_role(collection: Path, folders: dict[str, str]) -> None:
    found = compare_models(collection, [DEFAULT_MODEL, folders["decoder"], folders["t5"]])
    rows = {(row.architecture, row.role, row.how): row for row in found.rows}
    assert list(rows) == [
        ("encoder", "embedder", "as it was trained"),
        ("decoder", "embedder", "last token"),
        ("decoder", "embedder", "mean"),
        ("encoder-decoder", "embedder", "mean of its encoder"),
        ("encoder", "first stage", "hybrid, not reranked"),
        ("decoder", "reranker", "yes against no"),
        ("encoder-decoder", "reranker", "true against false"),
    ]
    for row in rows.values():
        assert row.failed == ""
        assert row.ndcg is not None
        assert row.interval is not None
        assert row.interval[0] <= row.ndcg <= row.interval[1]
    trained = rows["encoder-decoder", "reranker", "true against false"]
    assert trained.ndcg == pytest.approx(1.0), "it has learned this very task"
    assert rows["decoder", "reranker", "yes against no"].ndcg < 0.9, "random weights know nothing"
    half = rows["encoder-decoder", "embedder", "mean of its encoder"]
    assert 0 < half.parameters < trained.parameters
    assert (found.queries, found.documents, found.depth) == (8, 24, 10)


def test_a_model_that_cannot_fill_a_role_says_why(collection: Path, small_t5: Path) -> None:
    found = compare_models(collection, [str(small_t5)], queries=2)
    (row,) = [row for row in found.rows if row.role == "reranker"]
    assert "no separate tokens" in row.failed
    assert row.ndcg is None


def test_a_model_that_is_not_here_is_fetched_first(
    small_t5: Path, cache: Path, hub: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Hub, "files", {path.name: path.read_bytes() for path in small_t5.iterdir()})
    ways = _ways("nobody/tiny", _Loading(None, None))
    assert [role for role, _, _ in ways] == ["embedder", "reranker"]
    assert (cache / "models" / "nobody--tiny").is_dir()


def test_a_part_holds_all_that_is_judged_and_is_the_same_every_time(collection: Path) -> None:
    part = part_of(load(collection), 3, 10)
    assert len(part.queries) == 3
    assert len(part.documents) == 10
    assert {d for row in part.qrels.values() for d in row} <= {d.id for d in part.documents}
    again = part_of(load(collection), 3, 10)
    assert (again.queries, again.documents) == (part.queries, part.documents)
    whole = part_of(load(collection))
    assert (len(whole.queries), len(whole.documents)) == (8, 24)


def test_the_command_prints_a_table_or_json(collection: Path, folders: dict[str, str]) -> None:
    args = [str(collection), folders["t5"], "--limit-queries", "2", "--sample", "12"]
    plain = CliRunner().invoke(command, args, obj=Session())
    assert plain.exit_code == 0, plain.output
    assert re.search(r"encoder-decoder +reranker: true against false +1\.000", plain.stdout)
    record = json.loads(CliRunner().invoke(command, [*args, "--json"], obj=Session()).stdout)
    assert (record["queries"], record["documents"]) == (2, 12)
    assert {row["role"] for row in record["rows"]} == {"embedder", "first stage", "reranker"}


def test_a_markdown_table_has_a_row_for_each_measurement() -> None:
    rows = (
        Compared("a|b", "encoder", "embedder", "mean", 0.5, (0.4, 0.61), 3.21, 22_713_216, 90_868_376),
        Compared("c\x1b", "decoder", "reranker", "yes", failed="it has no words"),
    )
    lines = list(markdown(Comparison(rows, 2, 12, 10, 1.0)))
    assert lines[2] == "| a/b | encoder | embedder: mean | 0.500 | 0.400-0.610 | 3.2 | 22.7 M | 90.9 MB |"
    assert lines[3] == "| c\\x1b | decoder | reranker: yes | - | it has no words | - | - | - |"
    assert lines[1] == "|" + "---|" * 8


def test_bad_input_is_named(collection: Path, tmp_path: Path) -> None:
    with pytest.raises(SemsearchError, match=r"corpus\.jsonl is missing"):
        compare_models(tmp_path)
    with pytest.raises(ModelUnavailable, match="no model 'nothing-like-that'"):
        compare_models(collection, ["nothing-like-that"], queries=1)
