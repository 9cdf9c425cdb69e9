"""Greedy decoding of an encoder-decoder, step by step: the encoder runs once, the decoder is fed its own tokens.

At every step the decoder sees its new token only: keys and values of the earlier ones, and those of the encoder's
states, are kept (Vaswani et al. 2017, "Attention is all you need"; caching as in every implementation since).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

__all__ = ["Rules", "decode"]


@dataclass(frozen=True, slots=True)
class Rules:
    """What a model's own configuration says about its output, by the field's names.

    `start` is given to the decoder before its first token; `first`, where there is one, is forced to be that token.
    """

    start: int
    ends: tuple[int, ...]
    pad: int
    first: int | None = None
    no_repeat_ngram_size: int = 0
    repetition_penalty: float = 1.0
    min_length: int = 0
    never: tuple[tuple[int, ...], ...] = ()
    """Sequences of tokens that are not written."""
    suppressed: tuple[int, ...] = ()

    @classmethod
    def read(cls, model: Any, settings: Mapping[str, Any], first: int | None = None) -> Rules:
        """Take the rules from a model's generation configuration; `settings` of a task come before them.

        Raises KeyError with the name of a token that the configuration has to name and does not.
        """
        own = model.generation_config

        def asked(name: str) -> Any:
            return settings.get(name, getattr(own, name, None))

        start = _named(model, "decoder_start_token_id", "bos_token_id")
        ends = _named(model, "eos_token_id")
        return cls(
            start=start,
            ends=tuple(ends) if isinstance(ends, list) else (ends,),
            pad=_named(model, "pad_token_id", "eos_token_id"),
            first=asked("forced_bos_token_id") if first is None else first,
            no_repeat_ngram_size=int(asked("no_repeat_ngram_size") or 0),
            repetition_penalty=float(asked("repetition_penalty") or 1.0),
            min_length=int(asked("min_length") or 0),
            never=tuple(tuple(words) for words in asked("bad_words_ids") or ()),
            suppressed=tuple(asked("suppress_tokens") or ()),
        )


def _named(model: Any, *names: str) -> Any:
    for name in names:
        for place in (model.generation_config, model.config):
            value = getattr(place, name, None)
            if value is not None:
                return value
    raise KeyError(names[0])


@dataclass(slots=True)
class _State:
    """Tokens so far (n, t), the start token included, and which rows have ended."""

    tokens: torch.Tensor
    ended: torch.Tensor
    cache: Any = None
    processors: Any = field(default=None)


def decode(
    model: Any, inputs: torch.Tensor, mask: torch.Tensor, rules: Rules, *, room: Sequence[int]
) -> list[list[int]]:
    """Return the tokens written for each row of `inputs` (n, t) with its attention `mask`, the end token left out.

    `room` is how many tokens each row may have. Every step takes the most probable token that the rules allow.
    """
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    with torch.inference_mode():
        states = model.get_encoder()(input_ids=inputs, attention_mask=mask, return_dict=True).last_hidden_state
        rows = inputs.shape[0]
        state = _State(torch.full((rows, 1), rules.start), torch.zeros(rows, dtype=torch.bool))
        state.processors = _processors(rules)
        least = torch.minimum(mask.sum(dim=1) // 2, torch.tensor(rules.min_length))
        limits = torch.tensor(room)
        while not bool(state.ended.all()):
            output = model(
                encoder_outputs=BaseModelOutput(last_hidden_state=states),
                attention_mask=mask,
                decoder_input_ids=state.tokens[:, -1:],
                past_key_values=state.cache,
                use_cache=True,
                return_dict=True,
            )
            state.cache = output.past_key_values
            _step(state, output.logits[:, -1].float(), rules, least, limits)
    return [_until_end(row, rules) for row in state.tokens[:, 1:].tolist()]


def _step(state: _State, logits: torch.Tensor, rules: Rules, least: torch.Tensor, limits: torch.Tensor) -> None:
    """Add a token to every row; a row that has ended gets padding."""
    import torch

    written = state.tokens.shape[1] - 1
    if written == 0 and rules.first is not None:
        chosen = torch.full((logits.shape[0],), rules.first)
    else:
        logits = state.processors(state.tokens, logits)
        early = (written < least).unsqueeze(1)
        ends = torch.zeros_like(logits, dtype=torch.bool)
        ends[:, list(rules.ends)] = True
        chosen = logits.masked_fill(early & ends, -torch.inf).argmax(dim=-1)
    chosen = torch.where(state.ended, torch.tensor(rules.pad), chosen)
    state.tokens = torch.cat((state.tokens, chosen.unsqueeze(1)), dim=1)
    state.ended |= torch.isin(chosen, torch.tensor(rules.ends)) | (written + 1 >= limits)


def _processors(rules: Rules) -> Any:
    """Return what transformers has for the rules that look at the tokens so far."""
    from transformers import generation

    wanted = generation.LogitsProcessorList()
    if rules.repetition_penalty != 1.0:
        wanted.append(generation.RepetitionPenaltyLogitsProcessor(rules.repetition_penalty))
    if rules.no_repeat_ngram_size > 0:
        wanted.append(generation.NoRepeatNGramLogitsProcessor(rules.no_repeat_ngram_size))
    if rules.never:
        wanted.append(generation.NoBadWordsLogitsProcessor([list(words) for words in rules.never], list(rules.ends)))
    if rules.suppressed:
        wanted.append(generation.SuppressTokensLogitsProcessor(list(rules.suppressed)))
    return wanted


def _until_end(row: Sequence[int], rules: Rules) -> list[int]:
    """Leave out the end token and what follows it."""
    ends = [at for at, token in enumerate(row) if token in rules.ends]
    return list(row[: ends[0]] if ends else row)
