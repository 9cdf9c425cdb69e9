"""Greedy decoding of an encoder-decoder by transformers' `generate`: no beams and no chance, whatever the model names.

The decoder loop of the generators (`decoder/generate.py`) is our own, since it shows how probable each token was; no
output of an encoder-decoder is shown that way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from semsearch.models.shared.quiet import quiet_libraries

if TYPE_CHECKING:
    import torch

__all__ = ["Rules", "decode"]

_OF_A_TASK = (
    "forced_bos_token_id",
    "no_repeat_ngram_size",
    "repetition_penalty",
    "bad_words_ids",
    "suppress_tokens",
)
"""What the settings of a task may say in place of the model's generation configuration."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a model's own configuration says about its output.

    `start` is given to the decoder before its first token; `settings` go to `generate` before the model's own.
    """

    start: int
    ends: tuple[int, ...]
    pad: int
    min_length: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, model: Any, settings: Mapping[str, Any], first: int | None = None) -> Rules:
        """Take the rules from a model's generation configuration; `settings` of a task come before them.

        `first` is forced to be the first token. Raises KeyError with the name of a token that the configuration has
        to name and does not.
        """
        start = _named(model, "decoder_start_token_id", "bos_token_id")
        ends = _named(model, "eos_token_id")
        own = {name: settings[name] for name in _OF_A_TASK if settings.get(name) is not None}
        return cls(
            start=start,
            ends=tuple(ends) if isinstance(ends, list) else (ends,),
            pad=_named(model, "pad_token_id", "eos_token_id"),
            min_length=int(settings.get("min_length", getattr(model.generation_config, "min_length", None)) or 0),
            settings=own if first is None else {**own, "forced_bos_token_id": first},
        )


def _named(model: Any, *names: str) -> Any:
    for name in names:
        for place in (model.generation_config, model.config):
            value = getattr(place, name, None)
            if value is not None:
                return value
    raise KeyError(names[0])


def decode(model: Any, inputs: torch.Tensor, mask: torch.Tensor, rules: Rules, *, room: int) -> list[list[int]]:
    """Return the tokens written for each row of `inputs` (n, t) with its attention `mask`, the end token left out.

    `room` is how many tokens a row may have. Every step takes the most probable token that the rules allow.
    """
    import torch

    least = torch.clamp(mask.sum(dim=1) // 2, max=rules.min_length)
    # `generate` fills in what is not named here from the model's own configuration: beams, for one.
    with torch.inference_mode(), quiet_libraries():
        written = model.generate(
            input_ids=inputs,
            attention_mask=mask,
            logits_processor=_not_before(rules.ends, least),
            decoder_start_token_id=rules.start,
            eos_token_id=list(rules.ends),
            pad_token_id=rules.pad,
            forced_eos_token_id=None,
            min_length=0,
            max_length=None,
            max_new_tokens=room,
            num_beams=1,
            do_sample=False,
            **rules.settings,
        )
    return [_until_end(row, rules.ends) for row in written[:, 1:].tolist()]


def _not_before(ends: tuple[int, ...], least: torch.Tensor) -> Any:
    """Return a processor that ends no row (n,) before it has `least` tokens: half of its input at most."""
    import torch
    from transformers import LogitsProcessor, LogitsProcessorList

    class NotBefore(LogitsProcessor):  # type: ignore[misc]
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            early = (input_ids.shape[1] - 1 < least).unsqueeze(1)
            end = torch.zeros_like(scores, dtype=torch.bool)
            end[:, list(ends)] = True
            return scores.masked_fill(early & end, -torch.inf)

    return LogitsProcessorList([NotBefore()] if bool(least.any()) else [])


def _until_end(row: list[int], ends: tuple[int, ...]) -> list[int]:
    """Leave out the end token and what follows it."""
    return row[: next((at for at, token in enumerate(row) if token in ends), len(row))]
