"""Train a label head on frozen vectors: multinomial logistic regression for categories, ridge regression for numbers.

scikit-learn is imported on training; the result is two arrays, which a matrix product applies.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from semsearch.errors import InvalidQuery
from semsearch.label.cross_validate import accuracy_interval, folds, out_of_fold, r2, r2_interval
from semsearch.types.labels import HeadKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from semsearch.types.arrays import Embeddings

    Numbers = NDArray[np.float64]
    Rows = NDArray[np.int64]

__all__ = ["LEAST_NUMBERS", "Learned", "learn", "refuse"]

LEAST_NUMBERS = 5
"""Minimum labelled documents for a number: one for each fold."""
_STRENGTHS = (0.1, 1.0, 10.0, 100.0)
"""Inverse regularization strengths of logistic regression (sklearn's C), on features of unit variance."""
_PENALTIES = tuple(float(p) for p in np.logspace(0, 6, 13))
"""Regularization strengths of ridge regression (sklearn's alpha), on features of unit variance."""
_INNER_FOLDS = 3
_ITERATIONS = 300


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A linear head, `features @ weights.T + bias`, and its cross-validation results."""

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    classes: tuple[str, ...]
    error: float
    report: dict[str, Any]


def refuse(values: Sequence[str | int | float], kind: HeadKind) -> None:
    """Raise InvalidQuery if a head cannot be trained on these labels, or not cross-validated."""
    if kind is HeadKind.NUMBER:
        if len(set(values)) < 2:
            raise InvalidQuery(f"every labelled document has the same number ({values[0]}); label some with another")
        if len(values) < LEAST_NUMBERS:
            raise InvalidQuery(
                f"{len(values)} labelled documents are too few for a number; label {LEAST_NUMBERS} or more"
            )
        return
    counts = Counter(values)
    if len(counts) < 2:
        raise InvalidQuery(f"only one category ({values[0]}); label some documents with another one")
    if max(counts.values()) < 2:
        raise InvalidQuery("no category has two documents, so nothing can be evaluated; label two or more of each")


def learn(features: Embeddings, values: Sequence[str | int | float], kind: HeadKind) -> Learned:
    """Train a head on the (n, dim) features of labelled documents, and cross-validate it.

    The regularization is chosen within the training documents, also inside the cross-validation (nested): test
    documents influence nothing. Raises InvalidQuery (see `refuse`).
    """
    refuse(values, kind)
    with _single_thread():
        return _category(features, [str(v) for v in values]) if kind is HeadKind.CATEGORY else _number(features, values)


@contextmanager
def _single_thread() -> Iterator[None]:
    """Train on one thread: for matrices this small, waking others costs more than it saves."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a fit that does not converge is as good as its cross-validation says
        yield


def _scaled(features: NDArray[Any]) -> tuple[Numbers, float]:
    """Return the mean of features, and one deviation for all of them, which preserves directions."""
    centre = features.mean(axis=0, dtype=np.float64)
    return centre, float(np.sqrt(((features - centre) ** 2).mean())) or 1.0


def _unscaled(weights: Numbers, bias: Numbers, centre: Numbers, scale: float) -> tuple[Numbers, Numbers]:
    """Return weights and bias for unscaled features."""
    weights = weights / scale
    return weights, bias - weights @ centre


# Categories.


def _category(features: Embeddings, values: Sequence[str]) -> Learned:
    classes, codes = np.unique(np.array(values), return_inverse=True)
    codes = codes.astype(np.int64)

    def predict(learn: Rows, judge: Rows) -> Numbers:
        weights, bias, _ = _fit_category(features[learn], codes[learn], len(classes))
        found: Rows = (features[judge] @ weights.T + bias).argmax(axis=1)
        return found.astype(np.float64)

    right = np.mean([found == codes for found in out_of_fold(codes, predict)], axis=0)
    weights, bias, strength = _fit_category(features, codes, len(classes))
    low, high = accuracy_interval(right)
    baseline = float(np.bincount(codes).max() / len(codes))
    report = {
        "metric": "accuracy",
        "value": float(right.mean()),
        "interval": [low, high],
        "baseline": baseline,
        "C": strength,
        "counts": dict(Counter(values)),
    }
    return Learned(weights.astype(np.float32), bias.astype(np.float32), tuple(map(str, classes)), 0.0, report)


def _fit_category(features: NDArray[Any], codes: Rows, classes: int) -> tuple[Numbers, Numbers, float]:
    """Fit with the strength of the lowest log loss in an inner cross-validation."""
    strength = _strength(features, codes) if len(np.unique(codes)) > 1 else _STRENGTHS[0]
    return *_logistic(features, codes, classes, strength), strength


def _strength(features: NDArray[Any], codes: Rows) -> float:
    _, codes = np.unique(codes, return_inverse=True)
    classes = int(codes.max()) + 1
    fold = folds(codes, min(_INNER_FOLDS, len(codes)), np.random.default_rng(0))
    losses = dict.fromkeys(_STRENGTHS, 0.0)
    for number in range(int(fold.max()) + 1):
        inside, outside = fold != number, fold == number
        if len(np.unique(codes[inside])) < 2:
            continue
        for strength in _STRENGTHS:
            weights, bias = _logistic(features[inside], codes[inside], classes, strength)
            outputs = features[outside] @ weights.T + bias
            seen = np.isfinite(bias)[codes[outside]]  # an unseen class says nothing about the strength
            logs = outputs - np.logaddexp.reduce(outputs, axis=1, keepdims=True)
            losses[strength] -= float(logs[np.arange(len(logs)), codes[outside]][seen].sum())
    return min(losses, key=losses.__getitem__)


def _logistic(features: NDArray[Any], codes: Rows, classes: int, strength: float) -> tuple[Numbers, Numbers]:
    """Fit multinomial logistic regression; a class without rows gets a bias of minus infinity."""
    from sklearn.linear_model import LogisticRegression

    weights, bias = np.zeros((classes, features.shape[1])), np.full(classes, -np.inf)
    present = np.unique(codes)
    if len(present) == 1:
        bias[present] = 0.0
        return weights, bias
    centre, scale = _scaled(features)
    model = LogisticRegression(C=strength, max_iter=_ITERATIONS).fit((features - centre) / scale, codes)
    if len(present) == 2:  # one output: the softmax of it and zero equals its sigmoid
        fitted, offset = np.vstack([np.zeros_like(model.coef_), model.coef_]), np.array([0.0, model.intercept_[0]])
    else:
        fitted, offset = model.coef_, model.intercept_
    weights[present], bias[present] = _unscaled(fitted, offset, centre, scale)
    return weights, bias


# Numbers.


def _number(features: Embeddings, values: Sequence[str | int | float]) -> Learned:
    wanted = np.array([float(v) for v in values], dtype=np.float64)

    def predict(learn: Rows, judge: Rows) -> Numbers:
        weights, bias, _ = _ridge(features[learn], wanted[learn])
        return features[judge] @ weights + bias

    # Strata of a number: consecutive ranks, so that every fold has small and large values.
    strata = np.argsort(np.argsort(wanted, kind="stable"), kind="stable") // LEAST_NUMBERS
    errors = np.mean([(found - wanted) ** 2 for found in out_of_fold(strata, predict)], axis=0)
    weights, bias, penalty = _ridge(features, wanted)
    report = {
        "metric": "r2",
        "value": r2(wanted, errors),
        "interval": list(r2_interval(wanted, errors)),
        "baseline": 0.0,
        "alpha": penalty,
        "counts": {},
    }
    error = float(np.sqrt(errors.mean()))
    return Learned(weights[None].astype(np.float32), np.array([bias], dtype=np.float32), (), error, report)


def _ridge(features: NDArray[Any], wanted: Numbers) -> tuple[Numbers, float, float]:
    """Fit ridge regression with the penalty of the lowest leave-one-out error on these rows."""
    from sklearn.linear_model import RidgeCV

    centre, scale = _scaled(features)
    model = RidgeCV(alphas=_PENALTIES).fit((features - centre) / scale, wanted)
    weights = model.coef_ / scale
    return weights, float(model.intercept_ - weights @ centre), float(model.alpha_)
