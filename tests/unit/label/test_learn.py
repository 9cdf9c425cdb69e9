"""Label heads learn a signal, report noise as such, and refuse labels that cannot be learned."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from semsearch.errors import InvalidQuery
from semsearch.label.learn import _logistic, learn
from semsearch.types.labels import HeadKind


def directions(count: int, dim: int = 16, spread: float = 0.6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return unit vectors around three directions, and the number of each one's direction."""
    chance = np.random.default_rng(seed)
    codes = np.arange(count) % 3
    rows = np.eye(dim)[codes] + chance.normal(0, spread / np.sqrt(dim), (count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), codes


def test_separable_categories_are_learned() -> None:
    features, codes = directions(30)
    names = [f"c{code}" for code in codes]
    head = learn(features, names, HeadKind.CATEGORY)
    fresh, wanted = directions(300, seed=1)
    said = np.array(head.classes)[(fresh @ head.weights.T + head.bias).argmax(axis=1)]
    assert (said == [f"c{code}" for code in wanted]).mean() > 0.95
    assert head.report["value"] > 0.9
    assert head.report["interval"][0] > head.report["baseline"]


def test_random_labels_are_no_better_than_the_largest_category() -> None:
    features, _ = directions(60)
    better = 0
    for seed in range(8):
        names = [str(v) for v in np.random.default_rng(seed).integers(0, 2, len(features))]
        report = learn(features, names, HeadKind.CATEGORY).report
        better += report["interval"][0] > report["baseline"]
    assert better <= 1


@pytest.mark.parametrize("classes", [2, 3])
def test_the_arrays_predict_what_scikit_learn_predicts(classes: int) -> None:
    features, codes = directions(40)
    codes = (codes % classes).astype(np.int64)
    weights, bias = _logistic(features, codes, classes, 1.0)
    outputs = np.exp(features @ weights.T + bias)
    centre = features.mean(axis=0, dtype=np.float64)
    scaled = (features - centre) / np.sqrt(((features - centre) ** 2).mean())
    expected = LogisticRegression(C=1.0, max_iter=300).fit(scaled, codes).predict_proba(scaled)
    assert outputs / outputs.sum(axis=1, keepdims=True) == pytest.approx(expected, abs=1e-6)


def test_numbers_are_learned_and_noise_is_not() -> None:
    chance = np.random.default_rng(3)
    features = chance.normal(size=(80, 8)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    values = (features @ np.arange(8) * 10 + 5).tolist()
    head = learn(features, values, HeadKind.NUMBER)
    assert head.report["value"] > 0.95
    assert (features @ head.weights.T + head.bias)[:, 0] == pytest.approx(np.array(values), abs=3 * head.error + 1e-3)
    noise = learn(features, chance.normal(size=80).tolist(), HeadKind.NUMBER)
    assert noise.report["interval"][0] <= 0.0


def test_a_category_with_one_document_counts_as_wrong() -> None:
    features, codes = directions(21)
    names = [f"c{code}" for code in codes[:20]] + ["alone"]
    head = learn(features, names, HeadKind.CATEGORY)
    assert "alone" in head.classes
    assert head.report["value"] <= 20 / 21
    assert head.report["counts"]["alone"] == 1
    assert np.isfinite(head.bias).all()


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (["a"] * 6, HeadKind.CATEGORY, "only one category"),
        (["a", "b", "c", "d", "e", "f"], HeadKind.CATEGORY, "no category has two"),
        ([3.0] * 6, HeadKind.NUMBER, "the same number"),
        ([1.0, 2.0], HeadKind.NUMBER, "too few"),
    ],
)
def test_labels_that_cannot_be_learned_are_refused(values: list[str | float], kind: HeadKind, message: str) -> None:
    features, _ = directions(len(values))
    with pytest.raises(InvalidQuery, match=message):
        learn(features, values, kind)


def test_the_same_labels_give_the_same_head() -> None:
    features, codes = directions(18)
    names = [str(code) for code in codes]
    first, second = learn(features, names, HeadKind.CATEGORY), learn(features, names, HeadKind.CATEGORY)
    assert first.report == second.report
    assert (first.weights == second.weights).all()
