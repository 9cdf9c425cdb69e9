"""Small real generators: one that repeats what it was told, and Llamas of a few kilobytes with random weights."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from semsearch.errors import InvalidQuery
from semsearch.models.decoder.sampling import check_sampling
from semsearch.models.shared.quiet import quiet_libraries
from semsearch.types.models import Message, Sampling, Token

TEMPLATE = (
    "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "{{ '<|turn|>' + m.role + ' ' + m.content + '<|end|>' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|turn|>assistant ' }}{% endif %}"
)


class EchoingGenerator:
    """Says the last message of the user again: a token is a word; above temperature 0 the words are shuffled."""

    def __init__(self, name: str = "echoing", context: int = 400) -> None:
        self.name = name
        self.context = context
        self.prompts: list[list[Message]] = []

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return sum(len(m.content.split()) + 1 for m in messages)

    def generate(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[Token]:
        check_sampling(sampling)
        if not messages:
            raise InvalidQuery("there are no messages to answer")
        if (count := self.count_tokens(messages) + sampling.max_tokens) > self.context:
            raise InvalidQuery(f"{count} tokens are more than {self.context}")
        self.prompts.append(list(messages))
        words = re.findall(r"\S+\s*", messages[-1].content)
        if sampling.temperature:
            random.Random(sampling.seed).shuffle(words)
        return (Token(word, 1.0) for word in words[: sampling.max_tokens])


def make_llama(folder: Path, *, seed: int = 0, template: str | None = TEMPLATE, context: int = 256) -> Path:
    """Write a Llama whose tokens are bytes, with random weights and a chat template that knows no system role."""
    with quiet_libraries():
        import torch
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

        alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
        backend = Tokenizer(models.BPE({letter: i for i, letter in enumerate(alphabet)}, []))
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
        tokenizer = PreTrainedTokenizerFast(
            tokenizer_object=backend,
            eos_token="<|stop|>",
            additional_special_tokens=["<|turn|>", "<|end|>"],
            chat_template=template,
        )
        torch.manual_seed(seed)
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=context,
            initializer_range=0.5,
            eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None,
            tie_word_embeddings=False,
        )
        LlamaForCausalLM(config).save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))
    return folder
