"""Sampling of the next token: the most probable one, or by temperature and nucleus sampling."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from semsearch.errors import InvalidQuery, ModelUnavailable
from semsearch.types.models import Sampling

if TYPE_CHECKING:
    import torch

__all__ = ["Sampler", "check_sampling"]


def check_sampling(sampling: Sampling) -> None:
    """Raise InvalidQuery for values out of range."""
    if sampling.max_tokens < 1:
        raise InvalidQuery(f"max_tokens is {sampling.max_tokens}: give at least 1")
    if not (math.isfinite(sampling.temperature) and sampling.temperature >= 0):
        raise InvalidQuery(f"the temperature is {sampling.temperature}: give 0 (the most probable token) or more")
    if not 0 < sampling.top_p <= 1:
        raise InvalidQuery(f"top_p is {sampling.top_p}: give a share of the probability, above 0 and up to 1")


class Sampler:
    """Samples one token at a time; the same seed gives the same tokens.

    Nucleus sampling (Holtzman et al., 2020): among the fewest most probable tokens that together have `top_p`.
    """

    def __init__(self, sampling: Sampling) -> None:
        """Take checked values; without a seed, every sampler has a random one."""
        import torch

        self._sampling = sampling
        self._random = torch.Generator()
        if sampling.seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(sampling.seed % 2**63)

    def choose(self, logits: torch.Tensor) -> tuple[int, float]:
        """Return a token's id and its probability, from logits (vocabulary,).

        The probability is that of the model at temperature 1, so it does not depend on the sampling.
        """
        import torch

        probabilities = torch.softmax(logits.float(), dim=-1)
        if not bool(torch.isfinite(probabilities[0])):  # one NaN makes all of them NaN
            raise ModelUnavailable("the model returns no valid numbers: its weights are damaged; take another model")
        token = int(probabilities.argmax()) if self._sampling.temperature == 0 else self._sample(logits.float())
        return token, float(probabilities[token])

    def _sample(self, logits: Any) -> int:
        import torch

        weights, ids = torch.softmax(logits / max(self._sampling.temperature, 1e-4), dim=-1).sort(descending=True)
        before = weights.cumsum(dim=-1) - weights
        weights[before >= self._sampling.top_p] = 0.0  # the first token always remains
        return int(ids[torch.multinomial(weights, 1, generator=self._random)])
